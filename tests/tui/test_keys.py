"""Keys: what each means on five keyboards, one after the other, and as the user wants them."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest
from textual import events

from aggregator.config import load, parse
from aggregator.errors import ConfigError
from aggregator.library import Library
from tui.keys import DEFAULT, Keymap, key_name, keys_text, name_of
from tui.layouts import (
    ARABIC,
    BY_LANGUAGE,
    HEBREW,
    LAYOUTS,
    LIGATURES,
    PERSIAN,
    TURKISH_F,
    TURKISH_Q,
    Layout,
    keyboard_of,
    meant,
)
from tui.rebinding import EXAMPLES, keymap
from tui.records import CHAINS, RESERVED, Command, Where
from tui.screens.which_key import WhichKey, columns

LETTERS = "abcdefghijklmnopqrstuvwxyz"
ELSEWHERE = {("Hebrew (SI 1452)", "q"): "Q"}
"""Keys whose character is another key of ours, and what their command is reached by instead."""
TWO_MEANINGS = {
    "Arabic (101)": "ACDEFHLMNQRSUVWXYZ",
    "Persian (ISIRI 9147)": "ADEFGHJMOPQRSTUWY",
}
"""Capitals whose character is another letter's, or a sign, on one of the keyboards: the palette has these."""


SIGNS = {"ar": {"C": "}", "D": "]", "F": "[", "L": "/"}, "fa": {"O": "]", "P": "["}}
"""Capitals in whose places a keyboard has signs that are keys of ours."""


def typed(layout: Layout, key: str) -> str:
    """What a keyboard prints for the US key, or for the letter where it prints Latin letters."""
    if layout.latin:
        return key
    table = layout.shifted if key.isupper() else layout.plain
    return table[key.lower()]


def run(chain: tuple[Where, ...], character: str, keys: Keymap = DEFAULT) -> Command | None:
    """The command that a typed character runs, as the app finds it."""
    for reading in keys.readings(name_of(character), character):
        if found := keys.find(chain, reading):
            return found
    return None


def single(keys: str) -> str:
    """The character of a key, "" where it has none."""
    return next((char for char in map(chr, range(33, 127)) if name_of(char) == keys), "")


# --- keyboards ---


def test_the_tables_are_whole() -> None:
    us = set("`1234567890-=qwertyuiop[]\\asdfghjkl;',./zxcvbnm")
    for layout in LAYOUTS:
        assert set(layout.plain) == us, layout.name
        assert set(layout.shifted) == us, layout.name
        assert layout.source


@pytest.mark.parametrize("layout", [TURKISH_Q, TURKISH_F], ids=lambda layout: layout.name)
def test_a_latin_keyboard_prints_every_letter_and_sign_of_ours(layout: Layout) -> None:
    printed = {*layout.plain.values(), *layout.shifted.values(), *layout.third.values()}
    assert {*LETTERS, *LETTERS.upper()} <= printed
    ours = {single(part) for command in DEFAULT.commands for key in command.keys for part in key.split()}
    assert ours - {""} <= printed


@pytest.mark.parametrize("layout", LAYOUTS, ids=lambda layout: layout.name)
@pytest.mark.parametrize("chain", CHAINS, ids=lambda chain: chain[0])
def test_every_small_letter_runs_its_command_on_every_keyboard(
    chain: tuple[Where, ...], layout: Layout
) -> None:
    for where, key in itertools.product(chain, LETTERS):
        command = next((found for found in DEFAULT.at(where) if key in found.keys), None)
        if command and where is not Where.FILTER and DEFAULT.find(chain, key) is command:
            character = ELSEWHERE.get((layout.name, key)) or typed(layout, key)
            assert run(chain, character) is command, (key, character)


@pytest.mark.parametrize("layout", LAYOUTS, ids=lambda layout: layout.name)
@pytest.mark.parametrize("chain", CHAINS, ids=lambda chain: chain[0])
def test_every_capital_with_a_character_of_its_own_runs_its_command(
    chain: tuple[Where, ...], layout: Layout
) -> None:
    for key in LETTERS.upper():
        command = DEFAULT.find(chain, key)
        if command and key not in TWO_MEANINGS.get(layout.name, ""):
            assert run(chain, typed(layout, key)) is command, key


@pytest.mark.parametrize("layout", LAYOUTS, ids=lambda layout: layout.name)
@pytest.mark.parametrize("chain", CHAINS, ids=lambda chain: chain[0])
def test_no_printed_character_runs_another_command_than_its_key(
    chain: tuple[Where, ...], layout: Layout
) -> None:
    """A letter's character does what the letter does; ASCII means itself, or nothing."""
    for key in LETTERS:
        character = typed(layout, key)
        found, itself = run(chain, character), DEFAULT.find(chain, name_of(character))
        wanted = DEFAULT.find(chain, key)
        if character.isascii() and character != "'":
            assert found is itself, (key, character)
        elif wanted:
            assert found is wanted, (key, character)


@pytest.mark.parametrize("layout", LAYOUTS, ids=lambda layout: layout.name)
def test_signs_and_digits_that_commands_have_can_be_typed_and_mean_the_same(layout: Layout) -> None:
    printed = {*layout.plain.values(), *layout.shifted.values(), *layout.third.values()}
    reading = (Where.ARTICLE, Where.READER, Where.APP)
    for command in [found for where in reading for found in DEFAULT.at(where)]:
        for key in command.keys:
            sign = single(key)
            if sign and not sign.isalpha():
                means = [char for char in printed if run(reading, char) and char in {sign, *others(sign)}]
                assert any(run(reading, char) is command for char in means), sign


def others(sign: str) -> list[str]:
    """The characters that may mean a sign of ours."""
    return [char for layout in LAYOUTS for char, _ in layout.printed() if sign in meant(char)]


def test_letters_of_one_keyboard_go_before_signs_of_another() -> None:
    assert meant("ظ") == ("z", "/")
    assert meant("د")[:1] == ("n",)
    reading = (Where.LIST, Where.ROWS, Where.READER, Where.APP)
    assert [found.id for found in (run(reading, char) for char in "ظد؟") if found] == [
        "filter",
        "unread.next",
        "help",
    ]


def test_capitals_that_differ_mean_neither() -> None:
    assert ARABIC.shifted["n"] == PERSIAN.shifted["h"]
    assert meant(ARABIC.shifted["n"]) == ()


@pytest.mark.parametrize(("language", "layout"), BY_LANGUAGE.items())
@pytest.mark.parametrize("chain", CHAINS, ids=lambda chain: chain[0])
def test_on_a_keyboard_that_is_known_every_capital_runs_its_command(
    chain: tuple[Where, ...], language: str, layout: Layout
) -> None:
    """But those where a keyboard has signs that are keys themselves; the help says so."""
    signs = SIGNS.get(language, {})
    for key in {*LETTERS.upper()} - signs.keys():
        command, character = DEFAULT.find(chain, key), typed(layout, key)
        read = DEFAULT.readings(name_of(character), character, language)
        found = next((one for keys in read if (one := DEFAULT.find(chain, keys))), None)
        assert found is command or not command, (key, character)
    assert all(typed(layout, key) == sign for key, sign in signs.items())


def test_a_letter_that_one_keyboard_alone_has_tells_which_it_is() -> None:
    assert (keyboard_of("ى"), keyboard_of("ک"), keyboard_of("ש")) == ("ar", "fa", "he")
    assert [keyboard_of(char) for char in "تj]'"] == [""] * 4


def test_ascii_means_itself_but_for_a_hebrew_w() -> None:
    for char in map(chr, range(33, 127)):
        assert list(DEFAULT.readings(name_of(char), char)) in ([name_of(char)], ["apostrophe", "w"])
    assert HEBREW.plain["w"] == "'"


def test_a_dot_more_or_less_is_the_same_key() -> None:
    assert (meant("ı"), meant("İ")) == (("i",), ("I",))


async def test_an_arabic_b_typed_as_two_letters_is_b_and_not_a_chord(library: Library, reading) -> None:
    assert "g h" in RESERVED
    taken = {key for command in DEFAULT.commands for key in command.keys}
    assert not taken & {"g h", "g H", "g Y", "g N"}
    async with reading(library) as reader:
        await reader.press("g", "l", "end")
        last = reader.screen.articles.cursor
        await reader.press(*"لا")
        assert 0 < reader.screen.articles.cursor < last
        await reader.press(*"لأ")
        assert reader.screen.articles.cursor == last
    assert set(LIGATURES.values()) == {"b", "G", "T", "B"}


async def test_the_keys_of_an_arabic_and_a_hebrew_keyboard_move_and_mark(library: Library, reading) -> None:
    async with reading(library) as reader:
        await reader.press("g", "l", "home")
        for down, star in (("ת", "ש"), ("ت", "س"), ("ח", "ד")):
            before = reader.screen.articles.cursor
            await reader.press(down)
            if down != "ת":
                assert reader.screen.articles.cursor == before + 1
                await reader.press(star)
        assert library.starred_count() == 2


# --- keys one after the other ---


async def test_two_keys_run_one_command(library: Library, reading) -> None:
    async with reading(library) as reader:
        await reader.press("g", "l", "end")
        assert reader.screen.articles.cursor > 0
        await reader.press("g", "g")
        assert reader.screen.articles.cursor == 0
        await reader.press("ل", "خ")
        assert reader.app.screen is not reader.screen


async def test_what_may_follow_is_shown_after_a_while_and_goes_with_the_next_key(
    library: Library, reading
) -> None:
    async with reading(library) as reader:
        await reader.press("g")
        await reader.until(lambda: list(reader.app.screen.query(WhichKey)))
        await reader.until(lambda: "g and then" in reader.text)
        for word in ("top", "stories", "latest", "feeds", "starred", "health", "history", "alerts", "rules"):
            assert word in reader.text, word
        await reader.press("escape")
        assert not reader.app.screen.query(WhichKey)
        assert reader.app.screen is reader.screen


@pytest.mark.parametrize("second", ["escape", "Z", "ctrl+t", "enter"])
async def test_a_key_that_does_not_follow_ends_it_and_does_nothing_else(
    library: Library, reading, second: str
) -> None:
    async with reading(library) as reader:
        await reader.press("g", "l")
        before = (reader.app.screen, reader.app.focused, reader.screen.articles.cursor)
        await reader.press("g", second)
        assert (reader.app.screen, reader.app.focused, reader.screen.articles.cursor) == before
        await reader.press("j")
        assert reader.screen.articles.cursor == 1


async def test_a_click_elsewhere_ends_it_and_a_click_on_a_follower_runs_it(library: Library, reading) -> None:
    async with reading(library) as reader:
        await reader.press("g")
        await reader.until(lambda: list(reader.app.screen.query(WhichKey)))
        await reader.pilot.click("#header")
        await reader.settle()
        assert not reader.app.pending
        await reader.press("g")
        await reader.until(lambda: "health" in reader.text)
        box = reader.app.screen.query_one(WhichKey).region
        y, line = next((y, line) for y, line in enumerate(reader.lines()) if "o health" in line)
        assert box.y <= y < box.bottom
        await reader.pilot.click(offset=(line.index("o health"), y))
        await reader.until(lambda: reader.app.screen is not reader.screen)
        await reader.settle()


async def test_letters_typed_into_a_field_begin_nothing(library: Library, reading) -> None:
    async with reading(library) as reader:
        await reader.press("slash", *"gyg")
        assert reader.screen.filter.text == "gyg"
        assert not reader.app.pending


async def test_what_was_typed_at_once_arrives_in_its_order(library: Library, reading) -> None:
    async with reading(library) as reader:
        await reader.press("g", "l", "end")
        for key in "ggj":
            reader.app.post_message(events.Key(key, key))
        await reader.settle()
        assert reader.screen.articles.cursor == 1


def test_the_pop_up_fits_its_width() -> None:
    followers = DEFAULT.following((Where.LIST, Where.ROWS, Where.READER), "g")
    for width in (40, 60, 80, 160):
        lines = columns(followers, width - 2)
        assert [item for line in lines for item in line] == followers
        assert len(lines) <= 8
    assert columns([], 80) == []


@pytest.mark.parametrize(
    ("key", "sent"),
    [
        ("y", "https://pages.example/0"),
        ("t", "Ferry line opens 0"),
        ("q", "Ferry line opens 0\nHarbour Post"),
    ],
)
async def test_y_copies_what_the_next_key_says(library: Library, reading, key: str, sent: str) -> None:
    async with reading(library) as reader:
        await reader.press("g", "l", "home", "y", key)
        assert reader.app.clipboard.startswith(sent)
        await reader.press("y", "p")
        assert "The ferries sail again" in reader.app.clipboard


async def test_g_goes_to_parts_of_the_news(library: Library, reading) -> None:
    async with reading(library) as reader:
        await reader.press("g", "l", "s", "g", "a")
        assert reader.screen.scope.kind == "starred"
        assert len(reader.screen.articles.ids) == 1
        for key, kind in (("u", "unread"), ("n", "new"), ("e", "all")):
            await reader.press("g", key)
            assert reader.screen.scope.kind == kind


# --- one's own keys ---


def test_without_own_keys_there_are_ours() -> None:
    assert keymap({}) is DEFAULT


def test_own_keys_take_the_place_of_ours() -> None:
    own = keymap({"star": ["Ctrl+D", "g x"], "undo": "f5", "row.page": [], "help": "?", "copy": "y y"})
    assert own.by_id["star"].keys == ("ctrl+d", "g x")
    assert own.by_id["undo"].keys == ("f5",)
    assert own.by_id["row.page"].keys == ()
    places = (Where.LIST, Where.ROWS, Where.READER)
    assert own.find(places, "s") is None
    found = own.find(places, "g x")
    assert found is not None
    assert found.id == "star"
    assert "x" in dict(own.following(places, "g"))
    assert keys_text(own.by_id["star"]) == "Ctrl+D, g x"


def test_keys_may_change_places_and_begin_others_that_have_gone() -> None:
    assert keymap({"star": "m", "read": "s"}).by_id["read"].keys == ("s",)
    firsts = [command.id for command in DEFAULT.commands for key in command.keys if key.startswith("y ")]
    own = keymap({"star": "y", **{identity: [] for identity in firsts}})
    assert own.by_id["star"].keys == ("y",)


@pytest.mark.parametrize(
    ("own", "sentence"),
    [
        ({"stra": "s"}, "keys.stra: there is no such command; did you mean star?"),
        (
            {"nothing at all": "s"},
            "keys.nothing at all: there is no such command; ? in the reader names them all.",
        ),
        (
            {"star": "Ctrl+Foo"},
            f'keys.star: "Ctrl+Foo" is no key; {EXAMPLES}.',
        ),
        ({"star": ""}, f'keys.star: "" is no key; {EXAMPLES}.'),
        ({"star": "a b c d"}, f'keys.star: "a b c d" is no key; {EXAMPLES}.'),
        ({"star": "Shift+s"}, 'keys.star: "Shift+s": write the letter that Shift makes, as in "S".'),
        ({"star": "Ctrl+I"}, 'keys.star: a terminal cannot tell "Ctrl+I" from Tab; choose another one.'),
        ({"star": "x"}, 'keys.star: "x" is the key of mute (Reader); choose another one, or give mute one.'),
        (
            {"star": "r"},
            'keys.star: "r" is the key of related (Article); choose another one, or give related one.',
        ),
        (
            {"star": "g"},
            'keys.star: "g" begins "g g", the keys of row.first (Any list); choose another one, '
            "or give row.first one.",
        ),
        (
            {"star": "y y y"},
            'keys.star: "y y y" begins with "y y", the key of copy (Reader); choose another one, '
            "or give copy one.",
        ),
        (
            {"follow.number": "a"},
            "keys.follow.number: the digits are the numbers of what they open, and cannot be changed.",
        ),
        (
            {"filter.keep": "a"},
            'keys.filter.keep: "a" is typed into the field; choose a key such as Tab or Ctrl+T.',
        ),
    ],
)
def test_what_cannot_be_is_told_in_one_sentence(own: dict[str, str], sentence: str) -> None:
    with pytest.raises(ConfigError) as caught:
        keymap(own, "my.toml")
    assert str(caught.value) == f"my.toml: {sentence}"


def test_every_fault_has_its_line() -> None:
    with pytest.raises(ConfigError) as caught:
        keymap({"stra": "s", "undo": "Foo", "star": "x", "sync": "F5"}, "my.toml")
    assert [line.split(":")[1].strip() for line in str(caught.value).splitlines()] == [
        "keys.stra",
        "keys.undo",
        "keys.star",
    ]


def test_a_name_that_would_harm_the_terminal_does_not() -> None:
    with pytest.raises(ConfigError) as caught:
        keymap({"st\x1b]0;ar": "s", "star": "\x9b"}, "my.toml")
    assert not set(str(caught.value)) & {"\x1b", "\x9b"}


def test_the_configuration_takes_keys_dotted_or_quoted() -> None:
    text = '[keys]\nstar = "S"\nrow.page = ["Space", "PgDn"]\n"filter.save" = []\n'
    assert parse(text, Path("my.toml")).keys == {
        "star": "S",
        "row.page": ("Space", "PgDn"),
        "filter.save": (),
    }
    for wrong in ("star = 3", "star = [1]", "row.page = true"):
        with pytest.raises(ConfigError, match=r"my\.toml:2: keys\.(star|row\.page): must be a key such as"):
            parse(f"[keys]\n{wrong}\n", Path("my.toml"))


def test_every_key_of_ours_can_be_written_as_it_is_shown() -> None:
    for command in DEFAULT.commands:
        if "{key}" not in command.action or len(command.keys) <= 3:
            assert keymap({command.id: [key_name(key) for key in command.keys]}).by_id[command.id] == command


async def test_the_screen_shows_and_obeys_own_keys(tmp_path: Path, config, reading) -> None:
    path = config.path
    path.write_text('[keys]\nstar = "g x"\nhelp = ["F2", "?"]\nsync = []\n' + path.read_text())
    with Library(load(path, config.cache), clock=lambda: 1_795_000_000) as library:
        async with reading(library) as reader:
            await reader.press("g", "l", "home", "s")
            assert library.starred_count() == 0
            await reader.press("g", "x")
            assert library.starred_count() == 1
            assert "g x star" in reader.lines("#footer")[0]
            assert "F2 help" in reader.lines("#footer")[0]
            await reader.press("g")
            await reader.until(lambda: "x star" in reader.text)
            await reader.press("escape", "colon", *"star the")
            await reader.until(lambda: "(g x)" in reader.text)
            await reader.press("escape", "f2", "slash", *"g x")
            assert "g x" in reader.text
            assert "Star the article" in reader.text


async def test_keys_that_cannot_be_stop_the_reader_before_it_opens(config, reading) -> None:
    path = config.path
    path.write_text('[keys]\nstar = "x"\n' + path.read_text())
    with (
        Library(load(path, config.cache)) as library,
        pytest.raises(ConfigError, match="is the key of mute"),
    ):
        async with reading(library):
            pass


async def test_keys_typed_at_once_go_to_what_they_open_and_break_nothing(library: Library, reading) -> None:
    async with reading(library) as reader:
        for keys in (
            ["H", "e", "q", "C", "q"],
            ["question_mark", "q", "g", "t", "escape"],
            ["A", *"note", "escape"],
        ):
            for key in keys:
                reader.app.post_message(events.Key(key, key if len(key) == 1 else None))
            await reader.until(lambda: not reader.app._held and reader.app._expected is None)
            await reader.settle()
            assert reader.app.screen is reader.screen
        assert library.counts()[1] == 30, "no letter of the note was a command"
        reader.app.post_message(events.Key("enter", None))
        reader.app.post_message(events.Key("s", "s"))
        reader.app.post_message(events.Key("right_square_bracket", "]"))
        await reader.until(lambda: library.starred_count() == 1)
        assert reader.screen.pane == "article"
