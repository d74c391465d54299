"""Filling the blanks of a document: links first, then window by window, then second thoughts.

Linked blanks are decided together before the others, which then read them. A blank whose rules
nothing can obey stays a blank, and says so. Joint sweeps go over every blank again, given all the
others. Other joint answers differ from the best one at one blank at least. Knows nothing of
files, of loading models or of progress bars.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

import torch

from maria_model.api import (
    BlankResult,
    CancelCheck,
    Candidate,
    FillRequest,
    Hypothesis,
    SamplingOptions,
    UnfilledBlank,
)
from maria_model.candidates import candidates_of
from maria_model.causal_reader import CausalReader, string_logprobs
from maria_model.infilling import check
from maria_model.lengths import WordSearch
from maria_model.linking import LinkedBlanks
from maria_model.modeling import MariaForMaskedInfilling
from maria_model.proposals import FilledBlank, Proposal
from maria_model.tokenization import BlankedText
from maria_model.windows import MAXIMUM_PIECES_PER_WORD, Excerpt, OpenBlank

# One causal pass per slot: the passes of Algorithm 1.
ONE_SLOT = 1
# How other answers for blanks of several words are drawn, where the request draws nothing: what is
# left of the distribution holds beginnings of longer words that fill no blank.
DRAWN_TEMPERATURE, DRAWN_TOP_P = 0.6, 0.9


@dataclass(slots=True, kw_only=True)
class Filling:
    """One fill request being answered.

    Attributes:
        text: the document; its `fills` grow.
        reader: what it has read already need not be read again.
        settled: results so far, by number of the blank.
        unfilled: blanks without a candidate.
        tokens: pieces chosen so far.
    """

    model: MariaForMaskedInfilling
    request: FillRequest
    text: BlankedText
    reader: CausalReader
    cancelled: CancelCheck | None = None
    settled: dict[int, BlankResult] = field(default_factory=dict)
    unfilled: dict[int, UnfilledBlank] = field(default_factory=dict)
    tokens: int = 0
    # Which draw the search makes: 0 is the request's own.
    _draw: int = 0
    # First words that the search takes as they are, by blank.
    _beginnings: dict[int, list[Proposal]] = field(default_factory=dict)
    _filled: dict[int, FilledBlank] = field(default_factory=dict)

    def run(self, targets: Sequence[int]) -> Iterator[BlankResult]:
        """Fill blanks, yielding each as it is settled; `settled` holds the last word on each.

        Raises:
            NotSupportedError, ContextLengthError, CheckpointError.
            Cancelled: `cancelled` said so between two passes.
        """
        waiting = list(targets)
        for group in self._groups(targets):
            yield from self._fill_group(group)
            waiting = [index for index in waiting if index not in group]
        yield from self._fill(waiting)
        for _ in range(self.request.sweeps):
            if not self._reconsider(waiting):
                break

    def hypotheses(self, targets: Sequence[int]) -> list[Hypothesis]:
        """Return joint answers, best first; the first one that was found leads among equals."""
        targets = [index for index in targets if index in self.settled]
        best = {index: self.settled[index] for index in targets}
        answers = [(self._score(targets), best)]
        for unit, number in self._deviations(targets):
            answers.append(self._deviating(targets, unit, number))
            self._adopt(best)
        answers += self._rewordings(targets, self.request.num_hypotheses - len(answers), best)
        answers.sort(key=lambda answer: -answer[0])
        self._adopt(answers[0][1])
        return [
            Hypothesis(
                fills=tuple(answer[index].fill for index in targets),
                logprob=sum(answer[index].logprob for index in targets),
                score=score,
            )
            for score, answer in answers
        ]

    def _groups(self, targets: Sequence[int]) -> list[list[int]]:
        """Return the targets that are linked, by name."""
        groups: dict[str, list[int]] = {}
        for index in targets:
            name = self.text.blanks[index].name
            if name is not None:
                groups.setdefault(name, []).append(index)
        return list(groups.values())

    def _fill_group(self, group: Sequence[int]) -> Iterator[BlankResult]:
        """Fill linked blanks with one word, up to an initial capital."""
        linked = LinkedBlanks(
            self.text,
            self._search,
            calibration=self.model.config.inference_constants.calibration,
            options=self._sampling(),
            candidate=self._draw,
        )
        answers = linked.choose(group, self.request.num_candidates)
        if answers is None:
            self._give_up(group, "no words suit every blank of this name. Loosen their rules")
            return
        for index, answer in zip(group, answers, strict=True):
            self.text.fills[index] = answer[0].text
            self.tokens += len(self.text.vocabulary.encode(answer[0].text))
            yield self._settle(index, answer[0].logprob, answer)

    def _fill(self, targets: Sequence[int]) -> Iterator[BlankResult]:
        """Fill blanks window by window, each reading what was filled before."""
        waiting = list(targets)
        while waiting:
            excerpt = self.text.excerpt(waiting)
            waiting = waiting[len(excerpt.targets) :]
            found: dict[int, str] = {}
            for filled in self._search_excerpt(excerpt):
                index = filled.blank.index
                if index not in excerpt.targets:
                    continue
                if not filled.is_obedient:
                    self._give_up([index], "its rules leave no word. Loosen them")
                    continue
                found[index] = self.text.fill_text(filled.blank, filled.pieces)
                yield self._accept(filled)
            # Only now: the excerpt was cut while these were open.
            self.text.fills.update(found)

    def _search_excerpt(self, excerpt: Excerpt) -> Iterator[FilledBlank]:
        search = self._search(excerpt)
        for blank in excerpt.open_blanks:
            is_target = blank.index in excerpt.targets and blank.index not in self.unfilled
            if is_target:
                beginning = self._beginnings.get(blank.index, [])
                yield search.settle_blank(blank, MAXIMUM_PIECES_PER_WORD, beginning)
            else:
                yield search.pass_over(blank)

    def _search(self, excerpt: Excerpt) -> WordSearch:
        check(self.cancelled)
        return WordSearch(
            self.model,
            excerpt,
            self.reader,
            options=self._sampling(),
            candidate=self._draw,
            refresh=self.request.refresh,
            block=ONE_SLOT if self.request.method == "sequential" else None,
            cancelled=self.cancelled,
        )

    def _sampling(self) -> SamplingOptions:
        sampling = self.request.sampling
        if self._draw and sampling.temperature == 0.0:
            return replace(sampling, temperature=DRAWN_TEMPERATURE, top_p=DRAWN_TOP_P)
        return sampling

    def _accept(self, filled: FilledBlank) -> BlankResult:
        self._filled[filled.blank.index] = filled
        self.tokens += len(filled.pieces)
        calibration = self.model.config.inference_constants.calibration
        candidates = candidates_of(self.text, filled, calibration, self.request.num_candidates)
        fill = self.text.fill_text(filled.blank, filled.pieces)
        return self._settle(filled.blank.index, filled.logprob, candidates, fill)

    def _settle(
        self,
        index: int,
        logprob: float,
        candidates: Sequence[Candidate],
        fill: str | None = None,
    ) -> BlankResult:
        blank = self.text.blanks[index]
        self.settled[index] = BlankResult(
            index=index,
            start=blank.start,
            end=blank.end,
            fill=candidates[0].text if fill is None else fill,
            logprob=logprob,
            candidates=tuple(candidates),
        )
        return self.settled[index]

    def _give_up(self, indices: Sequence[int], why: str) -> None:
        for index in indices:
            blank = self.text.blanks[index]
            line = self.text.text.count("\n", 0, blank.start) + 1
            written = self.text.text[blank.start : blank.end]
            self.unfilled[index] = UnfilledBlank(
                index=index,
                start=blank.start,
                end=blank.end,
                reason=f"Line {line}: {written}: no candidate, {why}.",
            )

    def _reconsider(self, targets: Sequence[int]) -> bool:
        """Go over every blank given all the others; return whether a word changed."""
        has_changed = False
        for index in targets:
            if index in self.unfilled:
                continue
            fill = self.text.fills.pop(index)
            excerpt = self.text.excerpt([index])
            search = self._search(excerpt)
            *passed, blank = excerpt.open_blanks
            for other in passed:
                search.pass_over(other)
            old = self._filled[index]
            new = search.settle_blank(blank, MAXIMUM_PIECES_PER_WORD)
            has_changed |= self._keep_better(search, blank, old, new, fill)
        return has_changed

    def _keep_better(
        self, search: WordSearch, blank: OpenBlank, old: FilledBlank, new: FilledBlank, fill: str
    ) -> bool:
        """Take the new word of a blank where it scores better; return whether it did."""
        is_better = False
        if new.pieces != old.pieces:
            old_score, new_score = (p.score for p in search.weigh(blank, [old.pieces, new.pieces]))
            is_better = new_score > old_score
        if is_better:
            self._accept(new)
        self.text.fills[blank.index] = self.settled[blank.index].fill if is_better else fill
        return is_better

    def _deviations(self, targets: Sequence[int]) -> list[tuple[tuple[int, ...], int]]:
        """Return the likeliest other words, by blank (or blanks of one name) and candidate."""
        groups = [tuple(group) for group in self._groups(targets)]
        linked = {index for group in groups for index in group}
        units = [*groups, *((index,) for index in targets if index not in linked)]
        others = [
            (candidate.probability / max(candidates[0].probability, 1e-12), -unit[0], number, unit)
            for unit in units
            for candidates in [self.settled[unit[0]].candidates]
            for number, candidate in enumerate(candidates)
            if number > 0
        ]
        best = sorted(others, reverse=True)[: self.request.num_hypotheses - 1]
        return [(unit, number) for _, _, number, unit in best]

    def _deviating(
        self, targets: Sequence[int], unit: tuple[int, ...], number: int
    ) -> tuple[float, dict[int, BlankResult]]:
        """Fill again with another candidate at one place; what stands before it stays."""
        known = {index: self.settled[index].candidates for index in unit}
        before = {i: self.settled[i] for i in targets if i < unit[0] or i not in self._filled}
        self._adopt({i: result for i, result in before.items() if i not in unit})
        for index, candidates in known.items():
            word = candidates[number]
            self.text.fills[index] = word.text
            self._settle(index, word.logprob, [word, *(c for c in candidates if c != word)])
        rest = (i for i in targets if i > unit[0] and i not in before and i not in unit)
        for _ in self._fill(list(rest)):
            pass
        return self._score(targets), dict(self.settled)

    def _rewordings(
        self, targets: Sequence[int], count: int, best: dict[int, BlankResult]
    ) -> list[tuple[float, dict[int, BlankResult]]]:
        """Return up to `count` answers with other words in blanks of several, which list none.

        One word is another that was tried there, likeliest first, and what follows is filled anew;
        drawn answers make up the number.
        """
        open_ones = [i for i in targets if i in self._filled]
        if not any(self._filled[i].blank.most_words > 1 for i in open_ones):
            return []
        kept = {i: result for i, result in best.items() if i not in open_ones}
        known = {tuple(best[i].fill for i in targets)}
        found: list[tuple[float, dict[int, BlankResult]]] = []
        beginnings = self._other_beginnings(open_ones)[:count]
        for draw in range(-len(beginnings), 2 * count):
            if len(found) == count:
                break
            self._adopt(kept)
            if draw < 0:
                self._beginnings = beginnings[draw]
            else:
                self._draw = draw + 1
            for _ in self._fill(open_ones):
                pass
            self._draw, self._beginnings = 0, {}
            fills = tuple(self.settled[i].fill for i in targets)
            if fills not in known:
                known.add(fills)
                found.append((self._score(targets), dict(self.settled)))
        self._adopt(best)
        return found

    def _other_beginnings(self, indices: Sequence[int]) -> list[dict[int, list[Proposal]]]:
        """Return blanks of several words begun otherwise: one other word, after those before it."""
        others = [
            (other.score - tried[0].score, -index, [*(w[0] for w in words[:number]), other])
            for index in indices
            for words in [self._filled[index].words]
            for number, tried in enumerate(words)
            for other in tried[1:]
        ]
        others.sort(key=lambda other: other[:2], reverse=True)
        return [{-index: beginning} for _, index, beginning in others]

    def _adopt(self, results: dict[int, BlankResult]) -> None:
        """Go back to an answer: the text reads its fills and no others."""
        self.settled = dict(results)
        self.text.fills = {index: result.fill for index, result in results.items()}

    @torch.inference_mode()
    def _score(self, targets: Sequence[int]) -> float:
        """Return the joint score of the answer that the text reads now, in nats."""
        constants = self.model.config.inference_constants
        score = constants.marias_weight * sum(self.settled[i].logprob for i in targets)
        waiting = list(targets)
        while waiting:
            check(self.cancelled)
            read = self.text.reading(waiting, constants.suffix_pieces)
            waiting = waiting[read.targets :]
            self.reader.follow(read.pieces)
            self.reader.read_to(read.pieces, read.end - 1)
            states = torch.stack([self.reader.state(p) for p in range(read.begin, read.end)])
            string = read.pieces[read.begin : read.end]
            score += string_logprobs(self.model, [states], [string])[0]
        return score
