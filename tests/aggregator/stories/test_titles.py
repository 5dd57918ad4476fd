"""Headlines: what outlets put round them goes, what they say stays; and each page is of one kind."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.stories.titles import Kind, attribution, clean_title, kind_of

PARTS = (
    "BREAKING: ", "Watch | ", "Live updates: ", "Exclusive - ", "عاجل | ", "خاص: ", "مراسلنا في الميناء: ",
    "צפו: ", "בלעדי | ", "فوری | ", "SON DAKİKA: ", "Özel | ", "🔴 ", "ferry", "two boats collide",
    "غرق عبارة", "התנגשות בנמל", "غرق کشتی", "gemi battı", " - Daily Cedar", " | Daily Cedar", " | World",
    " – opinion", " — Analysis", ": ", " ", "«", "؟",
)  # fmt: skip
HEADLINES = st.lists(st.sampled_from(PARTS), max_size=8).map("".join) | st.text(max_size=60)


@pytest.mark.parametrize(
    ("title", "outlet", "left"),
    [
        ("Two boats collide off the cape - Daily Cedar", "Daily Cedar", "Two boats collide off the cape"),
        ("Two boats collide off the cape – The Daily Cedar", "Daily Cedar", "Two boats collide off the cape"),
        ("Two boats collide off the cape | World | Cedar", "", "Two boats collide off the cape"),
        ("اصطدام قاربين قرب الرأس - صحيفة الأرز", "صحيفة الأرز", "اصطدام قاربين قرب الرأس"),
        ("שתי סירות התנגשו ליד הכף | חדשות הארז", "חדשות הארז", "שתי סירות התנגשו ליד הכף"),
        ("برخورد دو قایق در نزدیکی دماغه | خبر سدر", "خبر سدر", "برخورد دو قایق در نزدیکی دماغه"),
        ("Açıklarda iki tekne çarpıştı - Sedir Haber", "Sedir Haber", "Açıklarda iki tekne çarpıştı"),
    ],
)  # fmt: skip
def test_the_outlets_name_at_the_end_is_cut_off(title: str, outlet: str, left: str) -> None:
    assert clean_title(title, outlet) == left


def test_an_end_that_is_not_the_outlet_stays() -> None:
    title = "Two boats collide off the cape - harbour master"
    assert clean_title(title, "Daily Cedar") == title


@pytest.mark.parametrize(
    ("title", "left"),
    [
        ("BREAKING: Watch | Exclusive – Two boats collide", "Two boats collide"),
        ("🔴 Breaking news: two boats collide", "two boats collide"),
        ("عاجل | خاص | بالفيديو: اصطدام قاربين", "اصطدام قاربين"),
        ("צפו | תיעוד | בלעדי: שתי סירות התנגשו", "שתי סירות התנגשו"),
        ("فوری | اختصاصی | ویدئو: برخورد دو قایق", "برخورد دو قایق"),
        ("SON DAKİKA | Özel | Video: İki tekne çarpıştı", "İki tekne çarpıştı"),
    ],
)
def test_rubrics_are_cut_off_however_many_are_stacked(title: str, left: str) -> None:
    assert clean_title(title) == left


@pytest.mark.parametrize(
    "title",
    ["مراسل الأرز: اصطدام قاربين", "مراسلتنا في الميناء: اصطدام قاربين", "عاجل: موفدنا: اصطدام قاربين"],
)
def test_the_correspondent_in_front_is_cut_off(title: str) -> None:
    assert clean_title(title) == "اصطدام قاربين"


def test_a_rubric_at_the_end_is_cut_off() -> None:
    assert clean_title("The cape needs a lighthouse – opinion") == "The cape needs a lighthouse"


@pytest.mark.parametrize(
    "title", ["BREAKING: Fire", "Fire - Daily Cedar", "Fire – opinion", "عاجل: حريق", "خاص | عاجل"]
)
def test_what_would_leave_less_than_two_words_stays_whole(title: str) -> None:
    assert clean_title(title, "Daily Cedar") == title


@given(HEADLINES)
def test_no_headline_of_two_words_is_reduced_below_two(title: str) -> None:
    left = clean_title(title, "Daily Cedar")
    assert len(left.split()) >= min(2, len(title.split()))


@given(HEADLINES)
def test_a_clean_headline_is_left_alone(title: str) -> None:
    left = clean_title(title, "Daily Cedar")
    assert clean_title(left, "Daily Cedar") == left


@given(HEADLINES)
def test_cleaning_only_cuts(title: str) -> None:
    assert clean_title(title, "Daily Cedar") in " ".join(title.split())


@pytest.mark.parametrize(
    ("title", "speaker"),
    [
        ("Harbour master: no more ferries at night", "Harbour master"),
        ('Breaking: Watch: Harbour master: "no more ferries"', "Harbour master"),
        ("قبطان الميناء: لا عبارات في الليل", "قبطان الميناء"),
        ("عاجل | خاص | قبطان الميناء: «لا عبارات»", "قبطان الميناء"),
        ("רב החובל: לא יהיו מעבורות בלילה", "רב החובל"),
        ("ناخدا: شب‌ها کشتی نخواهد بود", "ناخدا"),
        ("Liman başkanı: Gece vapur yok", "Liman başkanı"),
    ],
)
def test_who_stands_before_the_colon_is_quoted(title: str, speaker: str) -> None:
    assert attribution(title) == speaker


@pytest.mark.parametrize("title", ["مراسل الأرز: اصطدام قاربين", "عاجل: مراسلنا في الميناء: اصطدام قاربين"])
def test_the_outlets_own_reporter_is_not_quoted(title: str) -> None:
    assert attribution(title) == ""


@pytest.mark.parametrize(
    "title",
    [
        "Two boats collide off the cape",
        "Ferries stop at 10:30 each night",
        "What the harbour of the cape will look like in a year from now: a plan",
        "BREAKING: two boats collide",
        "عاجل: اصطدام قاربين",
    ],
)
def test_no_colon_after_a_short_name_means_nobody_is_quoted(title: str) -> None:
    assert attribution(title) == ""


LIVE = [
    "LIVE: Storm nears the cape", "Live updates • Storm nears the cape", "Storm nears the cape – live",
    "Storm at the cape, as it happened", "العاصفة لحظة بلحظة", "مباشر | العاصفة تقترب",
    "הסערה מתקרבת: דיווח חי", "طوفان لحظه به لحظه", "Fırtına dakika dakika",
    "CANLI ANLATIM: Fırtına yaklaşıyor",
]  # fmt: skip
ROUNDUP = [
    "Storm at the cape, day 117", "Storm: list of key events", "Morning briefing: storms and ferries",
    "Press review: storms", "نشرة الثامنة", "أبرز عناوين الصحف", "مهم‌ترین عناوین امروز", "כותרות העיתונים",
    "Günün özeti", "Gazete manşetleri",
]  # fmt: skip
PHOTO = [
    "In pictures: storm at the cape", "بالصور.. العاصفة عند الرأس", "گزارش تصویری: طوفان", "הסערה בתמונות",
    "Foto galeri: Fırtına",
]  # fmt: skip
OPINION = [
    "Opinion | The cape needs a lighthouse", "رأي: الرأس يحتاج منارة", "یادداشت: دماغه و فانوس",
    "דעה | הכף צריך מגדלור", "Yorum: Burun fener istiyor",
]  # fmt: skip
JUNK = [
    "tag - Daily Cedar", "Untitled", "Home", "- cedar.example", "Watch", "", " … ", "عاجل", "فيديو", "בלעדי",
    "فوری", "SON DAKİKA", "Video | cedar.example",
]  # fmt: skip
REPORT = [
    "Two boats collide off the cape", "اصطدام قاربين قرب الرأس", "שתי סירות התנגשו", "برخورد دو قایق",
    "İki tekne çarpıştı",
    "BREAKING: Two boats collide", "Olive harvest begins", "Ten days in the desert",
    # short news after a rubric, with nothing that would tell it from "tag - Daily Cedar" but the rubric
    "Video - Two boats collide", "فيديو | غارة على بلدة", "עדכון - סירות התנגשו",
    "Live fire wounds two at the fence", "Live music returns to the old port",
]  # fmt: skip
KINDS = {
    Kind.LIVE: LIVE, Kind.ROUNDUP: ROUNDUP, Kind.PHOTO: PHOTO, Kind.OPINION: OPINION, Kind.JUNK: JUNK,
    Kind.REPORT: REPORT,
}  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "title"), [(kind, title) for kind, titles in KINDS.items() for title in titles]
)
def test_the_headline_tells_the_kind(kind: Kind, title: str) -> None:
    assert kind_of(title) is kind


def test_a_rubric_and_the_outlets_name_is_junk() -> None:
    assert kind_of("Video - Daily Cedar", outlet="Daily Cedar") is Kind.JUNK
    assert kind_of("Video - Daily Cedar", outlet="Evening Palm") is Kind.REPORT


@pytest.mark.parametrize(
    ("url", "kind"),
    [
        ("https://cedar.example/opinion/2026/cape", Kind.OPINION),
        ("https://cedar.example/yazarlar/cape", Kind.OPINION),
        ("https://cedar.example/foto-galeri/cape", Kind.PHOTO),
        ("https://cedar.example/news/cape?from=/opinion/", Kind.REPORT),
        ("https://opinion.example/news/cape", Kind.REPORT),
    ],
)
def test_the_address_tells_what_the_headline_does_not(url: str, kind: Kind) -> None:
    assert kind_of("The cape and its lighthouse", url) is kind


def test_a_tag_tells_an_opinion() -> None:
    assert kind_of("The cape and its lighthouse", tags=("Opinion", "Sea")) is Kind.OPINION
