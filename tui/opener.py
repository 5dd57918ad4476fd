"""Open a web address in the user's browser: by an argv, never through a shell.

Only checked http(s) addresses reach a program, without the parameters that follow readers around. Over SSH a
browser would open on a machine nobody sits at, so there the link is to be copied; a browser of text, which
$BROWSER may name, works there as well and gets the terminal for its time.
"""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import PurePath

from aggregator.text.inert import safe_url
from aggregator.text.urls import without_tracking

TEXT_BROWSERS = frozenset(
    {"browsh", "carbonyl", "chawan", "cha", "edbrowse", "elinks", "links", "links2", "lynx", "w3m"}
)
"""Programs that draw in the terminal."""
SHELLS = frozenset({"sh", "bash", "dash", "fish", "ksh", "zsh"})
"""Programs that would read an address as commands; $BROWSER is not followed there."""
SCREENS = ("DISPLAY", "WAYLAND_DISPLAY")
REMOTE = ("SSH_CONNECTION", "SSH_TTY")
WINDOWS_BENEATH = ("WSL_DISTRO_NAME", "WSL_INTEROP")
"""Set inside the Windows Subsystem for Linux, where wslview opens the browser of Windows."""
HERE = "No browser can be reached from here"
OVER_SSH = "A browser would open on the other machine"

_started: list[subprocess.Popen[bytes]] = []
"""Programs that were started and may still run: kept so that they can be waited for."""


def address(url: str) -> str:
    """What is opened or copied for a link: a checked http(s) address without tracking, or ""."""
    return safe_url(without_tracking(safe_url(url)))


def command(
    url: str, environment: Mapping[str, str] | None = None, platform: str = sys.platform
) -> list[str]:
    """The argv that opens ``url``, or [] where no browser can be reached: then the link is to be copied."""
    environment = os.environ if environment is None else environment
    checked = address(url)
    if not checked:
        return []
    seen = sees_screen(environment, platform)
    for argv in wished(checked, environment):
        if seen or takes_terminal(argv):
            return argv
    if not seen:
        return []
    if platform == "darwin":
        return ["open", checked]
    windows = any(environment.get(name) for name in WINDOWS_BENEATH)
    return ["wslview" if windows else "xdg-open", checked]


def sees_screen(environment: Mapping[str, str], platform: str) -> bool:
    """Does the user see what a graphical program opens on this machine?"""
    if remote(environment):
        return False
    return platform == "darwin" or any(environment.get(name) for name in (*SCREENS, *WINDOWS_BENEATH))


def remote(environment: Mapping[str, str]) -> bool:
    """Does the user sit at another machine?"""
    return any(environment.get(name) for name in REMOTE)


def why_copied(environment: Mapping[str, str] | None = None) -> str:
    """Why a link is copied instead of opened."""
    return OVER_SSH if remote(os.environ if environment is None else environment) else HERE


def wished(checked: str, environment: Mapping[str, str]) -> Iterator[list[str]]:
    """The commands of $BROWSER whose program is there, in its order: ``w3m:firefox --new-window %s``."""
    for text in environment.get("BROWSER", "").split(os.pathsep):
        try:
            words = shlex.split(text)
        except ValueError:  # a quotation mark without its other half
            continue
        if words[-1:] == ["&"]:
            words.pop()  # from the days when it went through a shell; we wait for none anyway
        if words and usable(words[0], environment):
            yield filled(words, checked)


def usable(program: str, environment: Mapping[str, str]) -> bool:
    """Is this program there, and no shell?"""
    return PurePath(program).name not in SHELLS and bool(shutil.which(program, path=environment.get("PATH")))


def filled(words: list[str], checked: str) -> list[str]:
    """The words with %s replaced by the address, else with the address at their end; %% is a percent sign."""
    program, *rest = words
    if not any("%s" in word for word in rest):
        rest = [*rest, "%s"]
    return [program, *("%".join(part.replace("%s", checked) for part in w.split("%%")) for w in rest)]


def takes_terminal(argv: list[str]) -> bool:
    """Does this program need the terminal for itself?"""
    return PurePath(argv[0]).name in TEXT_BROWSERS


def start(argv: list[str]) -> bool:
    """Start a program detached from the terminal; False where it cannot be started."""
    _started[:] = [process for process in _started if process.poll() is None]
    nothing = subprocess.DEVNULL
    try:
        _started.append(
            subprocess.Popen(  # noqa: S603 - our own argv; the address was checked and is one argument
                argv, stdin=nothing, stdout=nothing, stderr=nothing, start_new_session=True
            )
        )
    except OSError:
        return False
    return True


def run(argv: list[str]) -> bool:
    """Run a program in the terminal to its end; False where it cannot be started."""
    try:
        subprocess.run(argv, check=False)  # noqa: S603 - see ``start``
    except OSError:
        return False
    return True
