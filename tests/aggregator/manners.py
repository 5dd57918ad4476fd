"""The judge: what publishers ask of feed readers, criterion by criterion, read off a server's log.

The numbers are those of the list in ``CRITERIA``. A criterion is a generator of complaints, a line each.
Times in seconds of the true clock; a poll across one of ``jumps`` (moments at which the reader's clock was
set wrong) is not held against the reader's timers, only counted by the test.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import groupby, pairwise

from aggregator import http_rules
from tests.aggregator.publishers import DAY, HOUR, Asked, Town

FLOOR = 15 * 60  # of polls that the publisher says may be more frequent than hourly
WEEK = 7 * DAY
SLACK = 1  # seconds: the reader's clock counts whole ones
SHRINK = 0.89  # of two waits after errors: a tenth of them is chance


@dataclass
class Case:
    """What the judge must know besides the log: which addresses are of which kind."""

    town: Town
    jumps: Sequence[float] = ()
    lost: Sequence[Asked] = ()  # requests whose answers the reader did not live to keep
    spacing: float = 1.0
    agent: str = ""
    moved: Sequence[str] = ()  # must be asked no more from the fifth day on
    stays: Sequence[str] = ()  # must be asked to the end at the old address
    secret: str = ""  # the only host that may be sent a password
    busy: Sequence[str] = ()  # without validators, and so fast that a day would lose something
    skips: dict[str, Callable[[datetime], bool]] = field(default_factory=dict)
    ttl: dict[str, int] = field(default_factory=dict)
    shared: Sequence[str] = ()  # where two feeds lead, one of them for a while only
    unread: Sequence[str] = ()  # whose good-looking answers are no feeds at times

    def steps(self, url: str) -> Iterator[tuple[Asked, Asked]]:
        """Neighbouring requests to an address, but for those across a jump."""
        for one, two in pairwise(self.town.of(url)):
            if not any(one.at <= jump <= two.at for jump in self.jumps):
                yield one, two

    def kept(self, url: str) -> list[Asked]:
        """Requests to an address whose answers were kept."""
        return [one for one in self.town.of(url) if one not in self.lost]

    def urls(self) -> list[str]:
        """All that was asked for, each on behalf of one feed."""
        return [url for url in dict.fromkeys(one.url for one in self.town.log) if url not in self.shared]


Complaints = Iterator[str]
PAIRS = (("etag", "if-none-match"), ("last-modified", "if-modified-since"))


def told(one: Asked) -> int | None:
    """How long the answer said it stays good."""
    return http_rules.freshness(one.answer, int(one.at)) or None


def is_conditional(one: Asked) -> bool:
    return any(name in one.headers for _, name in PAIRS)


def is_refusal(one: Asked) -> bool:
    return one.status >= 400


def early(case: Case, one: Asked, two: Asked, wait: float, what: str) -> Complaints:
    if two.at - one.at < wait - SLACK:
        yield f"{one.url}: {what} {wait:.0f} s, asked again after {two.at - one.at:.0f}"


def p01(case: Case) -> Complaints:
    """Conditional after the first, but for one full request a week."""
    for url in case.urls():
        given, full = False, 0.0
        for one in case.kept(url):
            if given and not is_conditional(one):
                soon = one.at - full < WEEK - DAY and not any(full <= jump <= one.at for jump in case.jumps)
                if full and soon and url not in case.unread:
                    yield f"{url}: asked in full twice within a week"
                full = one.at
            if one.status in http_rules.REDIRECTS:
                given = False  # what an address gave that it no longer answers for is worth nothing
            if one.status == 200 and url not in case.unread:
                given = given or any(name in one.answer for name, _ in PAIRS)
                full = full or one.at


def echoed(case: Case, issued: str, sent: str) -> Complaints:
    for url in case.urls():
        values: list[str] = []
        for one in case.town.of(url):
            if sent in one.headers and (not values or one.headers[sent] not in last(values, url, case)):
                yield f"{url}: {sent} {one.headers[sent]!r} is not what was issued last ({values[-1:]})"
            if one.status in (200, 304) and issued in one.answer and one not in case.lost:
                values.append(one.answer[issued])


def last(values: list[str], url: str, case: Case) -> list[str]:
    """What may be sent back: the last value, or any before where the last document was no feed."""
    return values if url in case.unread else values[-1:]


def p02(case: Case) -> Complaints:
    """If-Modified-Since is the last Last-Modified, byte for byte."""
    return echoed(case, "last-modified", "if-modified-since")


def p03(case: Case) -> Complaints:
    """If-None-Match is the last ETag, byte for byte."""
    return echoed(case, "etag", "if-none-match")


def p04(case: Case) -> Complaints:
    """Both validators where both were given."""
    for url in case.urls():
        both = False
        for one in case.town.of(url):
            if both and is_conditional(one) and not all(name in one.headers for _, name in PAIRS):
                yield f"{url}: only one of two validators was sent"
            if one.status == 200:
                both = all(name in one.answer for name, _ in PAIRS)


def p05(case: Case) -> Complaints:
    """Validators go to no other address."""
    for url in case.urls():
        issued = {one.answer.get(name) for one in case.town.of(url) for name, _ in PAIRS}
        for one in case.town.of(url):
            for _, name in PAIRS:
                if name in one.headers and one.headers[name] not in issued:
                    yield f"{url}: {name} of another address"


def p06(case: Case) -> Complaints:
    """Hourly at most, unless the publisher says sooner is welcome; a quarter of an hour at the very least."""
    for url in case.urls():
        for one, two in case.steps(url):
            if is_conditional(two):
                wait = max(FLOOR, min(told(one) or case.ttl.get(url, HOUR), HOUR))
                yield from early(case, one, two, wait, "polls at most every")


def p07(case: Case) -> Complaints:
    """In full at most daily; where a day would lose articles, every two hours at most."""
    for url in case.urls():
        full = [one for one in case.kept(url) if not is_conditional(one) and one.status == 200]
        wait = 2 * HOUR if url in case.busy else DAY
        for one, two in pairwise(full):
            if url not in case.unread and not any(one.at <= jump <= two.at for jump in case.jumps):
                yield from early(case, one, two, wait, "in full at most every")


def p08(case: Case) -> Complaints:
    """Nothing twice within a minute, restart or not."""
    for url in case.urls():
        for one, two in pairwise(case.town.of(url)):
            yield from early(case, one, two, 60, "within a minute:")


def stays_good(case: Case, header: str) -> Complaints:
    for url in case.urls():
        for one, two in case.steps(url):
            if one.status in (200, 304) and header in one.answer and (wait := told(one)):
                yield from early(case, one, two, min(wait, DAY), f"{header} asks for")


def p09(case: Case) -> Complaints:
    """max-age, less Age."""
    return stays_good(case, "cache-control")


def p10(case: Case) -> Complaints:
    """Expires."""
    return stays_good(case, "expires")


def p11(case: Case) -> Complaints:
    """Retry-After, in both forms."""
    for url in case.urls():
        for one, two in case.steps(url):
            if is_refusal(one) and (wait := http_rules.retry_after(one.answer, int(one.at))):
                yield from early(case, one, two, min(wait, WEEK), "Retry-After asks for")


def p12(case: Case) -> Complaints:
    """An hour at least after 429 and 503 that say nothing."""
    for url in case.urls():
        for one, two in case.steps(url):
            if one.status in (429, 503):
                yield from early(case, one, two, HOUR, "after a bare refusal wait")


def p13(case: Case) -> Complaints:
    """Errors make the waits grow, never shrink; an hour at least."""
    for url in case.urls():
        for failing, run in groupby(case.town.of(url), key=is_refusal):
            waits = [two.at - one.at for one, two in pairwise(run)] if failing else []
            if any(wait < HOUR - SLACK for wait in waits):
                yield f"{url}: asked again within an hour of an error"
            if not case.jumps and any(two < one * SHRINK for one, two in pairwise(waits)):
                yield f"{url}: waits after errors shrink: {[round(wait) for wait in waits]}"


def p14(case: Case) -> Complaints:
    """410 is the end."""
    for url in case.urls():
        gone = [one.status == 410 for one in case.town.of(url)]
        if any(gone[:-1]):
            yield f"{url}: asked after 410"


def p15(case: Case) -> Complaints:
    """301 and 308 move the subscription; pages and errors behind one do not."""
    ahead = case.town.log[0].at
    for url in case.moved:
        late = [one.at for one in case.town.of(url) if one.at > ahead + 5 * DAY]
        if late:
            yield f"{url}: still asked {len(late)} times after five days"


def p16(case: Case) -> Complaints:
    """302, 303 and 307 move nothing, nor does what is no feed."""
    end = case.town.log[-1].at
    for url in case.stays:
        if not any(one.at > end - 3 * DAY for one in case.town.of(url)):
            yield f"{url}: the old address was given up"


def without(case: Case, *names: str) -> Complaints:
    for one in case.town.log:
        for name in names:
            if name in one.headers:
                yield f"{one.url}: sent {name}"


def p17(case: Case) -> Complaints:
    """No cookies."""
    return without(case, "cookie")


def p18(case: Case) -> Complaints:
    """No Referer."""
    return without(case, "referer", "origin")


def p19(case: Case) -> Complaints:
    """Addresses as they were given."""
    for url in case.urls():
        if url not in case.town.publishers:
            yield f"{url}: nobody gave this address"


def p20(case: Case) -> Complaints:
    """gzip is offered, and nothing that we could not bound."""
    for one in case.town.log:
        if one.headers.get("accept-encoding") != "gzip":
            yield f"{one.url}: accept-encoding {one.headers.get('accept-encoding')}"


def p21(case: Case) -> Complaints:
    """One honest User-Agent: name, version, contact."""
    for agent in {one.headers.get("user-agent", "") for one in case.town.log}:
        if agent != case.agent or not re.fullmatch(r"hakawati/\d[\w.]* \(\+https://[^ ]+\)", agent):
            yield f"User-Agent {agent!r}"


def p22(case: Case) -> Complaints:
    """Accept names feed types."""
    for one in case.town.log:
        if not {"application/atom+xml", "application/rss+xml"} <= set(
            re.split(r"[,; ]+", one.headers["accept"])
        ):
            yield f"{one.url}: accept {one.headers['accept']}"


def p23(case: Case) -> Complaints:
    """GET only."""
    for one in case.town.log:
        if one.method != "GET":
            yield f"{one.url}: {one.method}"


def p24(case: Case) -> Complaints:
    """Nothing that does not exist: no icons, pages, pictures."""
    yield from case.town.unknown


def p25(case: Case) -> Complaints:
    """One request at a time at a host."""
    for one in case.town.log:
        if one.together > 1:
            yield f"{one.url}: {one.together} requests at once"


def p26(case: Case) -> Complaints:
    """Requests to a host are spaced, from one run to the next too."""
    hosts: defaultdict[str, list[float]] = defaultdict(list)
    for one in case.town.log:
        hosts[one.host].append(one.at)
    for host, times in hosts.items():
        for one, two in pairwise(times):
            if two - one < case.spacing - 0.01:
                yield f"{host}: two requests within {two - one:.2f} s"


def p27(case: Case) -> Complaints:
    """Caches on the way may answer."""
    return without(case, "cache-control", "pragma")


def p28(case: Case) -> Complaints:
    """Nothing that names the user or the machine: no header but these."""
    usual = {"host", "user-agent", "accept", "accept-encoding", "if-none-match", "if-modified-since"}
    for one in case.town.log:
        extra = set(one.headers) - usual - ({"authorization"} if one.host == case.secret else set())
        if extra or len(one.order) != len(one.headers):
            yield f"{one.url}: headers {one.order}"


def p29(case: Case) -> Complaints:
    """No internal address."""
    for one in case.town.log:
        if "127.0" in "".join((one.target, *one.headers.values())):
            yield f"{one.url}: an internal address in {one.headers}"


def p30(case: Case) -> Complaints:
    """A password only where it belongs."""
    for one in case.town.log:
        if "authorization" in one.headers and one.host != case.secret:
            yield f"{one.url}: a password that is not this host's"


def p31(case: Case) -> Complaints:
    """ttl, updatePeriod, skipHours, skipDays."""
    for url, wait in case.ttl.items():
        for one, two in case.steps(url):
            yield from early(case, one, two, min(wait, DAY), "the document asks for")
    for url, skipped in case.skips.items():
        for one in case.town.of(url)[1:]:
            if skipped(at := datetime.fromtimestamp(one.reader, UTC)):
                yield f"{url}: asked at {at:%A %H:%M}"


def p32(case: Case) -> Complaints:
    """Whatever they say, nobody is forgotten for more than a week (and the jitter)."""
    end = case.town.log[-1].at
    for url in case.urls():
        times = [one.at for one in case.town.of(url)]
        ended = url in case.moved or case.town.of(url)[-1].status == 410
        for one, two in pairwise(times if ended else [*times, end]):
            if two - one > WEEK + HOUR and not any(one <= jump <= two for jump in case.jumps):
                yield f"{url}: forgotten for {(two - one) / DAY:.1f} days"


CRITERIA: tuple[Callable[[Case], Complaints], ...] = (
    *(p01, p02, p03, p04, p05, p06, p07, p08, p09, p10, p11, p12, p13, p14, p15, p16),
    *(p17, p18, p19, p20, p21, p22, p23, p24, p25, p26, p27, p28, p29, p30, p31, p32),
)


def judge(case: Case) -> dict[str, list[str]]:
    """The complaints, by criterion; empty where the reader is polite."""
    found = {f"P{number:02}": list(rule(case)) for number, rule in enumerate(CRITERIA, 1)}
    return {name: complaints for name, complaints in found.items() if complaints}
