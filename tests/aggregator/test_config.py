"""The configuration file: what loads, what is refused and in which words, and which file is read."""

from __future__ import annotations

import re
import stat
from pathlib import Path

import platformdirs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator import config, toml_lines
from aggregator.errors import ConfigError

HERE = Path("config.toml")


def refusal(text: str) -> str:
    """The sentence with which a text is refused."""
    with pytest.raises(ConfigError) as caught:
        config.parse(text, HERE)
    return str(caught.value)


def feed(**keys: str) -> str:
    """A [[feeds]] block whose values are given as TOML."""
    block = {"url": '"https://a.example/"', **keys}
    return "[[feeds]]\n" + "".join(f"{key} = {value}\n" for key, value in block.items())


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A user without configuration whose working directory is no checkout."""
    monkeypatch.setattr(platformdirs, "user_config_path", lambda app: tmp_path / "conf" / app)
    monkeypatch.setattr(platformdirs, "user_data_path", lambda app: tmp_path / "data" / app)
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    return tmp_path


# --- what loads --------------------------------------------------------------------------------


def test_an_empty_file_is_valid_and_means_the_defaults() -> None:
    assert config.parse("", HERE) == config.Settings()


def test_a_byte_order_mark_is_no_error(tmp_path: Path) -> None:
    path = tmp_path / "c.toml"
    path.write_bytes(b"\xef\xbb\xbf[retention]\ndays = 3\n")
    assert config.read(path).retention.days == 3


@pytest.mark.parametrize(
    ("value", "minutes"), [(0, 0), (30, 30), ("45m", 45), (" 2h ", 120), ("1d", 1440), ("30d", 43_200)]
)
def test_a_span_is_minutes_or_a_number_with_its_unit(value: int | str, minutes: int) -> None:
    assert config.span_minutes(value) == minutes


@pytest.mark.parametrize("value", [-1, "", "5", "5x", "-5m", "1.5h", "31d", 10**23, "9" * 30 + "m", "٣h"])
def test_a_span_that_makes_no_sense_is_refused(value: int | str) -> None:
    with pytest.raises(ValueError):
        config.span_minutes(value)


def test_the_interval_of_a_feed_is_given_in_seconds() -> None:
    assert config.parse(feed(interval='"2h"'), HERE).feeds[0].interval_seconds == 7200
    assert config.parse(feed(), HERE).feeds[0].interval_seconds == 0


def test_persian_joiners_are_letters_of_a_title() -> None:
    assert config.parse(feed(title='"خبر\u200cها"'), HERE).feeds[0].title == "خبر\u200cها"


# --- what is refused, in one sentence that names file and key --------------------------------------


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[fetch]\nconcurency = 1", "fetch.concurency: unknown key; did you mean concurrency?"),
        ('theme = "dark"', "theme: unknown key; it belongs under [reader]."),
        ("zzz = 1", "legal keys are cache, fetch"),
        (
            feed() + feed(url='"https://b.example/"', name='"b"'),
            "feeds[2].name: unknown key; did you mean title?",
        ),
        ('[reader]\ntheme = "pink"', "reader.theme: must be one of dark, light"),
        ("[fetch]\nconcurrency = 0", "fetch.concurrency: expected `whole number` >= 1"),
        ("[fetch]\nspacing = nan", "fetch.spacing"),
        ('[fetch]\nproxy = "socks9://x"', "fetch.proxy: must be"),
        ('[fetch]\nallow_private = ["intranet"]', 'fetch.allow_private: "intranet" is no IP address'),
        ("[fetch]\nmin_interval = 60\nmax_interval = 30", "fetch.min_interval: is greater"),
        ('[fetch]\ncontact = "a\\r\\nX-Injected: 1"', "fetch.contact: holds control"),
        ('[[filters]]\nname = "\\u001b[2J"\nquery = ""', "filters[1].name: holds control"),
        ('[[feeds]]\ntitle = "a"', "feeds[1]: table missing required field `url`"),
        (feed(url='"ftp://a.example/"'), "feeds[1].url: must be an http or https address"),
        (feed(url='"https://a.example/\\nX"'), "feeds[1].url"),
        (feed(url='"https://a.example:99999/"'), "feeds[1].url"),
        (feed(url='"exec:touch x"'), "feeds[1].url"),
        (feed() + feed(), "feeds[2].url: https://a.example/ is listed twice"),
        (feed(language='"arabic!"'), "feeds[1].language"),
        (feed(country='"LBN"'), "feeds[1].country"),
        (feed(title='"a\\u202eb"'), "feeds[1].title: holds control or direction"),
        (feed(tags='["a\\u001bb"]'), "feeds[1].tags"),
        (feed(proxy='"socks9://u:SECRETMARK@x"'), 'feeds[1].proxy: must be "direct" or'),
        (feed(headers='{ "X Y" = "1" }'), 'feeds[1].headers: "X Y" is no name of a header'),
        (feed(headers='{ Host = "b.example" }'), "feeds[1].headers: Host is sent by the program itself"),
        (feed(headers='{ X-Key = "a\\r\\nX-Evil: SECRETMARK" }'), "feeds[1].headers.X-Key: holds control"),
        (feed(headers='{ X-Key = "{password}" }'), "feeds[1].password: is missing"),
        (feed(username='"me"'), "feeds[1].password: is missing"),
        (feed(password='"SECRETMARK"'), "feeds[1].username: is missing"),
        (feed(username='"a:b"', password='"SECRETMARK"'), "feeds[1].username: cannot have a colon"),
        (
            feed(username='"me"', password='"SECRETMARK"', password_file='"p"'),
            "feeds[1].password: is given twice",
        ),
        (
            feed(url='"https://me:SECRETMARK@a.example/"', username='"me"', password='"p"'),
            "feeds[1].username: stands in the address too",
        ),
        (feed(interval='"soon"'), 'feeds[1].interval: "soon" is no time span'),
        (feed(interval="99999999999999999999999"), "feeds[1].interval"),
        ("a = " + "[" * 100_000, "is not valid TOML"),
        ("a = " + "9" * 10_000, "a number in it is too long"),
    ],
)
def test_a_mistake_is_named_with_its_place(text: str, words: str) -> None:
    said = refusal(text)
    assert words in said
    assert "SECRETMARK" not in said
    assert re.match(r"config\.toml(:\d+)?: ", said)
    assert "\n" not in said


@pytest.mark.parametrize(
    ("text", "start"),
    [
        ("\n[fetch]\nconcurency = 1", "config.toml:3: fetch.concurency: unknown key"),
        ('# x\n[reader]\n\ntheme = "pink"', "config.toml:4: reader.theme: must be"),
        (feed() + "\n" + feed(url='"exec:x"', tags='[\n"a",\n"b"]'), "config.toml:5: feeds[2].url:"),
        (feed() + '[[feeds]] # none\ntitle = "x"', "config.toml:3: feeds[2]: table missing"),
        ('[[feeds]]\ntitle = """\n[fetch]\nurl = 5\n"""\nurl = 5', "config.toml:6: feeds[1].url: expected"),
        ("feeds = [\n{url = 5}]", "config.toml:1: feeds[1].url: expected"),
        ('[keys]\n"row.down" = 3', "config.toml:2: keys.row.down: must be a key"),
        ("[keys]\nrow.down = 3", "config.toml:2: keys.row.down: must be a key"),
        ('fetch.proxy = "x"', "config.toml:1: fetch.proxy: must be"),
        ('[fetch]\n"pr\\u006fxy" = "x"', "config.toml:2: fetch.proxy: must be"),
        ("[fetch]\nmin_interval = 60\nmax_interval = 30", "config.toml:2: fetch.min_interval: is greater"),
        ("a = 1\nb = = 2", "config.toml:2: is not valid TOML: Invalid value, column 5."),
        ('a = 1\nb = """\n', "config.toml:3: is not valid TOML: Unterminated string, at the end."),
        ("a\x1b]0;x\x07 = = 1", "config.toml:1: is not valid TOML: "),
    ],
)
def test_a_mistake_is_told_with_its_line(text: str, start: str) -> None:
    assert refusal(text).startswith(start)


@given(st.text(st.sampled_from(list("[]{}=\"'#\n.,ab1\\ \u202e")), max_size=60))
def test_whatever_stands_in_a_file_the_search_for_a_line_ends(text: str) -> None:
    assert 0 <= toml_lines.line_of(text, "a.b[2].a") <= text.count("\n") + 1


def test_a_password_is_never_in_a_message() -> None:
    double = feed(url='"https://user:SECRETMARK@a.example/"') * 2
    for text in (double, '[fetch]\nproxy = "socks9://user:SECRETMARK@a.example"'):
        assert "SECRETMARK" not in refusal(text)


@pytest.mark.parametrize("group", ["config", "toml"])
def test_hostile_files_load_or_are_refused_in_one_clean_line(shared: Path, group: str) -> None:
    folder = shared / "hostile"
    rows = [line.split("\t") for line in (folder / "INDEX.tsv").read_text("utf-8").splitlines()[1:]]
    files = [(folder / row[0], row[6]) for row in rows if row[1] == group]
    assert files
    for path, must in files:
        try:
            config.load(path)
        except ConfigError as error:
            said = str(error)
            assert re.match(r":\d+: ", said.removeprefix(str(path))), said
            assert said.removeprefix(str(path)).isprintable(), path
            assert "SECRETMARK" not in said, path
        else:
            assert must.startswith("loads"), f"{path} must be refused"


def test_what_cannot_be_read_is_said_without_a_traceback(tmp_path: Path) -> None:
    (tmp_path / "latin.toml").write_bytes("# caf\xe9".encode("latin-1"))
    for path, words in (
        (tmp_path / "absent.toml", "cannot be read"),
        (tmp_path, "cannot be read"),
        (tmp_path / "latin.toml", "is not UTF-8 at byte 5"),
        (Path("~no-such-user-of-this-machine/c.toml"), "cannot be found"),
        (Path("/dev/zero"), "is larger than"),
    ):
        with pytest.raises(ConfigError, match=words):
            config.load(path)


# --- which file, which cache --------------------------------------------------------------------


def test_the_first_start_makes_the_users_own_copy_of_the_shipped_file(home: Path) -> None:
    loaded = config.load()
    assert loaded.path == home / "conf/hakawati/config.toml"
    assert loaded.path.read_bytes() == config.shipped().read_bytes()
    assert stat.S_IMODE(loaded.path.stat().st_mode) == 0o600
    assert loaded.cache == home / "data/hakawati/cache"
    assert [path.name for path in loaded.path.parent.iterdir()] == ["config.toml"]


def test_the_users_own_copy_is_never_overwritten(home: Path) -> None:
    own = home / "conf/hakawati/config.toml"
    own.parent.mkdir(parents=True)
    own.write_text("[retention]\ndays = 3\n")
    assert config.load().settings.retention.days == 3


def test_a_checkout_reads_its_own_file(home: Path) -> None:
    (home / "elsewhere/aggregator").mkdir()
    (home / "elsewhere/config.toml").write_text("")
    loaded = config.load()
    assert loaded.path == home / "elsewhere/config.toml"
    assert loaded.cache == home / "elsewhere/cache"


def test_a_config_that_cannot_be_made_names_the_way_out(home: Path) -> None:
    (home / "conf").write_text("a file where a folder must be")
    with pytest.raises(ConfigError, match="name a file with --config"):
        config.load()


def test_a_named_file_is_used_and_its_cache_lies_beside_it(tmp_path: Path) -> None:
    (tmp_path / "c.toml").write_text("")
    assert config.load(tmp_path / "c.toml").cache == tmp_path / "cache"


def test_a_relative_cache_starts_at_the_files_folder_wherever_we_are(home: Path) -> None:
    path = home / "c.toml"
    path.write_text('cache = "kept/here"\n')
    assert config.load(path).cache == home / "kept/here"


def test_the_cache_option_beats_the_setting(home: Path) -> None:
    path = home / "c.toml"
    path.write_text('cache = "kept"\n')
    assert config.load(path, Path("other")).cache == home / "elsewhere/other"
