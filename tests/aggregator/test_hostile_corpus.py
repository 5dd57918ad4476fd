"""Hostile documents of ten public test suites and of our own making: to each happens what its row asks.

The folder ``hostile`` beside the checkout has an index; a row says what must happen to its file. What it says
is checked class by class, never file by file.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from aggregator import cli, config, discover, opml
from aggregator.config import Config
from aggregator.errors import HakawatiError
from aggregator.extract.page import extract
from aggregator.library import Library
from aggregator.text import dates
from tests.aggregator import ways_out
from tests.aggregator.keeping import NOW, WATCH, Document, Fate, configured, store_all
from tui import opener

FEEDS = ("term", "html", "sanitize", "xml", "invalid", "illformed", "enc", "encoding", "dates", "ids")
FEEDS += ("links", "enclosure", "json")
HEADER = re.compile(rb"Header:\s*Content-type:\s*([^\r\n]+)", re.IGNORECASE)
SHORT = 300
"""Characters of an error that fits a line or two of a screen."""
COUNTS = {"two": 2}
EVERY = 10
"""One file of so many goes through the whole command line."""
SHOWN = ("feeds", "list", "list --json", "list --plain", "feeds --json", "feeds --plain", "links --json")
BAD_SCHEME = re.compile(r"^\s*(?!https?:)[a-z][a-z0-9+.-]*:", re.IGNORECASE)
MARKUP = re.compile(
    r"<(?:script|style|iframe|object|embed|svg|math|img|a|p|div)[\s>/]|javascript:XSS", re.IGNORECASE
)


def rows(shared: Path, *groups: str) -> list[tuple[Path, str, str]]:
    """(file, group, what must happen) of the index."""
    folder = shared / "hostile"
    lines = [line.split("\t") for line in (folder / "INDEX.tsv").read_text("utf-8").splitlines()[1:]]
    found = [(folder / line[0], line[1], line[6]) for line in lines if line[1] in groups]
    assert found, groups
    return found


def documents(shared: Path) -> list[Document]:
    """All that are feeds, and the inputs of HTML tests as titles and bodies of a feed."""
    found = []
    for path, group, must in rows(shared, *FEEDS):
        body = path.read_bytes()
        header = HEADER.search(body)
        kind = "application/json" if path.suffix == ".json" else "application/xml"
        found.append(
            Document(path.name, group, must, body, header[1].decode("latin-1").strip() if header else kind)
        )
    for path, group, must in rows(shared, "html5"):
        found.append(Document(path.name, group, must, feed_of(inputs(path))))
    return found


def inputs(path: Path) -> Iterator[str]:
    """The inputs of a tokenizer test."""
    for test in json.loads(path.read_text("utf-8")).get("tests", []):
        text = test["input"]
        yield text.encode().decode("unicode_escape", "replace") if test.get("doubleEscaped") else text


def feed_of(texts: Iterator[str]) -> bytes:
    """A feed each of whose items has a text as title and as body."""
    document = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": "inputs",
        "items": [{"id": str(n), "title": text, "content_html": text} for n, text in enumerate(texts)],
    }
    return json.dumps(document).encode()


@pytest.fixture(scope="module")
def kept(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Config, list[Fate], list[str]]:
    """All feeds of the corpus in one cache, what became of each, and what was opened meanwhile."""
    corpus = documents(shared)
    settings = configured(tmp_path_factory.mktemp("corpus"), len(corpus))
    with WATCH.watching() as seen:
        fates = store_all(settings, corpus)
    return settings, fates, list(seen)


def of(kept: tuple[Config, list[Fate], list[str]], *groups: str) -> list[Fate]:
    return [fate for fate in kept[1] if fate.document.group in groups]


# --- all of them ---------------------------------------------------------------------------------


def test_no_document_costs_two_seconds_and_every_refusal_is_short_and_clean(kept) -> None:
    assert len(kept[1]) > 400
    for fate in kept[1]:
        assert fate.seconds < ways_out.SECONDS, fate.document.name
        assert ways_out.forbidden(fate.error) == [], fate.document.name
        assert len(fate.error) <= SHORT, fate.error
        assert fate.error == "" or not fate.ids


def test_nothing_that_a_document_names_is_opened_fetched_or_run(kept) -> None:
    assert kept[2] == []


def test_what_is_stored_is_inert_and_leads_to_the_web_only(kept) -> None:
    for fate in kept[1]:
        for draft in fate.drafts:
            wrong = [found for text in ways_out.stored(draft) for found in ways_out.forbidden(text)]
            assert not wrong, (fate.document.name, wrong)
            for address in ways_out.addresses(draft):
                assert not BAD_SCHEME.match(address), (fate.document.name, address)
                assert "SECRETMARK" not in address
                opened = opener.address(address)
                assert opened == "" or re.match(r"https?://[^\s@]+$", opened), (fate.document.name, opened)


def test_the_same_document_again_brings_nothing_new(kept) -> None:
    assert [fate.document.name for fate in kept[1] if fate.grown] == []


def test_whatever_way_an_article_leaves_it_is_letters(kept) -> None:
    with Library(kept[0], clock=lambda: NOW) as library:
        ways = set()
        for way, article, text in ways_out.everything(library):
            ways.add(way)
            assert ways_out.forbidden(text) == [], (way, article)
        titles = {row.id: row.title for row in library.page("", limit=5000)}
        for number, title in list(titles.items())[::5]:
            word = next((word for word in title.split() if word.isalnum()), "")
            for snippet in library.snippets([number], f'"{word}"').values() if word else ():
                assert ways_out.forbidden(snippet.text) == []
    assert ways == {"list", "list --plain", "list --json", "row", "show", "show --plain", "show --json"} | {
        "archive",
        "screen",
    }


def test_what_the_commands_print_and_export_is_letters(kept, tmp_path: Path, capfd) -> None:
    path = str(kept[0].path)
    for words in SHOWN:
        assert cli.main(["--config", path, *words.split()]) == 0, words
        printed = capfd.readouterr()
        assert printed.out, words
        for text in (printed.out, printed.err):
            assert ways_out.FORBIDDEN.search(text) is None, words
    assert cli.main(["--config", path, "archive", "export", str(tmp_path / "all.jsonl")]) == 0
    lines = (tmp_path / "all.jsonl").read_text("utf-8").splitlines()
    assert len(lines) == sum(len(fate.ids) for fate in kept[1])
    for line in lines:
        assert ways_out.FORBIDDEN.search(line) is None
        assert all(ways_out.forbidden(text) == [] for text in ways_out.strings(json.loads(line)))


# --- what the rows say ---------------------------------------------------------------------------


def test_no_markup_is_left_of_html_and_nothing_of_scripts_styles_and_attributes(kept) -> None:
    for fate in of(kept, "html", "sanitize"):
        for draft in fate.drafts:
            texts = list(ways_out.stored(draft))
            if fate.document.group == "html":
                assert not any("XSSMARK" in text for text in texts), (fate.document.name, texts)
            assert not any(MARKUP.search(text) for text in texts), (fate.document.name, texts)
        if "`before` is shown" in fate.document.must:
            assert any("before" in text for draft in fate.drafts for text in ways_out.stored(draft))


def test_a_damaged_feed_gives_items_or_an_error_and_what_was_cut_is_marked(kept) -> None:
    for fate in of(kept, "xml", "invalid", "illformed"):
        assert fate.feed is not None or fate.error, fate.document.name
        broken = re.search(rb"Expect:\s+bozo", fate.document.body)
        if "feed cut" in fate.document.must or broken:
            assert fate.marked, fate.document.name


def test_a_title_in_a_declared_encoding_reads_as_it_should_and_another_is_readable_or_marked(kept) -> None:
    for fate in of(kept, "enc", "encoding"):
        if reads := re.search(r"title reads '([^']+)'", fate.document.must):
            assert [draft.title for draft in fate.drafts] == [reads[1]], fate.document.name
        elif "readable or marked" in fate.document.must:
            readable = any(re.search("[\u0590-\u06ff]{3}", draft.title) for draft in fate.drafts)
            assert readable or fate.marked, fate.document.name
        if "bozo_" in fate.document.name:
            assert fate.marked, fate.document.name


def test_an_item_is_stored_whatever_its_date_and_stands_no_higher_than_now(kept) -> None:
    for fate in of(kept, "dates"):
        assert fate.ids, fate.document.name
        for draft, article in zip(fate.drafts, fate.ids, strict=False):
            assert draft.published is None or dates.EARLIEST <= draft.published < dates.LATEST
            assert article >> 20 <= NOW + 3600, fate.document.name


def test_as_many_articles_are_told_apart_as_the_row_says(kept) -> None:
    for fate in of(kept, "ids"):
        said = re.match(r"(\d+|two) (?:items|ids)", fate.document.must)
        if said:
            assert len(fate.ids) == int(COUNTS.get(said[1], said[1])), fate.document.name
        assert fate.ids, fate.document.name


def test_json_is_read_as_far_as_it_is_sound(kept) -> None:
    for fate in of(kept, "json"):
        assert fate.ids or fate.error, fate.document.name


# --- configuration -------------------------------------------------------------------------------


def test_a_configuration_loads_or_is_refused_in_one_line_with_file_and_line(
    shared: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for number, (path, group, must) in enumerate(rows(shared, "config", "toml")):
        sentence = refusal(lambda path=path: config.load(path))
        assert bool(sentence) or must.startswith("loads"), path
        assert sentence == "" or re.match(rf"{re.escape(str(path))}:\d+: \S", sentence), sentence
        assert ways_out.forbidden(sentence) == [], path
        assert "\n" not in sentence, path
        assert "SECRETMARK" not in sentence, path
        if group == "toml" and number % EVERY:
            continue  # the command line takes its time to start; what it prints is that sentence
        code = cli.main(["--config", str(path), "--cache", str(tmp_path / "cache"), "feeds"])
        said = capsys.readouterr()
        assert code == 2 or (code == 0 and must.startswith("loads")), path
        assert "SECRETMARK" not in said.out + said.err, path
        assert ways_out.forbidden(said.err) == [], path
        if code == 2:
            assert said.err == f"hakawati: {sentence}\n"
            assert said.out == ""
    assert not (tmp_path / "cache" / "hakawati.log").exists()


# --- lists of subscriptions, pages, queries ---------------------------------------------------------


def test_a_list_brings_its_good_feeds_once_and_names_the_others(shared: Path) -> None:
    for path, _, must in rows(shared, "opml"):
        with WATCH.watching() as seen:
            said = refusal(lambda path=path: opml.read(path.read_bytes()))
        assert seen == [], path
        assert_short(said)
        if said:
            continue
        result = opml.read(path.read_bytes())
        assert len({feed.url for feed in result.feeds}) == len(result.feeds), path
        assert next((bad for feed in result.feeds for bad in config.feed_problems(feed, set())), None) is None
        for feed in result.feeds:
            assert feed.url.startswith(("http://", "https://")), path
            assert not opml.is_private(feed.url), path
            assert ways_out.forbidden(f"{feed.url} {feed.title} {' '.join(feed.tags)}") == [], path
        for what, why in result.skipped:
            assert what, path
            assert why, path
            assert ways_out.forbidden(what + why) == [], path
        back = opml.read(opml.write(result.feeds))
        assert {feed.url: feed.title for feed in back.feeds} == {
            feed.url: feed.title or feed.outlet or feed.url for feed in result.feeds
        }, (path, must)


def test_a_page_offers_web_addresses_only(shared: Path) -> None:
    for path, _, _ in rows(shared, "discover"):
        with WATCH.watching() as seen:
            found = discover.candidates(path.read_text("utf-8", "replace"), "https://pages.example/")
            extract(path.read_bytes(), "https://pages.example/")
        assert seen == []
        assert all(re.match("https?://", one.url) for one in found), (path, found)
        assert all(ways_out.forbidden(one.title + one.url) == [] for one in found)


def test_a_query_has_an_answer_or_a_short_message(shared: Path, kept) -> None:
    ((path, _, _),) = rows(shared, "search")
    with Library(kept[0], clock=lambda: NOW) as library:
        for query in json.loads(path.read_text("utf-8")):
            for typed in (False, True):
                assert_short(refusal(lambda query=query, typed=typed: library.page(query, typed=typed)))


def test_a_pattern_that_is_made_to_run_for_ever_is_words_to_look_for(shared: Path, kept) -> None:
    """There are no regular expressions in filters and rules: what looks like one is a word."""
    ((path, _, _),) = rows(shared, "filter")
    with Library(kept[0], clock=lambda: NOW) as library:
        for pattern, text in json.loads(path.read_text("utf-8")):
            for query in (pattern, f'"{pattern}"', text, f"title:{pattern}"):
                assert_short(refusal(lambda query=query: library.ids(query)))


def refusal(attempt: Callable[[], object]) -> str:
    """What is said where an attempt is refused, "" where it is not; anything but our own errors fails."""
    try:
        attempt()
    except HakawatiError as error:
        return str(error)
    return ""


def assert_short(said: str) -> None:
    """A sentence that is fit for a line of the screen."""
    assert len(said) <= SHORT, said
    assert ways_out.forbidden(said) == [], said
