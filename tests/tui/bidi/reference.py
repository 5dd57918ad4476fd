"""UAX #9 a second time, rule by rule and without any cleverness: what the engine is held against.

One character at a time, classes by their own names, nothing shared with the engine but the table of
mirrored characters, out of which both take the brackets.
"""

from __future__ import annotations

import unicodedata

from tui.bidi.data import MIRRORED

LEVELS = 125
GONE = {"LRE", "RLE", "LRO", "RLO", "PDF", "BN"}
INITIATORS = {"LRI", "RLI", "FSI"}
NEUTRAL = {"B", "S", "WS", "ON", "LRI", "RLI", "FSI", "PDI"}
PAIRS = {
    MIRRORED[i]: MIRRORED[i + 1]
    for i in range(0, len(MIRRORED), 2)
    if unicodedata.category(MIRRORED[i]) == "Ps" and unicodedata.category(MIRRORED[i + 1]) == "Pe"
}


def class_of(char: str) -> str:
    """The class of an assigned character."""
    return unicodedata.bidirectional(char)


def matching(classes: list[str]) -> dict[int, int]:
    """BD9, by counting forward from each initiator."""
    found = {}
    for begin, name in enumerate(classes):
        depth = 1
        for place in range(begin + 1, len(classes)):
            if name not in INITIATORS:
                break
            depth += (classes[place] in INITIATORS) - (classes[place] == "PDI")
            if depth == 0:
                found[begin] = place
                break
    return found


def first_level(classes: list[str], pairs: dict[int, int], begin: int, end: int) -> int:
    """P2 and P3 from ``begin`` to ``end``."""
    place = begin
    while place < end:
        if classes[place] in ("L", "R", "AL"):
            return 0 if classes[place] == "L" else 1
        if classes[place] in INITIATORS:
            place = pairs.get(place, end)
        place += 1
    return 0


def explicit(  # noqa: C901  # as the standard has it
    classes: list[str], base: int, pairs: dict[int, int]
) -> tuple[list[str], list[int]]:
    """X1 to X8."""
    classes = list(classes)
    original = list(classes)
    levels = [base] * len(classes)
    stack: list[tuple[int, str, bool]] = [(base, "neutral", False)]
    overflow_isolates = overflow_embeddings = valid_isolates = 0
    for i, name in enumerate(original):
        if name in ("RLE", "LRE", "RLO", "LRO"):
            new = next_level(stack[-1][0], odd=name[0] == "R")
            override = {"RLO": "R", "LRO": "L"}.get(name, "neutral")
            if new <= LEVELS and overflow_isolates == 0 and overflow_embeddings == 0:
                stack.append((new, override, False))
            elif overflow_isolates == 0:
                overflow_embeddings += 1
        elif name in INITIATORS:
            levels[i] = stack[-1][0]
            if stack[-1][1] != "neutral":
                classes[i] = stack[-1][1]
            right = name == "RLI"
            if name == "FSI":
                right = first_level(original, pairs, i + 1, pairs.get(i, len(original))) == 1
            new = next_level(stack[-1][0], odd=right)
            if new <= LEVELS and overflow_isolates == 0 and overflow_embeddings == 0:
                valid_isolates += 1
                stack.append((new, "neutral", True))
            else:
                overflow_isolates += 1
        elif name == "PDI":
            if overflow_isolates > 0:
                overflow_isolates -= 1
            elif valid_isolates > 0:
                overflow_embeddings = 0
                while not stack[-1][2]:
                    stack.pop()
                stack.pop()
                valid_isolates -= 1
            levels[i] = stack[-1][0]
            if stack[-1][1] != "neutral":
                classes[i] = stack[-1][1]
        elif name == "PDF":
            if overflow_isolates > 0:
                pass
            elif overflow_embeddings > 0:
                overflow_embeddings -= 1
            elif not stack[-1][2] and len(stack) >= 2:
                stack.pop()
        elif name == "B":
            levels[i] = base
        elif name != "BN":
            levels[i] = stack[-1][0]
            if stack[-1][1] != "neutral":
                classes[i] = stack[-1][1]
    return classes, levels


def next_level(level: int, *, odd: bool) -> int:
    """The least greater level that is odd, or even."""
    level += 1
    while level % 2 != odd:
        level += 1
    return level


def run_sequences(classes: list[str], levels: list[int], pairs: dict[int, int]) -> list[list[int]]:
    """X9, BD7 and BD13: places of each isolating run sequence."""
    kept = [i for i, name in enumerate(classes) if name not in GONE]
    runs: list[list[int]] = []
    for i in kept:
        if runs and levels[runs[-1][-1]] == levels[i]:
            runs[-1].append(i)
        else:
            runs.append([i])
    sequences = []
    for run in runs:
        if run[0] in pairs.values():
            continue
        sequence = list(run)
        while sequence[-1] in pairs:
            sequence += next(other for other in runs if other[0] == pairs[sequence[-1]])
        sequences.append(sequence)
    return sequences


def weak(names: list[str], sos: str) -> None:  # noqa: C901
    """W1 to W7, in place."""
    for i, name in enumerate(names):
        if name == "NSM":
            before = names[i - 1] if i else sos
            names[i] = "ON" if before in INITIATORS or before == "PDI" else before
    for i, name in enumerate(names):
        if name == "EN" and strong_before(names, i, ("L", "R", "AL"), sos) == "AL":
            names[i] = "AN"
    names[:] = ["R" if name == "AL" else name for name in names]
    for i in range(1, len(names) - 1):
        around = (names[i - 1], names[i + 1])
        if (names[i] in ("ES", "CS") and around == ("EN", "EN")) or (
            names[i] == "CS" and around == ("AN", "AN")
        ):
            names[i] = around[0]
    for i, name in enumerate(names):
        if name == "ET" and (touches(names, i, -1) or touches(names, i, 1)):
            names[i] = "e"  # not EN yet: the next one would touch it all the same
    names[:] = ["EN" if name == "e" else "ON" if name in ("ET", "ES", "CS") else name for name in names]
    for i, name in enumerate(names):
        if name == "EN" and strong_before(names, i, ("L", "R"), sos) == "L":
            names[i] = "L"


def touches(names: list[str], i: int, step: int) -> bool:
    """Does the run of terminators around ``i`` touch a European number on one side (W5)?"""
    while 0 <= i < len(names) and names[i] in ("ET", "e"):
        i += step
    return 0 <= i < len(names) and names[i] == "EN"


def strong_before(names: list[str], i: int, wanted: tuple[str, ...], sos: str) -> str:
    """The nearest of some classes before a place."""
    return next((names[j] for j in range(i - 1, -1, -1) if names[j] in wanted), sos)


def brackets(  # noqa: C901
    names: list[str], original: list[str], chars: str, level: int, sos: str
) -> None:
    """BD16 and N0, in place."""
    stack: list[tuple[str, int]] = []
    found: list[tuple[int, int]] = []
    for i, char in enumerate(chars):
        if names[i] != "ON":
            continue
        if char in PAIRS:
            if len(stack) == 63:
                break
            stack.append((unicodedata.normalize("NFC", PAIRS[char]), i))
        elif char in PAIRS.values():
            for depth in range(len(stack) - 1, -1, -1):
                if stack[depth][0] == unicodedata.normalize("NFC", char):
                    found.append((stack[depth][1], i))
                    del stack[depth:]
                    break
    embedding = "LR"[level % 2]
    for first, last in sorted(found):
        inside = [direction(name) for name in names[first + 1 : last]]
        if embedding in inside:
            new = embedding
        elif any(inside):
            before = [direction(name) for name in [sos, *names[:first]]]
            new = [name for name in before if name][-1]
        else:
            continue
        for place in (first, last):
            names[place] = new
            place += 1
            while place < len(names) and original[place] == "NSM":
                names[place] = new
                place += 1


def direction(name: str) -> str:
    """The direction of a strong class or number, "" of a neutral."""
    return "L" if name == "L" else "R" if name in ("R", "EN", "AN") else ""


def neutrals(names: list[str], level: int, sos: str, eos: str) -> None:
    """N1 and N2, in place."""
    old = list(names)
    for i, name in enumerate(old):
        if name in NEUTRAL:
            before, after = i, i
            while before >= 0 and old[before] in NEUTRAL:
                before -= 1
            while after < len(old) and old[after] in NEUTRAL:
                after += 1
            left = direction(old[before]) if before >= 0 else sos
            right = direction(old[after]) if after < len(old) else eos
            names[i] = left if left == right else "LR"[level % 2]


def implicit(name: str, level: int) -> int:
    """I1 and I2."""
    if level % 2 == 0:
        return level + {"L": 0, "R": 1, "AN": 2, "EN": 2}[name]
    return level + {"L": 1, "R": 0, "AN": 1, "EN": 1}[name]


def line_levels(text: str, base: int | None = None) -> tuple[int, list[int | None]]:
    """The paragraph level and, after L1 for one line, each character's level, None for what X9 removes."""
    original = [class_of(char) for char in text]
    pairs = matching(original)
    level = first_level(original, pairs, 0, len(text)) if base is None else base
    classes, levels = explicit(original, level, pairs)
    kept = [i for i, name in enumerate(original) if name not in GONE]
    fixed = list(levels)
    for sequence in run_sequences(original, levels, pairs):
        first, last = kept.index(sequence[0]), kept.index(sequence[-1])
        own = fixed[sequence[0]]
        before = fixed[kept[first - 1]] if first else level
        after = fixed[kept[last + 1]] if last + 1 < len(kept) else level
        if original[sequence[-1]] in INITIATORS:
            after = level
        sos, eos = "LR"[max(own, before) % 2], "LR"[max(own, after) % 2]
        names = [classes[i] for i in sequence]
        raw = list(names)
        weak(names, sos)
        brackets(names, raw, "".join(text[i] for i in sequence), own, sos)
        neutrals(names, own, sos, eos)
        for i, name in zip(sequence, names, strict=True):
            levels[i] = implicit(name, own)
    resting = True
    for i in range(len(text) - 1, -1, -1):
        resting = original[i] in ("S", "B") or (resting and original[i] in GONE | INITIATORS | {"WS", "PDI"})
        if resting:
            levels[i] = level
    return level, [None if name in GONE else levels[i] for i, name in enumerate(original)]


def visual_order(levels: list[int]) -> list[int]:
    """L2, by reversing step by step what is at a level or higher."""
    order = list(range(len(levels)))
    for level in range(max(levels, default=0), 0, -1):
        i = 0
        while i < len(order):
            j = i
            while j < len(order) and levels[order[j]] >= level:
                j += 1
            order[i:j] = order[i:j][::-1]
            i = max(j, i + 1)
    return order
