"""Why two articles are related, in words: what is said, in which order, and what is kept back."""

from __future__ import annotations

from aggregator.stories.why import MACHINE, MAX_NAMES, MAX_REASONS, SAME_TEXT, SOME_WORDS, Text, reasons


def en(title: str, lead: str = "") -> Text:
    return Text(title, lead, "en")


def ar(title: str, lead: str = "") -> Text:
    return Text(title, lead, "ar")


def he(title: str) -> Text:
    return Text(title, "", "he")


def test_a_name_is_told_as_each_of_two_languages_writes_it() -> None:
    found = reasons(en("Fire guts museum in Latakia"), ar("حريق يلتهم المتحف في اللاذقية"))
    assert found[0] == "Latakia / اللاذقية"


def test_a_name_that_both_write_alike_is_told_once() -> None:
    found = reasons(en("Fire guts museum in Latakia"), en("Museum in Latakia was insured, owner says"))
    assert found[0] == "Latakia"


def test_a_name_that_no_gazetteer_knows_is_told_by_its_consonants_across_scripts() -> None:
    found = reasons(
        en("Engineer Balmirzadeh arrested over bridge", "Balmirzadeh signed the plans."),
        Text("مهندس بالمیرزاده بازداشت شد", "", "fa"),
    )
    assert any("Balmirzadeh / بالمیرزاده" in reason for reason in found)


def test_countries_tell_least_and_come_after_towns() -> None:
    found = reasons(
        en("Syria reopens port of Latakia to Turkey"), en("Latakia port: Turkey and Syria agree on fees")
    )
    assert found[0] == "Latakia"
    assert set(found[1:MAX_NAMES]) == {"Syria", "Turkey"}


def test_a_number_that_both_give_is_a_reason_though_written_in_other_digits() -> None:
    found = reasons(en("Bread price rises to 1,250 pounds"), ar("سعر الخبز يرتفع إلى ١٢٥٠ ليرة"))
    assert "1,250" in found


def test_the_same_wording_is_said_rather_than_the_words() -> None:
    found = reasons(
        en("Olive harvest in Latakia begins after dry winter"),
        en("Olive harvest in Latakia begins late after dry winter"),
    )
    assert found == ("Latakia", "same wording")


def test_words_that_both_use_are_told_the_longest_first() -> None:
    one = en("The town sells its last ferries", "For weeks pensioners had protested against closures.")
    other = en("The town has no ferries", "Many pensioners cannot reach the clinic after these closures.")
    assert reasons(one, other) == ("pensioners", "closures", "ferries")


def test_whom_both_headlines_quote_comes_first() -> None:
    one = en("Balmirzadeh: the bridge was safe")
    other = en("Balmirzadeh: I signed no plans")
    assert reasons(one, other)[0] == "both quote Balmirzadeh"


def test_of_one_text_that_is_said_first_and_no_wording_after_it() -> None:
    text = en("Olive harvest begins in Latakia after dry winter")
    found = reasons(text, text, copy=True)
    assert found[0] == SAME_TEXT
    assert "Latakia" in found
    assert "same wording" not in found


def test_that_a_machine_finds_it_is_said_last_and_where_little_else_is() -> None:
    assert reasons(en("Calm returns"), he("חזר השקט"))[-1] == MACHINE
    found = reasons(en("Latakia calm again"), ar("هدوء في اللاذقية"))
    assert found[0] == "Latakia / اللاذقية"
    assert MACHINE not in found[:1]
    much = reasons(
        en("Flood in Latakia drowns 250 homes near Tartus"), en("250 homes in Latakia and Tartus under water")
    )
    assert MACHINE not in much


def test_the_machine_is_not_named_where_it_was_not_asked() -> None:
    one, other = en("Calm returns to the harbour"), en("Olive harvest begins")
    assert MACHINE in reasons(one, other)
    assert reasons(one, other, machine=False) == (SOME_WORDS,)
    named = reasons(en("Latakia calm"), en("Latakia harvest"), machine=False)
    assert named == ("Latakia",), "one good reason is enough"


def test_reasons_are_few_and_none_is_said_twice() -> None:
    title = "Syria, Turkey, Iraq, Iran, Egypt and Jordan meet in Latakia, Tartus and Aleppo over 250 dams"
    found = reasons(en(title, "Ministers from 1900 towns"), en(f"{title} again", "All 1900 ministers came"))
    assert 2 <= len(found) <= MAX_REASONS
    assert len(set(found)) == len(found)


def test_both_directions_give_the_same_names_and_numbers() -> None:
    one, other = en("Flood in Latakia drowns 250 homes"), ar("فيضانات تغمر 250 منزلا في اللاذقية")
    there, back = reasons(one, other), reasons(other, one)
    assert len(there) == len(back)
    assert "250" in there
    assert "250" in back
    assert "اللاذقية / Latakia" in back
