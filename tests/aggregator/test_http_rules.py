"""The rules of HTTP as pure functions."""

from __future__ import annotations

import contextlib
import gzip
import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator import http_rules
from aggregator.errors import Blocked, FetchError
from aggregator.model import Validators

NOW = 1_700_000_000
SENT = "Tue, 14 Nov 2023 22:13:20 GMT"  # NOW
LATER = "Tue, 14 Nov 2023 23:13:20 GMT"
WEEK = 7 * 86_400


class TestFreshness:
    @pytest.mark.parametrize(
        ("headers", "seconds"),
        [
            ({}, None),
            ({"cache-control": "no-cache"}, None),
            ({"cache-control": "public, Max-Age=300"}, 300),
            ({"cache-control": "max-age=300, max-age=9"}, 300),
            ({"cache-control": 'max-age="300"'}, 300),
            ({"cache-control": "max-age=300", "age": "100"}, 200),
            ({"cache-control": "max-age=300", "age": "900"}, 0),
            ({"cache-control": "max-age=300", "age": "x"}, 300),
            ({"cache-control": "max-age=300", "expires": LATER}, 300),
            ({"cache-control": "max-age=-1"}, None),
            ({"cache-control": "max-age=soon", "expires": LATER}, 3600),
            ({"cache-control": "s-maxage=9"}, None),
            ({"cache-control": "max-age=" + "9" * 5000}, 2**31),
            ({"expires": LATER, "date": SENT}, 3600),
            ({"expires": SENT, "date": LATER}, 0),
            ({"expires": "0"}, 0),
            ({"expires": "Tue, 99 Nov 99999 99:99:99 GMT"}, 0),
        ],
    )
    def test_is_max_age_less_age_else_expires_less_date(
        self, headers: dict[str, str], seconds: int | None
    ) -> None:
        assert http_rules.freshness(headers, NOW) == seconds


class TestRetryAfter:
    @pytest.mark.parametrize(
        ("value", "seconds"),
        [
            ("120", 120),
            (" 120 ", 120),
            (LATER, 3600),
            ("Tuesday, 14-Nov-23 23:13:20 GMT", 3600),
            ("99999999999999999999", WEEK),
            ("9" * 10_000, WEEK),
            ("Tue, 14 Nov 2090 23:13:20 GMT", WEEK),
            ("0", None),
            ("-5", None),
            ("1.5", None),
            ("soon", None),
            ("", None),
            ("١٢٠", None),
            ("Tue, 14 Nov 2000 23:13:20 GMT", None),
        ],
    )
    def test_both_forms_are_read_capped_at_a_week_and_garbage_ignored(
        self, value: str, seconds: int | None
    ) -> None:
        assert http_rules.retry_after({"retry-after": value, "date": SENT}, NOW + 999) == seconds

    def test_without_a_date_header_our_clock_counts(self) -> None:
        assert http_rules.retry_after({"retry-after": LATER}, NOW + 600) == 3000

    def test_unsaid_is_none(self) -> None:
        assert http_rules.retry_after({}, NOW) is None

    @given(st.text(max_size=60), st.text(max_size=40))
    def test_any_text_gives_a_sane_number_or_none(self, value: str, date: str) -> None:
        headers = {"retry-after": value, "date": date, "cache-control": value, "expires": value}
        seconds = http_rules.retry_after(headers, NOW)
        assert seconds is None or 0 < seconds <= WEEK
        fresh = http_rules.freshness(headers, NOW)
        assert fresh is None or fresh >= 0


class TestAddresses:
    @pytest.mark.parametrize(
        "text",
        [
            "127.0.0.1",
            "10.1.2.3",
            "172.16.0.1",
            "192.168.1.1",
            "169.254.169.254",
            "100.64.0.1",
            "0.0.0.0",
            "224.0.0.1",
            "240.0.0.1",
            "255.255.255.255",
            "192.0.2.1",
            "198.18.0.1",
            "::",
            "::1",
            "::7f00:1",
            "::ffff:127.0.0.1",
            "::ffff:10.0.0.1",
            "fe80::1",
            "fe80::1%1",
            "fc00::1",
            "fec0::1",
            "ff02::1",
            "2001:db8::1",
            "2002:7f00:1::",
            "2002:c0a8:101::",
            "64:ff9b::7f00:1",
            "64:ff9b::a00:1",
            "64:ff9b:1::1",
            "2001:0:7f00:1::1",
        ],
    )
    def test_what_is_not_on_the_open_internet_is_refused(self, text: str) -> None:
        with pytest.raises(Blocked, match="private"):
            http_rules.check_address(ipaddress.ip_address(text), (), "http://x/")

    @pytest.mark.parametrize(
        "text",
        [
            "93.184.215.14",
            "1.1.1.1",
            "2606:4700:4700::1111",
            "::ffff:1.1.1.1",
            "2002:101:101::",
            "64:ff9b::101:101",
        ],
    )
    def test_what_is_public_passes(self, text: str) -> None:
        assert http_rules.may_dial(ipaddress.ip_address(text), ())

    @pytest.mark.parametrize(
        ("text", "allowed"),
        [
            ("127.0.0.1", True),
            ("::ffff:127.0.0.1", True),
            ("127.0.0.2", False),
            ("10.9.9.9", True),
            ("fd00::5", True),
        ],
    )
    def test_the_configuration_allows_just_what_it_names(self, text: str, allowed: bool) -> None:
        networks = http_rules.networks(["127.0.0.1", "10.0.0.0/8", "fd00::/8"])
        assert http_rules.may_dial(ipaddress.ip_address(text), networks) is allowed

    @pytest.mark.parametrize(
        ("host", "address"),
        [
            ("2130706433", "127.0.0.1"),
            ("0x7f.1", "127.0.0.1"),
            ("127.1", "127.0.0.1"),
            ("017700000001", "127.0.0.1"),
            ("[::1]", "::1"),
            ("::ffff:10.0.0.1", "::ffff:10.0.0.1"),
        ],
    )
    def test_old_spellings_are_known_as_addresses(self, host: str, address: str) -> None:
        assert http_rules.literal_address(host) == ipaddress.ip_address(address)

    @pytest.mark.parametrize("host", ["a.example", "1.2.3.4.5", "", "256.1.1.1", "0xg"])
    def test_names_are_no_addresses(self, host: str) -> None:
        assert http_rules.literal_address(host) is None


class TestUrls:
    @pytest.mark.parametrize(
        ("location", "target"),
        [
            ("/b", "https://a.example/b"),
            ("b?x=1#y", "https://a.example/d/b?x=1"),
            ("//c.example/", "https://c.example/"),
            ("https://u:p@c.example/", "https://c.example/"),
            (" /b ", "https://a.example/b"),
        ],
    )
    def test_a_location_is_resolved_without_credentials_or_fragment(self, location: str, target: str) -> None:
        assert http_rules.next_url("https://a.example/d/f", location) == target

    def test_upwards_to_https_is_fine_and_downwards_refused(self) -> None:
        assert http_rules.next_url("http://a.example/", "https://a.example/") == "https://a.example/"
        with pytest.raises(Blocked):
            http_rules.next_url("https://a.example/", "http://a.example/")

    @given(st.text(max_size=200))
    def test_any_location_gives_an_http_address_or_our_own_error(self, location: str) -> None:
        with contextlib.suppress(FetchError):
            target = http_rules.next_url("http://a.example/f", location)
            assert target.startswith(("http://", "https://"))

    @pytest.mark.parametrize(
        ("url", "text"),
        [
            ("http://me:secret@a.example/f", "http://a.example/f"),
            ("http://me:se@cret@a.example/", "http://a.example/"),
            ("http://me:secret@[::1/\x1b[2J", "[::1/[2J"),
        ],
    )
    def test_a_shown_address_has_no_password_and_no_controls(self, url: str, text: str) -> None:
        assert http_rules.shown(url) == text


class TestStatuses:
    @pytest.mark.parametrize(
        "headers",
        [
            {"cf-mitigated": "challenge"},
            {"x-amzn-waf-action": "captcha"},
            {"server": "cloudflare", "content-type": "text/html; charset=UTF-8"},
        ],
    )
    def test_a_bot_wall_is_named(self, headers: dict[str, str]) -> None:
        assert str(http_rules.refusal(403, headers, "u", NOW)) == "blocked by a bot check"

    def test_a_plain_403_is_not_called_a_bot_wall(self) -> None:
        assert "bot" not in str(http_rules.refusal(403, {"server": "nginx"}, "u", NOW))

    @given(st.integers(100, 999))
    def test_every_status_has_one_printable_sentence(self, status: int) -> None:
        error = http_rules.refusal(status, {}, "u", NOW)
        assert str(status) in str(error)
        assert str(error).isprintable()


class TestBotChecks:
    @pytest.mark.parametrize(
        "page",
        [
            "<html><head><title>Just a moment...</title>",
            "<!DOCTYPE html><!-- x --><html><script>window._cf_chl_opt={}</script>",
            "\ufeff <html><body>Checking your browser before accessing a.example",
            "<html><body><p>Please verify that you are human to go on",
            "<!doctype html><title>Making sure you&#39;re fine</title><link href='/.within.website/x/a.css'>",
            "<html><head><title>Robot or not? Bot verification</title>",
        ],
    )
    def test_a_page_that_asks_for_proof_is_one_at_any_status(self, page: str) -> None:
        for status in (200, 202, 403, 429, 503):
            assert http_rules.is_challenge(status, {}, page.encode())

    @pytest.mark.parametrize(
        "body",
        [
            b"",
            b"<html><title>News</title><body>Members only",
            b"<rss><channel><item><title>Just a moment... verify you are human</title></item>",
            b"<?xml version='1.0'?><feed><title>checking your browser</title></feed>",
            b"\x00" * 50_000,
        ],
    )
    def test_a_feed_or_another_page_is_none(self, body: bytes) -> None:
        assert not http_rules.is_challenge(200, {"x-datadome": "protected"}, body)

    def test_what_walls_say_of_themselves_is_believed(self) -> None:
        assert http_rules.is_challenge(202, {"x-amzn-waf-action": "challenge"})
        assert http_rules.is_challenge(403, {"x-datadome": "protected"})
        assert http_rules.refusal(429, {"cf-mitigated": "challenge"}, "u", 0).kind == "denied"

    @pytest.mark.parametrize(
        "start", [b"<!---->", b"<!-- ", b" ", b"<html><title>" + b"a" * 100, b"<!--" * 3 + b"-->"]
    )
    def test_no_page_takes_long_to_judge(self, start: bytes) -> None:
        assert not http_rules.is_challenge_page(start * 20_000)


class TestBodies:
    def test_a_body_of_empty_members_has_an_end(self) -> None:
        inflater = http_rules.Inflater("gzip", 10_000_000, "u")
        with pytest.raises(FetchError, match="no end"):
            inflater.feed(gzip.compress(b"") * (http_rules.MEMBERS + 1))

    @given(st.binary(max_size=300), st.sampled_from(["gzip", "deflate"]), st.integers(1, 50))
    def test_no_bytes_can_do_more_than_fail(self, body: bytes, coding: str, step: int) -> None:
        inflater = http_rules.Inflater(coding, 1000, "u")
        with contextlib.suppress(FetchError):
            for start in range(0, len(body), step):
                inflater.feed(body[start : start + step])
            assert len(inflater.finish()) <= 1000


def test_validators_that_may_not_be_sent_are_left_out() -> None:
    assert http_rules.validator_headers(Validators("a\nb", "then")) == [(b"If-Modified-Since", b"then")]
    assert http_rules.validator_headers(Validators("", None)) == []
