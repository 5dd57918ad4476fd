"""config.toml -> Config, or a ConfigError that names file, key and the nearest legal key.

Relative paths resolve against the file. Nothing is created here but the user's first config file.
"""

from __future__ import annotations

import difflib
import ipaddress
import re
import shutil
import tomllib
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec
import platformdirs
from msgspec import Meta

from aggregator.errors import ConfigError

APP = "hakawati"
SPAN = re.compile(r"(\d+)\s*(m|h|d)")
SPAN_MINUTES = {"m": 1, "h": 60, "d": 1440}

Positive = Annotated[int, Meta(ge=1)]
Seconds = Annotated[float, Meta(ge=0)]


class Fetch(msgspec.Struct, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """[fetch]: how we ask publishers' servers. Times in seconds, sizes in bytes."""

    concurrency: Annotated[int, Meta(ge=1, le=1024)] = 64
    per_host: Annotated[int, Meta(ge=1, le=16)] = 1
    spacing: Seconds = 1.0
    deadline: Annotated[float, Meta(gt=0)] = 45.0
    max_bytes: Positive = 10_000_000
    max_redirects: Annotated[int, Meta(ge=0, le=20)] = 5
    contact: str = ""
    allow_private: tuple[str, ...] = ()
    proxy: str = ""
    min_interval: Annotated[int, Meta(ge=1)] = 15
    max_interval: Annotated[int, Meta(ge=1)] = 720
    workers: Annotated[int, Meta(ge=0, le=16)] = 2


class Retention(msgspec.Struct, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """[retention]: what is forgotten. Starred articles and their stories are kept."""

    days: Annotated[int, Meta(ge=0)] = 180
    max_articles: Annotated[int, Meta(ge=0)] = 300_000


class RelatedSettings(msgspec.Struct, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """[related]: how far back an arriving article is compared, in days."""

    days: Annotated[int, Meta(ge=1, le=90)] = 7


class Reader(msgspec.Struct, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """[reader]: the terminal reader."""

    theme: Literal["dark", "light"] = "dark"
    mouse: bool = True
    sync_on_start: bool = True
    mark_read_on_open: bool = True
    text_width: Annotated[int, Meta(ge=30, le=200)] = 72


class SavedFilter(msgspec.Struct, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """[[filters]]: a named query shown beside the outlets."""

    name: Annotated[str, Meta(min_length=1)]
    query: str


class Feed(msgspec.Struct, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """[[feeds]]: a feed of the catalogue; polled only when ``enabled``."""

    url: Annotated[str, Meta(pattern=r"^https?://[^\s/]+")]
    title: str = ""
    outlet: str = ""
    language: str = ""
    country: str = ""
    owner: str = ""
    tags: tuple[str, ...] = ()
    interval: int | str = 0
    enabled: bool = True
    note: str = ""

    @property
    def interval_seconds(self) -> int:
        """The fixed interval in seconds; 0 means adaptive."""
        return span_minutes(self.interval) * 60


class Settings(msgspec.Struct, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """The whole file; an empty one is valid."""

    cache: str = ""
    fetch: Fetch = Fetch()
    retention: Retention = Retention()
    related: RelatedSettings = RelatedSettings()
    reader: Reader = Reader()
    filters: tuple[SavedFilter, ...] = ()
    feeds: tuple[Feed, ...] = ()


class Config(msgspec.Struct, frozen=True, kw_only=True):
    """Settings together with where they came from and where the cache lies (both absolute)."""

    path: Path
    cache: Path
    settings: Settings


def span_minutes(value: int | str) -> int:
    """Minutes of ``30`` (minutes) or of ``"30m"``, ``"2h"``, ``"1d"``; ValueError otherwise."""
    if isinstance(value, int):
        if value < 0:
            raise ValueError(f"{value} is negative")
        return value
    match = SPAN.fullmatch(value.strip())
    if match is None:
        raise ValueError(f'"{value}" is no time span; write minutes as a number, or "30m", "2h", "1d"')
    return int(match[1]) * SPAN_MINUTES[match[2]]


def load(path: Path | None = None, cache: Path | None = None) -> Config:
    """Read the configuration named by ``path``, or find it; ``cache`` overrides its cache folder.

    Raises ConfigError.
    """
    found = (path or find()).expanduser().absolute()
    settings = read(found)
    return Config(path=found, cache=cache_folder(found, settings, cache), settings=settings)


def find() -> Path:
    """./config.toml of a checkout, else the user's own file, made from the shipped one if absent."""
    here = Path.cwd()
    if (here / "config.toml").is_file() and (here / "aggregator").is_dir():
        return here / "config.toml"
    user = user_config()
    if not user.exists():
        try:
            user.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(shipped(), user)
        except OSError as error:
            raise ConfigError(
                f"{user}: cannot be made ({error.strerror}); name a file with --config.", str(user)
            ) from error
    return user


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
    """Read and check one file; raises ConfigError with file, key and what to do."""
    try:
        return parse(path.read_bytes().decode("utf-8"), path)
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read ({error.strerror}).", str(path)) from error
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path}: is not UTF-8 at byte {error.start}.", str(path)) from error


def parse(text: str, path: Path) -> Settings:
    """Check the text of a configuration file; ``path`` is for messages only."""
    try:
        data = tomllib.loads(text.removeprefix("\ufeff"))
    except (tomllib.TOMLDecodeError, RecursionError, ValueError) as error:
        raise ConfigError(f"{path}: is not valid TOML: {inert_line(str(error))}.", str(path)) from error
    try:
        settings = msgspec.convert(data, Settings)
    except msgspec.ValidationError as error:
        raise explain(error, data, path) from error
    check(settings, path)
    return settings


def check(settings: Settings, path: Path) -> None:
    """The rules that types cannot say; raises ConfigError."""
    seen: set[str] = set()
    for number, feed in enumerate(settings.feeds, 1):
        if feed.url in seen:
            raise ConfigError(
                f"{path}: feeds[{number}].url: {inert_line(feed.url)} is listed twice; remove one.",
                str(path),
                "url",
            )
        seen.add(feed.url)
        try:
            span_minutes(feed.interval)
        except ValueError as error:
            message = f"{path}: feeds[{number}].interval: {inert_line(str(error))}."
            raise ConfigError(message, str(path), "interval") from error
    for entry in settings.fetch.allow_private:
        try:
            ipaddress.ip_network(entry, strict=False)
        except ValueError as error:
            raise ConfigError(
                f'{path}: fetch.allow_private: "{inert_line(entry)}" is no IP address or network '
                '(write for example "127.0.0.1" or "10.0.0.0/8").',
                str(path),
                "allow_private",
            ) from error
    if settings.fetch.min_interval > settings.fetch.max_interval:
        raise ConfigError(
            f"{path}: fetch.min_interval is greater than fetch.max_interval; both are minutes.",
            str(path),
            "min_interval",
        )


def explain(error: msgspec.ValidationError, data: dict[str, Any], path: Path) -> ConfigError:
    """msgspec's error as one sentence with the key's place and, for an unknown key, the nearest one."""
    what, _, where = str(error).partition(" - at `$")
    place = re.sub(r"\[(\d+)\]", lambda m: f"[{int(m[1]) + 1}]", where.rstrip("`").lstrip("."))
    unknown = re.search(r"unknown field `(.*)`", what, re.DOTALL)
    if unknown is None:
        what = what[:1].lower() + what[1:]
        return ConfigError(f"{path}: {inert_line(place)}: {inert_line(what)}.", str(path), place)
    key = unknown[1]
    dotted = f"{place}.{key}" if place else key
    legal = legal_keys(place)
    near = difflib.get_close_matches(key, legal, n=1, cutoff=0.5)
    hint = f"did you mean {near[0]}?" if near else f"legal keys are {', '.join(legal)}."
    return ConfigError(f"{path}: {inert_line(dotted)}: unknown key; {hint}", str(path), dotted)


def legal_keys(place: str) -> list[str]:
    """The keys allowed at a place such as "", "fetch" or "feeds[3]"."""
    tables: dict[str, type[msgspec.Struct]] = {
        "": Settings,
        "fetch": Fetch,
        "retention": Retention,
        "related": RelatedSettings,
        "reader": Reader,
        "filters": SavedFilter,
        "feeds": Feed,
    }
    table = tables.get(re.sub(r"\[.*", "", place), Settings)
    return list(table.__struct_fields__)


def inert_line(text: str) -> str:
    """Foreign text on one line without control characters, at most 200 characters."""
    return "".join(c if c.isprintable() else "\ufffd" for c in text)[:200]
