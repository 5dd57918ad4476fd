"""Two themes whose every text reaches WCAG AA (4.5 : 1) where it stands; a test computes it."""

from __future__ import annotations

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
        "line": "#4b5566",
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
        "line": "#a8a498",
        "selected": "#d5e2f7",
        "selected-idle": "#e9e6dd",
        "linked": "#1a56b0",
        "input-selection-background": "#b7d0f5",
        "text-disabled": "#545b66",
        "block-cursor-background": "#d5e2f7",
        "block-cursor-foreground": "#1d2229",
    },
)
ROLES: dict[str, tuple[str, bool]] = {
    "text": ("foreground", False),
    "dim": ("muted", False),
    "unread": ("foreground", True),
    "title": ("foreground", True),
    "accent": ("accent", False),
    "link": ("linked", False),
    "warn": ("warning", False),
    "error": ("error", False),
    "star": ("accent", True),
    "head": ("primary", True),
}
"""What a span of a line is -> its colour and whether it is bold. Meaning never rests on colour alone."""
THEMES = {"dark": DARK, "light": LIGHT}
