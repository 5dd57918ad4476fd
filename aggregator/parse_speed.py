"""Make feedparser quick: the same answers in fewer steps. Imported by parse only.

feedparser takes most of the time that a document costs, and nearly all of that goes into steps that change
nothing for an ordinary element: attribute objects for no attributes, addresses joined to no base, names
looked up anew each time. Each function here does what its namesake in feedparser does in the ordinary case
and hands every other case to that namesake; a test compares the two over all documents we have. With a
version of feedparser that was not compared ``apply`` does nothing, and all is as slow as it ever was.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Final, NamedTuple
from xml.sax.expatreader import ExpatParser
from xml.sax.saxutils import escape

import feedparser

COMPARED: Final = frozenset({"6.0.12", "6.0.14"})  # they hold the very code that is followed here

_ROOTS: Final = frozenset({"feed", "rss", "rdf:rdf"})  # their language is the feed's
_SCOPED: Final = frozenset({"base", "lang", "xmlns"})  # attributes that change how what follows is read
_XHTML: Final = "application/xhtml+xml"
_PLAIN_TYPES: Final = frozenset({None, "text/plain", "text/html"})
_OF_TEXTINPUT: Final = frozenset({"title", "link", "description", "name"})
_OF_IMAGE: Final = frozenset({"title", "link", "description", "url", "href", "width", "height"})
_LISTED: Final = frozenset({"category", "tags", "itunes_keywords"})  # their end handlers store the text
_C1: Final = re.compile("[\x80-\x9f]")
_QUERY_SEMICOLON: Final = re.compile("&([A-Za-z0-9_]+);")

_Slow: Final = feedparser.api.StrictFeedParser
_Dict: Final = feedparser.util.FeedParserDict
_get: Final = dict.get  # what ``_Dict.get`` comes to for a key without another name

_Start = Callable[[Any, dict[str, str]], object]
_End = Callable[[Any], object]


class _Name(NamedTuple):
    """What an element's name comes to under the namespaces in use."""

    tag: str  # with the prefix that feedparser knows the namespace by
    local: str
    key: str  # of its handlers, and under which it is stored without one
    start: _Start | None
    end: _End | None


class _Quick:
    """What of feedparser's handler of XML events is done in fewer steps."""

    def __init__(self: Any, *arguments: Any) -> None:
        self.names: dict[str, _Name] = {}
        _Slow.__init__(self, *arguments)

    def track_namespace(self: Any, prefix: str | None, uri: str) -> None:
        self.names.clear()
        _Slow.track_namespace(self, prefix, uri)

    def begin(self: Any, name: str, attributes: dict[str, str]) -> bool:
        """An element begins; False, and nothing done, where it is no ordinary one."""
        if self.incontent or self.baseuri or self.decls or not self.depth:
            return False
        known = self.names.get(name) or _named(self, name)
        values = _lowered(attributes) if attributes else {}
        if values is None or known.tag in _ROOTS or known.local in ("svg", "math"):
            return False
        self.depth += 1
        self.basestack.append(self.baseuri)
        self.langstack.append(self.lang)
        if known.key == known.local:
            self.intextinput = self.intextinput if known.tag in _OF_TEXTINPUT else 0
            self.inimage = self.inimage if known.tag in _OF_IMAGE else 0
        _started(self, known, values)
        return True

    def finish(self: Any, name: str) -> bool:
        """An element ends; False, and nothing done, where it is no ordinary one."""
        if self.svgOK or self.baseuri:
            return False
        known = self.names.get(name) or _named(self, name)
        _ended(self, known)
        if self.incontent and not _closed_inside(self, known.tag):
            return True
        if self.basestack:
            self.basestack.pop()
        if self.langstack:
            self.langstack.pop()
            self.lang = self.langstack[-1] if self.langstack else self.lang
        self.depth -= 1
        return True

    def characters(self: Any, text: str) -> None:
        if self.elementstack:
            inline = _get(self.contentparams, "type") == _XHTML
            self.elementstack[-1][2].append(escape(text) if inline else text)

    def pop(self: Any, element: str, strip_whitespace: int = 1) -> str | None:
        stack, params = self.elementstack, self.contentparams
        if not stack or stack[-1][0] != element:
            return None
        elsewhere = not self.inentry or self.insource or self.resolve_relative_uris or self.sanitize_html
        if elsewhere or _get(params, "type") not in _PLAIN_TYPES or _get(params, "base64"):
            given: str | None = _Slow.pop(self, element, strip_whitespace)
            return given
        _, expecting_text, pieces = stack.pop()
        text = "".join(pieces)
        if strip_whitespace:
            text = text.strip()
        return _stored(self, element, text) if expecting_text else text

    def resolve_uri(self: Any, uri: str) -> str:
        if self.baseuri or ":///" in uri:
            uri = _Slow.resolve_uri(self, uri)
        return uri

    def _is_base64(self: Any, attributes: dict[str, str], params: dict[str, Any]) -> int:
        if "mode" not in attributes and self.contentparams["type"].startswith("text/"):
            return 0
        answer: int = _Slow._is_base64(self, attributes, params)
        return answer

    @staticmethod
    def looks_like_html(text: str) -> bool:
        return ("</" in text or "&" in text) and _Slow.looks_like_html(text)


def _named(handler: Any, name: str) -> _Name:
    """Look ``name`` ("address local prefix" as expat gives it) up as feedparser does at start and end."""
    parts = name.split()
    if len(parts) == 3:
        del parts[2]
    namespace, local = parts if len(parts) > 1 else (None, name)
    prefix = handler._matchnamespaces.get((namespace or "").lower(), "")
    if namespace and not prefix:
        used = handler.namespaces_in_use.items()
        prefix = next((key for key, value in used if key and value == namespace), "")
    tag = (f"{prefix}:{local}" if prefix else local).lower()
    before, colon, after = tag.partition(":")
    prefix, local = (before, after) if colon else ("", tag)
    prefix = handler.namespacemap.get(prefix, prefix)
    key = f"{prefix}_{local}" if prefix else local
    kind = type(handler)
    known = _Name(tag, local, key, getattr(kind, f"_start_{key}", None), getattr(kind, f"_end_{key}", None))
    handler.names[name] = known
    return known


def _lowered(attributes: dict[str, str]) -> dict[str, str] | None:
    """The attributes as handlers want them; None where one has a namespace or changes what follows."""
    values = {}
    for name, value in attributes.items():
        lower = name.lower()
        if " " in name or lower in _SCOPED:
            return None
        values[lower] = value.lower() if lower in ("rel", "type") else value
    return values


def _started(handler: Any, known: _Name, values: dict[str, str]) -> None:
    """Call the start handler; without one the element is kept under its own name."""
    try:
        if known.start:
            known.start(handler, values)
            return
    except AttributeError:  # feedparser takes it for the lack of a handler, wherever it arose
        pass
    if values:
        handler._get_context()[known.key] = values
    else:
        handler.push(known.key, 1)


def _ended(handler: Any, known: _Name) -> None:
    """Call the end handler; without one the text is kept."""
    try:
        if known.end:
            known.end(handler)
            return
    except AttributeError:
        pass
    handler.pop(known.key)


def _closed_inside(handler: Any, tag: str) -> bool:
    """An end tag within marked-up content; False where feedparser then forgets to leave the element."""
    params = handler.contentparams
    if not _get(params, "type", "xml").endswith("xml"):
        if tag in ("xhtml:div", "div"):
            return False
        params["type"] = _XHTML
    if _get(params, "type") == _XHTML:
        handler.handle_data(f"</{tag.split(':')[-1]}>", escape=0)
    return True


def _stored(handler: Any, element: str, text: str) -> str:
    """The text of an element of an entry, made sound and put where it belongs."""
    params = handler.contentparams
    if text and element in handler.can_be_relative_uri and (element != "id" or handler.guidislink):
        text = handler.resolve_uri(text)
    if _get(params, "type") == "text/plain" and not handler.version.startswith("atom"):
        params["type"] = "text/html" if handler.looks_like_html(text) else "text/plain"
    dict.pop(params, "mode", None)
    dict.pop(params, "base64", None)
    text = text if text.isascii() else _decoded(text)
    if element in _LISTED or (element == "title" and -1 < handler.title_depth <= handler.depth):
        return text
    entry = handler.entries[-1]
    if element == "content":
        entry.setdefault("content", []).append(_Dict(params, value=text))
    elif element == "link":
        if not handler.inimage:
            text = _linked(entry, text)
    else:
        _put(handler, entry, "summary" if element == "description" else element, text)
    return text


def _decoded(text: str) -> str:
    """Text that was decoded as Latin-1 by mistake, set right; likewise characters of Windows-1252."""
    with suppress(UnicodeError):
        text = text.encode("iso-8859-1").decode("utf-8")
    translated: str = text.translate(feedparser.mixin._cp1252) if _C1.search(text) else text
    return translated


def _linked(entry: Any, text: str) -> str:
    """Put an address into ``entry``, less the semicolons that make parameters look like entities."""
    if "&" in text:
        text = _QUERY_SEMICOLON.sub(r"&\g<1>", text.replace("&amp;", "&"))
    entry["link"] = text
    if text:
        entry["links"][-1]["href"] = text
    return text


def _put(handler: Any, entry: Any, element: str, text: str) -> None:
    """Put text into ``entry`` unless an element further out has done so."""
    depths = handler.property_depth_map.setdefault(entry, {})
    if handler.depth <= depths.get(element, handler.depth):
        depths[element] = handler.depth
        entry[element] = text
    if handler.incontent:
        entry[f"{element}_detail"] = _Dict(handler.contentparams, value=text)


class _Driver(ExpatParser):
    """The standard library's parser, offering each event to ``_Quick`` before it builds objects for it."""

    def start_element_ns(self, name: str, attrs: Any) -> None:
        handler: Any = self._cont_handler  # type: ignore[attr-defined]
        if not handler.begin(name, attrs):
            super().start_element_ns(name, attrs)
            # one piece of text instead of one a line; feedparser looks at the pieces in Atom 1.0 only
            self._parser.buffer_text = handler.version not in ("", "atom10")  # type: ignore[attr-defined]

    def end_element_ns(self, name: str) -> None:
        if not self._cont_handler.finish(name):  # type: ignore[attr-defined]
            super().end_element_ns(name)


def create_parser() -> ExpatParser:
    """The entry point that ``xml.sax.make_parser`` looks for in a module it is told of."""
    return _Driver()


def _quick_dictionary() -> None:
    """Let keys that have no other name and no rule of their own be looked up by dict itself."""
    odd = frozenset({"category", "enclosures", "license", "updated", "updated_parsed", *_Dict.keymap})
    get, item, contains, put = _Dict.get, _Dict.__getitem__, _Dict.__contains__, _Dict.__setitem__

    def quick_get(self: Any, key: str, default: Any = None) -> Any:
        return get(self, key, default) if key in odd else dict.get(self, key, default)

    def quick_item(self: Any, key: str) -> Any:
        return item(self, key) if key in odd else dict.__getitem__(self, key)

    def quick_contains(self: Any, key: object) -> Any:
        return contains(self, key) if key in odd else dict.__contains__(self, key)

    def quick_put(self: Any, key: str, value: Any) -> None:
        if key in odd:
            put(self, key, value)
        else:
            dict.__setitem__(self, key, value)

    _Dict.get, _Dict.__getitem__, _Dict.__contains__ = quick_get, quick_item, quick_contains
    _Dict.__setitem__, _Dict.__hash__ = quick_put, object.__hash__


def apply() -> bool:
    """Make feedparser quick in this process; False where its version was not compared."""
    # the driver of this list is never installed with us, and looking for it on each call takes time
    feedparser.api.PREFERRED_XML_PARSERS.clear()
    if feedparser.__version__ not in COMPARED or feedparser.api.StrictFeedParser is not _Slow:
        return False
    _quick_dictionary()
    feedparser.api.StrictFeedParser = type("StrictFeedParser", (_Quick, _Slow), {})
    feedparser.api.PREFERRED_XML_PARSERS.append(__name__)
    return True
