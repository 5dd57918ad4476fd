"""Every text can be read on every background it stands on (WCAG 2.2 §1.4.3: 4.5 to 1)."""

from __future__ import annotations

import pytest
from rich.style import Style
from textual.color import Color

from aggregator.library import Library
from tui.themes import ROLES
from tui.widgets.painted import Painted

AA = 4.5


def ratio(style: Style) -> float:
    assert style.color is not None
    assert style.bgcolor is not None
    light = sorted(luminance(Color.from_rich_color(color)) for color in (style.color, style.bgcolor))
    return (light[1] + 0.05) / (light[0] + 0.05)


def luminance(color: Color) -> float:
    """Relative luminance of a colour (WCAG 2.2)."""
    parts = [
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in color.normalized
    ]
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]


@pytest.mark.parametrize("theme", ["hakawati-dark", "hakawati-light"])
async def test_every_role_reaches_the_contrast_everywhere(library: Library, reading, theme: str) -> None:
    async with reading(library, (160, 45)) as reader:
        reader.app.theme = theme
        await reader.settle()
        for widget in reader.screen.query(Painted):
            for over in ("", "selected", "selected-idle"):
                palette = widget.palette(over)
                low = {role: round(ratio(palette[role]), 2) for role in ROLES if ratio(palette[role]) < AA}
                assert not low, f"{widget} {over} {low}"


@pytest.mark.parametrize("theme", ["hakawati-dark", "hakawati-light"])
async def test_the_plain_widgets_reach_it_as_well(library: Library, reading, theme: str) -> None:
    async with reading(library) as reader:
        reader.app.theme = theme
        await reader.press("slash")
        field = reader.screen.filter.input
        for name in ("input--placeholder", "input--cursor"):
            assert ratio(field.get_component_rich_style(name)) >= AA, name
        assert ratio(field.rich_style) >= AA
        reader.app.say("One sentence.")
        await reader.settle()
        await reader.until(lambda: list(reader.app.screen.query("Toast")))
        assert ratio(reader.app.screen.query("Toast").first().rich_style) >= AA
