"""The table of outlets: what their pages do not say about themselves. Data in ``sites.toml``."""

from __future__ import annotations

import tomllib
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from aggregator.dataclass import dataclass
from aggregator.text.urls import host, site

_FILE: Final = Path(__file__).with_name("sites.toml")


@dataclass(frozen=True, slots=True)
class Site:
    """One outlet's row: its zone ("" where unknown), and classes of its related links."""

    zone: str = ""
    related: tuple[str, ...] = ()


@lru_cache(maxsize=1)
def _table() -> dict[str, Any]:
    """The file's contents with the rows by host."""
    table = tomllib.loads(_FILE.read_text("utf-8"))
    return table | {"site": {row["host"]: row for row in table["site"]}}


def of(url: str, language: str = "", zone: str = "") -> Site:
    """The row for an address; the zone from ``zone``, the row, the country of the address, the language."""
    table = _table()
    name = host(url)
    row = table["site"].get(name) or table["site"].get(site(url)) or {}
    return Site(
        zone=zone
        or row.get("zone", "")
        or table["countries"].get(name.rpartition(".")[2], "")
        or table["languages"].get(language, ""),
        related=tuple(row.get("related", ())),
    )
