"""What a rule may do with an article, as written in the configuration. Pure; knows nothing of ours.

``hide``, ``read``, ``star``, ``notify``, ``tag:NAME``, ``score:+5``
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable
from typing import Final

from aggregator.dataclass import dataclass
from aggregator.late import pattern

PLAIN: Final = ("hide", "read", "star", "notify")
VALUED: Final = ("tag:NAME", "score:+5")
MUTES: Final = ("story", "word", "outlet")  # what can be muted, that is: hidden by a rule made on the spot
MOST_SCORE: Final = 1000  # points of one rule; more orders nothing better, and sums must stay readable
MOST_TAG: Final = 60  # characters of a tag: what a row of a list can show

_SCORE = pattern(r"[+-]?\d{1,9}", re.ASCII)
_LEGAL: Final = f"legal are {', '.join((*PLAIN, *VALUED))}"
# What people of other readers write for it.
_ALIASES: Final = {"mute": "hide", "delete": "hide", "skip": "hide", "mark read": "read", "alert": "notify"}


@dataclass(frozen=True, slots=True)
class Actions:
    """What a rule does. ``tags`` as written; ``score`` in points, 0 for none."""

    hide: bool = False
    read: bool = False
    star: bool = False
    notify: bool = False
    tags: tuple[str, ...] = ()
    score: int = 0

    def words(self) -> tuple[str, ...]:
        """The same as it is written, always in this order."""
        plain = [word for word in PLAIN if getattr(self, word)]
        tags = [f"tag:{tag}" for tag in self.tags]
        return (*plain, *tags, *([f"score:{self.score:+d}"] if self.score else []))


def read_actions(words: Iterable[str]) -> Actions:
    """The actions that words stand for; ValueError with a sentence for the first that is none."""
    plain: set[str] = set()
    tags: dict[str, None] = {}
    score = 0
    for word in map(str.strip, words):
        name, colon, value = word.partition(":")
        if word in PLAIN:
            plain.add(word)
        elif name == "tag" and colon:
            tags[_tag(value)] = None
        elif name == "score" and colon:
            score += _score(value)
        else:
            raise ValueError(f'"{word}" is no action; {_meant(word)}')
    return Actions(**dict.fromkeys(plain, True), tags=tuple(sorted(tags)), score=score)


def _tag(value: str) -> str:
    tag = " ".join(value.split())
    if not any(character.isalnum() for character in tag):
        raise ValueError('"tag:" needs a name with a letter or digit, such as "tag:oil"')
    if len(tag) > MOST_TAG:
        raise ValueError(f'the tag "{tag[:20]}…" is longer than {MOST_TAG} characters')
    return tag


def _score(value: str) -> int:
    if not _SCORE.fullmatch(value.strip()) or not 0 < abs(int(value)) <= MOST_SCORE:
        raise ValueError(f'"score:{value}" is no score; write "score:+5" or "score:-5", {MOST_SCORE} at most')
    return int(value)


def _meant(word: str) -> str:
    """What was probably meant by a word that is no action."""
    name = word.partition(":")[0].casefold().strip()
    if name in _ALIASES:
        return f'did you mean "{_ALIASES[name]}"?'
    known = {**{plain: plain for plain in PLAIN}, **{valued.partition(":")[0]: valued for valued in VALUED}}
    near = difflib.get_close_matches(name, known, n=1, cutoff=0.5)
    return f'did you mean "{known[near[0]]}"?' if near else _LEGAL
