"""When to ask a feed again: pure functions of its state, what came, and a clock.

Times are UTC seconds, spans are seconds. The rules follow what publishers ask of feed readers (they are
told in docs/politeness.md): at most once an hour with validators, without them as seldom as loses nothing,
never sooner than max-age, Expires, ttl, skipHours or Retry-After say, longer and longer waits while
something fails, and no polling after 410. ``jitter`` (-1..1) is drawn by the caller.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from http import HTTPStatus
from zlib import crc32

from aggregator.config import Fetch
from aggregator.dataclass import dataclass
from aggregator.errors import FetchError, Gone, HakawatiError, ParseError, RateLimited, WorkerDied
from aggregator.model import FeedState, Fetched, NotModified, PollHints, Validators
from aggregator.moving import FAILED, back
from aggregator.text.hosts import host_of

MINUTE = 60
HOUR = 3_600
DAY = 24 * HOUR
WEEK = 7 * DAY

LONGEST_WAIT = WEEK  # no feed is forgotten longer, whatever a server or a wrong clock says
CONDITIONAL_FLOOR = HOUR  # the usual wish of publishers for polls that cost them a 304
LEAST = 15 * MINUTE  # whoever sets less, or says so: a cache on the way is rarely younger
FULL_FLOOR = (
    2 * HOUR
)  # a server without validators sends everything each time: ask it half as often at most …
FULL_INTERVAL = DAY  # … and once a day, unless what the document holds is replaced faster than that
LATE = 2 * DAY
TOLD_CAP = DAY  # what a server or a document may ask for; a cache told to keep news longer is set up wrongly
SHRINK = 0.5  # something new came: look twice as often
GROW = 1.5  # nothing new: a quiet feed is down to the longest interval after six polls
JITTER = 0.1  # share of a wait by which polls are spread, so that they do not come in step
FULL_SPREAD = DAY // 2  # weekly full requests of feeds added together drift apart by up to this
QUARANTINE_AFTER = 3  # worker processes in a row that ended over a document: then it is read once a day
DEAD_AFTER = 14 * DAY  # a feed that is "not found" for so long is shown as dead; it is still asked daily
REVERT_AFTER = 5  # failures in a row at an adopted address before we go back to the configured one


@dataclass(frozen=True, slots=True)
class BackOff:
    """The wait after a first failure of a kind, and the longest; it doubles in between."""

    base: int
    cap: int


NETWORK = BackOff(HOUR, 12 * HOUR)  # mends by itself, often within the hour
STUBBORN = BackOff(6 * HOUR, DAY)  # somebody has to change something at the other end
BACK_OFF = {
    "dns": NETWORK,
    "refused": NETWORK,
    "timeout": NETWORK,
    "proxy": NETWORK,
    "server": NETWORK,
    "rate": BackOff(HOUR, 2 * DAY),
    "parse": BackOff(2 * HOUR, DAY),
    "worker": BackOff(2 * HOUR, DAY),
    "protocol": BackOff(2 * HOUR, DAY),
    "status": STUBBORN,
    "tls": STUBBORN,
    "redirect": STUBBORN,
    "blocked": STUBBORN,
    "too-large": STUBBORN,
    "denied": BackOff(DAY, 3 * DAY),
    "gone": BackOff(WEEK, WEEK),
}
UNKNOWN = BackOff(2 * HOUR, DAY)
TOO_MANY = HTTPStatus.TOO_MANY_REQUESTS
VANISHED = frozenset({"status", "dns"})  # failures that mean, after weeks, that the feed is no more


@dataclass(frozen=True, slots=True)
class Brought:
    """What a document brought: ``new`` articles among ``items``.

    ``reach``: seconds that it reaches back, where that is known (when all of it was read).
    """

    new: int = 0
    items: int = 0
    reach: int | None = None


NOTHING = Brought()


def after_success(
    state: FeedState,
    result: Fetched | NotModified,
    brought: Brought = NOTHING,
    *,
    hints: PollHints,
    settings: Fetch,
    now: int,
    jitter: float,
) -> FeedState:
    """The state after a document was fetched *and* parsed, or not modified."""
    fresh_for = freshness(state, result)
    told = said(fresh_for, hints.ttl)
    bottom = floor(state, result.validators, told, settings)
    interval = next_interval(state, result.validators, brought, bottom, settings, now)
    least = bottom if is_conditional(result.validators) else interval  # daily is not twice within a day
    at = allowed_time(spread(now, interval, least, jitter), hints)
    return replace(
        state,
        validators=result.validators,
        fresh_for=fresh_for,
        next_check=bounded(at, now),
        interval=interval,
        last_checked=now,
        last_success=now,
        last_new=now if brought.new else state.last_new,
        failures=0,
        failed_since=0,
        deaths=0,
        told_until=0,
        told_host="",
        error_kind="",
        error="",
        status=304 if isinstance(result, NotModified) else 200,
        parked="",
    )


def after_failure(
    state: FeedState, error: HakawatiError, settings: Fetch, now: int, jitter: float
) -> FeedState:
    """The state after a failure: wait longer each time, by what kind it is; 410 switches polling off.

    Validators outlive failures, except a 304 that cannot be true. An adopted address that keeps
    failing is given up for the configured one.
    """
    kind = kind_of(error)
    deaths = state.deaths + isinstance(error, WorkerDied)
    state = replace(
        state,
        last_checked=now,
        failures=state.failures + 1,
        failed_since=state.failed_since or now,
        deaths=deaths,
        error_kind=kind,
        error=explained(error, deaths),
        status=error.status if isinstance(error, FetchError) else state.status,
        validators=Validators() if is_false_304(error) else state.validators,
    )
    if state.fetch_url != state.url and (kind == "gone" or state.failures >= REVERT_AFTER):
        return replace(back(state, now, FAILED), next_check=bounded(spread(now, HOUR, HOUR, jitter), now))
    state = replace(state, told_until=now + told_wait(error), told_host=speaking_host(error))
    wait = failure_wait(state, error, settings)
    at = allowed_time(bounded(spread(now, wait, wait, jitter), now), state.hints)
    parked = "gone (410)" if isinstance(error, Gone) else state.parked
    return replace(state, next_check=bounded(at, now), parked=parked)


def wants_full(state: FeedState, now: int) -> bool:
    """Whether to ask without validators this time: weekly, and at another hour for each feed.

    Some servers never say that something changed, and an ETag of its own for each reader is a cookie.
    """
    due = state.last_full + WEEK + crc32(state.url.encode()) % FULL_SPREAD
    return now >= due or state.last_full > now + DAY  # the second: a clock was wrong


def describe_next(state: FeedState, now: int) -> str:
    """When the feed is asked next, in words: "off: gone (410)", "due now", "in 25 minutes"."""
    if state.parked:
        return f"off: {state.parked}"
    return in_words(state.next_check - now)


def condition(state: FeedState, now: int) -> str:
    """How the feed is, in a word: "off", "new", "dead?", "quarantined", "waiting", "failing" or "fine".

    "waiting": its server asked for it.
    """
    if state.parked:
        return "off"
    if not state.failures:
        return "fine" if state.last_success else "new"
    if state.error_kind in VANISHED and state.status in (None, 404) and is_long_gone(state, now):
        return "dead?"
    if state.deaths >= QUARANTINE_AFTER:
        return "quarantined"
    return "waiting" if state.told_until > now else "failing"


def is_long_gone(state: FeedState, now: int) -> bool:
    """Whether it has failed so long, without a break, that nobody may mend it any more."""
    return 0 < state.failed_since <= now - DEAD_AFTER


def in_words(wait: int) -> str:
    """A span from now: "due now", "in 25 minutes"."""
    if wait <= 0:
        return "due now"
    for size, name in ((DAY, "day"), (HOUR, "hour"), (MINUTE, "minute")):
        if wait >= 2 * size or (size == MINUTE and wait >= size):
            return f"in {counted(round(wait / size), name)}"
    return "in less than a minute"


def counted(number: int, name: str) -> str:
    """ "1 minute", "2 minutes"."""
    return f"{number} {name}" if number == 1 else f"{number} {name}s"


# --- the parts ---------------------------------------------------------------------------------


def lowest(settings: Fetch) -> int:
    """No feed is asked more often than this."""
    return max(settings.min_interval * MINUTE, LEAST)


def highest(settings: Fetch) -> int:
    """Our own interval stays under this."""
    return settings.max_interval * MINUTE


def freshness(state: FeedState, result: Fetched | NotModified) -> int:
    """How long the answer stays good; a 304 that leaves it out says the same as before (RFC 9111 §4.3.4)."""
    if result.freshness is None:
        return state.fresh_for if isinstance(result, NotModified) else 0
    return result.freshness


def said(fresh_for: int, ttl: int | None) -> int | None:
    """How long the publisher asks us to wait, by header or document, capped; None where unsaid."""
    longest = max(fresh_for, ttl or 0)
    return min(longest, TOLD_CAP) if longest > 0 else None


def next_interval(
    state: FeedState, validators: Validators, brought: Brought, bottom: int, settings: Fetch, now: int
) -> int:
    """The adaptive interval, or the fixed one; never under ``bottom``."""
    if state.fixed_interval:
        return max(state.fixed_interval, bottom)
    if not is_conditional(validators):
        return full_interval(state, brought, bottom, now)
    interval = state.interval or CONDITIONAL_FLOOR
    if state.last_success:  # at the first poll everything is new, which says nothing
        interval = round(interval * (SHRINK if brought.new else GROW))
    return min(max(interval, bottom), max(bottom, highest(settings)))


def full_interval(state: FeedState, brought: Brought, bottom: int, now: int) -> int:
    """How often to fetch what comes whole each time: as seldom as loses nothing, a day at most.

    That is when half of what the document holds has been replaced, at the rate of the last poll; at the
    first one, when its items' dates say so. A poll that comes days late, or by a wrong clock, tells no rate.
    """
    interval = FULL_INTERVAL
    passed = max(now - state.last_success, MINUTE)
    if state.last_success and passed > state.interval + LATE:
        interval = state.interval or FULL_INTERVAL
    elif state.last_success and brought.items:
        interval = passed * brought.items // (2 * (brought.new + 1))  # one may just have missed this poll
    elif not state.last_success and brought.reach is not None:
        interval = brought.reach // 2
    return max(bottom, min(interval, FULL_INTERVAL))


def is_conditional(validators: Validators) -> bool:
    """Whether the server gave anything by which to ask for news only."""
    return bool(validators.etag or validators.last_modified)


def floor(state: FeedState, validators: Validators, told: int | None, settings: Fetch) -> int:
    """The shortest interval we allow ourselves.

    An hour, unless the publisher says sooner is welcome; two for what comes whole each time. A user who
    fixes an interval decides, but not over what the publisher says.
    """
    if state.fixed_interval:
        return max(lowest(settings), told or 0)
    if not is_conditional(validators):
        return max(lowest(settings), FULL_FLOOR, told or 0)
    return max(lowest(settings), CONDITIONAL_FLOOR if told is None else told)


def failure_wait(state: FeedState, error: HakawatiError, settings: Fetch) -> int:
    """The wait after a failure: ours or the one we were told, whichever is longer."""
    plan = BACK_OFF.get(state.error_kind, UNKNOWN)
    doublings = min(state.failures - 1, 10)  # any cap is reached by then
    own = min(plan.base << doublings, plan.cap)
    if state.deaths >= QUARANTINE_AFTER:
        own = max(own, DAY)
    told = error.retry_after if isinstance(error, FetchError) else None
    usual = state.fixed_interval or min(state.interval, highest(settings))
    return max(own, told or 0, usual, lowest(settings))


def told_wait(error: HakawatiError) -> int:
    """For how long a server asked to be left alone: as it said, or an hour after a bare 429; else 0."""
    if not isinstance(error, FetchError):
        return 0
    own = BACK_OFF["rate"].base if error.status == TOO_MANY else 0
    return min(max(error.retry_after or 0, own), LONGEST_WAIT)


def speaking_host(error: HakawatiError) -> str:
    """The host that speaks for all its feeds: after a 429, or a 503 that says until when; else ""."""
    if isinstance(error, RateLimited) and told_wait(error):
        return host_of(error.url)
    return ""


def explained(error: HakawatiError, deaths: int) -> str:
    """The error's sentence, with what we do about a document that nobody could read to its end."""
    if isinstance(error, WorkerDied) and deaths >= QUARANTINE_AFTER:
        return f"{error} ({deaths} times in a row: it is left alone for a day each time)"
    return str(error)


def spread(now: int, wait: int, bottom: int, jitter: float) -> int:
    """``now + wait`` moved by up to JITTER; what would fall under ``bottom`` is mirrored above it."""
    shift = max(-1.0, min(1.0, jitter)) * JITTER * wait
    if wait + shift < bottom:
        shift = abs(shift) + max(0, bottom - wait)
    return now + round(wait + shift)


def allowed_time(at: int, hints: PollHints) -> int:
    """``at``, or the same minute of the first later hour that skipHours and skipDays leave open."""
    for later in range(at, at + LONGEST_WAIT, HOUR):
        moment = datetime.fromtimestamp(later, UTC)
        day = moment.strftime("%A").lower()
        if moment.hour not in hints.skip_hours and day not in hints.skip_days:
            return later
    return at  # a feed that skips every hour of the week is mistaken


def bounded(at: int, now: int) -> int:
    """``at`` within (now, now + LONGEST_WAIT]."""
    return max(now + 1, min(at, now + LONGEST_WAIT))


def kind_of(error: HakawatiError) -> str:
    """The back-off class of an error."""
    if isinstance(error, FetchError):
        return error.kind
    if isinstance(error, WorkerDied):
        return "worker"
    return "parse" if isinstance(error, ParseError) else "other"


def is_false_304(error: HakawatiError) -> bool:
    """Whether the server said "not modified" to a request without validators."""
    return isinstance(error, FetchError) and error.status == 304
