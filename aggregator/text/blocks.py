"""An article's body between its writer (clean) and its readers (store, library): blocks ⇄ bytes."""

from __future__ import annotations

import threading
from collections.abc import Sequence

import msgspec
import zstandard

from aggregator.model import Block, InlineLink

COMPRESSION_LEVEL = 3  # zstandard's own default: 5 µs for a news text, every article pays it once
MAX_UNPACKED_BYTES = 8 << 20  # a body is at most 256 kB of HTML; its links, made absolute, add to that

_Wire = list[tuple[str, str, list[tuple[int, int, str]]]]  # kind, text, links as start, end, url
_THREAD = threading.local()
_ENCODER = msgspec.msgpack.Encoder()
_DECODER = msgspec.msgpack.Decoder(_Wire)


def pack_blocks(blocks: Sequence[Block]) -> bytes:
    """``blocks`` as MessagePack under zstandard; b"" for no blocks."""
    if not blocks:
        return b""
    wire = [(b.kind, b.text, [(link.start, link.end, link.url) for link in b.links]) for b in blocks]
    return compressed(_ENCODER.encode(wire))


def compressed(data: bytes) -> bytes:
    """``data`` under zstandard."""
    return _compressor().compress(data)


def _compressor() -> zstandard.ZstdCompressor:
    """This thread's own: making one costs as much as using it, and two threads must not share it."""
    if not hasattr(_THREAD, "compressor"):
        _THREAD.compressor = zstandard.ZstdCompressor(level=COMPRESSION_LEVEL)
    compressor: zstandard.ZstdCompressor = _THREAD.compressor
    return compressor


def unpack_blocks(data: bytes) -> tuple[Block, ...]:
    """The blocks that ``pack_blocks`` made ``data`` of.

    Raises ValueError when ``data`` is something else or is damaged; never inflates beyond
    ``MAX_UNPACKED_BYTES``.
    """
    if not data:
        return ()
    try:
        wire = _DECODER.decode(inflated(data))
    except (zstandard.ZstdError, msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise ValueError(f"the stored text of an article cannot be read: {error}") from error
    return tuple(Block(kind, text, tuple(InlineLink(*link) for link in links)) for kind, text, links in wire)


def inflated(data: bytes) -> bytes:
    """The bytes inside; the size that the frame claims is checked first, as zstandard allocates it.

    Raises ValueError, zstandard.ZstdError.
    """
    size = zstandard.frame_content_size(data)
    if not 0 <= size <= MAX_UNPACKED_BYTES:
        raise ValueError(f"the stored text of an article claims {size} bytes")
    return zstandard.ZstdDecompressor().decompress(data)
