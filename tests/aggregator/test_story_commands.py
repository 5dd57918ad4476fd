"""``stories`` and ``links`` right after an import, and the reader's own word: split and join."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from aggregator import cli
from aggregator.config import Config
from aggregator.model import LinkKind
from aggregator.store.db import Store
from aggregator.story_commands import Change, asked
from aggregator.writer import store_arrivals
from tests.aggregator.newsroom import (
    HOUR,
    NOW,
    START,
    Piece,
    arrivals,
    bring,
    broken,
    groups,
    write_archive,
)
from tests.aggregator.rounds import query, write_config
from tests.aggregator.test_relate import COPIES, FIRE, FLOOD, OWN_REPORT, again

Run = Callable[..., tuple[int, str, str]]

NEWS = (*FIRE, *FLOOD)
STORY_KEYS = {"id", "title", "first", "last", "outlets", "languages", "reports", "articles"}
ARTICLE_KEYS = {"guid", "title", "outlet", "language", "published"}
LATER_REPORT = Piece(
    "fire-4", "Latakia museum fire: 158 evacuated return to the old halls", "Harbour Herald", START + 9 * HOUR
)
LATER = replace(LATER_REPORT, language="en")


@pytest.fixture
def conf(tmp_path: Path) -> Config:
    return write_config(tmp_path, [])


@pytest.fixture
def run(conf: Config, capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs a command in this process; returns exit code, output and diagnostics."""

    def call(*arguments: str) -> tuple[int, str, str]:
        code = cli.main(["--config", str(conf.path), *arguments])
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return call


@pytest.fixture
def bring_in(run: Run, tmp_path: Path) -> Callable[..., None]:
    """Imports pieces as a user does."""

    def call(*pieces: Piece) -> None:
        path = write_archive(tmp_path / "news.jsonl", pieces)
        assert run("archive", "import", str(path))[0] == 0

    return call


Bring = Callable[..., None]


def objects(output: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in output.splitlines()]


def number_of(conf: Config, guid: str) -> str:
    """The id of an article, as `list` shows it."""
    ((found,),) = query(conf, "SELECT id FROM bodies WHERE guid = ?", guid)
    return str(found)


def together(conf: Config, *guids: str) -> bool:
    return any(set(guids) <= group for group in groups(conf))


def apart(conf: Config, one: str, other: str) -> bool:
    return not together(conf, one, other)


# --- what is printed ---


def test_stories_are_printed_as_json_right_after_an_import(run: Run, bring_in: Bring) -> None:
    bring_in(*NEWS)
    code, output, diagnostics = run("stories", "--json")
    assert (code, diagnostics) == (0, "")
    fire, flood = sorted(objects(output), key=lambda story: -len(story["articles"]))
    assert set(fire) == STORY_KEYS
    assert all(set(article) >= ARTICLE_KEYS for article in fire["articles"])
    assert {article["guid"] for article in fire["articles"]} == {"fire-1", "fire-2", "fire-3"}
    assert {article["guid"] for article in flood["articles"]} == {"flood-1", "flood-2"}
    assert isinstance(fire["id"], int)
    assert (fire["outlets"], fire["reports"], fire["languages"]) == (3, 3, ["en"])
    assert fire["first"] == fire["articles"][-1]["published"] == "2026-09-21T00:00:00Z"
    assert fire["last"] == fire["articles"][0]["published"] == "2026-09-21T02:00:00Z"


def test_links_are_printed_as_json_a_line_an_article(run: Run, bring_in: Bring) -> None:
    alone = Piece("alone", "Olive harvest begins late this year", "Gulf Ledger", START)
    bring_in(*NEWS, alone)
    code, output, diagnostics = run("links", "--json")
    assert (code, diagnostics) == (0, "")
    lines = {line["guid"]: line for line in objects(output)}
    assert set(lines) == {piece.guid for piece in (*NEWS, alone)}
    stories = {story["id"]: story for story in objects(run("stories", "--json")[1])}
    for line in lines.values():
        assert set(line) == {"guid", "story", "related"}
        for other in line["related"]:
            assert set(other) == {"guid", "kind", "p", "why"}
            assert other["kind"] in {kind.value for kind in LinkKind}
            assert 0 <= other["p"] <= 1
            assert other["why"]
            assert all(isinstance(reason, str) for reason in other["why"])
    fire = lines["fire-1"]
    assert {a["guid"] for a in stories[fire["story"]]["articles"]} == {"fire-1", "fire-2", "fire-3"}
    assert {other["guid"] for other in fire["related"][:2]} == {"fire-2", "fire-3"}, "best first"
    assert {other["kind"] for other in fire["related"][:2]} == {"same-event"}
    assert "Latakia" in fire["related"][0]["why"]
    assert fire["related"][0]["why"][-1] in {"1 hour later", "2 hours later"}
    assert lines["alone"]["related"] == []
    assert lines["alone"]["story"] not in (None, fire["story"])


def test_links_and_stories_can_be_asked_of_a_query(run: Run, bring_in: Bring) -> None:
    bring_in(*NEWS)
    assert {line["guid"] for line in objects(run("links", "--json", "flood")[1])} == {"flood-1", "flood-2"}
    (story,) = objects(run("stories", "--json", "homes", "-museum")[1])
    assert {article["guid"] for article in story["articles"]} == {"flood-1", "flood-2"}
    assert objects(run("stories", "--json", "--limit", "1")[1])[0]["title"] == FIRE[0].title
    assert run("links", "--json", "nothingsuch")[:2] == (0, "")
    assert run("links", "langg:ar")[0] == 2


def test_as_text_they_are_headings_lines_and_reasons(run: Run, bring_in: Bring) -> None:
    bring_in(*NEWS)
    stories = run("stories")[1]
    assert f"{FIRE[0].title}  (3 outlets, 3 reports, story " in stories
    links = run("links", "latakia")[1]
    assert "Same event" in links
    assert "why: Latakia" in links


def test_lines_without_a_date_are_taken_as_now(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "undated.jsonl"
    lines = [
        {"id": piece.guid, "title": piece.title, "source": piece.outlet, "language": "en"} for piece in FIRE
    ]
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    before = int(time.time())
    assert run("archive", "import", str(path))[0] == 0
    (story,) = objects(run("stories", "--json")[1])
    assert {article["guid"] for article in story["articles"]} == {piece.guid for piece in FIRE}
    assert all(article["published"] is None for article in story["articles"])
    assert all(
        before <= time.mktime(time.strptime(a["time"], "%Y-%m-%dT%H:%M:%SZ")) - time.timezone <= time.time()
        for a in story["articles"]
    )
    assert all(other["why"][-1] for line in objects(run("links", "--json")[1]) for other in line["related"])


def test_a_dated_line_was_first_seen_when_it_was_published(run: Run, bring_in: Bring) -> None:
    bring_in(FIRE[0])
    (article,) = objects(run("list", "--json")[1])
    assert article["first_seen"] == article["published"] == article["time"] == "2026-09-21T00:00:00Z"


def test_lines_without_an_outlet_are_taken_with_their_host_or_as_unknown(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "bare.jsonl"
    lines = [
        {"id": "1", "title": FIRE[0].title, "url": "https://www.heron.example/1", "date": "2026-09-21"},
        {"id": "2", "title": FIRE[1].title, "date": "2026-09-21"},
        {"id": "3", "title": FIRE[2].title, "outlet": "  ", "date": "2026-09-21"},
    ]
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    assert run("archive", "import", str(path))[1] == "3 lines: 3 new, 0 updated, 0 skipped.\n"
    (story,) = objects(run("stories", "--json")[1])
    outlets = {article["guid"]: article["outlet"] for article in story["articles"]}
    assert outlets["1"].removeprefix("www.") == "heron.example"
    assert (outlets["2"], outlets["3"]) == ("unknown", "unknown")


def test_copies_are_one_line_in_show_and_each_in_links(conf: Config, run: Run, bring_in: Bring) -> None:
    bring_in(*COPIES, OWN_REPORT)
    shown = run("show", number_of(conf, "own"))[1]
    assert shown.count(COPIES[0].title) == 1
    also = next(line for line in shown.splitlines() if "also in" in line)
    named = [outlet for outlet in ("Cedar Daily", "Levant Courier", "Gulf Ledger") if outlet in also]
    assert len(named) == 2
    (copied,) = objects(run("show", "--json", number_of(conf, "own"))[1])[0]["related"]
    assert {copied["outlet"], *copied["also"]} == {"Cedar Daily", "Levant Courier", "Gulf Ledger"}
    (line,) = [line for line in objects(run("links", "--json")[1]) if line["guid"] == "own"]
    assert {other["guid"] for other in line["related"]} == {"wire-0", "wire-1", "wire-2"}
    (story,) = objects(run("stories", "--json")[1])
    assert story["reports"] == 2
    same = {article["guid"]: article["same_text_as"] for article in story["articles"]}
    assert same == {"own": None, "wire-0": None, "wire-1": "wire-0", "wire-2": "wire-0"}
    assert "also in Levant Courier, Gulf Ledger" in run("stories")[1].replace(
        "Gulf Ledger, Levant Courier", "Levant Courier, Gulf Ledger"
    )


# --- the reader's word ---


def test_what_is_split_stays_apart_through_all_that_may_come(conf: Config, run: Run, bring_in: Bring) -> None:
    bring_in(*NEWS)
    code, output, _ = run("stories", "split", number_of(conf, "fire-3"))
    assert (code, output) == (0, "The article is in a story of its own now, apart from 2 others.\n")
    assert (apart(conf, "fire-3", "fire-1"), together(conf, "fire-1", "fire-2")) == (True, True)

    def still_apart() -> None:
        assert apart(conf, "fire-3", "fire-1")
        assert apart(conf, "fire-3", "fire-2")
        assert together(conf, "fire-1", "fire-2")
        (line,) = [line for line in objects(run("links", "--json")[1]) if line["guid"] == "fire-3"]
        assert not [o for o in line["related"] if o["kind"] == "same-event" and o["guid"] != "fire-4"]
        assert broken(conf) == []

    still_apart()
    again(conf)
    still_apart()
    bring_in(*NEWS)  # the same file again
    still_apart()
    bring_in(replace(FIRE[2], lead="Corrected: 158 people were led out of the museum in Latakia."))
    still_apart()
    bring_in(LATER)  # another report of the event may go to either, but glues nothing
    still_apart()


def test_what_is_joined_stays_together_through_all_that_may_come(
    conf: Config, run: Run, bring_in: Bring
) -> None:
    bring_in(*NEWS)
    assert apart(conf, "fire-1", "flood-1")
    code, output, _ = run("stories", "join", number_of(conf, "fire-1"), number_of(conf, "flood-1"))
    assert (code, output) == (0, "One story of 5 articles now.\n")
    everything = [piece.guid for piece in NEWS]
    assert together(conf, *everything)
    again(conf)
    assert together(conf, *everything)
    bring_in(*NEWS)
    assert together(conf, *everything)
    bring_in(LATER)
    assert together(conf, *everything, "fire-4")
    bring_in(replace(FLOOD[0], title="Basra flood: 311 homes drowned, river falls"))
    assert together(conf, *everything, "fire-4")
    assert broken(conf) == []


def test_a_join_is_undone_by_a_split_and_a_split_by_a_join(conf: Config, run: Run, bring_in: Bring) -> None:
    bring_in(*FIRE, FLOOD[0])
    run("stories", "join", number_of(conf, "fire-1"), number_of(conf, "flood-1"))
    assert together(conf, "fire-1", "flood-1")
    run("stories", "split", number_of(conf, "flood-1"))
    again(conf)
    assert apart(conf, "fire-1", "flood-1")
    assert together(conf, "fire-1", "fire-2", "fire-3")
    run("stories", "split", number_of(conf, "fire-3"))
    run("stories", "join", number_of(conf, "fire-3"), number_of(conf, "fire-1"))
    again(conf)
    assert together(conf, "fire-1", "fire-2", "fire-3")
    assert broken(conf) == []


def test_articles_are_named_by_their_addresses_too(conf: Config, run: Run, bring_in: Bring) -> None:
    bring_in(*NEWS)
    code, output, _ = run("stories", "join", FIRE[0].address, FLOOD[0].address)
    assert (code, output) == (0, "One story of 5 articles now.\n")
    assert run("stories", "split", FLOOD[0].address)[0] == 0
    assert apart(conf, "fire-1", "flood-1")


def test_a_story_keeps_its_number_when_an_article_is_split_from_it(
    conf: Config, run: Run, bring_in: Bring
) -> None:
    bring_in(*FIRE)
    ((number,),) = query(conf, "SELECT DISTINCT story_id FROM story_members")
    run("stories", "split", number_of(conf, "fire-3"))
    again(conf)
    (story,) = objects(run("stories", "--json")[1])
    assert story["id"] == number


def test_the_number_of_a_story_that_was_joined_to_another_leads_there(
    conf: Config, run: Run, bring_in: Bring
) -> None:
    bring_in(*NEWS)
    numbers = {story["id"] for story in objects(run("stories", "--json")[1])}
    run("stories", "join", number_of(conf, "fire-1"), number_of(conf, "flood-1"))
    again(conf)
    with Store.open(conf.cache) as store:
        found = {story.id for number in numbers if (story := store.stories.get(number))}
    assert len(numbers) == 2
    assert len(found) == 1


@pytest.mark.parametrize(
    "arguments",
    [
        ("split", "12345"),
        ("split", "https://nowhere.example/page"),
        ("join", "{known}", "12345"),
        ("join", "12345", "{known}"),
        ("split", "9" * 40),
    ],
)
def test_an_article_that_is_not_there_is_one_sentence_and_nothing_changes(
    conf: Config, run: Run, bring_in: Bring, arguments: tuple[str, ...]
) -> None:
    bring_in(*NEWS)
    before = groups(conf)
    words = [word.format(known=number_of(conf, "fire-1")) for word in arguments]
    code, output, diagnostics = run("stories", *words)
    assert (code, output) == (2, "")
    assert diagnostics.startswith("hakawati: no article has the id or address ")
    assert len(diagnostics.splitlines()) == 1
    assert groups(conf) == before
    assert query(conf, "SELECT count(*) FROM verdicts") == [(0,)]


def test_what_is_alone_or_one_and_the_same_is_said_so(conf: Config, run: Run, bring_in: Bring) -> None:
    bring_in(FIRE[0])
    number = number_of(conf, "fire-1")
    assert run("stories", "split", number)[:2] == (0, "The article is in no story with others.\n")
    assert run("stories", "join", number, number)[:2] == (0, "That is one and the same article.\n")
    assert query(conf, "SELECT count(*) FROM verdicts") == [(0,)]


def test_split_and_join_with_words_that_are_no_ids_are_a_filter(run: Run, bring_in: Bring) -> None:
    party = Piece("p-1", "Split of Haifa party: 40 members join rivals", "Cedar Daily", START)
    rivals = Piece("p-2", "Haifa party split as 40 members join rivals", "Levant Courier", START + HOUR)
    bring_in(*NEWS, party, rivals)
    for words in (["split", "party"], ["join", "rivals"], ["split"], ["join", "40"]):
        code, output, diagnostics = run("stories", "--json", *words)
        assert (code, diagnostics) == (0, "")
        assert [len(story["articles"]) for story in objects(output)] == [2], words


def test_only_a_whole_command_is_one() -> None:
    assert asked(["split", "12"]) == Change("split", ("12",))
    assert asked(["join", "12", "https://a.example/1"]) == Change("join", ("12", "https://a.example/1"))
    for words in ([], ["split"], ["split", "1", "2"], ["join", "1"], ["join", "a", "b"], ["12", "split"]):
        assert asked(words) is None
    assert asked(["split", "١٢"]) is None, "digits of another script are a word to search"


def test_the_readers_word_counts_before_articles_were_ever_compared(conf: Config, run: Run) -> None:
    with Store.open(conf.cache) as store:
        store_arrivals(arrivals([FIRE[0], FLOOD[0]]), NOW, store)
    assert run("stories", "join", number_of(conf, "fire-1"), number_of(conf, "flood-1"))[1] == (
        "One story of 2 articles now.\n"
    )
    bring(conf.cache)
    assert together(conf, "fire-1", "flood-1")
    assert broken(conf) == []
