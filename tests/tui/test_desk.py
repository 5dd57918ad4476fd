"""The desk: what is wanted no longer is stopped; a busy cache is not read without a break."""

from __future__ import annotations

from threading import Event

from textual.message_pump import MessagePump

from aggregator.errors import Interrupted
from aggregator.library import Library
from tui.desk import MOST_REST, PULSE, Desk, rest


class Ear(MessagePump):
    """Keeps what is posted to it."""

    def __init__(self) -> None:
        super().__init__()
        self.heard = []

    def post_message(self, message) -> bool:
        self.heard.append(message)
        return True


def test_what_is_dropped_is_stopped_and_its_answer_does_not_count(library: Library, monkeypatch) -> None:
    begun, stopped = Event(), Event()
    monkeypatch.setattr(library, "interrupt", lambda thread: stopped.set())

    def read() -> int:
        begun.set()
        assert stopped.wait(10)
        raise Interrupted("stopped")

    desk, ear = Desk(library), Ear()
    desk.read(ear, "ids", read, ear.heard.append)
    assert begun.wait(10)
    desk.drop(ear, "ids")
    desk.close()
    assert [desk.fresh(ear, message) for message in ear.heard] == [False]


def test_a_drop_stops_nothing_else_and_the_next_request_is_answered(library: Library) -> None:
    desk, ear = Desk(library), Ear()
    desk.drop(ear, "ids")
    desk.read(ear, "list", library.counts, ear.heard.append)
    desk.read(ear, "ids", library.ids, ear.heard.append)
    desk._readers.shutdown(wait=True)
    desk.close()
    assert [desk.fresh(ear, message) for message in ear.heard] == [True, True]
    assert desk.spent() > 0
    assert desk.spent() == 0


def test_the_dearer_reading_is_the_rarer_it_is_done_anew() -> None:
    assert rest(0.0) == rest(0.1) == 2 * PULSE
    assert 2 * PULSE < rest(1.0) < rest(1.5) <= MOST_REST == rest(60.0)
