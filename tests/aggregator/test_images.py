"""Pictures: fetched by a person's word alone, decoded within limits, written anew without anything else."""

from __future__ import annotations

import io
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

pytest.importorskip("PIL", reason="the extra named images is not installed")

import PIL.Image

from aggregator import images
from aggregator.errors import ParseError
from aggregator.library import Library
from aggregator.model import Article, ArticleDraft, ArticleRow, Enclosure, Image, Page
from aggregator.store.db import Store
from aggregator.text.blocks import pack_blocks
from aggregator.text.searchable import searchable
from tests.aggregator.httpserver import Server, reply
from tests.aggregator.rounds import NOW, write_config


def picture(form: str, size: tuple[int, int] = (64, 48), colour: str = "red", **options: object) -> bytes:
    """An invented picture's file."""
    out = io.BytesIO()
    PIL.Image.new("RGBA" if form in ("PNG", "WEBP") else "RGB", size, colour).save(out, form, **options)
    return out.getvalue()


def opened(png: bytes) -> PIL.Image.Image:
    with PIL.Image.open(io.BytesIO(png)) as image:
        image.load()
        assert image.format == "PNG"
        return image


@pytest.mark.parametrize("form", images.FORMATS)
def test_each_kind_that_newspapers_send_becomes_a_png(form: str) -> None:
    image = opened(images.small_png(picture(form)))
    assert image.size == (64, 48)
    red, green, blue = image.getpixel((30, 20))
    assert red > 240
    assert green < 15
    assert blue < 15


def test_what_is_large_becomes_small_and_keeps_its_form() -> None:
    assert opened(images.small_png(picture("PNG", (3200, 800)))).size == (1600, 400)


def test_nothing_but_pixels_goes_on() -> None:
    exif = PIL.Image.Exif()
    exif[0x010E] = "a place and a time"
    png = images.small_png(picture("JPEG", exif=exif, comment=b"whose camera"))
    assert b"place" not in png
    assert b"camera" not in png
    assert opened(png).info == {}


def test_what_is_clear_is_white_as_on_a_page() -> None:
    assert opened(images.small_png(picture("PNG", colour="#00000000"))).getpixel((0, 0)) == (255, 255, 255)


def test_of_several_frames_the_first_is_shown() -> None:
    frames = [PIL.Image.new("RGB", (8, 8), colour) for colour in ("blue", "lime")]
    out = io.BytesIO()
    frames[0].save(out, "GIF", save_all=True, append_images=frames[1:])
    assert opened(images.small_png(out.getvalue())).getpixel((4, 4)) == (0, 0, 255)


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "no picture of a kind"),
        (b"<html>refused</html>", "no picture of a kind"),
        (b"", "no picture of a kind"),
        (picture("TIFF"), "no picture of a kind"),
        (picture("BMP"), "no picture of a kind"),
        (picture("JPEG")[:200], "broken"),
        (picture("PNG")[:60] + b"\0" * 40, "broken"),
    ],
    ids=["svg", "html", "nothing", "tiff", "bmp", "half a jpeg", "half a png"],
)
def test_what_cannot_be_shown_is_one_sentence(body: bytes, why: str) -> None:
    with pytest.raises(ParseError, match=why):
        images.small_png(body)


def test_a_picture_of_too_many_pixels_is_not_decoded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(images, "MOST_PIXELS", 1000)
    assert images.small_png(picture("PNG", (40, 25)))
    with pytest.raises(ParseError, match="more pixels"):
        images.small_png(picture("PNG", (40, 26)))


# --- an article's pictures, and the command ---


def article(**parts: object) -> Article:
    row = ArticleRow(1, 1, "o", "t", "en", 1, True, False, 0, False)
    fields: dict[str, object] = {"enclosures": (), "image": None, "page": None, **parts}
    made = Article(row, "g", "u", "a", "s", (), 1, None, 1, "f", "u", "", (), (), None, ())
    return type(made)(**{name: fields.get(name, getattr(made, name)) for name in made.__slots__})


def test_the_feeds_picture_goes_first_and_an_address_once() -> None:
    page = Page(1, "u", images=(Image("https://a.example/1", "one"), Image("https://a.example/2")))
    enclosures = (
        Enclosure("https://a.example/3", "image/png"),
        Enclosure("https://a.example/4", "audio/mp3"),
    )
    found = article(page=page, image=Image("https://a.example/1"), enclosures=enclosures).pictures
    assert [image.url[-1] for image in found] == ["1", "3", "2"]
    assert found[0].caption == "one"
    assert article().pictures == ()


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as opened:
        yield opened


def stocked(folder: Path, url: str) -> Library:
    """A library with one article that has a picture."""
    config = write_config(folder, ["https://news.example/feed"])
    draft = ArticleDraft(
        guid="g", url="https://news.example/1", title="Pier", author="", summary="s", body=pack_blocks(()),
        published=NOW, updated=None, language="en", content_hash=b"h", folded=searchable("Pier", "", ""),
        terms=b"", image=Image(url, "Boats [1]", "Ann"),
    )  # fmt: skip
    with Store.open(config.cache) as store, store.write():
        store.feeds.reconcile(config.settings.feeds)
        feed = store.feeds.get("https://news.example/feed")
        assert feed is not None
        store.articles.upsert(feed, [draft], NOW)
    return Library(config)


def run(argv: list[str]) -> tuple[int, bytes, str]:
    done = subprocess.run(argv, capture_output=True, check=False)
    return done.returncode, done.stdout, done.stderr.decode()


def test_a_picture_is_fetched_by_a_number_alone_and_by_a_process_of_its_own(
    tmp_path: Path, server: Server
) -> None:
    url = server.answer(
        "/pier.jpg", reply(picture("JPEG"), Content_Type="image/jpeg"), reply(b"<html>no</html>")
    )
    with stocked(tmp_path, url) as library:
        (row,) = library.page("")
        listed, fetched, refused = (
            run(library.command("image", str(row.id))),
            run(library.image_command(row.id, 1)),
            run(library.image_command(row.id, 1)),
        )
    assert listed == (0, f"1 Boats [1] (Ann) - {url}\n".encode(), "")
    assert (fetched[0], fetched[2]) == (0, "")
    assert opened(fetched[1]).size == (64, 48)
    assert refused == (1, b"", "hakawati: it is no picture of a kind that is shown (JPEG, PNG, WEBP, GIF)\n")
    assert server.targets() == ["/pier.jpg", "/pier.jpg"]
    asked = server.requests[0]
    assert asked.header("accept") == "image/webp, image/png, image/jpeg, image/gif;q=0.8"
    assert not [name for name in ("cookie", "referer", "authorization") if asked.header(name)]


def test_an_address_of_ones_own_network_is_not_asked_for_a_picture(tmp_path: Path, server: Server) -> None:
    url = server.answer("/pier.jpg", reply(picture("JPEG")))
    with stocked(tmp_path, url) as library:
        (row,) = library.page("")
        path = library.config.path
        path.write_text(path.read_text().replace('allow_private = ["127.0.0.0/8"]', ""))
        code, png, said = run(library.image_command(row.id, 1))
    assert (code, png, server.targets()) == (1, b"", [])
    assert "own network" in said or "allow_private" in said
