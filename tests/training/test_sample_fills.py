from __future__ import annotations

from pathlib import Path

import pytest
from tiny_pairs import save_tiny_pair

from maria_model.engine import MariaEngine
from maria_model.modeling import MariaForMaskedInfilling
from training.experiments.exact_words import Passage
from training.experiments.sample_fills import fill_sample


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> MariaEngine:
    causal_dir, masked_dir = save_tiny_pair(tmp_path_factory.mktemp("pair"), seed=0)
    return MariaEngine(
        MariaForMaskedInfilling.from_backbones_pretrained(Path(causal_dir), Path(masked_dir))
    )


@pytest.mark.parametrize("behind", [" fell on the roof", ", he said", ""])
def test_a_sample_shows_the_blank_in_its_surroundings(behind: str, engine: MariaEngine) -> None:
    passage = Passage(text=f"the rain and the [MASK]{behind}", truths=("snow",))
    sample = fill_sample(engine, passage)
    assert (sample.before, sample.after, sample.written) == ("the rain and the", behind, "snow")
    assert sample.fill
    assert sample.fill not in sample.others
