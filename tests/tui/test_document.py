"""An article as lines."""

from __future__ import annotations

import time
from dataclasses import replace

import pytest
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
    Story,
)
from tui import blocks, layout
from tui.document import build, build_aside
from tui.lines import Document
from tui.related import Subject, apart, explain, how_sure
from tui.taking import lettered, letters, paragraph_under, selected_text

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
    headings = (
        "Related",
        "SAME STORY  1 more",
        "LATER IN THE STORYLINE",
        "PUBLISHER'S OWN LINKS  pages.example",
    )
    order = [shown.index(heading) for heading in headings]
    assert order == sorted(order)
    assert "EARLIER" not in shown
    assert " 1 ar Al Minaa            Story 2" in shown
    assert "  2h later" in shown
    assert "cached 3h later" in shown
    assert [target.article_id for target in document.targets if target.kind == "related"] == [2, 1, 3]


def test_related_stand_under_each_other_where_there_is_little_room() -> None:
    long = other(2, LinkKind.SAME)
    long = replace(long, row=replace(long.row, title="Words " * 60), also=("Tern", "Gull"))
    lines = text(build_aside(ARTICLE, [long], 36, NOW)).splitlines()
    at = next(i for i, line in enumerate(lines) if line.startswith(" 1 ar Al Minaa"))
    assert lines[at].endswith(" 2h later")
    assert lines[at + 1 : at + 3] == ["      Words Words Words Words Words"] * 2 or lines[at + 1].strip()
    assert lines[at + 3].rstrip().endswith("…")
    assert lines[at + 4].startswith("      same text: Tern, Gull")


def test_a_title_from_right_to_left_fills_its_column_and_keeps_its_time() -> None:
    arabic = other(1, LinkKind.SAME)
    arabic = replace(arabic, row=replace(arabic.row, title="الميناء يستأنف العمل بعد ثلاث سنوات من الإغلاق"))
    for width in (36, 72):
        document = build_aside(ARTICLE, [arabic], width, NOW)
        rows = [line for line in document.lines if line.target is not None]
        assert cell_len(rows[0].text) == width
        assert len({cell_len(line.text) for line in rows[1:]}) == 1
        assert sum("1h later" in line.text for line in rows) == 1


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (20, "same time"),
        (660, "11m later"),
        (-3 * 3600, "3h earlier"),
        (-30 * 3600, "day before"),
        (30 * 3600, "day after"),
        (-5 * 86400, "5d earlier"),
        (-40 * 86400, "9 Oct"),
        (-500 * 86400, "6 Jul 2025"),
    ],
)
def test_how_far_apart_is_said_shortly(seconds: int, said: str) -> None:
    assert apart(NOW + seconds, NOW, NOW) == said


def test_the_header_counts_minutes_changes_and_the_place_in_the_story() -> None:
    rows = tuple(replace(ROW, id=number) for number in (3, 1, 2))
    story = Story(1, "Ferry", 0, 0, 3, ("en",), 3, rows)
    shown = text(build(ARTICLE, [], 72, NOW, story=story))
    assert "2 min · whole text · updated once · 1 of 3 in its story" in shown
    twice = replace(ARTICLE, revisions=ARTICLE.revisions * 2, blocks=ARTICLE.blocks[:1] * 3)
    assert "3 min · whole text · updated twice" in text(build(twice, [], 72, NOW)).replace("2 times", "twice")
    assert "in its story" not in text(
        build(replace(ARTICLE, row=replace(ROW, id=9)), [], 72, NOW, story=story)
    )


def test_the_time_names_its_zone(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, sign in (("Asia/Beirut", "(+02)"), ("Asia/Tehran", "(+0330)"), ("UTC", "(UTC)")):
        monkeypatch.setenv("TZ", name)
        time.tzset()
        assert sign in text(build(ARTICLE, [], 72, NOW))
    monkeypatch.undo()
    time.tzset()


def test_no_line_of_the_header_begins_with_a_dot() -> None:
    for width in range(24, 100, 7):
        assert not any(line.text.startswith("·") for line in build(ARTICLE, [], width, NOW).lines)


def test_why_says_kind_evidence_sureness_time_languages_and_copies() -> None:
    item = replace(other(1, LinkKind.SAME), score=0.93, also=("Tern",))
    copies = (replace(ROW, id=1, outlet="Al Minaa"), replace(ROW, id=5, outlet="Gull"))
    story = Story(1, "Ferry", 0, 0, 2, ("en",), 1, copies, {5: 1})
    shown = text(explain(Subject(ARTICLE, item, story=story), 72, NOW))
    assert "Both tell the same story." in shown
    assert "shared: ferry, quay" in shown
    assert "very sure (93 in 100 that it is one event)" in shown
    assert "time: 60 min later" in shown or "time: 1 h later" in shown
    assert "languages: en and ar" in shown
    assert "same text as: Tern, Gull" in shown


@pytest.mark.parametrize(("score", "words"), [(0.75, "fairly sure"), (0.5, "more likely"), (0.2, "not sure")])
def test_how_sure_goes_from_sure_to_not_sure(score: float, words: str) -> None:
    assert words in how_sure(replace(other(1, LinkKind.MAYBE), score=score))
    assert "one running story" in how_sure(replace(other(1, LinkKind.EARLIER), score=score))


def test_a_publishers_link_is_never_called_computed() -> None:
    shown = text(explain(Subject(ARTICLE, other(1, LinkKind.PUBLISHER, ("linked in the article",))), 72, NOW))
    assert "Nothing was computed" in shown
    assert "the link: linked in the article" in shown
    assert "how sure" not in shown


def test_a_paragraph_is_taken_as_the_publisher_wrote_it() -> None:
    document = build(ARTICLE, [], 40, NOW)
    assert paragraph_under(document, 0) == LONG
    below = next(i for i, line in enumerate(document.lines) if line.text == "What changes")
    assert paragraph_under(document, below) == "What changes"
    assert paragraph_under(document, below + 1) == "One berth"
    assert paragraph_under(document, len(document.lines)) == ""


def test_a_selection_is_unwrapped_and_has_no_numbers() -> None:
    document = build(ARTICLE, [], 40, NOW)
    first = next(i for i, line in enumerate(document.lines) if line.text.startswith("The ferries[1]"))
    assert document.lines[first].text == "The ferries[1] sail again and the"
    assert selected_text(document, (first, 4), (first + 1, 14)) == "ferries sail again and the harbour office"
    whole = selected_text(document, (0, 0), (len(document.lines) - 1, 40))
    assert f"\n{LONG.strip()}\n" in whole
    assert "\nOne berth\nTwo berths\n" in whole


def test_a_selection_of_turned_text_is_in_logical_order() -> None:
    words = "العبّارة تُبحر غدًا من الميناء"
    document = Document(14)
    blocks.lay(document, [Block("p", words, (InlineLink(0, 8, "https://a.example/"),))], {})
    assert len(document.lines) > 1
    assert selected_text(document, (0, 0), (len(document.lines) - 1, 14)) == words
    right = selected_text(document, (0, 9), (0, 14))
    assert words.startswith(right[:3])


def test_links_get_letters_for_their_numbers_in_the_same_cells() -> None:
    document = build(ARTICLE, [], 72, NOW)
    line = next(line for line in document.lines if line.text.startswith("The ferries[1]"))
    for name, seen in (("a", "The ferries[a] sail"), ("as", "The ferriesas  sail")):
        assert lettered(line, {1: name}).text.startswith(seen)
        assert cell_len(lettered(line, {1: name}).text) == cell_len(line.text)


def test_letters_are_single_until_they_do_not_suffice() -> None:
    assert letters(3) == ["a", "s", "d"]
    assert len(set(letters(26))) == 26
    pairs = letters(200)
    assert len(set(pairs)) == 200
    assert {len(pair) for pair in pairs} == {2}


def test_panes_by_width() -> None:
    assert layout.shown(80, "article") == ("article",)
    assert layout.shown(110, "article") == ("list", "article")
    assert layout.shown(120, "article") == ("article", "related")
    assert layout.shown(160, "list") == ("feeds", "list", "article")
    assert layout.shown(200, "article") == ("list", "article", "related")
    assert layout.shown(200, "article", zen=True) == ("article",)


@pytest.mark.parametrize("width", [120, 140, 160, 180, 240])
def test_beside_related_articles_the_text_has_its_measure(width: int) -> None:
    seen = layout.shown(width, "article")
    given = layout.widths(width, 72, seen)
    rest = width - sum(given.values())
    assert 40 <= given["related"] <= 60
    assert given.get("article", rest) >= 72 + layout.AROUND
    assert rest >= 40


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


def test_a_link_whose_words_name_another_host_says_where_it_leads() -> None:
    document = Document(60)
    words = "See harbour.org for the tides, and the notice."
    links = (InlineLink(4, 15, "https://tides.example.net/x"), InlineLink(39, 45, "https://a.example/"))
    blocks.lay(document, [Block("p", words, links)], {})
    assert (
        text(document).strip() == "See harbour.org[1: tides.example.net] for the tides, and the\nnotice[2]."
    )
