"""When a feed takes a new address, and how it goes back."""

from __future__ import annotations

from dataclasses import replace

import pytest

from aggregator import moving
from aggregator.model import ArticleDraft, Digest, FeedState, PollHints, Validators
from aggregator.moving import DAY, note_move
from tests.aggregator.test_polling import NEW_URL, NOW, URL, feed

HOUR = 3600
OTHER = "https://other.example/feed"
ITEM = b"contents" + b"the-guid"
NEWER = b"changed!" + b"the-guid"
FOREIGN = b"contentz" + b"no-guid!"


def told(state: FeedState, *hours: int, **options: object) -> FeedState:
    """After permanent redirects to ``NEW_URL`` at these hours."""
    for hour in hours:
        state = note_move(state, NEW_URL, NOW + hour * HOUR, **options)  # type: ignore[arg-type]
    return state


def test_an_address_is_adopted_after_three_answers_over_a_day() -> None:
    state = told(feed(), 0, 8, 16)
    assert (state.fetch_url, state.moved_to, state.moved_count) == (URL, NEW_URL, 3)
    state = told(state, 24)
    assert (state.fetch_url, state.url, state.moved_to, state.validators) == (NEW_URL, URL, "", Validators())
    (step,) = state.moves
    assert (step.old, step.new, step.at) == (URL, NEW_URL, NOW + DAY)


def test_two_answers_are_not_enough_however_far_apart() -> None:
    assert told(feed(), 0, 72).fetch_url == URL


@pytest.mark.parametrize("between", [None, OTHER])
def test_another_answer_starts_the_count_again(between: str | None) -> None:
    state = note_move(told(feed(), 0, 24), between, NOW + 2 * DAY)
    state = told(state, 72)
    assert (state.fetch_url, state.moved_count) == (URL, 1)


def test_another_feed_is_shown_and_never_adopted() -> None:
    state = told(feed(), 0, 24, 48, 72, 96, same=False)
    assert (state.fetch_url, state.moved_to, state.moved_count) == (URL, NEW_URL, 0)
    assert told(state, 120, 144, 168, 192).fetch_url == URL, "its own articles are the known ones by now"


def test_validators_of_the_new_address_are_kept() -> None:
    theirs = Validators('"9"', None, NEW_URL)
    state = feed(validators=theirs, moved_to=NEW_URL, moved_count=5, moved_first=NOW - DAY)
    assert note_move(state, NEW_URL, NOW).validators == theirs


def test_a_move_to_a_feed_that_is_followed_already_parks_the_one_that_moved() -> None:
    state = told(feed(), 0, 12, 24, taken=OTHER)
    assert (state.fetch_url, state.parked) == (URL, "the same feed as " + OTHER)


def test_who_goes_back_is_not_moved_there_again() -> None:
    back = moving.back(told(feed(), 0, 12, 24), NOW + 2 * DAY, moving.BY_USER)
    assert (back.fetch_url, len(back.moves)) == (URL, 2)
    assert told(back, 60, 80, 100, 120).fetch_url == URL
    for day in (6, 7, 8):
        back = note_move(back, OTHER, NOW + day * DAY)
    assert back.fetch_url == OTHER


def test_the_memory_of_moves_is_bounded() -> None:
    state = feed()
    for number in range(50):
        state = moving.moved(state, f"https://{number}.example/", NOW, moving.MOVED)
    assert [step.new for step in state.moves][-1] == "https://49.example/"
    assert len(state.moves) == moving.KEPT


def draft(guid: str) -> ArticleDraft:
    """An article that is nothing but its guid."""
    return ArticleDraft(guid, "", "", "", "", b"", None, None, "", b"", "", b"")


def digest(hashes: bytes = b"", drafts: tuple[ArticleDraft, ...] = (), title: str = "Heron") -> Digest:
    """A document."""
    return Digest("rss20", title, "", "en", PollHints(), drafts, hashes, len(drafts))


@pytest.mark.parametrize(
    ("document", "new", "same"),
    [
        (None, 0, True),  # the same bytes, or a 304
        (digest(ITEM, title=""), 0, True),
        (digest(NEWER, title=""), 0, True),  # the same guid, edited
        (digest(FOREIGN, (draft("x"),), title=""), 1, False),
        (digest(FOREIGN, (draft("x"), draft("y")), title=""), 1, True),  # one of them is in the store
        (digest(FOREIGN, (draft("x"), draft("x")), title=""), 1, False),  # the same one twice
        (digest(FOREIGN, (draft("x"),)), 1, True),  # its name at least
        (digest(b"", (draft("x"),), title="Portal"), 1, False),
    ],
)
def test_it_is_the_same_feed_by_its_articles_or_its_name(
    document: Digest | None, new: int, same: bool
) -> None:
    assert moving.is_same(feed(item_hashes=ITEM), document, new, "Heron") is same


def test_a_feed_that_never_came_is_what_it_is() -> None:
    first = replace(feed(), last_success=0)
    assert moving.is_same(first, digest(FOREIGN, (draft("x"),), title="Any"), 1, "")
