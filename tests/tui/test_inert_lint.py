"""The reader's source read as a tree: where feed text could become markup, an action or a sequence.

Every place that may do what the others may not is named here with its reason; a new one fails until somebody
has thought about it. What reads markup unless told not to is in test_safety.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from tui import opener

ROOT = Path(__file__).parent.parent.parent
TREES = {
    str(path.relative_to(ROOT / "tui")): ast.parse(path.read_text("utf-8"))
    for path in sorted((ROOT / "tui").rglob("*.py"))
}

WIDGETS = {
    "Static": "says sentences; test_safety sees that it never reads markup",
    "Input": "edits what the user types; BidiInput draws it",
}
"""What is taken from Textual's widgets: all others draw a str as markup, or keep ESC in their cells."""
STRIP_MAKERS = {"render.py": "the one maker: cleans, measures, styles"}
ESCAPING = {
    "terminal.py": "asks the terminal who it is, and tells it who orders text",
    "prepaint.py": "paints the first page by itself, before Textual is loaded",
    "handover.py": "knows the first page's sequences, to take its place",
    "driver.py": "knows the brackets around what is pasted, to take it for text",
    "app.py": "OSC 9 tells an alert, where the configuration wants it",
}
STARTERS = {
    "opener.py": "the browser, by argv, after the address was checked",
    "child.py": "the syncing process: our own program",
    "screens/adding.py": "our own program, to follow a feed",
}
COPIED = {
    "clean_text(text, limit=len(text), multiline=True)": "no control reaches a shell that it is pasted into",
    "url": "an address that opener.address gave",
}
INERT = {
    "inert",
    "drawn",
    "line",
    "shown",
    "apart",
    "clean_text",
    "too_small",
    "key_name",
    "key_of",
    "counted",
}
"""Functions whose answer is inert text."""
SENTENCES = {
    "hint": "a Decision's, written in rtl",
    "' or '.join(keys) or 'The palette'": "names of keys, from the table of keys",
}
"""What toasts and Statics are given otherwise."""


def calls(tree: ast.AST, *names: str) -> Iterator[ast.Call]:
    """The calls of a function or method of one of these names."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            if called in names:
                yield node


def is_inert(node: ast.expr) -> bool:
    """Can nothing of a feed be in this text but letters?"""
    if isinstance(node, ast.Constant) or ast.unparse(node) in SENTENCES:
        return True
    if isinstance(node, ast.Name):
        return node.id.isupper()
    if isinstance(node, ast.JoinedStr):
        parts = (part.value if isinstance(part, ast.FormattedValue) else part for part in node.values)
        return all(map(is_inert, parts))
    if isinstance(node, ast.Call):
        called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        return called in INERT
    return False


@pytest.mark.parametrize("name", TREES)
def test_only_widgets_that_were_thought_about_are_taken_from_textual(name: str) -> None:
    for node in ast.walk(TREES[name]):
        if isinstance(node, ast.ImportFrom) and node.module == "textual.widgets":
            assert {each.name for each in node.names} <= WIDGETS.keys(), f"{name}:{node.lineno}"
        if isinstance(node, ast.ImportFrom):
            assert node.module not in ("rich.markup", "textual.markup", "webbrowser"), f"{name}:{node.lineno}"


@pytest.mark.parametrize("name", TREES)
def test_toasts_and_statics_get_inert_text_only(name: str) -> None:
    for node in calls(TREES[name], "notify", "Static"):
        for text in node.args[:1]:
            assert is_inert(text), f"{name}:{node.lineno}: {ast.unparse(text)}"


@pytest.mark.parametrize("name", TREES)
def test_strips_are_made_in_one_place_of_what_is_clean(name: str) -> None:
    if name in STRIP_MAKERS:
        return
    for node in calls(TREES[name], "Segment"):
        assert isinstance(node.args[0], ast.Constant), f"{name}:{node.lineno}: {ast.unparse(node)}"
    for node in calls(TREES[name], "Strip"):
        (given,) = node.args
        assert isinstance(given, ast.List), f"{name}:{node.lineno}: {ast.unparse(node)}"
        assert all(part in calls(given, "Segment") for part in given.elts)


@pytest.mark.parametrize("name", TREES)
def test_escape_sequences_are_spelled_in_few_modules(name: str) -> None:
    for node in ast.walk(TREES[name]):
        if isinstance(node, ast.Constant) and isinstance(node.value, (str, bytes)):
            raw = node.value.encode() if isinstance(node.value, str) else node.value
            assert b"\x1b" not in raw or name in ESCAPING, f"{name}:{node.lineno}"


@pytest.mark.parametrize("name", TREES)
def test_what_goes_to_the_terminal_past_textual_is_in_those_modules_too(name: str) -> None:
    for node in calls(TREES[name], "write"):
        target = ast.unparse(node.func)
        if target in ("self.desk.write", "super().write"):
            continue  # the store; Textual's own
        assert name in ESCAPING, f"{name}:{node.lineno}: {target}"


@pytest.mark.parametrize("name", TREES)
def test_programs_are_started_in_few_modules_and_never_through_a_shell(name: str) -> None:
    for node in calls(TREES[name], "Popen", "run", "create_subprocess_exec", "call", "check_output"):
        program = ast.unparse(node.func)
        if program.startswith(("subprocess", "asyncio.create")):
            assert name in STARTERS, f"{name}:{node.lineno}"
            assert all(word.arg != "shell" for word in node.keywords)
    for node in calls(TREES[name], "system", "popen", "create_subprocess_shell", "open_url", "eval", "exec"):
        raise AssertionError(f"{name}:{node.lineno}: {ast.unparse(node)}")


@pytest.mark.parametrize("name", TREES)
def test_a_click_runs_our_own_commands_with_our_own_numbers(name: str) -> None:
    for node in ast.walk(TREES[name]):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and "@click" in node.value:
            documented = len(node.value) > len("@click")
            assert name == "render.py" or documented, f"{name}:{node.lineno}"


@pytest.mark.parametrize("name", TREES)
def test_no_link_is_given_to_the_terminal_unchecked(name: str) -> None:
    for node in calls(TREES[name], "Style"):
        assert all(word.arg != "link" for word in node.keywords), f"{name}:{node.lineno}"
    for node in calls(TREES[name], "copy_to_clipboard"):
        assert ast.unparse(node.args[0]) in COPIED, f"{name}:{node.lineno}: {ast.unparse(node)}"


def test_no_reason_is_left_of_a_place_that_is_gone() -> None:
    everything = "\n".join(ast.unparse(tree) for tree in TREES.values())
    assert {*STRIP_MAKERS, *ESCAPING, *STARTERS} <= TREES.keys()
    for name in ESCAPING:
        assert "\\x1b" in ast.unparse(TREES[name]), name
    for text in (*COPIED, *SENTENCES, *WIDGETS):
        assert text in everything, text


def test_every_hostile_address_is_http_or_nothing(shared: Path) -> None:
    """Links of documents that were made to be followed."""
    from tests.tui import hostile

    found = 0
    for path in hostile.documents(shared):
        for text in hostile.strings(path):
            for word in (text, *text.split()):
                opened = opener.address(word)
                found += bool(opened)
                assert opened == "" or opened.startswith(("http://", "https://"))
                assert opened.isprintable()
                assert " " not in opened
    assert found
