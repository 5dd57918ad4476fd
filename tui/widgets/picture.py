"""A picture on the screen: sent as sixels or in kitty's way where the terminal has that, else in half cells.

Sequences of graphics are sent only once a picture was asked for. textual-image, the extra ``images``, asks
the terminal what it can when it is imported; its answers would be taken for keys by then, so it is not let.
"""

from __future__ import annotations

import fcntl
import io
import struct
import sys
import termios
from typing import TYPE_CHECKING, Any, Literal

from rich.color import Color
from rich.style import Style
from textual.geometry import Size
from textual.strip import Strip
from textual.widget import Widget

from tui import render
from tui.rtl import Face
from tui.widgets.painted import Painted

if TYPE_CHECKING:
    from PIL.Image import Image

Way = Literal["kitty", "sixel", "cells"]
KITTY = ("kitty", "ghostty")
"""Terminals that draw pictures by kitty's placeholders, which stand in cells as letters do."""
UPPER = "\u2580"
"""The upper half of a cell: its two colours are two pixels, one above the other."""


def way(face: Face, cell: tuple[int, int] | None) -> Way:
    """How this terminal draws pictures; ``cell``: pixels of a cell, None where they are not known."""
    if face.decision.name in KITTY:
        return "kitty"
    return "sixel" if face.sixel and cell else "cells"


def cell_size() -> tuple[int, int] | None:
    """Width and height of a cell in pixels, as the kernel knows them of the terminal."""
    try:
        rows, columns, width, height = struct.unpack("HHHH", fcntl.ioctl(1, termios.TIOCGWINSZ, bytes(8)))
    except OSError:
        return None
    found = (width // max(1, columns), height // max(1, rows))
    return found if all(found) else None


def decoded(png: bytes) -> Image:
    """The picture in a PNG that our own process wrote."""
    import PIL.Image

    image = PIL.Image.open(io.BytesIO(png), formats=("PNG",))
    image.load()
    return image


def widget(png: bytes, face: Face) -> Widget:
    """A widget that shows a picture as this terminal can."""
    cell = cell_size()
    how = way(face, cell)
    if how == "cells":
        return HalfCells(decoded(png))
    module = unasking(cell or (10, 20))
    made: Widget = (module.TGPImage if how == "kitty" else module.SixelImage)(decoded(png))
    return made


def unasking(cell: tuple[int, int]) -> Any:
    """textual-image's widgets, imported without a word to the terminal; they are told the size of a cell."""
    real, sys.__stdout__ = sys.__stdout__, io.StringIO()  # type: ignore[misc, assignment]  # no terminal to ask
    try:
        import textual_image.widget as module
        from textual_image import _terminal
    finally:
        sys.__stdout__ = real  # type: ignore[misc]
    _terminal.get_cell_size._result = _terminal.CellSize(*cell)  # type: ignore[attr-defined]
    return module


class HalfCells(Painted):
    """Two pixels a cell: coarse, and drawn by every terminal with colours."""

    def __init__(self, image: Image) -> None:
        super().__init__()
        self.image = image
        self._scaled: tuple[Size, Image] | None = None

    def scaled(self) -> Image:
        """The picture as large as there is room, its form kept."""
        if self._scaled is None or self._scaled[0] != self.size:
            self._scaled = (self.size, fitted(self.image, self.size.width, self.size.height))
        return self._scaled[1]

    def render_line(self, y: int) -> Strip:
        """A line of cells, in the middle."""
        image, width = self.scaled(), self.inner_width
        above = (self.size.height - image.height // 2) // 2
        row = 2 * (y - above)
        if not 0 <= row < image.height - 1:
            return render.strip((), width, self.palette())
        spans: list[render.Span] = [(" " * ((width - image.width) // 2), "text")]
        styles = dict(self.palette())
        for x in range(image.width):
            pair = image.getpixel((x, row)), image.getpixel((x, row + 1))
            styles.setdefault(str(pair), pixels(*pair))
            spans.append((UPPER, str(pair)))
        return render.strip(spans, width, styles)


def pixels(above: Any, below: Any) -> Style:
    """The style of two pixels."""
    return Style(color=Color.from_rgb(*above), bgcolor=Color.from_rgb(*below))


def fitted(image: Image, width: int, height: int) -> Image:
    """A picture in that many cells, two pixels a cell, its form kept; a cell is twice as high as wide."""
    scale = min(width / image.width, 2 * height / image.height)
    size = (max(1, int(image.width * scale)), max(2, int(image.height * scale) // 2 * 2))
    return image.convert("RGB").resize(size)
