"""Through a proxy, and never around it: real proxies on loopback."""

from __future__ import annotations

import gzip
import ssl
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from aggregator import proxies, wire
from aggregator.access import Access
from aggregator.config import Fetch
from aggregator.errors import Blocked, FetchError, TooLarge, Unreachable
from aggregator.exchange import Origin
from aggregator.fetch import Fetcher
from aggregator.model import Fetched
from tests.aggregator.httpserver import Drip, Endless, Gate, Server, gzipped, redirect, reply
from tests.aggregator.proxyserver import ProxyServer

CERTS = Path(__file__).parent / "certs"
FEED = b"<rss><channel><title>Invented</title></channel></rss>"
SECRET = "SECRETMARK"
SCHEMES = ("socks5", "socks5h", "http")


def settings(**changes: Any) -> Fetch:
    """Settings for loopback: no spacing, a short deadline, a private authority."""
    usual = {"spacing": 0.0, "deadline": 5.0, "allow_private": ("127.0.0.1",)}
    return Fetch(**usual | {"ca_file": str(CERTS / "authority.pem")} | changes)


async def got(url: str, access: Access = Access(), **changes: Any) -> Fetched:  # noqa: B008
    """One fetch that must give a document."""
    async with Fetcher(settings(**changes), "9.9") as fetcher:
        result = await fetcher.fetch(url, access=access)
    assert isinstance(result, Fetched)
    return result


async def failed(url: str, kind: type[FetchError] = Unreachable, **changes: Any) -> FetchError:
    """The error of one fetch that must fail."""
    with pytest.raises(kind) as caught:
        await got(url, **changes)
    assert SECRET not in f"{caught.value}{caught.value.url}"
    return caught.value


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as running:
        yield running


@pytest.fixture
def secure() -> Iterator[Server]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(CERTS / "member.pem")
    with Server(tls=context) as running:
        yield running


@pytest.fixture
def proxy(server: Server) -> Iterator[ProxyServer]:
    """One behind which every name is ``server``."""
    with ProxyServer(server.port) as running:
        yield running


@pytest.fixture(autouse=True)
def no_look_ups(monkeypatch: pytest.MonkeyPatch) -> list[Origin]:
    """No name is looked up here while a proxy is set; what would be is noted and fails."""
    asked: list[Origin] = []

    def refuse(origin: Origin) -> list[str]:
        asked.append(origin)
        raise OSError("no look-ups")

    monkeypatch.setattr(wire, "look_up", refuse)
    return asked


class TestTheWay:
    @pytest.mark.parametrize("scheme", ["socks5", "socks5h"])
    async def test_socks_gets_the_name(
        self, server: Server, proxy: ProxyServer, scheme: str, no_look_ups: list[Origin]
    ) -> None:
        server.answer("/f", reply(FEED))
        assert (await got("http://feeds.example/f", proxy=proxy.url(scheme))).body == FEED
        assert proxy.asked == [("feeds.example", 80)]
        assert server.requests[0].header("host") == "feeds.example"
        assert not no_look_ups

    async def test_socks_gets_an_address_as_one(self, server: Server, proxy: ProxyServer) -> None:
        server.answer("/f", reply(FEED))
        for host in ("93.184.215.14", "[2606:2800:21f::1]"):
            await got(f"http://{host}/f", proxy=proxy.url())
        assert proxy.asked == [("93.184.215.14", 80), ("2606:2800:21f::1", 80)]

    async def test_tls_is_with_the_host_not_with_the_proxy(self, secure: Server) -> None:
        secure.answer("/f", reply(FEED))
        with ProxyServer() as proxy:
            for scheme in SCHEMES:
                await got(secure.url("/f", "localhost"), proxy=proxy.url(scheme))
            assert proxy.asked == [("localhost", secure.port)] * 3
            error = await failed(secure.url("/f", "other.example"), proxy=proxy.url())
        assert "for another host" in str(error)
        assert str(proxy.port) in str(error)

    async def test_a_proxy_may_itself_be_asked_over_tls(self, secure: Server) -> None:
        secure.answer("http://feeds.example/f", reply(FEED))
        proxy = secure.url("").replace("127.0.0.1", "me:pw@127.0.0.1")
        assert (await got("http://feeds.example/f", proxy=proxy)).body == FEED
        assert secure.requests[0].header("proxy-authorization") == "Basic bWU6cHc="

    async def test_redirects_stay_on_it(self, server: Server, proxy: ProxyServer) -> None:
        server.answer("/f", redirect("http://other.example/g"))
        server.answer("/g", reply(FEED))
        await got("http://feeds.example/f", proxy=proxy.url())
        assert proxy.asked == [("feeds.example", 80), ("other.example", 80)]

    async def test_a_connection_is_kept_for_its_own_host_only(
        self, server: Server, proxy: ProxyServer
    ) -> None:
        server.answer("/f", reply(FEED))
        async with Fetcher(settings(proxy=proxy.url()), "9.9") as fetcher:
            for host in ("a.example", "a.example", "b.example"):
                await fetcher.fetch(f"http://{host}/f")
        assert [host for host, _ in proxy.asked] == ["a.example", "b.example"]

    async def test_a_feed_may_have_another_one_or_none(self, server: Server, proxy: ProxyServer) -> None:
        url = server.answer("/f", reply(FEED))
        with ProxyServer(server.port) as own:
            await got("http://feeds.example/f", Access(own.url()), proxy=proxy.url())
            await got(url, Access("direct"), proxy=proxy.url())
        assert own.asked == [("feeds.example", 80)]
        assert not proxy.asked

    async def test_a_login_is_for_the_proxy_alone(self, secure: Server) -> None:
        secure.answer("/f", reply(FEED))
        with ProxyServer(password=SECRET) as socks:
            await got(secure.url("/f", "localhost"), proxy=socks.url("socks5h", f"me:{SECRET}@"))
            assert socks.logins == [("me", SECRET)]
        with ProxyServer() as http:
            await got(secure.url("/f", "localhost"), proxy=http.url("http", f"me:{SECRET}@"))
            assert b"Proxy-Authorization: Basic bWU6U0VDUkVUTUFSSw==" in http.heads[0]
        assert not any(b"roxy" in request.head for request in secure.requests)


class TestTheEnvironment:
    @pytest.fixture(autouse=True)
    def environment(self, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
        for name in ("http", "https", "all", "no"):
            monkeypatch.delenv(f"{name}_proxy", raising=False)
            monkeypatch.delenv(f"{name}_PROXY".upper(), raising=False)

        def set_(**values: str) -> None:
            for name, value in values.items():
                monkeypatch.setenv(name, value)

        return set_

    async def test_it_is_asked_only_when_it_is_trusted(
        self, server: Server, proxy: ProxyServer, environment: Callable[..., None]
    ) -> None:
        environment(all_proxy=proxy.url(), no_proxy="127.0.0.1")
        url = server.answer("/f", reply(FEED))
        await got("http://feeds.example/f", trust_env=True)
        await got(url, trust_env=True)
        assert proxy.asked == [("feeds.example", 80)]
        await failed("http://feeds.example/f")
        assert len(proxy.asked) == 1

    async def test_one_that_cannot_be_used_is_not_gone_around(
        self, server: Server, environment: Callable[..., None]
    ) -> None:
        environment(http_proxy=f"socks4://me:{SECRET}@127.0.0.1:9")
        error = await failed(server.url("/f"), FetchError, trust_env=True)
        assert error.kind == "proxy"
        assert not server.connections


class TestFailures:
    @pytest.mark.parametrize("code", [*proxies.SOCKS_WORDS, 0xF0])
    async def test_each_of_its_answers_has_words_that_name_it(self, server: Server, code: int) -> None:
        with ProxyServer(server.port, code=code) as proxy:
            error = await failed("http://feeds.example/f", proxy=proxy.url())
        known = proxies.SOCKS_WORDS.get(code, ("proxy", "code 240"))
        assert error.kind == known[0]
        assert known[1] in str(error)
        assert f"the proxy socks5h://127.0.0.1:{proxy.port} " in str(error)
        assert not server.connections

    @pytest.mark.parametrize("scheme", ["socks5h", "http"])
    @pytest.mark.parametrize("login", ["", "me:wrong@"])
    async def test_a_missing_or_wrong_password_is_said_so(
        self, secure: Server, scheme: str, login: str
    ) -> None:
        with ProxyServer(secure.port, password="right") as proxy:
            error = await failed("https://feeds.example/f", proxy=proxy.url(scheme, login))
        assert error.kind == "proxy"
        assert "password" in str(error)
        assert "wrong" not in str(error)

    async def test_a_407_in_the_clear_is_the_proxys(self, server: Server) -> None:
        server.answer("http://feeds.example/f", reply(status=407))
        error = await failed("http://feeds.example/f", proxy=server.url(""))
        assert (error.kind, "asks for a password" in str(error)) == ("proxy", True)

    @pytest.mark.parametrize("scheme", SCHEMES)
    @pytest.mark.parametrize(
        "says", [b"", b"\x05", b"\x04\x00", b"SSH-2.0\r\n\r\n", b"\x05\x00" + b"\xff" * 900]
    )
    async def test_what_is_no_proxy_is_said_so(self, secure: Server, scheme: str, says: bytes) -> None:
        with ProxyServer(says=says) as proxy:
            error = await failed(secure.url("/f", "localhost"), proxy=proxy.url(scheme))
        assert (error.kind, f"127.0.0.1:{proxy.port}" in str(error)) == ("proxy", True)
        assert not secure.connections

    async def test_one_that_is_silent_ends_with_the_deadline(self) -> None:
        with ProxyServer(mute=True) as proxy:
            error = await failed("http://feeds.example/f", proxy=proxy.url(), deadline=0.2)
        assert (error.kind, f"127.0.0.1:{proxy.port}" in str(error)) == ("timeout", True)

    @pytest.mark.parametrize("scheme", SCHEMES)
    async def test_one_that_is_down_is_named_and_not_gone_around(self, server: Server, scheme: str) -> None:
        error = await failed(server.url("/f"), proxy=f"{scheme}://me:{SECRET}@127.0.0.1:1")
        assert (
            str(error) == f"the proxy {scheme}://127.0.0.1:1 cannot be reached (connection refused by host)"
        )
        assert not server.connections

    async def test_a_name_too_long_for_socks_is_an_error(self, proxy: ProxyServer) -> None:
        await failed(f"http://{'a.' * 150}example/f", FetchError, proxy=proxy.url())
        assert not proxy.asked


class TestLimits:
    @pytest.mark.parametrize("scheme", ["socks5h", "http"])
    async def test_they_hold_behind_a_proxy(self, server: Server, proxy: ProxyServer, scheme: str) -> None:
        names = {"socks5h": "", "http": "http://feeds.example"}
        way = {"proxy": proxy.url() if scheme == "socks5h" else server.url("")}

        def at(path: str, answer: Any) -> str:
            server.answer(names[scheme] + path, answer)
            return f"http://feeds.example{path}"

        bomb = at("/bomb", gzipped(b"\0" * 20_000_000))
        await failed(bomb, TooLarge, **way, max_bytes=100_000)
        await failed(at("/head", [b"HTTP/1.1 200 OK\r\n", Endless(b"X: y\r\n" * 99)]), FetchError, **way)
        hints = at("/hints", [Endless(b"HTTP/1.1 103 Early\r\n\r\n")])
        assert (await failed(hints, FetchError, **way)).kind == "protocol"
        cut = at("/cut", reply(gzip.compress(FEED)[:-4], Content_Encoding="gzip"))
        assert "cut short" in str(await failed(cut, **way))
        for path, steps in {"/gate": [Gate()], "/drip": [Drip(reply(FEED))]}.items():
            assert (await failed(at(path, steps), **way, deadline=0.2)).kind == "timeout"

    @pytest.mark.parametrize(
        "host", ["127.0.0.1", "10.1.2.3", "2130706433", "0x7f.1", "[::1]", "[::ffff:10.0.0.1]", "localhost"]
    )
    async def test_private_addresses_are_refused_there_too(self, proxy: ProxyServer, host: str) -> None:
        for url in (proxy.url(), proxy.url("http")):
            await failed(f"http://{host}/f", Blocked, proxy=url, allow_private=())
        assert not proxy.asked

    async def test_an_onion_name_is_for_a_proxy_only(
        self, server: Server, proxy: ProxyServer, no_look_ups: list[Origin]
    ) -> None:
        server.answer("/f", reply(FEED))
        await got("http://feedsfeeds.onion/f", proxy=proxy.url())
        await failed("http://feedsfeeds.onion/f", Blocked)
        assert not no_look_ups


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("http://proxy.example", "http://proxy.example:80"),
        ("https://a:b@proxy.example:3128/", "https://proxy.example:3128"),
        ("socks5h://[::1]", "socks5h://[::1]:1080"),
        ("socks5://a%40b:c%3Ad@h.example", "socks5://h.example:1080"),
    ],
)
def test_an_address_is_read_and_shown_without_its_login(text: str, shown: str) -> None:
    assert str(proxies.parse(text)) == shown
    assert "b" not in repr(proxies.parse("http://u:bbb@h:1"))


@pytest.mark.parametrize(
    "text", ["", "proxy:1", "socks4://h", "http://", "http://h:0", "http://h:x", "http://[::1"]
)
def test_what_is_no_address_of_a_proxy_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        proxies.parse(text)
