"""MARIA's algorithm with one reader alone: a head that holds one backbone's own projection."""

from __future__ import annotations

import copy

from maria_model.modeling import MariaForMaskedInfilling

READERS = ("maria", "causal LM", "masked LM")


def with_reader(model: MariaForMaskedInfilling, reader: str) -> MariaForMaskedInfilling:
    """Return the model itself, or a copy whose head is one reader's own projection."""
    if reader == "maria":
        return model
    model = copy.deepcopy(model)
    # The causal LM alone has no vote of the other reader beside its own.
    model.config.inference = {"masked_weight": 0.0} if reader == "causal LM" else None
    causal, masked, ids = model.model.causal_decoder, model.model.masked_decoder, model.vocabulary
    for parameter in model.head.parameters():
        parameter.data.zero_()
    decoder, rows, weight = (
        (causal, ids.causal_ids, model.head.causal)
        if reader == "causal LM"
        else (masked, ids.masked_ids, model.head.masked)
    )
    weight.data.copy_(decoder.weight.data[rows])
    if decoder.bias is not None:
        model.head.bias.data.copy_(decoder.bias.data[rows])
    return model
