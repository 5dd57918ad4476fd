"""A process that adds a feed: it looks for one at an address, writes the configuration and fetches it."""

from __future__ import annotations

import asyncio
import re
from asyncio.subprocess import PIPE, Process

from aggregator.dataclass import dataclass
from aggregator.errors import FINE, SOME_FAILED
from tui.child import PROGRAM, Child, tail
from tui.keys import key_of

MOST = 20_000
"""Bytes of its output that are read: a site that offers many feeds names them in a few thousand."""
OFFERED = re.compile(r"^  (?P<url>https?://\S+)(?P<about>.*)$", re.MULTILINE)
"""A line of ``feeds add`` that names one of several feeds."""


@dataclass(frozen=True, slots=True)
class Added:
    """What came of it: a sentence, whether the configuration changed, or several feeds to choose from."""

    sentence: str
    done: bool = False
    offered: tuple[tuple[str, str], ...] = ()  # (address, what to show for it)


class AddChild(Child):
    """One run of ``feeds add``."""

    async def run(self) -> Added:
        """What came of it, once it has ended."""
        try:
            process = await self.start(PIPE)
        except OSError as error:
            return Added(f"No process can be started ({error.strerror}).")
        output, complaint = await asyncio.gather(said(process), tail(process))
        return outcome(await process.wait(), output, complaint)


async def said(process: Process) -> str:
    """The beginning of its output; the rest is read and forgotten, so that it can end."""
    kept = b""
    while process.stdout is not None and (chunk := await process.stdout.read(4096)):
        kept = (kept + chunk)[:MOST]
    return kept.decode("utf-8", "replace")


def outcome(code: int, output: str, complaint: str) -> Added:
    """What exit code and output mean."""
    offers = OFFERED.finditer(output)
    offered = tuple((found["url"], f"{found['url']} {found['about'].strip()}") for found in offers)
    lines = output.strip().splitlines()
    if offered and code not in (FINE, SOME_FAILED):
        return Added(lines[0], offered=offered)
    if code == FINE and lines:
        return Added(" ".join(" ".join(lines).split()), done=True)
    if code == SOME_FAILED and lines:  # it is followed now, though fetching it failed
        return Added(
            " ".join(" ".join(lines).split()) + f" {key_of('health')} says what went wrong.", done=True
        )
    last = complaint.strip().splitlines()[-1:] or [f"adding it ended with code {code} and said nothing"]
    return Added(f"Not added: {last[0].removeprefix(PROGRAM)}")
