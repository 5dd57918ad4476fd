"""parse_items: boundaries that are certain, or none."""

from __future__ import annotations

import feedparser.mixin
import pytest

from aggregator import parse_items
from aggregator.parse_items import CONTENT, HANDLED, find, isolated, root_name, without

HEAD = b'<?xml version="1.0"?><rss version="2.0" xmlns:dc="http://purl.org/dc/elements/1.1/"><channel>'
FOOT = b"</channel></rss>"


def cut(body: bytes) -> list[bytes] | None:
    items = find(HEAD + body + FOOT)
    return None if items is None else [(HEAD + body + FOOT)[start:end] for start, end in items.spans]


@pytest.mark.parametrize(
    ("body", "items"),
    [
        (b"", []),
        (b"<item>a</item>\n<item>b</item>", [b"<item>a</item>", b"<item>b</item>"]),
        (b"<item a='1'\n>a</item\n>", [b"<item a='1'\n>a</item\n>"]),
        (b"<item/><item a='b' />", [b"<item/>", b"<item a='b' />"]),
        (b"<item><![CDATA[</item><item>]]></item>", [b"<item><![CDATA[</item><item>]]></item>"]),
        (b"<!-- <item> --><item>a<!--</item>--></item>", [b"<item>a<!--</item>--></item>"]),
        (b"<item>a</item><!-- between --><item/>", [b"<item>a</item>", b"<item/>"]),
        (b"<items><item-list/></items><item>a</item>", [b"<item>a</item>"]),
        (b"<?php <item> ?><item>a</item>", [b"<item>a</item>"]),
        (b"<ITEM>a</ITEM>", [b"<ITEM>a</ITEM>"]),
    ],
)
def test_items_are_found_where_they_are(body: bytes, items: list[bytes]) -> None:
    assert cut(body) == items


@pytest.mark.parametrize(
    "body",
    [
        b"<item>a",
        b"</item>",
        b"<item><item>a</item></item>",
        b"<item>a</item></item>",
        b"<item>a</item><title>between</title><item>b</item>",
        b"<item>a</item>words<item>b</item>",
        b"<item>a</item><entry>b</entry>",
        b"<item>a</Item>",
        b"<item><![CDATA[a</item>",
        b"<!-- <item>a</item>",
        b"<item ",
    ],
)
def test_uncertain_boundaries_are_refused(body: bytes) -> None:
    assert cut(body) is None


def test_a_doctype_with_entities_is_refused_and_a_plain_one_is_not() -> None:
    document = HEAD + b"<item>a</item>" + FOOT
    assert find(b'<!DOCTYPE rss SYSTEM "x.dtd">' + document) is not None
    assert find(b"<!DOCTYPE rss [<!ENTITY a 'b'>]>" + document) is None


def test_only_known_roots_are_split() -> None:
    assert find(b"<list><item>a</item></list>") is None
    assert find(b"<rdf:RDF xmlns:rdf='urn:r'><item>a</item></rdf:RDF>") is None
    assert find(b"<feed xmlns='http://www.w3.org/2005/Atom'><entry>a</entry></feed>") is not None


def test_the_context_follows_what_decides_how_items_are_read_and_nothing_else() -> None:
    def context(head: bytes) -> bytes:
        items = find(head + b"<item>a</item>" + FOOT)
        assert items is not None
        return items.context

    assert context(HEAD + b"<lastBuildDate>1</lastBuildDate>") == context(HEAD + b"<ttl>5</ttl>")
    assert context(HEAD) != context(HEAD.replace(b"<channel>", b"<channel xml:base='http://a/'>"))
    assert context(HEAD) != context(HEAD + b"<image><url>u</url></image>")
    assert context(HEAD) != context(HEAD + b"<x:y xmlns:x='urn:x'/>")


@pytest.mark.parametrize(
    "inside",
    [
        b"<title>t</title><link>l</link>",
        b"<title a='>'>t</title>",
        b"<description><p>one</p><b>two</b></description>",
        b"<author><name>n</name></author><source url='u'><title>t</title></source>",
        b"<media:content xmlns:media='http://search.yahoo.com/mrss/'><media:title>t</media:title></media:content>",
        b"<dc:creator xmlns:dc='http://purl.org/dc/elements/1.1/'>c</dc:creator>",
        b"<content type='xhtml'><div xmlns='http://www.w3.org/1999/xhtml'><div>t</div></div></content>",
        b"<description><![CDATA[<title></div>]]></description>",
    ],
)
def test_plain_items_are_isolated(inside: bytes) -> None:
    assert isolated(b"<item>" + inside + b"</item>", {b"dc": b"http://purl.org/dc/elements/1.1/"})


@pytest.mark.parametrize(
    "inside",
    [
        b"<description><title>swallowed start, heeded end</title></description>",
        b"<content type='xhtml'><div><summary>s</summary></div></content>",
        b"<description><div>t</div></description>",
        b"<x:item>i</x:item>",
        b"<a xmlns:x='urn:x'/>",
        b"<a xmlns:dc='urn:not-dc'/>",
        b"<a><b></a></b>",
        b"<a>",
    ],
)
def test_items_that_would_disturb_others_are_not_isolated(inside: bytes) -> None:
    assert not isolated(b"<item>" + inside + b"</item>", {b"dc": b"http://purl.org/dc/elements/1.1/"})


def test_the_handled_names_are_those_of_the_installed_feedparser() -> None:
    ends = [name[5:] for name in dir(feedparser.mixin._FeedParserMixin) if name.startswith("_end_")]
    prefixes = {prefix.lower() for prefix in feedparser.mixin._FeedParserMixin.namespaces.values()}
    parts = [name.lower().partition("_") for name in ends]
    local = {rest if prefix in prefixes and rest else prefix + line + rest for prefix, line, rest in parts}
    assert {name.encode() for name in local} <= HANDLED
    assert CONTENT < HANDLED


def test_cutting_leaves_the_rest_as_it_is() -> None:
    document = HEAD + b"<item>a</item>\n<item>b</item>\n<item>c</item>" + FOOT
    items = find(document)
    assert items is not None
    assert without(document, items.spans[:2]) == HEAD + b"\n<item>c</item>" + FOOT
    assert without(document, ()) == document


def test_a_guid_seen_anew_beside_its_known_twin_forbids_remembering() -> None:
    old = parse_items.remembered(b"hash-one" + b"guid-one")
    assert (
        parse_items.remember([b"hash-one", b"hash-two"], old, [b"guid-two"])
        == b"hash-oneguid-onehash-twoguid-two"
    )
    assert parse_items.remember([b"hash-one", b"hash-two"], old, [b"guid-one"]) is None
    assert parse_items.remember([b"hash-two"], old, [b"guid-one"]) == b"hash-twoguid-one"


@pytest.mark.parametrize(
    ("data", "root"),
    [
        (b"<rss>", "rss"),
        (b'<?xml version="1.0"?><!-- <a> --><!DOCTYPE b [ <!ENTITY c "<d>"> ]><rdf:RDF x="">', "rdf:RDF"),
        (b"words", ""),
        (b"<!-- never ends", ""),
        (b"<!---->" * 20_000, ""),
    ],
)
def test_the_root_is_found_behind_the_prolog(data: bytes, root: str) -> None:
    assert root_name(data) == root


@pytest.mark.parametrize(
    "body",
    [
        b"<item/>" * 200_000,
        b"<item>" + b"<a " + b'b="c" ' * 100_000 + b"/></item>",
        b"<![CDATA[" * 200_000,
        b"<!--" * 200_000,
        b"<item" * 200_000,
        b"<item>" + b"<a>" * 100_000,
        b"<a '" * 200_000,
        b"<channel '" * 100_000,
        b"<item/><!-- c -->" + b" " * 100_000 + b"x<item/>",
    ],
)
def test_large_inputs_stay_linear(body: bytes) -> None:
    # a quadratic pass would take minutes here and be ended by the runner
    find(HEAD + body + FOOT)
    isolated(b"<item>" + body[: 1 << 20] + b"</item>", {})
