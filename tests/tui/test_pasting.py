"""What is pasted is text: nothing in it is a key, however it comes off the terminal."""

from __future__ import annotations

import itertools
import random

from textual import events
from textual.drivers import linux_driver

from tui.driver import Pasting

HARM = "\x1b]52;c;aGk=\x07\x1b[2Jhello\x9b2J \x1b[A\x1bOP\x1b[<0;3;4M q\x00m\x7f"
LEFT = "]52;c;aGk=[2Jhello2J [AOP[<0;3;4M qm"


def told(*pieces: str) -> list[str]:
    """What a parser makes of pieces that come one after the other."""
    parser = Pasting()
    found = itertools.chain.from_iterable(list(parser.feed(piece)) for piece in pieces)
    return [
        f"paste:{event.text}" if isinstance(event, events.Paste) else event.key
        for event in found
        if isinstance(event, (events.Paste, events.Key))
    ]


def test_sequences_in_a_paste_are_text() -> None:
    assert told(f"j\x1b[200~{HARM}\x1b[201~k") == ["j", f"paste:{LEFT}", "k"]


def test_it_may_come_in_any_pieces() -> None:
    whole = f"j\x1b[200~{HARM}\x1b[201~k\x1b[200~two\nlines\x1b[201~"
    chance = random.Random(3)
    for _ in range(60):
        cuts = sorted(chance.sample(range(1, len(whole)), 6))
        pieces = [whole[a:b] for a, b in itertools.pairwise([0, *cuts, len(whole)])]
        split_key = any(
            whole[:cut].endswith(("\x1b", "\x1b[", "\x1b[2", "\x1b[20", "\x1b[200")) for cut in cuts
        )
        found = told(*pieces)
        assert split_key or found == ["j", f"paste:{LEFT}", "k", "paste:two\nlines"], pieces


def test_keys_are_keys() -> None:
    assert told("\x1b[A", "q", "\x1b[3~") == ["up", "q", "delete"]
    assert told("\x1b[20", "0~x", "\x1b[201~")[-1:] == ["paste:x"]


def test_textual_reads_with_it() -> None:
    assert linux_driver.XTermParser is Pasting
