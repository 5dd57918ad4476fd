"""Which command a key runs: in this place, after the keys before it, on this keyboard.

The tables are made from the records of commands, with the user's own keys where [keys] of the configuration
gives some (``rebinding``). Pure; ``pressing`` asks here with every key.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property

from textual.keys import _character_to_key, format_key

from tui.layouts import meant
from tui.records import COMMANDS, DIGITS, FOOTERS, Command, Where

NAMES = {
    "enter": "Enter",
    "escape": "Esc",
    "space": "Space",
    "tab": "Tab",
    "backspace": "Backspace",
    "delete": "Del",
    "insert": "Ins",
    "up": "Up",
    "down": "Down",
    "left": "Left",
    "right": "Right",
    "pageup": "PgUp",
    "pagedown": "PgDn",
    "home": "Home",
    "end": "End",
} | {f"f{number}": f"F{number}" for number in range(1, 13)}
"""Keys without a character: Textual's name -> what is printed on the key."""
MODIFIERS = {"ctrl": "Ctrl", "alt": "Alt", "shift": "Shift"}


def name_of(character: str) -> str:
    """Textual's name of the key that types a character: ``question_mark``, ``a``."""
    return _character_to_key(character)


def key_name(key: str) -> str:
    """How keys are written for people: ``Esc``, ``Ctrl+P``, ``M``, ``g s``."""
    if " " in key:
        return " ".join(key_name(part) for part in key.split())
    *modifiers, last = key.split("+")
    shown = NAMES.get(last) or (last.upper() if modifiers and len(last) == 1 else format_key(last))
    return "+".join((*(MODIFIERS.get(modifier, modifier) for modifier in modifiers), shown))


def keys_text(command: Command) -> str:
    """All keys of a command on one line; a run of digits is written as a range."""
    if command.keys == DIGITS:
        return "1-9"
    return ", ".join(key_name(key) for key in command.keys)


class Keymap:
    """All commands with their keys. ``keys`` in its methods is one key, or several with spaces between."""

    def __init__(self, commands: Iterable[Command] = COMMANDS) -> None:
        self.commands = tuple(commands)
        self.by_id = {command.id: command for command in self.commands}
        self._at: dict[Where, dict[str, Command]] = {where: {} for where in Where}
        self._chords: dict[Where, dict[str, list[tuple[str, Command]]]] = {where: {} for where in Where}
        for command in self.commands:
            for key in command.keys:
                self._at[command.where].setdefault(key, command)
                begin, _, last = key.rpartition(" ")
                while begin:
                    self._chords[command.where].setdefault(begin, []).append((last, command))
                    begin, _, more = begin.rpartition(" ")
                    last = f"{more} {last}"

    @cached_property
    def _single(self) -> frozenset[str]:
        """Every key that is one for some command, or begins some."""
        return frozenset(key.split()[0] for command in self.commands for key in command.keys)

    def find(self, places: Sequence[Where], keys: str) -> Command | None:
        """The command of the nearest of these places."""
        return next((found for where in places if (found := self._at[where].get(keys))), None)

    def following(self, places: Iterable[Where], keys: str) -> list[tuple[str, Command]]:
        """What may follow keys, and the commands it leads to: nearest place first, each key once."""
        found: dict[str, Command] = {}
        for where in dict.fromkeys(places):
            for rest, command in self._chords[where].get(keys, ()):
                found.setdefault(rest, command)
        return list(found.items())

    def readings(self, key: str, character: str | None = None, keyboard: str = "") -> Iterator[str]:
        """The keys that were perhaps meant: the pressed one, then what it is on other keyboards."""
        yield key
        if character and len(character) == 1 and not (character.isascii() and key in self._single):
            yield from (name_of(other) for other in meant(character, keyboard))

    def at(self, where: Where) -> list[Command]:
        """The commands of one place."""
        return [command for command in self.commands if command.where is where]

    def grouped(self) -> list[tuple[Where, list[Command]]]:
        """All commands by place, in the order of ``Where``; places without any are left out."""
        return [(where, found) for where in Where if (found := self.at(where))]

    def footer(self, where: Where) -> tuple[Command, ...]:
        """The footer's commands for the focused place, without those that have no key."""
        wanted = (self.by_id[identity] for identity in FOOTERS.get(where, ()))
        return tuple(command for command in wanted if command.keys)

    def matching(self, words: str) -> list[Command]:
        """The commands whose keys, label, help, place or name hold every word."""
        wanted = words.casefold().split()
        return [command for command in self.commands if all(word in searchable(command) for word in wanted)]


def searchable(command: Command) -> str:
    """Everything a command can be found by."""
    parts = (keys_text(command), command.label, command.help, command.where, command.id)
    return " ".join(parts).casefold()


DEFAULT = Keymap()
"""The commands with the keys that they come with."""

_used = DEFAULT


def use(keymap: Keymap) -> Keymap:
    """Name keys as this keymap has them from now on; returns it."""
    global _used
    _used = keymap
    return keymap


def key_of(identity: str) -> str:
    """The key of a command as the user has it, for every sentence that names one.

    A command without a key is run by its name: ``:sync`` where ``:`` finds commands.
    """
    command = _used.by_id[identity]
    if command.keys:
        return key_name(command.keys[0])
    palette = _used.by_id["palette"].keys
    return f"{key_name(palette[0]) if palette else ':'}{identity}"
