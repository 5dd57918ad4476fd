"""The score: what speaks for one event and what against, and the guards against look-alikes of one outlet."""

from __future__ import annotations

import json
from importlib.resources import files
from itertools import product
from typing import Any

import pytest

from aggregator.stories import scoring
from aggregator.stories.compare import KEPT, Comparer
from aggregator.stories.features import extract
from aggregator.stories.scoring import LEAST, Models, models, terms
from aggregator.stories.window import Parts, Window

HOUR = 3600
NOTHING = Parts(*[0.0] * len(Parts._fields))._replace(meaning=None)
SAME, THREAD = 0, 1
# other news of the day, so that the words of the headlines in question are as rare as they would be
OTHERS = (
    "Olive harvest begins above Nablus", "Ferry sinks off Larnaca", "Parliament passes the budget",
    "Quake shakes the coast of Izmir", "Bread price doubles in Tripoli", "Power cuts return to Basra",
    "Museum of Cairo opens a new wing", "Locusts reach the farms of Sanaa",
)  # fmt: skip

Headline = tuple[str, str, str]  # title, language, outlet


def window(*headlines: Headline) -> Window:
    made = Window(72 * HOUR)
    for number, (title, language, outlet) in enumerate(
        (*headlines, *((t, "en", f"Wire {t}") for t in OTHERS))
    ):
        made.add(number, 0, language, outlet, extract(title, "", language, outlet=outlet))
    made.settle()
    return made


def read_models(with_vectors: dict[str, Any], without: dict[str, Any]) -> Models:
    both = {"with vectors": with_vectors or without, "without": without}
    return scoring.read({"version": 7, "same": both, "thread": both})


def odds(one: Headline, other: Headline, which: int = SAME, meaning: float | None = None) -> float:
    return models().odds(window(one, other).parts(0, 1, meaning))[which]


def test_the_shipped_weights_name_only_what_is_weighed() -> None:
    data = json.loads(files("aggregator.stories").joinpath("weights.json").read_bytes())
    known = {*terms(NOTHING), *terms(NOTHING._replace(crossing=1.0))}
    for question, kind in product(("same", "thread"), ("with vectors", "without")):
        assert data[question][kind]["weights"].keys() <= known


@pytest.mark.parametrize("meaning", [None, 0.0])
def test_two_articles_with_nothing_in_common_are_surely_not_one_event(meaning: float | None) -> None:
    for crossing in (0.0, 1.0):
        same, thread = models().odds(NOTHING._replace(crossing=crossing, meaning=meaning))
        assert same < -4
        assert thread < -2


@pytest.mark.parametrize(
    ("crossing", "part"),
    [(0, name) for name in ("words", "concepts", "meaning", "speaker")]
    + [(1, name) for name in ("names", "concepts", "meaning", "speaker")],
)
def test_what_is_shared_speaks_for_one_event(crossing: int, part: str) -> None:
    meaning = 0.2 if part == "meaning" else None
    low = NOTHING._replace(crossing=float(crossing), meaning=meaning)
    high = low._replace(**{part: 0.8})
    assert models().odds(high)[SAME] > models().odds(low)[SAME]


@pytest.mark.parametrize("meaning", [None, 0.6])
def test_time_apart_speaks_against_one_event_but_not_against_one_running_story(meaning: float | None) -> None:
    near = NOTHING._replace(words=0.5, title=0.5, meaning=meaning)
    far = near._replace(days=2.0)
    assert models().odds(far)[SAME] < models().odds(near)[SAME]
    assert models().odds(far)[THREAD] > models().odds(near)[THREAD]


def test_with_a_vector_the_model_for_vectors_is_asked() -> None:
    made = read_models({"bias": 1.0, "weights": {}}, {"bias": 2.0, "weights": {}})
    assert made.odds(NOTHING._replace(meaning=0.0)) == (1.0, 1.0)
    assert made.odds(NOTHING) == (2.0, 2.0)


def test_odds_are_the_bias_and_the_weighted_sum() -> None:
    weights = {"words": 4.0, "days": -0.5, "places of one outlet": -3.0, "names across": 2.0}
    made = read_models({}, {"bias": -1.0, "weights": weights})
    assert made.odds(NOTHING._replace(words=0.5, days=2.0)) == pytest.approx((0.0, 0.0))
    assert made.odds(NOTHING._replace(places=1.0)) == pytest.approx((-1.0, -1.0))
    assert made.odds(NOTHING._replace(places=1.0, outlet=1.0)) == pytest.approx((-4.0, -4.0))
    # words weigh within a language only, names only across
    assert made.odds(NOTHING._replace(words=0.5, names=1.0)) == pytest.approx((1.0, 1.0))
    assert made.odds(NOTHING._replace(words=0.5, names=1.0, crossing=1.0)) == pytest.approx((1.0, 1.0))
    assert made.odds(NOTHING._replace(names=0.5, crossing=1.0)) == pytest.approx((0.0, 0.0))


EVENT = (
    ("Ferry Marigold sinks off Haifa, 420 rescued", "en", "Daily Cedar"),
    ("420 rescued as ferry Marigold sinks near Haifa", "en", "Evening Palm"),
    ("غرق العبارة ماريغولد قبالة حيفا وإنقاذ ٤٢٠", "ar", "صوت النخيل"),
    ("המעבורת מריגולד טבעה מול חיפה, 420 חולצו", "he", "קול הארז"),
    ("غرق کشتی ماریگلد در حیفا؛ ۴۲۰ نفر نجات یافتند", "fa", "ندای سدر"),
    ("Marigold feribotu Hayfa açıklarında battı, 420 kişi kurtarıldı", "tr", "Sedir Haber"),
)


@pytest.mark.parametrize("report", EVENT[1:], ids=[language for _, language, _ in EVENT[1:]])
def test_two_reports_of_one_event_score_above_two_of_different_events(report: Headline) -> None:
    other = ("Ferry strike ends in Beirut after 310 days", "en", "Daily Cedar")
    assert odds(EVENT[0], report) > odds(other, report) + 1


# --- guards of the research note, §3.9 ---


@pytest.mark.parametrize("meaning", [None, 0.7])
@pytest.mark.parametrize("which", [SAME, THREAD])
@pytest.mark.parametrize(
    ("one", "other", "language"),
    [
        (
            "Minister receives the ambassador of Ruritania",
            "Minister receives the ambassador of Freedonia",
            "en",
        ),
        ("الوزير يستقبل سفير روريتانيا", "الوزير يستقبل سفير فريدونيا", "ar"),
        ("השר נפגש עם שגריר רוריטניה", "השר נפגש עם שגריר פרידוניה", "he"),
        ("دیدار وزیر با سفیر روریتانیا", "دیدار وزیر با سفیر فریدونیا", "fa"),
        ("Bakan Ruritanya büyükelçisini kabul etti", "Bakan Fredonya büyükelçisini kabul etti", "tr"),
    ],
)
def test_guard_template_headlines_of_one_outlet_score_lower_than_those_of_two(
    one: str, other: str, language: str, which: int, meaning: float | None
) -> None:
    of_one = odds((one, language, "Daily Cedar"), (other, language, "Daily Cedar"), which, meaning)
    of_two = odds((one, language, "Daily Cedar"), (other, language, "Evening Palm"), which, meaning)
    assert of_one < of_two - 1


@pytest.mark.parametrize("meaning", [None, 0.7])
@pytest.mark.parametrize("which", [SAME, THREAD])
@pytest.mark.parametrize(
    ("one", "other", "language"),
    [
        ("Settlers raid village near Nablus", "Settlers raid village near Hebron", "en"),
        ("قصف مدفعي على أطراف النبطية", "قصف مدفعي على أطراف بنت جبيل", "ar"),
        ("אזעקות בחיפה", "אזעקות באשדוד", "he"),
        ("زمین‌لرزه در تبریز", "زمین‌لرزه در شیراز", "fa"),
        ("İzmir'de deprem", "Adana'da deprem", "tr"),
    ],
)
def test_guard_headlines_of_one_outlet_that_differ_in_the_place_score_lower_than_those_of_two(
    one: str, other: str, language: str, which: int, meaning: float | None
) -> None:
    of_one = odds((one, language, "Daily Cedar"), (other, language, "Daily Cedar"), which, meaning)
    of_two = odds((one, language, "Daily Cedar"), (other, language, "Evening Palm"), which, meaning)
    assert of_one < of_two - 0.5


@pytest.mark.parametrize("meaning", [None, 0.7])
@pytest.mark.parametrize(
    ("one", "other", "language"),
    [
        ("Minister receives envoy of Portugal", "Minister receives envoy of Egypt", "en"),
        ("الوزير يستقبل سفير مصر", "الوزير يستقبل سفير الأردن", "ar"),
        ("השר נפגש עם שגריר מצרים", "השר נפגש עם שגריר ירדן", "he"),
        ("Quake of magnitude 5.1 shakes Japan", "Quake of magnitude 5.4 shakes Venezuela", "en"),
        ("Settlers raid village near Nablus", "Settlers raid village near Hebron", "en"),
    ],
)
def test_guard_one_outlets_phrase_with_other_names_in_it_is_not_one_event(
    one: str, other: str, language: str, meaning: float | None
) -> None:
    assert odds((one, language, "Daily Cedar"), (other, language, "Daily Cedar"), SAME, meaning) < 0


def test_guard_the_same_place_in_both_headlines_is_not_a_template_of_places() -> None:
    held = window(
        ("Settlers raid village near Nablus", "en", "Cedar"),
        ("Nablus village raided by settlers", "en", "Cedar"),
    )
    assert held.parts(0, 1).places == 0.0


# --- comparing an article with the window ---


def test_only_pairs_worth_keeping_are_kept_the_surest_first() -> None:
    held = window(*EVENT, ("Ferry fares rise in Beirut", "en", "Evening Palm"))
    found = Comparer(held, None, models()).of(0)
    kept = [scored.same for scored in found.values()]
    assert next(iter(found)) == 1
    assert kept == sorted(kept, reverse=True)
    assert min(kept) >= LEAST


def test_of_very_many_pairs_only_the_surest_are_kept() -> None:
    headlines = ((f"{EVENT[0][0]} {n} hours on", "en", f"Outlet {n}") for n in range(10, 10 + KEPT + 11))
    assert len(Comparer(window(*headlines), None, models()).of(0)) == KEPT


def test_a_pair_has_one_score_whoever_asks_first() -> None:
    comparer = Comparer(window(*EVENT), None, models())
    lists = {article: comparer.of(article) for article in range(len(EVENT))}
    assert lists[0][1] == lists[1][0]
    assert lists[0][1] == Comparer(window(*EVENT), None, models()).of(1)[0]


def test_the_same_text_in_two_outlets_is_a_copy_and_another_report_is_none() -> None:
    title, language, _ = EVENT[0]
    found = Comparer(window(*EVENT, (title, language, "Morning Fig")), None, models()).of(0)
    assert [other for other, scored in found.items() if scored.copy] == [len(EVENT)]
