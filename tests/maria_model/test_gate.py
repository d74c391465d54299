from __future__ import annotations

import math

import pytest
import torch

from maria_model.errors import ConfigurationError
from maria_model.gate import Gate, mask_density
from maria_model.modeling import MariaForMaskedInfilling

GATE = Gate(causal=(0.75, 0.4, 0.3), masked=(1.4, -0.1, -0.6))


def random_mask(length: int, *, seed: int = 0) -> torch.Tensor:
    return torch.rand(length, generator=torch.Generator().manual_seed(seed)) < 0.5


def test_near_masks_count_most_and_the_slot_itself_not_at_all() -> None:
    mask = torch.tensor([1, 0, 1, 1, 0, 0, 0, 1], dtype=torch.bool)
    density = mask_density(mask)
    assert density.shape == (8, 2)
    for i in range(8):
        left = sum(0.5 ** (i - j) for j in range(i) if mask[j])
        right = sum(0.5 ** (j - i) for j in range(i + 1, 8) if mask[j])
        assert density[i].tolist() == [left, right]


def test_densities_of_a_batch_are_those_of_its_rows() -> None:
    rows = torch.stack([random_mask(12, seed=1), random_mask(12, seed=2)])
    assert torch.equal(mask_density(rows), torch.stack([mask_density(row) for row in rows]))


def test_the_neutral_gate_is_the_plain_sum_to_the_last_bit() -> None:
    causal, masked = torch.randn(6, 11), torch.randn(6, 11)
    assert Gate().is_neutral
    joined = Gate().join(causal, masked, mask_density(random_mask(6)))
    assert torch.equal(joined, causal + masked)


def test_a_slots_weights_do_not_depend_on_its_company() -> None:
    causal, masked = torch.randn(40, 11), torch.randn(40, 11)
    density = mask_density(random_mask(40))
    together = GATE.join(causal, masked, density)
    for i in range(40):
        assert torch.equal(GATE.join(causal[i], masked[i], density[i]), together[i])


def test_the_gate_weighs_each_half_by_its_own_line() -> None:
    density = torch.tensor([0.5, 1.0])
    causal, masked = torch.tensor([1.0, 0.0]), torch.tensor([0.0, 1.0])
    joined = GATE.join(causal, masked, density)
    torch.testing.assert_close(joined, torch.tensor([0.75 + 0.2 + 0.3, 1.4 - 0.05 - 0.6]))


@pytest.mark.parametrize("values", [(1.0,), (1.0, math.nan, 0.0), (1.0,) * 4])
def test_impossible_weights_are_refused(values: tuple[float, ...]) -> None:
    with pytest.raises(ConfigurationError, match="gate: causal"):
        Gate(causal=values)


def test_the_models_logits_go_through_its_gate(tiny_model_dir: object) -> None:
    model = MariaForMaskedInfilling.from_pretrained(str(tiny_model_dir))
    pieces = torch.arange(24)[None]
    mask = random_mask(24)[None]
    with torch.no_grad():
        plain = model(pieces, mask).logits
        states = model.model(
            model.vocabulary.causal_input(pieces), model.vocabulary.masked_input(pieces, mask)
        )
        torch.testing.assert_close(
            plain, model.head(states.causal_states, states.masked_states), atol=0, rtol=0
        )
        model.config.inference = {"gate": {"causal": [1.0, 0.5, 0.0]}}
        gated = model(pieces, mask).logits
        causal_half = model.causal_half_logits(states.causal_states)
    left = mask_density(mask)[..., :1]
    torch.testing.assert_close(gated, plain + 0.5 * left * causal_half, atol=1e-4, rtol=1e-4)
