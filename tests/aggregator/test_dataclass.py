"""The dataclass whose methods are written late is the standard one in all that can be seen of it."""

from __future__ import annotations

import copy
import dataclasses
import pickle
from collections.abc import Callable
from typing import Any, ClassVar

import msgspec
import pytest

from aggregator import model
from aggregator.dataclass import dataclass


@dataclass(frozen=True, slots=True)
class Point:
    """A place."""

    x: int
    y: int = 2
    names: list[str] = dataclasses.field(default_factory=list, compare=False)
    origin: ClassVar[int] = 0

    @property
    def sum(self) -> int:
        """Both."""
        return self.x + self.y


@dataclass(slots=True)
class Loose:
    """May be changed."""

    x: int
    seen: int = dataclasses.field(default=0, repr=False)

    def __post_init__(self) -> None:
        self.seen += 1


@dataclass(frozen=True, slots=True)
class Farther(Point):
    """With one field more."""

    z: int = 3


FIRST_USES: list[Callable[[Any], object]] = [
    lambda kind: kind(1),
    lambda kind: dataclasses.fields(kind),
    lambda kind: dataclasses.is_dataclass(kind),
    lambda kind: msgspec.convert({"x": 1}, kind),
]


@pytest.mark.parametrize("use", FIRST_USES)
def test_whatever_is_asked_first_makes_it_whole(use: Callable[[Any], object]) -> None:
    @dataclass(frozen=True, slots=True)
    class Fresh:
        x: int
        y: int = 5

    assert use(Fresh)
    assert Fresh(1) == Fresh(1, 5) != Fresh(2)
    assert hash(Fresh(1)) == hash(Fresh(1))
    assert repr(Fresh(1)).endswith("Fresh(x=1, y=5)")
    assert [field.name for field in dataclasses.fields(Fresh)] == ["x", "y"]


def test_a_frozen_one_refuses_to_be_changed() -> None:
    point = Point(1)
    for change in (
        lambda: setattr(point, "x", 2),
        lambda: delattr(point, "x"),
        lambda: setattr(point, "w", 2),
    ):
        with pytest.raises(dataclasses.FrozenInstanceError):
            change()
    assert (point.x, point.sum, point.origin) == (1, 3, 0)
    assert not hasattr(point, "__dict__")


def test_one_that_is_not_frozen_changes_and_cannot_be_hashed() -> None:
    loose = Loose(1)
    loose.x = 5
    assert (loose, loose.seen) == (Loose(5), 1)
    assert repr(loose).endswith("Loose(x=5)")
    with pytest.raises(TypeError):
        hash(loose)
    with pytest.raises(AttributeError):
        loose.other = 1  # type: ignore[attr-defined]


def test_wrong_arguments_are_refused_as_ever() -> None:
    for call in (lambda: Point(), lambda: Point(1, q=2), lambda: Point(1, 2, [], 4)):  # type: ignore[call-arg,misc]
        with pytest.raises(TypeError, match=r"__init__\(\)"):
            call()


def test_it_is_copied_replaced_matched_inherited_and_kept_in_files() -> None:
    point = Point(1, 4, ["a"])
    assert copy.deepcopy(point) == pickle.loads(pickle.dumps(point)) == point
    assert copy.deepcopy(point).names is not point.names
    assert dataclasses.replace(point, y=9) == Point(1, 9)
    assert dataclasses.asdict(point) == {"x": 1, "y": 4, "names": ["a"]}
    match point:
        case Point(x, y):
            assert (x, y) == (1, 4)
    assert Farther(1, 2, [], 7).z == 7
    assert [field.name for field in dataclasses.fields(Farther)] == ["x", "y", "names", "z"]


@pytest.mark.parametrize("name", [n for n, kind in vars(model).items() if dataclasses.is_dataclass(kind)])
def test_every_record_is_what_the_standard_library_would_make(name: str) -> None:
    made = getattr(model, name)
    fields = dataclasses.fields(made)
    assert made.__slots__ == made.__match_args__ == tuple(field.name for field in fields)
    standard = dataclasses.make_dataclass(
        name, [(field.name, field.type, copy.copy(field)) for field in fields], frozen=True
    )
    values = dict.fromkeys((field.name for field in fields), 1)
    assert repr(made(**values)).split(".")[-1] == repr(standard(**values)).split(".")[-1]
    assert made(**values) == made(**values) != standard(**values)
