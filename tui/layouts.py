"""What the keys of five keyboards print, and which key is meant by a character that was typed.

A reader of Arabic, Hebrew or Persian has that keyboard switched on to type in the filter, and should not have
to switch it off to move through a list: ت is the key on which a US keyboard has j, so it means j. Turkish
keyboards print every Latin letter, so what they print is what is meant; only what stands where a US keyboard
has brackets and the like means those.

Source of the tables: xkeyboard-config 2.35.1, symbols/ara, il, ir, tr (each variant is named below), after
the standards Arabic (101), SI 1452, ISIRI 9147, TS 2117.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import field
from functools import cache

from aggregator.dataclass import dataclass

SHIFTED = dict(zip("`1234567890-=[]\\;',./", '~!@#$%^&*()_+{}|:"<>?', strict=True))
"""What Shift makes of a US key that is no letter."""


@dataclass(frozen=True, slots=True)
class Layout:
    """A keyboard: US key -> what it prints plainly, with Shift, and (as far as it matters) with AltGr.

    ``latin`` is True where every Latin letter is printed somewhere.
    """

    name: str
    source: str
    plain: Mapping[str, str]
    shifted: Mapping[str, str]
    third: Mapping[str, str] = field(default_factory=dict)
    latin: bool = False

    def printed(self) -> Iterator[tuple[str, str]]:
        """Every (character, key it is on), the key as a US keyboard prints it: ``g``, ``G``, ``?``."""
        yield from ((char, key) for key, char in self.plain.items())
        yield from ((char, with_shift(key)) for key, char in self.shifted.items())


def pairs(*rows: str) -> dict[str, str]:
    """``"qض wص"`` as a table: a key and what it prints, for every word."""
    return {word[0]: word[1] for row in rows for word in row.split()}


def with_shift(key: str) -> str:
    """What a US keyboard prints for a key with Shift."""
    return SHIFTED.get(key) or key.upper()


ARABIC = Layout(
    "Arabic (101)",
    "ara(basic)",
    pairs(
        "`ذ 11 22 33 44 55 66 77 88 99 00 -- ==",
        "qض wص eث rق tف yغ uع iه oخ pح [ج ]د \\\\",
        "aش sس dي fب gل hا jت kن lم ;ك 'ط",
        "zئ xء cؤ vر b\ufefb nى mة ,و .ز /ظ",
    ),
    pairs(
        "`\u0651 1! 2@ 3# 4$ 5% 6^ 7& 8* 9) 0( -_ =+",
        "q\u064e w\u064b e\u064f r\u064c t\ufef9 yإ u` i÷ o× p؛ [< ]> \\…",
        "a\u0650 s\u064d d] f[ g\ufef7 hأ jـ k، l/ ;: '\"",
        "z~ x\u0652 c} v{ b\ufef5 nآ m' ,, .. /؟",
    ),
)
HEBREW = Layout(
    "Hebrew (SI 1452)",
    "il(basic)",
    pairs(
        "`; 11 22 33 44 55 66 77 88 99 00 -- ==",
        "q/ w' eק rר tא yט uו iן oם pפ [] ][ \\\\",
        "aש sד dג fכ gע hי jח kל lך ;ף ',",
        "zז xס cב vה bנ nמ mצ ,ת .ץ /.",
    ),
    pairs(
        "`~ 1! 2@ 3# 4$ 5% 6^ 7& 8* 9) 0( -_ =+",
        "qQ wW eE rR tT yY uU iI oO pP [} ]{ \\|",
        "aA sS dD fF gG hH jJ kK lL ;: '\"",
        "zZ xX cC vV bB nN mM ,> .< /?",
    ),
)
PERSIAN = Layout(
    "Persian (ISIRI 9147)",
    "ir(pes)",
    pairs(
        "`\u200d 1۱ 2۲ 3۳ 4۴ 5۵ 6۶ 7۷ 8۸ 9۹ 0۰ -- ==",
        "qض wص eث rق tف yغ uع iه oخ pح [ج ]چ \\\\",
        "aش sس dی fب gل hا jت kن lم ;ک 'گ",
        "zظ xط cز vر bذ nد mپ ,و .. //",
    ),
    pairs(
        "`÷ 1! 2٬ 3٫ 4﷼ 5٪ 6× 7، 8* 9) 0( -ـ =+",
        "q\u0652 w\u064c e\u064d r\u064b t\u064f y\u0650 u\u064e i\u0651 o] p[ [} ]{ \\|",
        "aؤ sئ dي fإ gأ hآ jة k» l« ;: '؛",
        "zك x\u0653 cژ v\u0670 b\u200c n\u0654 mء ,> .< /؟",
    ),
)
TURKISH_Q = Layout(
    "Turkish Q",
    "tr(basic)",
    pairs(
        '`" 11 22 33 44 55 66 77 88 99 00 -* =-',
        "qq ww ee rr tt yy uu iı oo pp [ğ ]ü \\,",
        "aa ss dd ff gg hh jj kk ll ;ş 'i",
        "zz xx cc vv bb nn mm ,ö .ç /.",
    ),
    pairs(
        "`é 1! 2' 3^ 4+ 5% 6& 7/ 8( 9) 0= -? =_",
        "qQ wW eE rR tT yY uU iI oO pP [Ğ ]Ü \\;",
        "aA sS dD fF gG hH jJ kK lL ;Ş 'İ",
        "zZ xX cC vV bB nN mM ,Ö .Ç /:",
    ),
    third=pairs("`< 1> 3# 4$ 7{ 8[ 9] 0} -\\ =| ]~"),
    latin=True,
)
TURKISH_F = Layout(
    "Turkish F",
    "tr(f)",
    pairs(
        "`+ 11 22 33 44 55 66 77 88 99 00 -/ =-",
        "qf wg eğ rı to yd ur in oh pp [q ]w \\x",
        "au si de fa gü ht jk km ll ;y 'ş",
        "zj xö cv vc bç nz ms ,b .. /,",
    ),
    pairs(
        "`* 1! 2\" 3^ 4$ 5% 6& 7' 8( 9) 0= -? =_",
        "qF wG eĞ rI tO yD uR iN oH pP [Q ]W \\X",
        "aU sİ dE fA gÜ hT jK kM lL ;Y 'Ş",
        "zJ xÖ cV vC bÇ nZ mS ,B .: /;",
    ),
    third=pairs("3# 7{ 8[ 9] 0} -\\ =| q@ ]~ '#"),
    latin=True,
)

LAYOUTS = (ARABIC, HEBREW, PERSIAN, TURKISH_Q, TURKISH_F)

LIGATURES = {"لا": "b", "لأ": "G", "لإ": "T", "لآ": "B"}
"""Two characters that one Arabic key types -> the key: libX11's Compose and Windows take U+FEFB apart."""
SAME_LETTERS = {"ı": "i", "İ": "I"}
"""Turkish letters that mean the Latin one: the dot tells two letters apart, not two commands."""
DIGITS = {chr(start + digit): str(digit) for start in (0x660, 0x6F0) for digit in range(10)}
"""Arabic-Indic and Persian digits."""


BY_LANGUAGE = {"ar": ARABIC, "fa": PERSIAN, "he": HEBREW}
"""The keyboards without Latin letters, by the language: who reads it most likely types on that one."""


def keyboard_of(character: str) -> str:
    """The one of these that prints this character; "" where several do, or none."""
    on = [language for language in BY_LANGUAGE if character in printed_by(language)]
    return on[0] if len(on) == 1 and not character.isascii() else ""


@cache
def printed_by(language: str) -> Mapping[str, str]:
    """Character -> the key it is on, of one of these."""
    printed = BY_LANGUAGE[language].printed()
    return {char: key for char, key in printed if key.isalpha() or not char.isascii()}


@cache
def meant(character: str, keyboard: str = "") -> tuple[str, ...]:
    """The US keys that a typed character may mean, the likeliest first (of ASCII: ' and / of Hebrew).

    Letters go before signs where keyboards differ (ظ is the Persian z and the Arabic slash: the slash is
    also printed elsewhere, the z is not). Before all goes what the ``keyboard`` prints that is typed on (of
    ``BY_LANGUAGE``); where that is not known, a character that is two capitals on two boards means neither.
    """
    if same := SAME_LETTERS.get(character) or DIGITS.get(character):
        return (same,)
    own = printed_by(keyboard).get(character, "") if keyboard else ""
    return tuple(key for key in dict.fromkeys((own, *keys_on(character))) if key)


def keys_on(character: str) -> tuple[str, ...]:
    """The same whatever keyboard it was."""
    on = [key for layout in LAYOUTS for char, key in foreign(layout) if char == character]
    letters = [key for key in on if key.islower()]
    capitals = {key for key in on if key.isupper()}
    if not letters and len(capitals) == 1:
        letters = list(capitals)
    signs = [key for key in on if not key.isalnum()]
    return tuple(dict.fromkeys((*letters, *signs)))


def foreign(layout: Layout) -> Iterator[tuple[str, str]]:
    """What a layout prints and its keys, without what is taken as it is printed."""
    for char, key in layout.printed():
        if layout.latin:
            if not char.isascii() and not key.isalpha():
                yield char, key
        elif not char.isascii() or key.islower():
            yield char, key
