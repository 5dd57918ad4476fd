"""charset: byte-order mark, header, declaration, sound UTF-8, guess."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.text.charset import codec, to_utf8

AR, HE, TR = "خبر تجريبي من المرفأ", "ידיעה לדוגמה מהנמל", "Şubatta ışıklı İğde ağaçları"


def read(body: bytes, header: str = "") -> str:
    return to_utf8(body, f"text/xml; charset={header}" if header else "text/xml")[0].decode("utf-8")


def declared(name: str, text: str, encoding: str) -> bytes:
    return f'<?xml version="1.0" encoding="{name}"?><a>{text}</a>'.encode(encoding)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-be"])
def test_wide_and_marked_documents_need_no_declaration(encoding: str) -> None:
    assert AR in read(f"<a>{AR}</a>".encode(encoding))


def test_a_mark_beats_the_header_and_the_header_the_declaration() -> None:
    assert AR in read(declared("windows-1252", AR, "utf-8-sig"), "windows-1256")
    assert AR in read(declared("windows-1252", AR, "cp1256"), '"windows-1256"')
    assert AR in read(declared("windows-1256", AR, "cp1256"))


def test_sound_utf8_is_never_read_as_a_one_byte_charset() -> None:
    assert AR in read(declared("utf-8", AR, "utf-8"), "iso-8859-1")


@pytest.mark.parametrize(
    "name", ["idna", "undefined", "unicode_escape", "zlib", "utf-7", "x" * 40, "a\0b", "rot13", ""]
)
def test_odd_codec_names_count_as_unknown(name: str) -> None:
    assert codec(name) == ""
    assert AR in read(f"<a>{AR}</a>".encode(), name)


@pytest.mark.parametrize(
    ("text", "encoding", "head"),
    [
        (AR, "cp1256", ""),
        (HE, "cp1255", ""),
        (TR, "cp1254", ""),
        (AR, "cp1256", "<language>ar-eg</language>"),
        ("déjà vu à côté", "cp1252", ""),
        ("أسعار النفط ترتفع في الأسواق", "iso8859-6", ""),
        ("أسعار النفط والتطورات في الأسواق", "cp720", ""),
        ("ראש העיר נפגש עם השרים", "cp862", ""),
        ("Şırnak'ta yağış, İzmir'de güneş", "cp857", ""),
        ("חֲדָשׁוֹת", "cp1255", ""),
        ("Cumhurbaşkanı görüştü", "iso8859-9", ""),
    ],
)
def test_undeclared_code_pages_are_guessed_and_said_so(text: str, encoding: str, head: str) -> None:
    data, note = to_utf8(f"<rss>{head}<a>{text}</a>".encode(encoding), "")
    assert text in data.decode("utf-8")
    assert encoding.replace("cp12", "windows-12").replace("iso8859-9", "windows-1254") in note


@pytest.mark.parametrize(
    "text", [AR, HE, TR, "Crème brûlée à Genève – «déjà vu», 50 € £ ©", "ÉTÉ À LA PLAGE"]
)
@pytest.mark.parametrize("name", ["iso-8859-1", "windows-1252"])
def test_what_calls_itself_western_is_read_so_unless_its_words_are_of_ours(text: str, name: str) -> None:
    encoding = {AR: "cp1256", HE: "cp1255", TR: "cp1254"}.get(text, "cp1252")
    assert text in read(declared(name, text, encoding))
    assert text in read(f"<a>{text}</a>".encode(encoding), name)


def test_a_document_in_which_even_the_brackets_are_of_mac_arabic_is_read() -> None:
    for document in (f"<rss>{AR}</rss>", f'<?xml version="1.0" encoding="us-ascii"?><rss>{AR}</rss>'):
        assert AR in read(document.encode("mac-arabic"))


def test_a_damaged_byte_in_good_utf8_costs_one_character() -> None:
    data, note = to_utf8(f"<a>{AR}".encode() + b"\xff</a>", "")
    assert data.decode("utf-8") == f"<a>{AR}\ufffd</a>"
    assert "damaged" in note


@given(st.binary(max_size=300), st.sampled_from(["", "utf-8", "windows-1256", "utf-16", "big5", "undefined"]))
def test_any_bytes_become_utf8_without_forbidden_characters(body: bytes, header: str) -> None:
    text = read(body, header)
    assert not any(ord(char) < 32 and char not in "\t\n\r" for char in text)
    assert not {"\ufffe", "\uffff"}.intersection(text)


@pytest.mark.parametrize("name", ["bogus", "undefined", "utf-16", "x" * 40])
def test_an_encoding_that_is_unknown_or_cannot_be_is_said(name: str) -> None:
    assert "unknown" in to_utf8(declared(name, AR, "utf-8"), "")[1]
    assert to_utf8(declared("utf-8", AR, "utf-8"), "")[1] == ""
    assert to_utf8(declared(name, AR, "utf-8"), "text/xml; charset=utf-8")[1] == ""


@pytest.mark.parametrize(
    "piece", [b"<", b"w", b"W", b"\xc7", b"a\xc7", b"A\xdd", b"\xed\xa0", b"<\xc7", b"\xc7 "]
)
def test_guessing_takes_time_in_proportion_to_what_is_read(piece: bytes) -> None:
    began = time.process_time()
    to_utf8(b"<rss>\xc7\xff" + piece * 400_000, "")
    assert time.process_time() - began < 2
