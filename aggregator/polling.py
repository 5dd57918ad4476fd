"""When to ask a feed again: pure functions of its state, what came, and a clock.

Times are UTC seconds, spans are seconds. The rules follow what publishers ask of feed readers: at
most once an hour with validators, never sooner than max-age, Expires, ttl, skipHours or Retry-After
say, longer and longer waits while something fails, and no polling after 410. ``jitter`` (-1..1) is
drawn by the caller.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from zlib import crc32

from aggregator.config import Fetch
from aggregator.dataclass import dataclass
from aggregator.errors import FetchError, Gone, HakawatiError, ParseError
from aggregator.model import FeedState, Fetched, NotModified, PollHints, Validators

MINUTE = 60
HOUR = 3_600
DAY = 24 * HOUR
WEEK = 7 * DAY

LONGEST_WAIT = WEEK  # no feed is forgotten longer, whatever a server or a wrong clock says
CONDITIONAL_FLOOR = HOUR  # the usual wish of publishers for polls that cost them a 304
FULL_FLOOR = 2 * HOUR  # a server without validators sends everything each time: ask it half as often
SHRINK = 0.5  # something new came: look twice as often
GROW = 1.5  # nothing new: a quiet feed is down to the longest interval after six polls
JITTER = 0.1  # share of a wait by which polls are spread, so that they do not come in step
FULL_SPREAD = DAY // 2  # weekly full requests of feeds added together drift apart by up to this
MOVES_NEEDED = 3  # equal permanent redirects in a row before the address is adopted …
MOVES_SPREAD = DAY  # … over at least this long: a captive portal or a slip is over by then
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


def after_success(
    state: FeedState,
    result: Fetched | NotModified,
    *,
    new: int,
    hints: PollHints,
    settings: Fetch,
    now: int,
    jitter: float,
) -> FeedState:
    """The state after a document was fetched *and* parsed, or not modified. ``new``: new articles."""
    told = said(result.freshness, hints.ttl, settings)
    interval = next_interval(state, result.validators, new, told, settings)
    at = allowed_time(spread(now, interval, max(told or 0, lowest(settings)), jitter), hints)
    return replace(
        state,
        validators=result.validators,
        next_check=bounded(at, now),
        interval=interval,
        last_checked=now,
        last_success=now,
        last_new=now if new else state.last_new,
        failures=0,
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
    state = replace(
        state,
        last_checked=now,
        failures=state.failures + 1,
        error_kind=kind,
        error=str(error),
        status=error.status if isinstance(error, FetchError) else state.status,
        validators=Validators() if is_false_304(error) else state.validators,
    )
    if state.fetch_url != state.url and (kind == "gone" or state.failures >= REVERT_AFTER):
        return replace(unmoved(state), next_check=bounded(spread(now, HOUR, HOUR, jitter), now))
    wait = failure_wait(state, error, settings)
    parked = "gone (410)" if isinstance(error, Gone) else state.parked
    return replace(state, next_check=bounded(spread(now, wait, wait, jitter), now), parked=parked)


def wants_full(state: FeedState, now: int) -> bool:
    """Whether to ask without validators this time: weekly, and at another hour for each feed.

    Some servers never say that something changed, and an ETag of its own for each reader is a cookie.
    """
    due = state.last_full + WEEK + crc32(state.url.encode()) % FULL_SPREAD
    return now >= due or state.last_full > now + DAY  # the second: a clock was wrong


def note_move(state: FeedState, permanent_url: str | None, now: int) -> FeedState:
    """Count permanent redirects (301, 308) and adopt the address once it has proved itself.

    To be called after an answer that gave a sound feed. ``url`` never changes, so all is reversible.
    """
    if permanent_url is None or permanent_url == state.fetch_url:
        return replace(state, moved_to="", moved_count=0, moved_first=0)
    if permanent_url != state.moved_to or state.moved_first > now:
        return replace(state, moved_to=permanent_url, moved_count=1, moved_first=now)
    count = state.moved_count + 1
    if count < MOVES_NEEDED or now - state.moved_first < MOVES_SPREAD:
        return replace(state, moved_count=count)
    kept = state.validators if state.validators.url == permanent_url else Validators()
    return replace(state, fetch_url=permanent_url, validators=kept, moved_to="", moved_count=0, moved_first=0)


def describe_next(state: FeedState, now: int) -> str:
    """When the feed is asked next, in words: "off: gone (410)", "due now", "in 25 minutes"."""
    if state.parked:
        return f"off: {state.parked}"
    wait = state.next_check - now
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
    return settings.min_interval * MINUTE


def highest(settings: Fetch) -> int:
    """What a feed may tell us, and our own interval, stay under this."""
    return settings.max_interval * MINUTE


def said(freshness: int | None, ttl: int | None, settings: Fetch) -> int | None:
    """How long the publisher asks us to wait, by header or document, capped; None where unsaid."""
    told = [seconds for seconds in (freshness, ttl) if seconds is not None and seconds > 0]
    return min(max(told), highest(settings)) if told else None


def next_interval(
    state: FeedState, validators: Validators, new: int, told: int | None, settings: Fetch
) -> int:
    """The adaptive interval, or the fixed one; never under what the publisher told us."""
    if state.fixed_interval:
        return max(state.fixed_interval, lowest(settings), told or 0)
    bottom = floor(validators, told, settings)
    interval = state.interval or CONDITIONAL_FLOOR
    if state.last_success:  # at the first poll everything is new, which says nothing
        interval = round(interval * (SHRINK if new else GROW))
    return min(max(interval, bottom), max(bottom, highest(settings)))


def floor(validators: Validators, told: int | None, settings: Fetch) -> int:
    """The shortest interval we allow ourselves: an hour, unless the publisher says sooner is welcome."""
    if told is not None:
        return max(lowest(settings), told)
    conditional = validators.etag or validators.last_modified
    return max(lowest(settings), CONDITIONAL_FLOOR if conditional else FULL_FLOOR)


def failure_wait(state: FeedState, error: HakawatiError, settings: Fetch) -> int:
    """The wait after a failure: ours or the one we were told, whichever is longer."""
    plan = BACK_OFF.get(state.error_kind, UNKNOWN)
    doublings = min(state.failures - 1, 10)  # any cap is reached by then
    own = min(plan.base << doublings, plan.cap)
    told = error.retry_after if isinstance(error, FetchError) else None
    usual = state.fixed_interval or min(state.interval, highest(settings))
    return max(own, told or 0, usual, lowest(settings))


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
    return "parse" if isinstance(error, ParseError) else "other"


def is_false_304(error: HakawatiError) -> bool:
    """Whether the server said "not modified" to a request without validators."""
    return isinstance(error, FetchError) and error.status == 304


def unmoved(state: FeedState) -> FeedState:
    """The state back at its configured address; validators of the other address are worth nothing."""
    return replace(
        state,
        fetch_url=state.url,
        validators=Validators(),
        moved_to="",
        moved_count=0,
        moved_first=0,
    )
