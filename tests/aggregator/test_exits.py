"""Every way out of the program is behind the one lock on text: streams, JSON, files, notifications.

The reader's own screen has tests of its own (tests/tui/test_inert_lint.py, test_safety.py).
"""

from __future__ import annotations

import ast
import json
import logging
import sys
from pathlib import Path

import pytest

from aggregator import cli, console, syncing
from aggregator.text.inert import clean_record, letters_only
from tests.aggregator import ways_out
from tests.aggregator.hostile_text import TOKENS
from tests.aggregator.rounds import write_config

ROOT = Path(__file__).parent.parent.parent
TREES = {
    str(path.relative_to(ROOT / "aggregator")): ast.parse(path.read_text("utf-8"))
    for path in sorted((ROOT / "aggregator").rglob("*.py"))
}
BAD = "a\x1b]0;x\x07\x9b31m\u202eb\x00\x7f\u2028c"
RAW = {
    "digest.py": "the answers of a worker process, which nobody but its parent reads",
    "desktop.py": "a child that the notifier reads",
    "image_commands.py": "a picture, as bytes",
}
"""Who may write to a stream past ``console.Inert``: bytes for a program, not for a terminal."""
PRINTED_JSON = {"console.py"}
"""Where a record is made JSON and printed."""


def called(node: ast.Call) -> str:
    """The whole name of what is called."""
    return ast.unparse(node.func)


def calls(tree: ast.AST) -> list[ast.Call]:
    return [node for node in ast.walk(tree) if isinstance(node, ast.Call)]


@pytest.mark.parametrize("name", TREES)
def test_nothing_is_written_past_the_lock_on_the_streams(name: str) -> None:
    text = ast.unparse(TREES[name])
    if name in RAW:
        return
    for way in ("stdout.buffer", "stderr.buffer", "__stdout__", "__stderr__", "os.write(1", "os.write(2"):
        assert way not in text, f"{name} writes to {way}"
    for node in calls(TREES[name]):
        assert called(node) not in ("faulthandler.enable", "warnings.showwarning"), name


@pytest.mark.parametrize("name", TREES)
def test_json_is_printed_by_one_function_that_makes_it_inert(name: str) -> None:
    for node in calls(TREES[name]):
        if called(node) in ("print", "say", "sys.stdout.write") and name not in PRINTED_JSON:
            assert "json.encode" not in ast.unparse(node), f"{name}:{node.lineno}"
            assert "json.dumps" not in ast.unparse(node), f"{name}:{node.lineno}"


def test_what_is_written_to_files_of_articles_and_told_to_programs_is_made_inert_there() -> None:
    for name, call in (
        ("archive.py", "sink.write"),
        ("watches.py", "Message"),
        ("failures.py", "clean_text"),
    ):
        found = [ast.unparse(node) for node in calls(TREES[name]) if called(node) == call]
        assert found, name
        assert all("clean_" in text for text in found), f"{name}: {found}"


def test_no_reason_is_left_of_a_module_that_is_gone() -> None:
    assert {*RAW, *PRINTED_JSON} <= TREES.keys()


@pytest.mark.parametrize("token", [BAD, *TOKENS.values()], ids=["all", *TOKENS])
def test_a_stream_and_a_record_hold_letters_only(token: str) -> None:
    assert not ways_out.FORBIDDEN.search(letters_only(token))
    record = clean_record({"title": token, token: [token, (token, 1)], "n": None})
    assert all(ways_out.forbidden(text) == [] for text in ways_out.strings(record))
    assert clean_record(record) == record


def test_nothing_that_a_command_prints_steers_a_terminal(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not even what nobody cleaned: an answer, an argument that is quoted, a log, a warning of a library."""
    config = write_config(tmp_path, [])

    def careless(arguments: object, config: object) -> int:
        print(BAD)
        sys.stdout.writelines([BAD, "\n"])
        print(f"hakawati: {BAD}", file=sys.stderr)
        logging.StreamHandler().emit(logging.makeLogRecord({"msg": BAD}))
        console.print_json({"title": BAD, "tags": [BAD]})
        return 0

    monkeypatch.setattr(cli, "parser", parser_that_runs(careless))
    assert cli.main(["--config", str(config.path), "list"]) == 0
    monkeypatch.undo()
    with pytest.raises(SystemExit):
        cli.main([BAD])
    said = capsys.readouterr()
    record = json.loads(said.out.splitlines()[-1])
    for text in (said.out, said.err, record["title"], record["tags"][0]):
        assert ways_out.forbidden(text) == []
    assert "a]0;x31mb c" in said.out
    assert sys.stdout.isatty() is False


def parser_that_runs(handler):
    """The command line's parser, with another handler behind every command."""
    real = cli.parser

    def made():
        parser = real()
        read = parser.parse_args
        parser.parse_args = lambda argv: vars(found := read(argv)).update(handler=handler) or found
        return parser

    return made


def test_a_line_of_the_log_steers_no_terminal() -> None:
    record = logging.makeLogRecord(
        {"msg": f"the watch {BAD} cannot look", "levelname": "WARNING", "name": "x"}
    )
    assert ways_out.FORBIDDEN.search(syncing.Frames("%(levelname)s %(message)s").format(record)) is None
