"""The chunked loss, the low-rank change and the gate of a head training."""

from __future__ import annotations

import pytest
import torch
from tiny_pairs import save_tiny_pair
from torch import Tensor

from maria_model.configuration import InferenceConstants
from maria_model.gate import Gate
from maria_model.modeling import MariaForMaskedInfilling, MariaHead
from training.head import objective as objective_module
from training.head.costs import CHUNK_NUMBERS, PairCost
from training.head.objective import HeadObjective, chunked_nll, gate_constants

ROWS, CAUSAL, MASKED, VOCABULARY = 45, 12, 20, 50


def draw_batch(seed: int = 0) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    generator = torch.Generator().manual_seed(seed)
    causal, masked = (torch.randn(ROWS, size, generator=generator) for size in (CAUSAL, MASKED))
    labels = torch.randint(VOCABULARY, (ROWS,), generator=generator)
    return causal, masked, labels, torch.rand(ROWS, 2, generator=generator)


def draw_head(seed: int = 1) -> MariaHead:
    head = MariaHead(VOCABULARY, CAUSAL, MASKED)
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for parameter in head.parameters():
            parameter.copy_(torch.randn(parameter.shape, generator=generator))
    return head


@pytest.fixture
def small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(CHUNK_NUMBERS, "cpu", 7 * VOCABULARY)


@pytest.mark.usefixtures("small_chunks")
def test_the_chunked_loss_and_its_gradients_are_autograds() -> None:
    causal, masked, labels, _ = draw_batch()
    pairs = [(causal, torch.randn(VOCABULARY, CAUSAL)), (masked, torch.randn(VOCABULARY, MASKED))]
    tensors = [tensor.clone().requires_grad_() for pair in pairs for tensor in pair]
    logits = tensors[0] @ tensors[1].T + tensors[2] @ tensors[3].T
    expected = torch.nn.functional.cross_entropy(logits, labels, reduction="none")
    (expected.sum() * 0.3).backward()
    own = [tensor.detach().clone().requires_grad_() for tensor in tensors]
    total, losses = chunked_nll(
        labels, [(own[0], own[1]), (own[2], own[3])], dtype=torch.float32, scale=0.3
    )
    (2 * total).backward()
    torch.testing.assert_close(losses, expected.detach())
    assert total.item() == pytest.approx(0.3 * float(expected.detach().sum()), rel=1e-5)
    for one, other in zip(own, tensors, strict=True):
        assert one.grad is not None
        assert other.grad is not None
        torch.testing.assert_close(one.grad, 2 * other.grad)


def test_a_pass_without_masks_has_no_loss_and_no_gradient() -> None:
    objective = HeadObjective(draw_head())
    causal, masked, labels, densities = (part[:0] for part in draw_batch())
    total, losses = objective(causal, masked, labels, densities)
    total.backward()
    assert total.item() == 0.0
    assert len(losses) == 0
    assert objective.head.causal.grad is not None
    assert objective.head.causal.grad.abs().max() == 0.0


def test_logits_exist_a_chunk_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """However many rows and pieces: no product of states and weights is larger than a chunk."""
    monkeypatch.setitem(CHUNK_NUMBERS, "cpu", 1000)
    sizes = []
    losses = objective_module._losses

    def measured(logits: Tensor, labels: Tensor) -> Tensor:
        sizes.append(logits.numel())
        return losses(logits, labels)

    monkeypatch.setattr(objective_module, "_losses", measured)
    causal, masked, labels, densities = draw_batch()
    HeadObjective(draw_head())(causal, masked, labels, densities)
    assert max(sizes) <= 1000
    assert len(sizes) == 3


@pytest.mark.usefixtures("small_chunks")
def test_a_low_rank_change_begins_at_the_start_and_is_merged_into_w3() -> None:
    batch = draw_batch()
    head = draw_head()
    start = {name: tensor.detach().clone() for name, tensor in head.named_parameters()}
    objective = HeadObjective(head, rank=3)
    plain = HeadObjective(draw_head())
    torch.testing.assert_close(objective(*batch)[1], plain(*batch)[1])
    trained = [parameter for parameter in objective.parameters() if parameter.requires_grad]
    optimizer = torch.optim.SGD(trained, lr=0.01)
    for _ in range(5):
        optimizer.zero_grad()
        objective(*batch)[0].backward()
        optimizer.step()
    losses = objective(*batch)[1]
    assert losses.sum() < plain(*batch)[1].sum()
    assert torch.equal(head.causal, start["causal"])
    with objective.merged():
        torch.testing.assert_close(HeadObjective(head)(*batch)[1], losses, atol=1e-4, rtol=1e-4)
        moved = torch.cat([head.causal - start["causal"], head.masked - start["masked"]], dim=1)
    assert torch.linalg.matrix_rank(moved) <= 3
    assert torch.equal(head.causal, start["causal"])


def test_a_trained_gate_is_the_gate_of_the_model() -> None:
    causal, masked, labels, densities = draw_batch()
    head = draw_head()
    objective = HeadObjective(head, train_gate=True)
    assert objective.gate is not None
    with torch.no_grad():
        objective.gate.add_(torch.tensor([[0.1, -0.3, 0.2], [-0.2, 0.4, 0.3]]))
    total, losses = objective(causal, masked, labels, densities)
    constants = InferenceConstants.from_dict(gate_constants(objective.trained_gate() or Gate()))
    logits = constants.gate.join(head.causal_half(causal), head.masked_half(masked), densities)
    expected = torch.nn.functional.cross_entropy(logits, labels, reduction="none")
    torch.testing.assert_close(losses, expected.detach(), atol=1e-4, rtol=1e-4)
    total.backward()
    assert objective.gate.grad is not None
    assert objective.gate.grad.abs().min() > 0


def test_costs_count_the_products_of_a_forward_pass(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    """Held against torch's own counter, attention left out: it counts what is seen."""
    from torch.utils.flop_counter import FlopCounterMode

    maria = MariaForMaskedInfilling.from_backbones_pretrained(
        *save_tiny_pair(tmp_path_factory.mktemp("pair"), seed=0)
    )
    cost = PairCost.of(maria)
    ids = torch.randint(5, 300, (2, 64))
    for backbone, counted in (
        (maria.model.causal_lm, cost.causal),
        (maria.model.masked_lm, cost.masked),
    ):
        with FlopCounterMode(display=False) as counter, torch.no_grad():
            backbone(ids)
        found = sum(
            flop
            for operation, flop in counter.get_flop_counts()["Global"].items()
            if "attention" not in str(operation)
        )
        decoder = backbone.get_output_embeddings().weight.numel()
        # ModernBERT's rotary tables are products too, of next to nothing.
        assert found == pytest.approx(2 * ids.numel() * (counted.weights + decoder), rel=0.01)
    states = cost.causal.hidden_size + cost.masked.hidden_size
    assert cost.head_flop() == 4 * len(maria.vocabulary) * states
