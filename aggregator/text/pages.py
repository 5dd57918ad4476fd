"""An article's page between its writer and its readers: ``Page`` ⇄ bytes."""

from __future__ import annotations

from functools import cache

import msgspec
import zstandard

from aggregator.model import Page
from aggregator.text.blocks import compressed, inflated

_ENCODER = msgspec.msgpack.Encoder()


def pack_page(page: Page) -> bytes:
    """``page`` as MessagePack under zstandard; its fields go by name, so later ones may be added."""
    return compressed(_ENCODER.encode(page))


@cache
def _decoder() -> msgspec.msgpack.Decoder[Page]:
    """Made when a page is read: it looks through the record's fields, and lists need none."""
    return msgspec.msgpack.Decoder(Page)


def unpack_page(data: bytes) -> Page:
    """The page that ``pack_page`` made ``data`` of; raises ValueError for anything else."""
    try:
        return _decoder().decode(inflated(data))
    except (zstandard.ZstdError, msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise ValueError(f"the stored page of an article cannot be read: {error}") from error
