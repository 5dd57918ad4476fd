"""Feeds that move (301, 308): when a new address is taken, and how one goes back. Pure.

The address of the configuration never changes, and each step is written down, so every move can be undone.
"""

from __future__ import annotations

from dataclasses import replace

from aggregator.model import ArticleDraft, Digest, FeedMove, FeedState, Validators

DAY = 86_400  # seconds
NEEDED = 3  # equal permanent redirects in a row before the address is adopted …
SPREAD = DAY  # … over at least this long: a captive portal or a slip is over by then
KEPT = 10  # moves of a feed that are remembered
MARK = 16  # bytes of ``item_hashes`` an item: its content, then its guid

MOVED = "moved for good, its server says"
FAILED = "the new address failed"
BY_USER = "taken back by you"
TWIN = "the same feed as "
"""How ``parked`` begins where a feed moved to the address of another one that is followed."""


def note_move(
    state: FeedState, permanent_url: str | None, now: int, *, same: bool = True, taken: str = ""
) -> FeedState:
    """Count permanent redirects and adopt the address once it has proved itself.

    To be called after an answer that gave a sound feed. ``same``: it is the feed we know (``is_same``);
    another one is not counted. ``taken`` is the feed (its address) that is asked at this address already:
    then this one is parked, for the other brings what it would bring.
    """
    if permanent_url is None or permanent_url == state.fetch_url:
        return replace(state, moved_to="", moved_count=0, moved_first=0)
    known = permanent_url == state.moved_to
    if not same or (known and not state.moved_count):  # what was another feed once stays one
        return replace(state, moved_to=permanent_url, moved_count=0, moved_first=now)
    if not known or state.moved_first > now:
        return replace(state, moved_to=permanent_url, moved_count=1, moved_first=now)
    state = replace(state, moved_count=state.moved_count + 1)
    proved = state.moved_count >= NEEDED and now - state.moved_first >= SPREAD
    if not proved or was_taken_back(state, permanent_url):
        return state
    if taken:
        return replace(state, parked=TWIN + taken)
    return moved(state, permanent_url, now, MOVED)


def moved(state: FeedState, url: str, now: int, why: str) -> FeedState:
    """The state at another address; validators are worth nothing there unless they are its own."""
    kept = state.validators if state.validators.url == url else Validators()
    step = FeedMove(state.fetch_url, url, now, why)
    return replace(
        state,
        fetch_url=url,
        validators=kept,
        moved_to="",
        moved_count=0,
        moved_first=0,
        moves=(*state.moves, step)[-KEPT:],
    )


def back(state: FeedState, now: int, why: str) -> FeedState:
    """The state at its configured address again."""
    return moved(state, state.url, now, why)


def was_taken_back(state: FeedState, url: str) -> bool:
    """Whether the user once went back from this address: then nobody moves the feed there again."""
    return any(step.old == url and step.why == BY_USER for step in state.moves)


def is_same(state: FeedState, digest: Digest | None, new: int, title: str) -> bool:
    """Whether a document is of the feed that we know, so that its new address may be believed.

    It is where it brings what we had: the same bytes (no ``digest``), an item with a guid of the last
    document, an article that is in the store (so fewer are ``new`` than it holds); else it must have the
    ``title`` it had. A feed that never gave a document is what it is.
    """
    if digest is None or not state.last_success:
        return True
    if guids(state.item_hashes) & guids(digest.item_hashes):
        return True
    if len({named(draft) for draft in digest.drafts}) > new:
        return True
    return bool(title) and digest.title == title


def named(draft: ArticleDraft) -> str:
    """What tells an article of a document from the others."""
    return draft.guid or draft.url or draft.title


def guids(item_hashes: bytes) -> frozenset[bytes]:
    """The guids in ``item_hashes``."""
    half = MARK // 2
    return frozenset(item_hashes[at + half : at + MARK] for at in range(0, len(item_hashes), MARK))
