"""`MariaConfig`: which two backbones a MARIA model joins, and what its head was made for."""

from __future__ import annotations

from typing import Any

from transformers import AutoConfig, PreTrainedConfig


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
        trained_head: False for the product of experts (paper, eq. 6-8).
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
        trained_head: bool = False,
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
        self.trained_head = trained_head
        kwargs.setdefault("tie_word_embeddings", False)
        super().__init__(**kwargs)

    @property
    def is_self_contained(self) -> bool:
        """Whether the backbones lie in the model's own folder."""
        return self.causal_lm is None and self.masked_lm is None

    @property
    def context_length(self) -> int:
        """Tokens that both backbones can read, frame tokens included."""
        return min(
            self.causal_config.max_position_embeddings, self.masked_config.max_position_embeddings
        )


def _sub_config(config: PreTrainedConfig | dict[str, Any] | None) -> PreTrainedConfig:
    if isinstance(config, PreTrainedConfig):
        return config
    if not config:
        return PreTrainedConfig()
    values = dict(config)
    return AutoConfig.for_model(values.pop("model_type"), **values)
