"""[keys] of the configuration: the user's own keys in place of ours, or a sentence for each that cannot be.

Pure. What cannot be is refused as a whole: a reader that starts with half of the keys one asked for surprises
later, with a key that does something else.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from aggregator.errors import ConfigError
from tui.keys import DEFAULT, MODIFIERS, NAMES, Keymap, key_name, name_of
from tui.records import CHAINS, Command, Where
from tui.render import inert

LONGEST = 3
"""Keys one after the other, at most: nobody remembers more."""
CALLED = (
    {shown.casefold(): key for key, shown in NAMES.items()}
    | {name: name for name in NAMES}
    | {
        "return": "enter",
        "del": "delete",
        "pgdown": "pagedown",
    }
)
"""What people call keys without a character, in small letters -> Textual's name."""
SAME = {"ctrl+i": "Tab", "ctrl+m": "Enter", "ctrl+h": "Backspace", "ctrl+left_square_bracket": "Esc"}
"""Keys for which a terminal sends the same byte as for another one."""
EXAMPLES = "write it as in a, A, g s, Ctrl+S, F5, PgDn"


def keymap(user: Mapping[str, str | Sequence[str]], path: Path | str = "config.toml") -> Keymap:
    """The commands with the user's keys (command id -> key or keys). Raises ConfigError, a line a fault."""
    if not user:
        return DEFAULT
    faults: list[str] = []
    changed: dict[str, tuple[str, ...]] = {}
    for identity, wanted in user.items():
        try:
            changed[known(identity).id] = read_all((wanted,) if isinstance(wanted, str) else wanted)
        except ValueError as error:
            faults.append(sentence(path, identity, str(error)))
    made = Keymap(
        replace(command, keys=changed.get(command.id, command.keys)) for command in DEFAULT.commands
    )
    for identity, why in conflicts(made, frozenset(changed)).items():
        faults.append(sentence(path, identity, why))
    if faults:
        raise ConfigError("\n".join(faults), str(path), "keys")
    return made


def sentence(path: Path | str, identity: str, what: str) -> str:
    """A fault with its place."""
    return f"{path}: keys.{inert(identity)}: {inert(what)}" + ("" if what.endswith("?") else ".")


def known(identity: str) -> Command:
    """The command with this id; ValueError with the nearest one, or where its keys are not the user's."""
    command = DEFAULT.by_id.get(identity)
    if command is None:
        near = difflib.get_close_matches(identity, DEFAULT.by_id, n=1, cutoff=0.5)
        hint = f"did you mean {near[0]}?" if near else "? in the reader names them all"
        raise ValueError(f"there is no such command; {hint}")
    if "{key}" in command.action and len(command.keys) > len("123"):
        raise ValueError("the digits are the numbers of what they open, and cannot be changed")
    return command


def read_all(texts: Sequence[str]) -> tuple[str, ...]:
    """Several keys as the user writes them; ValueError says what is none."""
    return tuple(dict.fromkeys(read_keys(text) for text in texts))


def read_keys(text: str) -> str:
    """``"g s"``, ``"Ctrl+S"``, ``"?"`` as Textual's names; ValueError says what is no key."""
    parts = text.split()
    if not 0 < len(parts) <= LONGEST:
        raise ValueError(f'"{text}" is no key; {EXAMPLES}')
    return " ".join(read_key(part) for part in parts)


def read_key(text: str) -> str:
    """One key of these; ValueError says what is none."""
    if len(text) == 1 and text.isprintable():
        return name_of(text)
    *modifiers, last = re.split(r"\+(?=.)", text)
    held = [modifier.casefold() for modifier in modifiers]
    name = CALLED.get(last.casefold()) or (name_of(last.lower()) if len(last) == 1 and held else "")
    if not name or not set(held) <= MODIFIERS.keys() or len(set(held)) < len(held):
        raise ValueError(f'"{text}" is no key; {EXAMPLES}')
    if "shift" in held and name not in NAMES:
        raise ValueError(f'"{text}": write the letter that Shift makes, as in "S"')
    key = "+".join((*sorted(held), name))
    if key in SAME:
        raise ValueError(f'a terminal cannot tell "{text}" from {SAME[key]}; choose another one')
    return key


def conflicts(made: Keymap, changed: frozenset[str]) -> dict[str, str]:
    """Command id -> why one of its new keys cannot be its own; overlaps that we made ourselves are none."""
    found: dict[str, str] = {}
    for chain in CHAINS:
        here = [command for where in chain for command in made.at(where)]
        for mine in here:
            if mine.id in changed and (why := next(clashes(mine, here, chain[0]), "")):
                found.setdefault(mine.id, why)
    return found


def clashes(mine: Command, here: Sequence[Command], place: Where) -> Iterator[str]:
    """Why a command cannot have its keys among the commands that are heard at the same place."""
    for key in mine.keys:
        if place is Where.FILTER and is_typed(key):
            yield f'"{key_name(key)}" is typed into the field; choose a key such as Tab or Ctrl+T'
        for other in here:
            for theirs in other.keys if other is not mine else ():
                before = key in DEFAULT.by_id[mine.id].keys and theirs in DEFAULT.by_id[other.id].keys
                if how := "" if before else overlap(key, theirs):
                    hint = f"choose another one, or give {other.id} one"
                    yield f"{how} of {other.id} ({other.where}); {hint}"


def overlap(key: str, theirs: str) -> str:
    """How two commands' keys are in each other's way; "" where they are not."""
    if key == theirs:
        return f'"{key_name(key)}" is the key'
    if theirs.startswith(f"{key} "):
        return f'"{key_name(key)}" begins "{key_name(theirs)}", the keys'
    return (
        f'"{key_name(key)}" begins with "{key_name(theirs)}", the key' if key.startswith(f"{theirs} ") else ""
    )


def is_typed(key: str) -> bool:
    """Does this key write something into a text field?"""
    first = key.split()[0]
    return first == "space" or (first not in NAMES and "+" not in first)
