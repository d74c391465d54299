"""Opens the page's menu: at the pointer, or at the caret when a key asked for it."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, QPoint, QPointF, Qt, Slot
from PySide6.QtGui import QContextMenuEvent, QKeySequence, QShortcut, QTextBlock
from PySide6.QtWidgets import QWidget

from maria_editor.editor.blanking import Blanking
from maria_editor.editor.chip_steps import chip_selected
from maria_editor.editor.chips import Chip
from maria_editor.editor.page import Page
from maria_editor.theme.menu import Menu
from maria_editor.theme.theme import Theme
from maria_editor.window.actions import Actions
from maria_editor.window.blank_flow import BlankFlow
from maria_editor.window.context_menu import blank_menu, text_menu
from maria_editor.window.fill_flow import FillFlow

_BELOW_CHIP = 8


class PageMenu(QObject):
    """Shows the menu of the blank under the pointer, or of the text."""

    def __init__(
        self,
        theme: Theme,
        actions: Actions,
        *,
        page: Page,
        blanking: Blanking,
        filling: FillFlow,
        blanks: BlankFlow,
        parent: QWidget,
    ) -> None:
        super().__init__(parent)
        self._theme = theme
        self._actions = actions
        self._page = page
        self._blanking = blanking
        self._filling = filling
        self._blanks = blanks
        self._window = parent
        # What else puts entries into a menu, given the position it is asked for.
        self.extensions: list[Callable[[Menu, int], None]] = []
        page.menu_requested.connect(self._on_menu_requested)
        # X11 asks for a menu with the Menu key alone.
        keys = QShortcut(QKeySequence("Shift+F10"), page)
        keys.setContext(Qt.ShortcutContext.WidgetShortcut)
        keys.activated.connect(self.open_at_caret)

    def menu_at(self, position: int | None) -> Menu:
        """Return the menu for the chip at a document position, or for the text.

        A chip that is part of a selection is of the text: what is asked for is asked for all.
        """
        found = len(self._blanking.here())
        if position is None or self._is_in_selection(position):
            words = self._page.textCursor().hasSelection()
            return text_menu(
                self._theme, self._actions, self._window, has_words=words, blanks=found
            )
        blanks = self._blanking.all()
        start = self._page.code_point(position)
        index = next(i for i, blank in enumerate(blanks) if blank.start == start)
        self._page.select_span(blanks[index].start, blanks[index].end)
        return blank_menu(
            self._theme,
            self._actions,
            self._blanking,
            index,
            fill_this=lambda: self._filling.fill((index,)),
            open_rules=lambda: self._blanks.open_rules(index),
            parent=self._window,
        )

    def _is_in_selection(self, position: int) -> bool:
        """Return whether a chip lies in a selection that reaches beyond it."""
        cursor = self._page.textCursor()
        is_inside = cursor.selectionStart() <= position < cursor.selectionEnd()
        return is_inside and chip_selected(self._page.states, cursor) is None

    def _take_caret(self, place: int) -> None:
        """Put the caret where the menu is asked for, unless that is in the selection."""
        cursor = self._page.textCursor()
        if not cursor.selectionStart() <= place <= cursor.selectionEnd():
            cursor.setPosition(place)
            self._page.setTextCursor(cursor)

    @Slot(object)
    def _on_menu_requested(self, event: QContextMenuEvent) -> None:
        if event.reason() is not QContextMenuEvent.Reason.Mouse:
            self.open_at_caret()
            return
        point = event.pos()
        found = self._page.chip_at(QPointF(point))
        place = self._page.cursorForPosition(point).position()
        if found is None:
            self._take_caret(place)
        self._open(point, found, place)

    @Slot()
    def open_at_caret(self) -> None:
        """Show the menu of what is at the caret."""
        point = self._page.cursorRect().bottomLeft()
        place = self._page.textCursor().selectionStart()
        self._open(point, self._page.chip_at_caret(), place)

    def _open(self, point: QPoint, found: tuple[QTextBlock, Chip] | None, place: int) -> None:
        position = None if found is None else found[0].position() + found[1].start
        menu = self.menu_at(position)
        for extend in self.extensions:
            extend(menu, place)
        if position is not None:
            bottom = round(self._page.chip_rect(position).bottom()) + _BELOW_CHIP
            point = QPoint(point.x(), max(point.y(), bottom))
        menu.aboutToHide.connect(menu.deleteLater)
        menu.popup(self._page.viewport().mapToGlobal(point))
