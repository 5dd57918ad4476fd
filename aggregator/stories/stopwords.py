"""Words too common to tell one event from another, in search spelling (see ``text.fold``).

Function words of five languages plus the words that every news page repeats. What is a small word in one
language is a telling one in its neighbour of the same script: «زير» is "under" in Persian and the stem of
"minister" in Arabic, "son" is "last" in Turkish. So a text is read with the lists of its own language and
of the other scripts.
"""

from __future__ import annotations

from functools import cache
from typing import Final

from aggregator.text.fold import fold

ENGLISH = """
a about after again against all also am an and any are as at be because been before being
between both but by can could did do does doing down during each few for from further get had
has have having he her here hers him his how i if in into is it its itself just me more most my
new no nor not now of off on once one only or other our out over own said same say says she
should since so some such than that the their them then there these they this those three
through to told two too under until up us very was we week were what when where which while who
whom why will with would year years you your day days monday tuesday wednesday thursday friday
saturday sunday news report reports live breaking update video photos watch read first last amid
today yesterday tomorrow
"""

ARABIC = """
في من على الى عن مع هذا هذه ذلك تلك التي الذي الذين ان كان كانت يكون قد لقد لا لم لن ما هو هي هم
ثم او ام بل حتى بعد قبل بين خلال عند حول كل بعض غير منذ دون ضد نحو وفق قال قالت يقول اليوم امس
غدا عام سنه يوم ايام شهر اكثر اقل اول اخر جديد جديده كما لكن لان اذا اي ايضا عبر تحت فوق امام
وراء ضمن حيث بعدما بينما انه انها وهو وهي وقد كذلك عاجل خاص فيديو تقرير خبر اخبار شاهد بسبب
بشان
"""

HEBREW = """
של על את עם זה זאת הוא היא הם הן אני אנחנו לא כן כי אם או גם רק עוד כל כמו אבל אך אל מן בין לפני
אחרי תחת מול היה היתה היו יהיה תהיה יש אין מה מי איך למה מתי איפה כאן שם אז כבר יותר פחות מאוד
לאחר בעקבות במהלך לגבי אמר אמרה היום אתמול מחר שנה שנים יום ימים חדש חדשה ראשון אחד אחת שני שתי
בו בה לו לה להם שלו שלה שלהם דיווח צפו תיעוד
"""

PERSIAN = """
در از به با برای که این ان را و یا تا بر هم هر قبل بعد نیز است بود شد شده می شود کرد کرده کند کنند باید
دارد دارند داشت خود او ما شما انها یک دو سه پس پیش بین روی زیر بالای دیگر همه هیچ بسیار بیشتر
کمتر اما اگر چون ولی نه بی گفت گفته امروز دیروز فردا سال روز ماه هفته جدید نخست اول اخر خبر
گزارش ویدئو تصاویر درباره سوی توسط علیه ها های ای
"""

TURKISH = """
ve bir bu da de icin ile o ne mi mı mu mü ya ki daha en cok az gibi kadar sonra once ama fakat
veya hem her hic olan olarak oldu olacak olduğu eden etti edildi ediyor dedi soyledi var yok ise
ancak cunku tum bazi diye gore bugun dun yarin yil gun ay hafta yeni ilk son haber dakika video
foto iste uzerine karsi tarafindan arasinda
"""

_LISTS: Final = {"en": ENGLISH, "ar": ARABIC, "he": HEBREW, "fa": PERSIAN, "tr": TURKISH}
_SAME_SCRIPT: Final = {"en": "tr", "tr": "en", "ar": "fa", "fa": "ar"}


@cache
def stopwords(language: str) -> frozenset[str]:
    """The stop words for texts of a language; those of all five for one that has no list here."""
    other = _SAME_SCRIPT.get(language)
    return frozenset(
        fold(word).replace(" ", "")
        for name, words in _LISTS.items()
        if name != other
        for word in words.split()
    )
