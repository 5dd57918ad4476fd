"""Whole articles as a user meets them: the commands page and show, a sync that fetches ahead, the demo."""

from __future__ import annotations

import asyncio
import json
import subprocess
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from email.utils import formatdate
from pathlib import Path
from typing import Any

import pytest

from aggregator import cli, printing
from aggregator.config import Config
from aggregator.demo import DemoServer, demo_config
from aggregator.library import Library
from aggregator.locks import SyncLock
from aggregator.model import Article, ArticleRow, Block, Image, LinkKind, Page, PageReason, PageRelated
from aggregator.sync import run as sync_run
from aggregator.text import reasons
from tests.aggregator.commands import command, finish, start
from tests.aggregator.extract import made
from tests.aggregator.httpserver import Gate, Server, reply
from tests.aggregator.rounds import item, query, rss, run, write_config

Run = Callable[..., tuple[int, str, str]]

ROW = ArticleRow(1, 1, "The Heron", "Headline", "en", 1_790_000_000, True, False, 0, False)
FEED = Article(
    *(ROW, "g", "https://heron.example/1", "N. Writer", "In short.", (Block("p", "In short."),)),
    *(1, None, 1, "Heron", "https://heron.example/feed", "", (), (), None, ()),
)
PAGE = Page(
    fetched=1_790_000_100,
    url="https://heron.example/1",
    title="Headline",
    standfirst="What happened at the quay",
    authors=("Ann Other", "N. Writer"),
    images=(Image("https://heron.example/a.jpg", "The quay", "Ann/AFP"),),
    blocks=(
        Block("p", "The ferries sail again."),
        Block("h2", "The bills"),
        Block("quote", "See the map."),
        Block("li", "A rope"),
        Block("row", "tea | 2"),
        Block("figure", "The pier (Ann/AFP)"),
        Block("rule", ""),
    ),
    related=(PageRelated("Ferries of long ago", "https://heron.example/1999", "READ", "end", 7),),
    version=1,
)
WHOLE = replace(FEED, page=PAGE)


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as running:
        yield running


@pytest.fixture
def config(server: Server, tmp_path: Path) -> Config:
    """A configuration whose feed carries two summaries; nothing is synced yet."""
    told = {1: "The harbour opens again: part 1", 2: "Locusts strip Irbid of its wheat"}
    stories = [item(n, title, f"<p>In short.</p><p>{n}</p>") for n, title in told.items()]
    body = rss(*stories).replace(b"https://news.example", server.url("").encode())
    server.answer("/feed", reply(body))
    return write_config(tmp_path, [server.url("/feed")], "[full_text]\nspacing = 0")


@pytest.fixture
def call(config: Config, capsys: pytest.CaptureFixture[str]) -> Run:
    """Syncs, then runs a command in this process; returns exit code, output and diagnostics."""
    run(config)

    def called(*arguments: str) -> tuple[int, str, str]:
        capsys.readouterr()
        code = cli.main(["--config", str(config.path), *arguments])
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return called


def story(server: Server, number: int, *links: str) -> str:
    """Serve the page of an article; returns its address."""
    read = [f'<p>READ: <a href="{url}">The ferry of that year</a></p>' for url in links]
    text = made.html_paragraphs(6)
    body = made.page([*text[:3], *read, *text[3:]], title=f"The harbour opens again: part {number}")
    return server.answer(f"/story/{number}", reply(body, Content_Type="text/html"))


# --- page ------------------------------------------------------------------------------------------


def test_a_page_is_fetched_kept_and_shown(call: Run, server: Server) -> None:
    url = story(server, 1, server.url("/story/2"), server.url("/1999/the-ferry"))
    code, output, diagnostics = call("page", url)
    assert (code, diagnostics) == (0, "")
    assert all(text in output for text in made.paragraphs(6))
    publisher = output.partition("From the publisher\n")[2].splitlines()
    assert publisher[0].startswith("✓ ")
    assert publisher[0].endswith("Irbid of its wheat")
    assert publisher[-2:] == ["  READ: The ferry of that year", f"     {server.url('/1999/the-ferry')}"]
    server.close()
    assert call("show", url)[1] == output, "offline too"


def test_a_page_as_json_is_what_show_prints(call: Run, server: Server) -> None:
    url = story(server, 1)
    code, output, _ = call("page", "--json", url)
    assert code == 0
    assert output == call("show", "--json", url)[1]
    article = json.loads(output)
    assert article["source"] == "page"
    assert [block["kind"] for block in article["blocks"]] == ["p"] * 6
    assert article["text"] == "\n\n".join(made.paragraphs(6))
    assert article["page"]["url"] == url
    assert article["page"]["reason"] is None


def test_feed_and_page_can_be_chosen(call: Run, server: Server) -> None:
    url = story(server, 1)
    call("page", url)
    assert made.paragraphs(6)[0] in call("show", "--page", url)[1]
    assert "In short." in call("show", "--feed", url)[1]
    assert json.loads(call("show", "--feed", "--json", url)[1])["source"] == "feed"


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (reply(status=404), "The page is not there any more."),
        (reply(b"%PDF-1.7 ...", Content_Type="application/pdf"), "The address leads to a file"),
        (reply(status=403, Cf_Mitigated="challenge"), "The site wants proof that a person asks"),
        (reply(status=500), "The page could not be fetched: the server answered 500"),
    ],
)
def test_a_page_that_cannot_be_had_is_one_sentence_and_exit_code_one(
    call: Run, server: Server, answer: bytes, told: str
) -> None:
    url = server.answer("/story/1", answer)
    code, output, diagnostics = call("page", url)
    assert (code, output) == (1, "")
    assert diagnostics.startswith(f"hakawati: {told}")
    assert diagnostics.count("\n") == 1
    assert "In short." in call("show", url)[1]


def test_a_site_that_rests_is_not_asked_again(call: Run, server: Server) -> None:
    url = server.answer("/story/1", reply(status=429, Retry_After="7200"))
    assert call("page", url)[0] == 1
    asked = server.targets().count("/story/1")
    code, _, diagnostics = call("page", url)
    assert code == 1
    assert "left in peace for 2 hours more" in diagnostics
    assert server.targets().count("/story/1") == asked == 1


def test_an_article_that_is_not_here_is_a_usage_error(call: Run) -> None:
    code, output, diagnostics = call("page", "https://nowhere.example/1")
    assert (code, output) == (2, "")
    assert "no article has the id or address" in diagnostics


def test_a_front_end_fetches_a_page_in_a_child_process(call: Run, config: Config, server: Server) -> None:
    url = story(server, 1)
    with Library(config) as library:
        found = library.find(url)
        assert found is not None
        command = library.page_command(found.row.id)
        done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=config.path.parent)
        assert json.loads(done.stdout)["source"] == "page"
        again = library.article(found.row.id)
        assert again is not None
        assert again.page_is_whole


def test_a_page_is_fetched_while_a_sync_is_running(call: Run, config: Config, server: Server) -> None:
    url = story(server, 1)
    with SyncLock(config.cache):
        assert call("page", url)[0] == 0


# --- sync ------------------------------------------------------------------------------------------


def test_a_sync_fetches_what_was_wished_for_and_says_so(call: Run, config: Config, server: Server) -> None:
    url = story(server, 1)
    with Library(config) as library:
        found = library.find(url)
        assert found is not None
        library.want_page(found.row.id)
    code, output, _ = call("sync", "--json", "--force")
    totals = json.loads(output.splitlines()[-1])
    assert (code, totals["pages"], totals["page_failures"]) == (0, 1, 0)
    assert json.loads(call("sync", "--json", "--force")[1].splitlines()[-1])["pages"] == 0


def test_a_sync_that_gets_no_page_is_no_failure(call: Run, config: Config, server: Server) -> None:
    path = config.path
    path.write_text(path.read_text().replace("[full_text]", '[full_text]\npolicy = "always"'))
    server.answer("/story/1", reply(status=404))
    server.answer("/story/2", reply(status=410))
    totals, _ = run(config_of(path))
    assert (totals.failed, totals.pages, totals.page_failures) == (0, 0, 2)


def config_of(path: Path) -> Config:
    from aggregator import config as config_files

    return config_files.load(path)


class Reached(threading.Event):
    """An event that notes when somebody waits for it."""

    def __init__(self) -> None:
        super().__init__()
        self.awaited = threading.Event()

    def wait(self, timeout: float | None = None) -> bool:
        self.awaited.set()
        return super().wait(timeout)


def test_a_kill_between_two_pages_keeps_the_first_and_the_count_and_the_next_sync_goes_on(
    config: Config, server: Server
) -> None:
    path, now, reached = config.path, formatdate(), Reached()
    path.write_text(path.read_text().replace("[full_text]", '[full_text]\npolicy = "always"'))
    stories = [item(n, f"The harbour opens again: part {n}", when=now) for n in (1, 2)]
    server.answer("/feed", reply(rss(*stories).replace(b"https://news.example", server.url("").encode())))
    story(server, 2)
    server.answer("/story/1", [Gate(reached), reply()])
    process = start(config, "sync")
    assert reached.awaited.wait(30)
    process.kill()
    finish(process)
    with Library(config) as library:
        library.mend()
        assert library.findings() == []
    assert query(config, "SELECT count FROM page_hosts") == [(2,)], "counted before it is asked"
    assert query(config, "SELECT count(*) FROM pages") == [(1,)]
    story(server, 1)
    assert command(config, "sync")[0] == 0
    assert query(config, "SELECT count(*) FROM pages WHERE reason = ''") == [(2,)]


# --- what is printed -------------------------------------------------------------------------------


def lines(article: Article, source: str = "") -> list[str]:
    return list(printing.article_lines(article, [], source))


def test_every_kind_of_block_can_be_told_from_the_others() -> None:
    shown = [line for line in lines(WHOLE) if line]
    assert shown[1].split(" · ")[1] == "Ann Other, N. Writer"
    assert shown[3:] == [
        "What happened at the quay",
        "[picture] The quay (Ann/AFP)",
        "The ferries sail again.",
        "## The bills",
        "| See the map.",
        "• A rope",
        "tea | 2",
        "[picture] The pier (Ann/AFP)",
        "* * *",
        "\nFrom the publisher",
        "  READ: Ferries of long ago",
        "     https://heron.example/1999",
    ]


def test_the_longer_text_is_shown_and_the_reader_may_choose() -> None:
    assert printing.shows_page(WHOLE)
    assert not printing.shows_page(WHOLE, "feed")
    assert not printing.shows_page(FEED, "page"), "there is none"
    short = replace(WHOLE, page=replace(PAGE, blocks=(Block("p", "Short"),)))
    assert not printing.shows_page(short)
    assert printing.shows_page(short, "page")


@pytest.mark.parametrize("kind", [kind for kind in PageReason if kind])
def test_every_reason_is_a_sentence(kind: PageReason) -> None:
    sentence = reasons.told(kind.value)
    assert sentence.endswith(".")
    assert printing.REASONS[kind] == sentence
    assert sentence in lines(replace(FEED, page=Page(1, "u", kind.value)))


def test_a_reason_without_a_name_is_a_sentence_too() -> None:
    assert reasons.told("no answer within 20 s") == "The page could not be fetched: no answer within 20 s."
    assert reasons.told("") == ""


def test_what_a_page_says_cannot_reach_into_the_terminal() -> None:
    nasty = "\x1b[31mred\x07\u202e"
    hostile = replace(
        PAGE,
        reason=f"odd{nasty}",
        standfirst=nasty,
        authors=(nasty,),
        images=(Image("u", nasty, nasty),),
        blocks=(Block("p", f"{nasty} long enough to be shown"),),
        related=(PageRelated(nasty, f"https://heron.example/{nasty}", nasty),),
    )
    told = "\n".join(lines(replace(FEED, page=hostile), "page"))
    assert not {"\x1b", "\x07", "\u202e"} & set(told)


# --- the demo --------------------------------------------------------------------------------------


def test_the_demo_shows_summaries_whole_with_the_publishers_links(tmp_path: Path) -> None:
    from aggregator import config as config_files

    with DemoServer() as server:
        config = config_files.load(demo_config(server.url, tmp_path))
        totals = asyncio.run(sync_run(config, force=True))
    assert (totals.pages, totals.page_failures) == (7, 0)
    with Library(config) as library:
        articles = [library.article(row.id) for row in library.page("outlet:الواحة")]
        assert len(articles) == 7
        for article in filter(None, articles):
            assert article.page is not None
            assert article.page_is_whole
            assert len(article.page.blocks) >= 4
            assert "اقرأ أيضا" not in article.page.text
            publisher = [r for r in library.related(article.row.id) if "linked in the article" in r.evidence]
            assert publisher, article.row.title
            assert {r.kind for r in publisher} <= set(LinkKind)


def keys(record: dict[str, Any]) -> set[str]:
    return set(record)


def test_the_json_of_an_article_without_a_page_has_the_same_keys() -> None:
    bare, whole = printing.whole_json(FEED, []), printing.whole_json(WHOLE, [])
    assert keys(bare) == keys(whole)
    assert (bare["page"], bare["source"]) == (None, "feed")
    assert whole["page"]["authors"] == ["Ann Other", "N. Writer"]
