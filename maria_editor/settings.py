"""The writer's settings: a typed face over one small file. A bad value reads as the default."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Literal, cast, get_args

from PySide6.QtCore import QByteArray, QSettings

from maria_editor.paths import settings_path

ThemeChoice = Literal["system", "light", "dark"]
DeviceChoice = Literal["auto", "cpu", "cuda"]
EngineChoice = Literal["process", "thread"]
SpacingChoice = Literal["1.6", "1.4", "1.8"]
MeasureChoice = Literal["70", "60", "80"]
CountChoice = Literal["words", "characters", "letters"]
StrengthChoice = Literal["gentle", "light", "medium", "strong", "bold"]
VersionsChoice = Literal["50", "10", "200"]

# What `RefineRequest.strength` is for each, in the order of a slider.
STRENGTHS: dict[StrengthChoice, float] = {
    "light": 0.1,
    "gentle": 0.3,
    "medium": 0.5,
    "strong": 0.75,
    "bold": 1.0,
}
MIN_ZOOM, MAX_ZOOM = 80, 200
MIN_CANDIDATES, MAX_CANDIDATES = 3, 9
_MAX_RECENT = 10
_MAX_LOCKED_FILES = 100


class Settings:
    """What the editor remembers between two runs."""

    def __init__(self, path: Path | None = None) -> None:
        self._store = QSettings(str(path or settings_path()), QSettings.Format.IniFormat)

    def save(self) -> None:
        """Put what is set on disk now; else that happens soon."""
        self._store.sync()

    @property
    def theme(self) -> ThemeChoice:
        """Light, dark, or as the system says."""
        return cast(ThemeChoice, self._choice("look/theme", get_args(ThemeChoice)))

    @theme.setter
    def theme(self, value: ThemeChoice) -> None:
        self._store.setValue("look/theme", value)

    @property
    def zoom(self) -> int:
        """The size of the text in percent, `MIN_ZOOM` to `MAX_ZOOM`."""
        return self._number("look/zoom", MIN_ZOOM, MAX_ZOOM, 100)

    @zoom.setter
    def zoom(self, value: int) -> None:
        self._store.setValue("look/zoom", min(max(value, MIN_ZOOM), MAX_ZOOM))

    @property
    def spacing(self) -> SpacingChoice:
        """The distance of lines, times the size of the text."""
        return cast(SpacingChoice, self._choice("look/spacing", get_args(SpacingChoice)))

    @spacing.setter
    def spacing(self, value: SpacingChoice) -> None:
        self._store.setValue("look/spacing", value)

    @property
    def measure(self) -> MeasureChoice:
        """The width of the column in average characters."""
        return cast(MeasureChoice, self._choice("look/measure", get_args(MeasureChoice)))

    @measure.setter
    def measure(self, value: MeasureChoice) -> None:
        self._store.setValue("look/measure", value)

    @property
    def text_font(self) -> str:
        """The family of the text; empty takes the one that comes with the editor."""
        value = self._store.value("look/font")
        return value if isinstance(value, str) else ""

    @text_font.setter
    def text_font(self, value: str) -> None:
        self._store.setValue("look/font", value)

    @property
    def reduce_motion(self) -> bool:
        """Whether everything is instant."""
        return self._switch("look/reduce_motion")

    @reduce_motion.setter
    def reduce_motion(self, value: bool) -> None:
        self._store.setValue("look/reduce_motion", "yes" if value else "no")

    @property
    def typewriter(self) -> bool:
        """Whether the line that is written stays at one height."""
        return self._switch("look/typewriter")

    @typewriter.setter
    def typewriter(self, value: bool) -> None:
        self._store.setValue("look/typewriter", "yes" if value else "no")

    @property
    def count(self) -> CountChoice:
        """What the status bar counts."""
        return cast(CountChoice, self._choice("look/count", get_args(CountChoice)))

    @count.setter
    def count(self, value: CountChoice) -> None:
        self._store.setValue("look/count", value)

    @property
    def geometry(self) -> bytes:
        """The window's place and size, as Qt packs it; empty at first."""
        value = self._store.value("window/geometry")
        return bytes(value.data()) if isinstance(value, QByteArray) else b""

    @geometry.setter
    def geometry(self, value: bytes) -> None:
        self._store.setValue("window/geometry", QByteArray(value))

    @property
    def recent_files(self) -> tuple[Path, ...]:
        """The files opened or saved last, the newest first."""
        value = self._store.value("document/recent")
        # Qt reads a list of one back as a plain string.
        names = [value] if isinstance(value, str) else value if isinstance(value, list) else []
        return tuple(Path(name) for name in names if isinstance(name, str) and name)

    def add_recent_file(self, path: Path) -> None:
        """Put a file first among the recent ones."""
        path = path.absolute()
        others = [recent for recent in self.recent_files if recent != path]
        kept = [str(recent) for recent in [path, *others][:_MAX_RECENT]]
        self._store.setValue("document/recent", kept)

    @property
    def last_place(self) -> tuple[Path | None, int]:
        """The file that was shown last and where its caret stood; None for a text without one."""
        name = self._store.value("document/last")
        path = Path(name) if isinstance(name, str) and name else None
        try:
            return path, max(0, int(str(self._store.value("document/place", 0))))
        except ValueError:
            return path, 0

    def set_last_place(self, path: Path | None, position: int) -> None:
        """Note the file that is shown and where its caret stands."""
        self._store.setValue("document/last", str(path.absolute()) if path else "")
        self._store.setValue("document/place", position)

    @property
    def has_session(self) -> bool:
        """Whether a file was worked on before: the program is not new to the writer."""
        return self.last_place[0] is not None or bool(self.recent_files)

    def locks(self, path: Path) -> str:
        """Return what was noted of the locks of a file; empty for none."""
        value = self._store.value(_lock_key(path))
        return value if isinstance(value, str) else ""

    def set_locks(self, path: Path, noted: str) -> None:
        """Note the locks of a file; those of a file long forgotten go."""
        self._store.remove(_lock_key(path))
        if not noted:
            return
        self._store.beginGroup("locks")
        for key in self._store.childKeys()[: -_MAX_LOCKED_FILES + 1]:
            self._store.remove(key)
        self._store.endGroup()
        self._store.setValue(_lock_key(path), noted)

    def clear_recent_files(self) -> None:
        """Forget them."""
        self._store.remove("document/recent")

    @property
    def smart_quotes(self) -> bool:
        """Whether straight quotes become curly ones as they are typed."""
        return self._switch("writing/smart_quotes")

    @smart_quotes.setter
    def smart_quotes(self, value: bool) -> None:
        self._store.setValue("writing/smart_quotes", "yes" if value else "no")

    @property
    def spelling(self) -> bool:
        """Whether unknown words are marked."""
        return self._switch("writing/spelling", default=True)

    @spelling.setter
    def spelling(self, value: bool) -> None:
        self._store.setValue("writing/spelling", "yes" if value else "no")

    @property
    def spelling_language(self) -> str:
        """The language of the dictionary, such as `en_GB`; empty takes the system's."""
        value = self._store.value("writing/spelling_language")
        return value if isinstance(value, str) else ""

    @spelling_language.setter
    def spelling_language(self, value: str) -> None:
        self._store.setValue("writing/spelling_language", value)

    @property
    def candidates(self) -> int:
        """How many words are offered for a blank, `MIN_CANDIDATES` to `MAX_CANDIDATES`."""
        return self._number("model/candidates", MIN_CANDIDATES, MAX_CANDIDATES, MAX_CANDIDATES)

    @candidates.setter
    def candidates(self, value: int) -> None:
        self._store.setValue("model/candidates", value)

    @property
    def strength(self) -> StrengthChoice:
        """How boldly a passage is refined at first; `STRENGTHS` has the figures."""
        return cast(StrengthChoice, self._choice("model/strength", get_args(StrengthChoice)))

    @strength.setter
    def strength(self, value: StrengthChoice) -> None:
        self._store.setValue("model/strength", value)

    @property
    def versions(self) -> VersionsChoice:
        """How many earlier versions of a text are kept."""
        return cast(VersionsChoice, self._choice("document/versions", get_args(VersionsChoice)))

    @versions.setter
    def versions(self, value: VersionsChoice) -> None:
        self._store.setValue("document/versions", value)

    @property
    def provenance(self) -> bool:
        """Whether a record of the model's words is kept beside the file."""
        return self._switch("document/provenance")

    @provenance.setter
    def provenance(self, value: bool) -> None:
        self._store.setValue("document/provenance", "yes" if value else "no")

    def keys(self, command: str) -> str | None:
        """Return the keys the writer gave a command; empty for none, None for its usual ones."""
        value = self._store.value(f"keys/{command}")
        return value if isinstance(value, str) else None

    def set_keys(self, command: str, keys: str | None) -> None:
        """Give a command other keys, or with None its usual ones."""
        if keys is None:
            self._store.remove(f"keys/{command}")
        else:
            self._store.setValue(f"keys/{command}", keys)

    @property
    def model(self) -> str | None:
        """The chosen model's name or folder; None takes the embedded one."""
        value = self._store.value("model/name")
        return value if isinstance(value, str) and value else None

    @model.setter
    def model(self, value: str | None) -> None:
        self._store.setValue("model/name", value or "")

    @property
    def device(self) -> DeviceChoice:
        """Where the model runs."""
        return cast(DeviceChoice, self._choice("model/device", get_args(DeviceChoice)))

    @device.setter
    def device(self, value: DeviceChoice) -> None:
        self._store.setValue("model/device", value)

    @property
    def engine(self) -> EngineChoice:
        """Whether the model has a process of its own or shares the editor's."""
        return cast(EngineChoice, self._choice("model/engine", get_args(EngineChoice)))

    @engine.setter
    def engine(self, value: EngineChoice) -> None:
        self._store.setValue("model/engine", value)

    @property
    def welcomed(self) -> bool:
        """Whether the welcome document was shown once."""
        return self._switch("document/welcomed")

    @welcomed.setter
    def welcomed(self, value: bool) -> None:
        self._store.setValue("document/welcomed", "yes" if value else "no")

    def _number(self, key: str, least: int, most: int, default: int) -> int:
        try:
            number = int(str(self._store.value(key, default)))
        except ValueError:
            return default
        return min(max(number, least), most)

    def _switch(self, key: str, *, default: bool = False) -> bool:
        """Return whether a switch is on."""
        return {"yes": True, "no": False}.get(str(self._store.value(key)), default)

    def _choice(self, key: str, choices: tuple[str, ...]) -> str:
        """Return the stored choice, or the first one, which is the default."""
        value = self._store.value(key)
        return value if isinstance(value, str) and value in choices else choices[0]


def _lock_key(path: Path) -> str:
    """Return the key of a file's locks: a name may hold signs that mean something in a key."""
    name = str(path.absolute()).encode(errors="surrogatepass")
    return f"locks/{hashlib.sha256(name).hexdigest()[:32]}"
