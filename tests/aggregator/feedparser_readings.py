"""What feedparser answers, as it comes: ``python -m tests.aggregator.feedparser_readings FOLDER…``.

Prints a line a document: its name and a hash of the answer. Nothing of ours is imported, so that feedparser
is as its makers wrote it; ``readings`` is also called where ``parse_speed`` is at work.
"""

from __future__ import annotations

import io
import sys
import warnings
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import feedparser


def reading(data: bytes) -> str:
    """All that feedparser says of ``data``, in an order of its own making."""
    result = feedparser.parse(
        io.BytesIO(data),
        sanitize_html=False,
        resolve_relative_uris=False,
        response_headers={"content-type": "application/xml; charset=utf-8"},
    )
    # what was wrong is told by an object; two of a kind differ only in where they lie in memory
    error = dict.pop(result, "bozo_exception", None)
    return f"{error!s} {dict(result)!r}"


def readings(folders: list[Path]) -> Iterator[tuple[str, str]]:
    """Name and hash of the answer, for every file of ``folders``."""
    for path in sorted(path for folder in folders for path in folder.iterdir() if path.is_file()):
        with warnings.catch_warnings(action="ignore"):
            try:
                answer = reading(path.read_bytes())
            except Exception as error:
                answer = f"{type(error).__name__} {error}"
        yield path.name, sha256(answer.encode("utf-8", "surrogatepass")).hexdigest()


if __name__ == "__main__":
    for name, digest in readings([Path(folder) for folder in sys.argv[1:]]):
        print(name, digest)
