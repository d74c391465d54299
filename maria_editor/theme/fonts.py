"""The bundled fonts, Literata for the text and Inter for the interface, and how they are asked for.

Sizes are logical pixels. Fonts are never named in the style sheet: it would override `setFont`.
"""

from __future__ import annotations

import logging
from functools import cache

from PySide6.QtGui import QFont, QFontDatabase, QFontMetricsF

from maria_editor.resources import resource_path

_log = logging.getLogger(__name__)

TEXT_FAMILIES = ["Literata", "Charter", "Charis SIL", "Georgia", "Noto Serif", "serif"]
# Open fonts that the writer may choose for the text where they are installed.
OFFERED_FAMILIES = (
    "Charis SIL",
    "EB Garamond",
    "Vollkorn",
    "iA Writer Quattro",
    "JetBrains Mono",
)
INTERFACE_FAMILIES = ["Inter", "Segoe UI", "Helvetica Neue", "Noto Sans", "sans-serif"]

TEXT_SIZE = 20
HEADING_SIZES = {1: 28, 2: 24, 3: 20}
HEADING_LINES = {1: 40, 2: 36, 3: 32}
LEADING = 1.6
MEASURE = 70
_LARGE = 1000

# Running English, so that an average character is one that a reader meets.
_SAMPLE = (
    "In the evening she went back to the garden and sat a while where the old wall kept the "
    "warmth of the day. Nobody asked whom she was waiting for, and the light took its time."
)


@cache
def register_fonts() -> None:
    """Make the bundled fonts known to Qt; a missing one is only a worse-looking page."""
    for path in sorted(resource_path("fonts").glob("*.ttf")):
        if QFontDatabase.addApplicationFont(str(path)) < 0:
            _log.warning("font not loaded: %s", path.name)


def offered_families() -> list[str]:
    """Return the families that the text can be set in here, the bundled one first."""
    installed = QFontDatabase.families()
    found = [
        next((family for family in installed if family.startswith(offered)), None)
        for offered in OFFERED_FAMILIES
    ]
    return [TEXT_FAMILIES[0], *(family for family in found if family is not None)]


def text_font(
    size: float,
    *,
    weight: QFont.Weight = QFont.Weight.Normal,
    italic: bool = False,
    family: str = "",
) -> QFont:
    """Return the writer's font; `family` goes before the usual ones."""
    font = _font([family, *TEXT_FAMILIES] if family else TEXT_FAMILIES, size, weight)
    font.setItalic(italic)
    return font


def interface_font(
    size: int = 13, *, weight: QFont.Weight = QFont.Weight.Normal, tabular: bool = False
) -> QFont:
    """Return the interface's font; `tabular` gives all figures one width."""
    font = _font(INTERFACE_FAMILIES, size, weight)
    if tabular:
        font.setFeature(QFont.Tag("tnum"), 1)
    return font


def column_width(font: QFont) -> int:
    """Return the width of `MEASURE` average characters, on the 8 px grid."""
    # Measured large: at one pixel per point small letters stand on whole pixels.
    large = QFont(font)
    large.setPixelSize(_LARGE)
    average = QFontMetricsF(large).horizontalAdvance(_SAMPLE) / len(_SAMPLE)
    return round(average * MEASURE * font.pixelSize() / _LARGE / 8) * 8


def _font(families: list[str], size: float, weight: QFont.Weight) -> QFont:
    font = QFont(families)
    font.setPixelSize(max(1, round(size)))
    font.setWeight(weight)
    font.setHintingPreference(QFont.HintingPreference.PreferNoHinting)
    return font
