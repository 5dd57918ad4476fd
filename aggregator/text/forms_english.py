"""Inflected English words to the words they are forms of, in search spelling. Pure rules.

Only inflection is undone (plural, past, -ing), never derivation: "universe" is no form of "university".
Snowball's stemmer undoes both.
"""

from __future__ import annotations

from typing import Final

from aggregator.late import pattern
from aggregator.text.whole_words import whole_endings

MIN_WORD: Final = 4  # letters: shorter words are hardly inflected, and too often something else
MIN_LEFT: Final = 3  # letters left without an ending

# Base and its forms that no rule makes.
_IRREGULAR: Final = """
man men|woman women|child children|foot feet|tooth teeth|goose geese|mouse mice|person people|life lives
wife wives|knife knives|thief thieves|wolf wolves|half halves|shelf shelves|loaf loaves|bus buses
gas gases|shoe shoes|crisis crises|analysis analyses|thesis theses|hypothesis hypotheses
oasis oases|criterion criteria|phenomenon phenomena|die died dies dying|lie lied lies lying|tie tied ties
agree agreed|guarantee guaranteed|free freed|decree decreed|flee fled flees|strike struck|fight fought
shoot shot|meet met|hold held|win won winning|tell told|send sent|lead led|build built|break broke broken
take took taken|give gave given|rise rose risen|fall fell fallen|know knew known|see seen|go went gone goes
come came|buy bought|bring brought|catch caught|teach taught|think thought|seek sought|speak spoke spoken
steal stole stolen|write wrote written|drive drove driven|choose chose chosen|freeze froze frozen
swear swore sworn|tear tore torn|shake shook shaken|spend spent|lose lost|make made|pay paid|sell sold
stand stood|understand understood|withdraw withdrew withdrawn|draw drew drawn|fly flew flown flies
grow grew grown|throw threw thrown|begin began begun|run ran|sink sank sunk|hang hung|hide hid hidden
overthrow overthrew overthrown|feed fed|deal dealt|feel felt|keep kept|sweep swept|hear heard
forgive forgave forgiven|arise arose arisen|ride rode ridden|undergo underwent undergone
overcome overcame|become became|get got gotten|panic panicked panicking
"""
_BASES: Final = {
    form: base
    for entry in _IRREGULAR.strip().replace("\n", "|").split("|")
    for base, *forms in (entry.split(),)
    for form in forms
}
# Without their last letter these are other words, so no -ed or -ing form stands for both.
_SILENT_E: Final = frozenset(
    """paste tense dense clothe breathe bathe caste please lease crease corpse lapse browse moose loose tease
    curse morale humane rationale urbane locale finale artiste envelope premiere forte sense suite route
    heroine marine barge belle lathe lithe soothe teethe wreathe universe diverse unite""".split()  # noqa: SIM905
)
_PEOPLES: Final = tuple("aqis elis anis atis udis aris aitis enis uthis azis awis idis".split())  # noqa: SIM905
_LAST_LETTERS: Final = "sdg"  # of -s, -ed, -ing
_DOUBLE_KEPT: Final = frozenset(("add", "ebb", "egg", "err", "inn"))
_SURE_E: Final = pattern("(?:[vcu]|dg|iz|yz|[bcdfgkptz]l)$")  # arrived, forced, issued, judged, settled
_SHORT: Final = pattern("(?:qu|[^aeiou])*[aeiouy][^aeiouwxy]$")  # "hop" of "hoping": vowel, consonant
_SYLLABLE: Final = pattern("[aeiouy]+")


def base_forms(word: str) -> tuple[str, ...]:
    """What ``word`` is an inflected form of, nothing for a base form: "meetings" → meeting, meet.

    Of a verb that may have lost an -e it is the verb without ("decided" → decid): ``sought_forms`` of
    "decide" looks for that.
    """
    if word in _BASES:
        return (_BASES[word],)
    if word[-1] not in _LAST_LETTERS or len(word) < MIN_WORD or word in whole_endings("en"):
        return ()
    singulars = _singulars(word)
    return (*singulars, *(base for form in (word, *singulars) for base in _verbs(form)))


def sought_forms(word: str) -> tuple[str, ...]:
    """What else ``word`` is looked for as."""
    found = dict.fromkeys(base_forms(word))
    for base in (word, *found):
        if (
            base.endswith("e")
            and len(base) > MIN_LEFT
            and base not in _SILENT_E
            and _verb(base[:-1]) == (base[:-1],)
        ):
            found[base[:-1]] = None
        elif word in (base + "ed", base + "ing"):
            found[base + "e"] = None
    return tuple(found)


def _singulars(word: str) -> tuple[str, ...]:
    if not word.endswith("s") or word.endswith(("ss", "us", "ics")):
        return ()
    if word.endswith("is") and not word.endswith(_PEOPLES):
        return ()
    if word.endswith("ies"):
        return word[:-3] + "y", word[:-1]  # "armies", "movies"
    if word.endswith(("sses", "shes", "ches", "xes", "zzes", "oes")):
        return (word[:-2],)
    if word.endswith("uses") and _syllables(word[:-2]) > 1:
        return word[:-1], word[:-2]  # "accuses", "viruses"
    return (word[:-1],)


def _verbs(word: str) -> tuple[str, ...]:
    """The verb that ``word`` is a past or -ing form of."""
    if word in _BASES or word in whole_endings("en") or word.endswith("eed"):
        return ()
    if word.endswith("ied"):
        return (word[:-3] + "y",)
    for ending in ("ing", "ed"):
        stem = word.removesuffix(ending)
        if stem != word and _syllables(stem):
            return _verb(stem)
    return ()


def _verb(stem: str) -> tuple[str, ...]:
    """The verb that -ed or -ing was put to."""
    last = stem[-1]
    if stem[-2:] == last * 2 and stem not in _DOUBLE_KEPT:
        if last in "bdgmnprt":
            return (stem[:-1],)
        if last == "l" and _syllables(stem) > 1:
            return stem, stem[:-1]  # "installed", "controlled"
    elif _SURE_E.search(stem) or (len(stem) > 1 and _SHORT.fullmatch(stem)):
        return (stem + "e",)
    return (stem,) if len(stem) >= MIN_LEFT else ()


def _syllables(word: str) -> int:
    return len(_SYLLABLE.findall(word.replace("qu", "q")))
