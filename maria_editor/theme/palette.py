"""Turns tokens into a `QPalette`, and a platform's high-contrast palette into tokens."""

from __future__ import annotations

from PySide6.QtGui import QColor, QPalette

from maria_editor.theme.tokens import Tokens

_ROLES = {
    QPalette.ColorRole.Window: "chrome",
    QPalette.ColorRole.WindowText: "ink",
    QPalette.ColorRole.Base: "paper",
    QPalette.ColorRole.AlternateBase: "chrome",
    QPalette.ColorRole.Text: "ink",
    QPalette.ColorRole.PlaceholderText: "ink3",
    QPalette.ColorRole.Button: "raised",
    QPalette.ColorRole.ButtonText: "ink",
    QPalette.ColorRole.BrightText: "danger",
    QPalette.ColorRole.Highlight: "selection",
    QPalette.ColorRole.HighlightedText: "ink",
    QPalette.ColorRole.Link: "accent",
    QPalette.ColorRole.LinkVisited: "accent_hover",
    QPalette.ColorRole.ToolTipBase: "raised",
    QPalette.ColorRole.ToolTipText: "ink",
    QPalette.ColorRole.Accent: "accent",
    QPalette.ColorRole.Mid: "edge",
    QPalette.ColorRole.Midlight: "line",
    QPalette.ColorRole.Light: "raised",
    QPalette.ColorRole.Dark: "edge",
}
_TEXT_ROLES = (
    QPalette.ColorRole.WindowText,
    QPalette.ColorRole.Text,
    QPalette.ColorRole.ButtonText,
)


def palette_from(tokens: Tokens) -> QPalette:
    """Return the palette for the roles that Qt knows."""
    palette = QPalette()
    for role, name in _ROLES.items():
        palette.setColor(role, QColor(getattr(tokens, name)))
    for role in _TEXT_ROLES:
        palette.setColor(QPalette.ColorGroup.Disabled, role, QColor(tokens.ink3))
    return palette


def tokens_from(palette: QPalette) -> Tokens:
    """Return tokens made of a platform's own colours: for high contrast, where ours step back."""

    def name(role: QPalette.ColorRole) -> str:
        return palette.color(QPalette.ColorGroup.Active, role).name()

    base, window = name(QPalette.ColorRole.Base), name(QPalette.ColorRole.Window)
    text, highlight = name(QPalette.ColorRole.Text), name(QPalette.ColorRole.Highlight)
    chosen = name(QPalette.ColorRole.HighlightedText)
    paper = dict.fromkeys(("paper", "raised", "pill", "h1", "h2", "h3", "h4"), base)
    soft = dict.fromkeys(("well", "accent_soft", "warm_soft", "danger_soft"), window)
    inks = ("line", "edge", "knob", "ink", "ink2", "ink3", "accent", "accent_hover", "accent_line")
    marks = ("warm", "danger", "u1", "u2", "u3", "u4")
    ink = dict.fromkeys(inks + marks, text)
    return Tokens(**paper, **soft, **ink, chrome=window, selection=highlight, on_accent=chosen)
