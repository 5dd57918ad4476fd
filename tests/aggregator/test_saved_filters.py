"""Editing the saved filters of config.toml: the wanted change, nothing else, and nothing else's meaning."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from aggregator import config, saved_filters
from aggregator.errors import ConfigError, QueryError

NOW = 1_790_000_000
TEXT = """# my file
[[filters]] # first
name = "Unread"
query = "unread" # all

# about oil
[[filters]]
name = "Oil"
query = 'oil OR "crude oil"'
notify = "spike"
# end of oil

[[filters]]
query = "filter:Oil -filter:\\"Quiet places\\" since:2d"
name = "Fuel" # uses oil

[[filters]]
name = "Quiet places"
query = "outlet:cedar"

# --- rules ---
[[rules]]
when = "filter:oil,Unread filterable" # mutes
do = ["hide"]

[[feeds]]
url = "https://a.example/"
# the end
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A file that a person has arranged."""
    file = tmp_path / "config.toml"
    file.write_text(TEXT, "utf-8")
    return file


def names(path: Path) -> list[str]:
    """The filters' names, in order."""
    return [saved.name for saved in config.read(path).filters]


def queries(path: Path) -> dict[str, str]:
    """Name → query."""
    return config.read(path).named_queries


def test_a_new_filter_stands_behind_the_others_and_before_what_follows(path: Path) -> None:
    saved_filters.save(path, "Gulf", 'outlet:"gulf ledger"', NOW)
    block = '[[filters]]\nname = "Gulf"\nquery = "outlet:\\"gulf ledger\\""\n'
    assert path.read_text() == TEXT.replace("# --- rules", f"{block}\n# --- rules")


def test_saving_a_known_name_changes_its_query_in_place(path: Path) -> None:
    saved_filters.save(path, "unread", "unread lang:ar", NOW)
    assert path.read_text() == TEXT.replace('"unread" # all', '"unread lang:ar" # all')


def test_a_filter_becomes_a_watch_and_stops_being_one(path: Path) -> None:
    saved_filters.save(path, "Unread", "unread", NOW, "every")
    assert 'query = "unread" # all\nnotify = "every"\n\n# about oil' in path.read_text()
    saved_filters.save(path, "Oil", 'oil OR "crude oil"', NOW)
    assert config.read(path).filters[1].notify == "spike"
    saved_filters.save(path, "Oil", 'oil OR "crude oil"', NOW, "")
    assert 'notify = ""\n# end of oil' in path.read_text()
    assert [saved.notify for saved in config.read(path).filters] == ["every", "", "", ""]


def test_a_first_filter_goes_into_a_file_without_any(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text("[fetch]\nworkers = 1")
    saved_filters.save(path, "Oil", "oil", NOW, "every")
    assert path.read_text() == (
        '[fetch]\nworkers = 1\n\n[[filters]]\nname = "Oil"\nquery = "oil"\nnotify = "every"\n'
    )


def test_a_query_that_cannot_be_understood_is_not_saved(path: Path) -> None:
    with pytest.raises(QueryError, match="nofield"):
        saved_filters.save(path, "Bad", "nofield:x", NOW)
    with pytest.raises(QueryError, match="contains itself"):
        saved_filters.save(path, "Oil", "filter:Fuel", NOW)
    assert path.read_text() == TEXT


def test_a_filter_that_breaks_another_is_not_saved(path: Path) -> None:
    saved_filters.save(path, "Oil", " ".join(["oil"] * 60), NOW)
    with pytest.raises(ConfigError, match='the filter "Fuel" could not be understood'):
        saved_filters.save(path, "Quiet places", " ".join(["quiet"] * 60), NOW)


def test_removing_takes_the_block_and_leaves_the_comments(path: Path) -> None:
    saved_filters.remove(path, "Fuel")
    saved_filters.remove(path, "quiet PLACES")
    gone = TEXT[TEXT.index("[[filters]]\nquery") : TEXT.index("# --- rules")]
    assert path.read_text() == TEXT.replace(gone, "")


@pytest.mark.parametrize(
    ("name", "user"), [("Oil", 'the filter "Fuel"'), ("Unread", 'the rule "filter:oil,Unread filterable"')]
)
def test_what_others_use_is_not_removed(path: Path, name: str, user: str) -> None:
    with pytest.raises(ConfigError, match="uses the filter") as caught:
        saved_filters.remove(path, name)
    assert user in str(caught.value)
    assert path.read_text() == TEXT


def test_renaming_follows_into_filters_and_rules(path: Path) -> None:
    saved_filters.rename(path, "oil", "Black gold", NOW)
    text = TEXT.replace('name = "Oil"', 'name = "Black gold"')
    assert queries(path)["Fuel"] == 'filter:"Black gold" -filter:"Quiet places" since:2d'
    assert config.read(path).rules[0].when == 'filter:"Black gold",Unread filterable'
    kept = [line for line in text.splitlines() if "ilter:" not in line]
    assert [line for line in path.read_text().splitlines() if "ilter:" not in line] == kept
    assert "# mutes" in path.read_text()


def test_renaming_back_gives_the_same_meaning(path: Path) -> None:
    before = config.read(path)
    saved_filters.rename(path, "Oil", "Gas", NOW)
    assert "filter:Gas -filter" in path.read_text()
    saved_filters.rename(path, "Gas", "Oil", NOW)
    assert saved_filters.meanings(config.read(path), NOW) == saved_filters.meanings(before, NOW)
    assert names(path) == [saved.name for saved in before.filters]


@pytest.mark.parametrize("name", ["", "  ", 'say "hi"', "x" * 61, "a\nb", "a\u202eb"])
def test_a_name_that_no_list_can_show_is_refused(path: Path, name: str) -> None:
    for refused in (
        lambda: saved_filters.rename(path, "Oil", name, NOW),
        lambda: saved_filters.save(path, name, "x", NOW),
    ):
        with pytest.raises(ConfigError, match="name"):
            refused()
    assert path.read_text() == TEXT


def test_a_name_that_is_taken_is_refused_but_another_spelling_of_ones_own_is_not(path: Path) -> None:
    with pytest.raises(ConfigError, match="is there already"):
        saved_filters.rename(path, "Oil", "unread", NOW)
    saved_filters.rename(path, "Oil", "OIL", NOW)
    assert names(path)[1] == "OIL"


def test_an_unknown_name_is_told_with_those_there_are(path: Path) -> None:
    with pytest.raises(ConfigError, match='no filter "Gas"; there are: "Unread", "Oil"'):
        saved_filters.remove(path, "Gas")


@pytest.mark.parametrize(
    ("name", "place", "order"),
    [
        ("Fuel", 0, ["Fuel", "Unread", "Oil", "Quiet places"]),
        ("Unread", 2, ["Oil", "Fuel", "Unread", "Quiet places"]),
        ("Unread", 99, ["Oil", "Fuel", "Quiet places", "Unread"]),
        ("Oil", -1, ["Oil", "Unread", "Fuel", "Quiet places"]),
    ],
)
def test_moving_changes_the_order_and_leaves_what_stands_between(
    path: Path, name: str, place: int, order: list[str]
) -> None:
    saved_filters.move(path, name, place)
    assert names(path) == order
    assert sorted(path.read_text().splitlines()) == sorted(TEXT.splitlines())
    assert path.read_text().startswith("# my file\n[[filters]]")
    assert path.read_text().index("# end of oil") < path.read_text().index("# --- rules")


def test_moving_to_where_it_is_writes_nothing(path: Path) -> None:
    before = path.stat().st_ino
    saved_filters.move(path, "Oil", 1)
    assert path.stat().st_ino == before


def test_a_list_in_one_line_is_edited_too_but_not_reordered(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text('filters = [{name = "A", query = "a"}, {name = "B", query = "b"}] # mine\n')
    saved_filters.save(path, "C", "c", NOW)
    saved_filters.save(path, "A", "a2", NOW, "every")
    saved_filters.rename(path, "B", "D", NOW)
    assert queries(path) == {"A": "a2", "D": "b", "C": "c"}
    saved_filters.remove(path, "D")
    assert names(path) == ["A", "C"]
    assert "# mine" in path.read_text()


def test_windows_line_ends_stay(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_bytes(TEXT.replace("\n", "\r\n").encode())
    saved_filters.save(path, "New", "x", NOW)
    saved_filters.rename(path, "Oil", "Gas", NOW)
    saved_filters.move(path, "New", 0)
    assert path.read_bytes().count(b"\n") == path.read_bytes().count(b"\r\n")
    assert names(path) == ["New", "Unread", "Gas", "Fuel", "Quiet places"]


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("save"), st.sampled_from("ABCD"), st.sampled_from(["x", "filter:A", 'y "z" # no'])),
        st.tuples(st.just("remove"), st.sampled_from("ABCD"), st.just("")),
        st.tuples(st.just("rename"), st.sampled_from("ABCD"), st.sampled_from(["B", "E e", "Ü[["])),
        st.tuples(st.just("move"), st.sampled_from("ABCD"), st.sampled_from(["1", "2", "9"])),
    ),
    max_size=12,
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(STEPS)
def test_any_row_of_edits_keeps_every_comment_and_every_other_setting(
    tmp_path: Path, steps: list[tuple[str, str, str]]
) -> None:
    path = tmp_path / "config.toml"
    path.write_text(TEXT, "utf-8")
    feeds, rules = config.read(path).feeds, config.read(path).rules
    for action, name, value in steps:
        try:
            if action == "save":
                saved_filters.save(path, name, value, NOW)
            elif action == "remove":
                saved_filters.remove(path, name)
            elif action == "rename":
                saved_filters.rename(path, name, value, NOW)
            else:
                saved_filters.move(path, name, int(value))
        except (ConfigError, QueryError):
            continue
    text = path.read_text("utf-8")
    assert all(what in text for what in ("# my file", "# about oil", "# end of oil", "# --- rules"))
    assert text.endswith("# the end\n")
    assert (config.read(path).feeds, config.read(path).rules) == (feeds, rules)
