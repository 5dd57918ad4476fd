"""The filter language: text in, a tree out, and back."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.errors import QueryError
from aggregator.text.query import (
    FIELDS,
    FLAGS,
    MAX_DEPTH,
    MAX_LENGTH,
    MAX_TERMS,
    SORTS,
    as_typed,
    describe,
    moment,
    parse,
    within,
)
from aggregator.text.query_fields import COMPARED, TEXT_FIELDS, TIME_FIELDS
from aggregator.text.query_tree import EVERYTHING, WORDS, All, AnyOf, Node, Not, Query, Term, Value, flag

NOW = 1_800_000_000
DAY = 86400
SAVED = {
    "Gulf": "country:QA,KW OR tag:gulf",
    "All of it": "",
    "Ranked": "oil sort:rank",
    "deep": "filter:Gulf oil",
}


def parts(text: str) -> tuple[Node, ...]:
    root = parse(text, NOW, SAVED).root
    assert isinstance(root, All)
    return root.parts


def typed_parts(text: str) -> tuple[Node, ...]:
    root = as_typed(text, NOW, SAVED).root
    assert isinstance(root, All)
    return root.parts


def word(text: str, *, quoted: bool = False, prefix: bool = False) -> Term:
    return Term(WORDS, (Value(text, quoted, prefix),))


def field(name: str, *values: str, op: str = ":") -> Term:
    return Term(name, tuple(map(Value, values)), op)


def either(*nodes: Node) -> AnyOf:
    return AnyOf(nodes)


A, B, C, OIL = word("a"), word("b"), word("c"), word("oil")


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("", ()),
        ("  \t ", ()),
        ("oil", (OIL,)),
        ("oil price", (OIL, word("price"))),
        ('"oil price"', (word("oil price", quoted=True),)),
        ('" oil "', (word("oil", quoted=True),)),
        ("sanction*", (word("sanction", prefix=True),)),
        ('"oil pri"*', (word("oil pri", quoted=True, prefix=True),)),
        ("-oil", (Not(OIL),)),
        ("--oil", (Not(word("-oil")),)),
        ('-"oil price"', (Not(word("oil price", quoted=True)),)),
        ("النفط", (word("النفط"),)),
        ('צה"ל', (word('צה"ל'),)),
        ('"צה"ל היום"', (word('צה"ל היום', quoted=True),)),
        ("12:30", (word("12:30"),)),
        ("https://example.org/a?b=c", (word("https://example.org/a?b=c"),)),
        ("a=b x<y", (word("a=b"), word("x<y"))),
        ("خبر:شيء", (word("خبر:شيء"),)),
        ("oil,gas", (word("oil,gas"),)),
    ],
)
def test_words_and_phrases_become_words(typed: str, expected: tuple[Node, ...]) -> None:
    assert parts(typed) == expected


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("outlet:kestrel", field("outlet", "kestrel")),
        ('outlet:"kestrel post",heron', field("outlet", "kestrel post", "heron")),
        ("outlet:b,,", field("outlet", "b")),
        ("OUTLET:x", field("outlet", "x")),
        ("outlet=x", field("outlet", "x")),
        ("outlet = x", field("outlet", "x")),
        ("lang:AR,fa", field("lang", "ar", "fa")),
        ("lang:ar،fa", field("lang", "ar", "fa")),
        ("country:lb", field("country", "LB")),
        ('tag:צה"ל', field("tag", 'צה"ל')),
        ('tag:"צה"ל",oil', field("tag", 'צה"ל', "oil")),
        ("topic:النفط", field("topic", "النفط")),
        ("story:007", field("story", "7")),
        ("since:2d", field("since", "2d")),
        ("since:Yesterday", field("since", "yesterday")),
        ("until:2026-11-20", field("until", "2026-11-20")),
        ("age<2D", field("age", "2d", op="<")),
        ("outlets>=3", field("outlets", "3", op=">=")),
        ("outlets >= 3", field("outlets", "3", op=">=")),
        ("outlets=3,4", field("outlets", "3", "4")),
        ("score<-5", field("score", "-5", op="<")),
        ("score>+5", field("score", "5", op=">")),
        ("url:example.org", field("url", "example.org")),
        ("url:https://example.org/0,7340,L.html", field("url", "https://example.org/0,7340,L.html")),
        ("url:https://a.org/1,https://b.org", field("url", "https://a.org/1", "https://b.org")),
        ("rule:sport", field("rule", "sport")),
        ("title:oil", field("title", "oil")),
        ('title:oi*,"gas pri"*', Term("title", (Value("oi", False, True), Value("gas pri", True, True)))),
        ("\u200flang:ar\u200e", field("lang", "ar")),
    ],
)
def test_a_field_holds_its_values(typed: str, expected: Term) -> None:
    assert parts(typed) == (expected,)


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("unread", flag("unread")),
        ("is:unread", flag("unread")),
        ("is:Unread", flag("unread")),
        ("-starred", Not(flag("starred"))),
        ("is:read,starred", either(flag("read"), flag("starred"))),
        ('"unread"', word("unread", quoted=True)),
        ("unread*", word("unread", prefix=True)),
        ("New", word("New")),  # as in a name: a flag is written small
    ],
)
def test_a_flag_is_a_small_word(typed: str, expected: Node) -> None:
    assert parts(typed) == (expected,)


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("a OR b", (either(A, B),)),
        ("a|b", (either(A, B),)),
        ("a OR b OR c", (either(A, B, C),)),
        ("a OR (b | c)", (either(A, B, C),)),
        ("a b OR c", (either(All((A, B)), C),)),
        ("a (b OR c)", (A, either(B, C))),
        ("a (b c)", (A, B, C)),
        ("((a))", (A,)),
        ("(a)(b)", (A, B)),
        ("-(a b)", (Not(All((A, B))),)),
        ("-(-a)", (Not(Not(A)),)),
        ("-(a OR -b) c", (Not(either(A, Not(B))), C)),
        ("(lang:ar|outlet:x)oil", (either(field("lang", "ar"), field("outlet", "x")), OIL)),
        ("a or b", (A, word("or"), B)),
        ("ORBAN", (word("ORBAN"),)),
        ('a "OR" b', (A, word("OR", quoted=True), B)),
    ],
)
def test_or_and_brackets_make_a_tree(typed: str, expected: tuple[Node, ...]) -> None:
    assert parts(typed) == expected


@pytest.mark.parametrize(
    ("typed", "sort"),
    [
        ("oil", ""),
        ("oil sort:oldest", "oldest"),
        ("sort:rank oil", "rank"),
        ("sort:newest", "newest"),
        ("(oil sort:score) sort:outlets", "outlets"),  # what is said last counts
        ("filter:Ranked", "rank"),
        ("filter:Ranked sort:newest", "newest"),
        ("-filter:Ranked", "rank"),
    ],
)
def test_an_order_belongs_to_the_whole_filter(typed: str, sort: str) -> None:
    query = parse(typed, NOW, SAVED)
    assert query.sort == sort
    assert not any(term.field == "sort" for term in terms(query.root))


@pytest.mark.parametrize(
    ("typed", "same"),
    [
        ("filter:Gulf", "country:QA,KW OR tag:gulf"),
        ("filter:gulf oil", "(country:QA,KW OR tag:gulf) oil"),
        ("-filter:Gulf", "-(country:QA,KW OR tag:gulf)"),
        ("filter:deep", "(country:QA,KW OR tag:gulf) oil"),
        ("filter:Gulf,Ranked sort:newest", "(country:QA,KW OR tag:gulf OR oil) sort:newest"),
        ('filter:"All of it"', ""),
        ('oil filter:"All of it"', "oil"),
    ],
)
def test_a_saved_filter_stands_for_its_text(typed: str, same: str) -> None:
    assert parse(typed, NOW, SAVED) == parse(same, NOW)


def test_everything_inside_a_tree_can_be_described() -> None:
    query = parse('-filter:"All of it" oil', NOW, SAVED)
    assert query.root == All((Not(All()), OIL))
    assert describe(query) == "-is:read,unread oil"


@pytest.mark.parametrize(
    ("typed", "words", "position"),
    [
        ("oil outlat:x", 'did you mean "outlet:"', 4),
        ("-langs:ar", 'did you mean "lang:"', 1),
        ("source:x", 'did you mean "outlet:"', 0),
        ("outlts>=3", 'did you mean "outlets:"', 0),
        ("colour:red", "fields are", 0),
        ("a -", 'right after "-"', 2),
        ("- a", 'right after "-"', 0),
        ("-)", 'right after "-"', 0),
        ("x lang:", 'right after "lang:"', 2),
        ("lang: ar", 'right after "lang:"', 0),
        ("outlets>= x:", '"x:" is no number', 10),
        ('tag:"",', 'right after "tag:"', 0),
        ("lang:arabic", "did you mean ar?", 5),
        ("lang:fa,arab", "did you mean ar?", 8),
        ("lang:ara", "did you mean ar?", 5),
        ("lang:iw", "did you mean he?", 5),
        ("lang:ar-EG", "did you mean ar?", 5),
        ("lang:עברית", "did you mean he?", 5),
        ("lang:xx", "write its code", 5),
        ("country:lebanon", "did you mean LB?", 8),
        ("country:atlantis", "write its code", 8),
        ("is:unred", "did you mean unread?", 3),
        ("is:purple", "write unread, read", 3),
        ("sort:old", "did you mean oldest?", 5),
        ("sort:newest,oldest", "takes one value", 12),
        ("-sort:oldest", 'without "-"', 0),
        ("a -(b sort:oldest)", 'without "-"', 2),
        ("since:tomorrow", "no time", 6),
        ("a since:2026-13-40", "no day 2026-13-40; write for example", 8),
        ("since:1066-10-14", "out of range", 6),
        ("until:9999999d", "no time", 6),
        ("until:99999w", "more than a century", 6),
        ("since:2d,3d", "takes one value", 9),
        ("since<2d", 'takes no "<"', 5),
        ("outlet >= x", "only outlets, score, age", 6),
        ("age:2d", '"age<2d"', 3),
        ("age<today", "no span of time", 4),
        ("outlets>=many", "no number", 9),
        ("outlets>=3,4", "takes one value", 11),
        ("story:1234567890123456", "no number", 6),
        ('a "open', "not closed", 2),
        ('outlet:"open', "not closed", 7),
        ('title:"open', "not closed", 6),
        ('a ""', "nothing between the quotes", 2),
        ("a (b", "bracket is not closed", 2),
        ("((a)", "bracket is not closed", 0),
        ("a) b", "closes no bracket", 1),
        ("a ()", "nothing between the brackets", 2),
        ("OR a", 'before "OR"', 0),
        ("a OR", 'after "OR"', 2),
        ("a | | b", 'after "|"', 2),
        ("(a OR ) b", 'after "OR"', 3),
        ("a OR sort:oldest", 'after "OR"', 2),
        ("gas AND oil", 'Leave "AND" out', 4),
        ("NOT oil", 'Write "-"', 0),
        ("a *", 'before "*"', 2),
        ("*oil", 'before "*"', 0),
        ("title:*", 'before "*"', 6),
        ("a " * 150, "more than 100 terms", 2 * MAX_TERMS),
        ("a" * 5000, "longer", MAX_LENGTH),
        ("(" * 30 + "a" + ")" * 30, "inside each other", MAX_DEPTH),
        ("oil filter:golf", 'did you mean "Gulf"?', 11),
        ("filter:other", "saved filters: Gulf, All of it, Ranked, deep", 7),
    ],
)
def test_what_cannot_be_understood_is_told_with_its_place(typed: str, words: str, position: int) -> None:
    with pytest.raises(QueryError) as caught:
        parse(typed, NOW, SAVED)
    assert words in str(caught.value)
    assert caught.value.position == position
    assert caught.value.text == typed


@pytest.mark.parametrize(
    ("filters", "words"),
    [
        ({"a": "filter:a"}, '"a" contains itself: a → a'),
        ({"a": "oil filter:b", "b": "-(filter:c)", "c": "filter:b"}, '"b" contains itself: b → c → b'),
        ({"a": "filter:b"}, 'In the saved filter "a": There is no saved filter "b"; saved filters: a.'),
        ({"a": "oil lang:arab"}, 'In the saved filter "a": "arab" is no language; did you mean ar?'),
        ({"a": "filter:b filter:b", "b": "a " * 60}, "more than 100 terms"),
        ({"a": ",".join(["filter:b", *"b" * 60]), "b": "x" * 100}, "longer than 4000"),
    ],
)
def test_a_wrong_saved_filter_is_told_where_its_name_stands(filters: dict[str, str], words: str) -> None:
    with pytest.raises(QueryError, match="saved filter") as caught:
        parse("oil filter:a", NOW, filters)
    assert words in str(caught.value)
    assert (caught.value.position, caught.value.text) == (11, "oil filter:a")


def test_saved_filters_cannot_be_nested_without_end() -> None:
    chain = {f"f{number}": f"filter:f{number + 1}" for number in range(50)}
    with pytest.raises(QueryError, match="inside each other"):
        parse("filter:f0", NOW, chain)


def test_positions_tell_where_a_term_begins() -> None:
    query = parse("oil  -lang:ar (since:2d OR is:read) filter:deep", NOW, SAVED)
    assert [term.position for term in terms(query.root)] == [0, 6, 15, 27, 36, 36, 36]


def test_a_span_counts_back_from_now() -> None:
    assert moment("24h", NOW) == NOW - DAY
    assert moment("2d", NOW) == NOW - 2 * DAY
    assert moment("3w", NOW) == NOW - 21 * DAY


def test_a_date_is_a_day_of_the_users_own_time_zone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "Asia/Tehran")
    time.tzset()
    try:
        midnight = 1795120200  # 20:30 UTC the day before
        assert moment("2026-11-20", NOW) == midnight
        assert moment("2026-11-20", NOW, end=True) == midnight + DAY
        assert moment("today", midnight + 5) == moment("today", midnight + DAY - 1) == midnight
        assert moment("today", midnight + 5, end=True) == midnight + DAY
        assert moment("yesterday", midnight + 5) == midnight - DAY
    finally:
        monkeypatch.undo()
        time.tzset()


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("oi", (word("oi", prefix=True),)),
        ("oil pri", (OIL, word("pri", prefix=True))),
        ("oil ", (OIL,)),
        ("-oi", (Not(word("oi", prefix=True)),)),
        ("oil -", (OIL,)),
        ("oil lang:", (OIL,)),
        ("oil -lang:", (OIL,)),
        ("oil outlets >= ", (OIL,)),
        ("lang:a", ()),
        ("lang:ar", (field("lang", "ar"),)),
        ("lang:ar,", (field("lang", "ar"),)),
        ("lang:ar,f", (field("lang", "ar"),)),
        ("country:L", ()),
        ("is:unr", ()),
        ("sort:ol", ()),
        ("since:2", ()),
        ("since:2026-1", ()),
        ("since:2026-11-2", ()),
        ("since:yes", ()),
        ("age<1", ()),
        ("score>-", ()),
        ("filter:gu", ()),
        ('oil filter:"all o', (OIL,)),
        ('"oil pri', (word("oil pri", quoted=True, prefix=True),)),
        ('"oil price"', (word("oil price", quoted=True),)),
        ('oil "', (OIL,)),
        ('oil ""', (OIL,)),
        ('oil -outlet:"', (OIL,)),
        ('outlet:"kestrel po', (field("outlet", "kestrel po"),)),
        ("title:oi", (Term("title", (Value("oi", prefix=True),)),)),
        ('title:"oil pri', (Term("title", (Value("oil pri", quoted=True, prefix=True),)),)),
        ("unread", (flag("unread"),)),
        ("unrea", (word("unrea", prefix=True),)),
        ("https:", ()),
        ("https:/", ()),
        ("a OR", (A,)),
        ("a OR ", (A,)),
        ("a |", (A,)),
        ("a OR -", (A,)),
        ("OR", ()),
        ("(a", (word("a", prefix=True),)),
        ("-(a b OR", (Not(All((A, B))),)),
        ("oil (", (OIL,)),
        ("oil (a OR (b ", (OIL, either(A, B))),
        ("", ()),
        ("-", ()),
    ],
)
def test_while_typing_the_unfinished_waits_and_the_last_word_is_a_beginning(
    typed: str, expected: tuple[Node, ...]
) -> None:
    assert typed_parts(typed) == expected


@pytest.mark.parametrize(
    "typed",
    [
        *('colour:"re', "a) b", "- a", "lang:zzzz", "since:2026-13-40", "since:2026-02-30", "()", "OR a"),
        *("is:purple", "filter:none", "outlet>", "lang: ar", "a OR )", "(" * 30),
    ],
)
def test_while_typing_what_typing_cannot_mend_is_told(typed: str) -> None:
    with pytest.raises(QueryError):
        as_typed(typed, NOW, SAVED)


def test_a_query_can_be_narrowed() -> None:
    assert parse("oil", NOW).also(flag("unread")) == parse("oil unread", NOW)
    assert parse("a OR b", NOW).also(flag("unread")) == parse("(a OR b) unread", NOW)
    assert EVERYTHING.also(OIL).root == parse("oil", NOW).root


@pytest.mark.parametrize(
    ("scope", "typed", "both"),
    [
        ("a OR b", "c OR oil", "(a OR b) (c OR oil)"),
        ("unread sort:oldest", "oil", "unread oil sort:oldest"),
        ("unread sort:oldest", "oil sort:newest", "unread oil sort:newest"),
        ("", "", ""),
    ],
)
def test_what_is_typed_is_looked_for_within_a_scope(scope: str, typed: str, both: str) -> None:
    assert within(parse(scope, NOW), parse(typed, NOW)) == parse(both, NOW)


@pytest.mark.parametrize(
    ("typed", "described"),
    [
        ("a|b  -( c )", "a OR b -c"),
        ("(a OR b) is:unread,starred", "(a OR b) is:unread,starred"),
        ("a OR b sort:oldest", "(a OR b) sort:oldest"),
        ("outlet = kestrel،'heron' OUTLETS >= 3", "outlet:kestrel,'heron' outlets>=3"),
        ('tag:"x" url:https://a.org/1,2', 'tag:x url:"https://a.org/1,2"'),
        ("lang (=ar)", "lang (=ar)"),
    ],
)
def test_a_description_is_the_plain_way_to_type_it(typed: str, described: str) -> None:
    assert describe(parse(typed, NOW)) == described


# -- rules for any text and any tree ---------------------------------------------------------------------

PIECES = st.sampled_from(
    [
        *'-",،:*()|=< \u00a0\u200f\x00\ud800\n',
        *("oil", "ar", "2d", "3", "é", "نفط", 'צה"ל', "OR", " OR ", "AND", "NEAR(", "https://", "--", ">="),
        *("lang:", "since:", "until:", "outlet:", "tag:", "url:", "title:", "country:", "sort:", "filter:"),
        *("is:", "outlets>", "age<", "2026-11-20"),
        *(*FLAGS[:3], *SORTS[:2], *SAVED),
    ]
)


def terms(node: Node) -> Iterator[Term]:
    match node:
        case Term():
            yield node
        case Not(part):
            yield from terms(part)
        case All(nodes) | AnyOf(nodes):
            for part in nodes:
                yield from terms(part)


def described(typed: str, read: Callable[..., Query]) -> tuple[Query, Query] | int:
    """The query that a text gives, and what its description gives; or where it cannot be understood."""
    try:
        query = read(typed, NOW, {**SAVED, "All of it": "unread"})
    except QueryError as error:
        return error.position
    return query, parse(describe(query), NOW)


@given(st.lists(PIECES, max_size=14).map("".join), st.sampled_from([parse, as_typed]))
def test_any_text_gives_a_query_that_describes_itself_or_an_error_with_a_place(
    typed: str, read: Callable[..., Query]
) -> None:
    match described(typed, read):
        case int(position):
            assert 0 <= position <= len(typed)
        case query, again:
            assert again == query


@given(st.text(max_size=60), st.sampled_from([parse, as_typed]))
def test_any_characters_give_a_query_that_describes_itself_or_an_error(
    typed: str, read: Callable[..., Query]
) -> None:
    match described(typed, read):
        case int(position):
            assert 0 <= position <= len(typed)
        case query, again:
            assert again == query


LETTERS = st.text(st.sampled_from("abzéıİßנפטلاكی"), min_size=1, max_size=6)
PLAIN = LETTERS.filter(lambda text: text not in FLAGS)
PHRASES = st.lists(LETTERS, min_size=1, max_size=3).map(" ".join)
VALUES = {
    "lang": st.sampled_from(["ar", "he", "ckx"]),
    "country": st.sampled_from(["LB", "IR"]),
    "story": st.integers(0, 10**9).map(str),
    "outlets": st.integers(0, 99).map(str),
    "score": st.integers(-99, 99).map(str),
    "age": st.sampled_from(["2d", "30h", "1w"]),
    **dict.fromkeys(TIME_FIELDS, st.sampled_from(["2d", "today", "yesterday", "2026-11-20"])),
    "url": st.sampled_from(["example.org", "https://example.org/a,b", "https://example.org/a_(b)"]),
}
TEXT_VALUES = st.builds(Value, PLAIN, st.just(False), st.booleans()) | st.builds(
    Value, PHRASES, st.just(True), st.booleans()
)


@st.composite
def conditions(draw: st.DrawFn) -> Term:
    name = draw(st.sampled_from([WORDS, *(name for name in FIELDS if name not in ("sort", "filter"))]))
    if name == "is":
        return flag(draw(st.sampled_from(FLAGS)))
    if name == WORDS:
        return Term(name, (draw(TEXT_VALUES),))
    op = draw(st.sampled_from(["<", "<=", ">", ">="])) if name in COMPARED else ":"
    values = TEXT_VALUES if name in TEXT_FIELDS else VALUES.get(name, PHRASES).map(Value)
    most = 1 if op != ":" or name in TIME_FIELDS else 3
    return Term(name, tuple(draw(st.lists(values, min_size=1, max_size=most))), op)


def all_of(nodes: list[Node]) -> All:
    """Nodes as one, flat, as brackets in text come out."""
    return All(tuple(part for node in nodes for part in (node.parts if isinstance(node, All) else (node,))))


def any_of(nodes: list[Node]) -> AnyOf:
    parts = (node.parts if isinstance(node, AnyOf) else (node,) for node in nodes)
    return AnyOf(tuple(part for group in parts for part in group))


NODES: st.SearchStrategy[Node] = st.recursive(
    conditions(),
    lambda inner: st.one_of(
        inner.map(Not),
        st.lists(inner, min_size=2, max_size=4).map(all_of),
        st.lists(inner, min_size=2, max_size=4).map(any_of),
    ),
    max_leaves=12,
)
ROOTS = st.lists(NODES, max_size=4).map(all_of)
QUERIES = st.builds(Query, ROOTS, st.sampled_from(["", *SORTS]), st.just(NOW))


@given(QUERIES)
def test_any_tree_comes_back_from_its_description(query: Query) -> None:
    assert parse(describe(query), NOW) == query


@given(QUERIES, st.data())
def test_no_beginning_of_a_right_filter_is_an_error(query: Query, data: st.DataObject) -> None:
    text = describe(query)
    end = data.draw(st.integers(0, len(text)))
    as_typed(text[:end], NOW)


@given(st.lists(PIECES, max_size=10).map("".join))
def test_no_beginning_of_a_text_that_is_right_is_an_error(text: str) -> None:
    try:
        parse(text, NOW, SAVED)
    except QueryError:
        return
    for end in range(len(text)):
        as_typed(text[:end], NOW, SAVED)


# -- the document ----------------------------------------------------------------------------------------

DOCUMENT = (Path(__file__).parents[2] / "docs" / "filters.md").read_text("utf-8")
DESK = {"Gulf": "country:QA,KW", "My desk": "oil"}


def section(title: str) -> list[list[str]]:
    """The cells of the table rows under a heading, its head left out."""
    body = DOCUMENT.partition(f"\n## {title}\n")[2].partition("\n## ")[0]
    rows = [line for line in body.splitlines() if line.startswith("|")][2:]
    return [[cell.strip() for cell in re.split(r"(?<!\\)\|", row)[1:-1]] for row in rows]


def code(cell: str) -> list[str]:
    return [found.replace("\\|", "|") for found in re.findall(r"`([^`]+)`", cell)]


@pytest.mark.parametrize(("title", "names"), [("Fields", FIELDS), ("Flags", FLAGS), ("Order", SORTS)])
def test_the_document_explains_every_name_and_no_other(title: str, names: tuple[str, ...]) -> None:
    assert [code(row[0]) for row in section(title)] == [[name] for name in names]


@pytest.mark.parametrize("row", section("Fields"), ids=lambda row: str(row[0]))
def test_every_field_has_examples_that_use_it(row: list[str]) -> None:
    assert code(row[-1])
    for example in code(row[-1]):
        query = parse(example, NOW, DESK)
        assert example.lstrip("-").startswith(code(row[0])[0])
        assert parse(describe(query), NOW) == query


def test_the_other_examples_of_the_document_are_right() -> None:
    rows = [*section("Putting terms together"), *section("Words")]
    examples = [text for row in rows for text in code(row[0])]
    examples += re.findall(r"```filter\n(.*)\n```", DOCUMENT)
    assert len(examples) > 10
    for example in examples:
        parse(example, NOW, DESK)


def test_the_document_tells_the_limits() -> None:
    limits = DOCUMENT.partition("## Limits")[2]
    assert f"{MAX_LENGTH:,} characters and {MAX_TERMS} terms" in limits
    assert f"{MAX_DEPTH} brackets" in limits


def test_the_document_shows_the_error_that_is_told() -> None:
    with pytest.raises(QueryError) as caught:
        parse("since:24h lang:arab topic:oil (unread", NOW)
    assert str(caught.value) in DOCUMENT
