"""An article with its publisher's page, as lines."""

from __future__ import annotations

from dataclasses import replace

import pytest
from rich.cells import cell_len

from aggregator.model import (
    Article,
    ArticleRow,
    Block,
    Image,
    InlineLink,
    LinkKind,
    Page,
    PageReason,
    PageRelated,
    Related,
)
from aggregator.text.reasons import REASONS
from tui import words
from tui.document import Progress, Text, build, other_text
from tui.lines import Document, Line, Target, place_in
from tui.related import Subject, explain

NOW = 1_795_000_000
ROW = ArticleRow(1, 1, "Harbour Post", "Ferry line opens", "en", NOW - 7200, False, False, 2, False)
FEED = Article(
    row=ROW,
    guid="g",
    url="https://pages.example/1",
    author="Newsroom",
    summary="The ferries sail again.",
    blocks=(Block("p", "The ferries sail again."),),
    published=NOW - 7200,
    updated=None,
    first_seen=NOW - 7100,
    feed_title="News",
    feed_url="https://harbour.example/news",
    country="LB",
    tags=(),
    enclosures=(),
    image=None,
    revisions=(),
)
TEXT = "The harbour office has opened the line after three years of talks. " * 8
PAGE = Page(
    fetched=NOW - 7200,
    url="https://pages.example/1",
    title="Ferry line opens after three years",
    standfirst="Two berths are ready, a third will follow.",
    authors=("N. Writer", "O. Other"),
    dateline="TRIPOLI",
    published=NOW - 5 * 3600,
    language="en",
    images=(Image("https://files.example/a.jpg", "The quay at dawn", "Harbour Post"),),
    blocks=(
        Block("p", TEXT),
        Block("h2", "What changes"),
        Block("p", "The timetable follows."),
        Block("row", "Berth | Ships | Delay", (InlineLink(0, 5, "https://a.example/berths"),)),
        Block("row", "North | 4 | 12"),
        Block("row", "South | 12 | 7"),
        Block("figure", "Passengers on the quay [A. Photographer]"),
        Block("embed", "Captains explain", (InlineLink(0, 8, "https://www.youtube.com/embed/x"),)),
        Block("embed", "A note of the harbour", (InlineLink(0, 6, "https://social.example/n"),)),
        Block("rule", ""),
        Block("quote", TEXT),
    ),
    related=(PageRelated("Old ferry is sold", "https://pages.example/old", "READ", "in-text", 1),),
)
WHOLE = replace(FEED, page=PAGE)


def text(article: Article, *, width: int = 72, related: tuple[Related, ...] = (), **options: object) -> str:
    return shown(build(article, related, width, NOW, **options))  # type: ignore[arg-type]


def shown(document: Document) -> str:
    return "\n".join(line.text for line in document.lines)


def own_link(title: str = "Harbour budget", *evidence: str) -> Related:
    row = replace(ROW, id=7, title=title)
    return Related(row, LinkKind.PUBLISHER, 1.0, evidence)


def test_the_page_that_says_more_is_shown_in_the_order_of_a_newspaper() -> None:
    drawn = text(WHOLE)
    wanted = (
        "Ferry line opens after three years",
        "Two berths are ready",
        "Harbour Post · N. Writer, O. Other · TRIPOLI",
        "text from the page, fetched 2 h ago · f shows the feed's",
        "Picture: The quay at dawn (Harbour Post)",
        "The harbour office has opened",
        "What changes",
        "Related",
    )
    places = [drawn.index(part) for part in wanted]
    assert places == sorted(places)
    assert "5 h ago" in drawn
    assert "only a summary" not in drawn


def test_the_feeds_text_stays_where_the_page_says_less() -> None:
    brief = replace(WHOLE, page=replace(PAGE, blocks=(Block("p", "Ferries."), Block("figure", TEXT))))
    assert "text from the feed · f shows the page's" in text(brief)
    assert "The ferries sail again." in text(brief)
    assert "Ferries." in text(brief, text="page")


def test_a_flip_shows_the_other_text_whichever_is_shown() -> None:
    assert other_text(WHOLE, "") == "feed"
    assert other_text(WHOLE, "feed") == "page"
    assert other_text(FEED, "") == ""
    assert "Ferry line opens\n" in text(WHOLE, text="feed")
    assert "text from the feed · f shows the page's" in text(WHOLE, text="feed")


def test_a_standfirst_that_is_the_first_paragraph_too_is_shown_once() -> None:
    doubled = replace(PAGE, blocks=(Block("p", PAGE.standfirst), *PAGE.blocks))
    assert text(replace(FEED, page=doubled)).count("Two berths are ready") == 1


def test_a_page_about_something_else_is_shown_only_when_asked_for() -> None:
    doubtful = replace(WHOLE, page=replace(PAGE, reason=PageReason.DOUBTFUL))
    assert "The harbour office" not in text(doubtful)
    assert REASONS[PageReason.DOUBTFUL] in text(doubtful, width=120)
    assert "The harbour office" in text(doubtful, text="page")


@pytest.mark.parametrize("reason", [reason for reason in PageReason if reason])
def test_every_reason_is_one_sentence_beside_the_summary(reason: PageReason) -> None:
    sentence = words.no_whole_text(reason)
    assert sentence.endswith(".")
    assert sentence[:-1].count(". ") == 0
    drawn = text(replace(FEED, page=Page(NOW, "https://pages.example/1", reason)), width=120)
    assert sentence in drawn
    assert "The ferries sail again." in drawn


def test_a_reason_in_words_is_told_as_it_is() -> None:
    unreached = replace(FEED, page=Page(NOW, "https://pages.example/1", "pages.example answered 503"))
    assert "The page could not be fetched: pages.example answered 503." in text(unreached)


def test_what_a_paywall_shows_to_all_is_shown_with_the_reason() -> None:
    drawn = text(replace(WHOLE, page=replace(PAGE, reason=PageReason.PAYWALL)))
    assert "The harbour office" in drawn
    assert REASONS[PageReason.PAYWALL] in drawn


def test_a_page_that_goes_on_being_written_says_how_to_see_the_rest() -> None:
    drawn = text(replace(WHOLE, page=replace(PAGE, reason=PageReason.LIVE)))
    assert "t renews it" in drawn
    assert REASONS[PageReason.LIVE] in drawn
    assert "renews" not in text(WHOLE)


def test_a_fetch_under_way_and_one_that_failed_are_said() -> None:
    assert "text from the feed · fetching the whole text…" in text(FEED, progress=Progress(fetching=True))
    assert "t fetches" not in text(FEED, progress=Progress(fetching=True))
    assert "The page could not be fetched: the site rests." in text(
        FEED, progress=Progress(failure="the site rests")
    )
    assert "t fetches the whole text" in text(FEED)


def test_a_table_is_a_grid_with_its_numbers_under_each_other() -> None:
    drawn = text(WHOLE)
    assert "Berth[1] │ Ships │ Delay\nNorth    │     4 │    12\nSouth    │    12 │     7" in drawn


def test_a_number_in_a_table_opens_its_link() -> None:
    document = build(WHOLE, [], 72, NOW)
    line = next(line for line in document.lines if "Berth[1]" in line.text)
    assert line.clicks is not None
    assert {line.spans[place][0]: action for place, action in line.clicks.items()} == {
        "[1]": "open_number(1)"
    }


def test_a_table_too_wide_for_the_window_is_rows_that_wrap() -> None:
    drawn = text(WHOLE, width=20)
    assert "Berth[1] | Ships |\n  Delay\nNorth | 4 | 12" in drawn


def test_captions_and_embeds_say_what_they_are() -> None:
    drawn = text(WHOLE)
    assert "Passengers on the quay [A. Photographer]" in drawn
    assert "video: Captains explain → [2]" in drawn
    assert "post: A note of the harbour → [3]" in drawn
    assert "[2] https://www.youtube.com/embed/x" in drawn


@pytest.mark.parametrize("width", [24, 38, 76])
@pytest.mark.parametrize("choice", ["feed", "page"])
def test_no_line_is_wider_than_the_measure(width: int, choice: Text) -> None:
    document = build(WHOLE, [own_link()], width, NOW, choice, Progress(True, "a long reason " * 9))
    assert max(cell_len(line.text) for line in document.lines) <= width


def test_the_publishers_links_say_which_of_them_are_cached() -> None:
    drawn = text(WHOLE, related=(own_link(),))
    assert "PUBLISHER'S OWN LINKS  pages.example · 2\n 1 en Harbour Post        Harbour budget" in drawn
    assert "cached same time" in drawn
    assert " 2    pages.example       READ: Old ferry is sold" in drawn
    assert "not cached · https://pages.example/old" in drawn


def test_links_elsewhere_are_no_articles_that_nothing_was_found_for() -> None:
    drawn = text(WHOLE)
    assert "None yet" not in drawn
    assert " 1    pages.example       READ: Old ferry is sold" in drawn


def test_what_is_not_cached_is_followed_to_its_address() -> None:
    targets = build(WHOLE, [own_link()], 72, NOW).targets
    assert [t for t in targets if t.kind == "related"] == [
        Target("related", article_id=7),
        Target("related", url="https://pages.example/old"),
    ]


def test_an_address_of_the_publisher_that_is_none_leads_nowhere() -> None:
    hostile = PageRelated("Click", "javascript:alert(1)", "READ")
    drawn = text(replace(FEED, page=replace(PAGE, related=(hostile,))))
    assert "Click" not in drawn
    assert "javascript" not in drawn


def test_a_links_words_that_repeat_the_title_are_said_once() -> None:
    def why(*evidence: str) -> str:
        return shown(explain(Subject(FEED, own_link("Harbour budget", *evidence)), 72, NOW))

    assert "the link: linked in the article\n" in why("linked in the article", "Harbour Budget")
    assert "the link: linked in the article, the council\n" in why("linked in the article", "the council")


def lines(*texts: str, targets: tuple[Target, ...] = ()) -> Document:
    made = Document(20)
    made.lines = [Line(((part, "text"),)) for part in texts]
    for target in targets:
        made.targets.append(target)
        made.add((target.url, "link"), target=len(made.targets) - 1)
    return made


def test_a_window_at_the_top_stays_at_the_top() -> None:
    assert place_in(lines("x", "a"), lines("a", "b"), 0, 2, None) == 0


def test_a_line_that_is_in_both_keeps_its_place_on_the_screen() -> None:
    assert place_in(lines("n", "n", "t", "a", "b"), lines("t", "a", "b"), 1, 3, None) == 3
    assert place_in(lines("t", "new", "b"), lines("t", "", "a", "b"), 2, 4, None) == 1


def test_nothing_in_common_leaves_the_window_where_it_is() -> None:
    assert place_in(lines("x", "y"), lines("a", "b"), 1, 2, None) == 1


def test_what_is_selected_keeps_its_place_on_the_screen() -> None:
    one, two = Target("related", url="1"), Target("related", url="2")
    before, after = lines("a", targets=(one, two)), lines("a", "b", "c", targets=(two,))
    assert place_in(after, before, 1, 3, two) == 2
