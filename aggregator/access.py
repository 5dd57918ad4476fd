"""What one feed's requests carry beyond the usual: its proxy, its headers, its password.

A password comes from the configuration, from a command (argv, no shell, with a deadline) or from a file
that nobody else can read. It lives here and in the request; no message, log, list or export has it.
"""

from __future__ import annotations

import asyncio
import os
import re
import signal
import stat
from base64 import b64encode
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import field
from pathlib import Path
from urllib.parse import unquote, urlsplit

from aggregator import config, http_rules
from aggregator.config import PASSWORD, Feed
from aggregator.dataclass import dataclass
from aggregator.errors import FetchError

COMMAND_SECONDS = (
    20.0  # a password command may ask a person to touch a key, but a timer must not wait for one
)
SECRET_LIMIT = 4096  # bytes of a password; more is a mistake such as a whole key ring
HIDDEN = "…"
PASSWORD_LINE = re.compile(  # also in the one-line form of a table
    r"""(\bpassword["']?\s*=\s*)(?:"{3}.*?"{3}|\'{3}.*?\'{3}|"(?:[^"\\\n]|\\.)*"|'[^'\n]*')""", re.DOTALL
)
IN_ADDRESS = re.compile(r"""(?<=://)[^/?#\s"']*@""")
OTHERS = stat.S_IRWXG | stat.S_IRWXO

Headers = tuple[tuple[bytes, bytes], ...]


@dataclass(frozen=True, slots=True)
class Access:
    """``proxy``: "" as for all others, "direct" without one; ``headers`` go only to the origin of ``url``."""

    proxy: str = ""
    url: str = ""
    headers: Headers = field(default=(), repr=False)


PLAIN = Access()


class Accesses:
    """The access of every feed; a password is asked for once, when it is first needed.

    ``folder`` is where a relative ``password_file`` starts.
    """

    def __init__(self, feeds: Iterable[Feed], folder: Path) -> None:
        self._feeds: Mapping[str, Feed] = {feed.url: feed for feed in feeds if is_special(feed)}
        self._folder = folder
        self._known: dict[tuple[str, ...], str | FetchError] = {}
        self._turn = asyncio.Lock()  # one command at a time: two that ask a person would talk at once

    def way(self, url: str) -> Access:
        """The proxy of a feed's requests, for what is asked on its behalf: pages, robots.txt."""
        feed = self._feeds.get(url)
        return Access(proxy=feed.proxy) if feed and feed.proxy else PLAIN

    async def of(self, url: str) -> Access:
        """How to ask for the feed ``url``; raises FetchError where its password cannot be had."""
        if (feed := self._feeds.get(url)) is None:
            return PLAIN
        return Access(feed.proxy, feed.url, headers(feed, await self._secret(feed)))

    async def _secret(self, feed: Feed) -> str:
        if not feed.password_command and not feed.password_file:
            return feed.password
        key = feed.password_command or (feed.password_file,)
        async with self._turn:
            if key not in self._known:
                self._known[key] = await self._asked(feed)
        found = self._known[key]
        if isinstance(found, FetchError):
            raise FetchError(str(found), http_rules.shown(feed.url), kind="secret")
        return found

    async def _asked(self, feed: Feed) -> str | FetchError:
        """The secret, or why there is none."""
        try:
            if feed.password_command:
                return line_of(await output(feed.password_command), "password_command")
            return line_of(content(self._folder, feed.password_file), "password_file")
        except FetchError as error:
            return error
        except (OSError, ValueError, RuntimeError) as error:
            key = "password_command" if feed.password_command else "password_file"
            why = getattr(error, "strerror", None) or type(error).__name__
            return problem(f"its {key} cannot be used ({why})")


def is_special(feed: Feed) -> bool:
    """Whether a feed is asked otherwise than the rest."""
    return bool(feed.proxy or feed.headers or has_secret(feed) or "@" in urlsplit(feed.url).netloc)


def has_secret(feed: Feed) -> bool:
    """Whether a password is given, in whichever way."""
    return bool(feed.password or feed.password_command or feed.password_file)


def headers(feed: Feed, secret: str) -> Headers:
    """The feed's own headers, and the one made of user name and password."""
    made = [
        (name.encode("ascii"), value.replace(PASSWORD, secret).encode())
        for name, value in feed.headers.items()
    ]
    if login := user_and_password(feed, secret):
        made.append((b"Authorization", b"Basic " + b64encode(login.encode())))
    return tuple(made)


def user_and_password(feed: Feed, secret: str) -> str:
    """ "user:password" (RFC 7617), from the keys or from the address; "" where there is neither."""
    if feed.username:
        return f"{feed.username}:{secret}"
    parts = urlsplit(feed.url)
    if parts.username is None:
        return ""
    return f"{unquote(parts.username)}:{unquote(parts.password or '')}"


async def output(argv: tuple[str, ...]) -> bytes:
    """What a command says; raises FetchError where it fails, OSError where it cannot be started.

    One that takes longer than COMMAND_SECONDS is killed with all that it started.
    """
    process = await asyncio.create_subprocess_exec(
        *argv,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        start_new_session=True,
    )
    if process.stdout is None:
        raise OSError("no output")
    said = b""
    try:
        async with asyncio.timeout(COMMAND_SECONDS):
            while len(said) <= SECRET_LIMIT and (piece := await process.stdout.read(SECRET_LIMIT)):
                said += piece
            if len(said) <= SECRET_LIMIT:
                await process.wait()
    except TimeoutError as error:
        raise problem(f"its password_command took longer than {COMMAND_SECONDS:g} s") from error
    finally:
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
        await process.communicate()
    if process.returncode and len(said) <= SECRET_LIMIT:
        raise problem(f"its password_command failed (exit code {process.returncode})")
    return said


def content(folder: Path, name: str) -> bytes:
    """What a file says that only we can read; raises FetchError where others can, OSError where we cannot."""
    path = folder / Path(name).expanduser()
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    with os.fdopen(descriptor, "rb") as file:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            raise problem("its password_file is no file")
        if status.st_mode & OTHERS or status.st_uid not in (os.geteuid(), 0):
            shown = http_rules.printable(str(path))
            raise problem(f"its password_file can be read by others; run: chmod 600 {shown}")
        return file.read(SECRET_LIMIT + 1)


def line_of(said: bytes, key: str) -> str:
    """The first line, as password managers print it; raises FetchError where it is no password."""
    if len(said) > SECRET_LIMIT:
        raise problem(f"its {key} gives more than a password")
    try:
        secret = said.decode().splitlines()[0] if said else ""
    except UnicodeDecodeError:
        raise problem(f"its {key} gives no text") from None
    if not secret or http_rules.CONTROLS.search(secret):
        raise problem(f"its {key} gives no password")
    return secret


def problem(words: str) -> FetchError:
    """Why a feed's password cannot be had; nothing was sent."""
    return FetchError(words, "", kind="secret")


def exposed(given: config.Config) -> str:
    """A sentence where the configuration holds a secret and others can read it, else ""."""
    try:
        mode = given.path.stat().st_mode
    except OSError:
        return ""
    if not mode & OTHERS or not holds_secret(given.settings):
        return ""
    return f"{given.path} holds a password and can be read by others; run: chmod 600 {given.path}"


def holds_secret(settings: config.Settings) -> bool:
    """Whether a password stands in the configuration itself; any header of one's own counts as one."""
    feeds = settings.feeds
    addresses = (settings.fetch.proxy, *(feed.proxy for feed in feeds), *(feed.url for feed in feeds))
    in_address = any(urlsplit(address).password for address in addresses if "@" in address)
    return in_address or any(feed.password or feed.headers for feed in feeds)


def without_secrets(text: str, settings: config.Settings) -> str:
    """The text of a configuration file to be shown: every password and value of a header as HIDDEN."""
    text = IN_ADDRESS.sub(f"{HIDDEN}@", PASSWORD_LINE.sub(rf'\1"{HIDDEN}"', text))
    for feed in settings.feeds:
        for value in feed.headers.values():
            text = re.sub(rf"([\"']){re.escape(value)}\1", f'"{HIDDEN}"', text) if value else text
    return text
