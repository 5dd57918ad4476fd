"""What an edit changed goes back and forth to the byte, is kept without secrets, and is never guessed at."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aggregator import config
from aggregator.toml_hunks import Hunk, applied, hunks, secrets_of, shows

# Few different lines, so that much of a text looks like the rest of it.
LINES = st.sampled_from(["[[feeds]]\n", "\n", 'url = "a"\n', "enabled = true\n", "# x\r\n", "enabled = true"])
TEXT = st.lists(LINES, max_size=40).map("".join)
WHOLE = TEXT.filter(lambda text: not text or text.endswith("\n"))

OLD = """[[feeds]]
url = "https://a.example/"
username = "reader"
password = "hunter2hunter2"
enabled = true

[[feeds]]
url = "https://b.example/"
headers = { Authorization = "Bearer 0123456789" }

[[feeds]]
url = "https://me:s3cret99@c.example/"
enabled = true
"""


def kept(old: str, new: str) -> list[Hunk]:
    """The hunks of an edit that can be kept."""
    found = hunks(old, new, ())
    assert found is not None
    return found


def secrets(*texts: str) -> list[str]:
    """All secrets of these configurations."""
    return [*secrets_of(*(config.parse(text, Path("config.toml")) for text in texts))]


@given(old=TEXT, new=TEXT)
@settings(max_examples=300, deadline=None)
def test_any_edit_is_taken_back_and_done_again_to_the_byte(old: str, new: str) -> None:
    changes = kept(old, new)
    assert applied(new, changes, back=True) == old
    assert applied(old, changes, back=False) == new
    states = [(shows(text, changes, after=False), shows(text, changes, after=True)) for text in (old, new)]
    assert old == new or states == [(True, False), (False, True)]


@given(old=WHOLE, new=WHOLE, number=st.integers(0, 40))
@settings(max_examples=200, deadline=None)
def test_what_was_written_elsewhere_since_stays(old: str, new: str, number: int) -> None:
    changes = kept(old, new)
    lines = new.splitlines(keepends=True)
    lines.insert(min(number, len(lines)), "# by hand\n")
    result = applied("".join(lines), changes, back=True)
    if result is not None:
        assert [line for line in result.splitlines(keepends=True) if "by hand" in line]
        assert "".join(line for line in result.splitlines(keepends=True) if "by hand" not in line) == old


def test_an_edit_among_equal_blocks_knows_its_own() -> None:
    block = "[[feeds]]\nenabled = true\n\n"
    old = block * 9 + "# the last\n" + block
    new = block * 4 + block.replace("true", "false") + block * 4 + "# the last\n" + block
    changes = kept(old, new)
    assert applied(new, changes, back=True) == old
    assert applied(f"{block}{new}", changes, back=True) == f"{block}{old}"
    assert applied(f"{new}{new}", changes, back=True) is None, "which one it was cannot be known"


def test_what_was_added_at_the_end_goes_from_before_what_was_written_behind_it() -> None:
    new = f'{OLD}\n[[feeds]]\nurl = "https://d.example/"\n'
    changes = kept(OLD, new)
    assert applied(f"{new}# by hand\n", changes, back=True) == f"{OLD}# by hand\n"
    assert applied(new, changes, back=False) is None, "it is there already"
    assert sum(len(side) for hunk in changes for side in hunk) < 12, "a few lines, not the file"


def test_lines_edited_since_are_not_touched() -> None:
    new = OLD.replace("enabled = true\n\n", "enabled = false\n\n")
    changes = hunks(OLD, new, secrets(OLD))
    assert changes is not None
    assert applied(new.replace("enabled = false", "enabled = false # why"), changes, back=True) is None


def test_secrets_beside_an_edit_are_not_kept_and_are_back_with_it() -> None:
    new = OLD.replace("enabled = true", "enabled = false")
    changes = hunks(OLD, new, secrets(OLD, new))
    assert changes is not None
    assert not [word for word in ("reader", "hunter2", "0123456789", "s3cret99") if word in repr(changes)]
    assert applied(new, changes, back=True) == OLD
    later = new.replace("hunter2hunter2", "an0ther password")
    assert applied(later, changes, back=True) == OLD.replace("hunter2hunter2", "an0ther password")


def test_what_came_with_a_secret_can_go_and_cannot_come_again() -> None:
    new = f'{OLD}\n[[feeds]]\nurl = "https://you:passw0rd@d.example/"\n'
    changes = hunks(OLD, new, secrets(OLD, new))
    assert changes is not None
    assert "passw0rd" not in repr(changes)
    assert applied(new, changes, back=True) == OLD
    with pytest.raises(ValueError, match="secrets"):
        applied(OLD, changes, back=False)


@pytest.mark.parametrize(
    "secret",
    [
        'password = """\nhunter2hunter2"""\nusername = "u"',
        'username = "u"\npassword = "hunter2hunter2"\nnote = "hunter2hunter2"',
    ],
)
def test_what_would_show_a_secret_is_not_kept(secret: str) -> None:
    old = f'[[feeds]]\nurl = "https://a.example/"\n{secret}\nenabled = true\n'
    new = old.replace("enabled = true", "enabled = false")
    assert hunks(old, new, secrets(old, new)) is None


def test_headers_in_a_table_of_their_own_are_not_kept() -> None:
    old = '[[feeds]]\nurl = "https://a.tld/"\n[feeds.headers]\nX-Key = "abcdef-1234"\n[fetch]\nworkers = 1\n'
    changes = hunks(old, old.replace("workers = 1", "workers = 2"), secrets(old))
    assert changes is not None
    assert "abcdef" not in repr(changes)
    assert "X-Key" not in repr(changes)
