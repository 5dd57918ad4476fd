"""Features: what an article is compared by, and how it is packed."""

from __future__ import annotations

from array import array
from dataclasses import fields, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.model import ArticleDraft, Block
from aggregator.stories.features import (
    LEAD_CHARS,
    MAX_TERMS,
    VERSION,
    Features,
    extract,
    features,
    key,
    lead_of,
    numbers_of,
    pack,
    sentence,
    unpack,
)
from aggregator.stories.titles import Kind
from aggregator.text.blocks import pack_blocks

KEYS = st.lists(st.integers(0, 2**32 - 1), max_size=20, unique=True).map(lambda found: array("I", found))
PARTS = [field.name for field in fields(Features) if field.name != "kind"]
FEATURES = st.builds(Features, kind=st.sampled_from(Kind), **dict.fromkeys(PARTS, KEYS))

STORM = {
    "en": "Storm hits Haifa and Beirut, 1,200 flee",
    "ar": "عاصفة تضرب حيفا وبيروت ونزوح ١٬٢٠٠",
    "he": "סערה בחיפה ובביירות: 1,200 נמלטו",
    "fa": "طوفان در حیفا و بیروت؛ ۱٬۲۰۰ نفر گریختند",
    "tr": "Hayfa ve Beyrut'ta fırtına: 1200 kişi kaçtı",
}


def draft(title: str, body: bytes, url: str) -> ArticleDraft:
    return ArticleDraft("g", url, title, "", "", body, None, None, "en", b"", "", b"")


def body(*paragraphs: str) -> bytes:
    return pack_blocks([Block("p", text) for text in paragraphs])


@given(FEATURES)
def test_packed_features_come_back_as_they_were(found: Features) -> None:
    assert unpack(pack(found)) == found


def test_features_of_another_version_are_none() -> None:
    packed = pack(extract("Two boats collide", "", "en"))
    assert unpack(packed) is not None
    assert unpack(bytes((VERSION + 1,)) + packed[1:]) is None


@pytest.mark.parametrize("data", [b"", b"\x01", bytes((VERSION, 0, 0))])
def test_what_is_too_short_to_be_features_is_none(data: bytes) -> None:
    assert unpack(data) is None


def test_only_so_many_terms_of_a_kind_are_packed() -> None:
    many = replace(Features(), lead=array("I", range(1000)))
    found = unpack(pack(many))
    assert found is not None
    assert list(found.lead) == list(range(MAX_TERMS))


def test_no_term_is_there_twice_and_the_lead_lacks_what_the_title_has() -> None:
    found = extract("Ferry sinks, ferry crew safe", "The ferry sank at night. Her crew swam.", "en")
    assert key("ferri") in found.title
    assert key("ferri") not in found.lead
    for part in (found.title, found.lead, found.names, found.concepts):
        assert len(set(part)) == len(part)


@pytest.mark.parametrize("language", STORM)
def test_towns_in_a_headline_are_its_places_in_every_language(language: str) -> None:
    found = extract(STORM[language], "", language)
    assert set(found.places) == {key("@haifa"), key("@beirut")}
    assert set(found.places) <= set(found.names)


@pytest.mark.parametrize("language", STORM)
def test_a_number_is_one_number_in_all_digits(language: str) -> None:
    assert key("#1200") in extract(STORM[language], "", language).names


@pytest.mark.parametrize("language", STORM)
def test_a_word_of_the_news_is_one_concept_in_every_language(language: str) -> None:
    assert key("%storm") in extract(STORM[language], "", language).concepts


def test_countries_and_people_are_names_but_no_places() -> None:
    found = extract("Araghchi leaves Iran", "", "en")
    assert {key("@araghchi"), key("@iran")} <= set(found.names)
    assert list(found.places) == []


def test_a_town_of_the_lead_alone_is_a_name_but_no_place_of_the_headline() -> None:
    found = extract("Two boats collide", "It happened off Haifa.", "en")
    assert key("@haifa") in found.names
    assert list(found.places) == []


@pytest.mark.parametrize(
    ("title", "language"),
    [("Araghchi: no talks at sea", "en"), ("عاجل | عراقجي: لا محادثات", "ar"), ("עראקצ'י: אין שיחות", "he")],
)
def test_the_speaker_is_the_same_in_every_language(title: str, language: str) -> None:
    assert key("@araghchi") in extract(title, "", language).speakers


def test_a_headline_that_quotes_nobody_has_no_speaker() -> None:
    assert list(extract("Araghchi leaves for talks", "He said: no.", "en").speakers) == []


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("1,200 boats and 12 ferries", ["#1200", "#12"]),
        ("١٬٢٠٠ قارب و١٢ عبارة", ["#1200", "#12"]),
        ("۱۲۰۰ قایق", ["#1200"]),
        ("waves of 3.5 metres", ["#3.5"]),
        ("موج ٣٫٥ متر", ["#3.5"]),
        ("in 2026.", ["#2026"]),
        ("7 boats", []),  # of one digit there are too many
    ],
)
def test_numbers_are_read_without_separators_of_thousands(text: str, numbers: list[str]) -> None:
    assert list(numbers_of(text)) == numbers


def test_the_lead_is_a_long_summary() -> None:
    summary = "Two boats collided in fog off the cape on Tuesday; nobody was hurt."
    assert lead_of(summary, body("Something else.")) == summary


def test_a_short_summary_is_continued_by_the_body() -> None:
    assert (
        lead_of("In fog.", body("Two boats collided.", "Nobody was hurt."))
        == "In fog. Two boats collided. Nobody was hurt."
    )


def test_without_summary_the_lead_is_the_start_of_the_body() -> None:
    assert lead_of("", body("Two boats collided.")) == "Two boats collided."
    assert lead_of("", b"") == ""


def test_the_lead_is_bounded() -> None:
    assert len(lead_of("fog " * 500, b"")) == LEAD_CHARS
    assert len(lead_of("", body("fog " * 500))) == LEAD_CHARS


def test_a_drafts_features_come_from_its_title_its_lead_and_its_address() -> None:
    url = "https://cedar.example/opinion/1"
    packed = features(draft("Cape needs a light - Daily Cedar", body("Larnaca is dark."), url), "Daily Cedar")
    found = unpack(packed)
    assert found == extract("Cape needs a light", "Larnaca is dark.", "en", url)
    assert found.kind is Kind.OPINION


def test_the_outlets_name_is_no_word_of_its_headlines() -> None:
    found = extract("Cape needs a light - Daily Cedar", "", "en", outlet="Daily Cedar")
    assert found == extract("Cape needs a light", "", "en")


def test_a_sentence_vector_is_made_of_the_headline_as_it_is_and_the_start_of_the_lead() -> None:
    text = sentence("BREAKING: Two boats collide", "In fog. " * 100)
    assert text.startswith("BREAKING: Two boats collide. In fog. In fog.")
    assert len(text) == len("BREAKING: Two boats collide. ") + 200


@given(st.text(max_size=120), st.text(max_size=300), st.sampled_from(("en", "ar", "he", "fa", "tr", "")))
def test_any_text_has_features_that_can_be_packed(title: str, lead: str, language: str) -> None:
    found = extract(title, lead, language)
    assert unpack(pack(found)) == found
