"""What widgets, threads and the sync tell the screens: model objects and ids, never widgets."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from textual.message import Message

from aggregator.errors import HakawatiError


class Answer(Message):
    """A library call came back; ``then`` takes the value unless a newer request of its kind is under way."""

    def __init__(self, kind: str, number: int, value: Any, then: Callable[[Any], None]) -> None:
        super().__init__()
        self.kind = kind
        self.number = number
        self.value = value
        self.then = then


class Failed(Message):
    """A library call failed in an expected way."""

    def __init__(
        self, kind: str, number: int, error: HakawatiError, otherwise: Callable[..., None] | None
    ) -> None:
        super().__init__()
        self.kind = kind
        self.number = number
        self.error = error
        self.otherwise = otherwise


class RowMoved(Message):
    """The cursor of a list is on another row now; ``settled`` is False while keys keep coming."""

    def __init__(self, sender: str, index: int) -> None:
        super().__init__()
        self.sender = sender
        self.index = index


class RowChosen(Message):
    """Enter, a right arrow or a double click on a row."""

    def __init__(self, sender: str, index: int) -> None:
        super().__init__()
        self.sender = sender
        self.index = index


class RowsNeeded(Message):
    """The article list is about to show rows it does not hold."""

    def __init__(self, ids: list[int]) -> None:
        super().__init__()
        self.ids = ids


class StoriesNeeded(Message):
    """The front page is about to show stories it does not hold."""

    def __init__(self, stories: list[int]) -> None:
        super().__init__()
        self.stories = stories


class FilterEdited(Message):
    """The filter's text, once the keys rest."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.text = text


class FilterKept(Message):
    """The user is done with the filter and wants the list."""


class FilterCleared(Message):
    """The user wants the list without the filter."""


class FilterAsked(Message):
    """Do something to the saved filter under the cursor: "remove", "rename", "up" or "down"."""

    def __init__(self, what: str) -> None:
        super().__init__()
        self.what = what


class OffersAsked(Message):
    """The filter bar would complete a value of a field."""

    def __init__(self, field: str) -> None:
        super().__init__()
        self.field = field


class RelatedChosen(Message):
    """Follow a related article."""

    def __init__(self, article_id: int) -> None:
        super().__init__()
        self.article_id = article_id


class LinkChosen(Message):
    """Open a link of the article; the URL is a feed's and has to be checked."""

    def __init__(self, url: str) -> None:
        super().__init__()
        self.url = url


class ReturnAsked(Message):
    """Back to the article that was open before this one."""


class SyncMoved(Message):
    """The syncing process reported something, or began, or ended; ``App.sync_view`` holds the sum."""


class Written(Message):
    """Another connection wrote to the cache: the syncing process, another program, or our own marks."""
