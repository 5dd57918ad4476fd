"""A picture of an article, fetched because a person wants to see it now.

It is decoded here, in a process that ends with it and is limited by the kernel, and written anew as a
small PNG without anything but its pixels: what shows it never decodes a publisher's file. Needs the extra
``images``.
"""

from __future__ import annotations

import io
import resource
import sys
import warnings
from importlib.util import find_spec
from typing import TYPE_CHECKING, Final

from aggregator import __version__
from aggregator.access import Accesses
from aggregator.config import Config
from aggregator.digest import MEMORY_BYTES, allow_cpu
from aggregator.errors import HakawatiError, ParseError
from aggregator.fetch import Fetcher

if TYPE_CHECKING:
    from PIL.Image import Image

FORMATS: Final = ("JPEG", "PNG", "WEBP", "GIF")
"""What newspapers send; every other decoder of Pillow's is left alone."""
MOST_PIXELS: Final = 40_000_000
"""Of a picture that is decoded at all: a camera's whole frame, 120 MB of memory."""
LARGEST: Final = (1600, 1200)
"""Pixels of what is shown: more than a terminal's window mostly has."""
MISSING: Final = "pictures need the extra named images: pip install '.[images]' in Hakawati's folder"


def available() -> bool:
    """Is there something to decode pictures with?"""
    return find_spec("PIL") is not None


async def fetch(config: Config, url: str, feed: str) -> bytes:
    """The picture at an address as a small PNG, through the proxy of its article's ``feed``.

    Raises FetchError, ParseError or HakawatiError.
    """
    if not available():
        raise HakawatiError(MISSING)
    way = Accesses(config.settings.feeds, config.path.parent).way(feed)
    async with Fetcher(config.settings.fetch, __version__) as fetcher:
        got = await fetcher.get_image(url, way)
    limit()
    return small_png(got.body)


def limit() -> None:
    """Cap what decoding may take from now on in this process."""
    allow_cpu()
    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    if sys.platform == "linux" and soft == resource.RLIM_INFINITY:
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, hard))


def small_png(body: bytes) -> bytes:
    """A picture's file as a PNG of at most ``LARGEST`` pixels; of several frames the first.

    Raises ParseError where it is no picture of ``FORMATS``, or larger than is decoded.
    """
    import PIL.Image

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            with PIL.Image.open(io.BytesIO(body), formats=FORMATS) as image:
                if image.width * image.height > MOST_PIXELS:
                    raise MemoryError
                return written(opaque(image))
    except (PIL.Image.DecompressionBombError, PIL.Image.DecompressionBombWarning, MemoryError) as error:
        raise ParseError("the picture has more pixels than are ever decoded") from error
    except PIL.UnidentifiedImageError as error:
        raise ParseError(f"it is no picture of a kind that is shown ({', '.join(FORMATS)})") from error
    except Exception as error:  # Pillow raises whatever a broken file makes it stumble over
        raise ParseError("the picture is broken") from error


def opaque(image: Image) -> Image:
    """The first frame, small, upright, without transparency: on white, as newspapers' pages are."""
    import PIL.Image
    import PIL.ImageOps

    image.draft("RGB", LARGEST)
    shown = PIL.ImageOps.exif_transpose(image).convert("RGBA")
    shown.thumbnail(LARGEST)
    flat = PIL.Image.new("RGB", shown.size, "white")
    flat.paste(shown, mask=shown.getchannel("A"))
    return flat


def written(image: Image) -> bytes:
    """Its pixels as a PNG, and nothing else of it."""
    out = io.BytesIO()
    image.save(out, "PNG", compress_level=1)
    return out.getvalue()
