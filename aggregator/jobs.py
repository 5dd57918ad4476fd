"""What passes between the pool and a worker process: length-prefixed msgpack, jobs in, answers out."""

from __future__ import annotations

import struct

import msgspec

from aggregator.model import Digest, PageArticle, PageHints, ParsedEntry

LENGTH = struct.Struct(">I")


class DocumentJob(msgspec.Struct, tag="document", frozen=True):
    """A fetched document; ``known`` is the feed's ``item_hashes`` from its last digest."""

    body: bytes
    url: str
    content_type: str
    known: bytes
    language: str
    outlet: str = ""


class EntriesJob(msgspec.Struct, tag="entries", frozen=True):
    """Entries that come from elsewhere than a feed document (an archive file)."""

    entries: tuple[ParsedEntry, ...]
    url: str
    language: str
    outlet: str = ""


class PageJob(msgspec.Struct, tag="page", frozen=True):
    """A fetched page of an article, and what its feed says of it."""

    body: bytes
    url: str
    content_type: str
    hints: PageHints


class Failure(msgspec.Struct, tag="failure", frozen=True):
    """The job could not be done; ``message`` is one sentence. ``died``: the process ended over it."""

    message: str
    died: bool = False


class Success(msgspec.Struct, tag="success", frozen=True):
    """The job's result."""

    digest: Digest


class PageSuccess(msgspec.Struct, tag="page", frozen=True):
    """A page's result."""

    article: PageArticle


Job = DocumentJob | EntriesJob | PageJob
Answer = Success | PageSuccess | Failure
