"""Filling the blanks of a document: links first, then window by window, then second thoughts.

Linked blanks are decided together before the others, which then read them. A blank whose rules
nothing can obey stays a blank, and says so. Joint sweeps go over every blank again, given all the
others. Other joint answers differ from the best one at one blank at least. Knows nothing of
files, of loading models or of progress bars.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import torch

from maria_model.api import (
    BlankResult,
    CancelCheck,
    Candidate,
    FillRequest,
    Hypothesis,
    UnfilledBlank,
)
from maria_model.candidates import candidates_of
from maria_model.causal_reader import CausalReader, string_logprobs
from maria_model.infilling import check
from maria_model.lengths import WordSearch
from maria_model.linking import LinkedBlanks
from maria_model.modeling import MariaForMaskedInfilling
from maria_model.proposals import FilledBlank
from maria_model.tokenization import BlankedText
from maria_model.windows import MAXIMUM_PIECES_PER_WORD, Excerpt, OpenBlank

# One causal pass per slot: the passes of Algorithm 1.
ONE_SLOT = 1


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
        for index, word in self._deviations(targets):
            answers.append(self._deviating(targets, index, word))
            self._adopt(best)
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
        linked = LinkedBlanks(self.text, self._search)
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
                yield search.settle_blank(blank, MAXIMUM_PIECES_PER_WORD)
            else:
                yield search.pass_over(blank)

    def _search(self, excerpt: Excerpt) -> WordSearch:
        check(self.cancelled)
        return WordSearch(
            self.model,
            excerpt,
            self.reader,
            options=self.request.sampling,
            refresh=self.request.refresh,
            block=ONE_SLOT if self.request.method == "sequential" else None,
            cancelled=self.cancelled,
        )

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

    def _deviations(self, targets: Sequence[int]) -> list[tuple[int, Candidate]]:
        """Return the likeliest other words, one blank each, for the other joint answers."""
        others = [
            (candidate.probability / max(result.candidates[0].probability, 1e-12), -index, number)
            for index in targets
            for result in [self.settled[index]]
            for number, candidate in enumerate(result.candidates)
            if number > 0 and self.text.blanks[index].name is None
        ]
        best = sorted(others, reverse=True)[: self.request.num_hypotheses - 1]
        return [(-index, self.settled[-index].candidates[number]) for _, index, number in best]

    def _deviating(
        self, targets: Sequence[int], index: int, word: Candidate
    ) -> tuple[float, dict[int, BlankResult]]:
        """Fill again with another word at one blank; what stands before it stays."""
        known = self.settled[index]
        before = {i: self.settled[i] for i in targets if i < index or i not in self._filled}
        self._adopt(before)
        candidates = [word, *(c for c in known.candidates if c != word)]
        self.text.fills[index] = word.text
        self._settle(index, word.logprob, candidates)
        for _ in self._fill([i for i in targets if i > index and i not in before]):
            pass
        return self._score(targets), dict(self.settled)

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
