"""The way to the Library: calls run on other threads, what comes of them arrives as messages.

Reads of one kind replace each other: a request that has been overtaken is not begun, or its answer is
dropped. Writes keep their order and are all done before the desk closes.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import count
from typing import Any, TypeVar

from textual.message_pump import MessagePump

from aggregator.errors import HakawatiError
from aggregator.library import Library
from tui.messages import Answer, Failed

T = TypeVar("T")
READERS = 3
"""Threads that read: a long query never keeps rows or an article waiting."""


class Desk:
    """Runs calls for the screens; one for the life of the app."""

    def __init__(self, library: Library) -> None:
        self.library = library
        self._readers = ThreadPoolExecutor(READERS, "read")
        self._writer = ThreadPoolExecutor(1, "write")
        self._pulse = ThreadPoolExecutor(1, "pulse")
        self._numbers = count(1)
        self._latest: dict[tuple[int, str], int] = {}
        self.pending: set[Future[None]] = set()

    def read(
        self,
        to: MessagePump,
        kind: str,
        call: Callable[[], T],
        then: Callable[[T], None],
        otherwise: Callable[[HakawatiError], None] | None = None,
    ) -> None:
        """Run ``call``; ``then`` gets its value on the app's thread. ``kind`` "" is never overtaken."""
        self._submit(self._readers, to, kind, call, then, otherwise)

    def write(self, to: MessagePump, call: Callable[[], T], then: Callable[[T], None]) -> None:
        """Run a call that changes something, after all that were asked for before it."""
        self._submit(self._writer, to, "", call, then, None)

    def poll(self, to: MessagePump, then: Callable[[int], None]) -> None:
        """Ask for the data version, always on the same thread, as it has to be."""
        self._submit(self._pulse, to, "pulse", self.library.data_version, then, None)

    def fresh(self, to: MessagePump, message: Answer | Failed) -> bool:
        """Is this the answer to the newest request of its kind?"""
        return not message.kind or self._latest.get((id(to), message.kind)) == message.number

    def close(self) -> None:
        """Finish the writes, drop the reads, end the threads."""
        self._readers.shutdown(wait=True, cancel_futures=True)
        self._pulse.shutdown(wait=True, cancel_futures=True)
        self._writer.shutdown(wait=True)

    def _submit(
        self,
        pool: ThreadPoolExecutor,
        to: MessagePump,
        kind: str,
        call: Callable[[], T],
        then: Callable[[T], None],
        otherwise: Callable[[HakawatiError], None] | None,
    ) -> None:
        number, key = next(self._numbers), (id(to), kind)
        self._latest[key] = number

        def run() -> None:
            if kind and self._latest[key] != number:
                return
            try:
                value: Any = call()
            except HakawatiError as error:
                to.post_message(Failed(kind, number, error, otherwise))
            except Exception as error:  # a mistake of ours: it has to be seen, on the app's own thread
                to.post_message(Answer("", number, error, broken))
            else:
                to.post_message(Answer(kind, number, value, then))

        future = pool.submit(run)
        self.pending.add(future)
        future.add_done_callback(self.pending.discard)


def broken(error: Exception) -> None:
    """Raise what nobody expected."""
    raise error
