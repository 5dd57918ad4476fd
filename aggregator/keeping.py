"""Copies by hand, restoring one, and taking everything away."""

from __future__ import annotations

import shutil
from pathlib import Path

from aggregator.config import Config
from aggregator.errors import StoreError
from aggregator.locks import SyncLock
from aggregator.store.db import Store


def back_up(config: Config, target: Path, *, replace: bool = False) -> tuple[int, list[str]]:
    """Copy articles and marks as they are now to a file; its bytes, and what had to be mended before.

    Raises StoreError: for a file that is there already, unless ``replace``, for one that the program itself
    lives on, and where there is no room.
    """
    target = target.absolute()
    if target.exists() and target.resolve() in own_files(config):
        raise StoreError(f"{target}: is in use by this program; name another file.")
    if target.exists() and not replace:
        raise StoreError(f"{target}: is there already; name another file, or say --replace.")
    if target.is_dir() or not target.parent.is_dir():
        raise StoreError(f"{target}: is no file that can be written; name one in a folder that is there.")
    with Store.open_restored(config.cache) as store:
        store.copy_to(target)
        return target.stat().st_size, store.told


def own_files(config: Config) -> set[Path]:
    """The files that no copy may replace: the configuration, and what lies in the cache's folder itself."""
    found = (path for name in Store.NAMES for path in config.cache.glob(name))
    return {path.resolve() for path in (config.path, *found)}


def restore(config: Config, source: Path) -> str:
    """Let a copy take the cache's place; returns what became of the present one, in words.

    Raises StoreError, with everything as it was, for a file that is no sound copy; StoreLocked while a sync
    runs.
    """
    source = source.absolute()
    if source.exists() and not source.is_file():  # reading a pipe would wait for ever
        raise StoreError(f"{source}: is no file, and so no copy of a cache.")
    with SyncLock(config.cache):
        return Store.replace(config.cache, source)


def wipe(config: Config, *, with_config: bool = False) -> list[Path]:
    """Delete the cache, its copies and logs, and with it the configuration; returns what was deleted.

    Files of others in the cache's folder stay. Raises StoreLocked while a sync runs, StoreError.
    """
    with SyncLock(config.cache):
        found = sorted(path for name in Store.NAMES for path in config.cache.glob(name))
        if with_config and config.path.exists():
            found.append(config.path)
        try:
            for path in found:
                if path.is_dir() and not path.is_symlink():
                    shutil.rmtree(path)
                else:
                    path.unlink()
            if not any(config.cache.iterdir()):
                config.cache.rmdir()
        except OSError as error:
            raise StoreError(f"{config.cache}: cannot be deleted ({error.strerror}).") from error
    return found
