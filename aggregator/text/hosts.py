"""Whose server answers for an address."""

from __future__ import annotations

from functools import lru_cache
from urllib.parse import urlsplit

_USUAL_PORTS = {"http": 80, "https": 443}
_REMEMBERED = 4096  # addresses; every round asks for those of all feeds


@lru_cache(maxsize=_REMEMBERED)
def host_of(url: str) -> str:
    """The server that answers for an address, "host" or "host:port"; "" for none that we ask.

    http and https of one name are one server: who is asked too often is the same either way.
    """
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return ""
    if parts.scheme not in _USUAL_PORTS or not parts.hostname:
        return ""
    usual = port in (None, _USUAL_PORTS[parts.scheme])
    return parts.hostname if usual else f"{parts.hostname}:{port}"
