"""The colours of the editor: one table, light and dark, and the only home of colour literals.

Every token is a role, not a hue. Knows nothing of Qt.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Tokens:
    """One theme's colours, each `#RRGGBB`."""

    paper: str
    chrome: str
    raised: str
    well: str
    pill: str
    knob: str
    line: str
    edge: str
    ink: str
    ink2: str
    ink3: str
    accent: str
    accent_hover: str
    on_accent: str
    accent_soft: str
    accent_line: str
    warm: str
    warm_soft: str
    danger: str
    danger_soft: str
    selection: str
    h1: str
    h2: str
    h3: str
    h4: str
    u1: str
    u2: str
    u3: str
    u4: str

    def fill_in(self, template: str) -> str:
        """Return `template` with every `@token@` replaced by its colour."""
        for name, value in asdict(self).items():
            template = template.replace(f"@{name}@", value)
        return template


LIGHT = Tokens(
    paper="#FBFAF7",
    chrome="#F4F2ED",
    raised="#FFFFFF",
    well="#EBE8E1",
    pill="#FFFFFF",
    knob="#FFFFFF",
    line="#E2DED5",
    edge="#8A8479",
    ink="#25231F",
    ink2="#5A554D",
    ink3="#706A61",
    accent="#17626F",
    accent_hover="#114E59",
    on_accent="#FFFFFF",
    accent_soft="#DFECED",
    accent_line="#8DB8BE",
    warm="#97400F",
    warm_soft="#FAE6D8",
    danger="#A1282B",
    danger_soft="#F8E3E1",
    selection="#CDE2E5",
    h1="#FBF1D6",
    h2="#F8DFAA",
    h3="#F4C285",
    h4="#EDA06B",
    u1="#9C7420",
    u2="#93590F",
    u3="#7F3A0C",
    u4="#6B210A",
)

DARK = Tokens(
    paper="#1C1B19",
    chrome="#161513",
    raised="#272522",
    well="#35322E",
    pill="#4B4741",
    knob="#DFDAD0",
    line="#35322D",
    edge="#827B70",
    ink="#DFDAD0",
    ink2="#ADA69A",
    ink3="#958E82",
    accent="#82C6D0",
    accent_hover="#9AD5DD",
    on_accent="#0E2529",
    accent_soft="#1F373B",
    accent_line="#44747B",
    warm="#E9A678",
    warm_soft="#3E2B1D",
    danger="#F0938D",
    danger_soft="#402422",
    selection="#27484E",
    h1="#332C1C",
    h2="#49381A",
    h3="#64421F",
    h4="#8D4B25",
    u1="#B08C45",
    u2="#CF9A45",
    u3="#EDAE6B",
    u4="#FFC79B",
)
