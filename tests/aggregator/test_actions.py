"""What a rule may do, and what the configuration says where it is written wrongly."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from aggregator.actions import Actions, read_actions
from aggregator.config import parse
from aggregator.errors import ConfigError


def test_actions_are_read_and_written_alike() -> None:
    read = read_actions(
        [" hide", "score:+5", "tag:Gulf  States", "star", "score:-2", "notify", "read", "tag:a"]
    )
    assert read == Actions(True, True, True, True, ("Gulf States", "a"), 3)
    assert read_actions(read.words()) == read
    assert read.words()[0] == "hide"
    assert read_actions(["score:5", "score:-5"]).words() == ()


@pytest.mark.parametrize(
    ("word", "told"),
    [
        ("hdie", 'did you mean "hide"?'),
        ("mute", 'did you mean "hide"?'),
        ("tags:oil", 'did you mean "tag:NAME"?'),
        ("score", 'did you mean "score:+5"?'),
        ("Hide", 'did you mean "hide"?'),
        ("zzz", "legal are hide, read, star, notify, tag:NAME, score:+5"),
        ("score:0", "is no score"),
        ("score:many", "is no score"),
        ("score:1001", "1000 at most"),
        ("tag:", "needs a name"),
        ("tag:?!", "needs a name"),
        ("tag:" + "x" * 61, "longer than 60"),
    ],
)
def test_a_wrong_action_is_named_with_what_was_probably_meant(word: str, told: str) -> None:
    with pytest.raises(ValueError, match=re.escape(told)):
        read_actions(["read", word])


RULE = '[[rules]]\nname = "boats"\nwhen = "ferry"\ndo = ["hide"]\n'


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (RULE.replace('"hide"', '"hdie"'), 'rules[1].do: "hdie" is no action; did you mean "hide"?'),
        (RULE + 'until = "tomorrow"', 'rules[1].until: "tomorrow" is no date; write it as 2026-12-01'),
        (RULE + 'until = "2026-02-30"', "is no date"),
        (RULE + 'until = "1066-10-14"', "is no date"),
        (RULE + RULE.replace("ferry", "owls"), 'rules[2].name: two rules are called "boats"'),
        (RULE + "expires = 3", "rules[1].expires: unknown key"),
        (RULE.replace('["hide"]', "[]"), "rules[1].do"),
        (RULE.replace("ferry", "fer\\u202ery"), "direction characters"),
    ],
)
def test_a_wrong_rule_is_told_with_its_place(text: str, told: str) -> None:
    with pytest.raises(ConfigError) as raised:
        parse(text, Path("config.toml"))
    assert told in str(raised.value)


def test_a_query_that_cannot_be_read_is_no_error_of_the_configuration() -> None:
    (rule,) = parse(RULE.replace("ferry", "outlte:x"), Path("config.toml")).rules
    assert rule.title == "boats"
    assert parse(RULE + 'until = "2026-12-01"', Path("config.toml")).rules[0].until == "2026-12-01"
