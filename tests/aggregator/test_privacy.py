"""What docs/privacy.md says of files is all that is written, and none of it is for other eyes."""

from __future__ import annotations

import os
import re
import shutil
import stat
import subprocess
import sys
from collections.abc import Iterator
from fnmatch import fnmatch
from pathlib import Path

import pytest

from aggregator.cli import main
from tests.aggregator.fileserver import FileServer
from tests.aggregator.rounds import item, rss, write_config

ROOT = Path(__file__).parent.parent.parent
PRIVACY = (ROOT / "docs" / "privacy.md").read_text("utf-8")
FEEDS = {"feed": (rss(*(item(number) for number in range(20))), "application/rss+xml")}
# Everything that one does with it; {id} is an article.
SESSION = (
    *(
        "sync",
        "sync --force",
        "list",
        "list story",
        "mark star starred",
        "show {id}",
        "note {id} Ask",
        "feeds",
    ),
    *("undo", "doctor", "compact", "filters add ports port", "stories", "history", "backup {own}/copy"),
    *("archive export {own}/all.jsonl", "doctor --repair", "sync --full"),
)
WRITING = re.compile(r"O_WRONLY|O_RDWR|O_CREAT")
CALL = re.compile(r'(?:open(?:at)?|creat|mkdir(?:at)?)\((?:AT_FDCWD, )?"([^"]+)"(.*)')
NO_FILES = ("/dev/", "/proc/", "/sys/")


def documented() -> list[str]:
    """The patterns of the table of files."""
    table = PRIVACY.partition("<!-- files -->")[2].partition("<!-- end files -->")[0]
    return re.findall(r"^\| `([^`]+)`", table, re.MULTILINE)


def undocumented(path: Path, home: Path) -> bool:
    """Whether the table does not name a file or folder."""
    config, cache, own = home / "conf", home / "conf" / "cache", home / "own"
    if path in (config, cache, cache / "backups", cache / "aside") or path.is_relative_to(own):
        return False
    names = [name.replace("CONFIG", str(config)).replace("CACHE", str(cache)) for name in documented()]
    return not any(fnmatch(str(path), name) for name in names)


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Path]:
    """A home with a configuration in "conf", a working folder and one for temporary files."""
    for name in ("conf", "own", "work", "tmp"):
        (tmp_path / name).mkdir(mode=0o700)
    with FileServer(FEEDS) as server:
        write_config(tmp_path / "conf", [server.url("feed")])
        yield tmp_path


def run(home: Path, words: str, *wrapper: str) -> None:
    """One command as a user with umask 0 runs it."""
    places = {name: str(home / name) for name in ("work", "tmp")}
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(home),
        "TMPDIR": places["tmp"],
        "PYTHONPATH": str(ROOT),
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    command = [sys.executable, "-m", "aggregator", "--config", str(home / "conf" / "config.toml")]
    done = subprocess.run(
        [*wrapper, *command, *words.split()],
        cwd=places["work"],
        env=environment,
        umask=0,
        capture_output=True,
        text=True,
        check=False,
    )
    assert "Traceback" not in done.stderr, done.stderr
    assert done.returncode == 0, (words, done.stderr)


def everything(home: Path) -> list[Path]:
    return [path for path in home.rglob("*") if path.relative_to(home).parts[0] != "trace"]


def test_a_session_leaves_only_documented_files_and_all_of_them_private(
    home: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    before = set(everything(home))
    config = str(home / "conf" / "config.toml")
    monkeypatch.chdir(home / "work")
    os.umask(0)
    try:
        for words in SESSION:
            number = ""
            if "{id}" in words:
                main(["--config", config, "list", "--json"])
                number = re.search(r'"id":(\d+)', capsys.readouterr().out)[1]  # type: ignore[index]
            assert main(["--config", config, *words.format(id=number, own=home / "own").split()]) == 0, words
    finally:
        os.umask(0o022)
    made = set(everything(home)) - before
    assert home / "conf" / "cache" / "backups" in made
    assert [path for path in made if undocumented(path, home)] == []
    for path in made:
        assert stat.S_IMODE(path.stat().st_mode) == (0o700 if path.is_dir() else 0o600), path


def test_no_command_writes_anywhere_else_not_even_for_a_moment(home: Path) -> None:
    """The system calls of a sync, its workers and what comes after it, under umask 0."""
    strace = shutil.which("strace")
    trace = home / "trace"
    if strace is None or subprocess.run([strace, "-o", trace, "true"], check=False).returncode:
        pytest.skip("watching system calls needs strace")
    calls = "trace=open,openat,creat,mkdir,mkdirat"
    for words in ("sync", "doctor"):
        run(
            home,
            words,
            strace,
            "-f",
            "--seccomp-bpf",
            "-qq",
            "-e",
            calls,
            "-e",
            "signal=none",
            "-o",
            str(trace),
        )
        written = set()
        for line in trace.read_text().splitlines():
            call = CALL.search(line)
            if call and " = -1" not in line and ("mkdir" in line or WRITING.search(call[2])):
                written.add(home / "work" / call[1])
        outside = {path for path in written if not str(path).startswith(NO_FILES)}
        assert {path for path in outside if undocumented(path, home)} == set()
        assert outside
    for path in (home / "conf" / "cache").rglob("*"):
        assert stat.S_IMODE(path.stat().st_mode) & 0o077 == 0, path


def test_the_first_start_makes_a_configuration_for_its_owner_only(home: Path) -> None:
    environment = {"PATH": os.environ["PATH"], "HOME": str(home), "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "aggregator", "config", "--path"]
    done = subprocess.run(
        command, cwd=home / "work", env=environment, umask=0, capture_output=True, text=True, check=True
    )
    made = Path(done.stdout.strip())
    assert made.is_relative_to(home)
    assert stat.S_IMODE(made.stat().st_mode) == 0o600
    for folder in made.relative_to(home).parents:
        assert stat.S_IMODE((home / folder).stat().st_mode) == 0o700, folder


def test_every_request_and_what_remains_is_told() -> None:
    for word in (
        "robots.txt",
        "a picture",
        "an article's page",
        "a feed",
        "`hakawati wipe`",
        "(access.md#tor)",
    ):
        assert word in PRIVACY
