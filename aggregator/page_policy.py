"""Which articles' pages are fetched, when their site may be asked, and what a failure means. Pure.

Times are seconds; ``now`` is always an argument. The numbers are those of a patient human reader: the
feeds stay open to all only while nobody's server suffers from it.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from aggregator.config import FullText, Settings, WholeText
from aggregator.errors import FetchError
from aggregator.model import Block, PageHost, PageReason, PageWanted
from aggregator.text.hosts import host_of

HOUR, DAY = 3600, 86400
FRESH = 14 * DAY  # an article older than that is fetched only if the reader asks: its news is read
ROBOTS_KEPT = DAY  # RFC 9309 §2.4: a robots.txt is good for 24 hours
FIRST_REST, LONGEST_REST = HOUR, DAY  # of a site that failed, doubling from one to the other
LONGEST_QUEUE = HOUR  # seconds until a turn that is booked; more can only come from a wrong clock
FAR = 8 * DAY  # a later next_at can only come from a clock that was wrong: servers may ask for 7 days
AGAIN = DAY  # until a page that failed by something that passes is tried once more
ENOUGH_CHARACTERS = 1200  # of a feed's own text: as much as a short report has
ENOUGH_PARAGRAPHS = 3
TEXT_KINDS = frozenset({"p", "li", "quote", "h2", "h3", "h4", "pre", "row"})

# The end of a text that goes on elsewhere.
_TEASER = re.compile(
    r"(?:\[\s*(?:…|\.\.\.|&hellip;)\s*\]|…|\.\.\."
    r"|(?<!\w)(?:continue reading|read (?:more|on|the (?:full|rest|whole)[^.]{0,40}|full (?:story|article))"
    r"|(?:click here )?to read more|full story|more at [^\s]{3,60}"
    r"|اقرأ المزيد|للمزيد|المزيد|تابع القراءة|لقراءة المزيد|اقرأ أيضا|إقرأ المزيد|اقرأ الخبر كاملا"
    r"|ادامه مطلب|ادامه خبر|ادامه|بیشتر بخوانید|متن کامل|مطالعه بیشتر"
    r"|המשך קריאה|קראו עוד|קרא עוד|לכתבה המלאה|להמשך קריאה|המשך"
    r"|devamını oku|devamı|haberin devamı|devamı için tıklayın|daha fazla)\s*(?:…|\.{1,3}|»|>|→|\u200f)*)"
    r"\s*$",
    re.IGNORECASE,
)
# Failures in which the server was not reached at all; the page itself is not to blame.
_UNREACHED = frozenset({"dns", "refused", "proxy", "tls"})
_RESTING = _UNREACHED | {"rate", "denied", "server", "timeout"}
_TOLD_OFF = frozenset({"rate", "denied"})
_OF_THE_PAGE = (401, 402, 404, 410, 451)  # statuses that say nothing of the site's other pages
_PASSING = frozenset({"rate", "denied", "server", "timeout", "protocol"})


# --- which articles ------------------------------------------------------------------------------


def is_enough(blocks: Sequence[Block]) -> bool:
    """Whether the feed's own text is the article: long, or of several paragraphs, and not cut off."""
    texts = [block.text for block in blocks if block.kind in TEXT_KINDS and block.text]
    if not texts or _TEASER.search(texts[-1][-200:]):
        return False
    paragraphs = sum(block.kind == "p" for block in blocks if block.text)
    return sum(map(len, texts)) >= ENOUGH_CHARACTERS or paragraphs >= ENOUGH_PARAGRAPHS


def policies(settings: Settings) -> dict[str, WholeText]:
    """The policy of each feed of the configuration, by its address; one that is off is never "always"."""
    default = settings.full_text.policy
    return {
        feed.url: ahead if feed.enabled else unfollowed(ahead)
        for feed in settings.feeds
        for ahead in (feed.full_text or default,)
    }


def unfollowed(policy: WholeText) -> WholeText:
    """What a policy comes to for a feed that is not polled: its starred articles are still kept whole."""
    return "never" if policy == "never" else "auto"


def is_due(wanted: PageWanted, policy: WholeText) -> bool:
    """Whether an article's page is to be fetched ahead of being opened."""
    if wanted.asked:
        return True
    if policy == "never" or not (policy == "always" or wanted.followed):
        return False
    return not is_enough(wanted.blocks)


def choose(
    found: Iterable[PageWanted], settings: Settings, hosts: Mapping[str, PageHost], now: float
) -> list[PageWanted]:
    """The pages to fetch in one sync, in the order of ``found``, each once.

    Left out is what a site would refuse: one that rests, or that has had its pages of the day.
    """
    policy, others = policies(settings), unfollowed(settings.full_text.policy)
    limits = settings.full_text
    taken: Counter[str] = Counter()
    chosen: dict[int, PageWanted] = {}
    for wanted in found:
        host = host_of(wanted.url)
        if len(chosen) >= limits.per_sync:
            break
        if not host or wanted.id in chosen or not is_due(wanted, policy.get(wanted.feed, others)):
            continue
        state = hosts.get(host) or PageHost(host)
        if not refusal(state, limits, now) and asked_today(state, now) + taken[host] < limits.per_day:
            chosen[wanted.id] = wanted
            taken[host] += 1
    return list(chosen.values())


# --- when a site may be asked --------------------------------------------------------------------


def asked_today(host: PageHost, now: float) -> int:
    """How many pages were asked for on this day (UTC)."""
    return host.count if host.day == int(now // DAY) else 0


def refusal(host: PageHost, settings: FullText, now: float, *, by_hand: bool = False) -> str:
    """Why a site is not to be asked now, as a sentence without full stop; "" where it may be.

    A person may try again what merely failed (``by_hand``), but not what the server itself refused.
    """
    if asked_today(host, now) >= settings.per_day:
        return f"{settings.per_day} pages of {host.host} were fetched today, which is the limit"
    wait = host.next_at - now
    if 0 < wait <= FAR and (host.told_off or not by_hand):
        why = "refused us" if host.told_off else "failed"
        return f"{host.host} {why} lately and is left in peace for {spelled(wait)} more"
    return ""


def spelled(seconds: float) -> str:
    """A span in words: "1 minute", "3 hours"."""
    number, unit = (seconds / HOUR, "hour") if seconds >= 1.5 * HOUR else (seconds / 60, "minute")
    whole = max(1, round(number))
    return f"{whole} {unit}{'' if whole == 1 else 's'}"


def take_turn(host: PageHost, spacing: float, now: float, *, pages: int = 1) -> tuple[PageHost, float]:
    """Book the site's next turn: its state from now on, and how many seconds to wait for the turn.

    A turn begins ``spacing`` seconds after the end of the last one, whichever process asks.
    """
    wait = host.turn_at + spacing - now
    if not 0 < wait <= LONGEST_QUEUE:
        wait = 0.0
    count = asked_today(host, now) + pages
    return replace(host, day=int(now // DAY), count=count, turn_at=now + wait), wait


def answered(host: PageHost, now: float) -> PageHost:
    """The state after an answer that ended now: whatever failed before is forgotten."""
    return replace(_ended(host, now), failures=0, told_off=False, next_at=0)


def with_robots(host: PageHost, text: str, now: float) -> PageHost:
    """The state after its robots.txt came, or proved not to be there."""
    return replace(answered(host, now), robots=text, robots_at=int(now))


def failed(host: PageHost, error: FetchError, now: float) -> PageHost:
    """The state after a failure: a rest of an hour, doubling to a day, or as long as the server says."""
    host = _ended(host, now)
    if error.kind not in _RESTING or error.status in _OF_THE_PAGE:
        return host
    rest = min(FIRST_REST * 2 ** min(host.failures, 10), LONGEST_REST)
    until = int(now) + max(rest, error.retry_after or 0)
    told_off = error.kind in _TOLD_OFF or error.status == 503
    return replace(host, failures=host.failures + 1, told_off=told_off, next_at=until)


def _ended(host: PageHost, now: float) -> PageHost:
    """A turn ended now; one that is booked already stays where it is."""
    return replace(host, turn_at=max(host.turn_at, now))


def has_fresh_robots(host: PageHost, now: float) -> bool:
    """Whether the site's robots.txt is known and not too old."""
    return 0 <= now - host.robots_at < ROBOTS_KEPT if host.robots_at else False


def means_no_robots(error: FetchError) -> bool:
    """Whether a site that gave no robots.txt has none (RFC 9309 §2.3.1.3), rather than being out of order."""
    is_missing = error.status is not None and 400 <= error.status < 500 and error.kind != "rate"
    return is_missing or error.kind not in _RESTING


# --- what a failure means ------------------------------------------------------------------------


def reason(error: FetchError) -> str:
    """Why there is no page: a ``PageReason``, or a sentence without full stop."""
    if error.status in (404, 410):
        return PageReason.MISSING.value
    if error.status == 402:
        return PageReason.PAYWALL.value
    if "bot check" in str(error):
        return PageReason.CHALLENGE.value
    return str(error)


def is_worth_noting(error: FetchError) -> bool:
    """Whether a failure is kept with the article; not where no server was reached."""
    return error.kind not in _UNREACHED


def again_at(error: FetchError, now: float) -> int:
    """When to try a page again that failed (seconds), 0 = not by ourselves."""
    return int(now) + AGAIN if error.kind in _PASSING and error.status not in _OF_THE_PAGE else 0
