"""Which pieces a constrained blank may take, slot by slot, so that its fill obeys in the end.

The constraints' patterns run side by side over the fill's text; what they tell apart becomes one
deterministic automaton, made as far as the vocabulary leads. From each of its nodes the pieces of
a kind (a word's beginning, its continuation) are read all at once, and a dynamic programme over
the slots that remain says from which nodes an obedient end is within reach, and in how few
characters: that is all `max_chars` needs. Exact for every constraint together. Knows nothing of
logits; the seams to the neighbouring words are `WordPieces`' business.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import pairwise
from typing import Literal, NamedTuple

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from maria_model.automata import Progress
from maria_model.blanks import Constraint
from maria_model.constraints import character_limit, rule_of, small_first
from maria_model.errors import NotSupportedError
from maria_model.vocabulary import SharedVocabulary
from maria_model.word_pieces import WordPieces

# Bounds on the work for one blank: a regular expression can ask for any amount of it.
MAXIMUM_NODES = 10_000
MAXIMUM_NODE_STEPS = 600_000
# Pieces read and not found impossible; each reading costs as much as a thousand of them.
MAXIMUM_WORK = 12_000_000
_WORK_OF_A_READING = 1_000

Place = Literal["first", "next", "continuation"]
# Nodes that can be reached, and the fewest characters that lead there.
Reached = dict[int, int]

DEAD = 0
START = 1
UNREACHABLE = 1 << 30

_IntArray = npt.NDArray[np.int32]


class FillState(NamedTuple):
    """What of a fill's text matters for the rest of it; equal after equal pieces."""

    node: int
    length: int


class PieceTexts:
    """The pieces that may stand in one kind of place, as a tree of their characters.

    The tree's N nodes are in the order of their depth; its root is the empty text.

    Attributes:
        pieces: (P,) numbers of the pieces.
        lengths: (P,) their characters, the leading space not counted.
        tree_nodes: (P,) where each piece ends.
        parents: (N,) the node before each node.
        characters: (N,) index of its last character in the alphabet.
        depths: the first node of each depth, and N.
    """

    def __init__(self, texts: Mapping[int, str], index_of: Mapping[str, int]) -> None:
        prefixes = {text[:end] for text in texts.values() for end in range(1, len(text) + 1)}
        ordered = ["", *sorted(prefixes, key=len)]
        number_of = {prefix: number for number, prefix in enumerate(ordered)}
        depth_of = np.array([len(prefix) for prefix in ordered])
        self.pieces = torch.tensor(list(texts), dtype=torch.long)
        self.lengths = np.array([len(text) for text in texts.values()], dtype=np.int32)
        self.tree_nodes = np.array([number_of[text] for text in texts.values()], dtype=np.int32)
        self.parents = np.array([number_of[prefix[:-1]] for prefix in ordered], dtype=np.int32)
        last = [index_of[prefix[-1]] for prefix in ordered[1:]]
        self.characters = np.array([0, *last], dtype=np.int32)
        self.depths = np.searchsorted(depth_of, np.arange(depth_of[-1] + 2)).tolist()


class VocabularyTexts:
    """A vocabulary's word pieces as characters, made once per vocabulary.

    Attributes:
        size: pieces in the vocabulary.
        text_of: text of each piece that begins a word or goes on with one.
        alphabet: their characters, and where each stands there (`index_of`).
        spaced, bare, continuation: the pieces by what they can do.
    """

    def __init__(self, vocabulary: SharedVocabulary) -> None:
        masks = WordPieces.of(vocabulary)
        kinds = (masks.starts_spaced, masks.starts_bare, masks.continues)
        of_words = (kinds[0] | kinds[1] | kinds[2]).nonzero().flatten().tolist()
        self.size = len(vocabulary)
        self.text_of = {piece: vocabulary.decode([piece]) for piece in of_words}
        self.alphabet = "".join(sorted({" "}.union(*self.text_of.values())))
        self.index_of = {char: index for index, char in enumerate(self.alphabet)}
        self.spaced, self.bare, self.continuation = map(self._piece_texts, kinds)

    @staticmethod
    @lru_cache(maxsize=4)
    def of(vocabulary: SharedVocabulary) -> VocabularyTexts:
        """Return the texts of a vocabulary, made on first use."""
        return VocabularyTexts(vocabulary)

    def _piece_texts(self, mask: Tensor) -> PieceTexts:
        pieces = mask.nonzero().flatten().tolist()
        texts = {piece: self.text_of[piece].removeprefix(" ") for piece in pieces}
        return PieceTexts(texts, self.index_of)


class _Nodes:
    """All rules side by side as one deterministic automaton over an alphabet.

    Node 0 is where no end obeys, node 1 is before the first character and nowhere else.
    """

    def __init__(
        self, constraints: Sequence[Constraint], alphabet: str, *, begins_sentence: bool
    ) -> None:
        self._rules = [rule for rule in map(rule_of, constraints) if rule is not None]
        self._begins_sentence = begins_sentence
        self.class_of, self._examples = self._classes(alphabet)
        self._keys: list[tuple[Progress, ...]] = [(), tuple(r.pattern.start for r in self._rules)]
        self._number_of: dict[tuple[Progress, ...], int] = {}
        self._table = np.full((64, len(self._examples)), -1, dtype=np.int32)
        self._table[DEAD] = DEAD
        self._steps = 0

    def __len__(self) -> int:
        return len(self._keys)

    def step(self, nodes: _IntArray, classes: _IntArray) -> _IntArray:
        """Return the nodes after one more character each, (N,) and (N,) -> (N,)."""
        reached = self._table[nodes, classes]
        unknown = reached < 0
        if unknown.any():
            width = len(self._examples)
            for pair in np.unique(nodes[unknown] * width + classes[unknown]).tolist():
                self.after(*divmod(pair, width))
            reached = self._table[nodes, classes]
        return reached

    def after(self, node: int, class_: int) -> int:
        """Return the node after one more character."""
        if self._table[node, class_] < 0:
            reached = self._made(node, self._examples[class_])
            self._table[node, class_] = reached
        return int(self._table[node, class_])

    def accepts(self, node: int) -> bool:
        """Whether the text that leads to a node obeys all rules."""
        return node != DEAD and all(
            rule.pattern.accepts(progress) is not rule.is_forbidden
            for rule, progress in zip(self._rules, self._keys[node], strict=True)
        )

    def _classes(self, alphabet: str) -> tuple[_IntArray, list[str]]:
        """Return the class of each character and one character of each class."""
        numbers: dict[tuple[tuple[int, int], ...], int] = {}
        examples: list[str] = []
        class_of = np.empty(len(alphabet), dtype=np.int32)
        for index, char in enumerate(alphabet):
            readings = (char, small_first(char)) if self._begins_sentence else (char,)
            signature = tuple(r.pattern.signature(c) for r in self._rules for c in readings)
            if signature not in numbers:
                numbers[signature] = len(examples)
                examples.append(char)
            class_of[index] = numbers[signature]
        return class_of, examples

    def _made(self, node: int, char: str) -> int:
        """Return the node after a character, made where it is new."""
        if self._steps > MAXIMUM_NODE_STEPS:
            raise _too_complicated()
        key = []
        for rule, progress in zip(self._rules, self._keys[node], strict=True):
            self._steps += 1 + progress.states.bit_count()
            reached = rule.pattern.step(progress, char)
            if node == START and self._begins_sentence and not rule.is_forbidden:
                reached = reached | rule.pattern.step(progress, small_first(char))
            if reached.is_dead and not rule.is_forbidden:
                return DEAD
            key.append(reached)
        return self._numbered(tuple(key))

    def _numbered(self, key: tuple[Progress, ...]) -> int:
        if key not in self._number_of:
            if len(self._keys) == MAXIMUM_NODES:
                raise _too_complicated()
            if len(self._keys) == len(self._table):
                self._table = np.vstack([self._table, np.full_like(self._table, -1)])
            self._number_of[key] = len(self._keys)
            self._keys.append(key)
        return self._number_of[key]


class ConstraintAutomaton:
    """The constraints of a blank over the pieces of a vocabulary, at any length.

    `begins_sentence` says that the fill's first letter is a capital for its place's sake.
    """

    def __init__(
        self,
        vocabulary: SharedVocabulary,
        constraints: Sequence[Constraint],
        *,
        spaced: bool = True,
        begins_sentence: bool = False,
    ) -> None:
        """Compile the constraints of a blank whose first piece begins with a space or is bare.

        Raises:
            NotSupportedError: a regex that a blank cannot follow, or that is too complicated.
        """
        self.texts = VocabularyTexts.of(vocabulary)
        self.limit = character_limit(constraints)
        self._beginning = self.texts.spaced if spaced else self.texts.bare
        self._nodes = _Nodes(constraints, self.texts.alphabet, begins_sentence=begins_sentence)
        self._classes = {
            id(kind): self._nodes.class_of[kind.characters]
            for kind in (self.texts.spaced, self.texts.bare, self.texts.continuation)
        }
        self._reached: dict[tuple[int, Place], Reached] = {}
        self._work = 0

    @staticmethod
    @lru_cache(maxsize=64)
    def of(
        vocabulary: SharedVocabulary,
        constraints: tuple[Constraint, ...],
        *,
        spaced: bool = True,
        begins_sentence: bool = False,
    ) -> ConstraintAutomaton:
        """Return the automaton of a blank, made on first use."""
        return ConstraintAutomaton(
            vocabulary, constraints, spaced=spaced, begins_sentence=begins_sentence
        )

    def at(self, shape: Sequence[int]) -> FillAutomaton:
        """Return the automaton of a fill whose words have so many pieces each."""
        return FillAutomaton(self, shape)

    def kind(self, place: Place) -> PieceTexts:
        """Return the pieces that may stand in a place."""
        if place == "continuation":
            return self.texts.continuation
        return self._beginning if place == "first" else self.texts.spaced

    def read(self, node: int, place: Place) -> _IntArray:
        """Return the node after each piece of a place's kind, (P,)."""
        kind = self.kind(place)
        classes = self._classes[id(kind)]
        nodes = np.zeros(len(kind.parents), dtype=np.int32)
        nodes[0] = self._after_space(node, place)
        for begin, end in pairwise(kind.depths[1:]):
            before = nodes[kind.parents[begin:end]]
            alive = np.flatnonzero(before)
            nodes[begin + alive] = self._nodes.step(before[alive], classes[begin + alive])
        return nodes[kind.tree_nodes]

    def reached(self, node: int, place: Place) -> Reached:
        """Return where the pieces of a place lead."""
        if (node, place) not in self._reached:
            kind = self.kind(place)
            ends = self.read(node, place)
            self._work += _WORK_OF_A_READING + int(np.count_nonzero(ends))
            if self._work > MAXIMUM_WORK:
                raise _too_complicated()
            fewest = np.full(len(self._nodes), UNREACHABLE, dtype=np.int32)
            np.minimum.at(fewest, ends, kind.lengths + (place == "next"))
            alive = np.flatnonzero(fewest < UNREACHABLE).tolist()
            self._reached[node, place] = {n: int(fewest[n]) for n in alive if n != DEAD}
        return self._reached[node, place]

    def accepts(self, node: int) -> bool:
        """Whether the text that leads to a node obeys all rules; `max_chars` is not asked."""
        return self._nodes.accepts(node)

    def after(self, state: FillState, piece: int) -> FillState:
        """Return the state after a piece."""
        text = self.texts.text_of.get(piece)
        if text is None:
            return FillState(DEAD, 0)
        text = text.removeprefix(" ") if state.node == START else text
        node = self._after(state.node, text)
        return FillState(node, 0 if self.limit is None else state.length + len(text))

    def _after_space(self, node: int, place: Place) -> int:
        return self._after(node, " ") if place == "next" else node

    def _after(self, node: int, text: str) -> int:
        for char in text:
            node = self._nodes.after(node, int(self._nodes.class_of[self.texts.index_of[char]]))
        return node


class FillAutomaton:
    """The constraints of a blank whose words have so many pieces each.

    Attributes:
        start: the state before the first piece.
        is_empty: no fill of this shape obeys: the constraints contradict one another or the shape.
    """

    def __init__(self, automaton: ConstraintAutomaton, shape: Sequence[int]) -> None:
        self._automaton = automaton
        self._places = tuple(places_of(shape))
        self._needs = self._needed_characters()
        self._masks: dict[tuple[int, FillState], Tensor] = {}
        self.start = FillState(START, 0)
        self.is_empty = self._needs[0].get(START, UNREACHABLE) > self._room(self.start)

    def allowed(self, state: FillState, slot: int) -> Tensor:
        """Return (V,) the pieces for slot number `slot` with which the fill can still obey.

        The answer is kept for the next time: do not write to it.
        """
        key = (slot, state)
        if key not in self._masks:
            self._masks[key] = self._mask(state, slot)
        return self._masks[key]

    def advance(self, state: FillState, piece: int) -> FillState:
        """Return the state after a piece that was allowed."""
        return self._automaton.after(state, piece)

    def _mask(self, state: FillState, slot: int) -> Tensor:
        place = self._places[slot]
        kind = self._automaton.kind(place)
        ends = self._automaton.read(state.node, place)
        needs = np.full(int(ends.max(initial=0)) + 1, UNREACHABLE, dtype=np.int32)
        for node, need in self._needs[slot + 1].items():
            if node < len(needs):
                needs[node] = need
        fits = needs[ends] + kind.lengths + (place == "next") <= self._room(state)
        mask = torch.zeros(self._automaton.texts.size, dtype=torch.bool)
        mask[kind.pieces[torch.from_numpy(fits)]] = True
        return mask

    def _room(self, state: FillState) -> int:
        limit = self._automaton.limit
        return UNREACHABLE - 1 if limit is None else limit - state.length

    def _needed_characters(self) -> list[Reached]:
        """Return, before each slot and after the last, the characters to an obedient end."""
        reached = self._automaton.reached
        levels: list[set[int]] = [{START}]
        for place in self._places:
            levels.append({end for node in levels[-1] for end in reached(node, place)})
        needs = [{node: 0 for node in levels[-1] if self._automaton.accepts(node)}]
        for place, level in zip(reversed(self._places), reversed(levels[:-1]), strict=True):
            later = needs[-1]
            fewest = {
                node: min(
                    (n + later[end] for end, n in reached(node, place).items() if end in later),
                    default=UNREACHABLE,
                )
                for node in level
            }
            needs.append({node: need for node, need in fewest.items() if need < UNREACHABLE})
        return needs[::-1]


def places_of(shape: Sequence[int]) -> Iterator[Place]:
    """Yield the place of each piece of a shape."""
    for word, parts in enumerate(shape):
        yield "next" if word else "first"
        for _ in range(parts - 1):
            yield "continuation"


def _too_complicated() -> NotSupportedError:
    return NotSupportedError(
        "The constraints of a blank are too complicated to follow. "
        "Write a simpler regex, or shorten the lists."
    )
