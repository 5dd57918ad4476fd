"""Who puts right-to-left text in order: the reader, the terminal, or nobody. Pure but for ``Face``.

Half of the terminals show text in the order in which it is sent, the other half reorders it, and most of
these can be told not to. There is no output that is right in both, so it has to be known which one this is:
from the configuration, from an answer that was given before, from the terminal itself, from its name, and
only where all that is silent from whoever reads (``screens.terminal_question``).
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Final

from aggregator.dataclass import dataclass
from tui import render
from tui.bidi.layout import RTL_LANGUAGES, Drawing, Marks, Mode
from tui.terminal import Look, Order

KEY: Final = "rtl {}"
"""The key in the store of what was answered in a terminal, by its name."""
TOLD: Final = "rtl told {}"
"""The key of whether the hint for a terminal was shown."""
MODES: Final[tuple[Mode, ...]] = ("app", "terminal", "off")
ALEF: Final = "\u05d0\u05d1\u05d2"
"""Alef, bet, gimel as they are written: whoever sees the alef at the left sees them in that order."""
VTE_REORDERS: Final = 5_700
"""VTE_VERSION from which VTE reorders text: 0.57.0, from which 0.58 was made."""

LOGICAL: Final = frozenset(
    {"xterm", "alacritty", "foot", "ghostty", "wezterm", "xterm.js", "windows terminal", "linux", "old vte"}
)
"""Terminals that show text in the order in which it is sent."""
HINTS: Final[dict[str, str]] = {
    "kitty": 'kitty turns each word around by itself: put "force_ltr yes" into kitty.conf.',
    "konsole": "Konsole reorders text by itself, not quite right in columns. For better: switch off "
    "Bi-Directional text rendering in its profile, then answer again (palette: right to left).",
    "putty": "PuTTY reorders text by itself, whole lines at once. For better: disable bidirectional text "
    "display in its settings (Terminal, Features), then answer again (palette: right to left).",
    "mlterm": "mlterm reorders text by itself. For better: start it with --bidi=false, then answer again "
    "(palette: right to left).",
    "apple terminal": "Apple's Terminal reorders text by itself and cannot be told not to; another terminal "
    "shows Arabic and Hebrew better.",
}
"""What to do in a terminal that would be better with another setting."""
REORDERS: Final = frozenset({"konsole", "putty", "mlterm", "apple terminal"})
"""Terminals that reorder text, and cannot be told not to by a program."""

_BY_VERSION: Final = (
    *((name, name) for name in ("xterm.js", "xterm", "alacritty", "foot", "ghostty", "wezterm", "kitty")),
    *((name, name) for name in ("konsole", "mlterm", "putty", "tmux", "vte", "iterm2", "mintty", "contour")),
)
"""How an answer to XTVERSION begins, in small letters, and the name for it."""
_BY_PROGRAM: Final = {
    "Apple_Terminal": "apple terminal",
    "vscode": "xterm.js",
    "WezTerm": "wezterm",
    "ghostty": "ghostty",
    "iTerm.app": "iterm2",
    "mintty": "mintty",
}
"""TERM_PROGRAM -> name."""
_BY_VARIABLE: Final = {
    "WT_SESSION": "windows terminal",
    "KITTY_WINDOW_ID": "kitty",
    "ALACRITTY_WINDOW_ID": "alacritty",
    "KONSOLE_VERSION": "konsole",
    "MLTERM": "mlterm",
    "XTERM_VERSION": "xterm",
}
"""Variables that only one terminal sets -> name."""
_BY_TERM: Final = ("alacritty", "foot", "kitty", "ghostty", "wezterm", "konsole", "mlterm", "putty", "linux")
"""Words of TERM that name a terminal; ``xterm`` does not, most others call themselves so."""


def name_of(look: Look, environment: Mapping[str, str] = os.environ) -> str:
    """A short name for the terminal, the same at every start; for one without a name, its TERM.

    What it says of itself comes first: variables are inherited by terminals that are started in others.
    """
    version = look.version.lower()
    if found := next((name for start, name in _BY_VERSION if version.startswith(start)), ""):
        return found
    if version:
        return re.split(r"[\s(/]", version, maxsplit=1)[0]
    if environment.get("TMUX"):
        return "tmux"
    if environment.get("STY"):
        return "screen"
    return from_environment(environment)


def from_environment(environment: Mapping[str, str]) -> str:
    """The name of a terminal that does not say it."""
    if found := _BY_PROGRAM.get(environment.get("TERM_PROGRAM", "")):
        return found
    if vte := environment.get("VTE_VERSION", ""):
        return "vte" if not vte.isdecimal() or int(vte) >= VTE_REORDERS else "old vte"
    if found := next((name for key, name in _BY_VARIABLE.items() if environment.get(key)), ""):
        return found
    term = environment.get("TERM", "")
    words = re.split("[-+.]", term.lower())
    return next((name for name in _BY_TERM if name in words), term)


@dataclass(frozen=True, slots=True)
class Decision:
    """Who orders, in which terminal, why (a clause), whether that is a guess, and what would be better."""

    mode: Mode = "app"
    name: str = ""
    why: str = ""
    guess: bool = False
    hint: str = ""


def decide(setting: str, look: Look, name: str, answered: str = "") -> Decision:
    """Who orders: ``setting`` of the configuration, then what was ``answered`` here before, then the rest."""
    if setting in MODES:
        return Decision(as_mode(setting), name, "the configuration says so")
    if answered in MODES:
        return Decision(as_mode(answered), name, "that was your answer in this terminal")
    if look.bdsm:
        return Decision("app", name, "this terminal can be told not to reorder")
    if name in LOGICAL:
        return Decision("app", name, "this terminal shows text in the order in which it is sent")
    if name in REORDERS:
        return Decision("terminal", name, "this terminal reorders text itself", hint=HINTS[name])
    if name in HINTS:
        return Decision("app", name, "this terminal can be set to show text as it is sent", hint=HINTS[name])
    return Decision(
        "app", name, "what this terminal does is not known; most show text as it is sent", guess=True
    )


def as_mode(text: str) -> Mode:
    """A text that is a mode, as one."""
    return next((mode for mode in MODES if mode == text), "app")


def wants_look(setting: str) -> bool:
    """Has the terminal to be asked at all?"""
    return setting not in MODES


def written(languages: Iterable[str]) -> bool:
    """Does any of these languages run from right to left?"""
    return any(language.split("-")[0].lower() in RTL_LANGUAGES for language in languages)


class Face:
    """What the reader knows of its terminal while it runs, and what it owes it."""

    def __init__(
        self,
        decision: Decision | None = None,
        marks: Marks = "strip",
        *,
        order: Order | None = None,
        typed: bytes = b"",
        asks: bool = False,
        sixel: bool = False,
    ) -> None:
        self.sixel = sixel
        """The terminal said that it draws pictures so."""
        self.decision = decision or Decision()
        self.marks = marks
        self.order = order or Order()
        self.typed = typed
        """Keys that came before the reader listened."""
        self.asks = asks
        """Nobody has answered yet, and the answer could be kept."""
        self.use()

    @property
    def mode(self) -> Mode:
        """Who orders."""
        return self.decision.mode

    @property
    def ask_needed(self) -> bool:
        """Is it a guess who orders, so that one look is worth asking for?"""
        return self.asks and self.decision.guess

    def use(self) -> None:
        """Draw so from now on."""
        render.use(Drawing(self.mode, self.marks, ellipsis=render.GLYPHS.ellipsis))

    def answer(self, mode: Mode) -> None:
        """Somebody looked, and this is right."""
        self.decision = Decision(mode, self.decision.name, "that was your answer in this terminal")
        self.use()


def of_reader(
    setting: str,
    marks: Marks,
    look: Look,
    stored: Callable[[str], str],
    *,
    order: Order,
    asks: bool,
    environment: Mapping[str, str] = os.environ,
) -> Face:
    """The face of a reader that starts; ``stored`` gives what was kept under a key, "" for nothing."""
    name = name_of(look, environment)
    decision = decide(setting, look, name, stored(KEY.format(name)))
    return Face(decision, marks, order=order, typed=look.typed, asks=asks, sixel=look.sixel)
