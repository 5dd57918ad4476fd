"""The command palette: every command that makes sense on the screen beneath it, from the records."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Final, cast

from textual.command import DiscoveryHit, Hit, Hits, Provider

from tui.keys import keys_text
from tui.records import Command

if TYPE_CHECKING:
    from tui.app import HakawatiApp

NAMED: Final = 1e6
"""The score of a command whose very name is typed: above all that only look like it."""


class Commands(Provider):
    """Offers the commands; choosing one runs it as its key would."""

    @property
    def hakawati(self) -> HakawatiApp:
        """The app, by its own type."""
        return cast("HakawatiApp", self.app)

    def offered(self) -> list[Command]:
        """The commands of where the focus is, of the screen and of the app, nearest first."""
        keymap = self.hakawati.keymap
        found = [command for where in self.hakawati.heard(self.screen) for command in keymap.at(where)]
        return [command for command in found if command.palette]

    async def discover(self) -> Hits:
        """All of them, before anything is typed."""
        for command in self.offered():
            yield DiscoveryHit(title(command), self.runner(command))

    async def search(self, query: str) -> Hits:
        """Those that match what is typed, by help or key; the one whose name it is comes first."""
        matcher, name = self.matcher(query), query.strip().casefold()
        for command in self.offered():
            if (score := NAMED if command.id == name else matcher.match(title(command))) > 0:
                yield Hit(score, matcher.highlight(title(command)), self.runner(command))

    def runner(self, command: Command) -> Callable[[], Awaitable[None]]:
        """What choosing the command does."""

        async def run() -> None:
            await self.hakawati.action_run_command(command.id)

        return run


def title(command: Command) -> str:
    """How the palette names a command."""
    keys = keys_text(command)
    return command.help.rstrip(".") + (f" ({keys})" if keys else "")
