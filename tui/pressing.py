"""From a key to its command: keys of the configuration, several keys one after the other, any keyboard.

Textual looks up one key in the bindings of the focused widget and of what is around it. We do the same in our
own tables (``keys``), and leave to Textual what is its own, such as moving in a text field.
"""

from __future__ import annotations

from typing import Any

from textual import events
from textual.app import App
from textual.screen import Screen
from textual.timer import Timer
from textual.widgets import Input

from tui.commands import places
from tui.keys import DEFAULT, Keymap, key_name
from tui.layouts import LIGATURES, keyboard_of
from tui.records import Where
from tui.screens.which_key import WhichKey

WAIT = 0.4
"""Seconds until the pop-up shows what may follow: who knows the keys is not shown them."""
HELD_FOR = 2.0
"""Seconds that keys wait for what was asked for, at most: a cache that is busy does not lock anybody out."""
AT_ONCE = frozenset({"ctrl+q", "ctrl+c"})
"""Keys that never wait."""


class KeyedApp(App[None], inherit_bindings=False):
    """Runs commands by their keys: ``keymap`` says which; ``pending`` are keys that wait for another one."""

    keymap: Keymap = DEFAULT

    def __init__(self) -> None:
        super().__init__()
        self.pending = ""
        self.keyboard = ""  # what is typed on, as far as a letter or the languages told
        self._typed = ""  # what the pending keys printed
        self._expected: Timer | None = None  # runs while something that was asked for is on its way
        self._held: list[events.Key] = []  # keys that are meant for it
        self._timer: Timer | None = None
        self._popup: WhichKey | None = None

    async def on_event(self, event: events.Event) -> None:
        """Run commands in the order of the keys, however fast they come.

        Textual lets a key rise through the widgets before it looks for its binding; the next key may be
        under way by then, and ``/Moscow`` typed in one go would mark everything read. So bindings are
        looked up at once; in a text field, once the letters typed before have arrived there.
        """
        if isinstance(event, events.MouseDown) and not self.on_popup(event):
            self.forget_keys()
        if not isinstance(event, events.Key) or event.is_forwarded or not self.screen_stack:
            await super().on_event(event)
        elif (self._expected or self._held) and event.key not in AT_ONCE:
            self._held.append(event)
        else:
            await self.take_key(event)

    async def take_key(self, event: events.Key) -> None:
        """Run what a key means, or hand it on."""
        if self.pending or not isinstance(self.focused, Input):
            if not await self.run_key(event.key, event.character):
                await super().on_event(event)
        elif self.focused.check_consume_key(event.key, event.character):
            await super().on_event(event)
        else:
            self.focused.call_later(self.run_key, event.key, event.character)

    # --- keys that wait for what was asked for ---

    def expect(self) -> None:
        """What was asked for is not there yet: keys from now on are meant for it, and wait."""
        if self._expected is not None:
            self._expected.stop()
        self._expected = self.set_timer(HELD_FOR, self.arrived)

    def arrived(self) -> None:
        """It is there, or will not come: the keys that wait are run in their order."""
        if self._expected is not None:
            self._expected.stop()
            self._expected = None
            self.call_later(self.run_held)
            if (
                self.screen_stack and not self.screen.is_mounted
            ):  # a screen that is left before it is there fails when it comes
                self.expect()

    async def run_held(self) -> None:
        """Run the keys that wait, until one of them asks for something itself."""
        while self._held and self._expected is None and self.screen_stack:
            await self.take_key(self._held.pop(0))

    def push_screen(self, screen: Any, *arguments: Any, **options: Any) -> Any:
        """Show another screen; keys wait until it has its focus."""
        self.expect()
        pushed = super().push_screen(screen, *arguments, **options)
        self.screen.call_later(self.arrived)  # behind the message that gives it the focus
        return pushed

    async def run_key(self, key: str, character: str | None = None) -> bool:
        """Run what a key means where the focus is; False where it means nothing."""
        before, typed = self.pending, self._typed + (character or "")
        self.forget_keys()
        self.keyboard = keyboard_of(character or "") or self.keyboard
        for reading in self.keymap.readings(key, character, self.keyboard):
            keys = f"{before} {reading}".lstrip()
            if await self.run_keys(keys):
                return True
            if self.keymap.following(self.heard(), keys):
                self.wait_for_more(keys, typed)
                return True
        if before and (meant := LIGATURES.get(typed)):
            await self.run_keys(meant)
        return bool(before)

    async def run_keys(self, keys: str) -> bool:
        """Run what these keys are bound to, nearest to the focus first: our commands, then Textual's own."""
        for node, bindings in self.screen._modal_binding_chain:
            command = self.keymap.find(places(type(node)), keys)
            if command and await self.run_action(command.action.format(key=keys), node):
                return True
            for binding in bindings.key_to_bindings.get(keys, ()):
                if await self.run_action(binding.action, node):
                    return True
        return False

    def heard(self, screen: Screen[Any] | None = None) -> list[Where]:
        """The places whose commands a key can run now, nearest to the focus first."""
        chain = (screen or self.screen)._modal_binding_chain
        return list(dict.fromkeys(where for node, _ in chain for where in places(type(node))))

    # --- keys that wait for another one ---

    def wait_for_more(self, keys: str, typed: str) -> None:
        """The keys so far begin something; after a while, show what may follow."""
        self.pending, self._typed = keys, typed
        self._timer = self.set_timer(WAIT, self.show_followers)

    def show_followers(self) -> None:
        """Show what may follow the pending keys."""
        if (
            self.pending
            and self.screen_stack
            and (found := self.keymap.following(self.heard(), self.pending))
        ):
            self._popup = WhichKey(self.pending, found)
            self.screen.mount(self._popup)

    def on_popup(self, event: events.MouseDown) -> bool:
        """Is it a click on the pop-up, where each key can be clicked?"""
        return self._popup is not None and self._popup.region.contains(event.screen_x, event.screen_y)

    def forget_keys(self) -> None:
        """No key waits any longer."""
        self.pending = self._typed = ""
        if self._timer is not None:
            self._timer.stop()
            self._timer = None
        if self._popup is not None:
            self._popup.remove()
            self._popup = None

    # --- commands without their keys ---

    async def action_run_command(self, identity: str) -> None:
        """Run a command as its key would: where the focus is, else on the screen, else here."""
        self.forget_keys()
        action = self.keymap.by_id[identity].action
        name = "action_" + action.partition("(")[0]
        for node in (self.screen.focused, self.screen, self):
            if node is not None and hasattr(node, name):
                await self.run_action(action, node)
                return

    def action_help_quit(self) -> None:
        """Say how to leave."""
        keys = [key_name(key) for name in ("quit", "leave") for key in self.keymap.by_id[name].keys[:1]]
        self.notify(f"{' or '.join(keys) or 'The palette'} leaves Hakawati.", markup=False)
