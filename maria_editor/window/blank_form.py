"""The fields of a blank: length, rules and the name that links it. Knows no text and no page."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import (
    QCompleter,
    QGridLayout,
    QHBoxLayout,
    QLineEdit,
    QVBoxLayout,
    QWidget,
)

from maria_editor.editor.blank_rules import BlankRules
from maria_editor.theme.button import Button
from maria_editor.theme.fonts import interface_font
from maria_editor.theme.label import Label
from maria_editor.theme.segments import Segments
from maria_editor.theme.stepper import Stepper
from maria_editor.theme.theme import Theme
from maria_model.blanks import LIST_KEYS, MAXIMUM_WORDS

_ONE, _EXACTLY, _RANGE, _ANY = range(4)
_RARE = ("allowed", "forbidden", "max_chars", "regex")
_MOST_LETTERS = 999_999
_LABELS = 76


class BlankForm(QWidget):
    """Shows what a blank asks for, and says what the writer makes of it.

    Signals:
        edited: a value is another.
        grown: there are more rows, or fewer.
    """

    edited = Signal()
    grown = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._is_filling = False
        lengths = (self.tr("One"), self.tr("Exactly"), self.tr("Range"), self.tr("Any"))
        self.length = Segments(theme, lengths, self.tr("Length"))
        self.least = Stepper(theme, self.tr("Words"), least=1, most=MAXIMUM_WORDS)
        self.most = Stepper(theme, self.tr("Words at most"), least=1, most=MAXIMUM_WORDS)
        self._counts = self._count_row()
        self.fields = {
            "starts": self._field(self.tr("Starts with"), "un"),
            "ends": self._field(self.tr("Ends with"), "ing"),
            "contains": self._field(self.tr("Contains"), "ou"),
            "allowed": self._field(self.tr("One of"), self.tr("red, green, pale blue")),
            "forbidden": self._field(self.tr("Not"), self.tr("very, quite")),
            "regex": self._field(self.tr("Pattern"), "[a-z]+ed"),
        }
        self.letters = Stepper(theme, self.tr("Letters at most"), least=0, most=_MOST_LETTERS)
        self.name = self._field(self.tr("Linked as"), self.tr("a name, such as hero"))
        self.more = Button(theme, self.tr("More rules"), icon="plus", height=28)
        self._rare = QWidget()
        self._lay_out()
        self._connect()

    def begin(self, names: Sequence[str]) -> None:
        """Begin with another blank; `names` are completed as they are typed."""
        self._show_rare(False)
        completer = QCompleter(list(names), self)
        completer.setCompletionMode(QCompleter.CompletionMode.InlineCompletion)
        self.name.setCompleter(completer)

    def show_rules(self, rules: BlankRules) -> None:
        """Show what a blank asks for."""
        self._is_filling = True
        self._show_length(rules.minimum, rules.maximum)
        values = dict(rules.rules)
        for key, field in self.fields.items():
            field.setText(_shown(key, values.get(key, "")))
        self.letters.setValue(int(values.get("max_chars", 0)))
        if self.name.text() != rules.name:
            self.name.setText(rules.name)
        self._is_filling = False
        if not values.keys().isdisjoint(_RARE):
            self._show_rare(True)
        self.edited.emit()

    def rules(self) -> BlankRules:
        """Return what the fields say."""
        minimum: int | None = 1
        maximum: int | None = 1
        if self.length.index == _ANY:
            minimum = maximum = None
        elif self.length.index == _EXACTLY:
            minimum = maximum = self.least.value()
        elif self.length.index == _RANGE:
            minimum, maximum = self.least.value(), self.most.value()
        values = [(key, _meant(key, field.text())) for key, field in self.fields.items()]
        letters = self.letters.value()
        values.append(("max_chars", str(letters) if letters else ""))
        rules = tuple((key, value) for key, value in values if value)
        return BlankRules(minimum, maximum, self.name.text().strip(), rules)

    @Slot()
    def show_more(self) -> None:
        """Show the rules that few blanks have."""
        had_focus = self.more.hasFocus()
        self._show_rare(True)
        if had_focus:
            self.fields["allowed"].setFocus(Qt.FocusReason.OtherFocusReason)

    def _show_rare(self, is_shown: bool) -> None:
        self.more.setVisible(not is_shown)
        self._rare.setVisible(is_shown)
        self.grown.emit()

    def _show_length(self, minimum: int | None, maximum: int | None) -> None:
        if minimum is None or maximum is None:
            kind = _ANY
        elif minimum != maximum:
            kind = _RANGE
        else:
            kind = _ONE if minimum == 1 else _EXACTLY
        self.length.choose(kind)
        self.least.setValue(2 if kind in (_ONE, _ANY) or minimum is None else minimum)
        self.most.setValue(3 if kind in (_ONE, _ANY) or maximum is None else maximum)
        self._show_counts(kind)

    def _show_counts(self, kind: int) -> None:
        self._counts.setVisible(kind in (_EXACTLY, _RANGE))
        for widget in (self._to, self.most):
            widget.setVisible(kind == _RANGE)
        self.grown.emit()

    def _field(self, name: str, example: str) -> QLineEdit:
        field = QLineEdit()
        field.setFont(interface_font(13))
        field.setAccessibleName(name)
        field.setPlaceholderText(example)
        return field

    def _count_row(self) -> QWidget:
        self._to = self._label(self.tr("to"))
        row = QWidget()
        layout = QHBoxLayout(row)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        for widget in (self.least, self._to, self.most, self._label(self.tr("words"))):
            layout.addWidget(widget)
        layout.addStretch()
        return row

    def _label(self, words: str) -> Label:
        return Label(self._theme, words, "ink2")

    def _lay_out(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 0, 16, 0)
        column.setSpacing(8)
        grid = _grid()
        column.addLayout(grid)
        column.addWidget(self._rare)
        self._add_row(grid, self.tr("Length"), self.length)
        grid.addWidget(self._counts, grid.rowCount(), 1)
        for key in ("starts", "ends", "contains"):
            self._add_row(grid, self.fields[key].accessibleName(), self.fields[key])
        self._add_row(grid, self.name.accessibleName(), self.name)
        grid.addWidget(self.more, grid.rowCount(), 1)
        rare = _grid()
        self._rare.setLayout(rare)
        for key in ("allowed", "forbidden", "regex"):
            self._add_row(rare, self.fields[key].accessibleName(), self.fields[key])
        self._add_row(rare, self.tr("At most"), self.letters)
        self.letters.setSpecialValueText(self.tr("any number of letters"))
        self.letters.setSuffix(self.tr(" letters"))

    def _add_row(self, grid: QGridLayout, words: str, widget: QWidget) -> None:
        label = self._label(words)
        label.setBuddy(widget)
        row = grid.rowCount()
        grid.addWidget(label, row, 0)
        grid.addWidget(widget, row, 1)

    def _connect(self) -> None:
        self.length.chosen.connect(self._on_length_chosen)
        for spin in (self.least, self.most, self.letters):
            spin.valueChanged.connect(self._on_edited)
        for field in (*self.fields.values(), self.name):
            field.textChanged.connect(self._on_edited)
        self.more.clicked.connect(self.show_more)

    @Slot(int)
    def _on_length_chosen(self, kind: int) -> None:
        self._show_counts(kind)
        self._on_edited()

    @Slot()
    def _on_edited(self) -> None:
        if not self._is_filling:
            self.edited.emit()


def _grid() -> QGridLayout:
    grid = QGridLayout()
    grid.setContentsMargins(0, 0, 0, 0)
    grid.setHorizontalSpacing(12)
    grid.setVerticalSpacing(8)
    grid.setColumnMinimumWidth(0, _LABELS)
    grid.setColumnStretch(1, 1)
    return grid


def _shown(key: str, value: str) -> str:
    """Return a value as its field shows it: lists with commas, unless a word has one."""
    if key not in LIST_KEYS:
        return value
    words = [word.strip() for word in value.split("|")]
    return (" | " if "," in value else ", ").join(words)


def _meant(key: str, shown: str) -> str:
    """Return what a field says as the grammar has it."""
    if key not in LIST_KEYS:
        return shown if key == "regex" else shown.strip()
    words = shown.split("|" if "|" in shown else ",")
    return "|".join(word.strip() for word in words if word.strip())
