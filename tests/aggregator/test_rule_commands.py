"""``rules``, ``mute``, ``unmute`` and what the library offers for them: told before, done, taken back."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from aggregator import cli, ruling
from aggregator.config import Config, load
from aggregator.errors import InputError, QueryError
from aggregator.library import Library
from aggregator.model import MarkAction
from aggregator.store.db import Store
from aggregator.tidying import tidy
from tests.aggregator.newsroom import bring
from tests.aggregator.rounds import write_config
from tests.aggregator.storing import DAY, HERON, KESTREL, NOW, ids, make, sync
from tests.aggregator.test_relate import FIRE, FLOOD

Run = Callable[..., tuple[int, str, str]]

RULES = """
[[rules]]
name = "boats"
when = "title:ferry"
do = ["hide"]
[[rules]]
name = "fields"
when = "title:harvest"
do = ["read", "star", "tag:farm"]
[[rules]]
name = "mine"
when = "starred"
do = ["hide"]
[[rules]]
name = "past"
when = "title:owls"
do = ["hide"]
until = "2020-01-01"
"""


@pytest.fixture
def conf(tmp_path: Path) -> Config:
    made = write_config(tmp_path, [HERON, KESTREL])
    with Store.open(made.cache) as store:
        store.feeds.reconcile(made.settings.feeds)
        sync(store, make(1, title="Ferry one"), make(2, title="Ferries two"), make(3, title="Harvest three"))
        sync(store, make(4, title="Owls four"), make(5, title="Harvest five"), url=KESTREL)
    return made


@pytest.fixture
def ruled(conf: Config) -> Config:
    conf.path.write_text(conf.path.read_text() + RULES)
    return load(conf.path)


@pytest.fixture
def run(conf: Config, capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs a command in this process; returns exit code, output and diagnostics."""

    def call(*arguments: str) -> tuple[int, str, str]:
        code = cli.main(["--config", str(conf.path), *arguments])
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return call


@pytest.fixture
def library(conf: Config) -> Iterator[Library]:
    with Library(conf, clock=lambda: NOW) as opened:
        yield opened


def shown(library: Library, query: str = "") -> list[str]:
    return sorted(row.title for row in library.page(query))


# --- rules ---


def test_rules_lists_what_is_in_force_with_its_hits_and_tells_what_is_skipped(
    ruled: Config, run: Run
) -> None:
    code, out, err = run("rules", "--json")
    listed = {rule["name"]: rule for rule in map(json.loads, out.splitlines())}
    assert (code, sorted(listed)) == (0, ["boats", "fields", "past"])
    assert listed["boats"] | {"id": 0} == {
        **{"id": 0, "name": "boats", "query": "title:ferry", "do": ["hide"], "until": None},
        **{"origin": "config", "active": True, "hits": 1 + ("Ferries two" in shown_hidden(ruled))},
    }
    assert (listed["past"]["active"], listed["past"]["hits"], listed["past"]["id"]) == (False, 0, None)
    assert "the rule mine is skipped: No rule can ask for" in err
    _, out, _ = run("rules")
    assert "rule  fields: 2 articles" in out
    assert "title:harvest → read, star, tag:farm" in out
    assert "past, over: 0 articles" in out


def test_doctor_tells_what_is_skipped_and_finds_nothing_wrong(ruled: Config, run: Run) -> None:
    code, out, _ = run("doctor")
    assert code == 0
    assert "mine is skipped: No rule can ask for" in out


def shown_hidden(config: Config) -> list[str]:
    with Library(config) as library:
        return shown(library, "hidden")


def test_opening_a_library_brings_new_rules_into_force_and_takes_old_ones_back(ruled: Config) -> None:
    before = ruled.path.read_text()
    with Library(ruled) as library:
        assert "Ferry one" not in shown(library)
        assert shown(library, "tag:farm unread") == ["Harvest five", "Harvest three"]
        ruled.path.write_text(before.replace('when = "title:ferry"', 'when = "title:owls"'))
        library.reload()
        assert "Ferry one" in shown(library)
        assert shown(library, "hidden") == ["Owls four"]
        assert library.findings() == []


def test_opening_a_library_with_nothing_new_writes_nothing(ruled: Config) -> None:
    Library(ruled).close()
    with Library(ruled) as watching:
        version = watching.data_version()
        Library(ruled).close()
        assert watching.data_version() == version


def test_opening_a_library_again_reads_no_rule(ruled: Config, monkeypatch: pytest.MonkeyPatch) -> None:
    Library(ruled).close()

    def fail(*_: object) -> None:
        raise AssertionError("rules were read")

    with monkeypatch.context() as patched:
        patched.setattr(ruling, "wanted", fail)
        Library(ruled).close()
    conf = load(ruled.path)
    conf.path.write_text(conf.path.read_text().replace("title:ferry", "title:owls"))
    with Library(load(conf.path)) as library:
        assert shown(library, "hidden") == ["Owls four"]


def test_a_hidden_article_says_which_rule_it_was(ruled: Config) -> None:
    with Library(ruled) as library:
        (row,) = library.page("hidden title:one")
        article = library.article(row.id)
        assert article is not None
        assert article.rules == ("boats",), "not those that did something else"
        assert article.row.hidden


def test_a_dry_run_tells_what_would_change_and_changes_nothing(conf: Config, run: Run) -> None:
    code, out, _ = run("rules", "test", "title:harvest", "OR", "owls")
    assert code == 0
    assert "3 stored articles would match." in out
    assert "3 would be hidden that are not hidden now." in out
    assert "Unread articles: 5 now, 2 then." in out
    assert "Owls four" in out
    _, out, _ = run("rules", "test", "--json", "--do", "tag:farm", "--do", "read", "title:harvest")
    trial = json.loads(out)
    assert {key: trial[key] for key in ("matched", "hidden", "read", "starred", "tags", "score")} == {
        **{"matched": 2, "hidden": 0, "read": 2, "starred": 0, "tags": ["farm"], "score": 0},
    }
    assert [article["title"] for article in trial["articles"]] == ["Harvest five", "Harvest three"]
    _, out, _ = run("rules", "test", "title:zebra")
    assert out == "0 stored articles would match.\n"
    with Library(conf) as library:
        assert library.rules() == []
        assert len(shown(library, "unread")) == 5


def test_a_dry_run_of_a_rule_by_its_name_does_what_the_rule_does(ruled: Config, run: Run) -> None:
    _, out, _ = run("rules", "test", "fields")
    assert "2 would be tagged farm." in out
    assert "With rules apply, 2 would be marked read, 2 starred." in out
    _, out, _ = run("rules", "test", "boats")
    assert "would be hidden" not in out  # it is hidden already


def test_a_dry_run_counts_only_what_would_change(ruled: Config) -> None:
    with Library(ruled) as library:
        trial = library.rule_trial("title:one OR owls", ["hide"])
        assert (trial.matched, trial.hidden, trial.unread_now - trial.unread_then) == (2, 1, 1)
        assert library.rule_test("title:harvest")[0] == 2


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("rules", "test", "outlte:x"), "outlet"),
        (("rules", "test", "unread"), 'No rule can ask for "unread"'),
        (("rules", "test", "--do", "hdie", "owls"), 'did you mean "hide"?'),
        (("rules", "apply", "nothing"), 'No rule in force is called "nothing"'),
        (("rules", "apply", "boats"), "neither marks read nor stars"),
        (("rules", "aply", "boats"), "rules apply NAME"),
        (("rules", "test"), "rules test QUERY_OR_NAME"),
        (("mute", "story", "12345"), "is in no story yet"),
        (("mute", "word", "--for", "soon", "owls"), "no span of time; write for example"),
        (("mute", "word", "?!"), "Say what is to be muted"),
        (("mute", "word", "x " * 9000), "is too long to be muted"),
        (("unmute", "7"), 'No mute in force is called "7"'),
    ],
)
def test_what_cannot_be_done_is_told_in_one_sentence(
    ruled: Config, run: Run, arguments: tuple[str, ...], told: str
) -> None:
    code, out, err = run(*arguments)
    assert (code != 0, out) == (True, "")
    assert told in err
    assert err.count("\n") == 1


def test_applying_a_rule_marks_what_it_hits_and_can_be_undone(ruled: Config, run: Run) -> None:
    code, out, _ = run("rules", "apply", "fields")
    assert (code, out) == (0, "2 articles marked read, 2 starred.\n")
    with Library(ruled) as library:
        assert shown(library, "read starred") == ["Harvest five", "Harvest three"]
        assert library.undo() == "Undone: fields: 2 articles marked read, 2 articles starred."
        assert shown(library, "read OR starred") == []
        assert library.undo() == "", "it was one step"
        library.redo()
        assert shown(library, "read starred") == ["Harvest five", "Harvest three"]
        library.mark(MarkAction.UNSTAR, library.ids("title:five"))
        library.undo()
        assert shown(library, "starred") == ["Harvest five", "Harvest three"]
    assert run("rules", "apply", "fields")[1] == "0 articles marked read, 0 starred.\n"
    with Library(ruled) as library:
        assert "marked read, 2 articles starred" in library.undo(), "what changes nothing is no step"


def test_undoing_part_of_what_changed_since_says_so(ruled: Config, run: Run) -> None:
    run("rules", "apply", "fields")
    with Library(ruled) as library, Store.open(ruled.cache) as store, store.write():
        (five,) = library.ids("title:five")
        store._database.run("DELETE FROM starred WHERE id = ?", (five,))
    with Library(ruled) as library:
        assert "(1 of them, the others are gone or changed since)" in library.undo()
        assert shown(library, "read OR starred") == []


def test_what_a_reader_mutes_or_applies_is_on_the_disk_at_once(
    ruled: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[bool] = []
    write = Store.write

    def spy(store: Store, *, durable: bool = False) -> AbstractContextManager[None]:
        asked.append(durable)
        return write(store, durable=durable)

    with Library(ruled) as library:
        monkeypatch.setattr(Store, "write", spy)
        info = library.mute("word", "owls")
        library.unmute(info.id)
        library.rule_apply("fields")
    assert asked == [True] * 3


# --- mutes ---


def test_a_word_is_muted_in_titles_until_it_is_unmuted(conf: Config, run: Run) -> None:
    code, out, _ = run("mute", "word", "harvest")
    assert code == 0
    assert out.startswith("word: harvest is muted: 2 articles hidden.\n")
    number = out.split("unmute ")[1].split()[0]
    with Library(conf) as library:
        assert not any("Harvest" in title for title in shown(library))
    assert run("unmute", number)[1] == "word: harvest is muted no longer.\n"
    with Library(conf) as library:
        assert len(shown(library, "unread")) == 5
        assert [(info.name, info.active) for info in library.rules()] == [("word: harvest", False)]


def test_a_mute_for_a_while_says_until_when_and_ends(conf: Config, run: Run) -> None:
    _, out, _ = run("mute", "word", "owls", "--for", "2w")
    assert ", until 20" in out
    with Library(conf) as library:
        (info,) = library.rules()
        assert 0 <= info.until - library.now - 14 * 86400 <= 60 or info.until - library.now <= 14 * 86400
        assert shown(library, "hidden") == ["Owls four"]
    with Library(conf, clock=lambda: info.until) as later:
        assert shown(later, "hidden") == []
        assert later.rules()[0].active is False


def test_words_that_belong_together_are_muted_as_they_stand(library: Library) -> None:
    info = library.mute("word", "ferry one")
    assert (info.query, info.hits) == ('title:"ferry one"', 1)
    assert library.mute("word", "one, two").hits == 0
    assert library.mute("word", 'a "quoted" -(x|y)*').hits == 0


def test_a_mute_is_undone_and_done_again_in_words(library: Library) -> None:
    library.mute("word", "owls")
    assert library.undo() == "Undone: word: owls muted."
    assert len(shown(library)) == 5
    assert library.redo() == "Done again: word: owls muted."
    assert len(shown(library)) == 4


def test_muting_an_outlet_leaves_outlets_whose_longer_name_holds_it(conf: Config) -> None:
    text = conf.path.read_text()
    for url, outlet in ((HERON, "Heron"), (KESTREL, "Heron Arabic")):
        text = text.replace(f'url = "{url}"', f'url = "{url}"\noutlet = "{outlet}"')
    conf.path.write_text(text)
    with Library(load(conf.path)) as library:
        info = library.mute("outlet", "heron")
        assert shown(library) == ["Harvest five", "Owls four"]
        library.unmute(info.id)
        library.mute("outlet", "Heron Arabic")
        assert shown(library) == ["Ferries two", "Ferry one", "Harvest three"]


def test_muting_a_story_hides_all_of_it_and_unmuting_by_name_brings_it_back(tmp_path: Path) -> None:
    conf = write_config(tmp_path, [])
    bring(conf.cache, [*FIRE, *FLOOD])
    with Library(conf) as library:
        before = shown(library)
        story = next(story for story in library.stories() if len(story.articles) > 1)
        info = library.mute("story", story.articles[0].id)
        assert info.name == f"story: {story.title}"
        assert info.hits == len(story.articles)
        assert set(shown(library, "hidden")) == {row.title for row in story.articles}
        library.unmute(info.name)
        assert shown(library) == before


def test_splitting_an_article_off_a_muted_story_shows_it_at_once(tmp_path: Path) -> None:
    conf = write_config(tmp_path, [])
    bring(conf.cache, FIRE)
    with Library(conf) as library:
        story = next(story for story in library.stories() if len(story.articles) > 1)
        library.mute("story", story.articles[0].id)
        library.split(story.articles[0].id)
        assert story.articles[0].title in shown(library)
        library.undo()
        assert story.articles[0].title not in shown(library)


def test_doing_a_mute_again_whose_time_is_over_hides_nothing(conf: Config) -> None:
    times = [NOW]
    with Library(conf, clock=lambda: times[0]) as library:
        library.mute("word", "owls", 3600)
        library.undo()
        times[0] += 7200
        library.redo()
        assert "Owls four" in shown(library)
        library.mute("word", "owls", 3600)
        library.unmute("word: owls")
        times[0] += 7200
        library.undo()
        assert "Owls four" in shown(library)
        assert library.counts() == (5, 5)


def test_a_mute_for_no_time_is_refused(library: Library, run: Run) -> None:
    for seconds in (0, -1):
        with pytest.raises(InputError, match="12h"):
            library.mute("word", "owls", seconds)
    assert run("mute", "word", "owls", "--for", "0d")[0] == 2
    assert "Owls four" in shown(library)


def test_only_what_can_be_muted_is(library: Library) -> None:
    with pytest.raises(InputError, match="story, word, outlet can"):
        library.mute("colour", "red")
    with pytest.raises(QueryError):
        library.rule_test("since:24h")


# --- while the search index is made anew, as after an update ---


def forget_index(conf: Config) -> None:
    """As if another version had written the search file."""
    for file in conf.cache.glob("search.sqlite3*"):
        file.unlink()


def test_a_rule_waits_until_all_articles_can_be_found(ruled: Config) -> None:
    forget_index(ruled)
    with Library(ruled) as library:
        assert library.unsearchable() == 5
        assert shown(library, "hidden") == []
    with Store.open(ruled.cache) as store:
        tidy(store, ruled, NOW)
    with Library(ruled) as library:
        assert library.unsearchable() == 0
        assert shown(library, "hidden") == ["Ferries two", "Ferry one"]


def test_a_mute_made_meanwhile_hides_all_it_asks_for_in_the_end(conf: Config) -> None:
    forget_index(conf)
    with Library(conf, clock=lambda: NOW) as library:
        assert library.mute("word", "owls").hits == 0
        library.undo()
        library.redo()
    with Store.open(conf.cache) as store:
        tidy(store, conf, NOW)
    with Library(conf) as library:
        assert shown(library, "hidden") == ["Owls four"]


def test_a_rule_that_asks_for_stories_loses_nothing_meanwhile(tmp_path: Path) -> None:
    conf = write_config(tmp_path, [])
    bring(conf.cache, FIRE)
    with conf.path.open("a") as file:
        file.write('\n[[rules]]\nname = "big"\nwhen = "outlets>=2 fire"\ndo = ["tag:big", "star"]\n')
    with Library(load(conf.path)) as library:
        tagged = shown(library, "tag:big")
        assert tagged
        assert shown(library, "starred") == []
    forget_index(conf)
    with Store.open(conf.cache) as store:
        ruling.settle(store, NOW)
        tidy(store, load(conf.path), NOW)
        ruling.settle(store, NOW)
    with Library(load(conf.path)) as library:
        assert shown(library, "tag:big") == tagged
        assert shown(library, "starred") == [], "none of them is a new hit"


def test_what_a_watch_watches_is_kept_though_the_index_was_lost(conf: Config) -> None:
    with conf.path.open("a") as file:
        file.write('\n[[filters]]\nname = "Boats"\nquery = "title:ferry"\nnotify = "every"\n')
        file.write("[retention]\ndays = 1\n")
    watched = load(conf.path)
    forget_index(conf)
    with Store.open(conf.cache) as store:
        store.ui.set("pruned", str(NOW // DAY + 9))
        tidy(store, watched, NOW + 10 * DAY)
        assert sorted(row.title for row in store.articles.rows(ids(store))) == ["Ferries two", "Ferry one"]


def test_a_list_by_words_says_what_it_cannot_know(conf: Config, run: Run) -> None:
    forget_index(conf)
    assert "5 articles cannot be found by words yet" in run("list", "ferry")[2]
    assert run("list")[2] == ""
    run("doctor")
    assert "cannot be found" not in run("list", "ferry")[2]
