"""Hundreds of articles' pages fetched ahead in one sync step, under the real limits, bad sites among them.

    python tests/bench/bench_pages.py [--pages 500] [--sites 25] [--spacing 2.0]

Prints what each site was asked, the least pause it saw, the failures by reason, seconds, and the peak
memory of this process and of its workers. Real pages are served where ../shared is there, else made ones.
"""

from __future__ import annotations

import argparse
import asyncio
import gzip
import resource
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
sys.path.insert(0, str(ROOT))

from aggregator import config as config_files  # noqa: E402
from aggregator.config import Config  # noqa: E402
from aggregator.pages import Prefetched, prefetch  # noqa: E402
from aggregator.store.db import Store  # noqa: E402
from aggregator.writer import Writer  # noqa: E402
from tests.aggregator.extract import made  # noqa: E402
from tests.aggregator.sites import Sites, endless, five_gigabytes, hang, page, report, status  # noqa: E402
from tests.aggregator.storing import HERON, NOW, make  # noqa: E402

WALL = b"<html><head><title>Just a moment...</title></head><body><div id='cf-chl-widget'></div></body></html>"
BAD = {"hang": hang, "5 GB": five_gigabytes, "endless": endless, "challenge": page(WALL), "429": status(429)}


def bodies() -> list[bytes]:
    """Pages to serve."""
    found = sorted((ROOT.parent / "shared" / "pages" / "html").glob("*.html.gz"))
    return [gzip.decompress(path.read_bytes()) for path in found] or [
        made.page(made.html_paragraphs(8), title=f"The harbour opens again {n}") for n in range(20)
    ]


def configured(folder: Path, pages: int, spacing: float) -> Config:
    """A configuration with one followed feed."""
    path = folder / "config.toml"
    path.write_text(
        '[fetch]\nallow_private = ["127.0.0.0/8"]\n'
        f"[full_text]\nspacing = {spacing}\nper_sync = {pages}\n"
        f'[[feeds]]\nurl = "{HERON}"\nfull_text = "always"\n'
    )
    return config_files.load(path)


def bring(config: Config, urls: list[str]) -> None:
    """An article for each address."""
    with Store.open(config.cache) as store:
        store.feeds.reconcile(config.settings.feeds)
        state = store.feeds.get(HERON)
        assert state is not None
        with store.write():
            store.articles.upsert(state, [make(n, url=url) for n, url in enumerate(urls)], NOW)


def addresses(sites: Sites, pages: int, number: int) -> list[str]:
    """Serve the pages; the first sites each have a bad one as their newest."""
    served = bodies()
    urls = [sites.serve(n % number, f"/{n}", page(served[n % len(served)])) for n in range(pages - len(BAD))]
    return urls + [sites.serve(place, "/bad", answer) for place, answer in enumerate(BAD.values())]


def run(pages: int, number: int, spacing: float) -> None:
    """Fetch them all and tell."""
    with tempfile.TemporaryDirectory() as folder, Sites(number) as sites:
        config = configured(Path(folder), pages, spacing)
        bring(config, addresses(sites, pages, number))

        async def step() -> Prefetched:
            async with Writer(config.cache) as writer:
                return await prefetch(config, writer, asyncio.Event(), clock=lambda: NOW + time.monotonic())

        started = time.monotonic()
        got = asyncio.run(step())
        seconds = time.monotonic() - started
        with Store.open(config.cache, readonly=True) as store:
            whole = [article.page for article in store.articles.iter_all()]
    why = Counter(one.reason or "text" if one else "not asked: its site rests" for one in whole)
    asked = report(sites.log)
    gaps = [min(sites.gaps(place), default=0.0) for place in range(number)]
    print(f"{pages} pages of {number} sites in {seconds:.0f} s: {got.pages} with text, {got.failures} not")
    print(f"requests a site: {sorted(asked.values())}")
    print(f"least pause at a site: {min(filter(None, gaps)):.2f} s (spacing {spacing})")
    print(f"requests to one site at once: {max(sites[place].most_at_once for place in range(number))}")
    for reason, count in why.most_common():
        print(f"{count:>5}  {reason}")
    for name, who in (("this process", resource.RUSAGE_SELF), ("a worker", resource.RUSAGE_CHILDREN)):
        print(f"peak memory of {name}: {resource.getrusage(who).ru_maxrss / 1024:.0f} MB")


def main() -> None:
    """Parse the options."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    options.add_argument("--pages", type=int, default=500)
    options.add_argument("--sites", type=int, default=25)
    options.add_argument("--spacing", type=float, default=2.0)
    given = options.parse_args()
    run(given.pages, given.sites, given.spacing)


if __name__ == "__main__":
    main()
