"""After articles were stored: stories, sentence vectors and threads, until all is done or the time is up.

Articles are stored and listed before any of this begins. What is not reached stays on its list in the
store and is taken up by the next sync.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from functools import partial

from aggregator import ruling
from aggregator.config import Config, RelatedSettings
from aggregator.relate import PAIRS_KEPT, VECTORS_KEPT
from aggregator.store.db import Store
from aggregator.stories.vectors import Encoder, load_encoder
from aggregator.text.inert import clean_text
from aggregator.writer import Writer

IMPORT_SECONDS = 900.0  # for the vectors of an imported archive: about 20,000 articles, the newest first
log = logging.getLogger(__name__)
FEW = 64  # articles that wait: so few get their vectors first and are compared once


async def bring_rules(config: Config, writer: Writer, stop: asyncio.Event, now: int) -> None:
    """Bring the rules in line with the configuration, before articles come; what is skipped is told."""
    problems = await writer.call(lambda store: ruling.reconcile(store, config.settings, now))
    for problem in problems:
        log.warning("hakawati: the rule %s is skipped: %s", clean_text(problem.name), clean_text(problem.why))
    while not stop.is_set() and await writer.call(ruling.step):
        pass


async def catch_up(
    writer: Writer,
    settings: RelatedSettings,
    stop: asyncio.Event,
    *,
    seconds: float,
    progress: Callable[[int], None] = lambda waiting: None,
) -> None:
    """Relate all that waits; give vectors for at most ``seconds``, newest first, and relate again.

    ``progress`` gets the number of articles that still wait. Ends early, with everything so far stored,
    when ``stop`` is set.
    """
    if await writer.call(lambda store: store.relating.waiting_count()) > FEW:
        await relate(writer, stop, progress)
    if settings.vectors:
        await encode(writer, stop, seconds, progress)
    await relate(writer, stop, progress)
    await follow(writer, stop)
    await writer.call(forget)


async def relate(writer: Writer, stop: asyncio.Event, progress: Callable[[int], None]) -> None:
    """Compare and group whatever waits; follow what changed while its articles are in the window.

    Then the rules that ask for stories decide, such as the mute of one.
    """
    while not stop.is_set() and (await writer.call(writer.relater.step)) > 0:
        progress(await writer.call(lambda store: store.relating.waiting_count()))
        await follow(writer, stop)
    await writer.call(lambda store: ruling.settle(store, int(time.time())))


async def follow(writer: Writer, stop: asyncio.Event) -> None:
    """Look for the threads of the stories that changed."""
    while not stop.is_set() and (await writer.call(writer.follower.step)) > 0:
        pass


async def encode(
    writer: Writer, stop: asyncio.Event, seconds: float, progress: Callable[[int], None]
) -> None:
    """Give vectors to the newest articles that wait for one, until the time is up."""
    encoder = await writer.call(needed_encoder)
    until = time.monotonic() + seconds
    while encoder is not None and not stop.is_set() and time.monotonic() < until:
        if not await writer.call(partial(writer.relater.encode, encoder)):
            return
        progress(await writer.call(lambda store: store.relating.unencoded_count()))


def needed_encoder(store: Store) -> Encoder | None:
    """The model, loaded only if an article waits for a vector; None where it is not installed."""
    return load_encoder() if store.relating.unencoded(1) else None


def forget(store: Store) -> None:
    """Let go of pairs and vectors that are too old to be compared, counted from the newest article."""
    newest = store.relating.newest()
    store.relating.forget_before(newest - PAIRS_KEPT, newest - VECTORS_KEPT)
