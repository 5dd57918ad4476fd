"""The way to the Library: calls run on other threads, what comes of them arrives as messages.

Reads of one kind replace each other: a request that has been overtaken is not begun, or is stopped, or its
answer is dropped, so the fifth letter of a filter never waits for the first four. Writes keep their order
and are all done before the desk closes.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import count
from threading import Event, Thread, get_ident
from typing import Any, TypeVar

from textual.message_pump import MessagePump

from aggregator.errors import HakawatiError, Interrupted
from aggregator.library import Library
from tui.messages import Answer, Failed, Written

T = TypeVar("T")
PULSE = 1.0
"""Seconds between looks at the data version; twice that after a change, for a sync writes many times."""
REST_SHARE, MOST_REST = 5.0, 10.0
"""While others go on writing, what is shown is read anew after so many times as long as reading took lately,
and after so many seconds at most: a million articles are not counted without a break beside the keys."""
READERS = 3
"""Threads that read: a long query never keeps rows or an article waiting."""


class Desk:
    """Runs calls for the screens; one for the life of the app."""

    def __init__(self, library: Library) -> None:
        self.library = library
        self._readers = ThreadPoolExecutor(READERS, "read")
        self._writer = ThreadPoolExecutor(1, "write")
        self._watch: Watch | None = None
        self._numbers = count(1)
        self._latest: dict[tuple[int, str], int] = {}
        self._running: dict[tuple[int, str], int] = {}  # the thread that answers a kind of request now
        self._spent = 0.0  # seconds of reading since the last ``spent``
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

    def write(
        self,
        to: MessagePump,
        call: Callable[[], T],
        then: Callable[[T], None],
        otherwise: Callable[[HakawatiError], None] | None = None,
    ) -> None:
        """Run a call that changes something, after all that were asked for before it."""
        self._submit(self._writer, to, "", call, then, otherwise)

    def watch(self, to: MessagePump) -> None:
        """Post Written whenever another connection has written, from now on."""
        self._watch = Watch(self.library, to, self.spent)
        self._watch.start()

    def spent(self) -> float:
        """Seconds that the reads took which have ended since this was asked last."""
        spent, self._spent = self._spent, 0.0
        return spent

    def fresh(self, to: MessagePump, message: Answer | Failed) -> bool:
        """Is this the answer to the newest request of its kind?"""
        return not message.kind or self._latest.get((id(to), message.kind)) == message.number

    def drop(self, to: MessagePump, kind: str) -> None:
        """What is asked of a kind is wanted no longer: it is stopped, and no answer arrives."""
        self._supersede((id(to), kind))

    def _supersede(self, key: tuple[int, str]) -> int:
        """The number of a newer request of a kind; the one that is being answered is stopped."""
        number = self._latest[key] = next(self._numbers)
        if key[1] and (thread := self._running.get(key)) is not None:
            self.library.interrupt(thread)
        return number

    def close(self) -> None:
        """Finish the writes, drop the reads, end the threads."""
        if self._watch is not None:
            self._watch.stop()
        self._readers.shutdown(wait=True, cancel_futures=True)
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
        key = (id(to), kind)
        number = self._supersede(key)

        def run() -> None:
            if self._overtaken(key, number):
                return
            try:
                value: Any = self._answer(key, number, call)
            except HakawatiError as error:
                to.post_message(Failed(kind, number, error, otherwise))
            except Exception as error:  # a mistake of ours: it has to be seen, on the app's own thread
                to.post_message(Answer("", number, error, broken))
            else:
                to.post_message(Answer(kind, number, value, then))

        future = pool.submit(run)
        self.pending.add(future)
        future.add_done_callback(self.pending.discard)

    def _overtaken(self, key: tuple[int, str], number: int) -> bool:
        """Has the same been asked anew since? Never of kind ""."""
        return bool(key[1]) and self._latest[key] != number

    def _answer(self, key: tuple[int, str], number: int, call: Callable[[], T]) -> T:
        """What ``call`` gives; it is made again where it was stopped for the sake of another one."""
        while True:
            self._running[key] = get_ident()
            started = time.monotonic()
            try:
                return call()
            except Interrupted:
                if self._overtaken(key, number):
                    raise
            finally:
                self._running.pop(key, None)
                self._spent += time.monotonic() - started


class Watch(Thread):
    """Looks again and again whether anybody wrote; costs next to nothing while nobody does.

    A thread of its own, because the data version is one connection's view.
    """

    def __init__(self, library: Library, to: MessagePump, spent: Callable[[], float]) -> None:
        super().__init__(name="watch", daemon=True)
        self._spent = spent
        self._library = library
        self._to = to
        self._over = Event()

    def run(self) -> None:
        """Until stopped. A cache that cannot be read now is looked at again."""
        known, wait = None, 0.0
        while not self._over.wait(wait):
            wait = PULSE
            with contextlib.suppress(HakawatiError):
                version = self._library.data_version()
                if known not in (None, version):
                    self._to.post_message(Written())
                    wait = rest(self._spent())
                known = version

    def stop(self) -> None:
        """End it."""
        self._over.set()
        self.join()


def rest(spent: float) -> float:
    """Seconds until the next look after a change; reading took ``spent`` seconds since the one before."""
    return max(2 * PULSE, min(MOST_REST, REST_SHARE * spent))


def broken(error: Exception) -> None:
    """Raise what nobody expected."""
    raise error
