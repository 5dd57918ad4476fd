"""What a page is when it is not an article that everybody may read. Pure; nothing is circumvented."""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import urlsplit

from aggregator.extract import structured
from aggregator.extract.metadata import Page
from aggregator.extract.prose import is_dense
from aggregator.extract.structured import Record
from aggregator.extract.tree import Element
from aggregator.model import PageReason
from aggregator.text.fold import fold

LITTLE: Final = 200  # characters of text below which a page may be a challenge or a question
SHORT: Final = 1500  # below which a page for subscribers holds only the beginning
FEW: Final = 600  # below which a video's page has no article
SUMMARY_WORDS: Final = 12  # of a summary that says enough to be compared
SHARED_PHRASES: Final = 0.6  # of its runs of four words that a text must have
SHARED_WORDS: Final = 0.5  # or of its words, where the summary was written anew
CODE: Final = 2000  # characters of a script that are looked at, and that make a page without a title all code
SCRIPTS: Final = 5  # a page of nearly no text with more of them is made by them
HEAD: Final = 3000  # characters of the visible text in which such a page says what it is

_CHALLENGE = re.compile(
    r"just a moment|are you (?:a )?(?:robot|human)|attention required"
    r"|checking your browser|verify(?:ing)? (?:that )?you are"
    r"|unusual (?:traffic|activity)|access denied|pardon our interruption"
    r"|enable javascript and cookies|security check"
    r"|request unsuccessful|bot detection|ddos protection|human verification|you have been blocked|captcha",
    re.IGNORECASE,
)
_CHALLENGE_MARKS: Final = (
    "cf-chl",
    "cf_chl",
    "challenge-platform",
    "_Incapsula_",
    "px-captcha",
    "datadome",
    "perimeterx",
    "recaptcha/api",
)
_MISSING = re.compile(
    r"\b404\b|not found|page (?:does not|doesn.t) exist"
    r"|no longer available|can.t be found|seite nicht gefunden"
    r"|nicht gefunden|page introuvable|página no encontrada"
    r"|sayfa bulunamad|الصفحة غير موجودة|لم يتم العثور|غير متاح"
    r"|صفحه (?:مورد نظر )?(?:یافت|پیدا) نشد|הדף לא נמצא|העמוד לא נמצא|страница не найдена",
    re.IGNORECASE,
)
_CONSENT = re.compile(
    r"cookie|consent|gdpr|privacy|einwilligung|datenschutz|çerez|ملفات تعريف الارتباط", re.IGNORECASE
)
_CONSENT_HOST = re.compile(r"(?:^|\.)(?:consent|cmp|privacy)\.|/consent|collectconsent", re.IGNORECASE)
_SUBSCRIBE = re.compile(
    r"subscribe to (?:continue|read)|subscribers? only|for subscribers"
    r"|to continue reading|already a subscriber|log in to read"
    r"|jetzt weiterlesen|mit .{0,20}abo |réservé (?:à nos"
    r"|aux) abonnés|exclusivo para suscriptores|para seguir leyendo"
    r"|abone ol|למנויים|للمشتركين|ویژه مشترکان|有料会員|会員限定",
    re.IGNORECASE,
)
_LIVE_ADDRESS = re.compile(
    r"/(?:live|liveblog|live-updates|canli)(?:/|-|$)|liveticker|live-blog", re.IGNORECASE
)
_MEDIA_TYPES: Final = frozenset({"VideoObject", "ImageGallery", "MediaGallery"})
_MEDIA_ADDRESS = re.compile(
    r"/(?:videos?|galler(?:y|ies)|photos?|slideshow|in-pictures|foto-galeri|galeri)(?:/|$)", re.IGNORECASE
)


def is_html(body: bytes, content_type: str) -> bool:
    """True for what may be a page: by the header, and by the first bytes where that says nothing."""
    kind = content_type.partition(";")[0].strip().lower()
    if (
        kind
        and "html" not in kind
        and kind not in ("text/plain", "application/octet-stream", "text/xml", "application/xml")
    ):
        return False
    start = body[:1024].lstrip().lower()
    if start.startswith((b"%pdf", b"\x89png", b"\xff\xd8\xff", b"gif8", b"pk\x03\x04", b"{", b"[")):
        return False
    return b"<" in start and not start.startswith((b"<rss", b"<feed")) and b"<rss" not in start


def reason(page: Page, text: str, visible: str) -> PageReason:
    """Why the page is no whole article; ``text`` is the article's, ``visible`` all that the page shows."""
    if is_dense(text):
        text *= 2  # a character of these scripts says as much as two
    if len(text) < LITTLE and (instead := _instead(page, visible)):
        return instead
    if _is_closed(page, text, visible):
        return PageReason.PAYWALL
    if _is_live(page):
        return PageReason.LIVE
    if len(text) < FEW and (_MEDIA_ADDRESS.search(page.url) or _types(page.records) & _MEDIA_TYPES):
        return PageReason.MEDIA
    return PageReason.NONE if text else PageReason.EMPTY


def is_doubtful(text: str, summary: str) -> bool:
    """True where a text has little of what its feed's summary says, so that it may be another one."""
    words = fold(summary).split()
    if len(words) < SUMMARY_WORDS:
        return False
    said = fold(text).split()
    there = set(zip(said, said[1:], said[2:], said[3:], strict=False))
    told = list(zip(words, words[1:], words[2:], words[3:], strict=False))
    found = sum(one in there for one in told)
    return found < SHARED_PHRASES * len(told) and len(set(words) & set(said)) < SHARED_WORDS * len(set(words))


def _instead(page: Page, visible: str) -> PageReason:
    """What stands in the place of an article: a challenge, a question about cookies, "not found"."""
    head = _head_title(page.tree)
    if _is_challenge(page, head, visible):
        return PageReason.CHALLENGE
    parts = urlsplit(page.url)
    asks = len(visible) < HEAD and len(_CONSENT.findall(head + visible)) > 2
    if asks or _CONSENT_HOST.search(parts.netloc + parts.path):
        return PageReason.CONSENT
    if _MISSING.search(head) or (len(visible) < HEAD and _MISSING.search(visible)):
        return PageReason.MISSING
    return PageReason.NONE


def _is_live(page: Page) -> bool:
    """True for a page of updates that go on."""
    kinds = set(structured.types(page.article))
    told = any("liveBlogUpdate" in one for one in page.records)
    return "LiveBlogPosting" in kinds or bool(told and _LIVE_ADDRESS.search(page.url))


def _is_challenge(page: Page, head: str, visible: str) -> bool:
    """True for a test whether we are a person: by its words, its scripts, or for scripts and nothing else."""
    if _CHALLENGE.search(head) or (len(visible) < HEAD and _CHALLENGE.search(visible)):
        return True
    if len(visible) >= LITTLE or "og:title" in page.meta:
        return False  # a page that scripts put together names itself for sharing
    scripts = list(page.tree.iter("script"))
    code = " ".join(one.get("src", "") + (one.text or "")[:CODE] for one in scripts)
    is_all_code = not head and len(code) >= CODE
    return is_all_code or len(scripts) > SCRIPTS or any(mark in code for mark in _CHALLENGE_MARKS)


def _is_closed(page: Page, text: str, visible: str) -> bool:
    """True where the text is for subscribers and what came is only its beginning."""
    if len(text) >= SHORT:
        return False
    told = [one.get("isAccessibleForFree") for one in page.records if "isAccessibleForFree" in one]
    if any(str(one).lower() in ("false", "0", "no") for one in told):
        return True
    locked = page.meta.get("article:content_tier", "").lower() in ("locked", "metered")
    return locked or bool(
        len(text) < SHORT and _SUBSCRIBE.search(visible) and "paywall" in _class_names(page.tree)
    )


def _class_names(tree: Element) -> str:
    """All class names of the page, in lower case."""
    return " ".join(element.get("class", "") for element in tree.iter()).lower()


def _types(records: list[Record]) -> set[str]:
    """The types of all records."""
    return {kind for one in records for kind in structured.types(one)}


def _head_title(tree: Element) -> str:
    """The text of <title>."""
    found = tree.find(".//head/title")
    return str(found.text_content()).strip() if found is not None else ""
