"""The contrast table of the look, computed from the tokens; and who may write a colour."""

from __future__ import annotations

import re
from dataclasses import asdict
from pathlib import Path

import pytest

from maria_editor.resources import resource_path
from maria_editor.theme.tokens import DARK, LIGHT, Tokens

ROOT = Path(__file__).parents[3]
TEXT, MARK = 4.5, 3.0
PAIRS = [
    *[("ink", ground, TEXT) for ground in ("paper", "chrome", "raised", "selection")],
    *[("ink", heat, TEXT) for heat in ("h1", "h2", "h3", "h4")],
    *[("ink2", g, TEXT) for g in ("paper", "chrome", "raised", "well", "accent_soft")],
    *[("ink3", ground, TEXT) for ground in ("paper", "chrome", "raised")],
    *[("accent", g, TEXT) for g in ("paper", "chrome", "raised", "accent_soft")],
    ("on_accent", "accent", TEXT),
    ("on_accent", "accent_hover", TEXT),
    *[("warm", ground, TEXT) for ground in ("paper", "warm_soft")],
    *[("danger", ground, TEXT) for ground in ("paper", "danger_soft")],
    *[("edge", ground, MARK) for ground in ("paper", "chrome", "raised")],
    *[(f"u{level}", f"h{level}", MARK) for level in (1, 2, 3, 4)],
]


def luminance(color: str) -> float:
    channels = [int(color[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def test_the_formula_is_wcag() -> None:
    assert contrast("#000000", "#FFFFFF") == pytest.approx(21)
    assert contrast("#777777", "#FFFFFF") == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize("tokens", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize(("ink", "ground", "limit"), PAIRS)
def test_every_pair_is_readable(tokens: Tokens, ink: str, ground: str, limit: float) -> None:
    assert contrast(getattr(tokens, ink), getattr(tokens, ground)) >= limit


@pytest.mark.parametrize("tokens", [LIGHT, DARK], ids=["light", "dark"])
def test_tokens_are_colours(tokens: Tokens) -> None:
    for name, value in asdict(tokens).items():
        assert re.fullmatch("#[0-9A-F]{6}", value), name


def test_the_template_is_filled_to_the_last_hole() -> None:
    template = resource_path("themes/interface.qss").read_text(encoding="utf-8")
    assert "@" in template
    assert "@" not in LIGHT.fill_in(template)


def test_no_colour_and_no_font_stands_elsewhere() -> None:
    paths = [*(ROOT / "maria_editor").rglob("*.py"), *(ROOT / "resources/themes").iterdir()]
    for path in paths:
        text = path.read_text(encoding="utf-8")
        if path.name != "tokens.py":
            assert not re.search(r"#[0-9A-Fa-f]{6}\b", text), path
        if path.suffix == ".qss":
            assert not re.search(r"font-(family|size)|\bfont:", text), path
