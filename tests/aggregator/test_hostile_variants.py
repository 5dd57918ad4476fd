"""Hostile documents made by rule: what must hold for the corpus holds for those nobody has seen."""

from __future__ import annotations

import re
import time

import pytest

from aggregator.config import Config
from aggregator.library import Library
from aggregator.text import dates
from tests.aggregator import variants, ways_out
from tests.aggregator.hostile_text import MARK
from tests.aggregator.keeping import NOW, WATCH, Document, Fate, configured, store_all
from tui import opener

MARKUP = re.compile(r"<(?:script|style|iframe|object|svg|img|p|div)[\s>/]", re.IGNORECASE)


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> tuple[Config, list[Fate], list[str]]:
    """All variants in one cache."""
    made = list(variants.documents())
    settings = configured(tmp_path_factory.mktemp("variants"), len(made))
    with WATCH.watching() as seen:
        fates = store_all(settings, made)
    return settings, fates, list(seen)


def of(kept: tuple[Config, list[Fate], list[str]], *groups: str) -> list[Fate]:
    return [fate for fate in kept[1] if fate.document.group in groups]


def test_all_are_read_in_no_time_and_the_sound_item_beside_the_hostile_one_is_kept(kept) -> None:
    assert len(kept[1]) > 400
    assert kept[2] == []
    for fate in kept[1]:
        assert fate.seconds < ways_out.SECONDS, fate.document.name
        assert fate.grown == 0, fate.document.name
    for fate in of(kept, "html"):
        assert any(draft.title == "whole" for draft in fate.drafts), (fate.document.name, fate.error)
    for fate in of(kept, "term"):
        assert fate.drafts or fate.error, fate.document.name


def test_what_is_stored_is_inert_and_leads_to_the_web_only(kept) -> None:
    for fate in kept[1]:
        assert ways_out.forbidden(fate.error + (fate.feed.warning if fate.feed else "")) == []
        for draft in fate.drafts:
            for text in ways_out.stored(draft):
                assert ways_out.forbidden(text) == [], (fate.document.name, text)
                assert f"\x1b]0;{MARK}" not in text
            for address in ways_out.addresses(draft):
                opened = opener.address(address)
                assert address == "" or re.match(r"https?://[^\s@]+", address), (fate.document.name, address)
                assert opened == "" or re.match(r"https?://[^\s]+$", opened), (fate.document.name, opened)
                assert "SECRETMARK" not in address


def test_no_markup_that_runs_is_text_of_an_article(kept) -> None:
    for fate in of(kept, "html"):
        for draft in fate.drafts:
            marked = [text for text in ways_out.stored(draft) if MARKUP.search(text)]
            assert not marked, (fate.document.name, marked)


def test_whatever_way_they_leave_they_are_letters(kept) -> None:
    with Library(kept[0], clock=lambda: NOW) as library:
        for way, article, text in ways_out.everything(library):
            assert ways_out.forbidden(text) == [], (way, article)


def test_titles_in_the_code_pages_of_the_region_are_readable_whatever_is_said_of_them(kept) -> None:
    for fate in of(kept, "enc"):
        title = fate.drafts[0].title if fate.drafts else fate.error
        assert title == fate.document.must, (fate.document.name, title)


def test_dates_of_any_calendar_are_right_or_none(kept) -> None:
    for fate in of(kept, "dates"):
        assert len(fate.ids) == 1, fate.document.name
        (draft,) = fate.drafts
        assert draft.published is None or dates.EARLIEST <= draft.published < dates.LATEST
        assert fate.ids[0] >> 20 <= NOW + 3600, fate.document.must
        if "2025" in fate.document.must and draft.published is not None:
            assert 1735689600 <= draft.published < 1739000000, (fate.document.must, draft.published)


REDATED = (
    "<rss version='2.0'><channel>{items}</channel></rss>",
    "<item><title>t{n}</title><guid>g{n}</guid><pubDate>Mon, 23 Nov 2026 0{hour}:00:00 GMT</pubDate></item>",
)


def test_a_feed_that_dates_all_items_anew_at_each_poll_keeps_their_order_and_brings_nothing(tmp_path) -> None:
    settings = configured(tmp_path, 1)
    polls = []
    for hour in (4, 5, 6):
        items = "".join(REDATED[1].format(n=n, hour=hour) for n in range(5))
        document = Document("redated", "dates", "", REDATED[0].format(items=items).encode())
        polls += store_all(settings, [document])
        with Library(settings, clock=lambda: NOW) as library:
            polls.append([(row.id, row.title) for row in library.page("")])
    assert len(polls[1]) == 5
    assert polls[1] == polls[3] == polls[5]


@pytest.mark.parametrize("zone", ["UTC", "Asia/Gaza", "Asia/Tehran", "America/St_Johns", "", "Nowhere/x"])
def test_the_time_zone_of_the_user_changes_what_is_shown_and_not_what_is_known(
    kept, zone: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TZ", zone)
    time.tzset()
    try:
        for fate in of(kept, "dates"):
            _, drafts = ways_out.articles(fate.document.body, fate.url, "")
            assert [draft.published for draft in drafts] == [draft.published for draft in fate.drafts]
        with Library(kept[0], clock=lambda: NOW) as library:
            for row in library.page("", limit=20):
                for way, text in ways_out.row_ways(row):
                    assert ways_out.forbidden(text) == [], way
    finally:
        monkeypatch.undo()
        time.tzset()
