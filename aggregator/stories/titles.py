"""A headline without what its outlet puts round it, and the kind of article that the outlet says it is.

Pure. The patterns are those met in feeds of the region (research note on related stories, §3.2); what
no pattern can tell, a window of articles tells by counting (see ``window``).
"""

from __future__ import annotations

import re
from enum import StrEnum
from typing import Final


class Kind(StrEnum):
    """What an article is to a story. Only reports, analyses and opinions may be members of one."""

    REPORT = "report"
    OPINION = "opinion"
    LIVE = "live"  # a page that goes on changing and tells of many events
    ROUNDUP = "roundup"  # a digest of many events
    PHOTO = "photo"
    JUNK = "junk"  # a page without news: a bare rubric, a tag page


LONGEST_RUBRIC: Final = 25  # characters after a "|" at the end of a headline that are not part of it
LONERS: Final = frozenset({Kind.LIVE, Kind.ROUNDUP, Kind.JUNK})  # these never tie stories together

_FIELD = r"\s*[|:•»‹›\u2013\u2014-]+\s*"
_RUBRIC = (
    r"(?:breaking(?: news)?|just in|exclusive|watch|video|live(?: updates?)?|update[sd]?|updated|analysis|"
    r"opinion|editorial|interview|explainer|explained|feature|report|in pictures|photos?|listen|podcast|"
    r"عاجل|خاص|بالفيديو|بالصور|فيديو|شاهد|تقرير مصور|تقرير|متابعة|حصري|تحليل|رأي|مباشر|"
    r"فوری|ویدئو|ویدیو|تصاویر|اختصاصی|گزارش|تحلیل|یادداشت|عکس|"
    r"צפו|תיעוד|בלעדי|דעה|פרשנות|עדכון|מיוחד|ניתוח|"
    r"son dakika|özel|video|foto galeri|foto|canlı|analiz|yorum|görüş)"
)
# "BREAKING: …", «خاص | …»; an emoji or a bullet may stand before it
_PREFIX = re.compile(rf"^[^\w\"'“”«»‘’]*{_RUBRIC}{_FIELD}(?=\S)", re.IGNORECASE)
_CORRESPONDENT = re.compile(r"^(?:مراسل(?:تنا|نا|ة)?|موفد(?:نا)?)(?:\s+(?:ال)?\w+){0,2}\s*:\s*(?=\S)")
_SUFFIX = re.compile(r"\s+[|\u2013\u2014-]\s+([^|\u2013\u2014]{2,40})$")
_OPINION_TAIL = re.compile(r"\s+[\u2013\u2014-]\s*(?:opinion|analysis|editorial|interview|comment)\s*$", re.I)
_SPACE = re.compile(r"\s+")
_ATTRIBUTION = re.compile(r"^\s*([^:|•\n]{2,60}?)\s*[:：](?=\s|$|[\"“«„״'‘])")

_LIVE = re.compile(
    # of live fire and live music a plain report tells
    r"^\W*live\b(?=\W)(?! (?:fire|ammunition|ammo|rounds?|bullets?|shells?|music|animals?)\b)|"
    r"\blive (?:updates?|blog|coverage|news|report)\b|\blive:|[–—-] (?:\w+ ){0,3}live\W*$|"
    r"as it happened|لحظة بلحظة|تغطية (?:مباشرة|حية|مستمرة)|^\W*مباشر\b|دقیقه به دقیقه|لحظه به لحظه|"
    r"עדכונים שוטפים|דיווח חי|כל העדכונים|dakika dakika|anlık gelişme|canlı (?:anlatım|blog|yayın)",
    re.IGNORECASE,
)
_ROUNDUP = re.compile(
    r"\bday \d{2,4}\b|list of key events|key events\b|\b(?:morning|evening|daily|weekly|weekend|news) "
    r"(?:brief(?:ing)?|update|digest|round-?up|wrap|recap|bulletin|summary)\b|week in (?:review|pictures)|"
    r"\bround-?up\b|press review|today'?s (?:papers|headlines|front pages)|top (?:stories|headlines)|"
    r"everything you need to know today|^[^:]{0,40}\blatest:|things to know\b|"
    r"نشرة (?:ال)?\w+|موجز|أبرز (?:عناوين|الأحداث|التطورات|ما جاء)|حصاد|عناوين الصحف|جولة الصحافة|"
    r"مقدمات نشرات|"
    r"أسرار الصحف|(?:اهم|أهم) (?:الأخبار|الأحداث|العناوين)|"
    r"سرخط|مهم‌?ترین (?:اخبار|عناوین|رویداد)|مرور (?:اخبار|مطبوعات|روزنامه)|صفحه (?:اول|نخست) روزنامه|"
    r"מבזק(?:י)? |חדשות (?:הבוקר|הערב|היום)|סיכום (?:היום|השבוע)|כותרות העיתונים|"
    r"günün (?:özeti|manşetleri|öne çıkan)|gündem özeti|sabah bülteni|gazete manşetleri|haber turu",
    re.IGNORECASE,
)
_PHOTO = re.compile(
    r"^\W*(?:in pictures|photos?|gallery|photo gallery|pictures of the)\b|\bin pictures\b|\bphoto gallery\b|"
    r"تقرير مصور|بالصور|ألبوم صور|صور من|گزارش تصویری|عکس(?:‌?ها)?\s*[|:/]|תמונות|גלריה|foto ?galeri",
    re.IGNORECASE,
)
_OPINION = re.compile(
    r"^\W*(?:opinion|editorial|op-?ed|comment|column)\b|\bopinion\W*$|^\W*(?:رأي|مقال|افتتاحية)\b|"
    r"^\W*(?:یادداشت|سرمقاله)\b|^\W*(?:דעה|טור)\b|^\W*(?:yorum|görüş|köşe yazısı)\b",
    re.IGNORECASE,
)
_OPINION_PATH = re.compile(r"/(?:opinions?|op-?ed|blogs?|columnists?|editorials?|yazarlar|commentary)/", re.I)
_PHOTO_PATH = re.compile(r"/(?:photos?|gallery|galleries|galeri|picture|in-pictures|foto-?galeri)/", re.I)
_NO_PAGE = r"(?:tags?|category|home|untitled|no title|test|archive)"
_SITE = r"[-|\u2013\u2014]\s*[\w-]+(?:\.[\w-]+)+"
_JUNK = re.compile(
    rf"^\W*(?:{_NO_PAGE}\W*(?:[-|\u2013\u2014]\s*[\w .']{{2,30}})?|"
    rf"(?:{_RUBRIC}|صور|خبر عاجل)?\W*(?:{_SITE})?)\W*$",
    re.IGNORECASE,
)


def clean_title(title: str, outlet: str = "") -> str:
    """The headline alone: rubrics ("BREAKING:", «خاص |») and the outlet's name at its end cut off.

    What would leave less than two words is left as it was.
    """
    text = _SPACE.sub(" ", title).strip()
    while (shorter := _without_one(text, outlet)) != text:  # «بالفيديو | خاص | …»
        text = shorter
    return text


def _without_one(text: str, outlet: str) -> str:
    """The headline without one layer of what is put round it."""
    text = _keep(_PREFIX.sub("", text, count=1), text)
    text = _keep(_CORRESPONDENT.sub("", text, count=1), text)
    text = _keep(_OPINION_TAIL.sub("", text), text)
    if found := _SUFFIX.search(text):
        tail = found.group(1).strip()
        if (outlet and _same_name(tail, outlet)) or (
            found.group().lstrip()[:1] == "|" and len(tail) <= LONGEST_RUBRIC
        ):
            text = _keep(text[: found.start()].rstrip(), text)
    return text


def _keep(shorter: str, text: str) -> str:
    return shorter if len(shorter.split()) >= 2 else text


def _same_name(one: str, other: str) -> bool:
    left, right = _letters(one), _letters(other)
    return bool(left) and (left in right or right in left)


def _letters(name: str) -> str:
    return re.sub(r"\W|^the\b", "", name.casefold())


def attribution(title: str) -> str:
    """Who a headline quotes: what stands before its colon («قاليباف: …», "Katz: …"), "" for none."""
    while (shorter := _PREFIX.sub("", title, count=1)) != title:
        title = shorter
    found = _ATTRIBUTION.match(title)
    if found and _CORRESPONDENT.match(title):
        return ""  # the outlet's own reporter, whatever he tells
    return found.group(1) if found and len(found.group(1).split()) <= 8 else ""


def kind_of(title: str, url: str = "", tags: tuple[str, ...] = (), outlet: str = "") -> Kind:
    """What kind of article its headline, address and tags say that it is."""
    path = url.partition("://")[2].partition("/")[2].partition("?")[0]
    path = f"/{path}"
    if _JUNK.match(title) or _is_bare(title, outlet):
        return Kind.JUNK
    if _LIVE.search(title):
        return Kind.LIVE
    if _ROUNDUP.search(title):
        return Kind.ROUNDUP
    if _PHOTO.search(title) or _PHOTO_PATH.search(path):
        return Kind.PHOTO
    if (
        _OPINION.search(title)
        or _OPINION_PATH.search(path)
        or {"opinion", "opinions"} & {t.casefold() for t in tags}
    ):
        return Kind.OPINION
    return Kind.REPORT


def _is_bare(title: str, outlet: str) -> bool:
    """Whether a headline is a rubric and its outlet's name: "Video - Daily Cedar"."""
    found = _SUFFIX.search(title)
    if not found or _letters(found.group(1)) != _letters(outlet):
        return False
    return _JUNK.match(title[: found.start()]) is not None
