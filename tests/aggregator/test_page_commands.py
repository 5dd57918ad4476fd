"""``extract``: for a reader, as JSON, and a batch in which nothing stops the next line."""

from __future__ import annotations

import gzip
import io
import json
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from aggregator import cli
from tests.aggregator.extract import made
from tests.aggregator.rounds import write_config

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs a command in this process; returns exit code, output and diagnostics."""
    config = write_config(tmp_path, [])

    def call(*arguments: str) -> tuple[int, str, str]:
        code = cli.main(["--config", str(config.path), *arguments])
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return call


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    """A page in a file."""
    link = f'<p>READ: <a href="{made.STORY}">The harbour was closed</a></p>'
    figure = '<figure><img src="/a.jpg"><figcaption>The pier (Ann/AFP)</figcaption></figure>'
    text = made.html_paragraphs(6)
    path = tmp_path / "page.html"
    path.write_bytes(made.page([figure, *text[:3], link, *text[3:]]))
    return path


def test_a_page_is_printed_as_a_reader_wants_it(run: Run, saved: Path) -> None:
    code, output, _ = run("extract", str(saved), "--url", made.URL)
    assert code == 0
    assert output.startswith("The harbour opens again\n")
    assert "[picture] The pier (Ann/AFP)" in output
    assert f"  READ: The harbour was closed\n    {made.STORY}" in output


def test_a_page_is_one_json_object(run: Run, saved: Path) -> None:
    code, output, _ = run("extract", "--json", str(saved), "--url", made.URL)
    article = json.loads(output)
    assert code == 0
    assert article["title"] == "The harbour opens again"
    assert len(article["blocks"]) == 6
    assert article["related"][0]["url"] == made.STORY


def test_a_packed_page_is_unpacked(run: Run, saved: Path) -> None:
    packed = saved.with_suffix(".html.gz")
    packed.write_bytes(gzip.compress(saved.read_bytes()))
    assert (
        run("extract", str(packed), "--url", made.URL)[1] == run("extract", str(saved), "--url", made.URL)[1]
    )


def test_a_file_that_is_not_there_is_one_sentence(run: Run, tmp_path: Path) -> None:
    code, output, diagnostics = run("extract", str(tmp_path / "none.html"))
    assert (code, output) == (1, "")
    assert "cannot be read" in diagnostics


def test_without_a_page_the_command_says_what_it_needs(run: Run) -> None:
    code, _, diagnostics = run("extract")
    assert code == 2
    assert "--batch" in diagnostics


def test_a_batch_answers_every_line_and_stops_for_none(
    run: Run, saved: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    damaged = tmp_path / "damaged.html.gz"
    damaged.write_bytes(gzip.compress(saved.read_bytes())[:200])
    lines = [
        json.dumps({"id": "one", "file": str(saved), "url": made.URL}),
        "no json",
        json.dumps({"id": "two", "file": str(tmp_path / "none.html"), "url": made.URL}),
        json.dumps({"id": "three", "file": str(damaged), "url": made.URL}),
        json.dumps({"id": "four", "file": str(saved), "url": made.URL}),
    ]
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO("\n".join(lines).encode())))
    code, output, _ = run("extract", "--batch")
    answers = [json.loads(line) for line in output.splitlines()]
    assert code == 1
    assert [(one["id"], "error" in one) for one in answers] == [
        *(("one", False), ("", True), ("two", True), ("three", True), ("four", False))
    ]
    first = answers[0]
    assert first["body"] == "\n\n".join(made.paragraphs(6))
    assert (first["captions"], first["credit"]) == (["The pier"], "Ann/AFP")
    assert first["related"] == [
        {"text": "The harbour was closed", "href": made.STORY, "position": "in-text", "marker": "READ"}
    ]
    assert (first["language"], first["reason"], first["date"]) == ("en", "", None)
