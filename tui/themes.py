"""Our themes, and how a piece of a line looks in them; a test computes the contrast where each stands.

WCAG 2.2: text 4.5 : 1 (AA), in ``contrast`` 7 : 1 (AAA), lines and marks 3 : 1. ``ansi`` has only the sixteen
colours that the terminal itself was given, so there is nothing to compute: what is read stays in its own
foreground. Without colours (NO_COLOR) there are bold, underline and reverse. Meaning never rests on colour.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import NamedTuple

from rich.color import Color as RichColor
from rich.style import Style
from textual.color import Color
from textual.theme import Theme

DARK = Theme(
    name="hakawati-dark",
    primary="#8ab4f8",
    secondary="#b9a7e8",
    accent="#f0b35a",
    foreground="#e4e6eb",
    background="#14171c",
    surface="#1b1f26",
    panel="#232833",
    success="#86d19a",
    warning="#f0c674",
    error="#ff9d94",
    dark=True,
    variables={
        "muted": "#a3abb8",
        "line": "#6b778c",
        "selected": "#2d3a52",
        "selected-idle": "#252b36",
        "linked": "#8ab4f8",
        "input-selection-background": "#3d5a8a",
        "text-disabled": "#a3abb8",
        "block-cursor-background": "#2d3a52",
        "block-cursor-foreground": "#ffffff",
    },
)
LIGHT = Theme(
    name="hakawati-light",
    primary="#1a56b0",
    secondary="#5b3fa0",
    accent="#8a4b00",
    foreground="#1d2229",
    background="#fbfaf7",
    surface="#f2f0ea",
    panel="#e9e6dd",
    success="#1c6b34",
    warning="#7a4f00",
    error="#a61b1b",
    dark=False,
    variables={
        "muted": "#545b66",
        "line": "#87826f",
        "selected": "#d5e2f7",
        "selected-idle": "#e9e6dd",
        "linked": "#1a56b0",
        "input-selection-background": "#b7d0f5",
        "text-disabled": "#545b66",
        "block-cursor-background": "#d5e2f7",
        "block-cursor-foreground": "#1d2229",
    },
)
CONTRAST = Theme(
    name="hakawati-contrast",
    primary="#9ecbff",
    secondary="#d9c8ff",
    accent="#ffd75f",
    foreground="#ffffff",
    background="#000000",
    surface="#0d0d0d",
    panel="#1c1c1c",
    success="#a8f0b8",
    warning="#ffd75f",
    error="#ffb8b0",
    dark=True,
    variables={
        "muted": "#d8d8d8",
        "line": "#b8b8b8",
        "selected": "#00305c",
        "selected-idle": "#2a2a2a",
        "linked": "#9ecbff",
        "input-selection-background": "#00457f",
        "text-disabled": "#d8d8d8",
        "block-cursor-background": "#00305c",
        "block-cursor-foreground": "#ffffff",
    },
)
DEFAULTS = {
    "ansi-background": "ansi_default",
    "ansi-foreground": "ansi_default",
    "muted": "ansi_default",
    "line": "ansi_default",
    "input-selection-background": "ansi_cyan",
    "input-selection-foreground": "ansi_black",
    "input-cursor-background": "ansi_default",
    "input-cursor-foreground": "ansi_default",
    "input-cursor-text-style": "reverse",
    "text-disabled": "ansi_default",
    "block-cursor-background": "ansi_cyan",
    "block-cursor-foreground": "ansi_black",
    "block-cursor-blurred-background": "ansi_cyan",
    "block-cursor-blurred-foreground": "ansi_black",
    "border": "ansi_default",
    "border-blurred": "ansi_default",
    "scrollbar": "ansi_default",
}
ANSI = Theme(
    name="hakawati-ansi",
    ansi=True,
    primary="ansi_cyan",
    secondary="ansi_magenta",
    accent="ansi_magenta",
    foreground="ansi_default",
    background="ansi_default",
    surface="ansi_default",
    panel="ansi_default",
    boost="ansi_default",
    success="ansi_green",
    warning="ansi_magenta",
    error="ansi_red",
    dark=True,
    variables=DEFAULTS | {"selected": "reverse", "selected-idle": "underline", "linked": "ansi_cyan"},
)
PLAIN = Theme(
    name="hakawati-plain",
    ansi=True,
    primary="ansi_default",
    secondary="ansi_default",
    accent="ansi_default",
    foreground="ansi_default",
    background="ansi_default",
    surface="ansi_default",
    panel="ansi_default",
    boost="ansi_default",
    success="ansi_default",
    warning="ansi_default",
    error="ansi_default",
    dark=True,
    variables=DEFAULTS
    | {
        "selected": "reverse",
        "selected-idle": "underline",
        "linked": "ansi_default",
        "spans": "attributes",
        "input-selection-background": "ansi_default",
        "input-selection-foreground": "ansi_default",
        "block-cursor-background": "ansi_default",
        "block-cursor-foreground": "ansi_default",
        "block-cursor-text-style": "reverse",
        "block-cursor-blurred-background": "ansi_default",
        "block-cursor-blurred-foreground": "ansi_default",
        "block-cursor-blurred-text-style": "reverse",
    },
)
"""For NO_COLOR: nobody chooses it, and its lines are told apart by ``Role.plainly``."""
THEMES = {"dark": DARK, "light": LIGHT, "contrast": CONTRAST, "ansi": ANSI}
"""The names of the configuration, in the order in which the key goes through them."""


class Role(NamedTuple):
    """How a span of a line looks: a colour of the theme; and without colours, words of Rich's styles."""

    colour: str
    bold: bool = False
    plainly: str = ""


ROLES: dict[str, Role] = {
    "text": Role("foreground"),
    "dim": Role("muted"),
    "unread": Role("foreground", True, "bold"),
    "title": Role("foreground", True, "bold"),
    "accent": Role("accent", False, "bold"),
    "link": Role("linked", False, "underline"),
    "warn": Role("warning", False, "bold"),
    "error": Role("error", False, "bold underline"),
    "star": Role("accent", True, "bold"),
    "head": Role("primary", True, "bold underline"),
}
"""What a span of a line is -> how it looks. Meaning never rests on colour alone."""


@lru_cache(maxsize=256)
def rich_colour(value: str) -> RichColor:
    """A colour of a theme as Rich has it: ``#a0b0c0``, ``ansi_cyan``."""
    return Color.parse(value).rich_color


def behind(variables: Mapping[str, str], over: str) -> Style:
    """What lies behind a whole line: a colour of the theme, or an attribute where it has none."""
    value = variables[over] if over else ""
    if not value or value in {"reverse", "underline"}:
        return Style.parse(value)
    return Style(bgcolor=rich_colour(value))


def role_style(variables: Mapping[str, str], role: str) -> Style:
    """How a span with this role looks, by itself."""
    colour, bold, plainly = ROLES[role]
    if variables.get("spans") == "attributes":
        return Style.parse(plainly)
    return Style(color=rich_colour(variables[colour]), bold=bold or None)


def palette(variables: Mapping[str, str], base: Style, over: str = "") -> dict[str, Style]:
    """Styles by role on a widget's own style; ``over`` is "" or what lies behind the whole line.

    A reversed line has one colour: swapped, those of its spans would make it a patchwork.
    """
    ground = base + behind(variables, over)
    reversed_ = Style(color=rich_colour(variables["foreground"])) if ground.reverse else Style()
    return {role: ground + role_style(variables, role) + reversed_ for role in ROLES}


def following(name: str) -> str:
    """The theme after this one, round and round."""
    names = list(THEMES)
    return names[(names.index(name) + 1) % len(names)]
