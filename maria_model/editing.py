"""The edit preset: odd words first, and a change only for a gain that the writer could feel.

A sweep surveys the passage, asks of the words that seem worth it whether another would be better,
one of as many pieces or of a single one, and adopts what gains enough. Each change is weighed
against the writer's own word, everything else as it reads now; after every sweep all changes are
weighed again beside each other, and what no longer gains enough is taken back. Knows nothing of
text, of sweeps' schedule or of storage.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

import torch
from torch import Tensor

from maria_model.api import PassageScore
from maria_model.edit_weights import EditWeights
from maria_model.kinship import Kinship
from maria_model.modeling import MariaForMaskedInfilling
from maria_model.passages import Layout, Passage
from maria_model.sampling import NoiseKey, gumbel_noise
from maria_model.scoring import SUFFIX_PIECES, MaskedHalf, PassageScorer, Survey
from maria_model.tokenization import is_own_segmentation

# Of the free words at most this share, and at most this many, are asked about in one sweep.
ASKED_SHARE, ASKED_MOST = 0.3, 20
# Other words that are tried in one place, and the pieces behind it that are read for that: fewer
# than for the gain of a change.
PROPOSALS = 4
ASKED_SUFFIX_PIECES = 12
# Words this many pieces apart are not both changed in one sweep: each was judged beside the other.
_NEAR = 6

Pieces = tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class EditOptions:
    """What a change must gain, and how many words may change.

    Attributes:
        weights: what a gain is made of.
        least_gain: a change gains more than this, in nats.
        budget: words that may differ from the writer's; None is any number.
        seed: of the proposals' noise.
    """

    weights: EditWeights
    least_gain: float
    budget: int | None = None
    seed: int = 0


@dataclass(frozen=True, slots=True)
class _Place:
    """Where readings of one number of pieces are judged: a word's layout and its masked half."""

    layout: Layout
    half: MaskedHalf


@dataclass(frozen=True, slots=True)
class _Verdict:
    """What a word should read, what that gains over the writer's and over the present reading."""

    number: int
    pieces: Pieces
    gain: float
    improvement: float


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Some units at one moment: their pieces, the gains of those changed, and their scores."""

    pieces: tuple[Pieces, ...]
    gains: Mapping[int, float]
    survey: Survey


@dataclass(slots=True)
class WordEditing:
    """Units `begin` to `end` of a passage while they are edited.

    Attributes:
        suffix: pieces behind the units that their flow has to lead into.
        commonness: (V,) log-probabilities of pieces without context.
        kinship: how near two words are in their letters.
        gains: of each changed unit beside the other changes, by number.
        proposed: how many pieces were proposed.
    """

    model: MariaForMaskedInfilling
    scorer: PassageScorer
    passage: Passage
    begin: int
    end: int
    suffix: int
    commonness: Tensor
    kinship: Kinship
    options: EditOptions
    gains: dict[int, float] = field(default_factory=dict)
    proposed: int = 0
    _surveyed: tuple[Pieces, Survey] | None = None

    def survey(self) -> Survey:
        """Return the scores of the units as they read now."""
        layout = self._layout()
        if self._surveyed is None or self._surveyed[0] != layout.pieces:
            self._surveyed = layout.pieces, self.scorer.survey(layout, suffix=self.suffix)
        return self._surveyed[1]

    def snapshot(self) -> Snapshot:
        """Return what the units read now, and the scores."""
        return Snapshot(
            pieces=tuple(self.passage.current[self.begin : self.end]),
            gains=dict(self.gains),
            survey=self.survey(),
        )

    def sweep(self, *, temperature: float, number: int) -> None:
        """Ask about the oddest words and adopt what gains enough."""
        survey, layout = self.survey(), self._layout()
        asked = {*self._oddest(layout, survey), *self.gains}
        # From right to left: the scorer has read what stands before.
        verdicts = [
            self._ask(layout, word, survey, temperature, number)
            for word in sorted(asked, reverse=True)
        ]
        adopted = self._adopt(layout, verdicts)
        # A change that does not stand beside the others may have kept a better one near it out.
        while failing := self._weigh_again() & adopted:
            verdicts = [verdict for verdict in verdicts if verdict.number not in failing]
            adopted = self._adopt(layout, verdicts, beside=adopted - failing)

    def _oddest(self, layout: Layout, survey: Survey) -> list[int]:
        """Return the words that another seems to better most, by the survey alone."""
        promises = {number: self._promise(layout, survey, number) for number in layout.words}
        promising = [number for number, promise in promises.items() if promise > 0.0]
        count = min(ASKED_MOST, max(1, round(ASKED_SHARE * len(promises))))
        return sorted(promising, key=lambda number: -promises[number])[:count]

    def _promise(self, layout: Layout, survey: Survey, number: int) -> float:
        """Return the gain of a word's best replacement if flow and fit rose alike."""
        own = self.passage.current[number]
        rival = self._preference(number, survey.first_logprobs[number]).clone()
        rival[own[0]] = -torch.inf
        weights = self.options.weights
        kept = (weights.flow + weights.fit) * survey.fits[number]
        return float(rival.max()) - kept + weights.old_commonness * self._common(own)

    def _preference(self, number: int, logprobs: Tensor) -> Tensor:
        """Return (V,) what each piece would contribute to a gain in a place, by a survey alone."""
        weights = self.options.weights
        known = (weights.flow + weights.fit) * logprobs - weights.new_commonness * self.commonness
        original = self.passage.units[number].pieces
        return known + weights.kinship * self.kinship.to_every_word(original)

    def _ask(
        self, layout: Layout, number: int, survey: Survey, temperature: float, sweep: int
    ) -> _Verdict:
        """Judge a word's own reading, its present one and some proposals."""
        original, current = self.passage.units[number].pieces, self.passage.current[number]
        lengths = [len(original), len(current), 1]
        places = self._places(number, lengths, _Place(layout, survey.halves[number]))
        proposals = [
            pieces
            for length in dict.fromkeys(lengths[1:])
            for pieces in self._proposals(number, places[length], temperature, sweep)
        ]
        self.proposed += sum(map(len, proposals))
        gains = self._gains(
            number, [original, current, *proposals], places, suffix=ASKED_SUFFIX_PIECES
        )
        # The writer's own word gains nothing, which may be more than a bold change has to.
        others = [pieces for pieces in gains if pieces != original]
        best = max(others, key=lambda pieces: gains[pieces], default=original)
        if gains[best] <= self.options.least_gain:
            best = original
        return _Verdict(number, best, gains[best], gains[best] - gains[current])

    def _places(self, number: int, lengths: Sequence[int], present: _Place) -> dict[int, _Place]:
        """Return by length where a word's readings are judged; `present` suits its own length."""
        if len(set(lengths)) == 1:
            return {lengths[0]: present}
        places = {}
        for length in dict.fromkeys(lengths):
            # Nothing but the word is masked for any of them, or they could not be compared.
            instead = {number: (0,) * length}
            layout = self.passage.lay_out(self.begin, self.end, instead)
            places[length] = _Place(layout, self.scorer.halves_alone(layout, [number])[number])
        return places

    def _proposals(
        self, number: int, place: _Place, temperature: float, sweep: int
    ) -> list[Pieces]:
        """Return other words of as many pieces as a place has."""
        key = NoiseKey(blank=number, piece=0, candidate=sweep)
        logprobs = self.scorer.first_logprobs(place.layout, number, place.half)
        firsts = self._propose(self._preference(number, logprobs), temperature, key)
        found = self.scorer.complete(place.layout, number, firsts, place.half)
        return [p for p in found if is_own_segmentation(self.model.vocabulary, p)]

    def _propose(self, preference: Tensor, temperature: float, key: NoiseKey) -> list[int]:
        """Return first pieces without repetition: the best ones, or a draw at a temperature."""
        scores = torch.log_softmax(preference, dim=-1)
        if temperature > 0.0:
            noise = gumbel_noise(len(scores), seed=self.options.seed, key=key)
            scores = scores / temperature + noise
        best = scores.topk(min(PROPOSALS, len(scores)))
        return [
            piece
            for piece, score in zip(best.indices.tolist(), best.values.tolist(), strict=True)
            if score > -torch.inf
        ]

    def _gains(
        self,
        number: int,
        readings: Sequence[Pieces],
        places: Mapping[int, _Place],
        *,
        suffix: int = SUFFIX_PIECES,
    ) -> dict[Pieces, float]:
        """Return what each reading gains over the first, which is the writer's own.

        `places` begin with the one of its length.
        """
        scores: dict[Pieces, PassageScore] = {}
        for length, place in places.items():
            group = list(dict.fromkeys(p for p in readings if len(p) == length))
            judged = self.scorer.judge(place.layout, number, group, place.half, suffix=suffix)
            scores.update(zip(group, judged, strict=True))
        own = readings[0]
        return {p: self._gain(own, scores[own], p, score) for p, score in scores.items()}

    def _gain(
        self, original: Pieces, old: PassageScore, pieces: Pieces, new: PassageScore
    ) -> float:
        if pieces == original:
            return 0.0
        assert old.fit is not None
        assert new.fit is not None
        return self.options.weights.gain(
            flow=new.flow - old.flow,
            fit=new.fit - old.fit,
            new=self._common(pieces),
            old=self._common(original),
            kinship=self.kinship.between(original, pieces),
            is_shorter=len(pieces) < len(original),
        )

    def _adopt(
        self, layout: Layout, verdicts: Sequence[_Verdict], *, beside: Collection[int] = ()
    ) -> set[int]:
        """Put the readings in, the best first; return which words this sweep has changed.

        A word near one that this sweep has changed waits; those of `beside` it has changed already.
        """
        changed = set(beside)
        for verdict in sorted(verdicts, key=lambda verdict: -verdict.improvement):
            if verdict.pieces == self.passage.current[verdict.number]:
                continue
            position, *others = (
                layout.words[number][0].position for number in (verdict.number, *changed)
            )
            if all(abs(position - other) >= _NEAR for other in others):
                changed.add(verdict.number)
                self.passage.current[verdict.number] = verdict.pieces
        return changed

    def _weigh_again(self) -> set[int]:
        """Weigh each change beside the others; restore what gains too little or is too many.

        Returns:
            The words that were restored.
        """
        restored: set[int] = set()
        while True:
            self.gains = self._present_gains()
            kept = [n for n, gain in self.gains.items() if gain > self.options.least_gain]
            kept = sorted(kept, key=lambda number: -self.gains[number])[: self.options.budget]
            failing = self.gains.keys() - set(kept)
            if not failing:
                return restored
            restored |= failing
            for number in failing:
                self.passage.current[number] = self.passage.units[number].pieces

    def _present_gains(self) -> dict[int, float]:
        layout = self._layout()
        changed = [
            number
            for number in layout.words
            if self.passage.current[number] != self.passage.units[number].pieces
        ]
        halves = self.scorer.halves_alone(layout, changed)
        gains = {}
        for number in reversed(changed):
            original, current = self.passage.units[number].pieces, self.passage.current[number]
            lengths = [len(original), len(current)]
            places = self._places(number, lengths, _Place(layout, halves[number]))
            gains[number] = self._gains(number, [original, current], places)[current]
        return gains

    def _layout(self) -> Layout:
        return self.passage.lay_out(self.begin, self.end)

    def _common(self, pieces: Pieces) -> float:
        return float(self.commonness[list(pieces)].sum())
