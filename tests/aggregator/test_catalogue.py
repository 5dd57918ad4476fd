"""The shipped config.toml: loads, is a fair start, and documents every setting there is."""

from __future__ import annotations

import re
import tomllib
from collections import Counter
from pathlib import Path

import msgspec

from aggregator import config
from aggregator.text import query

PATH = Path(__file__).parent.parent.parent / "config.toml"
FEEDS = config.read(PATH).feeds
ENABLED = [feed for feed in FEEDS if feed.enabled]


def test_it_has_many_feeds_of_many_outlets_in_all_languages() -> None:
    assert len(FEEDS) >= 120
    assert len({feed.outlet for feed in FEEDS}) >= 90
    assert {feed.language for feed in FEEDS} >= {"en", "ar", "he", "fa", "tr"}


def test_the_starter_set_is_moderate_and_balanced() -> None:
    assert 30 <= len(ENABLED) <= 50
    languages = Counter(feed.language for feed in ENABLED)
    assert languages["en"] <= len(ENABLED) / 2
    assert all(languages[code] >= 4 for code in ("ar", "he", "fa", "tr"))
    countries = Counter(feed.country for feed in ENABLED)
    assert len(countries) >= 12
    assert max(countries.values()) <= len(ENABLED) / 4


def test_the_starter_set_asks_over_https_only() -> None:
    assert [feed.url for feed in ENABLED if not feed.url.startswith("https:")] == []


def test_every_feed_says_whose_it_is() -> None:
    for feed in FEEDS:
        assert feed.title, feed.url
        assert feed.outlet, feed.url
        assert re.fullmatch("[a-z]{2}", feed.language), feed.url
        assert re.fullmatch("[A-Z]{2}", feed.country), feed.url
        assert feed.tags, feed.url
        assert all(re.fullmatch("[a-z-]+", tag) for tag in feed.tags), feed.url


def test_titles_are_unique_so_that_lists_are_clear() -> None:
    assert max(Counter(feed.title for feed in FEEDS).values()) == 1


def test_an_owner_is_told_with_its_source() -> None:
    assert all(feed.owner.endswith(")") for feed in FEEDS if feed.owner)


def test_every_setting_stands_in_the_file_with_its_default() -> None:
    """Uncommented, the settings of the file are exactly the defaults."""
    head = PATH.read_text("utf-8").split("[[filters]]")[0]
    plain = re.sub(r"^# ([a-z_]+ = )", r"\1", head, flags=re.MULTILINE)
    shown = tomllib.loads(plain)
    assert msgspec.convert(shown, config.Settings) == config.Settings()
    for table in ("fetch", "retention", "related", "reader"):
        assert list(shown[table]) == config.legal_keys(table)
    assert {*shown} | {"rules", "filters", "feeds"} == {*config.legal_keys("")}


def test_the_sample_filters_are_there_and_can_be_asked() -> None:
    filters = config.read(PATH).filters
    assert len(filters) >= 3
    for saved in filters:
        assert query.parse(saved.query, 0).root.parts


def test_every_key_of_a_feed_is_explained() -> None:
    text = PATH.read_text("utf-8")
    explained = text[text.index("# Feeds.") : text.index("# ---")]
    assert [key for key in config.Feed.__struct_fields__ if not re.search(rf"\b{key}\b", explained)] == []
