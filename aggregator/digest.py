"""The inside of a worker process: a document in, its articles out; ``python -m aggregator.digest``.

Reads length-prefixed msgpack jobs from standard input and answers each on standard output. Limits
are set here, on the process itself: a document that eats processor time or memory ends this
process, never the sync. No network, no database, no file is written and no process started; it ends with
the process that started it, however that ends.
"""

from __future__ import annotations

import ctypes
import dataclasses
import gc
import os
import resource
import signal
import sys
from collections.abc import Iterator
from contextlib import suppress
from typing import BinaryIO

import msgspec

from aggregator.clean import draft, feed_title
from aggregator.errors import ParseError
from aggregator.jobs import (
    LENGTH,
    Answer,
    DocumentJob,
    EntriesJob,
    Failure,
    Job,
    PageJob,
    PageSuccess,
    Success,
)
from aggregator.model import ArticleDraft, Digest, ParsedFeed, PollHints
from aggregator.parse import parse
from aggregator.stories.features import features
from aggregator.text.language import code

CPU_SECONDS = 10  # a job, at most; the slowest honest document of the corpus takes 2 s here
MEMORY_BYTES = 512 * 2**20  # address space of the process; the largest document we let in takes 180 MB
# written files, started processes and threads, bytes of a core dump (it would hold what somebody reads)
NOTHING_OF = (resource.RLIMIT_FSIZE, resource.RLIMIT_NPROC, resource.RLIMIT_CORE)
PR_SET_PDEATHSIG = 1  # <linux/prctl.h>: the signal that comes when the parent is gone
JOBS_BETWEEN_COLLECTIONS = 50  # the collector is off while parsing: a quarter faster, freed between jobs


def digest(job: DocumentJob | EntriesJob) -> Digest:
    """Parse and clean; raises ParseError."""
    if isinstance(job, EntriesJob):
        feed = ParsedFeed("archive", "", "", job.language, PollHints(), job.entries, b"", len(job.entries))
    else:
        feed = parse(job.body, job.url, job.content_type, job.known)
    made = tuple(drafts(feed, job))
    left_out = len(feed.entries) - len(made)
    warning = f"{left_out} entries could not be read; please report the feed" if left_out else feed.warning
    return Digest(
        kind=feed.kind,
        title=feed_title(feed.title),
        link=feed.link,
        language=code(feed.language),
        hints=feed.hints,
        drafts=made,
        # what was left out must be tried again when we are mended, so nothing counts as known then
        item_hashes=b"" if left_out else feed.item_hashes,
        items_seen=feed.items_seen,
        warning=warning,
    )


def drafts(feed: ParsedFeed, job: DocumentJob | EntriesJob) -> Iterator[ArticleDraft]:
    """The feed's entries, cleaned, with their features for related stories.

    An entry that we fail on, by a mistake of ours, costs itself and not the feed.
    """
    for entry in feed.entries:
        with suppress(Exception):
            cleaned = draft(entry, feed, job.url, job.language)
            yield dataclasses.replace(cleaned, terms=features(cleaned, job.outlet))


def page(job: PageJob) -> PageSuccess:
    """Read an article's page. The extractor is loaded at the first one: feeds alone need none of it."""
    from aggregator.extract.page import extract

    return PageSuccess(extract(job.body, job.url, content_type=job.content_type, hints=job.hints))


def answer(data: bytes) -> bytes:
    """One job's bytes to one answer's bytes; an expected failure is an answer too."""
    job = msgspec.msgpack.decode(data, type=Job)
    try:
        result: Answer = page(job) if isinstance(job, PageJob) else Success(digest(job))
    except ParseError as error:
        result = Failure(str(error))
    except MemoryError:
        result = Failure("the document needs more memory than a feed may take")
    except RecursionError:
        result = Failure("the document is nested too deeply to be read")
    except Exception as error:  # a mistake of ours: this document's error, and the process lives on
        result = Failure(f"the document could not be read ({type(error).__name__}); please report the feed")
    return msgspec.msgpack.encode(result)


def limit_process() -> None:
    """Cap the address space and what a document could do if it ever got hold of the process.

    The processor limit is raised job by job.
    """
    hard = resource.getrlimit(resource.RLIMIT_AS)[1]
    cap = MEMORY_BYTES if hard == resource.RLIM_INFINITY else min(MEMORY_BYTES, hard)
    if sys.platform == "linux":
        resource.setrlimit(resource.RLIMIT_AS, (cap, hard))
    for what in NOTHING_OF:
        resource.setrlimit(what, (0, 0))


def die_with_parent() -> None:
    """Have the kernel end this process with its parent; elsewhere than on Linux the end of the input does."""
    if sys.platform != "linux":
        return
    parent = os.getppid()
    with suppress(OSError, AttributeError):  # a C library without it
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:  # it went while we asked
        raise SystemExit


def allow_cpu() -> None:
    """Let the process use at most CPU_SECONDS more from now on; the kernel ends it after that."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    soft = int(used.ru_utime + used.ru_stime) + CPU_SECONDS
    hard = resource.getrlimit(resource.RLIMIT_CPU)[1]
    resource.setrlimit(
        resource.RLIMIT_CPU, (soft if hard == resource.RLIM_INFINITY else min(soft, hard), hard)
    )


def read_frame(stream: BinaryIO) -> bytes | None:
    """The next length-prefixed message, or None at the end of the stream."""
    header = stream.read(LENGTH.size)
    if len(header) < LENGTH.size:
        return None
    return stream.read(LENGTH.unpack(header)[0])


def main() -> None:
    """Answer jobs until standard input ends."""
    source, sink = sys.stdin.buffer, sys.stdout.buffer
    sys.stdout = sys.stderr  # a stray print of a library must not break the protocol
    die_with_parent()
    limit_process()
    gc.freeze()
    gc.disable()
    jobs = 0
    while (data := read_frame(source)) is not None:
        allow_cpu()
        result = answer(data)
        sink.write(LENGTH.pack(len(result)) + result)
        sink.flush()
        jobs += 1
        if jobs % JOBS_BETWEEN_COLLECTIONS == 0:
            gc.collect()


if __name__ == "__main__":
    main()
