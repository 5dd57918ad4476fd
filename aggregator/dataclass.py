"""The standard ``dataclass``, but its methods are written when a class is first used.

Writing them takes about a millisecond a class, and the reader loads a hundred classes of which it uses ten
before its first frame: a sixth of its start. Everything else is the standard library's own: what is made here
is a class with stand-ins that put the real methods in their places.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final, NoReturn

if TYPE_CHECKING:
    from dataclasses import dataclass

__all__ = ["dataclass"]

_METHODS: Final = ("__init__", "__repr__", "__eq__", "__hash__")
_NOTED: Final = ("__dataclass_fields__", "__dataclass_params__")


class _Fields:
    """``__dataclass_fields__`` until somebody looks at it."""

    def __init__(self, complete: Callable[[], None]) -> None:
        self._complete = complete

    def __get__(self, instance: object, owner: type) -> Any:
        self._complete()
        return owner.__dataclass_fields__  # type: ignore[attr-defined]  # it is the real one by now


def _lazy(cls: type | None = None, /, **options: bool) -> Any:
    """See ``dataclasses.dataclass``; classes that are put together otherwise are left to it."""
    if cls is None:
        return lambda cls: _lazy(cls, **options)
    written = any(name in vars(cls) for name in _METHODS)
    if written or set(options) - {"frozen", "slots"} or not options.get("slots") or _inherits(cls):
        return _standard().dataclass(**options)(cls)
    kinds = vars(cls).get("__annotations__", {})
    names = [name for name, kind in kinds.items() if not str(kind).startswith("ClassVar")]
    given = {name: vars(cls)[name] for name in names if name in vars(cls)}
    made = _slotted(cls, names)
    _prepare(made, {"__annotations__": kinds, **given}, options.get("frozen", False))
    return made


def _standard() -> Any:
    """The standard library's module, which loads ``inspect``: the first page is painted without it."""
    import dataclasses

    return dataclasses


def _inherits(cls: type) -> bool:
    """Has a class fields of other classes?"""
    return any(hasattr(base, "__dataclass_fields__") for base in cls.__bases__)


def _slotted(cls: type, names: list[str]) -> type:
    """The same class with slots for its fields."""
    left_out = {*names, "__dict__", "__weakref__"}
    space = {name: value for name, value in vars(cls).items() if name not in left_out}
    space |= {"__slots__": tuple(names), "__match_args__": tuple(names)}
    made = type(cls)(cls.__name__, cls.__bases__, space)
    made.__qualname__ = cls.__qualname__
    return made


def _prepare(made: Any, space: dict[str, Any], frozen: bool) -> None:
    """Give a class stand-ins for what ``dataclasses`` would write into it."""

    def complete() -> None:
        about = {"__module__": made.__module__, "__qualname__": made.__qualname__, "__doc__": "as its twin"}
        post = {"__post_init__": None} if hasattr(made, "__post_init__") else {}
        plain = type(made.__name__, (), {**space, **about, **post})
        twin = _standard().dataclass(frozen=frozen)(plain)
        for name in (*_METHODS, *_NOTED):
            setattr(made, name, vars(twin)[name])

    def stand_in(name: str) -> Callable[..., Any]:
        def method(self: Any, *values: Any, **named: Any) -> Any:
            complete()
            return getattr(made, name)(self, *values, **named)

        return method

    for name in _METHODS:
        setattr(made, name, stand_in(name))
    made.__dataclass_fields__ = _Fields(complete)
    if frozen:
        made.__setattr__ = made.__delattr__ = _refuse
        made.__getstate__, made.__setstate__ = _state, _restore
    else:
        made.__hash__ = None


def _refuse(self: object, name: str, value: object = None) -> NoReturn:
    raise _standard().FrozenInstanceError(f"cannot assign to field {name!r}")


def _state(self: Any) -> list[Any]:
    return [getattr(self, name) for name in self.__slots__]


def _restore(self: Any, state: list[Any]) -> None:
    for name, value in zip(self.__slots__, state, strict=True):
        object.__setattr__(self, name, value)


if not TYPE_CHECKING:
    dataclass = _lazy
