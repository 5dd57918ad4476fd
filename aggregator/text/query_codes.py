"""Codes of languages and countries as the filter language takes them, and what people type instead. Pure."""

from __future__ import annotations

import re
from typing import Final

from aggregator.late import pattern

# ISO 639-1; feeds use no other two-letter codes.
_TWO_LETTERS = pattern(
    "a[abefkmnrsvyz]|b[aeghimnors]|c[aehorsuvy]|d[aevz]|e[elnostu]|f[afijory]|g[adlnuv]|h[aeiortuyz]|"
    "i[adegikostu]|j[av]|k[agijklmnorsuvwy]|l[abginotuv]|m[ghiklnrsty]|n[abdeglnorvy]|o[cjmrs]|"
    "p[ailst]|q[u]|r[mnouw]|s[acdegiklmnoqrstuvw]|t[aeghiklnorstwy]|u[gkrz]|v[eio]|w[ao]|x[h]|y[io]|"
    "z[ahu]"
)
_THREE_LETTERS = pattern(r"[a-z]{3}", re.ASCII)

# What is typed instead of a code: names, three-letter and older codes.
LANGUAGES: Final = {
    **dict.fromkeys(("arab", "arabic", "ara", "arabe", "عربي", "العربية", "عربی"), "ar"),
    **dict.fromkeys(("english", "eng", "anglais", "ingilizce", "انگلیسی", "אנגלית"), "en"),
    **dict.fromkeys(("hebrew", "heb", "iw", "ivrit", "עברית", "עבריתית", "عبري"), "he"),
    **dict.fromkeys(("persian", "farsi", "fas", "per", "pes", "prs", "dari", "فارسی", "فارسي"), "fa"),
    **dict.fromkeys(("turkish", "tur", "turkce", "türkçe", "تركي"), "tr"),
    **dict.fromkeys(("kurdish", "kur", "ckb", "kmr", "sorani", "kurmanji", "kurdî", "کوردی"), "ku"),
    **dict.fromkeys(("french", "fra", "fre", "français", "francais"), "fr"),
    **dict.fromkeys(("german", "deu", "ger", "deutsch"), "de"),
    **dict.fromkeys(("russian", "rus", "русский"), "ru"),
    **dict.fromkeys(("spanish", "spa", "español"), "es"),
    **dict.fromkeys(("armenian", "hye", "arm"), "hy"),
    **dict.fromkeys(("azerbaijani", "azeri", "aze"), "az"),
    **dict.fromkeys(("urdu", "urd"), "ur"),
    **dict.fromkeys(("pashto", "pus"), "ps"),
    **dict.fromkeys(("yiddish", "yid", "ji"), "yi"),
}

COUNTRIES: Final = {
    **dict.fromkeys(("afghanistan", "afg"), "AF"),
    **dict.fromkeys(("algeria", "dza"), "DZ"),
    **dict.fromkeys(("bahrain", "bhr"), "BH"),
    **dict.fromkeys(("egypt", "egy", "misr", "مصر"), "EG"),
    **dict.fromkeys(("iran", "irn", "persia", "ایران", "إيران"), "IR"),
    **dict.fromkeys(("iraq", "irq", "العراق"), "IQ"),
    **dict.fromkeys(("israel", "isr", "ישראל"), "IL"),
    **dict.fromkeys(("jordan", "jor", "الأردن"), "JO"),
    **dict.fromkeys(("kuwait", "kwt", "الكويت"), "KW"),
    **dict.fromkeys(("lebanon", "lbn", "لبنان"), "LB"),
    **dict.fromkeys(("libya", "lby", "ليبيا"), "LY"),
    **dict.fromkeys(("mauritania", "mrt"), "MR"),
    **dict.fromkeys(("morocco", "mar", "maroc", "المغرب"), "MA"),
    **dict.fromkeys(("oman", "omn", "عمان"), "OM"),
    **dict.fromkeys(("palestine", "pse", "gaza", "فلسطين"), "PS"),
    **dict.fromkeys(("qatar", "qat", "قطر"), "QA"),
    **dict.fromkeys(("saudi", "saudi arabia", "ksa", "sau", "السعودية"), "SA"),
    **dict.fromkeys(("sudan", "sdn", "السودان"), "SD"),
    **dict.fromkeys(("syria", "syr", "سوريا"), "SY"),
    **dict.fromkeys(("tunisia", "tun", "تونس"), "TN"),
    **dict.fromkeys(("turkey", "türkiye", "turkiye", "tur"), "TR"),
    **dict.fromkeys(("emirates", "uae", "are", "الإمارات"), "AE"),
    **dict.fromkeys(("yemen", "yem", "اليمن"), "YE"),
    **dict.fromkeys(("britain", "england", "united kingdom", "gbr"), "GB"),
    **dict.fromkeys(("usa", "america", "united states"), "US"),
    **dict.fromkeys(("france", "fra"), "FR"),
    **dict.fromkeys(("germany", "deu"), "DE"),
    **dict.fromkeys(("russia", "rus"), "RU"),
    **dict.fromkeys(("cyprus", "cyp"), "CY"),
}


def known_language(code: str) -> bool:
    """Whether articles can be in this language: an ISO 639 code that no shorter one stands for."""
    if code in LANGUAGES:
        return False
    return bool(_TWO_LETTERS.fullmatch(code) or _THREE_LETTERS.fullmatch(code))
