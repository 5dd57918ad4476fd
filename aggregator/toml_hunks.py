"""What an edit of config.toml changed, kept so that it can be taken back and done again to the byte.

A hunk is the lines before and after with some unchanged ones around, so many that it stands just once.
It goes back only where its lines still stand so: what was edited by hand meanwhile is never guessed at.
Lines that hold secrets are not kept; each is a mark, filled in from the file when the hunk is used. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from difflib import SequenceMatcher
from typing import Final, TypeAlias

from aggregator.config import Settings

AROUND: Final = 3  # unchanged lines kept on each side, as in a patch; twice as many where that is ambiguous
LEAST_SECRET: Final = 6  # characters: shorter ones, as "1", stand in any text, and are guessed at once
MARK: Final = "\0"  # begins what stands for a line with a secret; no configuration can hold it

Lines: TypeAlias = list[str]  # each with its line end
Hunk: TypeAlias = tuple[Lines, Lines]  # before, after

_KEY: Final = re.compile(
    r"\s*(?:\w+\s*\.\s*)*(username|password|password_command|password_file|headers|proxy)\s*(?:=|\.)"
)
_ADDRESS: Final = re.compile(r"://[^/?#\s\"']*@")  # a name and perhaps a password before the host
_HEADERS: Final = re.compile(r"\s*\[+[^\]]*headers[^\]]*\]")


def hunks(old: str, new: str, secrets: Iterable[str]) -> list[Hunk] | None:
    """What changed from one text to the other; None where it cannot be kept without a secret.

    ``secrets`` are those of both texts; none of them is in the answer.
    """
    before, after = old.splitlines(keepends=True), new.splitlines(keepends=True)
    around, texts = AROUND, [(lines, _marks(lines)) for lines in (before, after)]
    while True:
        found = list(_grouped(before, after, around))
        if around >= len(before) + len(after) or all(_clear(hunk, texts) for hunk in found):
            break
        around *= 2
    kept = [_masked(hunk) for hunk in found]
    text = "".join(line for hunk in kept for side in hunk for line in side)
    leaks = any(secret in text for secret in secrets if len(secret) >= LEAST_SECRET)
    return None if leaks or _runs_on(before) or _runs_on(after) else kept


def applied(text: str, kept: Sequence[Hunk], *, back: bool) -> str | None:
    """The text with the change taken back, or done again; None where it does not stand there as it was.

    Raises ValueError where that needs a secret that is in the file no more.
    """
    lines = text.splitlines(keepends=True)
    marks = _marks(lines)
    places = []
    for hunk in kept:
        source, goal = (hunk[1], hunk[0]) if back else hunk
        start = _place(lines, marks, source, goal)
        if start is None:
            return None
        places.append((start, source, goal))
    for start, source, goal in sorted(places, reverse=True):
        end = start + len(source)
        if end < len(lines) and goal and not goal[-1].endswith("\n"):
            return None  # it was the file's last line, and something has been written behind it
        lines[start:end] = _filled(lines[start:end], source, goal)
    return "".join(lines)


def shows(text: str, kept: Sequence[Hunk], *, after: bool) -> bool:
    """Is the text as it was after the change, or else before it, in all the lines that this is about?"""
    lines = text.splitlines(keepends=True)
    marks = _marks(lines)
    return all(_place(lines, marks, hunk[after], hunk[not after]) is not None for hunk in kept)


def hides(text: str) -> bool:
    """May there be any secret in a text?"""
    return any(_marks(text.splitlines()))


def secrets_of(*settings: Settings) -> Iterator[str]:
    """What must be kept nowhere but in the configuration: passwords, headers, what stands in addresses."""
    for one in settings:
        for text in (one.fetch.proxy, *(part for feed in one.feeds for part in (feed.url, feed.proxy))):
            yield from (found[3:] for found in _ADDRESS.findall(text))
        for feed in one.feeds:
            yield from filter(None, (feed.password, *feed.headers.values()))


def _runs_on(lines: Lines) -> bool:
    """Whether a secret goes on in the lines behind its own."""
    hiding = (line for line, mark in zip(lines, _marks(lines), strict=True) if mark)
    return any('"""' in line or "'''" in line for line in hiding)


def _grouped(before: Lines, after: Lines, around: int) -> Iterator[Hunk]:
    """The changes, those near each other as one."""
    same, shorter = 0, min(len(before), len(after))
    while same < shorter and before[same] == after[same]:
        same += 1  # the matcher below is slow with long files, of which most edits change a line
    tail = 0
    while tail < shorter - same and before[-1 - tail] == after[-1 - tail]:
        tail += 1
    first, last = max(0, same - around), max(0, tail - around)
    old, new = before[first : len(before) - last], after[first : len(after) - last]
    for group in SequenceMatcher(None, old, new).get_grouped_opcodes(around):
        yield old[group[0][1] : group[-1][2]], new[group[0][3] : group[-1][4]]


def _clear(hunk: Hunk, texts: Sequence[tuple[Lines, Lines]]) -> bool:
    """Whether each side can be told from the other in both texts."""
    old, new = _masked(hunk)
    found = [_place(*text, *sides) is not None for text in texts for sides in ((old, new), (new, old))]
    return found == [True, False, False, True]


def _place(lines: Lines, marks: Lines, side: Lines, other: Lines) -> int | None:
    """Where a hunk's side stands; None where it does not, stands twice, or is there as part of the other."""
    found = _places(lines, marks, side)
    if len(found) != 1 or (_within(side, other) and _places(lines, marks, other)):
        return None
    return found[0]


def _within(part: Lines, whole: Lines) -> bool:
    """Whether lines stand in longer ones, as those around new lines at a file's end do."""
    starts = range(len(whole) - len(part) + 1)
    return any(whole[start : start + len(part)] == part for start in starts)


def _places(lines: Lines, marks: Lines, wanted: Lines) -> list[int]:
    """Where the lines stand."""
    if not wanted:
        return [] if lines else [0]
    size, first = len(wanted), wanted[0]
    return [
        start
        for start in range(len(lines) - size + 1)
        if _fits(lines[start], marks[start], first)
        and all(map(_fits, lines[start : start + size], marks[start : start + size], wanted))
    ]


def _fits(line: str, mark: str, wanted: str) -> bool:
    return mark == wanted.rpartition(MARK)[0] if wanted.startswith(MARK) else line == wanted


def _marks(lines: Lines) -> Lines:
    """For each line with a secret what it is marked with, but for its number; "" for others."""
    marks, inside = [], False
    for line in lines:
        if line.lstrip().startswith("["):
            inside = bool(_HEADERS.match(line))
        key = _KEY.match(line)
        hides = inside or key or _ADDRESS.search(line)
        marks.append(f"{MARK}{key[1] if key else 'line'}" if hides else "")
    return marks


def _masked(hunk: Hunk) -> Hunk:
    """The hunk with a numbered mark in place of each line with a secret, the same line having one number."""
    numbers: dict[str, int] = {}

    def masked(lines: Lines) -> Lines:
        return [
            f"{mark}{MARK}{numbers.setdefault(line, len(numbers))}" if mark else line
            for line, mark in zip(lines, _marks(lines), strict=True)
        ]

    return masked(hunk[0]), masked(hunk[1])


def _filled(lines: Lines, source: Lines, goal: Lines) -> Lines:
    """The goal with the file's own lines in place of marks; ValueError where one is not in the file."""
    known = {mark: line for mark, line in zip(source, lines, strict=True) if mark.startswith(MARK)}
    if missing := [line for line in goal if line.startswith(MARK) and line not in known]:
        raise ValueError(f"{len(missing)} lines with secrets are gone")
    return [known.get(line, line) for line in goal]
