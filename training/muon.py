"""Muon: momentum whose every step is made orthogonal, for the hidden matrices.

Matrices of one shape are stacked, so that the Newton-Schulz iteration is a few batched products.
Embeddings, norms and biases belong to AdamW.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable

import torch
from torch import Tensor

NEWTON_SCHULZ_COEFFICIENTS = (3.4445, -4.7750, 2.0315)


class Muon(torch.optim.Optimizer):
    """Muon with Nesterov momentum and decoupled weight decay.

    A parameter is one matrix, or several stacked along dim 0 when its `matrices` attribute says
    so (ModernBERT's `Wqkv` is three, its `Wi` two): each is made orthogonal by itself. The update
    is scaled by 0.2 sqrt(max(rows, columns)), which lets one learning rate serve both optimisers.
    """

    def __init__(
        self,
        params: Iterable[torch.nn.Parameter],
        *,
        lr: float,
        momentum: float = 0.95,
        weight_decay: float = 0.1,
        steps: int = 5,
    ) -> None:
        defaults = {"lr": lr, "momentum": momentum, "weight_decay": weight_decay, "steps": steps}
        super().__init__(params, defaults)

    @torch.no_grad()
    def step(self, closure: Callable[[], float] | None = None) -> None:  # type: ignore[override]
        """Apply one update to every parameter that has a gradient."""
        for group in self.param_groups:
            by_shape: dict[torch.Size, list[tuple[Tensor, Tensor]]] = defaultdict(list)
            for parameter in group["params"]:
                if parameter.grad is None:
                    continue
                direction = self._direction(parameter, parameter.grad, group["momentum"])
                count = getattr(parameter, "matrices", 1)
                parameter.mul_(1.0 - group["lr"] * group["weight_decay"])
                for target, update in zip(
                    parameter.chunk(count), direction.chunk(count), strict=True
                ):
                    by_shape[update.shape].append((target, update))
            for shape, pairs in by_shape.items():
                updates = orthogonalize(torch.stack([u for _, u in pairs]), group["steps"])
                scale = -group["lr"] * 0.2 * max(shape) ** 0.5
                for (target, _), update in zip(pairs, updates, strict=True):
                    target.add_(update, alpha=scale)

    def _direction(self, parameter: Tensor, gradient: Tensor, momentum: float) -> Tensor:
        state = self.state[parameter]
        if "momentum_buffer" not in state:
            state["momentum_buffer"] = torch.zeros_like(parameter)
        buffer = state["momentum_buffer"]
        buffer.lerp_(gradient, 1.0 - momentum)
        return gradient.lerp(buffer, momentum)


def orthogonalize(matrices: Tensor, steps: int) -> Tensor:
    """Return the nearest (roughly) orthogonal matrices of (N, R, C), by Newton-Schulz in bf16."""
    a, b, c = NEWTON_SCHULZ_COEFFICIENTS
    x = matrices.bfloat16()
    tall = x.shape[-2] > x.shape[-1]
    if tall:
        x = x.mT
    x = x / (x.norm(dim=(-2, -1), keepdim=True) + 1e-7)
    for _ in range(steps):
        gram = x @ x.mT
        x = a * x + (b * gram + c * gram @ gram) @ x
    return (x.mT if tall else x).to(matrices.dtype)
