"""config.toml -> Config, or a ConfigError that names file, line, key and the nearest legal key.

Relative paths resolve against the file. Nothing is created here but the user's first config file.
"""

from __future__ import annotations

import difflib
import ipaddress
import os
import re
import tempfile
import tomllib
import unicodedata
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal, get_args
from urllib.parse import urlsplit

import msgspec
import platformdirs
from msgspec import Meta

from aggregator.actions import read_actions
from aggregator.errors import ConfigError
from aggregator.late import pattern
from aggregator.private import make_folder
from aggregator.toml_lines import line_of

APP = "hakawati"
SPAN = pattern(r"(\d{1,9})\s*(m|h|d)", re.ASCII)
SPAN_MINUTES = {"m": 1, "h": 60, "d": 1440}
MAX_BYTES = 20_000_000  # of a configuration file; 3,000 feeds take 1 MB, and --config /dev/zero must end
MONTH = 43_200  # minutes (30 days): a feed polled less often than that is not followed any more
LEAST_SPACING = 2.0  # seconds between two pages of a publisher's site: as quickly as a person clicks
MANY = 1_000_000_000  # days, bytes or articles: more means nothing, and sums must stay inside 64 bits
LANGUAGE = pattern(r"([A-Za-z]{2,3}([-_][A-Za-z0-9]{2,8})*)?")  # BCP 47 in the forms that feeds use
COUNTRY = pattern(r"([A-Za-z]{2})?")  # ISO 3166-1
DATE = pattern(r"\d{4}-\d{2}-\d{2}", re.ASCII)
FIRST_YEAR, LAST_YEAR = 1971, 2999  # of dates that every system's calendar knows, whatever its time zone
WEB_ADDRESS = pattern(r"https?://[^\s/]\S*", re.IGNORECASE)
PROXY_SCHEMES = ("http", "https", "socks5", "socks5h")
NO_PROXY = "direct"  # of a feed's own proxy key
PASSWORD = "{password}"  # noqa: S105  # stands for a feed's password in its headers
HEADER_NAME = pattern(r"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}")  # RFC 9110 §5.6.2
OURS = frozenset(  # headers that the program answers for itself
    {"host", "user-agent", "accept-encoding", "connection", "content-length", "transfer-encoding", "te"}
    | {"upgrade", "expect", "range", "trailer", "if-none-match", "if-modified-since", "proxy-authorization"}
)
# C0, DEL, C1, line separators, bidi overrides and embeddings: they could forge or garble a screen
UNFIT = pattern("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e]")
ALIASES = {"name": "title", "lang": "language", "link": "url", "xmlurl": "url", "every": "interval"}
AT_LINE = pattern(r" \(at line (\d+), column (\d+)\)$")  # the end of what tomllib says
MOST_MARKS = 4  # combining marks on one letter, as everywhere (see text.inert)
UNFIT_SAYS = "holds control or direction characters; take them out"
# what is wrong, in the words of TOML rather than of the checking library
IN_WORDS = (
    (pattern(r"\barray\b"), "list"),
    (pattern(r"\bobject\b", re.IGNORECASE), "table"),
    (pattern(r"\bstr\b"), "text"),
    (pattern(r"\bint\b"), "whole number"),
    (pattern(r"\bfloat\b"), "number"),
    (pattern(r"\bbool\b"), "true or false"),
)

Theme = Literal["dark", "light", "contrast", "ansi"]
WholeText = Literal["auto", "always", "never"]
Robots = Literal["always", "prefetch"]
Notify = Literal["", "every", "spike"]
Start = Literal["stories", "latest"]
RightToLeft = Literal["auto", "app", "terminal", "off"]
Marks = Literal["strip", "keep"]
CHOICES: dict[str, Any] = {
    "theme": Theme,
    "policy": WholeText,
    "full_text": WholeText,
    "robots": Robots,
    "notify": Notify,
    "start": Start,
    "rtl": RightToLeft,
    "marks": Marks,
}
Positive = Annotated[int, Meta(ge=1, le=MANY)]
Seconds = Annotated[float, Meta(ge=0, le=3600)]


class Fetch(msgspec.Struct, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """[fetch]: how we ask publishers' servers. Times in seconds, sizes in bytes."""

    concurrency: Annotated[int, Meta(ge=1, le=1024)] = 64
    per_host: Annotated[int, Meta(ge=1, le=16)] = 1
    spacing: Seconds = 1.0
    deadline: Annotated[float, Meta(gt=0, le=3600)] = 45.0
    max_bytes: Positive = 10_000_000
    max_redirects: Annotated[int, Meta(ge=0, le=20)] = 5
    contact: str = ""
    allow_private: tuple[str, ...] = ()
    proxy: str = ""
    trust_env: bool = False
    ca_file: str = ""
    min_interval: Annotated[int, Meta(ge=1, le=MONTH)] = 15
    max_interval: Annotated[int, Meta(ge=1, le=MONTH)] = 720
    workers: Annotated[int, Meta(ge=1, le=16)] = 2


class Retention(msgspec.Struct, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """[retention]: what is forgotten. Starred articles and their stories are kept."""

    days: Annotated[int, Meta(ge=0, le=36_500)] = 180
    max_articles: Annotated[int, Meta(ge=0, le=MANY)] = 300_000
    per_feed: Annotated[int, Meta(ge=0, le=MANY)] = 0


class Backup(msgspec.Struct, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """[backup]: how many daily copies of the cache are kept beside it."""

    keep: Annotated[int, Meta(ge=0, le=100)] = 3


class RelatedSettings(msgspec.Struct, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """[related]: whether sentence vectors are made, and for how many seconds at the end of a sync."""

    vectors: bool = True
    vector_seconds: Annotated[int, Meta(ge=0, le=86_400)] = 30


class Reader(msgspec.Struct, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """[reader]: the terminal reader."""

    theme: Theme = "dark"
    mouse: bool = True
    sync_on_start: bool = True
    mark_read_on_open: bool = True
    text_width: Annotated[int, Meta(ge=30, le=200)] = 72
    languages: tuple[str, ...] = ()
    start: Start = "stories"
    rtl: RightToLeft = "auto"
    marks: Marks = "strip"


class FullText(msgspec.Struct, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """[full_text]: which articles' pages are fetched, and how patiently. ``spacing`` in seconds."""

    policy: WholeText = "auto"
    per_sync: Annotated[int, Meta(ge=0, le=10_000)] = 50
    per_day: Annotated[int, Meta(ge=1, le=10_000)] = 200
    spacing: Seconds = 2.0
    robots: Robots = "always"


class SavedFilter(msgspec.Struct, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """[[filters]]: a named query shown beside the outlets, in the file's order.

    With ``notify`` it is a watch: each new article that matches is told, or only an unusual number of them.
    """

    name: Annotated[str, Meta(min_length=1)]
    query: str
    notify: Notify = ""


class Rule(msgspec.Struct, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """[[rules]]: what is done with each article that matches ``when``.

    ``do``: "hide", "read", "star", "tag:NAME", "notify", "score:+5".
    ``until`` is a date (2026-12-01), "" for ever.
    """

    name: str = ""
    when: Annotated[str, Meta(min_length=1)]
    do: Annotated[tuple[str, ...], Meta(min_length=1)]
    until: str = ""
    enabled: bool = True

    @property
    def title(self) -> str:
        """What the rule is called: its name, else its query."""
        return self.name or self.when


class Notifications(msgspec.Struct, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """[notify]: how watches and rules tell. ``command`` is an argv that gets JSON on its standard input."""

    desktop: bool = True
    terminal: bool = True
    command: tuple[str, ...] = ()
    most: Annotated[int, Meta(ge=1, le=1000)] = 5


class Feed(msgspec.Struct, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """[[feeds]]: a feed of the catalogue; polled only when ``enabled``."""

    url: str
    title: str = ""
    outlet: str = ""
    language: str = ""
    country: str = ""
    owner: str = ""
    tags: tuple[str, ...] = ()
    interval: int | str = 0
    full_text: WholeText | None = None  # None: as [full_text] says
    keep_days: Annotated[int, Meta(ge=0, le=36_500)] | None = None  # None: as [retention] says
    keep_articles: Annotated[int, Meta(ge=0, le=MANY)] | None = None
    proxy: str = ""  # "": as [fetch] says; "direct": without one
    headers: dict[str, str] = {}
    username: str = ""
    password: str = ""
    password_command: tuple[str, ...] = ()
    password_file: str = ""
    enabled: bool = True
    note: str = ""

    def __hash__(self) -> int:
        return hash(self.url)  # ``headers`` has none

    @property
    def interval_seconds(self) -> int:
        """The fixed interval in seconds; 0 means adaptive."""
        return span_minutes(self.interval) * 60


class Settings(msgspec.Struct, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """The whole file; an empty one is valid."""

    cache: str = ""
    fetch: Fetch = Fetch()
    retention: Retention = Retention()
    backup: Backup = Backup()
    related: RelatedSettings = RelatedSettings()
    full_text: FullText = FullText()
    notify: Notifications = Notifications()
    reader: Reader = Reader()
    keys: dict[str, str | tuple[str, ...]] = {}
    rules: tuple[Rule, ...] = ()
    filters: tuple[SavedFilter, ...] = ()
    feeds: tuple[Feed, ...] = ()

    @property
    def named_queries(self) -> dict[str, str]:
        """The queries of the saved filters by their names, as the parser wants them for ``filter:``."""
        return {saved.name: saved.query for saved in self.filters}


class Config(msgspec.Struct, frozen=True, kw_only=True):
    """Settings together with where they came from and where the cache lies (both absolute)."""

    path: Path
    cache: Path
    settings: Settings


def span_minutes(value: int | str) -> int:
    """Minutes of ``30`` (minutes) or of ``"30m"``, ``"2h"``, ``"1d"``; ValueError outside 0 … 30 days."""
    if isinstance(value, int):
        minutes = value
    elif match := SPAN.fullmatch(value.strip()):
        minutes = int(match[1]) * SPAN_MINUTES[match[2]]
    else:
        raise ValueError(f'"{value}" is no time span; write minutes as a number, or "30m", "2h", "1d"')
    if not 0 <= minutes <= MONTH:
        raise ValueError(f'"{value}" is not within 0 and 30 days')
    return minutes


def load(path: Path | None = None, cache: Path | None = None) -> Config:
    """Read the configuration named by ``path``, or find it; ``cache`` overrides its cache folder.

    Raises ConfigError.
    """
    try:
        found = (path or find()).expanduser().absolute()
        settings = read(found)
        return Config(path=found, cache=cache_folder(found, settings, cache), settings=settings)
    except (OSError, RuntimeError) as error:  # no such ~user, or the working directory is gone
        raise ConfigError(f"{path or 'config.toml'}: cannot be found ({error}).", str(path or "")) from error


def find() -> Path:
    """./config.toml of a checkout, else the user's own file, made from the shipped one if absent."""
    here = Path.cwd()
    if (here / "config.toml").is_file() and (here / "aggregator").is_dir():
        return here / "config.toml"
    user = user_config()
    if not user.exists():
        try:
            first_copy(user)
        except OSError as error:
            raise ConfigError(
                f"{user}: cannot be made ({error.strerror}); name a file with --config.", str(user)
            ) from error
    return user


def first_copy(user: Path) -> None:
    """Make the user's own configuration, whole or not at all, and for no other eyes: it tells interests."""
    make_folder(user.parent)
    with tempfile.NamedTemporaryFile(dir=user.parent, prefix=".config-", delete=False) as fresh:  # mode 0600
        fresh.write(shipped().read_bytes())
        fresh.flush()
        os.fsync(fresh.fileno())
    Path(fresh.name).replace(user)


def user_config() -> Path:
    """Where the user's configuration lies on this platform."""
    return platformdirs.user_config_path(APP) / "config.toml"


def shipped() -> Path:
    """The default configuration that came with the program."""
    packaged = Path(__file__).with_name("config.default.toml")
    return packaged if packaged.exists() else Path(__file__).parent.parent / "config.toml"


def cache_folder(path: Path, settings: Settings, override: Path | None) -> Path:
    """The cache folder: the option, else the setting, else beside the file or the user's data folder."""
    if override is not None:
        return override.expanduser().absolute()
    if settings.cache:
        return (path.parent / Path(settings.cache).expanduser()).absolute()
    if path == user_config():
        return platformdirs.user_data_path(APP) / "cache"
    return path.parent / "cache"


def read(path: Path) -> Settings:
    """Read and check one file; raises ConfigError with file, line, key and what to do."""
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
        if len(data) > MAX_BYTES:
            raise ConfigError(f"{path}: is larger than {MAX_BYTES // 1_000_000} MB.", str(path))
        return parse(data.decode("utf-8"), path)
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read ({error.strerror}).", str(path)) from error
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise ConfigError(f"{path}:{line}: is not UTF-8 at byte {error.start}.", str(path)) from error


def parse(text: str, path: Path) -> Settings:
    """Check the text of a configuration file; ``path`` is for messages only."""
    text = text.removeprefix("\ufeff")
    try:
        data = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError, ValueError) as error:
        raise broken(error, text, path) from error
    try:
        if isinstance(data.get("keys"), dict):
            data["keys"] = own_keys(data["keys"])
        settings = msgspec.convert(data, Settings)
    except msgspec.ValidationError as error:
        raise at_line(*explain(error), text, path) from error
    check(settings, path, text)
    return settings


def check(settings: Settings, path: Path, text: str = "") -> None:
    """The rules that types cannot say; raises ConfigError for the first that is broken, with its line."""
    for key, what in problems(settings):
        raise at_line(key, f"{inert_line(what)}.", text, path)


def broken(error: Exception, text: str, path: Path) -> ConfigError:
    """What the parser cannot read, with the line where it stopped."""
    what = str(error)
    found = AT_LINE.search(what)
    if found:
        line = int(found[1])
        what = f"{what[: found.start()]}, column {found[2]}"
    else:
        line = text.count("\n") + 1 if "end of document" in what else 0
        what = what.replace(" (at end of document)", ", at the end")
    if not isinstance(error, tomllib.TOMLDecodeError):  # Python's own limits
        deep = isinstance(error, RecursionError)
        what = "lists or tables are nested too deeply" if deep else "a number in it is too long"
    place = f"{path}:{line}" if line else str(path)
    return ConfigError(f"{place}: is not valid TOML: {inert_line(what)}.", str(path))


def at_line(key: str, what: str, text: str, path: Path) -> ConfigError:
    """What is wrong with a key, with the line where it stands, or where its table begins."""
    line = line_of(text, key)
    place = f"{path}:{line}" if line else str(path)
    return ConfigError(f"{place}: {inert_line(key)}: {what}", str(path), key)


def own_keys(table: dict[str, Any], before: str = "") -> dict[str, str | tuple[str, ...]]:
    """[keys]: command -> key or keys, with ``row.down = "j"`` read as ``"row.down" = "j"``.

    Raises ValidationError for what is no text; which commands and keys there are, the reader knows.
    """
    found: dict[str, str | tuple[str, ...]] = {}
    for name, value in table.items():
        key = before + name
        if isinstance(value, dict):
            found |= own_keys(value, f"{key}.")
        elif isinstance(value, list) and all(isinstance(part, str) for part in value):
            found[key] = tuple(value)
        elif isinstance(value, str):
            found[key] = value
        else:
            what = 'must be a key such as "s", or a list of them such as ["s", "Ctrl+S"]'
            raise msgspec.ValidationError(f"{what} - at `$.keys.{key}`")
    return found


def problems(settings: Settings) -> Iterator[tuple[str, str]]:
    """(key, what is wrong) of everything that breaks a rule; no secret is ever in the words."""
    yield from fetch_problems(settings.fetch)
    yield from full_text_problems(settings)
    for number, saved in enumerate(settings.filters, 1):
        for key in unfit_keys(saved):
            yield f"filters[{number}].{key}", UNFIT_SAYS
    titles: set[str] = set()
    for number, rule in enumerate(settings.rules, 1):
        for key, what in rule_problems(rule, titles):
            yield f"rules[{number}].{key}", what
    seen: set[str] = set()
    for number, feed in enumerate(settings.feeds, 1):
        for key, what in feed_problems(feed, seen):
            yield f"feeds[{number}].{key}", what


def fetch_problems(fetch: Fetch) -> Iterator[tuple[str, str]]:
    """The same for [fetch]."""
    for key in unfit_keys(fetch):
        yield f"fetch.{key}", UNFIT_SAYS
    if fetch.proxy and not is_proxy(fetch.proxy):
        yield "fetch.proxy", f'must be "scheme://host:port" with a scheme of {", ".join(PROXY_SCHEMES)}'
    for entry in fetch.allow_private:
        if not is_network(entry):
            example = 'write for example "127.0.0.1" or "10.0.0.0/8"'
            yield "fetch.allow_private", f'"{inert_line(entry)}" is no IP address or network; {example}'
    if fetch.min_interval > fetch.max_interval:
        yield "fetch.min_interval", "is greater than fetch.max_interval; both are minutes"


def full_text_problems(settings: Settings) -> Iterator[tuple[str, str]]:
    """The same for [full_text]: nobody's server but one's own is asked without a pause."""
    if settings.full_text.spacing < LEAST_SPACING and not settings.fetch.allow_private:
        yield "full_text.spacing", f"must be at least {LEAST_SPACING:g} seconds"


def rule_problems(rule: Rule, seen: set[str]) -> Iterator[tuple[str, str]]:
    """The same for one rule; ``seen`` are the names before it and grows by this one's.

    Its query is not looked at: one that cannot be read is told and skipped, it stops nothing.
    """
    for key in unfit_keys(rule):
        yield key, UNFIT_SAYS
    try:
        read_actions(rule.do)
    except ValueError as error:
        yield "do", str(error)
    if rule.until and not is_date(rule.until):
        yield "until", f'"{rule.until}" is no date; write it as 2026-12-01'
    if rule.title in seen:
        yield "name", f'two rules are called "{rule.title}"; give one another name'
    seen.add(rule.title)


def feed_problems(feed: Feed, seen: set[str]) -> Iterator[tuple[str, str]]:
    """The same for one feed; ``seen`` are the addresses before it and grows by this one's."""
    for key in unfit_keys(feed):
        yield key, UNFIT_SAYS
    if not WEB_ADDRESS.fullmatch(feed.url) or not has_host(feed.url):
        yield "url", "must be an http or https address with a host"
    if feed.url in seen:
        yield "url", f"{without_password(feed.url)} is listed twice; remove one"
    seen.add(feed.url)
    if not LANGUAGE.fullmatch(feed.language):
        yield "language", 'must be a code such as "ar"'
    if not COUNTRY.fullmatch(feed.country):
        yield "country", 'must be two letters such as "LB"'
    try:
        span_minutes(feed.interval)
    except ValueError as error:
        yield "interval", str(error)
    yield from access_problems(feed)


def access_problems(feed: Feed) -> Iterator[tuple[str, str]]:
    """The same for a feed's proxy, headers and password."""
    if feed.proxy not in ("", NO_PROXY) and not is_proxy(feed.proxy):
        schemes = ", ".join(PROXY_SCHEMES)
        yield "proxy", f'must be "{NO_PROXY}" or "scheme://host:port" with a scheme of {schemes}'
    yield from header_problems(feed)
    ways = sum(map(bool, (feed.password, feed.password_command, feed.password_file)))
    used = bool(feed.username) or any(PASSWORD in value for value in feed.headers.values())
    if ways > 1:
        yield "password", "is given twice; keep one of password, password_command, password_file"
    if ways and not used:
        yield "username", f"is missing: the password needs one, or a header with {PASSWORD}"
    if used and not ways:
        yield "password", "is missing; give password, password_command or password_file"
    if ":" in feed.username:
        yield "username", "cannot have a colon"
    if feed.username and "@" in urlsplit(feed.url).netloc:
        yield "username", "stands in the address too; keep one"


def header_problems(feed: Feed) -> Iterator[tuple[str, str]]:
    """The same for the headers; their values are in no words."""
    for name, value in feed.headers.items():
        if not HEADER_NAME.fullmatch(name):
            yield "headers", f'"{name}" is no name of a header'
        if name.lower() in OURS:
            yield "headers", f"{name} is sent by the program itself; take it out"
        if UNFIT.search(value):
            yield f"headers.{name}", UNFIT_SAYS


def unfit_keys(table: msgspec.Struct) -> Iterator[str]:
    """The keys whose text holds characters that are no text."""
    for key in table.__struct_fields__:
        value = getattr(table, key)
        if UNFIT.search("".join(value) if isinstance(value, tuple) else str(value)):
            yield key


def is_network(text: str) -> bool:
    """Whether it is an IP address or network."""
    try:
        ipaddress.ip_network(text, strict=False)
    except ValueError:
        return False
    return True


def is_date(text: str) -> bool:
    """Whether it is a day as in 2026-12-01."""
    try:
        return bool(DATE.fullmatch(text)) and FIRST_YEAR <= date.fromisoformat(text).year <= LAST_YEAR
    except ValueError:
        return False


def has_host(text: str) -> bool:
    """Whether host and port of a URL can be used."""
    try:
        parts = urlsplit(text)
        return bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False


def is_proxy(text: str) -> bool:
    """Whether it is the URL of a proxy of a kind we can speak to."""
    return has_host(text) and urlsplit(text).scheme in PROXY_SCHEMES


def without_password(url: str) -> str:
    """A URL for messages, without the name and password that may stand before its host."""
    return re.sub(r"(?<=://)[^/?#]*@", "", url)


def explain(error: msgspec.ValidationError) -> tuple[str, str]:
    """msgspec's error as the key's place and one sentence; for an unknown key with the nearest one."""
    what, _, where = str(error).partition(" - at `$")
    place = re.sub(r"\[(\d+)\]", lambda m: f"[{int(m[1]) + 1}]", where.rstrip("`").lstrip("."))
    unknown = re.search(r"unknown field `(.*)`", what, re.DOTALL)
    if unknown is None:
        return place, f"{inert_line(in_words(what, place))}."
    return (f"{place}.{unknown[1]}" if place else unknown[1]), f"unknown key; {nearest(unknown[1], place)}"


def in_words(what: str, place: str) -> str:
    """The checking library's message about the key at ``place`` in the words of TOML."""
    for form, words in IN_WORDS:
        what = form.sub(words, what)
    if what.startswith("Invalid enum value"):
        return f"must be one of {', '.join(get_args(CHOICES[place.rpartition('.')[2]]))}"
    return what[:1].lower() + what[1:]


def nearest(key: str, place: str) -> str:
    """What was probably meant by an unknown key: a key of its own table, or of another one."""
    legal = legal_keys(place)
    if ALIASES.get(key.lower()) in legal:
        return f"did you mean {ALIASES[key.lower()]}?"
    if near := difflib.get_close_matches(key, legal, n=1, cutoff=0.5):
        return f"did you mean {near[0]}?"
    for table in ("fetch", "retention", "related", "full_text", "notify", "reader"):
        if key in legal_keys(table):
            return f"it belongs under [{table}]."
    return f"legal keys are {', '.join(legal)}."


def legal_keys(place: str) -> list[str]:
    """The keys allowed at a place such as "", "fetch" or "feeds[3]"."""
    tables: dict[str, type[msgspec.Struct]] = {
        "": Settings,
        "fetch": Fetch,
        "retention": Retention,
        "related": RelatedSettings,
        "full_text": FullText,
        "notify": Notifications,
        "reader": Reader,
        "rules": Rule,
        "filters": SavedFilter,
        "feeds": Feed,
    }
    table = tables.get(re.sub(r"\[.*", "", place), Settings)
    return list(table.__struct_fields__)


def inert_line(text: str) -> str:
    """Foreign text on one line without control characters or heaps of marks, at most 200 characters."""
    kept, marks = [], 0
    for char in text:
        marks = marks + 1 if unicodedata.category(char) in ("Mn", "Me") else 0
        if marks <= MOST_MARKS:
            kept.append(char if char.isprintable() else "\ufffd")
    return "".join(kept)[:200]
