"""What a published pair of backbones is: its shapes, what it weighs, the memory it takes.

Plain data and arithmetic. Which pairs there are is `registry`'s to know.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

# Bytes of a weight. Quantized weights carry scales; embeddings and head stay in bfloat16.
WEIGHT_BYTES: Mapping[str, float] = MappingProxyType(
    {"float32": 4.0, "bfloat16": 2.0, "int8": 1.05, "int4": 0.65}
)
# Beside the weights: activations, the cache, the libraries' own (measured: docs/models.md).
_BESIDE_WEIGHTS = 1.1
_LIBRARIES = 0.6e9


@dataclass(frozen=True, slots=True, kw_only=True)
class Backbone:
    """One published model.

    Attributes:
        repository: owner and name.
        revision: the pinned commit; None where the first download pins it.
        licence: of the weights.
        model_type, layers: the architecture by the name that config.json gives it, and how deep.
        parameters: numbers in it, tied embeddings once.
        hidden_size, vocab_rows: of the matrix that MARIA's head is made of.
        tied: whether embedding and decoder are one matrix.
        context_length: tokens that it reads.
        stored_bytes: bytes of a weight in the published file.
        quantizable: whether its layers are plain linear ones: GPT-2's and an OLMoE's experts are
            not.
    """

    repository: str
    revision: str | None = None
    licence: str
    model_type: str
    layers: int
    parameters: int
    hidden_size: int
    vocab_rows: int
    tied: bool = True
    context_length: int
    stored_bytes: int = 4
    quantizable: bool = True

    @property
    def download_size(self) -> int:
        """Bytes to download, about."""
        return self.parameters * self.stored_bytes

    def weight_bytes(self, precision: str) -> float:
        """Return what the weights take in memory in a precision of `WEIGHT_BYTES`."""
        rows = self.hidden_size * self.vocab_rows * (1 if self.tied else 2)
        kept = _unquantized_bytes(precision)
        layers = WEIGHT_BYTES[precision] if self.quantizable else kept
        return (self.parameters - rows) * layers + rows * kept


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """A causal and a masked LM of one vocabulary, by the name that `--model` takes.

    Attributes:
        name, title: for the command line and for people.
        causal_lm, masked_lm: the two.
        note: for whom it is, one line.
    """

    name: str
    title: str
    causal_lm: Backbone
    masked_lm: Backbone
    note: str

    @property
    def backbones(self) -> tuple[Backbone, Backbone]:
        """Both, the causal LM first."""
        return self.causal_lm, self.masked_lm

    @property
    def download_size(self) -> int:
        """Bytes to download, about."""
        return sum(backbone.download_size for backbone in self.backbones)

    @property
    def context_length(self) -> int:
        """Tokens that both read."""
        return min(backbone.context_length for backbone in self.backbones)

    @property
    def licence(self) -> str:
        """Both licences, once where they are the same."""
        return " and ".join(dict.fromkeys(backbone.licence for backbone in self.backbones))

    def memory(self, precision: str) -> int:
        """Return the bytes of memory the running pair takes, about: both models and the head."""
        rows = min(backbone.vocab_rows for backbone in self.backbones)
        head = rows * sum(backbone.hidden_size for backbone in self.backbones)
        weights = sum(backbone.weight_bytes(precision) for backbone in self.backbones)
        weights += head * _unquantized_bytes(precision)
        return round(weights * _BESIDE_WEIGHTS + _LIBRARIES)


def _unquantized_bytes(precision: str) -> float:
    return max(WEIGHT_BYTES[precision], WEIGHT_BYTES["bfloat16"])
