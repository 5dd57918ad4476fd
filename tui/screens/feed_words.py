"""How a feed is doing, in sentences: what happened, what the server sent, what comes next and why. Pure."""

from __future__ import annotations

from aggregator.failures import Sent
from aggregator.model import PAUSED, FeedInfo, FeedState, FetchLogRow
from tui import render
from tui.keys import key_of
from tui.widgets.feed_tree import full_name

WHY = {
    "dns": "the name of the server is not found, which mostly mends by itself",
    "refused": "the server takes no connection, which mostly mends by itself",
    "timeout": "the server is too slow or silent, which mostly mends by itself",
    "proxy": "the proxy does not let us through; see proxy under [fetch]",
    "server": "the server has trouble of its own, which mostly mends by itself",
    "rate": "the server asks us to wait, and we do",
    "parse": "the document is no feed that can be read; its publisher has to mend it",
    "worker": "reading the document took more time or memory than it may; its publisher has to mend it",
    "protocol": "the answer breaks the rules of HTTP; its publisher has to mend it",
    "status": "somebody has to change something at the server, or the address is wrong",
    "tls": "the connection would not be safe: its certificate is not valid",
    "redirect": "the redirects lead nowhere",
    "blocked": "it leads to an address that is never asked, such as one of your own network",
    "too-large": "the document is larger than max_bytes under [fetch]",
    "denied": "the server refuses us, and asking more often would not help",
    "gone": "the publisher says that it will not come back",
}
"""Kind of a failure -> why the wait is as it is."""


def told(info: FeedInfo, polls: list[FetchLogRow], sent: Sent | None, now: int) -> list[str]:
    """Everything there is to say, the most useful first; lines are inert."""
    state = info.state
    lines = [*heading(info), *doing(state, now)]
    if state.failures and state.error:
        lines.append(f"What went wrong: {state.error}")
    if sent is not None:
        lines += answer(sent, now)
    lines += [upcoming(state, now), *(poll_line(poll, now) for poll in polls)]
    return [render.shown(line) for line in lines]


def heading(info: FeedInfo) -> list[str]:
    """Which feed this is."""
    state, counts = info.state, f"{render.counted(info.total, 'article')}, {info.unread:,} unread"
    lines = [f"{full_name(state)} - {counts}", state.url]
    if state.fetch_url != state.url:
        lines.append(f"It moved for good and is asked at {state.fetch_url}")
    return lines


def doing(state: FeedState, now: int) -> list[str]:
    """Whether it is fine."""
    good, fresh = "it never answered yet", "nothing new came yet"
    if state.last_success:
        good = f"it last answered {ago(state.last_success, now)}"
    if state.last_new:
        fresh = f"the last new article came {ago(state.last_new, now)}"
    if state.failures:
        times = render.counted(state.failures, "time") + (" in a row" if state.failures > 1 else "")
        return [f"It failed {times}, last {ago(state.last_checked, now)}; {good}."]
    if not state.last_checked:
        return ["It has not been asked yet."]
    if not state.last_success:
        when = ago(state.last_checked, now)
        return [f"It was asked {when}, while nothing at all could be reached; {good}."]
    return [f"It is fine: {good}, {fresh}."]


def answer(sent: Sent, now: int) -> list[str]:
    """What the server sent, in its own words."""
    status = f"HTTP {sent.status}" if sent.status else "a document"
    headers = "; ".join(f"{name}: {value}" for name, value in sent.headers)
    lines = [f"The server sent {status}" + (f" with {headers}" if headers else "")]
    if sent.body:
        lines.append(f"It began with: {sent.body}")
    return lines


def upcoming(state: FeedState, now: int) -> str:
    """When it is asked next, and why then."""
    retry = key_of("health.retry")
    if state.parked == PAUSED:
        again = key_of("health.pause")
        return f"Next: never, for you paused it. {again} takes it up again; its articles stay."
    if state.parked:
        keys = f"{retry} asks it once more, {key_of('health.disable')} lets it go."
        return f"Next: never, for it is stopped: {state.parked}. {keys}"
    when = next_time(state, now)
    if state.failures:
        why = WHY.get(state.error_kind, "what fails is asked less often")
        doubled = " Each further failure doubles the wait, up to days." if state.failures > 1 else ""
        return f"Next: {when}: {why}.{doubled} {retry} asks it now."
    if state.fixed_interval:
        return f"Next: {when}: every {render.duration(state.interval)}, as your configuration says."
    if not state.interval:
        return f"Next: {when}."
    every = render.duration(state.interval)
    return f"Next: {when}: every {every} now, learnt from how often something new comes and what it asks for."


def next_time(state: FeedState, now: int) -> str:
    """``16:10, in 2 h``."""
    if state.next_check <= now:
        return "with the next sync"
    return f"{render.clock(state.next_check, now)}, in {render.duration(state.next_check - now)}"


def poll_line(poll: FetchLogRow, now: int) -> str:
    """One poll on a line."""
    status = f" HTTP {poll.status}" if poll.status else ""
    when = render.clock(poll.at, now)
    return f"{when:>12} {poll.outcome}{status}, {poll.new} new, {poll.elapsed_ms} ms  {poll.error}"


def ago(at: int, now: int) -> str:
    """``3 h ago``, ``just now``."""
    return "just now" if now - at < render.MINUTE else f"{render.duration(now - at)} ago"


def hanging(lines: list[str], width: int) -> list[str]:
    """Lines wrapped to a width, a cell from the edge; what goes on in the next one stands three cells in."""
    return [
        (" " if not number else "   ") + piece
        for line in lines
        for number, piece in enumerate(pieces(line, max(20, width - 3)))
    ]


def pieces(line: str, width: int) -> list[str]:
    """An inert line in pieces of at most ``width`` cells; what is lined up at its beginning stays so."""
    start = len(line) - len(line.lstrip(" "))
    cut = [line[begin:end] for begin, end in render.wrap(line, width)]
    return [" " * start + cut[0], *cut[1:]] if cut else [""]
