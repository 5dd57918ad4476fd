"""A feed's own proxy, headers and password: where they come from, and that they are nowhere else."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from pathlib import Path

import pytest

from aggregator import access, cli
from aggregator import config as config_files
from aggregator.access import PLAIN, Access, Accesses
from aggregator.config import Config, Feed
from aggregator.errors import FetchError
from aggregator.fetch import Fetcher
from tests.aggregator.httpserver import Server, redirect, reply
from tests.aggregator.rounds import item, rss

URL = "https://a.example/feed"
SECRET = "SECRETMARK"
BASIC = (b"Authorization", b"Basic bWU6U0VDUkVUTUFSSw==")


def of(feed: Feed, folder: Path = Path("/nowhere")) -> Access:
    """The access of one feed."""
    return asyncio.run(Accesses([feed], folder).of(feed.url))


def refused(feed: Feed, folder: Path = Path("/nowhere")) -> str:
    """Why there is none."""
    with pytest.raises(FetchError) as caught:
        of(feed, folder)
    assert (caught.value.kind, SECRET in str(caught.value)) == ("secret", False)
    return str(caught.value)


def by_command(*argv: str) -> Feed:
    """A feed whose password a command says."""
    return Feed(url=URL, username="me", password_command=argv)


def by_file(path: Path) -> Feed:
    """A feed whose password a file holds."""
    return Feed(url=URL, username="me", password_file=str(path))


def test_a_usual_feed_has_nothing_of_its_own() -> None:
    assert of(Feed(url=URL)) is PLAIN
    assert asyncio.run(Accesses([], Path()).of("https://unknown.example/")) is PLAIN


def test_a_password_comes_from_the_configuration_the_address_or_a_header() -> None:
    assert of(Feed(url=URL, username="me", password=SECRET)).headers == (BASIC,)
    assert of(Feed(url=f"https://me:{SECRET}@a.example/")).headers == (BASIC,)
    assert of(Feed(url=f"https://me:{SECRET.replace('M', '%4D')}@a.example/")).headers == (BASIC,)
    token = Feed(url=URL, headers={"X-Key": "Bearer {password}", "X-Plain": "1"}, password=SECRET)
    assert of(token).headers == ((b"X-Key", f"Bearer {SECRET}".encode()), (b"X-Plain", b"1"))


def test_it_is_in_no_text_made_of_an_access() -> None:
    assert SECRET not in repr(of(Feed(url=URL, username="me", password=SECRET)))


class TestCommands:
    def test_the_first_line_is_the_password(self) -> None:
        assert of(by_command("printf", f"{SECRET}\nlogin: me\n")).headers == (BASIC,)

    def test_no_shell_reads_it(self, tmp_path: Path) -> None:
        trap = tmp_path / "trap"
        of(by_command("echo", f"x; touch {trap}", f"$(touch {trap})", f"`touch {trap}`"))
        assert not trap.exists()

    @pytest.mark.parametrize(
        ("code", "words"),
        [
            ("raise SystemExit(3)", "failed (exit code 3)"),
            (f"print({SECRET!r}); raise SystemExit(1)", "failed (exit code 1)"),
            ("pass", "gives no password"),
            ("print()", "gives no password"),
            ("print('a\\x1bb')", "gives no password"),
            ("import sys; sys.stdout.buffer.write(b'\\xff\\n')", "gives no text"),
            ("print('x' * 9000)", "gives more than a password"),
            ("while True: print('x' * 9000)", "gives more than a password"),
        ],
    )
    def test_one_that_gives_none_is_told(self, code: str, words: str) -> None:
        assert words in refused(by_command(sys.executable, "-c", code))

    def test_one_that_is_not_there_is_told(self) -> None:
        assert "cannot be used (No such file or directory)" in refused(by_command("/nowhere/pass"))

    def test_one_that_waits_is_killed_with_its_children(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(access, "COMMAND_SECONDS", 0.3)
        note = tmp_path / "pid"
        slow = by_command("/bin/sh", "-c", f"sleep 60 & echo $! > {note}; wait")
        assert "took longer than 0.3 s" in refused(slow)
        child = Path(f"/proc/{note.read_text().strip()}/status")
        assert not child.exists() or "State:\tZ" in child.read_text()

    def test_it_is_run_once_for_all_feeds_that_name_it(self, tmp_path: Path) -> None:
        count = tmp_path / "count"
        argv = ("/bin/sh", "-c", f"echo x >> {count}; echo {SECRET}")
        feeds = [Feed(url=f"https://{name}.example/", username="me", password_command=argv) for name in "abc"]

        async def all_of_them() -> list[Access]:
            accesses = Accesses(feeds, tmp_path)
            return await asyncio.gather(*(accesses.of(feed.url) for feed in feeds))

        assert [found.headers for found in asyncio.run(all_of_them())] == [(BASIC,)] * 3
        assert count.read_text() == "x\n"


class TestFiles:
    def test_a_private_one_is_read_from_beside_the_configuration(self, tmp_path: Path) -> None:
        (tmp_path / "p").touch(mode=0o600)
        (tmp_path / "p").write_text(SECRET + "\n")
        assert of(by_file(Path("p")), tmp_path).headers == (BASIC,)

    @pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o644])
    def test_one_that_others_can_read_is_refused(self, tmp_path: Path, mode: int) -> None:
        path = tmp_path / "p"
        path.write_text(SECRET)
        path.chmod(mode)
        assert f"can be read by others; run: chmod 600 {path}" in refused(by_file(path))

    def test_what_is_no_file_is_refused_at_once(self, tmp_path: Path) -> None:
        os.mkfifo(tmp_path / "pipe", 0o600)
        assert "is no file" in refused(by_file(tmp_path / "pipe"))
        assert "cannot be used" in refused(by_file(tmp_path))
        assert "cannot be used" in refused(by_file(tmp_path / "missing"))
        assert "cannot be used" in refused(by_file(Path("~no-such-user/p")))


async def test_headers_of_ones_own_go_to_their_origin_alone() -> None:
    sent = Feed(url=URL, username="me", password=SECRET, headers={"X-Key": SECRET, "Accept": "text/x"})
    with Server() as server, Server("127.0.0.2") as foreign, Server() as other_port:
        settings = config_files.Fetch(spacing=0, allow_private=("127.0.0.1", "127.0.0.2"))
        there = foreign.answer("/g", redirect(other_port.answer("/h", redirect(server.url("/back")))))
        server.answer("/back", reply(b"<rss/>"))
        url = server.answer("/f", redirect(there))
        mine = Access("", url, access.headers(sent, SECRET))
        async with Fetcher(settings, "9.9") as fetcher:
            await fetcher.fetch(url, access=mine)
        first, last = server.requests
        for request in (first, last):
            assert (request.header("x-key"), request.header("accept")) == (SECRET, "text/x")
            assert request.header("authorization") == BASIC[1].decode()
        for request in (*foreign.requests, *other_port.requests):
            names = [name.lower() for name, _ in request.headers]
            assert names == ["host", "user-agent", "accept", "accept-encoding"]


# --- nowhere else ------------------------------------------------------------------------------------


def with_secrets(folder: Path, server: Server, mode: int = 0o600) -> Config:
    """A configuration full of passwords, some of them wrong."""
    path = folder / "config.toml"
    path.touch(mode=mode)
    path.chmod(mode)
    refused, fed = server.answer("/no", reply(b"no", status=401)), server.answer("/f", reply(rss(item(1))))
    login = f'username = "me"\npassword = "{SECRET}"'
    path.write_text(
        f"""[fetch]
spacing = 0
allow_private = ["127.0.0.1"]
[related]
vectors = false
[[feeds]]
url = "{refused}"
{login}
[[feeds]]
url = "{fed}"
{login}
headers = {{ "X-Key" = "{SECRET}" }}
[[feeds]]
url = "{fed.replace("://", f"://me:{SECRET}@")}"
[[feeds]]
url = "{refused}?proxied"
proxy = "socks5h://me:{SECRET}@127.0.0.1:1"
"""
    )
    return config_files.load(path)


def test_no_password_is_printed_or_exported(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    with Server() as server:
        config = with_secrets(tmp_path, server)
        place = ["--config", str(config.path)]
        for command in (
            *(["sync", "--full"], ["feeds"], ["feeds", "--json"], ["doctor"], ["config"]),
            *(["feeds", "export"], ["list", "--json"], ["sync", "--full", "--json"]),
        ):
            cli.main([*command, *place])
            said = capfd.readouterr()
            assert SECRET not in said.out + said.err, command
    assert any(SECRET in (request.header("x-key") or "") for request in server.requests)


def test_a_configuration_with_passwords_that_others_can_read_is_told(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    with Server() as server:
        config = with_secrets(tmp_path, server, 0o644)
    for command in (["doctor"], ["sync"]):
        cli.main([*command, "--config", str(config.path)])
        said = capfd.readouterr()
        assert (
            f"holds a password and can be read by others; run: chmod 600 {config.path}" in said.out + said.err
        )


@pytest.mark.parametrize(
    "written",
    [
        'password = "SECRETMARK"',
        "password='SECRETMARK' # x",
        'password = "SECRET\\"MARK"',
        'password = """SECRET\nMARK"""',
        'feeds = [{ url = "https://a/", username = "me", "password" = "SECRETMARK" }]',
        'url = "https://me:SECRETMARK@a.example/"',
        'proxy = "socks5h://SECRETMARK@127.0.0.1"',
        'headers = { X-Key = "SECRETMARK" }',
        "[feeds.headers]\nX-Key = 'SECRETMARK'",
    ],
)
def test_a_configuration_is_shown_without_its_passwords(written: str) -> None:
    settings = config_files.Settings(feeds=(Feed(url=URL, headers={"X-Key": SECRET}),))
    shown = access.without_secrets(f"{written}\nlanguage = 'ar'", settings)
    assert "MARK" not in shown
    assert shown.endswith("\nlanguage = 'ar'")


@pytest.mark.parametrize(
    ("text", "holds"),
    [
        ("", False),
        ('[[feeds]]\nurl = "https://a.example/"\nproxy = "socks5h://127.0.0.1:9050"', False),
        ('[[feeds]]\nurl = "https://a.example/"\nusername = "me"\npassword_command = ["x"]', False),
        ('[[feeds]]\nurl = "https://a.example/"\nusername = "me"\npassword = "x"', True),
        ('[[feeds]]\nurl = "https://me:x@a.example/"', True),
        ('[[feeds]]\nurl = "https://a.example/"\nheaders = { X-Key = "x" }', True),
        ('[fetch]\nproxy = "http://me:x@127.0.0.1:3128"', True),
    ],
)
def test_only_one_that_holds_a_password_must_be_private(tmp_path: Path, text: str, holds: bool) -> None:
    path = tmp_path / "config.toml"
    path.write_text(text)
    path.chmod(0o644)
    assert bool(access.exposed(config_files.load(path))) is holds
    path.chmod(0o600)
    assert not access.exposed(config_files.load(path))


def test_json_of_a_sync_has_no_password(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    with Server() as server:
        config = with_secrets(tmp_path, server)
        cli.main(["sync", "--json", "--config", str(config.path)])
    rows = [json.loads(line) for line in capfd.readouterr().out.splitlines()]
    assert {row["url"].partition("@")[2] for row in rows if "url" in row} == {""}
