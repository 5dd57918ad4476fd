"""Invented news: events told by invented outlets in five languages, and the way of them into a cache."""

from __future__ import annotations

import asyncio
import json
import random
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from typing import Any

from aggregator.catchup import catch_up
from aggregator.config import RelatedSettings
from aggregator.library import Library
from aggregator.model import ArticleDraft, Block
from aggregator.store.links import WORTH_SHOWING
from aggregator.stories.features import features
from aggregator.stories.titles import Kind
from aggregator.text.blocks import pack_blocks
from aggregator.text.searchable import searchable
from aggregator.text.times import iso
from aggregator.writer import Arrival, Writer, store_arrivals
from tests.aggregator.rounds import query

HOUR, DAY = 3600, 86400
START = 1_790_000_000 // DAY * DAY  # the first day of the invented news, midnight UTC
NOW = START + 30 * DAY

OUTLETS = {
    "en": ("Cedar Daily", "Levant Courier", "Gulf Ledger"),
    "ar": ("صحيفة المنار الجديد", "شبكة الواحة"),
    "he": ("עיתון החוף",),
    "fa": ("روزنامه چنار",),
    "tr": ("Liman Gazetesi",),
}
LANGUAGE_OF = {outlet: language for language, outlets in OUTLETS.items() for outlet in outlets}

# a place in five languages
PLACES = (
    ("Latakia", "اللاذقية", "לטקיה", "لاذقیه", "Lazkiye"),
    ("Basra", "البصرة", "בצרה", "بصره", "Basra"),
    ("Haifa", "حيفا", "חיפה", "حیفا", "Hayfa"),
    ("Izmir", "إزمير", "איזמיר", "ازمیر", "İzmir"),
    ("Shiraz", "شيراز", "שיראז", "شیراز", "Şiraz"),
    ("Aden", "عدن", "עדן", "عدن", "Aden"),
    ("Muscat", "مسقط", "מוסקט", "مسقط", "Maskat"),
    ("Irbid", "إربد", "אירביד", "اربد", "İrbid"),
    ("Tabriz", "تبريز", "תבריז", "تبریز", "Tebriz"),
    ("Tripoli", "طرابلس", "טריפולי", "طرابلس", "Trablus"),
)
# what happens: two wordings in English, one in each other language; {p} place, {n} number
HAPPENINGS = (
    (
        ("Fire guts old museum in {p}, {n} evacuated", "{n} flee as blaze sweeps {p} museum"),
        "حريق يلتهم المتحف القديم في {p} وإجلاء {n} شخصا",
        "שריפה כילתה את המוזיאון הישן ב{p}, {n} פונו",
        "آتش‌سوزی موزه قدیمی {p} را سوزاند و {n} نفر تخلیه شدند",
        "{p} kentinde eski müze yandı, {n} kişi tahliye edildi",
    ),
    (
        ("Bus drivers strike in {p} over {n} unpaid wages", "{p} bus depot shut, {n} drivers on strike"),
        "إضراب سائقي الحافلات في {p} بسبب أجور {n} سائقا",
        "שביתת נהגי אוטובוסים ב{p}: {n} נהגים בלי שכר",
        "اعتصاب رانندگان اتوبوس {p} برای دستمزد {n} راننده",
        "{p} otobüs şoförleri greve gitti, {n} şoför maaş alamadı",
    ),
    (
        ("Flash flood drowns {n} homes in {p}", "{n} homes under water after {p} flood"),
        "فيضانات تغمر {n} منزلا في {p}",
        "הצפות ב{p}: {n} בתים מתחת למים",
        "سیل در {p} و {n} خانه زیر آب رفت",
        "{p} kentinde sel, {n} ev su altında kaldı",
    ),
    (
        ("Mosaic of {n} stones unearthed near {p}", "Farmer finds {n}-stone Roman mosaic outside {p}"),
        "اكتشاف فسيفساء رومانية من {n} حجرا قرب {p}",
        "פסיפס רומי של {n} אבנים נחשף ליד {p}",
        "کشف موزاییک رومی با {n} سنگ نزدیک {p}",
        "{p} yakınında {n} taşlı Roma mozaiği bulundu",
    ),
    (
        ("Train derails outside {p}, {n} hurt", "{n} injured as express leaves rails near {p}"),
        "خروج قطار عن السكة قرب {p} وإصابة {n} راكبا",
        "רכבת ירדה מהפסים ליד {p}, {n} נפצעו",
        "خروج قطار از ریل در {p} با {n} مجروح",
        "{p} yakınında tren raydan çıktı, {n} yaralı",
    ),
    (
        ("Ferry sinks off {p} with {n} aboard", "{n} passengers rescued from sinking {p} ferry"),
        "غرق عبارة قبالة {p} وعلى متنها {n} راكبا",
        "מעבורת טבעה מול חופי {p} ועליה {n} נוסעים",
        "غرق کشتی مسافری در ساحل {p} با {n} سرنشین",
        "{p} açıklarında {n} yolculu feribot battı",
    ),
    (
        ("Oil slick of {n} tonnes reaches {p} beaches", "{p} beaches closed after {n}-tonne crude spill"),
        "تسرب {n} طنا من النفط يصل إلى شواطئ {p}",
        "כתם נפט של {n} טונות הגיע לחופי {p}",
        "نشت {n} تن نفت به سواحل {p} رسید",
        "{n} tonluk petrol sızıntısı {p} plajlarına ulaştı",
    ),
    (
        ("Locust swarm strips {n} farms around {p}", "{n} farmers near {p} lose wheat to locusts"),
        "أسراب الجراد تجتاح {n} مزرعة حول {p}",
        "נחיל ארבה השמיד {n} חוות סביב {p}",
        "هجوم ملخ‌ها به {n} مزرعه در اطراف {p}",
        "Çekirge sürüsü {p} çevresinde {n} tarlayı yok etti",
    ),
    (
        ("{n} inmates tunnel out of {p} prison", "Prison break in {p}: {n} convicts on the run"),
        "فرار {n} سجينا من سجن {p} عبر نفق",
        "{n} אסירים נמלטו מכלא {p} דרך מנהרה",
        "فرار {n} زندانی از زندان {p} با تونل",
        "{p} cezaevinden {n} mahkum tünelle kaçtı",
    ),
    (
        ("Power cut leaves {n} villages dark around {p}", "Grid failure blacks out {p} and {n} villages"),
        "انقطاع الكهرباء عن {n} قرية حول {p}",
        "הפסקת חשמל ב{n} כפרים סביב {p}",
        "قطع برق {n} روستا در اطراف {p}",
        "{p} çevresinde {n} köy elektriksiz kaldı",
    ),
    (
        (
            "Students occupy {p} university: {n} expelled",
            "{p} campus sit-in after {n} students expelled",
        ),
        "طلاب يعتصمون في جامعة {p} بعد فصل {n} طالبا",
        "סטודנטים השתלטו על אוניברסיטת {p} אחרי הרחקת {n}",
        "تحصن دانشجویان دانشگاه {p} پس از اخراج {n} دانشجو",
        "{p} üniversitesinde öğrenciler {n} ihraca karşı işgalde",
    ),
    (
        (
            "Cholera vaccination of {n} children begins in {p}",
            "{p} clinics give {n} children cholera vaccine",
        ),
        "بدء تطعيم {n} طفلا ضد الكوليرا في {p}",
        "החל חיסון {n} ילדים נגד כולרה ב{p}",
        "آغاز واکسیناسیون {n} کودک علیه وبا در {p}",
        "{p} kentinde {n} çocuğa kolera aşısı yapılıyor",
    ),
    (
        ("Hackers drain {n} accounts at {p} bank", "{p} bank admits breach of {n} accounts"),
        "قراصنة يخترقون {n} حسابا في مصرف {p}",
        "האקרים רוקנו {n} חשבונות בבנק של {p}",
        "هکرها {n} حساب بانک {p} را خالی کردند",
        "Bilgisayar korsanları {p} bankasında {n} hesabı boşalttı",
    ),
    (
        ("{p} film festival opens with {n} premieres", "Red carpet in {p} as festival shows {n} films"),
        "افتتاح مهرجان {p} السينمائي بعرض {n} فيلما",
        "פסטיבל הסרטים של {p} נפתח עם {n} בכורות",
        "جشنواره فیلم {p} با {n} فیلم آغاز شد",
        "{p} film festivali {n} filmle açıldı",
    ),
)
LANGUAGES = ("en", "ar", "he", "fa", "tr")


@dataclass(frozen=True, slots=True)
class Piece:
    """An invented article; ``at`` is its time in seconds, ``event`` the number of what it tells."""

    guid: str
    title: str
    outlet: str
    at: int
    lead: str = ""
    url: str = ""
    links: tuple[str, ...] = ()
    language: str = ""
    event: int = 0

    @property
    def spoken(self) -> str:
        """Its language: its own, else its outlet's."""
        return self.language or LANGUAGE_OF[self.outlet]

    @property
    def address(self) -> str:
        """Where it lies."""
        return self.url or f"https://paper.example/{self.guid}"


def events(number: int, seed: int = 1, *, most: int = 5) -> list[Piece]:
    """``number`` events, each told by two to ``most`` outlets in their own wording within ten hours.

    What happens happens again four days later in another town, which is beyond the reach of one story.
    """
    source = random.Random(seed)
    pieces = []
    for event in range(number):
        round_, kind = divmod(event, len(HAPPENINGS))
        happening, place = HAPPENINGS[kind], PLACES[(kind * 3 + round_) % len(PLACES)]
        figure, began = source.randrange(21, 980), START + round_ * 4 * DAY + source.randrange(10 * HOUR)
        outlets = source.sample(sorted(LANGUAGE_OF), source.randrange(2, most + 1))
        for turn, outlet in enumerate(sorted(outlets)):
            at = LANGUAGES.index(LANGUAGE_OF[outlet])
            wordings = happening[at]
            wording = wordings if isinstance(wordings, str) else wordings[turn % 2]
            title = wording.format(p=place[at], n=figure)
            seen = began + source.randrange(10 * HOUR)
            pieces.append(Piece(f"e{event}-{turn}", title, outlet, seen, event=event))
    return pieces


# --- into a cache ---


def draft(piece: Piece) -> ArticleDraft:
    """A piece as cleaning makes it."""
    made = ArticleDraft(
        guid=piece.guid,
        url=piece.address,
        title=piece.title,
        author="",
        summary=piece.lead,
        body=pack_blocks([Block("p", piece.lead)] if piece.lead else []),
        published=piece.at,
        updated=None,
        language=piece.spoken,
        content_hash=blake2b(f"{piece.title}\0{piece.lead}".encode(), digest_size=16).digest(),
        folded=searchable(piece.title, piece.lead, "", language=piece.spoken),
        terms=b"",
        own_links=piece.links,
    )
    return ArticleDraft(
        **{name: getattr(made, name) for name in made.__slots__} | {"terms": features(made, piece.outlet)}
    )


def arrivals(pieces: Iterable[Piece]) -> list[Arrival]:
    """The pieces by outlet, each an archive's feed."""
    by_outlet: defaultdict[str, list[Piece]] = defaultdict(list)
    for piece in pieces:
        by_outlet[piece.outlet].append(piece)
    return [
        Arrival(f"archive:{outlet}", outlet, told[0].spoken, tuple(map(draft, told)))
        for outlet, told in by_outlet.items()
    ]


async def bring_to(writer: Writer, pieces: Iterable[Piece], **options: Any) -> None:
    """Store the pieces and relate all that waits, by words alone."""
    settings = RelatedSettings(vectors=False)
    made = arrivals(pieces)
    await writer.call(lambda store: store_arrivals(made, NOW, store))
    await catch_up(writer, settings, asyncio.Event(), seconds=0, **options)


def bring(cache: Path, pieces: Iterable[Piece] = ()) -> None:
    """What an import of the pieces does to a cache."""

    async def work() -> None:
        async with Writer(cache) as writer:
            await bring_to(writer, pieces)

    asyncio.run(work())


def write_archive(path: Path, pieces: Iterable[Piece]) -> Path:
    """The pieces as a file that ``archive import`` takes."""
    lines = [
        {
            "id": piece.guid,
            "title": piece.title,
            "source": piece.outlet,
            "date": iso(piece.at),
            "language": piece.spoken,
            "url": piece.address,
            "text": piece.lead,
        }
        for piece in pieces
    ]
    path.write_text("".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines), "utf-8")
    return path


# --- what came of it ---


def groups(config: Any) -> set[frozenset[str]]:
    """The stories as sets of guids, those of one article too."""
    found: defaultdict[int, set[str]] = defaultdict(set)
    rows = "SELECT m.story_id, b.guid FROM story_members m JOIN bodies b ON b.id = m.article_id"
    for story, guid in query(config, rows):
        found[story].add(guid)
    return {frozenset(members) for members in found.values()}


def ids_of(library: Library) -> dict[str, int]:
    """guid -> article."""
    return {article.guid: article.row.id for article in library.every_article()}


def in_company(library: Library, guid: str) -> set[str]:
    """The guids of the story of an article, its own included."""
    story = library.story_of(ids_of(library)[guid])
    known = {article: name for name, article in ids_of(library).items()}
    return {known[row.id] for row in story.articles} if story else {guid}


def bcubed(one: Iterable[frozenset[str]], other: Iterable[frozenset[str]]) -> float:
    """BCubed F1 of two groupings of the same articles (Bagga & Baldwin 1998)."""
    first = {guid: group for group in one for guid in group}
    second = {guid: group for group in other for guid in group}
    assert first.keys() == second.keys()

    def precision(mine: dict[str, frozenset[str]], yours: dict[str, frozenset[str]]) -> float:
        return sum(len(mine[g] & yours[g]) / len(mine[g]) for g in mine) / len(mine)

    p, r = precision(first, second), precision(second, first)
    return 2 * p * r / (p + r)


JUNK = f"{list(Kind).index(Kind.JUNK):02x}"  # as packed features have it
BROKEN = {
    "an article stands twice": "SELECT f.url, b.guid FROM articles a JOIN bodies b ON b.id = a.id "
    "JOIN feeds f ON f.id = a.feed_id GROUP BY 1, 2 HAVING count(*) > 1",
    "a member is no article": "SELECT 1 FROM story_members m LEFT JOIN articles a ON a.id = m.article_id "
    "LEFT JOIN stories s ON s.id = m.story_id WHERE a.id IS NULL OR s.id IS NULL",
    "an article that was compared and is no junk is in no story": "SELECT id FROM articles "
    "WHERE id NOT IN (SELECT id FROM unrelated) AND id NOT IN (SELECT article_id FROM story_members) "
    f"AND id NOT IN (SELECT id FROM features WHERE substr(terms, 2, 1) = x'{JUNK}')",
    "a story has no articles": "SELECT id FROM stories WHERE id NOT IN (SELECT story_id FROM story_members)",
    "a story counts others than its members": "SELECT s.id FROM stories s WHERE "
    "(s.members, s.reports, s.first, s.last) IS NOT (SELECT sum(role = 0), sum(role = 0 AND copy_of = 0), "
    "coalesce(min(iif(role = 0, article_id, NULL)), min(article_id)) >> 20, max(article_id) >> 20 "
    "FROM story_members WHERE story_id = s.id)",
    "a link or pair leads to no article": "SELECT target FROM links UNION SELECT one FROM pairs "
    "UNION SELECT other FROM pairs EXCEPT SELECT id FROM articles",
    "a list counts other links than it shows": "SELECT id FROM articles a WHERE related <> "
    "(SELECT count(DISTINCT target) FROM links WHERE source = a.id "
    f"AND (kind <> 'maybe' OR score >= {WORTH_SHOWING}))",
    "a link is called the same event across two stories": "SELECT l.source FROM links l "
    "JOIN story_members m ON m.article_id = l.source JOIN story_members n ON n.article_id = l.target "
    "WHERE l.kind = 'same-event' AND m.story_id <> n.story_id",
    "a number of a story that is gone leads nowhere": "SELECT old FROM story_aliases "
    "WHERE story_id NOT IN (SELECT id FROM stories)",
    "a number leads to two stories": "SELECT old FROM story_aliases WHERE old IN (SELECT id FROM stories)",
    "a thread leads to no story": "SELECT target FROM story_links EXCEPT SELECT id FROM stories",
}


def broken(config: Any) -> list[str]:
    """What of a cache is half-written, in words; empty when all is whole."""
    damage = [f"damaged: {row[0]}" for row in query(config, "PRAGMA integrity_check") if row[0] != "ok"]
    return damage + [what for what, sql in BROKEN.items() if query(config, sql)]


def count(pieces: Sequence[Piece]) -> Counter[int]:
    """How many pieces tell each event."""
    return Counter(piece.event for piece in pieces)
