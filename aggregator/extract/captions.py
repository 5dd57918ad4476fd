"""Pictures of an article with caption and credit, which publishers glue together in many ways."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any, Final

from aggregator.dataclass import dataclass
from aggregator.extract import naming, pictures
from aggregator.extract.calendars import written
from aggregator.extract.structure import pieces
from aggregator.extract.tree import Element
from aggregator.model import Image
from aggregator.text.inert import clean_text, safe_url

MAX_CAPTION: Final = 1000
MAX_CREDIT: Final = 150  # characters; longer is a second caption
MAX_WIDTH: Final = 1600  # pixels of the picture that is chosen among sizes

_CREDIT: Final = frozenset(
    {
        "credit",
        "credits",
        "copyright",
        "source",
        "author",
        "photographer",
        "rights",
        "agency",
        "attribution",
        "owner",
    }
    | {"photocredit", "imagecredit", "bildquelle", "quelle", "byline", "copy"}
)
_CREDIT_TAGS: Final = frozenset({"cite", "small"})
_AGENCY = (
    r"(?:getty|reuters|afp|a\.?p\b|associated press|epa|dpa"
    r"|anadolu|\baa\b|xinhua|wana|irna|isna|tasnim|mehr|flash ?90|"
    r"shutterstock|istock|alamy|imago|picture[- ]alliance"
    r"|bloomberg|nurphoto|zuma|sputnik|tass|keystone|apa|ansa|efe|"
    r"afp|أ ?ف ?ب|رويترز|الأناضول|غيتي|فرانس برس|ایرنا|ایسنا|تسنیم|مهر|رویترز)"
)
_LABEL = (
    r"(?:photo(?:graph)?s?(?:\s+by|\s+courtesy(?:\s+of)?|\s+credit)?"
    r"|pictures?(?:\s+by)?|image(?:\s+by|\s+source|\s+credit)?|"
    r"credits?|foto(?:grafía|grafia|s)?|bild(?:quelle)?|quelle|source"
    r"|copyright|illustration|screenshot|video|crédit(?:\s+photo)?|"
    r"fotoğraf|kaynak|görsel|صورة|تصوير|صدر الصورة|مصدر الصورة"
    r"|المصدر|عکس(?:\s+از)?|عکاس|منبع(?:\s+عکس)?|צילום|קרדיט|תמונה)"
)
_TAILS: Final = (
    re.compile(r"\s*\[([^\[\]]{2,120})\]\s*$"),
    re.compile(
        rf"\s*\(((?:{_LABEL}\s*:?\s*)?[^()]*(?:/|{_AGENCY}|©|\bvia\b|{_LABEL}\s*:)[^()]*)\)\s*$",
        re.IGNORECASE,
    ),
    re.compile(
        rf"(?:^|(?<=[\s.…!?\"”»)|\]]))(?:{_LABEL})\s*[:：]\s*([^:]{{2,{MAX_CREDIT}}})$", re.IGNORECASE
    ),
    re.compile(rf"(?:^|\s)(?:{_LABEL}\s*:?\s*)?(?:©|\(c\)|\(C\)|&copy;)\s*(.{{2,{MAX_CREDIT}}})$"),
    re.compile(rf"\s+[|•–—]\s*([^|•]{{0,80}}{_AGENCY}[^|•]{{0,60}})$", re.IGNORECASE),
    re.compile(
        rf"(?<=[.!?…])\s+((?:[^\W\d_][\w.'’-]*[\s/,&|-]+){{0,6}}(?:/\s*)?{_AGENCY}[\w\s/,.'’&-]{{0,60}})$",
        re.IGNORECASE,
    ),
    re.compile(r"(?<=[.!?…])\s+((?:[^\W\d_][\w.'’-]*\s+){1,3}/\s*[^\W\d_][\w\s.'’/-]{1,60})$"),
)
_LABELLED = re.compile(rf"^{_LABEL}\s*[:：]\s*|^(?:©|\(c\))\s*", re.IGNORECASE)
_PLACEHOLDER = re.compile(r"^data:|placeholder|blank\.|spacer|pixel|1x1|transparent", re.IGNORECASE)
_LAZY: Final = ("data-src", "data-original", "data-lazy-src", "data-image", "src")
_SET = re.compile(r"(\S+)\s+(\d+)w")


@dataclass(slots=True)
class Figure:
    """A picture with what is written under it, and the element that holds both."""

    image: Image
    element: Element


def split_credit(text: str) -> tuple[str, str]:
    """(caption, credit): what is glued to a caption's end is its credit."""
    for pattern in _TAILS:
        match = pattern.search(text)
        if match and len(match[1]) <= MAX_CREDIT:
            return text[: match.start()].strip(" |–—-•"), _LABELLED.sub("", match[1].strip())
    return text, ""


def figures(tree: Element, base: str) -> Iterator[Figure]:
    """Every picture of the page that has a caption or a credit, in the page's order."""
    done: set[Element] = set()
    for element in tree.iter("figure", "figcaption", "div", "p", "span", "small", "dd"):
        if any(around in done for around in (element, *element.iterancestors())):
            continue
        if element.tag == "figure" and element.find(".//table") is None:
            holder, captions = element, list(_captions(element))
        elif element.tag in ("div", "p", "span") and pictures.is_box(element):
            holder, captions = element, list(_captions(element)) or [element]
        elif element.tag == "p" and (picture := picture_before(element)) is not None:
            holder, captions = picture, [element]
        elif element.tag != "figure" and _is_caption(element):
            holder, captions = _holder(element), [element]
        else:
            continue
        done.add(element)
        if made := _figure(holder, captions, base):
            yield Figure(made, element)


def picture_before(element: Element) -> Element | None:
    """The element with a picture right before a line that ends in a credit, None where it is no caption."""
    before = element.getprevious()
    if before is None or before.tag not in ("p", "div", "img", "a", "picture", "span"):
        return None
    has_picture = before.tag == "img" or before.find(".//img") is not None
    if not has_picture or str(before.text_content()).strip():
        return None
    text = _text(element)
    return before if len(text) <= MAX_CAPTION and split_credit(text)[1] else None


def _captions(figure: Element) -> Iterator[Element]:
    """The elements of a figure that hold its caption and its credit."""
    done: set[Element] = set()
    for element in figure.iter():
        if (
            element is figure
            or not isinstance(element.tag, str)
            or not done.isdisjoint(element.iterancestors())
        ):
            continue
        if element.tag == "figcaption" or _is_caption(element) or _is_credit(element):
            done.add(element)
            yield element


def _is_caption(element: Element) -> bool:
    """True for an element called a caption."""
    if element.tag == "figcaption":
        return True
    found = naming.words(element.get("class", ""))
    return naming.has(found, naming.CAPTION) and element.find(".//h1") is None


def _is_credit(element: Element) -> bool:
    """True for an element called a credit, or one whose tag says so."""
    found = naming.words(element.get("class", "") + " " + element.get("itemprop", ""))
    return element.tag in _CREDIT_TAGS or not _CREDIT.isdisjoint(found)


def _holder(caption: Element) -> Element:
    """The element that holds a caption's picture."""
    for around in caption.iterancestors():
        if around.find(".//img") is not None or around.tag in ("figure", "article"):
            return around
    return caption


def _figure(holder: Element, captions: Sequence[Element], base: str) -> Image | None:
    """The picture with its caption and credit, None where nothing is written."""
    said: list[str] = []
    credits: list[str] = []
    for element in captions:
        text, credit = _parts(element)
        said += [text] * bool(text)
        credits += [credit] * bool(credit)
    caption, glued = split_credit(clean_text(" ".join(dict.fromkeys(said)), limit=MAX_CAPTION))
    credit = clean_text(", ".join(dict.fromkeys(credits)) or glued, limit=MAX_CREDIT)
    if not caption and (not credit or written(credit)):
        return None  # nothing, or the date that stands with the picture
    return Image(address(holder, base), caption, _LABELLED.sub("", credit.strip("()[] ")))


def _parts(element: Element) -> tuple[str, str]:
    """(caption, credit) of one element, by what its own parts are called."""
    if _is_credit(element) and element.tag != "figcaption":
        return "", _text(element)
    credits = [
        one for one in element.iter() if one is not element and isinstance(one.tag, str) and _is_credit(one)
    ]
    credit = " ".join(dict.fromkeys(filter(None, map(_text, credits))))
    whole = _text(element)
    if credit and credit in whole and len(credit) <= MAX_CREDIT:
        return whole.replace(credit, " ").strip(" |–—-"), credit
    return whole, ""


def _text(element: Element) -> str:
    """The element's visible text on one line."""
    return " ".join(dict.fromkeys(piece.text for piece in pieces(element)))


def address(holder: Element, base: str) -> str:
    """The address of the picture in an element, of a size a screen can use; "" where there is none."""
    for image in holder.iter("img", "source"):
        sized = [
            (int(width), url)
            for url, width in _SET.findall(image.get("srcset") or image.get("data-srcset") or "")
        ]
        fitting = [one for one in sized if one[0] <= MAX_WIDTH] or sized[:1]
        urls = [max(fitting)[1]] if fitting else [image.get(name, "") for name in _LAZY]
        for url in urls:
            if url and not _PLACEHOLDER.search(url) and (found := safe_url(url, base)):
                return found
    return ""


def lead(found: Sequence[Figure], article: dict[str, Any], meta: dict[str, str], base: str) -> Image | None:
    """The article's main picture: the first of its figures, else what the head names."""
    if found:
        return found[0].image
    url = safe_url(meta.get("og:image", ""), base)
    images = article.get("image")
    first = images[0] if isinstance(images, list) and images else images
    told = str(first.get("caption") or "") if isinstance(first, dict) else ""
    caption, credit = split_credit(clean_text(told, limit=MAX_CAPTION, unescape=True))
    return Image(url, caption, credit) if url else None
