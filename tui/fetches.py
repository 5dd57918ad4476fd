"""The pages that are being fetched: a few processes at a time, and what is waiting for one."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

from tui.child import PageChild

AT_ONCE = 2
"""Processes at a time: the article that is open and the one before it, on a small machine."""

Command = Callable[[int], list[str]]
"""Article -> the argv of a process that fetches its page."""
Ended = Callable[[int, str], None]
"""Told of each fetch's end: the article, and why it failed or ""."""


class Fetches:
    """Starts what is asked for; the last asked is the next to start, for that is what is looked at.

    ``tried`` says when a page was asked for last in this session (seconds), ``failures`` why that failed.
    """

    def __init__(
        self, command: Command, ended: Ended, run: Callable[[Coroutine[Any, Any, None]], object]
    ) -> None:
        self._command = command
        self._ended = ended
        self._run = run
        self._waiting: list[int] = []
        self._children: dict[int, PageChild] = {}
        self.tried: dict[int, int] = {}
        self.failures: dict[int, str] = {}

    def under_way(self, article_id: int) -> bool:
        """Is this article's page being fetched, or about to be?"""
        return article_id in self._children or article_id in self._waiting

    def ask(self, article_id: int, now: int) -> bool:
        """Fetch the page of an article; False where that is under way already."""
        if self.under_way(article_id):
            return False
        self.tried[article_id] = now
        self.failures.pop(article_id, None)
        self._waiting.append(article_id)
        self._begin()
        return True

    def came(self, article_id: int, fetched: int) -> None:
        """A page is stored, fetched at that time: if by the last try, that did not fail."""
        if fetched >= self.tried.get(article_id, fetched + 1):
            self.failures.pop(article_id, None)

    def _begin(self) -> None:
        """Start what there is room for."""
        while self._waiting and len(self._children) < AT_ONCE:
            article_id = self._waiting.pop()
            child = self._children[article_id] = PageChild(self._command(article_id))
            self._run(self._to_end(article_id, child))

    async def _to_end(self, article_id: int, child: PageChild) -> None:
        """Wait for one fetch, and tell of it."""
        failure = await child.run()
        del self._children[article_id]
        if failure:
            self.failures[article_id] = failure
        self._begin()
        self._ended(article_id, failure)

    async def stop(self) -> None:
        """End all of them."""
        self._waiting.clear()
        await asyncio.gather(*(child.stop() for child in self._children.values()))
