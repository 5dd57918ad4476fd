"""Fetching, against a real server on loopback."""

from __future__ import annotations

import asyncio
import gzip
import socket
import ssl
import threading
import zlib
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from aggregator import exchange, fetch, wire, wire_words
from aggregator.config import Fetch
from aggregator.errors import Blocked, FetchError, Gone, RateLimited, Refused, TooLarge, Unreachable
from aggregator.exchange import Origin
from aggregator.fetch import Fetcher
from aggregator.model import Fetched, NotModified, Validators
from tests.aggregator.httpserver import CLOSE, RESET, Drip, Endless, Gate, Server, gzipped, redirect, reply

CERTS = Path(__file__).parent / "certs"
FEED = b"<rss><channel><title>Invented</title></channel></rss>"
CERT_NAMES = ("good", "other", "expired")
LOCAL = ("127.0.0.0/8",)


def settings(**changes: Any) -> Fetch:
    """Settings for loopback: no spacing, a short deadline."""
    return Fetch(**{"spacing": 0.0, "deadline": 10.0, "allow_private": LOCAL} | changes)


async def get(url: str, validators: Validators = Validators(), **changes: Any) -> Fetched | NotModified:  # noqa: B008
    """One fetch with a client of its own."""
    async with Fetcher(settings(**changes), "9.9") as fetcher:
        return await fetcher.fetch(url, validators)


async def got(url: str, **changes: Any) -> Fetched:
    """One fetch that must give a document."""
    result = await get(url, **changes)
    assert isinstance(result, Fetched)
    return result


async def failed(kind: type[FetchError], url: str, **changes: Any) -> FetchError:
    """The error of one fetch that must fail."""
    with pytest.raises(kind) as caught:
        await get(url, **changes)
    assert str(caught.value).isprintable()
    return caught.value


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as running:
        yield running


@pytest.fixture
def foreign() -> Iterator[Server]:
    with Server("127.0.0.2") as running:
        yield running


@pytest.fixture
async def fetcher() -> AsyncIterator[Fetcher]:
    async with Fetcher(settings(), "9.9") as running:
        yield running


class TestAsking:
    async def test_a_document_comes_whole_with_its_facts(self, server: Server) -> None:
        url = server.answer(
            "/f", reply(FEED, Content_Type="application/rss+xml", Cache_Control="max-age=600", Age="60")
        )
        result = await got(url)
        assert (result.url, result.body, result.content_type) == (url, FEED, "application/rss+xml")
        assert (result.freshness, result.permanent_url) == (540, None)
        assert result.wire_bytes == len(FEED)

    async def test_a_request_says_who_asks_and_nothing_about_the_user(self, server: Server) -> None:
        await get(server.answer("/f?a=1&b", reply(FEED)), contact="ops@example.org\r\nX-Evil: (1)")
        request = server.requests[0]
        assert request.method == "GET"
        assert request.target == "/f?a=1&b"
        assert [name.lower() for name, _ in request.headers] == [
            "host",
            "user-agent",
            "accept",
            "accept-encoding",
        ]
        assert request.header("user-agent") == "hakawati/9.9 (+ops@example.orgX-Evil: 1)"
        assert request.header("accept-encoding") == "gzip"
        assert "application/rss+xml" in (request.header("accept") or "")

    async def test_without_a_contact_none_is_made_up(self, server: Server) -> None:
        await get(server.answer("/f", reply(FEED)))
        assert server.requests[0].header("user-agent") == "hakawati/9.9"

    async def test_a_page_is_asked_for_as_html(self, server: Server, fetcher: Fetcher) -> None:
        page = await fetcher.get_page(server.answer("/", reply(b"<html>", Content_Type="text/html")))
        assert page.body == b"<html>"
        assert (server.requests[0].header("accept") or "").startswith("text/html")

    async def test_cookies_are_neither_kept_nor_sent(self, server: Server, fetcher: Fetcher) -> None:
        url = server.answer("/f", reply(FEED, Set_Cookie="id=1; Path=/"))
        await fetcher.fetch(url)
        await fetcher.fetch(url)
        assert server.requests[1].header("cookie") is None

    async def test_a_password_of_the_address_is_used_but_never_shown(self, server: Server) -> None:
        url = server.answer("/f", reply(FEED)).replace("://", "://reader:s%40cret@")
        result = await got(url)
        assert server.requests[0].header("authorization") == "Basic cmVhZGVyOnNAY3JldA=="
        assert "cret" not in result.url
        error = await failed(Unreachable, "http://reader:s%40cret@127.0.0.1:1/")
        assert "cret" not in error.url + str(error)

    async def test_a_connection_is_used_again(self, server: Server, fetcher: Fetcher) -> None:
        for path in ("/a", "/b", "/c"):
            await fetcher.fetch(server.answer(path, reply(FEED)))
        assert {request.connection for request in server.requests} == {0}

    async def test_small_refusals_do_not_cost_the_connection(self, server: Server, fetcher: Fetcher) -> None:
        for _ in range(2):
            with pytest.raises(Refused):
                await fetcher.fetch(server.answer("/a", reply(b"no", status=404)))
        assert {request.connection for request in server.requests} == {0}

    async def test_a_kept_connection_closed_by_the_server_is_no_failure(
        self, server: Server, fetcher: Fetcher
    ) -> None:
        url = server.answer("/f", [reply(FEED), CLOSE], [CLOSE], reply(FEED))
        await fetcher.fetch(url)
        server.answer("/f", reply(FEED))
        assert isinstance(await fetcher.fetch(url), Fetched)

    async def test_a_server_that_drops_a_kept_connection_unanswered_is_asked_once_more(
        self, server: Server, fetcher: Fetcher
    ) -> None:
        url = server.answer("/f", reply(FEED), [CLOSE], reply(FEED))
        await fetcher.fetch(url)
        assert isinstance(await fetcher.fetch(url), Fetched)
        assert [request.connection for request in server.requests] == [0, 0, 1]


class TestValidators:
    @pytest.mark.parametrize(
        "etag", ['"abc"', 'W/"abc"', "abc", '"a b"', '"\xe9\xff"', "''", '"' + "x" * 900 + '"']
    )
    async def test_they_go_back_byte_for_byte(self, server: Server, fetcher: Fetcher, etag: str) -> None:
        odd = "Someday, 32 Foo 2041"
        url = server.answer("/f", reply(FEED, ETag=etag, Last_Modified=odd), reply(status=304))
        first = await fetcher.fetch(url)
        assert first.validators == Validators(etag, odd)
        again = await fetcher.fetch(url, first.validators)
        assert isinstance(again, NotModified)
        assert again.validators == first.validators
        assert f"If-None-Match: {etag}\r\n".encode("latin-1") in server.requests[1].head
        assert f"If-Modified-Since: {odd}\r\n".encode() in server.requests[1].head

    async def test_a_304_may_renew_them(self, server: Server) -> None:
        url = server.answer("/f", reply(status=304, ETag='"2"', Cache_Control="max-age=30"))
        result = await get(url, Validators('"1"', "then"))
        assert isinstance(result, NotModified)
        assert result.validators == Validators('"2"', "then")
        assert result.freshness == 30

    async def test_a_304_that_nobody_asked_for_is_an_error(self, server: Server) -> None:
        error = await failed(Refused, server.answer("/f", reply(status=304)))
        assert error.status == 304
        assert "304" in str(error)

    @pytest.mark.parametrize("etag", ["a\r\nX-Evil: 1", "\u0645", "x" * 5000, "\x00"])
    async def test_what_may_not_go_on_the_wire_is_left_out(self, server: Server, etag: str) -> None:
        await get(server.answer("/f", reply(FEED)), Validators(etag))
        assert server.requests[0].header("if-none-match") is None
        assert b"Evil" not in server.requests[0].head

    async def test_they_go_only_to_the_address_that_gave_them(self, server: Server, foreign: Server) -> None:
        final = foreign.answer("/g", reply(FEED, ETag='"g"'), reply(status=304))
        url = server.answer("/f", redirect(final))
        async with Fetcher(settings(), "9.9") as fetcher:
            first = await fetcher.fetch(url, Validators('"f"'))
            second = await fetcher.fetch(url, first.validators)
        assert server.requests[0].header("if-none-match") == '"f"'
        assert foreign.requests[0].header("if-none-match") is None
        assert first.validators == Validators('"g"', None, final)
        assert server.requests[1].header("if-none-match") is None
        assert foreign.requests[1].header("if-none-match") == '"g"'
        assert isinstance(second, NotModified)
        assert second.validators == first.validators


class TestBodies:
    async def test_gzip_is_inflated(self, server: Server) -> None:
        result = await got(server.answer("/f", gzipped(FEED * 100)))
        assert result.body == FEED * 100
        assert result.wire_bytes < len(result.body)

    @pytest.mark.parametrize("wbits", [15, -15])
    async def test_deflate_is_inflated_both_ways(self, server: Server, wbits: int) -> None:
        engine = zlib.compressobj(wbits=wbits)
        body = engine.compress(FEED) + engine.flush()
        assert (await got(server.answer("/f", reply(body, Content_Encoding="deflate")))).body == FEED

    async def test_several_gzip_members_and_padding_are_fine(self, server: Server) -> None:
        body = gzip.compress(FEED) + gzip.compress(FEED) + b"\0\0\0"
        assert (await got(server.answer("/f", reply(body, Content_Encoding="x-gzip")))).body == FEED * 2

    @pytest.mark.parametrize("keep", [5, 12, -9, -1])
    async def test_gzip_cut_short_is_an_error(self, server: Server, keep: int) -> None:
        body = gzip.compress(FEED)[:keep]
        error = await failed(Unreachable, server.answer("/f", reply(body, Content_Encoding="gzip")))
        assert "cut short" in str(error)

    @pytest.mark.parametrize("body", [FEED, gzip.compress(FEED)[:-8] + b"\0" * 8], ids=["none", "damaged"])
    async def test_gzip_that_is_none_or_damaged_is_an_error(self, server: Server, body: bytes) -> None:
        error = await failed(FetchError, server.answer("/f", reply(body, Content_Encoding="gzip")))
        assert "damaged" in str(error)

    @pytest.mark.parametrize("coding", ["br", "zstd", "gzip, gzip", "\x1b[31m"])
    async def test_a_coding_we_did_not_ask_for_is_an_error(self, server: Server, coding: str) -> None:
        raw = reply(b"????", Content_Encoding="@").replace(b"@", coding.encode())
        await failed(FetchError, server.answer("/f", raw))

    async def test_a_bomb_is_stopped_at_the_limit(self, server: Server) -> None:
        url = server.answer("/f", gzipped(b"\0" * 30_000_000))
        error = await failed(TooLarge, url, max_bytes=100_000)
        assert error.kind == "too-large"

    async def test_a_length_above_the_limit_is_refused_before_reading(self, server: Server) -> None:
        url = server.answer("/f", [reply(b"", Content_Length="5000000"), Gate()])
        await failed(TooLarge, url, max_bytes=1000)

    async def test_a_body_without_end_is_stopped(self, server: Server) -> None:
        head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
        chunk = b"4000\r\n" + b" " * 0x4000 + b"\r\n"
        await failed(TooLarge, server.answer("/f", [head, chunk * 100, CLOSE]), max_bytes=200_000)

    async def test_exactly_the_limit_passes(self, server: Server) -> None:
        assert len((await got(server.answer("/f", gzipped(b"x" * 1000)), max_bytes=1000)).body) == 1000

    async def test_a_body_shorter_than_its_length_is_an_error(self, server: Server) -> None:
        error = await failed(Unreachable, server.answer("/f", [reply(FEED, Content_Length="900"), CLOSE]))
        assert "cut short" in str(error)

    async def test_a_body_that_ends_with_the_connection_is_whole(self, server: Server) -> None:
        url = server.answer("/f", [b"HTTP/1.0 200 OK\r\n\r\n" + FEED, CLOSE])
        assert (await got(url)).body == FEED

    async def test_chunks_of_one_byte_with_extensions_are_fine(self, server: Server) -> None:
        chunks = b"".join(b"1;x=y\r\n%c\r\n" % byte for byte in FEED)
        head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
        assert (await got(server.answer("/f", head + chunks + b"0\r\nX: y\r\n\r\n"))).body == FEED

    @pytest.mark.parametrize(
        "head",
        [
            b"Content-Length: 3\r\nContent-Length: 4",
            b"Content-Length: -3",
            b"Content-Length: 3\r\nTransfer-Encoding: chunked",
            b"Transfer-Encoding: chunked\r\nX: y\r\n\r\nzz",
            b"X: " + b"y" * 200_000,
            b"X\x1b: y",
        ],
    )
    async def test_broken_http_is_an_error_in_words(self, server: Server, head: bytes) -> None:
        url = server.answer("/f", [b"HTTP/1.1 200 OK\r\n" + head + b"\r\n\r\n3\r\nabc\r\n0\r\n\r\n", CLOSE])
        assert (await failed(FetchError, url)).kind == "protocol"

    async def test_what_follows_an_answer_unasked_is_never_taken_for_the_next(
        self, server: Server, fetcher: Fetcher
    ) -> None:
        first = server.answer("/f", reply(FEED) + reply(b"smuggled"))
        await fetcher.fetch(first)
        second = await fetcher.fetch(server.answer("/g", reply(FEED)))
        assert isinstance(second, Fetched)
        assert second.body == FEED
        assert server.requests[1].connection == 1

    async def test_hints_before_an_answer_are_few(self, server: Server) -> None:
        hint = b"HTTP/1.1 103 Early Hints\r\n\r\n"
        assert (await got(server.answer("/f", hint * 3 + reply(FEED)))).body == FEED
        error = await failed(FetchError, server.answer("/g", [Endless(hint)]))
        assert error.kind == "protocol"

    async def test_an_answer_of_countless_pieces_has_an_end(
        self, server: Server, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(exchange, "EVENTS", 5_000)
        head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
        error = await failed(FetchError, server.answer("/f", [head, Endless(b"1\r\n<\r\n" * 999)]))
        assert error.kind == "protocol"

    async def test_a_bot_check_is_told_from_a_feed_but_a_page_is_a_page(
        self, server: Server, fetcher: Fetcher
    ) -> None:
        page = b"<html><head><title>Just a moment...</title>"
        url = server.answer("/f", reply(page, Content_Type="text/html"))
        with pytest.raises(Refused, match="blocked by a bot check") as caught:
            await fetcher.fetch(url)
        assert (caught.value.kind, caught.value.status, caught.value.beginning) == ("denied", 200, page)
        assert (await fetcher.get_page(url)).body == page


class TestDeadline:
    @pytest.mark.parametrize(
        "steps",
        [
            [Gate()],
            [Drip(reply(FEED))],
            [reply(FEED, Content_Length="9000"), Drip(b" " * 9000)],
            [b"HTTP/1.1 100 Continue\r\n\r\n" * 5, Gate()],
            [redirect("/f?next")[:-2], Drip(b"x" * 900)],
        ],
    )
    async def test_it_holds_whatever_drips(self, server: Server, steps: list[Any]) -> None:
        error = await failed(Unreachable, server.answer("/f", steps), deadline=0.2)
        assert error.kind == "timeout"
        assert str(error) == "no answer within 0.2 s"

    async def test_a_host_that_hung_once_is_waited_for_less(
        self, server: Server, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(fetch, "HUNG_PATIENCE", 0.25)
        said = []
        async with Fetcher(settings(deadline=0.5), "9.9") as fetcher:
            for path in ("/a", "/b"):
                with pytest.raises(Unreachable) as caught:
                    await fetcher.fetch(server.answer(path, [Gate()]))
                said.append(str(caught.value))
            slow = server.answer("/slow", [Drip(reply(FEED), 0.001)])
            assert isinstance(await fetcher.fetch(slow), Fetched), "what comes slowly is no silence"
        assert said == ["no answer within 0.5 s", "no answer within 0.25 s"]

    async def test_it_is_one_for_the_whole_chain(self, server: Server) -> None:
        for step in range(5):
            server.answer(f"/{step}", [Drip(b"H", 0.09), redirect(f"/{step + 1}")[1:]])
        error = await failed(Unreachable, server.url("/0"), deadline=0.25)
        assert error.kind == "timeout"
        assert len(server.requests) < 5


class TestRedirects:
    @pytest.mark.parametrize(
        ("status", "permanent"), [(301, True), (308, True), (302, False), (303, False), (307, False)]
    )
    async def test_each_kind_is_followed(self, server: Server, status: int, permanent: bool) -> None:
        final = server.answer("/new?x=1", reply(FEED))
        result = await got(server.answer("/old", redirect("/new?x=1#part", status)))
        assert result.url == final
        assert result.permanent_url == (final if permanent else None)

    @pytest.mark.parametrize(
        ("first", "second", "permanent"), [(301, 308, True), (301, 302, False), (302, 301, False)]
    )
    async def test_a_move_is_permanent_only_when_every_step_is(
        self, server: Server, first: int, second: int, permanent: bool
    ) -> None:
        server.answer("/b", redirect("/c", second))
        final = server.answer("/c", reply(FEED))
        result = await got(server.answer("/a", redirect("/b", first)))
        assert result.permanent_url == (final if permanent else None)

    async def test_headers_are_made_anew_for_another_host(self, server: Server, foreign: Server) -> None:
        url = server.answer("/f", redirect(foreign.answer("/g", reply(FEED)).replace("://", "://evil:x@")))
        await get(url.replace("://", "://user:pass@"), Validators('"1"', "then"))
        names = [name.lower() for name, _ in foreign.requests[0].headers]
        assert names == ["host", "user-agent", "accept", "accept-encoding"]
        assert foreign.requests[0].header("host") == f"127.0.0.2:{foreign.port}"

    async def test_a_password_stays_with_its_own_host(self, server: Server) -> None:
        server.answer("/g", reply(FEED))
        await get(server.answer("/f", redirect("/g")).replace("://", "://user:pass@"))
        assert server.requests[1].header("authorization") is not None

    async def test_raw_utf8_in_a_location_works(self, server: Server) -> None:
        server.answer("/%D8%A7", reply(FEED))
        raw = redirect("@").replace(b"@", "/\u0627".encode())
        assert (await got(server.answer("/f", raw))).url.endswith("/%D8%A7")

    @pytest.mark.parametrize("cycle", [["/a"], ["/a", "/b"]])
    async def test_a_loop_is_seen(self, server: Server, cycle: list[str]) -> None:
        for here, there in zip(cycle, cycle[1:] + cycle[:1], strict=True):
            server.answer(here, redirect(there, 301))
        error = await failed(FetchError, server.url("/a"))
        assert error.kind == "redirect"
        assert len(server.requests) == len(cycle)

    async def test_a_chain_has_an_end(self, server: Server) -> None:
        for step in range(5):
            server.answer(f"/{step}", redirect(f"/{step + 1}"))
        server.answer("/5", reply(FEED))
        assert isinstance(await get(server.url("/1"), max_redirects=4), Fetched)
        assert (await failed(FetchError, server.url("/0"), max_redirects=4)).kind == "redirect"

    @pytest.mark.parametrize("location", ["file:///etc/passwd", "ftp://h/", "gopher://h:1/"])
    async def test_only_http_is_followed(self, server: Server, location: str) -> None:
        assert (await failed(Blocked, server.answer("/f", redirect(location)))).kind == "blocked"

    @pytest.mark.parametrize(
        "location",
        [
            "",
            "javascript:alert(1)",
            "data:text/xml,x",
            "http://",
            "http://[::1",
            "http://a b\x1b/",
            "http://x:99999/",
        ],
    )
    async def test_a_location_that_leads_nowhere_is_an_error(self, server: Server, location: str) -> None:
        await failed(FetchError, server.answer("/f", redirect(location)))

    async def test_a_redirect_without_location_is_an_error(self, server: Server) -> None:
        error = await failed(FetchError, server.answer("/f", reply(status=302)))
        assert "says not where" in str(error)


class TestAddresses:
    async def test_private_addresses_are_refused_by_default(self, server: Server) -> None:
        error = await failed(Blocked, server.url("/"), allow_private=())
        assert "127.0.0.1" in str(error)
        assert not server.connections

    @pytest.mark.parametrize(
        "host",
        [
            "2130706433",
            "0x7f.1",
            "127.1",
            "[::ffff:127.0.0.1]",
            "[::1]",
            "0.0.0.0",
            "localhost",
        ],
    )
    async def test_other_spellings_of_a_private_address_are_refused(self, server: Server, host: str) -> None:
        await failed(Blocked, server.url("/", host), allow_private=())
        assert not server.connections

    async def test_a_redirect_into_a_private_network_is_refused(
        self, server: Server, foreign: Server
    ) -> None:
        await failed(Blocked, server.answer("/f", redirect(foreign.url("/"))), allow_private=("127.0.0.1",))
        assert not foreign.connections

    async def test_one_private_address_among_public_ones_refuses_the_name(
        self, server: Server, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(wire, "look_up", lambda origin: ["93.184.215.14", "127.0.0.1"])
        await failed(Blocked, server.url("/", "feeds.example"), allow_private=())
        assert not server.connections

    async def test_the_checked_address_is_dialled_and_the_name_kept(
        self, server: Server, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        answers = [["127.0.0.1"], ["127.0.0.3"]]  # a second look-up would get another address
        monkeypatch.setattr(wire, "look_up", lambda origin: answers.pop(0))
        server.answer("/f", reply(FEED))
        await get(server.url("/f", "feeds.example"))
        assert server.requests[0].header("host") == f"feeds.example:{server.port}"
        assert len(answers) == 1

    async def test_the_next_address_is_tried_when_one_refuses(
        self, server: Server, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(wire, "look_up", lambda origin: ["127.0.0.9", "127.0.0.1"])
        server.answer("/f", reply(FEED))
        assert (await got(server.url("/f", "feeds.example"))).body == FEED

    @pytest.mark.parametrize(
        "url", ["file:///etc/passwd", "ftp://a.example/", "//a.example/", "feed", "", "javascript:1"]
    )
    async def test_other_schemes_never_leave(self, url: str) -> None:
        assert (await failed(FetchError, url)).kind == "blocked"

    @pytest.mark.parametrize(
        "url",
        [
            "http://",
            "http:///x",
            "http://[::1",
            "http://a\x1b[31m/",
            "http://x:y/",
            "http://" + "a" * 300 + "/",
        ],
    )
    async def test_broken_addresses_are_errors_in_words(self, url: str) -> None:
        assert (await failed(FetchError, url)).url.isprintable()


class TestFailures:
    async def test_nobody_listens(self) -> None:
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        error = await failed(Unreachable, f"http://127.0.0.1:{port}/")
        assert (error.kind, str(error)) == ("refused", "connection refused by host")

    async def test_the_connection_is_reset(self, server: Server) -> None:
        error = await failed(Unreachable, server.answer("/f", [RESET]))
        assert str(error) == "connection reset by host"

    async def test_the_connection_is_closed_unanswered(self, server: Server) -> None:
        error = await failed(Unreachable, server.answer("/f", [CLOSE]))
        assert str(error) == "the host closed the connection without an answer"
        assert len(server.requests) == 1

    async def test_a_name_that_is_nowhere(self) -> None:
        assert (await failed(Unreachable, "http://nowhere.invalid/")).kind == "dns"

    async def test_something_else_than_http_answers(self, server: Server) -> None:
        await failed(FetchError, server.answer("/f", [b"SSH-2.0-OpenSSH_9\x1b[2J\r\n", CLOSE]))

    async def test_a_machine_without_a_network_is_told_apart(
        self, server: Server, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def nowhere(origin: Origin) -> list[str]:
            raise socket.gaierror(socket.EAI_AGAIN, "no name server")

        monkeypatch.setattr(wire, "look_up", nowhere)
        for has_route in (True, False):
            monkeypatch.setattr(wire_words, "has_route", lambda there=has_route: there)
            error = await failed(Unreachable, "http://feeds.example/")
            assert (error.kind, error.offline) == ("dns", not has_route)
        assert str(error) == "this machine has no network"
        assert not (await failed(Unreachable, "http://127.0.0.1:1/")).offline

    async def test_a_look_up_that_hangs_ends_with_the_deadline(self, monkeypatch: pytest.MonkeyPatch) -> None:
        gate = threading.Event()
        monkeypatch.setattr(wire, "look_up", lambda origin: [str(gate.wait(10))])
        error = await failed(Unreachable, "http://feeds.example/", deadline=0.1)
        gate.set()
        assert error.kind == "timeout"

    async def test_an_onion_name_is_never_looked_up(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(wire, "look_up", lambda origin: pytest.fail("looked up"))
        assert "Tor" in str(await failed(Blocked, "http://feedsfeeds.onion/"))

    async def test_too_many_files_on_this_machine_is_said_so(self) -> None:
        assert wire_words.failure(OSError(24, "x"), "u").args[0] == "too many open files on this machine"

    async def test_cancelling_ends_at_once_and_leaves_nothing_open(
        self, server: Server, fetcher: Fetcher
    ) -> None:
        url = server.answer("/f", [Gate()], reply(FEED))
        task = asyncio.create_task(fetcher.fetch(url))
        await asyncio.to_thread(server.asked.wait, 10)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert isinstance(await fetcher.fetch(url), Fetched)


class TestStatuses:
    @pytest.mark.parametrize(
        ("status", "kind", "error"),
        [
            (204, "status", Refused),
            (205, "status", Refused),
            (206, "status", Refused),
            (226, "status", Refused),
            (300, "status", Refused),
            (401, "denied", Refused),
            (403, "denied", Refused),
            (404, "status", Refused),
            (407, "denied", Refused),
            (410, "gone", Gone),
            (429, "rate", RateLimited),
            (451, "denied", Refused),
            (500, "server", Refused),
            (502, "server", Refused),
            (503, "rate", RateLimited),
            (599, "server", Refused),
        ],
    )
    async def test_each_has_its_kind(
        self, server: Server, status: int, kind: str, error: type[FetchError]
    ) -> None:
        raised = await failed(error, server.answer("/f", reply(b"", status=status)))
        assert type(raised) is error
        assert (raised.kind, raised.status, raised.retry_after) == (kind, status, None)

    async def test_a_bot_check_is_called_one(self, server: Server) -> None:
        error = await failed(Refused, server.answer("/f", reply(status=403, Cf_Mitigated="challenge")))
        assert (error.kind, str(error)) == ("denied", "blocked by a bot check")

    async def test_retry_after_counts_from_the_servers_clock(self, server: Server) -> None:
        url = server.answer(
            "/f",
            reply(
                status=503, Date="Wed, 01 Jan 2020 00:00:00 GMT", Retry_After="Wed, 01 Jan 2020 00:05:00 GMT"
            ),
        )
        assert (await failed(RateLimited, url)).retry_after == 300


class TestPacing:
    async def test_one_host_is_asked_one_at_a_time(self, server: Server, fetcher: Fetcher) -> None:
        urls = [server.answer(f"/{n}", reply(FEED)) for n in range(8)]
        await asyncio.gather(*map(fetcher.fetch, urls))
        assert server.most_in_flight == 1
        assert sorted(server.targets()) == [f"/{n}" for n in range(8)]

    async def test_a_feed_that_waits_for_its_host_keeps_nobody_else_waiting(
        self, server: Server, foreign: Server
    ) -> None:
        gate = threading.Event()
        slow = [server.answer(f"/{n}", [Gate(gate), reply(FEED)]) for n in range(6)]
        async with Fetcher(settings(concurrency=2), "9.9") as fetcher:
            waiting = [asyncio.create_task(fetcher.fetch(url)) for url in slow]
            await asyncio.to_thread(server.asked.wait, 10)
            for n in range(4):
                assert isinstance(await fetcher.fetch(foreign.answer(f"/{n}", reply(FEED))), Fetched)
            assert len(server.requests) == 1
            gate.set()
            await asyncio.gather(*waiting)

    async def test_starts_at_one_host_are_spaced_and_waiting_is_outside_the_deadline(
        self, server: Server
    ) -> None:
        now, waits = [100.0], []

        async def sleep(seconds: float) -> None:
            waits.append(seconds)
            now[0] += seconds

        urls = [server.answer(f"/{n}", reply(FEED)) for n in range(4)]
        changes = settings(spacing=30.0, deadline=5.0)
        async with Fetcher(changes, "9.9", clock=lambda: now[0], sleep=sleep) as fetcher:
            results = await asyncio.gather(*map(fetcher.fetch, urls))
        assert waits == [30.0, 30.0, 30.0]
        assert [result.elapsed_ms for result in results] == [0, 0, 0, 0]

    async def test_redirects_that_cross_do_not_lock_each_other_out(
        self, server: Server, foreign: Server
    ) -> None:
        server.answer("/end", reply(FEED))
        foreign.answer("/end", reply(FEED))
        urls = [
            server.answer("/f", redirect(foreign.url("/end"))),
            foreign.answer("/f", redirect(server.url("/end"))),
        ]
        async with Fetcher(settings(concurrency=1), "9.9") as fetcher:
            results = await asyncio.gather(*map(fetcher.fetch, urls))
        assert [result.url for result in results] == [foreign.url("/end"), server.url("/end")]


@pytest.fixture
def secure(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Callable[[str], Server]]:
    """Starts TLS servers by certificate; all of these are trusted but "untrusted"."""
    trusted = tmp_path / "trusted.pem"
    trusted.write_bytes(b"".join((CERTS / f"{name}.pem").read_bytes() for name in CERT_NAMES))
    monkeypatch.setenv("SSL_CERT_FILE", str(trusted))
    started: list[Server] = []

    def start(certificate: str) -> Server:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(CERTS / f"{certificate}.pem")
        started.append(Server(tls=context))
        return started[-1]

    yield start
    for server in started:
        server.close()


class TestTls:
    async def test_a_trusted_certificate_passes(self, secure: Callable[[str], Server]) -> None:
        server = secure("good")
        server.answer("/f", reply(FEED))
        async with Fetcher(settings(), "9.9") as fetcher:
            for host in ("localhost", "127.0.0.1", "localhost"):
                assert isinstance(await fetcher.fetch(server.url("/f", host)), Fetched)

    @pytest.mark.parametrize(
        ("name", "words"),
        [("expired", "TLS certificate expired"), ("other", "TLS certificate is for another host")],
    )
    async def test_a_bad_certificate_is_named(
        self, secure: Callable[[str], Server], name: str, words: str
    ) -> None:
        error = await failed(Unreachable, secure(name).url("/f", "localhost"))
        assert error.kind == "tls"
        assert str(error).startswith(words)

    async def test_an_unknown_certificate_is_refused(
        self, secure: Callable[[str], Server], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.delenv("SSL_CERT_FILE")
        error = await failed(Unreachable, secure("good").url("/f", "localhost"))
        assert (error.kind, str(error)) == ("tls", "TLS certificate is signed by nobody but itself")

    async def test_a_private_authority_is_trusted_beside_the_usual_ones(
        self, secure: Callable[[str], Server], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.delenv("SSL_CERT_FILE")
        server = secure("member")
        server.answer("/f", reply(FEED))
        url = server.url("/f", "localhost")
        assert (await got(url, ca_file=str(CERTS / "authority.pem"))).body == FEED
        error = await failed(Unreachable, url)
        assert str(error) == "TLS certificate comes from an unknown authority"

    @pytest.mark.parametrize("name", ["nowhere.pem", "README.md"])
    async def test_an_authority_that_cannot_be_read_is_told_at_the_start(self, name: str) -> None:
        with pytest.raises(FetchError, match=r"fetch\.ca_file cannot be used"):
            await Fetcher(settings(ca_file=str(CERTS / name)), "9.9").__aenter__()

    async def test_plain_http_on_a_tls_port_is_an_error(self, server: Server) -> None:
        error = await failed(Unreachable, server.url("/f").replace("http:", "https:"))
        assert (error.kind, str(error)) == ("tls", "TLS handshake failed")

    async def test_no_step_leads_from_https_down_to_http(
        self, secure: Callable[[str], Server], server: Server
    ) -> None:
        high = secure("good")
        high.answer("/f", redirect(server.answer("/g", reply(FEED)), 301))
        error = await failed(Blocked, high.url("/f", "localhost"))
        assert "down to http" in str(error)
        assert not server.requests


class TestProxy:
    async def test_all_goes_through_it_and_names_are_its_business(self, server: Server) -> None:
        server.answer("http://feeds.invalid/f", redirect("http://other.invalid/g", 301))
        server.answer("http://other.invalid/g", gzipped(FEED))
        proxy = server.url("").replace("://", "://me:s3cret@")
        result = await got("http://feeds.invalid/f", proxy=proxy)
        assert (result.body, result.permanent_url) == (FEED, "http://other.invalid/g")
        assert [request.header("host") for request in server.requests] == ["feeds.invalid", "other.invalid"]

    async def test_when_it_is_down_nothing_goes_around_it(self, server: Server) -> None:
        server.answer("/f", reply(FEED))
        error = await failed(Unreachable, server.url("/f"), proxy="http://me:s3cret@127.0.0.1:1")
        assert error.kind == "proxy"
        assert "127.0.0.1:1" in str(error)
        assert "s3cret" not in str(error)
        assert not server.requests

    async def test_when_it_refuses_a_tunnel_it_is_named(self, server: Server) -> None:
        server.answer("feeds.invalid:443", [reply(status=407), CLOSE])
        error = await failed(Unreachable, "https://feeds.invalid/f", proxy=server.url(""))
        assert error.kind == "proxy"
        assert "407" in str(error)

    @pytest.mark.parametrize("host", ["10.0.0.1", "167772161", "[::1]"])
    async def test_private_addresses_are_refused_there_too(self, server: Server, host: str) -> None:
        await failed(Blocked, f"http://{host}/", proxy=server.url(""), allow_private=())
        assert not server.requests

    async def test_an_unusable_one_is_told_at_the_start(self) -> None:
        with pytest.raises(FetchError, match='must be "scheme://host:port"'):
            await Fetcher(settings(proxy="gopher://h"), "9.9").__aenter__()

    @pytest.mark.parametrize("scheme", ["socks5", "socks5h"])
    async def test_when_a_socks_proxy_is_down_nothing_goes_around_it(
        self, server: Server, scheme: str
    ) -> None:
        server.answer("/f", reply(FEED))
        error = await failed(Unreachable, server.url("/f"), proxy=f"{scheme}://127.0.0.1:1")
        assert error.kind == "proxy"
        assert "127.0.0.1:1" in str(error)
        assert not server.requests
