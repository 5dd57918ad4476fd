"""Words about earlier keys leave the screen when there is something newer to read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from textual.app import App
    from textual.widgets._toast import ToastRack


def hush(app: App[Any]) -> None:
    """Take all toasts off that tell what a key did; errors and warnings stay for their time."""
    for said in list(app._notifications):
        if said.severity == "information":
            del app._notifications[said]
    for screen in app.screen_stack:  # those below a dialog are seen around it
        for rack in screen.query("ToastRack"):
            app.call_later(cast("ToastRack", rack).show, app._notifications)
