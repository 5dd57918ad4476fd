"""Show one notification on the desktop: a process of its own, so that nothing of it can hold up a sync.

It reads a JSON object with title and text from its standard input and exits with 0 when the desktop took
it. The only door to desktop-notifier (the extra ``notify``), whose failures are logged, not raised, which
is why it is asked to call back.
"""

from __future__ import annotations

import asyncio
import html
import logging
import os
import sys
from collections.abc import Mapping
from importlib.util import find_spec

import msgspec

from aggregator.errors import FINE, SOME_FAILED

PACKAGE = "desktop_notifier"
APP = "Hakawati"


class Notification(msgspec.Struct, frozen=True):
    """What is shown: plain text of one line each."""

    title: str
    text: str


def available(environment: Mapping[str, str] = os.environ, platform: str = sys.platform) -> bool:
    """Whether the package is installed and a desktop is there that this process belongs to."""
    if find_spec(PACKAGE) is None:
        return False
    if not platform.startswith("linux"):
        return "SSH_CONNECTION" not in environment
    bus = environment.get("DBUS_SESSION_BUS_ADDRESS")
    return bool(bus and (environment.get("WAYLAND_DISPLAY") or environment.get("DISPLAY")))


def body(text: str, platform: str = sys.platform) -> str:
    """The text as the desktop wants it: those of freedesktop.org read markup in it (spec §Markup)."""
    return html.escape(text, quote=False) if platform.startswith("linux") else text


async def show(notification: Notification) -> bool:
    """Whether the desktop took it."""
    from desktop_notifier import DesktopNotifier  # an extra, which may be absent

    logging.getLogger(PACKAGE).setLevel(logging.CRITICAL)  # its tracebacks are nobody's sentence
    taken: list[bool] = []
    notifier = DesktopNotifier(app_name=APP)
    await notifier.send(
        title=notification.title, message=body(notification.text), on_dispatched=lambda: taken.append(True)
    )
    return bool(taken)


def main() -> int:
    """Show what stands on standard input; returns the exit code."""
    try:
        wanted = msgspec.json.decode(sys.stdin.buffer.read(), type=Notification)
        return FINE if asyncio.run(show(wanted)) else SOME_FAILED
    except Exception:  # whatever a desktop's library raises: the caller says that it failed
        return SOME_FAILED
