"""Open a web address in the user's browser, outside the terminal."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping

from aggregator.text.inert import safe_url

_started: list[subprocess.Popen[bytes]] = []
"""Programs that were started and may still run: kept so that they can be waited for."""


def command(
    url: str, environment: Mapping[str, str] | None = None, platform: str = sys.platform
) -> list[str]:
    """The argv that opens ``url``, or [] where no browser can be reached: then the link is to be copied.

    Over SSH a browser would open on a machine nobody sits at.
    """
    environment = os.environ if environment is None else environment
    checked = safe_url(url)
    if not checked or environment.get("SSH_CONNECTION") or environment.get("SSH_TTY"):
        return []
    if platform == "darwin":
        return ["open", checked]
    if platform.startswith("linux") and (environment.get("DISPLAY") or environment.get("WAYLAND_DISPLAY")):
        return ["xdg-open", checked]
    return []


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
