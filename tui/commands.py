"""What is made of the records of commands: the bindings of a class, and the README's table."""

from __future__ import annotations

from functools import cache

from textual.binding import Binding
from textual.dom import DOMNode

from tui.keys import DEFAULT, key_name
from tui.records import COMMANDS, DIGITS, Command, Where

__all__ = ["COMMANDS", "Command", "Where", "bindings", "markdown_table", "places"]

MARK = "command:"
"""Begins the key of our bindings, which no keyboard has: the keys of a command are looked up in the Keymap,
because users change them, they may be several, and keyboards differ."""


def bindings(*wheres: Where) -> list[Binding]:
    """For a class's BINDINGS: the class has the commands of these places."""
    return [
        Binding(MARK + command.id, command.action, command.label, show=False, id=command.id)
        for where in wheres
        for command in COMMANDS
        if command.where is where
    ]


@cache
def places(cls: type[DOMNode]) -> tuple[Where, ...]:
    """The places whose commands a class has, its own before those of the classes it is made from."""
    known = {command.id: command.where for command in COMMANDS}
    found = (
        known.get(binding.id or "")
        for base in cls.__mro__
        for binding in base.__dict__.get("BINDINGS", ())
        if isinstance(binding, Binding)
    )
    return tuple(dict.fromkeys(where for where in found if where is not None))


def markdown_table() -> str:
    """The README's table of keys."""
    lines = ["| where | key | does | name |", "| --- | --- | --- | --- |"]
    for where, commands in DEFAULT.grouped():
        for command in commands:
            keys = " ".join(f"`{key_name(key)}`" for key in command.keys)
            shown = "`1`-`9`" if command.keys == DIGITS else keys
            lines.append(f"| {where} | {shown} | {command.help} | {command.id} |")
    return "\n".join(lines) + "\n"
