"""A picture of an article, fetched once its key was pressed: by another process, and kept in memory only."""

from __future__ import annotations

from collections.abc import Callable
from importlib.util import find_spec
from typing import ClassVar
from urllib.parse import urlsplit

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.strip import Strip
from textual.widgets import Static

from aggregator.model import Article, Image
from tui import commands, render
from tui.child import ImageChild
from tui.commands import Where
from tui.keys import key_of
from tui.lines import Document
from tui.screens.base import LibraryScreen
from tui.screens.dialogs import Choosing
from tui.screens.going import Going
from tui.widgets import picture
from tui.widgets.painted import Bar, Footer, Painted

KEPT = 8
"""Pictures that are kept while the reader runs: coming back to one asks nobody again."""
CAPTION_LINES = 3
"""Lines of the caption at most; the article has all of it."""
NO_EXTRA = "Pictures need an extra: pip install '.[images]' in Hakawati's folder."
NO_COLOURS = "NO_COLOR is set, and a picture in this terminal would be colours and nothing else."
NO_BLOCKS = "This terminal's locale has no UTF-8, so no picture can be drawn in it."


def told(image: Image) -> str:
    """What a picture shows, and whose it is."""
    caption, credit = render.apart(image.caption), render.apart(image.credit)
    return " ".join(filter(None, (caption, credit and f"({credit})"))) or "without a caption"


class Picturing(Going):
    """The command that shows a picture."""

    def __init__(self, pane: str) -> None:
        super().__init__(pane)
        self.pictures: dict[str, bytes] = {}
        """Address -> PNG, of the pictures that were shown last."""

    def action_image(self) -> None:
        """Show a picture of the article; of several, one is chosen first."""
        if why := self.why_no_picture():
            self.say(why)
        else:
            self.with_article(self.choose_picture)

    def why_no_picture(self) -> str:
        """Why this terminal shows none; "" where it can."""
        if find_spec("PIL") is None or find_spec("textual_image") is None:
            return NO_EXTRA
        drawn = picture.way(self.hakawati.face, picture.cell_size()) != "cells"
        if drawn:
            return ""
        if self.hakawati.no_color:
            return NO_COLOURS
        return NO_BLOCKS if render.GLYPHS is render.ASCII else ""

    def choose_picture(self, article: Article) -> None:
        """Which one?"""
        found = article.pictures
        if not found:
            self.say("This article has no picture that is known here.")
        elif len(found) == 1:
            self.show_picture(article, 0)
        else:
            choices = [(str(number), f"{told(image)} {host(image)}") for number, image in enumerate(found)]
            self.app.push_screen(
                Choosing("Fetch which picture?", choices),
                lambda chosen: self.show_picture(article, int(chosen)) if chosen else None,
            )

    def show_picture(self, article: Article, place: int) -> None:
        """Fetch it, if it is not here, and show it."""
        image = article.pictures[place]
        command = self.library.image_command(article.row.id, place + 1)
        self.app.push_screen(PictureScreen(image, command, self.pictures, self.browse, self.copy))


def host(image: Image) -> str:
    """Where a picture would be fetched from."""
    return f"from {render.inert(urlsplit(image.url).hostname or '')}"


class Caption(Painted):
    """What the picture shows, in a few lines."""

    def __init__(self, text: str) -> None:
        super().__init__(id="caption")
        self.text = text

    def render_line(self, y: int) -> Strip:
        """One line."""
        width = self.inner_width
        document = Document(max(1, width - 2))
        document.text(self.text, "dim")
        spans = document.lines[y].spans if y < len(document.lines) else ()
        return render.strip([(" ", "text"), *spans], width, self.palette())


class PictureScreen(LibraryScreen):
    """Shows one picture, as large as the window."""

    WHERE = Where.PICTURE
    AUTO_FOCUS = ""
    BINDINGS: ClassVar[list[BindingType]] = [*commands.bindings(Where.PICTURE)]

    def __init__(
        self,
        image: Image,
        command: list[str],
        kept: dict[str, bytes],
        browse: Callable[[str], None],
        copy: Callable[[str], None],
    ) -> None:
        super().__init__()
        self.image, self.kept = image, kept
        self._browse, self._copy = browse, copy
        self._child = ImageChild(command)

    def compose(self) -> ComposeResult:
        """Title, picture, caption, footer."""
        with Vertical(id="body"):
            yield Bar(id="header")
            yield Vertical(id="picture")
            yield Caption(told(self.image))
            yield Footer(id="footer")
        yield Static(id="too-small", markup=False)

    def on_mount(self) -> None:
        """Fetch it."""
        self.show_footer(self.WHERE)
        self.head("Picture", f"fetching it {host(self.image)}{render.GLYPHS.ellipsis}")
        if self.image.url in self.kept:
            self.draw(self.kept[self.image.url])
        else:
            self.run_worker(self.fetch(), group="picture")

    def head(self, text: str, right: str) -> None:
        """Say what this is, and how it goes."""
        self.query_one("#header", Bar).say([(f" {text}", "title")], [(f"{right} ", "dim")])

    async def fetch(self) -> None:
        """Wait for the other process; it ends with this screen."""
        try:
            png, failure = await self._child.run()
        finally:
            await self._child.stop()
        if failure:
            self.head("Picture", f"not shown {host(self.image)}")
            say = f"{failure.rstrip('.')}. {key_of('picture.browser')} opens it in the browser."
            self.query_one("#picture").mount(Caption(say))
            return
        self.kept[self.image.url] = png
        while len(self.kept) > KEPT:
            del self.kept[next(iter(self.kept))]
        self.draw(png)

    def draw(self, png: bytes) -> None:
        """Show it."""
        self.query_one("#picture").mount(picture.widget(png, self.hakawati.face))
        self.head("Picture", host(self.image))

    def action_browser(self) -> None:
        """Open its address."""
        self._browse(self.image.url)

    def action_copy(self) -> None:
        """Copy its address."""
        self._copy(self.image.url)

    def action_back(self) -> None:
        """Back to the article."""
        self.dismiss(None)
