"""Words that a search must find, and words that only look alike, in five languages (``probes.tsv``).

First at the level of forms, then asked of a library with real articles; ``tests/bench/bench_probes.py`` does
that with all of them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest

from aggregator.text.fold import fold
from aggregator.text.forms import index_forms, name_spellings, query_forms
from tests.aggregator.probing import NOW, RANK, Probe, Probed, probes, real_articles

EVERY = 4  # each fourth of 64,000 real articles: enough to see, in a quarter of the time
LANGUAGES = ("ar", "fa", "he", "tr", "en")


def asked(language: str, *, finds: bool) -> list[Probe]:
    return [probe for probe in probes() if probe.language == language and probe.finds is finds]


def meet(probe: Probe) -> bool:
    """Whether a query finds words of a text, as the search index does it."""
    words = fold(probe.words).split()
    known = {*words, *index_forms(words, probe.language)}
    sought = fold(probe.query)
    forms = (*query_forms(sought), *name_spellings(sought.split()))
    return any(form in known or (" " in form and f" {form} " in f" {' '.join(words)} ") for form in forms)


@pytest.mark.parametrize("language", LANGUAGES)
def test_forms_of_a_word_are_found(language: str) -> None:
    pairs = asked(language, finds=True)
    assert len(pairs) >= 40
    assert [probe for probe in pairs if not meet(probe)] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_words_that_only_look_alike_are_not(language: str) -> None:
    pairs = asked(language, finds=False)
    assert len(pairs) >= 25
    assert [probe for probe in pairs if meet(probe)] == []


@pytest.fixture(scope="module")
def probed(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Probed]:
    with Probed(tmp_path_factory.mktemp("probes"), real_articles(shared, EVERY), NOW) as library:
        yield library


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_library_finds_every_form_among_the_newest(probed: Probed, language: str) -> None:
    pairs = asked(language, finds=True)
    assert [probe for probe in pairs if not 0 < probed.rank(probe, "newest") <= RANK] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_query_finds_one_of_the_forms_among_the_best(probed: Probed, language: str) -> None:
    best: dict[str, int] = defaultdict(lambda: RANK + 1)
    for probe in asked(language, finds=True):
        best[probe.query] = min(best[probe.query], probed.rank(probe, "rank") or RANK + 1)
    assert {query: rank for query, rank in best.items() if rank > RANK} == {}


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_library_finds_none_that_only_looks_alike(probed: Probed, language: str) -> None:
    assert [probe for probe in asked(language, finds=False) if probed.finds(probe)] == []
