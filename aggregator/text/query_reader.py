"""Tokens of a filter → its tree. Pure; raises QueryError with the place of what is wrong.

query = or ; or = and { ("OR" | "|") and } ; and = term { term }
term  = ["-"] ( "(" query ")" | field op value { "," value } | flag | phrase | word )
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final, NoReturn

from aggregator.errors import QueryError
from aggregator.text.inert import clean_text
from aggregator.text.query_fields import (
    COMPARED,
    FIELD_SYNONYMS,
    FIELDS,
    ONE_VALUE,
    TEXT_FIELDS,
    checked,
    nearest,
    unfinished,
)
from aggregator.text.query_scan import Token, scan
from aggregator.text.query_tree import WORDS, All, AnyOf, Node, Not, Query, Term, Value

MAX_LENGTH = 4000  # characters, saved filters inside included; what is longer was pasted by mistake
MAX_TERMS = 100  # filters made of filters come near; more costs seconds, and no person types it
MAX_MESSAGE: Final = 5000  # characters; what was typed is quoted in it, and the filters that it names
MAX_DEPTH = 20  # brackets and saved filters inside each other: far under Python's and SQLite's limits

_ENDS: Final = ("or", "close")
_BEFORE_STAR: Final = 'Write the beginning of a word before "*".'
# What other search languages write in capitals would be searched as a word here, and find little.
_OTHER_LANGUAGES: Final[Mapping[Value | None, str]] = {
    Value("AND"): 'Leave "AND" out, as all terms must hold; the word itself is written "and".',
    Value("NOT"): 'Write "-" right before what to leave out; the word itself is written "not".',
}


class Reader:
    """One reading of one text; ``typing`` leaves out what only more typing would make right."""

    def __init__(self, text: str, now: int, filters: Mapping[str, str], typing: bool = False) -> None:
        self.text = text
        self.now = now
        self.filters = filters
        self.typing = typing
        self.sort = ""
        self.inherited_sort = ""  # of a saved filter, where the text itself says none
        self.length = 0  # characters read, those of saved filters too
        self.terms = 0  # conditions and filters so far, those inside saved filters too
        self.depth = 0
        self.expanding: tuple[str, ...] = ()  # the saved filters that this text is inside of
        self._tokens: Sequence[Token] = ()
        self._next = 0

    def query(self) -> Query:
        """The whole text as a query."""
        node = self.tree()
        root = node if isinstance(node, All) else All((node,))
        return Query(root, self.sort or self.inherited_sort, self.now)

    def tree(self) -> Node:
        """The whole text as a node; everything when it says nothing."""
        self.length += len(self.text)
        if self.length > MAX_LENGTH:
            self._fail(f"The filter is longer than {MAX_LENGTH} characters.", MAX_LENGTH)
        self._tokens = scan(self.text)
        self._next = 0
        node = self._alternatives()
        if (token := self._peek()) is not None:
            self._fail('This ")" closes no bracket.', token.start)
        return All() if node is None else node

    def _fail(self, message: str, position: int) -> NoReturn:
        raise QueryError(clean_text(message, limit=MAX_MESSAGE), self.text, min(position, len(self.text)))

    def _peek(self) -> Token | None:
        return self._tokens[self._next] if self._next < len(self._tokens) else None

    def _take(self, kind: str) -> Token | None:
        token = self._peek()
        if token is None or token.kind != kind:
            return None
        self._next += 1
        return token

    def _last(self, token: Token) -> bool:
        """Whether more typing could still change this token."""
        return self.typing and token.end == len(self.text)

    def _alternatives(self) -> Node | None:
        """or = and { OR and }; None where nothing is said (yet)."""
        sides = [self._side(None)]
        while (token := self._take("or")) is not None:
            sides.append(self._side(token))
        return _any(sides)

    def _side(self, before: Token | None) -> Node | None:
        """What stands on one side of an OR (``before`` it, None at the first side)."""
        side = self._together()
        after = self._peek()
        missing = before or (after if after is not None and after.kind == "or" else None)
        if side is None and missing is not None and not self._may_come(missing):
            where = "after" if missing is before else "before"
            self._fail(f'Write something {where} "{missing.text}", or put it in quotes.', missing.start)
        return side

    def _may_come(self, mark: Token) -> bool:
        """Whether a side of an OR that says nothing may be typed still, or "OR" become a word."""
        after = self._peek()
        return self._last(mark) or (self.typing and (after is None or self._last(after)))

    def _together(self) -> Node | None:
        """and = term { term }"""
        parts: list[Node] = []
        while (token := self._peek()) is not None and token.kind not in _ENDS:
            self._next += 1
            if (node := self._term(token)) is not None:
                parts.extend(_inside(node, All))
        if not parts:
            return None
        return parts[0] if len(parts) == 1 else All(tuple(parts))

    def _term(self, token: Token) -> Node | None:
        if token.kind == "minus":
            return self._negated(token)
        if token.kind == "open":
            return self._bracket(token)
        if token.kind == "field":
            return self._field(token)
        return self._words(token)

    def _negated(self, minus: Token) -> Node | None:
        token = self._peek()
        if token is None or token.start != minus.end or token.kind in _ENDS:
            if self._last(minus):
                return None
            self._fail('Write what to leave out right after "-".', minus.start)
        self._next += 1
        sort = self.sort
        node = self._term(token)
        if self.sort != sort:
            self._fail('An order cannot be left out; write "sort:" without "-".', minus.start)
        return None if node is None else Not(node)

    def _bracket(self, opener: Token) -> Node | None:
        begin = self._next
        self._deeper(opener)
        node = self._alternatives()
        self.depth -= 1
        if self._take("close") is None:
            if not self.typing:
                self._fail("This bracket is not closed.", opener.start)
        elif self._next == begin + 1:
            self._fail("There is nothing between the brackets.", opener.start)
        return node

    def _deeper(self, token: Token) -> None:
        self.depth += 1
        if self.depth > MAX_DEPTH:
            self._fail(f"More than {MAX_DEPTH} brackets or filters are inside each other.", token.start)

    def _count(self, position: int) -> None:
        self.terms += 1
        if self.terms > MAX_TERMS:
            self._fail(f"The filter has more than {MAX_TERMS} terms.", position)

    def _words(self, token: Token) -> Node | None:
        """A flag, a word or a phrase."""
        self._count(token.start)
        if token.kind == "flag":
            return Term("is", (Value(token.text),), position=token.start)
        value = self._text_value(token)
        if value in _OTHER_LANGUAGES:
            self._fail(_OTHER_LANGUAGES[value], token.start)
        return None if value is None else Term(WORDS, (value,), position=token.start)

    def _text_value(self, token: Token) -> Value | None:
        """Words with what their quotes and their star mean."""
        self._check_closed(token)
        text, prefix = token.text, token.prefix or token.unclosed
        if token.kind == "value" and not token.quoted:
            text = token.text.rstrip("*")
            prefix = text != token.text
        if not text and token.quoted and self._last(token):
            return None
        if not text or (text[0] == "*" and not token.quoted):
            message = "There is nothing between the quotes." if token.quoted else _BEFORE_STAR
            self._fail(message, token.start)
        return Value(text, token.quoted, prefix or (not token.quoted and self._last(token)))

    def _field(self, token: Token) -> Node | None:
        """field op value { "," value }"""
        values = self._listed()
        field = token.text.casefold()
        if field not in FIELDS:
            if self._maybe_address(token):
                return None
            self._unknown_field(token)
        self._check_op(field, token)
        if not values:
            if self._last(self._tokens[self._next - 1]):
                return None
            self._fail(f'Write a value right after "{field}{token.op}".', token.start)
        if len(values) > 1 and (token.op != ":" or field in ONE_VALUE):
            self._fail(f'"{field}{token.op}" takes one value.', values[1].start)
        if field == "filter":
            return _any([self._filter(value, token.start) for value in values])
        return self._condition(field, token, values)

    def _check_op(self, field: str, token: Token) -> None:
        """The comparisons that a field does not take."""
        place = token.start + len(token.text)
        if field == "age" and token.op == ":":
            self._fail('Write "age<2d" for what is younger, "age>2d" for what is older.', place)
        if token.op != ":" and field not in COMPARED:
            others = ", ".join(COMPARED)
            self._fail(f'"{field}" takes no "{token.op}", only {others} do; write "{field}:".', place)

    def _listed(self) -> list[Token]:
        """The values that follow a field; empty ones are passed over."""
        values = []
        while (token := self._peek()) is not None and token.kind in ("value", "comma"):
            self._next += 1
            if token.kind == "value" and (token.text or token.unclosed):
                values.append(token)
        return values

    def _maybe_address(self, token: Token) -> bool:
        """Whether "https:" at the end of the text may become an address."""
        after = self.text[token.end :]
        return self.typing and token.op == ":" and after in ("", "/")

    def _unknown_field(self, token: Token) -> NoReturn:
        near = nearest(token.text, FIELDS, FIELD_SYNONYMS)
        hint = f'did you mean "{near}:"?' if near else f"fields are {', '.join(FIELDS)}."
        self._fail(f'There is no field "{token.text}:"; {hint}', token.start)

    def _condition(self, field: str, token: Token, tokens: list[Token]) -> Node | None:
        self._count(token.start)
        values = [value for one in tokens if (value := self._value(field, one)) is not None]
        if not values:
            return None
        if field == "sort":
            self.sort = values[0].text
            return None
        if field == "is":
            return _any([Term("is", (value,), position=token.start) for value in values])
        return Term(field, tuple(values), token.op, token.start)

    def _value(self, field: str, token: Token) -> Value | None:
        if field in TEXT_FIELDS:
            return self._text_value(token)
        self._check_closed(token)
        try:
            return Value(checked(field, token.text, self.now)) if token.text else None
        except ValueError as error:
            if self._last(token) and unfinished(field, token.text):
                return None
            message = str(error)
            self._fail(message[:1].upper() + message[1:], token.start)

    def _check_closed(self, token: Token) -> None:
        if token.unclosed and not self.typing:
            self._fail("The quotes are not closed.", token.start)

    def _filter(self, token: Token, start: int) -> Node | None:
        """A saved filter in place of its name."""
        self._check_closed(token)
        name = saved_name(token.text, self.filters)
        if name:
            return self._expanded(name, token, start)
        if self._last(token) and unfinished("filter", token.text, map(str.casefold, self.filters)):
            return None
        near = nearest(token.text, self.filters)
        known = f"saved filters: {', '.join(self.filters) or 'none'}."
        hint = f'did you mean "{near}"?' if near else known
        self._fail(f'There is no saved filter "{token.text}"; {hint}', token.start)

    def _expanded(self, name: str, token: Token, start: int) -> Node:
        if name in self.expanding:
            chain = " → ".join((*self.expanding[self.expanding.index(name) :], name))
            self._fail(f'The saved filter "{name}" contains itself: {chain}.', token.start)
        self._count(start)
        self._deeper(token)
        inner = Reader(self.filters[name], self.now, self.filters)
        inner.expanding = (*self.expanding, name)
        inner.length, inner.terms, inner.depth = self.length, self.terms, self.depth
        try:
            node = inner.tree()
        except QueryError as error:
            self._fail(f'In the saved filter "{name}": {error}', token.start)
        self.length, self.terms = inner.length, inner.terms
        self.depth -= 1
        self.inherited_sort = self.inherited_sort or inner.sort or inner.inherited_sort
        return _placed(node, start)


def _inside(node: Node, kind: type[All] | type[AnyOf]) -> tuple[Node, ...]:
    """The parts of a node of the same kind, which brackets made one; else the node."""
    return node.parts if isinstance(node, (All, AnyOf)) and isinstance(node, kind) else (node,)


def _placed(node: Node, position: int) -> Node:
    """A node whose terms all stand where the name of their filter does."""
    if isinstance(node, Term):
        return Term(node.field, node.values, node.op, position)
    if isinstance(node, Not):
        return Not(_placed(node.part, position))
    return type(node)(tuple(_placed(part, position) for part in node.parts))


def _any(nodes: Sequence[Node | None]) -> Node | None:
    """Any of the nodes that are there; None when there are none."""
    parts = [part for node in nodes if node is not None for part in _inside(node, AnyOf)]
    if not parts:
        return None
    return parts[0] if len(parts) == 1 else AnyOf(tuple(parts))


def saved_name(typed: str, names: Iterable[str]) -> str:
    """The saved filter that is meant: of this name, or of the same name in other cases; "" for none."""
    same = [name for name in names if name.casefold() == typed.casefold()]
    return typed if typed in same else next(iter(same), "")
