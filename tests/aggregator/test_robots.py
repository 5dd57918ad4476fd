"""robots.txt as RFC 9309 has it: the longest match, wildcards, groups by name, nothing hostile hurts."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.robots import LONGEST_DELAY, MAX_BYTES, Rules, address, text_of

SITE = "https://heron.example"


@pytest.mark.parametrize(
    ("rules", "path", "allowed"),
    [
        ("", "/a", True),
        ("User-agent: *\nDisallow:", "/a", True),
        ("User-agent: *\nDisallow: /", "/a", False),
        ("User-agent: *\nDisallow: /a\nAllow: /a/b", "/a/b/c", True),
        ("User-agent: *\nAllow: /a/b\nDisallow: /a", "/a/c", False),
        ("User-agent: *\nDisallow: /*.php$", "/x/y.php", False),
        ("User-agent: *\nDisallow: /*.php$", "/x/y.php?z", True),
        ("User-agent: *\nDisallow: /*?print=", "/a?print=1", False),
        ("User-agent: other\nDisallow: /", "/a", True),
        ("User-agent: Hakawati\nAllow: /\n\nUser-agent: *\nDisallow: /", "/a", True),
        ("User-agent: hakawati\nUser-agent: other\nDisallow: /", "/a", False),
        ("user-agent:*\ndisallow:/خبر", "/خبر/1", False),
        ("User-agent: *\nDisallow: /%D8%AE%D8%A8%D8%B1", "/خبر/1", False),
        ("<html><body>Disallow: /</body></html>", "/a", True),
    ],
)
def test_what_may_be_fetched(rules: str, path: str, allowed: bool) -> None:
    assert Rules(rules).allow(SITE + path) is allowed


def test_a_delay_is_kept_within_reason() -> None:
    assert Rules("User-agent: *\nCrawl-delay: 7").delay == 7
    assert Rules("User-agent: *\nCrawl-delay: 86400").delay == LONGEST_DELAY
    assert Rules("User-agent: *\nCrawl-delay: soon").delay == 0
    assert Rules("User-agent: *\nCrawl-delay: -3").delay == 0
    assert Rules("").delay == 0


def test_it_lies_at_the_root_of_the_site_and_is_asked_for_without_password() -> None:
    assert address("https://me:pw@heron.example:8443/a/b?c#d") == "https://heron.example:8443/robots.txt"


def test_its_text_is_read_whatever_its_bytes() -> None:
    assert (
        text_of(b"\xef\xbb\xbfUser-agent: *\r\nDisallow: /\xff\x00") == "User-agent: *\r\nDisallow: /\ufffd"
    )
    assert len(text_of(b"a" * (2 * MAX_BYTES))) == MAX_BYTES


@pytest.mark.parametrize(
    "line",
    [
        "Disallow: /" + "*a" * 900,
        "Disallow: /" + "a*" * 900 + "$",
        "User-agent: *",
        "Crawl-delay: " + "9" * 400,
    ],
)
def test_a_hostile_file_is_read_to_its_end(line: str) -> None:
    rules = Rules(text_of(f"User-agent: *\n{line}\n".encode() * (MAX_BYTES // len(line))))
    assert isinstance(rules.allow(f"{SITE}/{'a' * 1900}b"), bool)
    assert rules.delay <= LONGEST_DELAY


@given(st.text(max_size=300), st.text(max_size=60))
def test_nothing_in_it_can_raise(rules: str, path: str) -> None:
    made = Rules(text_of(rules.encode("utf-8", "replace")))
    assert isinstance(made.allow(f"{SITE}/{path}"), bool)
    assert 0 <= made.delay <= LONGEST_DELAY
