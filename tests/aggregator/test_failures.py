"""What is kept of a failing server's answer: little, the last one only, and nothing that acts."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from pathlib import Path

import pytest

from aggregator import failures
from aggregator.config import Config
from aggregator.errors import FetchError, HakawatiError
from aggregator.failures import BODY_LIMIT, HEADER_LIMIT, Sent
from aggregator.library import Library
from tests.aggregator.httpserver import Gate, Server, reply
from tests.aggregator.rounds import NOW, item, rss, run, write_config


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as running:
        yield running


@pytest.fixture
def config(server: Server, tmp_path: Path) -> Config:
    return write_config(tmp_path, [server.url("/feed")], "deadline = 5")


def kept(config: Config, server: Server) -> Sent | None:
    with Library(config) as library:
        return library.sent(server.url("/feed"))


def test_a_refusal_keeps_status_telling_headers_and_the_first_words(config: Config, server: Server) -> None:
    page = b"<html>Access denied\x1b]52;c;x\x07 by the [b]wall[/b]" + b"." * 5000
    server.answer("/feed", reply(page, 403, Server="wall/1", Set_Cookie="id=7", X_Other="no"))
    run(config)
    sent = kept(config, server)
    assert sent is not None
    assert (sent.at, sent.status) == (NOW, 403)
    assert dict(sent.headers)["server"] == "wall/1"
    assert not {"set-cookie", "x-other"} & dict(sent.headers).keys()
    assert sent.body.startswith("<html>Access denied")
    assert "[b]wall[/b]" in sent.body
    assert "\x1b" not in sent.body
    assert len(sent.body.encode()) <= BODY_LIMIT + 3


def test_a_packed_refusal_is_unpacked(config: Config, server: Server) -> None:
    server.answer("/feed", reply(gzip.compress(b"No entry " * 90), 500, Content_Encoding="gzip"))
    run(config)
    sent = kept(config, server)
    assert sent is not None
    assert sent.body.startswith("No entry No entry")


def test_a_refusal_whose_body_never_comes_is_the_same_refusal(config: Config, server: Server) -> None:
    head = b"HTTP/1.1 403 No\r\nServer: slow\r\nContent-Length: 10\r\n\r\n"
    server.answer("/feed", [head, Gate()])
    _, results = run(config)
    assert results[server.url("/feed")].status == 403
    sent = kept(config, server)
    assert sent == Sent(NOW, 403, (("content-length", "10"), ("server", "slow")), "")


def test_a_document_that_is_no_feed_keeps_how_it_begins(config: Config, server: Server) -> None:
    server.answer("/feed", reply(b"<!doctype html><title>Moved house</title>", Content_Type="text/html"))
    run(config)
    sent = kept(config, server)
    assert sent is not None
    assert sent.status is None
    assert sent.headers == (("content-type", "text/html"),)
    assert "Moved house" in sent.body


def test_only_the_last_failure_is_kept_and_none_once_it_answers(config: Config, server: Server) -> None:
    server.answer("/feed", reply(b"first", 500), reply(b"second", 503), reply(rss(item(1))))
    for later in range(2):
        run(config, NOW + later, force=True)
    sent = kept(config, server)
    assert sent is not None
    assert (sent.at, sent.body) == (NOW + 1, "second")
    run(config, NOW + 9, force=True)
    assert kept(config, server) is None


def test_where_no_server_answered_nothing_is_kept() -> None:
    assert failures.packed(FetchError("no such name", "https://x.example/", kind="dns"), NOW) == ""
    assert failures.packed(HakawatiError("odd"), NOW) == ""


def test_headers_are_cut() -> None:
    error = FetchError("refused", "https://x.example/", status=403)
    error.headers = {"server": "x" * 9999}
    sent = failures.unpacked(failures.packed(error, NOW))
    assert sent is not None
    assert len(sent.headers[0][1]) <= HEADER_LIMIT


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"at": "x", "status": 1, "headers": [], "body": ""}'])
def test_what_another_version_kept_is_left_alone(text: str) -> None:
    assert failures.unpacked(text) is None


def test_an_unknown_feed_has_none(config: Config, server: Server) -> None:
    with Library(config) as library:
        assert library.sent("https://unknown.example/") is None


# --- pauses ---


def test_a_paused_feed_is_not_asked_until_it_is_taken_up_again(config: Config, server: Server) -> None:
    server.answer("/feed", reply(rss(item(1))))
    url = server.url("/feed")
    with Library(config) as library:
        library.pause(url)
    assert run(config, force=True)[0].feeds == 0
    with Library(config) as library:
        assert library.feeds()[0].state.parked == "paused by you"
        library.resume(url)
    assert run(config)[0].new == 1


def test_a_paused_feed_can_be_asked_by_name_and_stays_paused(config: Config, server: Server) -> None:
    server.answer("/feed", reply(rss(item(1))))
    url = server.url("/feed")
    with Library(config) as library:
        library.pause(url)
        assert run(config, urls=[url])[0].new == 1
        assert library.feeds()[0].state.parked == "paused by you"


def test_a_poll_under_way_neither_ends_a_pause_nor_brings_one_back(config: Config, server: Server) -> None:
    from aggregator.store.db import Store

    url = server.url("/feed")
    with Library(config) as library, Store.open(config.cache) as store:
        before = store.feeds.get(url)
        assert before is not None
        library.pause(url)
        store.feeds.save([before])
        paused = store.feeds.get(url)
        assert paused is not None
        assert paused.parked == "paused by you"
        library.resume(url)
        store.feeds.save([paused])
        after = store.feeds.get(url)
        assert after is not None
        assert after.parked == ""
