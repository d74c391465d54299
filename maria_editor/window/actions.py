"""Everything the writer can ask for: one table of commands, and the menus made of it."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QCoreApplication, QObject
from PySide6.QtGui import QAction, QActionGroup, QKeySequence
from PySide6.QtWidgets import QMenuBar, QWidget

from maria_editor.theme.key_names import key_name
from maria_editor.theme.menu import Menu, set_menu_icon
from maria_editor.theme.theme import Theme

_Standard = QKeySequence.StandardKey


@dataclass(frozen=True, slots=True)
class Command:
    """One command: its name in the code, its label, its keys, its icon.

    `also` are keys that do the same and stand in no menu.
    """

    name: str
    label: str
    keys: QKeySequence.StandardKey | str = ""
    icon: str = ""
    is_checkable: bool = False
    also: tuple[str, ...] = ()


COMMANDS = (
    Command("new", "New", _Standard.New, "doc"),
    Command("open", "Open…", _Standard.Open, "folder"),
    Command("open_recent", "Open recent", icon="clock"),
    Command("save", "Save", _Standard.Save, "saved"),
    Command("save_as", "Save as…", "Ctrl+Shift+S"),
    Command("export_pdf", "Export as PDF…", icon="download"),
    Command("print", "Print…", _Standard.Print),
    Command("versions", "Earlier versions…", "Ctrl+Shift+H", "clock"),
    Command("provenance", "Keep a record of the model's words", is_checkable=True),
    Command("disclosure", "Disclosure report…", icon="doc"),
    Command("quit", "Quit", _Standard.Quit),
    Command("undo", "Undo", _Standard.Undo, "undo"),
    Command("redo", "Redo", _Standard.Redo, "redo"),
    Command("cut", "Cut", _Standard.Cut),
    Command("copy", "Copy", _Standard.Copy),
    Command("paste", "Paste", _Standard.Paste),
    Command("select_all", "Select all", _Standard.SelectAll),
    Command("find", "Find…", _Standard.Find, "search"),
    Command("find_next", "Find next", _Standard.FindNext, "down"),
    Command("find_previous", "Find previous", _Standard.FindPrevious, "up"),
    # The standard key is Ctrl+H on some systems, which is not ours to take.
    Command("replace", "Replace…", "Ctrl+R"),
    Command("spelling", "Next unknown word", "F7", "book"),
    Command("check_spelling", "Check spelling", is_checkable=True),
    Command("smart_quotes", "Smart quotes", is_checkable=True),
    Command("settings", "Settings…", "Ctrl+,", "gear"),
    Command("blank_out", "Blank out word or selection", "Ctrl+Shift+B", "blank"),
    Command("blank_each", "Blank each word of the selection", icon="blank"),
    Command("blank_nth", "Blank every n-th word…"),
    Command("blank_odd", "Blank the least likely words…"),
    Command("blank_rules", "Length and rules…", "Ctrl+Shift+Y", "tune"),
    Command("link_blanks", "Link blanks", icon="link"),
    Command("unlink_blanks", "Unlink blanks"),
    Command("put_back", "Put the words back", icon="undo"),
    Command("remove_blank", "Remove blank", icon="cross"),
    Command("fill", "Fill blanks", "Ctrl+Return", "fill"),
    Command("fill_all", "Fill all blanks", "Ctrl+Shift+Return", "fill"),
    Command("accept_all", "Accept all suggestions", icon="check"),
    Command("next_suggestion", "Next suggestion", "Alt+Down"),
    Command("previous_suggestion", "Previous suggestion", "Alt+Up"),
    Command("alternatives", "Alternatives", "Alt+Return", "book"),
    Command("next_blank", "Next blank", "F8", "right"),
    Command("previous_blank", "Previous blank", "Shift+F8", "left"),
    Command("stop", "Stop", "Esc", "stop"),
    Command("refine", "Refine paragraph", "Ctrl+Shift+R", "refine"),
    Command("likelihood", "Likelihood", "Ctrl+Shift+L", "heat"),
    Command("lock", "Keep these words", "Ctrl+Shift+K", "lock"),
    # Heard only while a review is open; it lends the other keys of the page to them.
    Command("review_keep", "Keep this change", "Y", "check"),
    Command("review_leave_out", "Leave this change out", "N", "cross"),
    Command("review_undecide", "Undecide this change", "U", "undo"),
    Command("review_next", "Next change", icon="down"),
    Command("review_previous", "Previous change", icon="up"),
    Command("review_earlier_sweep", "Earlier sweep", ",", "left"),
    Command("review_later_sweep", "Later sweep", ".", "right"),
    Command("review_branch", "Refine again from here", icon="branch"),
    Command("review_apply", "Apply the changes", icon="saved"),
    Command("review_inline", "Both versions in the text", is_checkable=True),
    Command("review_side_by_side", "Both versions side by side", is_checkable=True),
    Command("review_result", "Result only", is_checkable=True),
    Command("theme_light", "Light", is_checkable=True),
    Command("theme_dark", "Dark", is_checkable=True),
    Command("theme_system", "Follow the system", is_checkable=True),
    # Plus stands above the equals sign on many keyboards; nobody holds Shift for it.
    Command("zoom_in", "Larger text", _Standard.ZoomIn, "plus", also=("Ctrl+=",)),
    Command("zoom_out", "Smaller text", _Standard.ZoomOut),
    Command("zoom_reset", "Normal size", "Ctrl+0"),
    Command("spacing_1.4", "Line spacing 1.4", is_checkable=True),
    Command("spacing_1.6", "Line spacing 1.6", is_checkable=True),
    Command("spacing_1.8", "Line spacing 1.8", is_checkable=True),
    Command("measure_60", "Narrow column", is_checkable=True),
    Command("measure_70", "Normal column", is_checkable=True),
    Command("measure_80", "Wide column", is_checkable=True),
    Command("typewriter", "Typewriter mode", is_checkable=True),
    Command("side_panel", "Side panel", "Ctrl+Shift+E", "panel"),
    Command("model", "About the model…", "Ctrl+Shift+M", "book"),
    Command("statistics", "Statistics…", icon="info"),
    Command("reduce_motion", "Reduce motion", is_checkable=True),
    # Some desktops have no standard key for it, and every one leaves this one free.
    Command("full_screen", "Full screen", _Standard.FullScreen, is_checkable=True, also=("F11",)),
    Command("focus_mode", "Focus mode", "Ctrl+Shift+D", is_checkable=True),
    Command("next_pane", "Next pane", "F6", "right"),
    Command("previous_pane", "Previous pane", "Shift+F6", "left"),
    Command("palette", "Command palette…", "Ctrl+Shift+P", "keyboard"),
    Command("tour", "Read the tour", "", "book"),
    Command("report", "Copy report for a bug…", icon="doc"),
    Command("about", "About Maria Editor", "", "info"),
)

# None is a separator; a title with names is a menu in the menu.
Entry = str | None | tuple[str, tuple[str, ...]]
MENUS: tuple[tuple[str, tuple[Entry, ...]], ...] = (
    (
        "File",
        (
            "new",
            "open",
            "open_recent",
            None,
            "save",
            "save_as",
            None,
            "versions",
            None,
            "provenance",
            "disclosure",
            None,
            "export_pdf",
            "print",
            None,
            "quit",
        ),
    ),
    (
        "Edit",
        (
            "undo",
            "redo",
            None,
            "cut",
            "copy",
            "paste",
            None,
            "select_all",
            None,
            "find",
            "find_next",
            "find_previous",
            "replace",
            None,
            "spelling",
            "check_spelling",
            "smart_quotes",
            None,
            "settings",
        ),
    ),
    (
        "Blanks",
        (
            "blank_out",
            "blank_each",
            "blank_nth",
            "blank_odd",
            None,
            "fill",
            "fill_all",
            "accept_all",
            "next_suggestion",
            "previous_suggestion",
            "alternatives",
            "stop",
            None,
            "blank_rules",
            "link_blanks",
            "unlink_blanks",
            None,
            "put_back",
            "remove_blank",
            None,
            "next_blank",
            "previous_blank",
        ),
    ),
    (
        "Refine",
        (
            "refine",
            "lock",
            None,
            "review_keep",
            "review_leave_out",
            "review_undecide",
            "review_next",
            "review_previous",
            None,
            "review_earlier_sweep",
            "review_later_sweep",
            "review_branch",
            "review_apply",
            None,
            ("See the changes", ("review_inline", "review_side_by_side", "review_result")),
            None,
            "likelihood",
        ),
    ),
    (
        "View",
        (
            "theme_light",
            "theme_dark",
            "theme_system",
            None,
            "zoom_in",
            "zoom_out",
            "zoom_reset",
            None,
            ("Line spacing", ("spacing_1.4", "spacing_1.6", "spacing_1.8")),
            ("Column width", ("measure_60", "measure_70", "measure_80")),
            None,
            "focus_mode",
            "typewriter",
            "reduce_motion",
            "full_screen",
            None,
            "side_panel",
            "next_pane",
            "previous_pane",
            None,
            "statistics",
            "model",
        ),
    ),
    ("Help", ("palette", None, "tour", "report", "about")),
)

# Of these one is chosen at a time.
_CHOICES = (
    ("review_inline", "review_side_by_side", "review_result"),
    ("theme_light", "theme_dark", "theme_system"),
    ("spacing_1.4", "spacing_1.6", "spacing_1.8"),
    ("measure_60", "measure_70", "measure_80"),
)


class Actions:
    """The window's actions by name, `actions["save"]`."""

    def __init__(self, parent: QObject) -> None:
        self._actions = {command.name: action_of(command, parent) for command in COMMANDS}
        self._usual = {name: action.shortcuts() for name, action in self._actions.items()}
        for names in _CHOICES:
            group = QActionGroup(parent)
            for name in names:
                group.addAction(self._actions[name])

    def __getitem__(self, name: str) -> QAction:
        return self._actions[name]

    def usual_keys(self, name: str) -> QKeySequence:
        """Return the keys a command comes with, whatever the writer has given it."""
        return next(iter(self._usual[name]), QKeySequence())

    def give_keys(self, name: str, keys: QKeySequence) -> None:
        """Give a command these keys alone; with its usual ones, also the others it comes with.

        Of those, another command keeps what it has been given.
        """
        others = [action for other, action in self._actions.items() if other != name]
        taken = [shortcut for action in others for shortcut in action.shortcuts()]
        also = self._usual[name][1:] if keys == self.usual_keys(name) else []
        free = [shortcut for shortcut in also if shortcut not in taken]
        self._actions[name].setShortcuts([keys, *free])

    def way_to(self, name: str) -> str:
        """Return in words how a writer gets at a command, as part of a sentence."""
        action = self._actions[name]
        if keys := key_name(action.shortcut()):
            return _translate("press {keys}").format(keys=keys)
        label = action.text().rstrip("…")
        return _translate("choose “{command}” in the menus").format(command=label)

    def all(self) -> list[QAction]:
        """Return every action, for the window to hear their keys when the menus are hidden."""
        return list(self._actions.values())

    def fill_menu_bar(self, bar: QMenuBar, theme: Theme) -> None:
        """Put the menus into a menu bar."""
        for title, entries in MENUS:
            bar.addMenu(self._menu(title, entries, bar, theme))

    def _menu(self, title: str, entries: tuple[Entry, ...], parent: QWidget, theme: Theme) -> Menu:
        menu = Menu(theme, _translate(title), parent)
        for entry in entries:
            if entry is None:
                menu.addSeparator()
            elif isinstance(entry, str):
                menu.addAction(self._actions[entry])
            else:
                menu.addMenu(self._menu(*entry, menu, theme))
        return menu


def action_of(command: Command, parent: QObject) -> QAction:
    """Return a new action for a command: its label, its usual keys, its icon."""
    action = QAction(_translate(command.label), parent)
    action.setCheckable(command.is_checkable)
    keys = [QKeySequence(keys) for keys in (command.keys, *command.also)]
    # A standard key may be none here, or the very one that stands beside it.
    action.setShortcuts([one for one in dict.fromkeys(keys) if not one.isEmpty()])
    if command.icon:
        set_menu_icon(action, command.icon)
    # Ours are where the pictures put them; macOS would move some by their words.
    if command.name not in ("quit", "about"):
        action.setMenuRole(QAction.MenuRole.NoRole)
    return action


def commands_in(entries: tuple[Entry, ...]) -> list[str]:
    """Return the names of a menu's commands, those of its inner menus included."""
    names = []
    for entry in entries:
        if isinstance(entry, str):
            names.append(entry)
        elif entry is not None:
            names += entry[1]
    return names


def _translate(text: str) -> str:
    return QCoreApplication.translate("Commands", text)
