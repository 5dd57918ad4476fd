"""Bytes from the wire → sound UTF-8, in the order of RFC 7303 §3: byte-order mark, header, declaration.

Pure. Odd codec names count as unknown: Python's own (``idna``, ``unicode_escape`` …), names with NUL.
"""

from __future__ import annotations

import codecs
import re

from aggregator.text.code_pages import LATIN, is_latin, likeliest

HEAD = 1024  # bytes in which an XML declaration must stand; real ones end within 100
HINT_HEAD = 4096  # bytes searched for a declared language when the encoding must be guessed

# longest marks first: UTF-32-LE begins with the bytes of UTF-16-LE
_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
# "<" in a wide encoding without a mark (XML 1.0 appendix F)
_WIDE = (
    (re.compile(rb"<\0\0\0"), "utf-32-le"),
    (re.compile(rb"\0\0\0<"), "utf-32-be"),
    (re.compile(rb"<\0[^\0]\0"), "utf-16-le"),
    (re.compile(rb"\0<\0[^\0]"), "utf-16-be"),
    (re.compile(rb"\xbc[?\xbfrf]"), "mac-arabic"),  # which has a second "<", for lines that run to the left
)
_PARAMETER = re.compile(r""";\s*charset\s*=\s*["']?([^\s"';]+)""", re.IGNORECASE)
_DECLARATION = re.compile(rb"""\s*<\?xml[^>]{0,200}?\bencoding\s*=\s*["']([\w.:-]{1,40})["']""")
_LANGUAGE = re.compile(rb"""(?:<language>\s*|xml:lang\s*=\s*["'])([A-Za-z]{2})""")

# codecs that Python has and the web has not: they raise, run code paths of their own, or are no charsets
_NOT_CHARSETS = frozenset({"idna", "punycode", "undefined", "unicode-escape", "raw-unicode-escape", "utf-7"})
# what the web calls so is the wider one (https://encoding.spec.whatwg.org/#names-and-labels)
_SUPERSETS = {"gb2312": "gb18030", "gbk": "gb18030", "ascii": "utf-8", "utf-8-sig": "utf-8"}
_SUPERSETS |= {"iso8859-1": "cp1252", "iso8859-8": "cp1255", "iso8859-9": "cp1254"}
_ALIASES = {"iso-8859-8-i": "iso8859-8", "iso-8859-8-e": "iso8859-8", "iso-8859-6-i": "iso8859-6"}
_ONE_BYTE = ("cp125", "cp437", "cp850", "iso8859", "mac-", "koi8")
_BY_LANGUAGE = {
    "ar": "cp1256",
    "fa": "cp1256",
    "ur": "cp1256",
    "ku": "cp1256",
    "he": "cp1255",
    "iw": "cp1255",
    "yi": "cp1255",
    "tr": "cp1254",
    "az": "cp1254",
}
_SURROGATE = re.compile(rb"\xed[\xa0-\xbf][\x80-\xbf]")  # half a character, as UTF-8 never has it
_DAMAGED = "Some characters were damaged and could not be read."
_UNKNOWN = "The document names an encoding that is unknown or not its own; it was read as UTF-8."
_C0 = bytes(code for code in range(32) if code not in (9, 10, 13))  # not allowed in XML 1.0 §2.2


def to_utf8(body: bytes, content_type: str) -> tuple[bytes, str]:
    """Give ``body`` as UTF-8 that an XML parser accepts, and a sentence where that took a guess ("" else).

    Control characters that XML forbids are dropped; U+FFFE, U+FFFF and broken sequences become U+FFFD.
    """
    data, note = _transcode(body, content_type)
    data = data.translate(None, _C0)
    if b"\xef\xbf" in data:
        data = data.replace(b"\xef\xbf\xbe", b"\xef\xbf\xbd").replace(b"\xef\xbf\xbf", b"\xef\xbf\xbd")
    return data, note


def _transcode(body: bytes, content_type: str) -> tuple[bytes, str]:
    for mark, name in _MARKS:
        if body.startswith(mark):
            return _forced(body[len(mark) :], name)
    for pattern, name in _WIDE:
        if pattern.match(body):
            return _forced(body, name)
    named = [_from_header(content_type), _from_declaration(body)]
    utf8 = _is_utf8(body)
    for name in named:
        if name and not (utf8 and name.startswith(_ONE_BYTE) and not body.isascii()):
            # text that is sound multi-byte UTF-8 is never that by chance in a one-byte charset
            data = _strict(body, name, utf8)
            if data is not None and (name != LATIN or is_latin(body)):
                return data, ""
    return (body, _misnamed(content_type, body)) if utf8 else _guess(body)


def _misnamed(content_type: str, body: bytes) -> str:
    """A sentence where the encoding that is declared is unknown, or cannot be that of the bytes."""
    header, declaration = _PARAMETER.search(content_type), _DECLARATION.match(body[:HEAD])
    if not header and not declaration:
        return ""
    names = [header[1] if header else "", declaration[1].decode("ascii", "replace") if declaration else ""]
    return "" if any(map(codec, names)) else _UNKNOWN


def codec(name: str) -> str:
    """Python's name of a charset that documents use, "" for an unknown or odd one."""
    lowered = name.strip().lower()
    try:
        info = codecs.lookup(_ALIASES.get(lowered, lowered))
    except (LookupError, ValueError, UnicodeError):
        return ""
    found = info.name.replace("_", "-")
    if found in _NOT_CHARSETS or not getattr(info, "_is_text_encoding", False):
        return ""
    if found.startswith(("utf-16", "utf-32")):
        return ""  # a wide encoding is known by its bytes; a narrow document that claims one is mistaken
    return _SUPERSETS.get(found, found)


def _from_header(content_type: str) -> str:
    found = _PARAMETER.search(content_type)
    return codec(found[1]) if found else ""


def _from_declaration(body: bytes) -> str:
    found = _DECLARATION.match(body[:HEAD])
    return codec(found[1].decode("ascii", "replace")) if found else ""


def _is_utf8(body: bytes) -> bool:
    try:
        body.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _strict(body: bytes, name: str, utf8: bool) -> bytes | None:
    if name == "utf-8":
        return body if utf8 else None
    try:
        # five codes of windows-1252 are no characters; what holds one is Western none the less
        return body.decode(name, "replace" if name == LATIN else "strict").encode("utf-8")
    except (UnicodeError, ValueError):
        return None


def _forced(body: bytes, name: str) -> tuple[bytes, str]:
    text = body.decode(name, "replace")
    note = _DAMAGED if "\ufffd" in text else ""
    return text.encode("utf-8", "replace"), note


def _guess(body: bytes) -> tuple[bytes, str]:
    halved = _SURROGATE.sub(b"\xef\xbf\xbd", body)
    if _is_utf8(halved):
        return halved, _DAMAGED
    text = halved.decode("utf-8", "replace")
    damaged = text.count("\ufffd")
    sound = len(text.encode("utf-8")) - len(text)  # continuation bytes; each U+FFFD has two itself
    if damaged * 3 <= sound:
        return text.encode("utf-8"), _DAMAGED
    name = _legacy(body)
    called = name.replace("cp12", "windows-12")
    note = f"The document does not say its encoding rightly; it was read as {called}."
    return body.decode(name, "replace").encode("utf-8"), note


def _legacy(body: bytes) -> str:
    """The likeliest Middle Eastern or Western code page."""
    hint = _LANGUAGE.search(body[:HINT_HEAD])
    return likeliest(body, _BY_LANGUAGE.get(hint[1].decode("ascii").lower(), "") if hint else "")
