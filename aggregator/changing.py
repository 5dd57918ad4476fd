"""Changes of config.toml as steps of the journal: noted before the file changes, taken back, done again.

File and journal cannot change at once, so the journal may claim more than the file shows, and never less: a
step is noted before the file is changed and counts as undone after it is changed back. Whatever is claimed
and does not show (the machine stopped between, or a hand took it back) counts as undone when it is met.
Locks are taken in one order, the file's and then the cache's.

A step's detail: ``file`` that was edited; ``hunks`` (``toml_hunks``), None where they would hold secrets;
``renamed``, a watch's name before and after, or None; ``paused``, the feeds that were paused, for one that is
followed again is paused no more.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any, Final

from aggregator import config as config_files
from aggregator import toml_edit, toml_hunks
from aggregator.config import Config, Feed
from aggregator.errors import ConfigError
from aggregator.store.db import Store
from aggregator.store.journal import SETTINGS, Entry, Step
from aggregator.text.inert import clean_text

MOST_LABEL: Final = 120  # characters: a name, and what was done to it


def noted(
    config: Config, label: str, now: int, renamed: tuple[str, str] | None = None
) -> AbstractContextManager[None]:
    """Make each edit of the configuration within a step of the journal, said in the words ``label``.

    ``renamed`` is the name of a filter before and after. Where the cache cannot be written, the edit fails
    with its StoreError and changes nothing.
    """

    @contextmanager
    def keeper(old: str, new: str) -> Iterator[None]:
        detail: dict[str, Any] = {
            "file": _name(config.path),
            "hunks": _hunks(old, new, config.path),
            "renamed": renamed,
        }
        words = clean_text(label, limit=MOST_LABEL)
        with Store.open(config.cache) as store:
            detail["paused"] = store.pauses.paused()
            with store.write(durable=True):
                number = store.journal.note(SETTINGS, words, detail, now=now)
                _rename(store, renamed, back=False)
            try:
                yield
            except BaseException:
                with store.write(durable=True):
                    store.journal.forget(number)
                    _rename(store, renamed, back=True)
                raise

    return toml_edit.kept_by(keeper)


def turn(store: Store, path: Path, *, back: bool) -> tuple[Step, list[str]] | None:
    """Take the last change of the configuration back, or do the next one again; None when it is no such step.

    Returns with it the feeds to be paused anew, once the cache agrees with the configuration.
    Raises ConfigError where the file does not allow it; the step is then forgotten, so that others follow.
    """
    with toml_edit.locked(path):
        text = toml_edit.read_text(path)
        with store.write(durable=True):
            _settle(store, path, text, back=True)
            if not back:
                _settle(store, path, text, back=False)
            found = store.journal.upcoming(back=back)
        if found is None or found[1].action != SETTINGS:
            return None
        number, entry = found
        try:
            _turn(store, path, text, number, entry, back=back)
        except Unfit as error:
            with store.write(durable=True):
                store.journal.forget(number)
            verb = "undone" if back else "done again"
            raise ConfigError(f'"{entry.label}" cannot be {verb}: {error}', str(path)) from None
    return Step(entry.action, entry.label), entry.detail["paused"] if back else []


def name_of(feed: Feed) -> str:
    """A feed's name in a label."""
    return feed.title or feed.outlet or config_files.without_password(feed.url)


class Unfit(Exception):
    """The file does not allow a step to be turned; says why."""


def _turn(store: Store, path: Path, text: str, number: int, entry: Entry, *, back: bool) -> None:
    """Change the file and the journal, in the order that lies about nothing wherever the machine stops."""
    new = _wanted(path, text, entry.detail, back=back)
    if back:
        _replace(path, text, new)
        _count(store, number, entry, back=True)
        return
    if not _count(store, number, entry, back=False):
        raise Unfit("something else was done just now.")
    try:
        _replace(path, text, new)
    except BaseException:
        _count(store, number, entry, back=True)
        raise


def _wanted(path: Path, text: str, detail: dict[str, Any], *, back: bool) -> str:
    """The text with a step turned; raises Unfit."""
    if detail["file"] != _name(path):
        raise Unfit(f"it was made in {detail['file']}.")
    if detail["hunks"] is None:
        raise Unfit(f"it has a password or headers in it, which are kept in {path} only.")
    try:
        new = toml_hunks.applied(text, detail["hunks"], back=back)
    except ValueError:
        raise Unfit("it had a password or headers in it, which are kept nowhere.") from None
    if new is None:
        raise Unfit(f"these lines of {path} have been edited since.")
    try:
        config_files.parse(new, path)
    except ConfigError as error:
        raise Unfit(f"with what has been edited since, that is no configuration any more ({error})") from None
    return new


def _settle(store: Store, path: Path, text: str, *, back: bool) -> None:
    """Count as turned what the file shows to be so."""
    while (found := store.journal.upcoming(back=back)) is not None:
        number, entry = found
        if entry.action != SETTINGS or not _shows(path, text, entry.detail, after=not back):
            return
        _count(store, number, entry, back=back)


def _shows(path: Path, text: str, detail: dict[str, Any], *, after: bool) -> bool:
    """Does the file hold a step's one side, and not the other?"""
    if detail["file"] != _name(path) or not detail["hunks"]:
        return False
    return toml_hunks.shows(text, detail["hunks"], after=after)


def _count(store: Store, number: int, entry: Entry, *, back: bool) -> bool:
    """Let the journal say that a step is turned; whether the step is still there."""
    with store.write(durable=True):
        if is_there := store.journal.turned(number, back=back):
            _rename(store, entry.detail["renamed"], back=back)
    return is_there


def _rename(store: Store, renamed: Any, *, back: bool) -> None:
    """Let what a watch told go with its name."""
    if renamed is not None:
        store.alerts.rename(*(reversed(renamed) if back else renamed))


def _replace(path: Path, old: str, new: str) -> None:
    if not toml_edit.replace(path, old, new):
        raise ConfigError(f"{path}: another program is saving it; nothing was changed, try again.", str(path))


def _hunks(old: str, new: str, path: Path) -> list[toml_hunks.Hunk] | None:
    secrets: list[str] = []
    if toml_hunks.hides(old) or toml_hunks.hides(new):
        secrets += toml_hunks.secrets_of(*(config_files.parse(text, path) for text in (old, new)))
    return toml_hunks.hunks(old, new, secrets)


def _name(path: Path) -> str:
    """The file behind a path, the same from wherever it is named."""
    return str(path.resolve())
