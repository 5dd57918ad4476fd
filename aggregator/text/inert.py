"""Make a string inert: nothing a publisher sends may steer the terminal, the layout or the opener.

Neither XML parsers, HTML sanitisers nor terminal toolkits remove control characters, so this is the
one place that does. It runs when an article is stored and again when text is drawn.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Any

from aggregator.late import pattern

MAX_ROUNDS = 3  # times that entities are decoded: publishers escape twice, now and then three times
MAX_MARKS = 4  # combining marks on one base: vocalised Arabic and Hebrew stay below, "zalgo" does not
MAX_URL_BYTES = 2000  # what browsers, terminals' hyperlinks and argument lists all take
MAX_HOST = 253  # letters of a host name (RFC 1035 §2.3.4)
ELLIPSIS = "…"
REPLACEMENT = "\ufffd"

_SURROGATE = "\ud800-\udfff"
_BREAKS = "\t\n\x0b\x0c\r\x1c-\x1f\x85\u2028\u2029"  # controls that part words
_WIDE_SPACES = "\xa0\u1680\u2000-\u200a\u202f\u205f\u3000"  # all that are no plain space
_ISOLATES = "\u2066-\u2069"
_INVISIBLE = (
    "\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f"  # C0, DEL and C1 that are no breaks
    "\xad\u180e\u200b\u2060-\u2064\u206a-\u206f"  # soft hyphen, zero-width space and such: they hide in words
    "\u202a-\u202e\ufeff\ufff9-\ufffb"  # bidi embeddings and overrides, BOM, annotation anchors
    "\ufdd0-\ufdef\ufffe\uffff\U000e0000-\U000e007f"  # noncharacters, tag characters
)
# Wide ranges that hold every combining mark (a test counts them) and few letters of our languages.
_MARKISH = (
    "\u0300-\u036f\u0483-\u0489\u0591-\u05c7\u0610-\u061c\u064b-\u065f\u0670\u06d6-\u06ed\u0711\u0730-\u1fff"
    "\u200c-\u200f\u20d0-\u20ff\u2cef-\u2cf1\u2d7f\u2de0-\u2dff\u302a-\u302f\u3099\u309a\ua66f-\uabff"
    "\ufb1e\ufe00-\ufe2f\U00010000-\U0001efff\U000e0100-\U000e01ef"
)

_DROP = pattern(f"[{_INVISIBLE}]+")
_LONE = pattern(f"[{_SURROGATE}]")
_ISOLATE = pattern(f"[{_ISOLATES}]")
_LINE_END = pattern("\r\n?")
_BREAK_BUT_NEWLINE = pattern("[\x0b\x0c\x1c-\x1f\x85\u2028\u2029]")
# The lookahead keeps the search to one character class, which is three times as fast.
_MANY_MARKS = pattern(f"[{_MARKISH}](?=[{_MARKISH}{_ISOLATES}]{{{MAX_MARKS}}})")
_UNCLEAN_LINE = pattern(
    f"[{_INVISIBLE}{_SURROGATE}{_ISOLATES}{_BREAKS}\xa0\u1680\u2000-\u200a\u202f\u205f\u3000]"
)
_UNCLEAN_TEXT = pattern(f"[{_INVISIBLE}{_SURROGATE}{_ISOLATES}\x0b-\x0d\x1c-\x1f\x85\u2028\u2029]")
_ENTITY = pattern(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[a-zA-Z][a-zA-Z0-9]{1,31});")

_PLAIN_URL = pattern(r"https?://[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?(?::\d{1,5})?(?:[/?][!#-;=?-\[\]_a-z~]*)?")
_ABSOLUTE = pattern(r"[a-zA-Z][a-zA-Z0-9+.-]*:")
_HTTP = pattern(r"(https?)://([^/?#\\]*)(.*)", re.IGNORECASE | re.DOTALL)
_AUTHORITY = pattern(r"(?:\[[0-9a-fA-F:.]{2,45}\]|[^\s:@\[\]<>\"'%^`{|}]{1,253})(?::\d{0,5})?")
_URL_UNSAFE = pattern(r"[^!#-;=?-\[\]_a-z~]")
_PATH = pattern(r"[^?#]*")
_PORT = pattern(r":\d{0,5}$")
_HOST = pattern(r"[^\s:@/\\?#\[\]<>\"'%^`{|}]{1,253}")
_DOTS = pattern("[\u3002\uff61]")  # what is a dot of a host beside "."; NFKC makes one of the others
# A label of ASCII, or all of it Arabic or Hebrew (with digits), or Latin with the marks of European and
# Turkish spelling. Not the dotless i, nor Cyrillic and Greek, which look like ASCII.
_READABLE = pattern(
    "[a-z0-9_-]*|[\u0621-\u063a\u0641-\u064a\u066e-\u06d3\u06d5\u06ee\u06ef\u06fa-\u06ff0-9-]+"
    "|[\u05d0-\u05ea0-9-]+|[a-z0-9\u00e0-\u00f6\u00f8-\u00ff\u011f\u0153\u015f-]+"
)


def decode_entities(text: str) -> str:
    """``text`` with HTML entities decoded until nothing changes, at most ``MAX_ROUNDS`` times.

    Only entities that end in ";" count: in plain text "&copy=2" is no copyright sign.
    """
    import html  # 2,000 names of characters; what is drawn has none

    for _ in range(MAX_ROUNDS):
        if "&" not in text:
            break
        decoded = _ENTITY.sub(lambda match: html.unescape(match[0]), text)
        if decoded == text:
            break
        text = decoded
    return text


def clean_text(text: str, *, limit: int = 1000, multiline: bool = False, unescape: bool = False) -> str:
    """``text`` without anything that is not plain text, at most ``limit`` characters.

    One line, runs of white space made one space; with ``multiline`` line ends and tabs stay.
    ``unescape`` decodes HTML entities first, so that what they hide is cleaned too. Without it the
    function is idempotent, and a string that is clean already costs one or two searches.
    """
    if unescape:
        text = decode_entities(text)
    if multiline:
        text = text if _plain_text(text) else _scrub(text, limit, multiline)
    elif not _plain_line(text):
        text = " ".join(text.split())  # most often all that is wrong
        text = text if _plain_line(text) else _scrub(text, limit, multiline)
    return text if len(text) <= limit else _cut(text, limit)


def is_clean(text: str, *, multiline: bool = False) -> bool:
    """True when ``clean_text`` would leave ``text`` as it is (its length apart)."""
    return clean_text(text, limit=len(text), multiline=multiline) == text


def clean_record(record: Any) -> Any:
    """A record of dicts and lists with every text in it made inert, its lines kept: what JSON is made of."""
    if isinstance(record, str):
        return clean_text(record, limit=len(record), multiline=True)
    if isinstance(record, dict):
        return {clean_record(key): clean_record(value) for key, value in record.items()}
    return [clean_record(value) for value in record] if isinstance(record, list | tuple) else record


def letters_only(text: str) -> str:
    """``text`` without what steers a terminal or hides letters: for a stream, whose pieces may be parts."""
    if not _UNCLEAN_TEXT.search(text):
        return text
    text = _LINE_END.sub("\n", _LONE.sub(REPLACEMENT, text))
    return _DROP.sub("", _BREAK_BUT_NEWLINE.sub(" ", text))


def safe_url(url: str, base: str = "") -> str:
    """``url``, resolved against ``base``, as an absolute http(s) address, or "".

    Whatever is not printable is percent-encoded (letters of other scripts stay), a user name or
    password before the host is dropped. "" for other schemes, for no host, for what begins with "-"
    (a program would take it for an option), and beyond ``MAX_URL_BYTES``.
    """
    if len(url) <= MAX_URL_BYTES and _PLAIN_URL.fullmatch(url):
        return url
    url = _DROP.sub("", _LONE.sub(REPLACEMENT, re.sub(r"[\t\r\n]", "", url))).strip()
    if not url or url.startswith("-") or len(url) > MAX_URL_BYTES:
        return ""
    if not _ABSOLUTE.match(url):
        url = _joined(url, base)
    return _rebuilt(url)


def _joined(url: str, base: str) -> str:
    """``url`` resolved against an http(s) ``base``, or ""."""
    from urllib.parse import urljoin  # as below

    try:
        return urljoin(base, url) if _HTTP.match(base) else ""
    except ValueError:  # a bracketed host that is no IPv6 address
        return ""


def _rebuilt(url: str) -> str:
    """An http(s) address put together again from its checked parts, or ""."""
    match = _HTTP.fullmatch(url)
    if not match:
        return ""
    host, colon, port = _authority(match[2].rpartition("@")[2])
    if not host:
        return ""
    rest = match[3]
    if "\\" in rest:  # browsers read it as "/": else the host would be what follows an "@" behind it
        path = _PATH.match(rest)
        rest = path[0].replace("\\", "/") + rest[path.end() :] if path else rest
    whole = f"{match[1].lower()}://{host}{colon}{port}{_URL_UNSAFE.sub(_encoded, rest)}"
    return whole if len(whole.encode("utf-8", "replace")) <= MAX_URL_BYTES else ""


def _authority(written: str) -> tuple[str, str, str]:
    """Host, colon and port of an address without user name, the host "" where it is none."""
    if not _AUTHORITY.fullmatch(written) or written.startswith(("-", ".")):
        return "", "", ""
    host, colon, port = written.rpartition(":") if _PORT.search(written) else (written, "", "")
    return (host if host.isascii() else readable_host(host)), colon, port


def readable_host(host: str) -> str:
    """A host name of other letters as it may be shown and opened, "" where it is none.

    Letters of one script that our readers know stay; a name that mixes scripts, or is of letters that look
    like others (UTS 39), is given in punycode, label by label, so that it cannot pass for another.
    """
    name = _DOTS.sub(".", unicodedata.normalize("NFKC", host)).lower()
    name = unicodedata.normalize("NFC", name)
    if not _HOST.fullmatch(name) or name.startswith(("-", ".")):
        return ""
    name = ".".join(label if _READABLE.fullmatch(label) else _punycode(label) for label in name.split("."))
    return name if len(name) <= MAX_HOST else ""


def _punycode(label: str) -> str:
    """A label of a host in the letters that the network uses."""
    return f"xn--{label.encode('punycode').decode('ascii')}"


def _encoded(match: re.Match[str]) -> str:
    """One character of a URL: printable letters of any script stay, the rest is percent-encoded."""
    from urllib.parse import quote  # lists are drawn without it

    char = match[0]
    return char if char.isalpha() else quote(char, safe="", errors="replace")


def _plain_line(text: str) -> bool:
    """True for one clean line without isolates: what nearly every string is."""
    if not text.isprintable() and _UNCLEAN_LINE.search(text):
        return False
    spaced = "  " in text or text[:1] == " " or text[-1:] == " "
    return not spaced and (text.isascii() or not _MANY_MARKS.search(text))


def _plain_text(text: str) -> bool:
    """The same for several lines."""
    spaced = text[:1] == "\n" or text[-1:].isspace()
    return not spaced and not _UNCLEAN_TEXT.search(text) and (text.isascii() or not _MANY_MARKS.search(text))


def _scrub(text: str, limit: int, multiline: bool) -> str:
    """The slow path: every rule in an order in which no step undoes an earlier one."""
    text = _LONE.sub(REPLACEMENT, text)
    if multiline:
        text = _BREAK_BUT_NEWLINE.sub(" ", _LINE_END.sub("\n", text))
    text = _DROP.sub("", text)
    if _ISOLATE.search(text):
        text = _balanced(text) if len(text) <= limit else _ISOLATE.sub("", text)
    text = text.rstrip().lstrip("\n") if multiline else " ".join(text.split())
    return _few_marks(text) if _MANY_MARKS.search(text) else text


def _balanced(text: str) -> str:
    """Drop each bidi isolate that is not closed within its line, and each close without an open."""
    keep = list(text)
    opened: list[int] = []
    for position, char in enumerate(text):
        if "\u2066" <= char <= "\u2068":
            opened.append(position)
        elif char == "\u2069" and opened:
            opened.pop()
        elif char == "\u2069":
            keep[position] = ""
        elif char == "\n":
            _blank(keep, opened)
    _blank(keep, opened)
    return "".join(keep)


def _blank(keep: list[str], positions: list[int]) -> None:
    """Empty the characters at ``positions`` and forget these."""
    for position in positions:
        keep[position] = ""
    positions.clear()


def _few_marks(text: str) -> str:
    """At most ``MAX_MARKS`` combining marks a base; joiners and directional marks are no base."""
    kept: list[str] = []
    marks = 0
    for char in text:
        category = unicodedata.category(char)
        if category in ("Mn", "Me"):
            marks += 1
        elif category != "Cf":
            marks = 0
        if marks <= MAX_MARKS or category == "Cf":
            kept.append(char)
    return "".join(kept)


def _cut(text: str, limit: int) -> str:
    """The first ``limit`` characters, the last of them an ellipsis that tells of the rest."""
    if limit < 1:
        return ""
    return text[: limit - 1].rstrip() + ELLIPSIS
