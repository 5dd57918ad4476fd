"""Print ``tui/bidi/data.py`` from the files of the Unicode Character Database.

    python tests/bench/make_bidi_tables.py [--ucd /usr/share/unicode] > tui/bidi/data.py

The files are in Debian's package unicode-data, among others. Only facts that Python's ``unicodedata``
lacks are printed.
"""

from __future__ import annotations

import argparse
import re
import unicodedata
from collections.abc import Iterable, Iterator
from pathlib import Path

LINE = 104  # characters of a line of the table
ARABIC = "ARABIC"  # letters of the other joining scripts have no presentation forms, so nothing joins them
HEAD = '''"""Facts of the Unicode Character Database that ``unicodedata`` lacks.

Printed by tests/bench/make_bidi_tables.py; not edited by hand. The data files these facts are from are
© Unicode, Inc., under the Unicode licence (https://www.unicode.org/license.txt).
"""

from __future__ import annotations
'''


def rows(path: Path) -> Iterator[list[str]]:
    """The fields of a data file's lines."""
    for line in path.read_text(encoding="utf-8").splitlines():
        fields = [field.strip() for field in line.partition("#")[0].split(";")]
        if len(fields) > 1:
            yield fields


def version(folder: Path) -> str:
    """The version of the data files, major and minor."""
    first = (folder / "BidiMirroring.txt").read_text(encoding="utf-8").partition("\n")[0]
    found = re.search(r"-(\d+\.\d+)", first)
    return found[1] if found else ""


def mirrored(folder: Path) -> str:
    """Each pair of mirrored characters once, the lower first, one pair behind the other."""
    pairs = {tuple(sorted(int(code, 16) for code in row[:2])) for row in rows(folder / "BidiMirroring.txt")}
    return "".join(chr(code) for pair in sorted(pairs) for code in pair)


def joining(folder: Path, kind: str) -> str:
    """Arabic letters of a joining type, without those that ``unicodedata`` knows presentation forms of."""
    shaped = {
        chr(int(parts[1], 16))
        for code in (*range(0xFB50, 0xFE00), *range(0xFE70, 0xFF00))
        if len(parts := unicodedata.decomposition(chr(code)).split()) == 2
    }
    found = []
    for code, name, joins, _ in rows(folder / "ArabicShaping.txt"):
        letter = chr(int(code, 16))
        if joins == kind and unicodedata.name(letter, name).startswith(ARABIC) and letter not in shaped:
            found.append(letter)
    return "".join(sorted(found))


def unassigned(folder: Path) -> Iterator[tuple[int, int, str]]:
    """The bidirectional classes of code points without a character, where that is not L."""
    short = {"Right_To_Left": "R", "Arabic_Letter": "AL", "European_Terminator": "ET"}
    text = (folder / "extracted" / "DerivedBidiClass.txt").read_text(encoding="utf-8")
    for first, last, name in re.findall(r"@missing: (\w+)\.\.(\w+); (\w+)", text):
        if name in short:
            yield int(first, 16), int(last, 16), short[name]
    for code, kind in rows(folder / "extracted" / "DerivedBidiClass.txt"):
        first, _, last = code.partition("..")
        if kind == "BN" and unicodedata.category(chr(int(first, 16))) == "Cn" and not last.endswith("FFFF"):
            yield int(first, 16), int(last or first, 16), kind


def escaped(text: str) -> Iterator[str]:
    """Lines of a string literal."""
    line = ""
    for char in text:
        piece = char if char.isascii() and char not in '"\\' else ascii(char)[1:-1].replace('"', '\\"')
        piece = "\\\\" if char == "\\" else piece
        if len(line) + len(piece) > LINE:
            yield line
            line = ""
        line += piece
    yield line


def show(name: str, text: str, what: str) -> None:
    """Print a string constant."""
    print(f"{name} = (\n" + "\n".join(f'    "{line}"' for line in escaped(text)) + f'\n)\n"""{what}"""')


def table(ranges: Iterable[tuple[int, int, str]]) -> None:
    """Print the classes of what is unassigned."""
    print("UNASSIGNED = (")
    for first, last, kind in ranges:
        print(f'    (0x{first:04X}, 0x{last:04X}, "{kind}"),')
    print(')\n"""First and last code point, and the class of those between that are no character yet."""')


def main() -> None:
    """Print the module."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--ucd", type=Path, default=Path("/usr/share/unicode"))
    folder = parser.parse_args().ucd
    print(HEAD)
    print(f'VERSION = "{version(folder)}"\n"""Of the Unicode Character Database."""')
    show("MIRRORED", mirrored(folder), "Pairs of characters whose glyphs mirror each other (BidiMirroring).")
    show("DUAL", joining(folder, "D"), "Arabic letters that join on both sides, without presentation forms.")
    show("RIGHT", joining(folder, "R"), "The same for those that join with the letter before them only.")
    table(unassigned(folder))


if __name__ == "__main__":
    main()
