"""A body comes back as it was stored, or says that it is damaged."""

from __future__ import annotations

import msgspec
import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from aggregator.model import Block, InlineLink
from aggregator.text.blocks import MAX_UNPACKED_BYTES, pack_blocks, unpack_blocks

LINKS = st.builds(InlineLink, st.integers(0, 9), st.integers(0, 9), st.text(max_size=20))
BLOCKS = st.lists(
    st.builds(Block, st.sampled_from(["p", "h2", "row"]), st.text(max_size=40), st.lists(LINKS).map(tuple)),
    max_size=5,
)


def blocks_or_refusal(data: bytes) -> object:
    """The blocks of ``data``, or the sentence of the ValueError that it raises."""
    try:
        return unpack_blocks(data)
    except ValueError as error:
        return str(error)


def is_fair(answer: object) -> bool:
    """True for blocks and for a refusal that says what is damaged."""
    return "stored text" in answer if isinstance(answer, str) else isinstance(answer, tuple)


@given(BLOCKS)
def test_what_is_packed_comes_back(blocks: list[Block]) -> None:
    assert unpack_blocks(pack_blocks(blocks)) == tuple(blocks)


@given(st.binary(max_size=60))
def test_other_bytes_are_refused_by_name_or_are_blocks(data: bytes) -> None:
    assert is_fair(blocks_or_refusal(data))


@given(st.integers(0, 10_000), st.integers(1, 255))
def test_one_changed_byte_never_escapes_as_another_error(position: int, change: int) -> None:
    data = bytearray(pack_blocks([Block("p", "text " * 50, (InlineLink(0, 4, "https://news.example/"),))]))
    data[position % len(data)] ^= change
    assert is_fair(blocks_or_refusal(bytes(data)))


@pytest.mark.parametrize(
    "wire", [[("p", "no links")], [("p", 1, [])], {"p": "x"}, [("p", "x", [(0, "1", "u")])]]
)
def test_sound_data_of_another_shape_is_refused(wire: object) -> None:
    with pytest.raises(ValueError, match="stored text"):
        unpack_blocks(zstandard.compress(msgspec.msgpack.encode(wire)))


def test_a_body_that_would_inflate_without_end_is_refused_unopened() -> None:
    with pytest.raises(ValueError, match="claims"):
        unpack_blocks(zstandard.compress(b"\0" * (MAX_UNPACKED_BYTES + 1)))


def test_no_blocks_are_no_bytes() -> None:
    assert pack_blocks([]) == b""
    assert unpack_blocks(b"") == ()
