"""The part of the library that knows the rules: what they would do, what they did, and mutes."""

from __future__ import annotations

from aggregator.library_base import LibraryBase


class LibraryRules(LibraryBase):
    """Rules of the configuration, and mutes, which are rules that the reader makes and that end."""
