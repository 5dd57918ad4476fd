"""Pictures: nothing is fetched, and no graphics are sent, before their key is pressed."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import replace

import pytest

pytest.importorskip("PIL", reason="the extra named images is not installed")

import PIL.Image

from aggregator.config import Config, load
from aggregator.library import Library
from aggregator.model import Enclosure, Image
from tests.aggregator.httpserver import Server, reply
from tests.tui.conftest import NOW, make_draft, store_drafts
from tui import terminal
from tui.rtl import Decision, Face
from tui.screens import picture as screen
from tui.screens.picture import PictureScreen
from tui.widgets import picture
from tui.widgets.picture import HalfCells


def png(*rows: tuple[str, ...], scale: int = 4) -> bytes:
    """A picture of a few colours."""
    image = PIL.Image.new("RGB", (len(rows[0]), len(rows)))
    for y, row in enumerate(rows):
        for x, colour in enumerate(row):
            image.paste(colour, (x, y, x + 1, y + 1))
    out = io.BytesIO()
    image.resize((image.width * scale, image.height * scale), 0).save(out, "PNG")
    return out.getvalue()


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as opened:
        yield opened


@pytest.fixture
def pictured(config: Config, server: Server) -> Iterator[Library]:
    """The newest article has two pictures, of which the second is refused; the next one has one."""
    found = server.answer("/a.png", reply(png(("red", "blue"), ("lime", "white"))))
    gone = server.answer("/b.png", reply(b"", 403))
    with config.path.open("a") as file:
        file.write('[fetch]\nallow_private = ["127.0.0.0/8"]\nspacing = 0\n')
    two = replace(
        make_draft(50, "Two pictures", minutes=-2),
        image=Image(found, "Boats [b] at noon", "Ann"),
        enclosures=(Enclosure(gone, "image/png"),),
    )
    one = replace(make_draft(51, "One picture", minutes=-1), image=Image(found))
    store_drafts(config, "https://harbour.example/news", [one, two])
    with Library(load(config.path, config.cache), clock=lambda: NOW) as library:
        yield library


async def test_a_picture_is_fetched_and_drawn_only_when_it_is_asked_for(
    pictured: Library, server: Server, reading
) -> None:
    async with reading(pictured, (80, 24)) as reader:
        await reader.press("n")
        assert reader.open_title == "Two pictures"
        await reader.press("i")
        assert "Fetch which picture?" in reader.text
        assert "Boats [b] at noon (Ann) from 127.0.0.1" in reader.text
        assert server.targets() == []
        await reader.press("1")
        await reader.until(lambda: list(reader.app.screen.query(HalfCells)))
        await reader.until(lambda: picture.UPPER in reader.text)
        drawn = reader.app.screen.query_one(HalfCells)
        line = drawn.render_line(0)
        colours = [
            segment.style.color.name for segment in line if segment.style and picture.UPPER in segment.text
        ]
        assert colours[0] == "#ff0000"
        assert colours[-1] == "#0000ff"
        assert "Boats [b] at noon (Ann)" in reader.text
        await reader.press("escape", "i", "1")
        await reader.until(lambda: list(reader.app.screen.query(HalfCells)))
        assert server.targets() == ["/a.png"], "it is kept while the reader runs"
        await reader.press("i", "i", "2")
        await reader.until(lambda: "403" in reader.text)
        assert "o opens it in the browser" in " ".join(reader.text.split())
        await reader.press("q")
        assert reader.open_title == "Two pictures"


async def test_a_single_picture_is_shown_at_once_and_none_is_said_so(
    pictured: Library, server: Server, reading
) -> None:
    async with reading(pictured, (80, 24)) as reader:
        await reader.press("j", "enter", "i")
        assert isinstance(reader.app.screen, PictureScreen)
        await reader.until(lambda: list(reader.app.screen.query(HalfCells)))
        await reader.press("q", "escape", "j", "i")
        assert "This article has no picture" in reader.text


@pytest.mark.parametrize(
    ("name", "sixel", "cell", "way"),
    [
        ("kitty", False, None, "kitty"),
        ("ghostty", True, (8, 16), "kitty"),
        ("foot", True, (8, 16), "sixel"),
        ("foot", True, None, "cells"),
        ("xterm", False, (8, 16), "cells"),
        ("", False, None, "cells"),
    ],
)
def test_each_terminal_gets_what_it_can_draw(
    name: str, sixel: bool, cell: tuple[int, int] | None, way: str
) -> None:
    assert picture.way(Face(Decision(name=name), sixel=sixel), cell) == way


def test_a_terminal_says_that_it_draws_sixels() -> None:
    assert terminal.read(b"\x1b[?62;4;22c").sixel
    assert not terminal.read(b"\x1b[?62;22;42c").sixel
    assert not terminal.read(b"\x1b[?4c").sixel, "the first number is the kind of terminal"


def test_asking_for_the_widgets_says_nothing_to_the_terminal(capfd: pytest.CaptureFixture[str]) -> None:
    module = picture.unasking((8, 16))
    assert capfd.readouterr() == ("", "")
    assert hasattr(module, "SixelImage")


async def test_where_nothing_can_be_drawn_one_sentence_says_why(
    pictured: Library, reading, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with reading(pictured, (80, 24)) as reader:
        reader.app.no_color = True
        await reader.press("n", "i")
        assert "NO_COLOR is set" in reader.text
        monkeypatch.setattr(screen, "find_spec", lambda name: None)
        assert reader.screen.why_no_picture() == screen.NO_EXTRA
