"""Every text can be read on what it stands on (WCAG 2.2 §1.4.3, 1.4.6, 1.4.11), or has no colour at all."""

from __future__ import annotations

from pathlib import Path

import pytest
from rich.color import ColorType
from rich.segment import Segment
from rich.style import Style
from textual.color import Color
from textual.widgets import OptionList

from aggregator.config import parse
from aggregator.errors import ConfigError
from aggregator.library import Library
from tui import scope
from tui.themes import PLAIN, ROLES, THEMES, following, palette
from tui.widgets.painted import Painted

TEXT = {"dark": 4.5, "light": 4.5, "contrast": 7.0}
"""Theme -> the least contrast of its text; ansi has the terminal's own colours."""
MARKS = 3.0


def luminance(color: Color) -> float:
    """Relative luminance of a colour (WCAG 2.2)."""
    parts = [
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in color.normalized
    ]
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]


def contrast(one: Color, other: Color) -> float:
    low, high = sorted(luminance(color) for color in (one, other))
    return (high + 0.05) / (low + 0.05)


def ratio(style: Style) -> float:
    assert style.color is not None
    assert style.bgcolor is not None
    return contrast(Color.from_rich_color(style.color), Color.from_rich_color(style.bgcolor))


def painted(reader) -> list[Segment]:
    """Everything on the screen, as it goes to the terminal."""
    strips = reader.app.screen._compositor.render_strips()
    return [segment for strip in strips for segment in strip if segment.text]


def colours(segments: list[Segment]) -> set[ColorType]:
    """The kinds of colours that are sent."""
    styles = [segment.style for segment in segments if segment.style]
    return {color.type for style in styles for color in (style.color, style.bgcolor) if color}


async def wear(reader, name: str) -> None:
    """Put a theme on."""
    reader.app.theme = THEMES[name].name
    await reader.settle()


@pytest.mark.parametrize("theme", TEXT)
async def test_every_role_reaches_the_contrast_everywhere(library: Library, reading, theme: str) -> None:
    async with reading(library, (160, 45)) as reader:
        await wear(reader, theme)
        for key in ("", "H", "escape", "C", "escape", "x", "escape", "g"):
            if key:
                await reader.press(key)
            for widget in reader.app.screen.query(Painted):
                for over in ("", "selected", "selected-idle"):
                    styles = widget.palette(over)
                    low = {role: round(ratio(styles[role]), 2) for role in ROLES}
                    assert min(low.values()) >= TEXT[theme], f"{widget} {over} {low}"


@pytest.mark.parametrize("theme", TEXT)
async def test_the_plain_widgets_reach_it_as_well(library: Library, reading, theme: str) -> None:
    async with reading(library) as reader:
        await wear(reader, theme)
        await reader.press("slash")
        field = reader.screen.filter.input
        for name in ("input--placeholder", "input--cursor"):
            assert ratio(field.get_component_rich_style(name)) >= TEXT[theme], name
        assert ratio(field.rich_style) >= TEXT[theme]
        reader.app.say("One sentence.")
        await reader.settle()
        await reader.until(lambda: list(reader.app.screen.query("Toast")))
        assert ratio(reader.app.screen.query("Toast").first().rich_style) >= TEXT[theme]


@pytest.mark.parametrize("theme", TEXT)
async def test_the_palette_reaches_it_as_well(library: Library, reading, theme: str) -> None:
    async with reading(library) as reader:
        await wear(reader, theme)
        await reader.press("colon")
        await reader.until(lambda: reader.app.screen.query_one(OptionList).option_count)
        rows = reader.app.screen.query_one(OptionList)
        for name in ("option-list--option", "option-list--option-highlighted"):
            assert ratio(rows.get_component_rich_style(name)) >= TEXT[theme], name


@pytest.mark.parametrize("theme", TEXT)
async def test_lines_and_marks_reach_three_to_one(library: Library, reading, theme: str) -> None:
    async with reading(library) as reader:
        await wear(reader, theme)
        found = reader.app.theme_variables
        for mark in ("line", "muted", "accent", "error", "warning"):
            for ground in ("background", "panel", "surface", "selected", "selected-idle"):
                if (mark, ground[:8]) != ("line", "selected"):
                    seen = contrast(Color.parse(found[mark]), Color.parse(found[ground]))
                    assert seen >= MARKS, (mark, ground, round(seen, 2))


async def test_ansi_sends_only_the_terminals_own_sixteen_colours(library: Library, reading) -> None:
    async with reading(library, (160, 45)) as reader:
        await wear(reader, "ansi")
        for keys in ((), ("slash", "p"), ("escape", "H"), ("escape", "question_mark"), ("escape", "m", "g")):
            await reader.press(*keys)
            assert colours(painted(reader)) <= {ColorType.DEFAULT, ColorType.STANDARD}, keys


async def test_without_colours_none_are_sent_and_attributes_say_the_same(
    library: Library, reading, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    async with reading(library) as reader:
        await reader.press("g", "l", "home", "j")
        segments = painted(reader)
        assert colours(segments) <= {ColorType.DEFAULT}
        cursor = [segment for segment in segments if segment.style and segment.style.reverse]
        assert any("Grain prices" in segment.text for segment in cursor)
        assert not any(segment.style and segment.style.dim for segment in segments)
        for key in ("H", "escape", "C", "escape", "T", "colon", "escape", "slash", "p", "escape", "x"):
            await reader.press(key)
            assert colours(painted(reader)) <= {ColorType.DEFAULT}, key
        assert reader.app.theme == PLAIN.name
        assert reader.app.chosen_theme == ""


async def test_an_empty_no_color_is_none(library: Library, reading, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "")
    async with reading(library) as reader:
        assert ColorType.TRUECOLOR in colours(painted(reader))


def test_without_colours_roles_that_mean_something_differ_from_plain_text() -> None:
    variables = {**PLAIN.variables, "foreground": "ansi_default"}
    plain = palette(variables, Style())
    for role in ("unread", "accent", "link", "warn", "error", "star", "head"):
        assert plain[role] != plain["text"], role
    for over in ("selected", "selected-idle"):
        assert palette(variables, Style(), over)["text"] != plain["text"]
    assert all(style.color is None or style.color.is_default for style in plain.values())


async def test_signs_say_what_colours_say(library: Library, reading) -> None:
    async with reading(library) as reader:
        await reader.press("g", "l", "home")
        line = reader.lines("#list")[0]
        await reader.press("m")
        read = reader.lines("#list")[0]
        await reader.press("s")
        starred = reader.lines("#list")[0]
        assert len({line, read, starred}) == 3


async def test_one_key_goes_through_the_themes_and_the_choice_comes_back(library: Library, reading) -> None:
    async with reading(library) as reader:
        for name in ("light", "contrast", "ansi", "dark", "light"):
            await reader.press("T")
            assert reader.app.theme == THEMES[name].name
        await wear(reader, "contrast")
        reader.app.store_state()
        await reader.settle()
    assert scope.load(library.ui_get(scope.KEY)).theme == "contrast"
    assert [following(name) for name in THEMES] == ["light", "contrast", "ansi", "dark"]


def test_the_configuration_knows_every_theme_and_no_other() -> None:
    for name in THEMES:
        assert parse(f'[reader]\ntheme = "{name}"\n', Path("my.toml")).reader.theme == name
    with pytest.raises(ConfigError, match="must be one of dark, light, contrast, ansi"):
        parse('[reader]\ntheme = "plain"\n', Path("my.toml"))
