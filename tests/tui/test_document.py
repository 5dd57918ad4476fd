"""An article as lines."""

from __future__ import annotations

from dataclasses import replace

from rich.cells import cell_len

from aggregator.model import (
    Article,
    ArticleRow,
    Block,
    Enclosure,
    Image,
    InlineLink,
    LinkKind,
    Related,
    Revision,
)
from tui.document import build
from tui.lines import Document

NOW = 1_795_000_000
ROW = ArticleRow(1, 1, "Harbour Post", "Ferry line opens", "en", NOW - 7200, False, True, 2, True)
LONG = "The ferries sail again and the harbour office is glad of it. " * 12
ARTICLE = Article(
    row=ROW,
    guid="g",
    url="https://pages.example/1",
    author="N. Writer",
    summary="In short.",
    blocks=(
        Block(
            "p", LONG, (InlineLink(4, 11, "https://a.example/"), InlineLink(20, 25, "javascript:alert(1)"))
        ),
        Block("h2", "What changes"),
        Block("li", "One berth", (InlineLink(0, 3, "https://a.example/"),)),
        Block("li", "Two berths"),
        Block("quote", LONG),
        Block("pre", "a  b\n  c"),
        Block("rule", ""),
    ),
    published=NOW - 7200,
    updated=None,
    first_seen=NOW - 7100,
    feed_title="News",
    feed_url="https://harbour.example/news",
    country="LB",
    tags=("port",),
    enclosures=(Enclosure("https://files.example/a.mp3", "audio/mpeg", 2_500_000),),
    image=Image("https://files.example/a.jpg", "The quay at dawn", "Harbour Post"),
    revisions=(Revision(NOW - 3600, "Ferry line to open", "In short."),),
)


def other(number: int, kind: LinkKind, evidence: tuple[str, ...] = ("ferry", "quay")) -> Related:
    row = replace(
        ROW, id=number, outlet="Al Minaa", language="ar", at=NOW - 7200 + number * 3600, unread=True
    )
    return Related(replace(row, title=f"Story {number}"), kind, 0.5, evidence)


def text(document: Document) -> str:
    return "\n".join("".join(part for part, _ in line.spans) for line in document.lines)


def test_the_header_says_who_when_and_what_it_was_before() -> None:
    shown = text(build(ARTICLE, [], 72, NOW))
    assert "Harbour Post · N. Writer · " in shown
    assert "2 h ago" in shown
    assert "first seen as: Ferry line to open" in shown
    assert "· starred" in shown
    assert "topics: port" in shown


def test_no_line_is_wider_than_the_measure() -> None:
    related = [other(n, kind) for n, kind in enumerate(LinkKind, 1)]
    for width in (24, 36, 72):
        for line in build(ARTICLE, related, width, NOW).lines:
            assert cell_len("".join(part for part, _ in line.spans)) <= width


def test_links_are_numbered_once_and_only_web_addresses_count() -> None:
    document = build(ARTICLE, [], 72, NOW)
    shown = text(document)
    assert "The ferries[1]" in shown
    assert "One[1] berth" in shown
    assert "[2]" not in shown
    assert "javascript" not in shown
    assert [target.url for target in document.targets] == [
        "https://files.example/a.mp3",
        "https://a.example/",
    ]


def test_blocks_look_like_what_they_are() -> None:
    shown = text(build(ARTICLE, [], 72, NOW))
    assert "• One[1] berth\n• Two berths" in shown
    assert "\n│ The ferries" in shown
    assert "a  b\n  c" in shown
    assert "Picture: The quay at dawn (Harbour Post)" in shown
    assert "audio/mpeg · 2.5 MB https://files.example/a.mp3" in shown


def test_related_come_in_groups_with_outlet_language_time_and_why() -> None:
    related = [other(1, LinkKind.LATER), other(2, LinkKind.SAME), other(3, LinkKind.PUBLISHER, ())]
    document = build(ARTICLE, related, 72, NOW)
    shown = text(document)
    order = [shown.index(heading) for heading in ("Related", "Same event", "\nLater", "From the publisher")]
    assert order == sorted(order)
    assert "Earlier" not in shown
    assert " 1 Story 2" in shown
    assert "Al Minaa · ar · " in shown
    assert "2 h later · why: ferry, quay" in shown
    assert "why: the publisher links to it" in shown.replace("\n   ", " ")
    assert [target.article_id for target in document.targets if target.kind == "related"] == [2, 1, 3]


def test_a_summary_is_said_to_be_one() -> None:
    brief = replace(ARTICLE, blocks=())
    assert "only a summary" in text(build(brief, [], 72, NOW))
    assert "In short." in text(build(brief, [], 72, NOW))
    assert "only a title" in text(build(replace(brief, summary=""), [], 72, NOW))
    assert "only a" not in text(build(ARTICLE, [], 72, NOW))


def test_without_a_date_the_first_sight_is_given_as_such() -> None:
    assert "first seen " in text(build(replace(ARTICLE, published=None), [], 72, NOW))


def test_a_date_in_the_future_is_said_to_be_one() -> None:
    assert "dated 2 h ahead" in text(build(replace(ARTICLE, published=NOW + 7200), [], 72, NOW))


def test_nothing_related_is_said() -> None:
    assert "None yet" in text(build(ARTICLE, [], 72, NOW))
