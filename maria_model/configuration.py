"""`MariaConfig`: which two backbones a MARIA model joins, and what its head was made for.

With the model go the constants that inference fits to it on held-out text: `InferenceConstants`,
the `inference` mapping of config.json. A pair that nobody measured has none, and neutral ones
hold.
"""

from __future__ import annotations

import dataclasses
import math
import typing
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from transformers import AutoConfig, PreTrainedConfig

from maria_model.edit_weights import EditWeights
from maria_model.errors import ConfigurationError
from maria_model.gate import Gate


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibration:
    """What turns MARIA's distribution over one-piece words into probabilities of words.

    p(word) = one_piece_share * softmax(log p / temperature)

    Attributes:
        temperature: above 1 where MARIA is too sure of itself.
        one_piece_share: how often the word that stood in a one-word blank has one piece.
        score_temperature: above 1 where the string score is too sure of its ranking.
    """

    temperature: float = 1.0
    one_piece_share: float = 1.0
    score_temperature: float = 1.0

    def __post_init__(self) -> None:
        for name in ("temperature", "score_temperature"):
            if not 0.0 < getattr(self, name) < math.inf:
                raise ConfigurationError(f"calibration: {name}={getattr(self, name)}: above 0.")
        if not 0.0 < self.one_piece_share <= 1.0:
            raise ConfigurationError(
                f"calibration: one_piece_share={self.one_piece_share}: above 0, at most 1."
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class InferenceConstants:
    """Constants fitted to one model on held-out text (`training/experiments`).

    Attributes:
        gate: weights of the two halves of the logits by mask density.
        length_log_priors: log shares of words of one, two, ... pieces, less the first; what
            decides between lengths beside the scores.
        word_log_prior: what each word beyond the first adds, where numbers of words compete.
        masked_weight: weight of the masked LM's log-likelihood beside the string score, where
            words compete.
        marias_weight: weight of MARIA's log-likelihood beside the string score of a joint answer.
        suffix_pieces: known pieces after the fill that take part in the string score.
        one_piece_proposals: likeliest words of one piece that compete with longer ones.
        calibration: of the per-blank probabilities.
        edit: what a change must gain when a passage is refined.
    """

    gate: Gate = field(default_factory=Gate)
    length_log_priors: tuple[float, ...] = (0.0, -1.9, -3.3)
    word_log_prior: float = 0.0
    masked_weight: float = 0.25
    marias_weight: float = 0.5
    suffix_pieces: int = 8
    one_piece_proposals: int = 1
    calibration: Calibration = field(default_factory=Calibration)
    edit: EditWeights = field(default_factory=EditWeights)

    def __post_init__(self) -> None:
        if not self.length_log_priors or not all(map(math.isfinite, self.length_log_priors)):
            raise ConfigurationError(
                f"length_log_priors={list(self.length_log_priors)}: one finite number a length."
            )
        for name in ("word_log_prior", "masked_weight", "marias_weight"):
            if not math.isfinite(getattr(self, name)):
                raise ConfigurationError(f"{name}={getattr(self, name)}: give a finite number.")
        for name, least in (("suffix_pieces", 0), ("one_piece_proposals", 1)):
            if getattr(self, name) < least:
                raise ConfigurationError(f"{name}={getattr(self, name)}: take {least} or more.")

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> InferenceConstants:
        """Read config.json's mapping; what it does not name stays neutral.

        Raises:
            ConfigurationError: a key is unknown or a value impossible.
        """
        constants: InferenceConstants = _from_mapping(cls, values, where="inference")
        return constants

    def to_dict(self) -> dict[str, Any]:
        """Return the mapping for config.json, in JSON's own types."""
        return {name: _plain(value) for name, value in dataclasses.asdict(self).items()}


class MariaConfig(PreTrainedConfig):
    """Configuration of `MariaForMaskedInfilling`.

    Attributes:
        name: how the model is called in front of a writer.
        causal_config, masked_config: the backbones' own configurations.
        causal_lm, masked_lm: names or folders the backbones come from; None when they lie in the
            model's own folder (self-contained).
        causal_revision, masked_revision: pinned revisions of named backbones.
        vocab_size: V, the pieces both vocabularies share.
        vocabulary_fingerprint: `SharedVocabulary.fingerprint()` the head was made for.
        causal_fingerprint, masked_fingerprint: `weights_fingerprint` of the backbones that the head
            was made for; empty where they lie in the model's own folder.
        trained_head: False for the product of experts (paper, eq. 6-8).
        inference: `InferenceConstants` as a mapping; None where nothing was fitted.
    """

    model_type = "maria"
    sub_configs = {"causal_config": AutoConfig, "masked_config": AutoConfig}  # noqa: RUF012

    def __init__(
        self,
        *,
        name: str = "MARIA",
        causal_config: PreTrainedConfig | dict[str, Any] | None = None,
        masked_config: PreTrainedConfig | dict[str, Any] | None = None,
        causal_lm: str | None = None,
        masked_lm: str | None = None,
        causal_revision: str | None = None,
        masked_revision: str | None = None,
        vocab_size: int = 0,
        vocabulary_fingerprint: str = "",
        causal_fingerprint: str = "",
        masked_fingerprint: str = "",
        trained_head: bool = False,
        inference: dict[str, Any] | None = None,
        **kwargs: Any,
    ) -> None:
        self.name = name
        self.causal_config = _sub_config(causal_config)
        self.masked_config = _sub_config(masked_config)
        self.causal_lm = causal_lm
        self.masked_lm = masked_lm
        self.causal_revision = causal_revision
        self.masked_revision = masked_revision
        self.vocab_size = vocab_size
        self.vocabulary_fingerprint = vocabulary_fingerprint
        self.causal_fingerprint = causal_fingerprint
        self.masked_fingerprint = masked_fingerprint
        self.trained_head = trained_head
        self.inference = inference
        # Refused here, where the file is read, and not at the first blank.
        InferenceConstants.from_dict(inference or {})
        kwargs.setdefault("tie_word_embeddings", False)
        super().__init__(**kwargs)

    @property
    def inference_constants(self) -> InferenceConstants:
        """The constants of `inference`, neutral where it says nothing."""
        return InferenceConstants.from_dict(self.inference or {})

    @property
    def is_self_contained(self) -> bool:
        """Whether the backbones lie in the model's own folder."""
        return self.causal_lm is None and self.masked_lm is None


def _sub_config(config: PreTrainedConfig | dict[str, Any] | None) -> PreTrainedConfig:
    if isinstance(config, PreTrainedConfig):
        return config
    if not config:
        return PreTrainedConfig()
    values = dict(config)
    return AutoConfig.for_model(values.pop("model_type"), **values)


def _from_mapping(kind: Any, values: Any, *, where: str) -> Any:
    """Build a dataclass from a JSON mapping, checking names and types."""
    if not isinstance(values, dict):
        raise ConfigurationError(f"{where}: {values!r} is no mapping.")
    hints = _type_hints(kind)
    for key in values:
        if key not in hints:
            raise ConfigurationError(f"{where}: unknown key {key!r}. Known: {', '.join(hints)}.")
    read = {key: _read(hints[key], value, where=f"{where}: {key}") for key, value in values.items()}
    return kind(**read)


# Asked for at every slot, through the gate.
_type_hints = lru_cache(typing.get_type_hints)


def _read(hint: Any, value: Any, *, where: str) -> Any:
    if dataclasses.is_dataclass(hint):
        return _from_mapping(hint, value, where=where)
    if hint == tuple[float, ...] and isinstance(value, list | tuple):
        return tuple(_read(float, part, where=where) for part in value)
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if hint in (int, float) and is_number and hint(value) == value:
        return hint(value)
    raise ConfigurationError(f"{where}: {value!r} is not a {getattr(hint, '__name__', hint)}.")


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _plain(part) for name, part in value.items()}
    return list(value) if isinstance(value, tuple) else value
