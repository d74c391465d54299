"""What is seen and heard of a review: the text, the panel, the keys, the status bar, the voice.

Shows a review as it is told; decides nothing.
"""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QObject, Qt, Signal, Slot

from maria_editor.editor.review_place import PassagePlace
from maria_editor.editor.review_text import ReviewView
from maria_editor.settings import Settings
from maria_editor.theme.announce import announce
from maria_editor.theme.menu import Menu
from maria_editor.theme.theme import Theme
from maria_editor.window.actions import Actions
from maria_editor.window.lock_flow import LockFlow
from maria_editor.window.review_commands import ReviewCommands
from maria_editor.window.review_panel import ReviewPanel, counted_changes
from maria_editor.window.review_session import Review
from maria_editor.window.review_view import ReviewPages
from maria_editor.window.status_bar import StatusBar
from maria_editor.window.status_item import StatusItem

_MEASURES = ("zoom_in", "zoom_out", "zoom_reset")
_VIEWS: tuple[ReviewView, ...] = ("inline", "side_by_side", "result")


class ReviewStage(QObject):
    """Takes the page's place and gives it back.

    Signals:
        opened, closed: the text under review has taken the page's place; the page is back.
        view_chosen: both versions are to be shown in another way.
    """

    opened = Signal()
    closed = Signal()
    view_chosen = Signal()

    def __init__(
        self,
        pages: ReviewPages,
        panel: ReviewPanel,
        *,
        locking: LockFlow,
        actions: Actions,
        settings: Settings,
        theme: Theme,
    ) -> None:
        super().__init__(panel)
        self.pages = pages
        self.panel = panel
        self.commands = ReviewCommands(actions)
        self._locking = locking
        self._actions = actions
        self._settings = settings
        self._theme = theme
        self.status_item = StatusItem(theme, self.tr("Review"))
        panel.views_requested.connect(self._on_views_requested)
        self.commands.connect({view: partial(self.choose_view, view) for view in _VIEWS})
        actions["review_inline"].setChecked(True)
        for name in _MEASURES:
            # After the page itself.
            queued = Qt.ConnectionType.QueuedConnection
            actions[name].triggered.connect(pages.match_page, queued)

    @property
    def is_open(self) -> bool:
        """Whether the text under review stands in the page's place."""
        return not self.pages.isHidden()

    def add_to(self, status: StatusBar) -> None:
        """Say in a status bar what is reviewed."""
        status.add_item(self.status_item)
        self.opened.connect(status.fit)
        self.closed.connect(status.fit)

    def open(self, review: Review, place: PassagePlace) -> None:
        """Take the page's place and show a review."""
        top = self.pages.open(place)
        self.panel.show_strength(review.strength)
        self.panel.show()
        self.commands.turn_over()
        self.pages.main.setAccessibleDescription(self.commands.in_words())
        # The text is laid out in its new place before it is scrolled.
        parent = self.pages.parentWidget()
        if parent is not None and (layout := parent.layout()) is not None:
            layout.activate()
        self.show_review(review, place)
        self.pages.settle(top)
        if review.changes:
            self.pages.bring_into_view(review.current)
            self.announce_change(review)
        self.pages.setFocus()
        self.opened.emit()

    def show_review(self, review: Review, place: PassagePlace) -> None:
        """Show how a review stands, if it is open."""
        if not self.is_open:
            return
        self.pages.show_review(review, self._locking.locks.spans())
        is_running = not review.is_complete
        locks = self._locking.words(*place.positions())
        self.panel.show_review(review, locks, is_running=is_running)
        if review.changes and not is_running:
            self.pages.bring_into_view(review.current)
        can_go_on = bool(review.applied) and not is_running
        for name in ("review_apply", "review_branch"):
            self._actions[name].setEnabled(can_go_on)
        count = counted_changes(len(review.changes))
        self.status_item.show_words(self.tr("reviewing {changes}").format(changes=count))
        self.status_item.show()

    def close(self) -> None:
        """Give the page its place back."""
        self.commands.turn_back()
        self.pages.close_pages()
        self.panel.hide()
        self.status_item.hide()
        self.closed.emit()

    def choose_view(self, view: ReviewView) -> None:
        """Show both versions in another way."""
        self.pages.choose(view)
        self._actions[f"review_{view}"].setChecked(True)
        if self.is_open:
            top = self.pages.main.passage_top()
            self.pages.match_page()
            self.view_chosen.emit()
            self.pages.settle(top)

    def announce_change(self, review: Review, said: str = "") -> None:
        """Say the current change aloud, after what became of the last one."""
        if not review.changes:
            return
        change = review.changes[review.current]
        words = self.tr("Change {i} of {n}: {old} becomes {new}.").format(
            i=review.current + 1,
            n=len(review.changes),
            old=change.before.strip(),
            new=change.after.strip(),
        )
        announce(self.pages.main, f"{said} {words}".strip())

    def announce_sweep(self) -> None:
        """Say aloud which sweep is looked at."""
        announce(self.panel.scrubber, self.panel.scrubber.spoken())

    @Slot()
    def _on_views_requested(self) -> None:
        menu = Menu(self._theme, self.tr("See the changes"), self.panel)
        for view in _VIEWS:
            menu.addAction(self._actions[f"review_{view}"])
        menu.aboutToHide.connect(menu.deleteLater)
        menu.popup_below(self.panel.views)
