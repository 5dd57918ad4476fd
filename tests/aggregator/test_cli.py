"""The commands as a user runs them: what they print, what they return, what they say when refused."""

from __future__ import annotations

import gzip
import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from aggregator import cli
from aggregator.config import Config
from tests.aggregator.commands import ROOT, command, finish, start
from tests.aggregator.httpserver import Gate, Server, reply
from tests.aggregator.rounds import item, rss, write_config

Run = Callable[..., tuple[int, str, str]]

SYNC_KEYS = {"url", "outcome", "new", "updated", "error", "status", "next_check"}
ARCHIVE_KEYS = {
    "feed",
    "guid",
    "url",
    "title",
    "author",
    "summary",
    "text",
    "published",
    "language",
    "outlet",
}


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as running:
        running.answer("/feed", reply(rss(item(1, "Port talks resume"), item(2, "Olive harvest begins"))))
        yield running


@pytest.fixture
def config(server: Server, tmp_path: Path) -> Config:
    return write_config(tmp_path, [server.url("/feed")])


@pytest.fixture
def run(config: Config, capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs a command in this process; returns exit code, output and diagnostics."""

    def call(*arguments: str) -> tuple[int, str, str]:
        try:
            code = cli.main(["--config", str(config.path), *arguments])
        except SystemExit as exit_:
            code = int(str(exit_.code))
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return call


def objects(output: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in output.splitlines()]


def test_sync_prints_a_line_a_feed_and_a_closing_one(run: Run) -> None:
    code, output, diagnostics = run("sync")
    assert (code, diagnostics) == (0, "")
    first, last = output.splitlines()
    assert first.startswith("new ")
    assert last.startswith("1 feed: 2 new, 0 updated, 0 failed")


def test_sync_json_has_the_documented_keys(run: Run) -> None:
    _, output, _ = run("sync", "--json")
    feed, totals = objects(output)
    assert set(feed) == SYNC_KEYS
    assert (feed["outcome"], feed["new"], feed["error"], feed["status"]) == ("new", 2, None, 200)
    assert totals["totals"] is True
    assert (totals["feeds"], totals["new"], totals["failed"]) == (1, 2, 0)


def test_a_failing_feed_makes_the_exit_code_one_and_its_reason_a_sentence(run: Run, server: Server) -> None:
    server.answer("/feed", reply(status=404))
    code, output, _ = run("sync")
    assert code == 1
    assert "failed" in output
    assert "404" in output


def test_list_is_newest_first_takes_a_query_and_a_limit(run: Run) -> None:
    run("sync")
    assert len(run("list")[1].splitlines()) == 2
    assert len(run("list", "--limit", "1")[1].splitlines()) == 1
    _, output, _ = run("list", "olive", "unread")
    assert "Olive harvest begins" in output
    assert "Port talks" not in output


def test_every_command_explains_itself() -> None:
    for name in sorted(re.findall(r"^    ([a-z]+)  ", cli.parser().format_help(), re.MULTILINE)):
        with pytest.raises(SystemExit) as ended:
            cli.parser().parse_args([name, "--help"])
        assert ended.value.code == 0, name


def test_a_query_that_begins_with_a_minus_is_a_query_after_two_dashes(run: Run) -> None:
    run("sync")
    _, output, _ = run("list", "--", "-olive")
    assert "Port talks" in output
    assert "Olive" not in output


def test_a_bad_query_says_what_and_where(run: Run) -> None:
    code, output, diagnostics = run("list", "langg:ar")
    assert (code, output) == (2, "")
    assert "langg" in diagnostics
    assert "lang" in diagnostics
    assert len(diagnostics.splitlines()) == 1


def test_show_takes_an_id_or_an_address(run: Run) -> None:
    run("sync")
    article = objects(run("list", "--json", "olive")[1])[0]
    for reference in (str(article["id"]), article["url"]):
        code, output, _ = run("show", reference)
        assert code == 0
        assert output.splitlines()[0] == "Olive harvest begins"
    shown = objects(run("show", str(article["id"]), "--json")[1])[0]
    assert shown["text"] == "Body of story 2."
    assert shown["related"] == []


def test_an_unknown_article_is_a_sentence(run: Run) -> None:
    code, _, diagnostics = run("show", "12345")
    assert code == 2
    assert "12345" in diagnostics


def test_mark_changes_what_matches(run: Run) -> None:
    run("sync")
    assert run("mark", "read", "olive")[1] == "1 article changed.\n"
    assert run("mark", "star", "port")[1] == "1 article changed.\n"
    assert len(run("list", "unread")[1].splitlines()) == 1
    assert "Port talks" in run("list", "starred")[1]


def test_feeds_tells_how_each_fares(run: Run) -> None:
    run("sync")
    feed = objects(run("feeds", "--json")[1])[0]
    assert (feed["articles"], feed["unread"], feed["failures"], feed["title"]) == (2, 2, 0, "Invented News")
    assert "2 unread" in run("feeds")[1]


def test_feeds_add_finds_the_feed_of_a_site_and_fetches_it(run: Run, server: Server, config: Config) -> None:
    link = '<link rel="alternate" type="application/rss+xml" title="News" href="/other">'
    server.answer(
        "/site", reply(f"<html><head>{link}</head></html>".encode(), **{"Content-Type": "text/html"})
    )
    server.answer("/other", reply(rss(item(7, "Ferry timetable"))))
    config.path.write_text("# a comment of mine\n" + config.path.read_text())
    code, output, diagnostics = run("feeds", "add", server.url("/site"))
    assert (code, diagnostics) == (0, "")
    assert "1 article fetched." in output
    assert config.path.read_text().startswith("# a comment of mine\n")
    assert "Ferry timetable" in run("list")[1]


def test_feeds_add_offers_several_and_adds_none(run: Run, server: Server, config: Config) -> None:
    links = "".join(f'<link rel="alternate" type="application/rss+xml" href="/f{n}">' for n in (1, 2))
    server.answer(
        "/site", reply(f"<html><head>{links}</head></html>".encode(), **{"Content-Type": "text/html"})
    )
    for n in (1, 2):
        server.answer(f"/f{n}", reply(rss(item(n))))
    before = config.path.read_text()
    code, output, _ = run("feeds", "add", server.url("/site"))
    assert code == 2
    assert server.url("/f1") in output
    assert server.url("/f2") in output
    assert config.path.read_text() == before


def test_feeds_remove_takes_the_block_out_and_the_articles_out_of_the_lists(run: Run, server: Server) -> None:
    run("sync")
    assert run("feeds", "remove", server.url("/feed"))[0] == 0
    assert run("list")[1] == ""
    assert run("feeds")[1] == ""


def test_opml_comes_in_and_goes_out(run: Run, tmp_path: Path) -> None:
    outlines = '<outline text="A" xmlUrl="https://a.example/feed"/><outline text="B" xmlUrl="exec:ls"/>'
    path = tmp_path / "in.opml"
    path.write_text(f'<opml version="2.0"><body>{outlines}</body></opml>')
    _, output, diagnostics = run("feeds", "import", str(path))
    assert output.startswith("1 feed added")
    assert "skipped B: has an address that is not http or https" in diagnostics
    assert 'xmlUrl="https://a.example/feed"' in run("feeds", "export")[1]


@pytest.mark.parametrize("name", ["out.jsonl", "out.jsonl.gz"])
def test_an_archive_goes_out_and_comes_in_elsewhere(run: Run, tmp_path: Path, name: str) -> None:
    run("sync")
    path = tmp_path / name
    assert run("archive", "export", str(path))[1].startswith("2 articles written")
    data = gzip.decompress(path.read_bytes()) if name.endswith(".gz") else path.read_bytes()
    assert all(set(json.loads(line)) == ARCHIVE_KEYS for line in data.splitlines())
    other = str(tmp_path / "other-cache")
    assert (
        run("--cache", other, "archive", "import", str(path))[1] == "2 lines: 2 new, 0 updated, 0 skipped.\n"
    )
    assert "Olive harvest begins" in run("--cache", other, "list", "olive")[1]
    assert (
        run("--cache", other, "archive", "import", str(path))[1] == "2 lines: 0 new, 0 updated, 0 skipped.\n"
    )


def test_an_archive_with_the_fewest_keys_is_enough_and_bad_lines_are_counted(
    run: Run, tmp_path: Path
) -> None:
    path = tmp_path / "small.jsonl"
    lines: list[dict[str, object]] = [
        {"id": "1", "title": "Tram opens in Amman", "date": "2026-11-01", "source": "Invented Wire"},
        {
            "guid": 2,
            "title": "Tram full in Amman",
            "published": "2026-11-02T10:00:00+03:00",
            "outlet": "Invented Wire",
        },
        {"outlet": "no title"},
    ]
    path.write_text("\n".join(json.dumps(line) for line in lines) + "\nnot json\n")
    code, output, diagnostics = run("archive", "import", str(path))
    assert (code, output) == (0, "4 lines: 2 new, 0 updated, 2 skipped.\n")
    assert "line 3: has no title" in diagnostics
    rows = objects(run("list", "--json", "outlet:invented")[1])
    assert [row["published"] for row in rows] == ["2026-11-02T07:00:00Z", "2026-11-01T00:00:00Z"]
    assert rows[0]["related"] == 1


def test_the_ids_of_an_archive_are_trusted_though_links_and_titles_repeat(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "same.jsonl"
    same = {"title": "Tram opens", "date": "2026-11-01", "source": "Wire", "url": "https://wire.example/tram"}
    path.write_text("\n".join(json.dumps({"id": number} | same) for number in range(5)))
    assert run("archive", "import", str(path))[1] == "5 lines: 5 new, 0 updated, 0 skipped.\n"
    assert run("archive", "import", str(path))[1] == "5 lines: 0 new, 0 updated, 0 skipped.\n"


def test_importing_an_archive_that_is_not_there_is_a_sentence(run: Run, tmp_path: Path) -> None:
    code, _, diagnostics = run("archive", "import", str(tmp_path / "none.jsonl"))
    assert code == 1
    assert "none.jsonl: cannot be read" in diagnostics
    assert len(diagnostics.splitlines()) == 1


def test_config_says_where_it_lies(run: Run, config: Config) -> None:
    assert run("config", "--path")[1] == f"{config.path}\n"
    assert "[fetch]" in run("config")[1]


def test_doctor_finds_a_sound_cache_sound(run: Run) -> None:
    run("sync")
    code, output, _ = run("doctor")
    assert code == 0
    assert "The cache is sound." in output


def test_a_wrong_key_in_the_configuration_is_one_line_with_file_and_nearest_key(
    run: Run, config: Config
) -> None:
    config.path.write_text("[fetch]\nconcurency = 3\n")
    code, _, diagnostics = run("list")
    assert code == 2
    assert len(diagnostics.splitlines()) == 1
    assert str(config.path) in diagnostics
    assert "concurrency" in diagnostics


def test_a_cache_that_is_no_cache_is_refused_and_left_alone(run: Run, config: Config) -> None:
    config.cache.mkdir()
    (config.cache / "news.sqlite3").write_bytes(b"somebody's diary, not a database" * 50)
    code, _, diagnostics = run("list")
    assert code == 3
    assert len(diagnostics.splitlines()) == 1
    assert (config.cache / "news.sqlite3").read_bytes().startswith(b"somebody's diary")


def test_an_empty_configuration_is_valid(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "empty.toml"
    path.write_text("")
    assert cli.main(["--config", str(path), "list"]) == 0
    assert cli.main(["--config", str(path), "sync"]) == 0
    assert "No feed is followed" in capsys.readouterr().out


@pytest.mark.parametrize(
    "arguments", [["list", "-olive"], ["list", "--json", "unread", "-olive"], ["stories", "-h2o"]]
)
def test_a_word_with_a_minus_is_a_word_of_the_query(run: Run, arguments: list[str]) -> None:
    run("sync")
    code, output, diagnostics = run(*arguments)
    assert (code, diagnostics) == (0, "")
    assert "Olive" not in output


def test_words_go_apart_from_options_wherever_they_stand() -> None:
    given = ["--cache", "list", "mark", "read", "-hamas", "--config", "f", "since:2d"]
    assert cli.words_apart(given) == [
        "--cache",
        "list",
        "mark",
        "--config",
        "f",
        "--",
        "read",
        "-hamas",
        "since:2d",
    ]
    assert cli.words_apart(["list", "-h"]) == ["list", "-h"]
    assert cli.words_apart(["sync", "-x"]) == ["sync", "-x"]


def test_a_limit_below_zero_is_bad_usage(run: Run) -> None:
    assert run("list", "--limit", "-3")[0] == 2


def test_interrupting_a_sync_stores_what_came_and_returns_130(server: Server, config: Config) -> None:
    gate = Gate()
    slow = server.answer("/slow", [gate, reply(rss(item(9)))])
    text = config.path.read_text()
    config.path.write_text(f'{text}\n[[feeds]]\nurl = "{slow}"\n')
    process = start(config, "sync")
    assert process.stdout is not None
    process.stdout.readline()  # the quick feed is stored, the slow one is under way
    process.send_signal(signal.SIGINT)
    code, output, diagnostics = finish(process)
    gate.event.set()
    assert code == 130
    assert diagnostics == "hakawati: stopped; what had come was stored, the rest is still due.\n"
    assert output.startswith("1 feed: 2 new")
    assert "Olive" in command(config, "list")[1]


def test_a_password_in_an_address_is_never_printed(server: Server, config: Config) -> None:
    secret = server.url("/feed").replace("://", "://reader:s3cret@")
    config.path.write_text(config.path.read_text().replace(server.url("/feed"), secret))
    for arguments in (
        ["sync"],
        ["sync", "--force", "--json"],
        ["feeds"],
        ["feeds", "--json"],
        ["doctor"],
        ["list"],
    ):
        _, output, diagnostics = command(config, *arguments)
        assert "s3cret" not in output + diagnostics
    archive = config.path.parent / "out.jsonl"
    command(config, "archive", "export", str(archive))
    assert "s3cret" not in archive.read_text()


def test_what_a_feed_calls_itself_is_inert_and_short(server: Server, config: Config) -> None:
    name = "News &amp;#x9b;31m\u202e" + "x" * 5000
    body = rss(item(1)).replace(b"Invented News", name.encode())
    server.answer("/feed", reply(body))
    command(config, "sync")
    for arguments in (["feeds"], ["list"], ["list", "--json"], ["feeds", "--json"]):
        output = command(config, *arguments)[1]
        assert not {"\x1b", "\x9b", "\u202e"} & set(output)
        assert len(output) < 2000


HOSTILE_LINES = {
    "nested": b"[" * 100_000,
    "no utf-8": b'{"title": "\xff\xfe", "outlet": "a"}',
    "controls": b'{"id": 1, "title": "t", "outlet": "\\u001b]0;pwned\\u0007", "language": "\\u001b[31m"}',
    "no day": b'{"id": 2, "title": "t", "outlet": "a", "date": "0001-01-01T00:00:00+14:00"}',
    "too long": b'{"id": 3, "outlet": "a", "title": "' + b"x" * 5_000_000 + b'"}',
}


@pytest.mark.parametrize("line", HOSTILE_LINES.values(), ids=HOSTILE_LINES.keys())
def test_a_hostile_line_of_an_archive_costs_only_itself(run: Run, tmp_path: Path, line: bytes) -> None:
    path = tmp_path / "in.jsonl"
    good = b'{"id": "good", "title": "Good title", "outlet": "Wire", "date": "2026-11-01"}'
    path.write_bytes(b"\n".join([good, line, good.replace(b'"good"', b'"other"')]))
    code, output, _ = run("archive", "import", str(path))
    assert code == 0
    assert output.startswith("3 lines: ")
    assert len(run("list", "good")[1].splitlines()) == 2
    for arguments in (["list", "--json"], ["feeds"], ["archive", "export", str(tmp_path / "out.jsonl")]):
        code, output, diagnostics = run(*arguments)
        assert (code, diagnostics) == (0, "")
        assert "\x1b" not in output


def test_a_cut_off_archive_is_a_sentence_and_what_came_before_is_kept(run: Run, tmp_path: Path) -> None:
    lines = [json.dumps({"id": n, "title": f"Title {n}", "outlet": "Wire"}) for n in range(3000)]
    path = tmp_path / "cut.jsonl.gz"
    path.write_bytes(gzip.compress("\n".join(lines).encode())[:-200])
    code, _, diagnostics = run("archive", "import", str(path))
    assert code == 1
    assert "cannot be read to its end" in diagnostics.splitlines()[-1]
    assert len(run("list", "--limit", "0")[1].splitlines()) >= 2000


def test_a_search_index_damaged_inside_is_made_anew_by_doctor(run: Run, config: Config) -> None:
    run("sync")
    path = config.cache / "search.sqlite3"
    data = bytearray(path.read_bytes())
    data[4096:] = b"\xee" * (len(data) - 4096)
    path.write_bytes(data)
    code, output, diagnostics = run("doctor")
    assert (code, diagnostics) == (0, "")
    assert "made anew" in output
    assert "Olive harvest begins" in run("list", "olive")[1]


def test_a_cache_that_may_not_be_made_is_a_sentence_for_every_command(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    config = write_config(tmp_path, [])
    for arguments in (["sync"], ["daemon"], ["list"], ["doctor"], ["feeds"]):
        code, _, diagnostics = command(config, "--cache", str(tmp_path / "file" / "x"), *arguments)
        assert code == 3
        assert "Traceback" not in diagnostics
        assert len(diagnostics.splitlines()) <= 1


def test_a_full_disk_on_the_way_out_is_a_sentence(config: Config) -> None:
    command(config, "sync")
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "aggregator", "--config", str(config.path), "list"],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            env=os.environ | {"PYTHONPATH": str(ROOT)},
        )
    assert done.returncode == 1
    assert done.stderr == "hakawati: the output cannot be written (No space left on device).\n"


def test_a_sync_whose_output_nobody_reads_stores_all_the_same(server: Server, config: Config) -> None:
    urls = [server.answer(f"/{n}", reply(rss(item(n)))) for n in range(100, 110)]
    blocks = "".join(f'\n[[feeds]]\nurl = "{url}"\n' for url in urls)
    config.path.write_text(config.path.read_text() + blocks)
    process = start(config, "sync")
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.close()
    assert process.wait() == 0
    assert process.stderr.read() == ""
    process.stderr.close()
    assert len(command(config, "list", "--limit", "0")[1].splitlines()) == 12


def test_an_archive_of_a_feed_that_was_let_go_is_listed(run: Run, server: Server, tmp_path: Path) -> None:
    run("sync")
    path = tmp_path / "out.jsonl"
    run("archive", "export", str(path))
    run("feeds", "remove", server.url("/feed"))
    assert run("list")[1] == ""
    run("archive", "import", str(path))
    assert len(run("list")[1].splitlines()) == 2


def test_an_archive_written_to_a_device_leaves_the_device_alone(run: Run, tmp_path: Path) -> None:
    run("sync")
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = subprocess.Popen(["cat", str(pipe)], stdout=subprocess.PIPE)
    assert run("archive", "export", str(pipe))[0] == 0
    output, _ = reader.communicate()
    assert len(output.splitlines()) == 2
    assert pipe.is_fifo()


def test_a_closed_pipe_is_no_error(config: Config) -> None:
    command(config, "sync")
    process = start(config, "list", "--limit", "0")
    assert process.stdout is not None
    process.stdout.close()
    assert process.wait() == 0
    assert process.stderr is not None
    assert process.stderr.read() == ""
    process.stderr.close()


def test_the_program_runs_where_stdout_knows_no_arabic(server: Server, config: Config) -> None:
    server.answer("/feed", reply(rss(item(1, "قطار العقبة"))))
    code, output, diagnostics = command(config, "sync")
    assert (code, diagnostics) == (0, "")
    code, output, _ = command(config, "list")
    assert "قطار العقبة" in output


def test_nothing_a_title_holds_reaches_the_terminal_as_a_command(server: Server, config: Config) -> None:
    server.answer("/feed", reply(rss(item(1, "Evil &#x9b;2J &#155;31m \u202egnp.exe [@click=app.quit]x[/]"))))
    command(config, "sync")
    article = objects(command(config, "list", "--json")[1])[0]
    for arguments in (["list"], ["show", str(article["id"])], ["stories"], ["feeds"]):
        output = command(config, *arguments)[1]
        assert not {"\x1b", "\x9b", "\u202e"} & set(output)
    assert "[@click=app.quit]x[/]" in article["title"]
