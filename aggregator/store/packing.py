"""Many article ids in few bytes, for what can be undone."""

from __future__ import annotations

from array import array
from collections.abc import Iterable
from itertools import accumulate
from operator import sub

import zstandard

LEVEL = 1  # ids are packed while a user waits; higher levels save a tenth


def pack(ids: array[int]) -> bytes:
    """Ascending ids as compressed differences."""
    differences = array("q", ids[:1])
    differences.extend(map(sub, ids[1:], ids))
    return zstandard.ZstdCompressor(level=LEVEL).compress(differences.tobytes())


def unpack(data: bytes) -> array[int]:
    """What ``pack`` packed."""
    differences = array("q", zstandard.ZstdDecompressor().decompress(data))
    return array("q", accumulate(differences))


def ascending(ids: Iterable[int]) -> array[int]:
    """The ids sorted, each once."""
    return array("q", sorted(set(ids)))
