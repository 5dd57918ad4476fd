"""The first choice: which feeds of the shipped catalogue a reader of some languages and one desk follows.

Pure but for three functions: ``offer`` and ``as_shipped`` read files, ``write`` edits the configuration.
No other feed than the catalogue's is ever touched.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from pathlib import Path

from aggregator import config
from aggregator.config import Feed, Settings
from aggregator.dataclass import dataclass
from aggregator.errors import InputError
from aggregator.text.inert import clean_text

WHOLE = "all"
NAMES = {
    "ar": "Arabic",
    "en": "English",
    "fa": "Persian",
    "fr": "French",
    "he": "Hebrew",
    "ku": "Kurdish",
    "tr": "Turkish",
}
"""Names of languages; one that is not here is shown by its code."""
LOCALES = ("LC_ALL", "LC_MESSAGES", "LANG")
"""Where a system says which language its user reads, the strongest first (POSIX, 8.2)."""


@dataclass(frozen=True, slots=True)
class Desk:
    """A part of the region; a feed belongs to it by its country or by one of its tags."""

    id: str
    name: str
    countries: frozenset[str] = frozenset()
    tags: frozenset[str] = frozenset()
    also: tuple[str, ...] = ()  # other words for it on the command line

    def holds(self, country: str, tags: Iterable[str]) -> bool:
        """Is a feed of this country with these tags about the desk?"""
        return country in self.countries or not self.tags.isdisjoint(tags)


DESKS = (
    Desk(WHOLE, "Whole region, a choice of many sides", also=("region",)),
    Desk(
        "levant",
        "Levant: Lebanon, Syria, Jordan",
        frozenset({"LB", "SY", "JO"}),
        frozenset({"lebanon", "syria", "jordan"}),
        ("lebanon", "syria", "jordan"),
    ),
    Desk(
        "gulf",
        "Gulf, Iraq, Yemen",
        frozenset({"SA", "AE", "QA", "KW", "OM", "BH", "IQ", "YE"}),
        frozenset({"gulf", "saudi-arabia", "uae", "qatar", "kuwait", "oman", "bahrain", "iraq", "yemen"}),
        ("iraq", "yemen"),
    ),
    Desk("iran", "Iran", frozenset({"IR"}), frozenset({"iran"})),
    Desk("turkey", "Turkey", frozenset({"TR"}), frozenset({"turkey"}), ("türkiye", "turkiye")),
    Desk(
        "israel-palestine",
        "Israel and Palestine",
        frozenset({"IL", "PS"}),
        frozenset({"israel", "palestine", "gaza", "jerusalem"}),
        ("israel", "palestine", "israel/palestine"),
    ),
    Desk(
        "egypt-maghreb",
        "Egypt, Sudan, Maghreb",
        frozenset({"EG", "SD", "LY", "TN", "DZ", "MA"}),
        frozenset({"egypt", "sudan", "libya", "tunisia", "algeria", "morocco"}),
        ("egypt", "sudan", "maghreb", "egypt/maghreb"),
    ),
)


def desks_of(country: str, tags: Iterable[str]) -> tuple[str, ...]:
    """The ids of the desks that a feed belongs to; none for one about the whole region."""
    named = tuple(tags)
    return tuple(desk.id for desk in DESKS if desk.holds(country, named))


def language_name(code: str) -> str:
    """``Arabic`` for ``ar``."""
    return NAMES.get(code, code)


@dataclass(frozen=True)
class Offer:
    """What there is to choose from: the feeds of the catalogue, and which of them come switched on."""

    feeds: tuple[Feed, ...]
    shipped_on: frozenset[str]

    @cached_property
    def languages(self) -> tuple[str, ...]:
        """The languages of the catalogue, that with most feeds first."""
        found = [feed.language for feed in self.feeds if feed.language]
        return tuple(sorted(set(found), key=lambda code: (-found.count(code), code)))

    def turned_on(self, languages: Iterable[str], desk: str = WHOLE) -> list[str]:
        """The addresses that are followed then.

        For the whole region those that come switched on; for a desk all of it, and what comes switched on
        and is about no desk. Of both, those in these languages.
        """
        wanted = set(languages)
        return [feed.url for feed in self.feeds if feed.language in wanted and self._fits(feed, desk)]

    def _fits(self, feed: Feed, desk: str) -> bool:
        about, shipped = desks_of(feed.country, feed.tags), feed.url in self.shipped_on
        return shipped if desk == WHOLE else desk in about or (shipped and not about)

    def count(self, language: str, desk: str = WHOLE) -> int:
        """How many feeds of one language that is."""
        return len(self.turned_on([language], desk))


def offer(settings: Settings) -> Offer:
    """The feeds of these settings that are of the catalogue. Raises ConfigError."""
    shipped = {feed.url: feed for feed in config.read(config.shipped()).feeds}
    known = tuple(feed for feed in settings.feeds if feed.url in shipped)
    return Offer(known, frozenset(url for url, feed in shipped.items() if feed.enabled))


def as_shipped(path: Path) -> bool:
    """Is this configuration still as it came, so that nobody has decided anything?"""
    try:
        return path.read_bytes().splitlines() == config.shipped().read_bytes().splitlines()
    except OSError:
        return False


def guess(environment: Mapping[str, str], known: Sequence[str]) -> tuple[str, ...]:
    """The languages that this user probably reads: that of the system, and English."""
    system = next((environment[name] for name in LOCALES if environment.get(name)), "")[:2].lower()
    return tuple(code for code in dict.fromkeys((system, "en")) if code in known)


def languages_named(text: str, known: Sequence[str]) -> tuple[str, ...]:
    """``ar, English`` -> ("ar", "en"). Raises InputError for what the catalogue has nothing in."""
    names = {language_name(code).casefold(): code for code in known}
    found = []
    for word in text.replace(",", " ").split():
        code = word.casefold()
        if code not in known and code not in names:
            there = ", ".join(f"{each} ({language_name(each)})" for each in known)
            raise InputError(f"The catalogue has nothing in {clean_text(word, limit=40)}; it has {there}.")
        found.append(names.get(code, code))
    if not found:
        raise InputError(f"No language is named; the catalogue has {', '.join(known)}.")
    return tuple(dict.fromkeys(found))


def desk_named(text: str) -> Desk:
    """The desk of this id, number or other word. Raises InputError where there is none."""
    word = text.strip().casefold()
    for number, desk in enumerate(DESKS, 1):
        if word in (desk.id, str(number), *desk.also):
            return desk
    there = ", ".join(desk.id for desk in DESKS)
    raise InputError(f'There is no desk "{clean_text(text, limit=40)}"; there are {there}.')


def write(path: Path, given: Offer, languages: Sequence[str], desk: str) -> list[str]:
    """Follow what was chosen, in one step that keeps comments; returns the addresses followed.

    Feeds of the catalogue that were not chosen are switched off; others stay as they are. Raises ConfigError,
    and InputError where nothing would be followed.
    """
    from aggregator import subscriptions  # loads the TOML editor, which reading never needs

    chosen = given.turned_on(languages, desk)
    if not chosen:
        raise InputError("The catalogue has no feed of this desk in these languages; choose one more.")
    switched = {feed.url: feed.url in set(chosen) for feed in given.feeds}
    subscriptions.choose(path, switched, tuple(languages))
    return chosen
