"""Pages made up for the tests: shapes that publishers use, with text of our own."""

from __future__ import annotations

from collections.abc import Iterable

from aggregator.extract.page import extract
from aggregator.model import PageArticle, PageHints

SITE = "https://paper.example"
URL = f"{SITE}/2024/05/the-harbour-opens-again"
STORY = f"{SITE}/2024/04/the-harbour-was-closed-for-repairs"
OTHER = f"{SITE}/2024/03/fishermen-ask-for-a-new-pier"

_SENTENCES = (
    "The harbour of the old town opened again on Tuesday after eleven months of work on its pier.",
    "Fishermen had waited for the day with patience, and some of them with a good deal of anger.",
    "The mayor thanked the workers, who had to raise forty stones from the ground of the basin.",
    "In the afternoon the first ferry came in, two hours late, with a band playing on its deck.",
    "Nobody could say yet what the repair had cost, since the last bills are still to arrive.",
    "A second pier is planned, but the council has put off its decision until after the summer.",
    "Shops along the quay had stayed open all the time and hope for more visitors from now on.",
    "The lighthouse keeper, who is ninety, said that he had seen three such openings in his life.",
    "Children were given little flags, most of which the wind had carried off before the evening.",
    "The next feast is in autumn, when the nets are blessed and the oldest boat is painted blue.",
)


def paragraphs(count: int = 6) -> list[str]:
    """Paragraphs of two sentences, all different."""
    return [
        f"{_SENTENCES[n % 10]} {_SENTENCES[(3 * n + 1) % 10]} This was the report number {n + 1}."
        for n in range(count)
    ]


def html_paragraphs(count: int = 6) -> list[str]:
    """The same as elements."""
    return [f"<p>{text}</p>" for text in paragraphs(count)]


def page(inside: str | Iterable[str], *, head: str = "", title: str = "The harbour opens again") -> bytes:
    """A page with navigation, headline, text and footer."""
    text = inside if isinstance(inside, str) else "\n".join(inside)
    return f"""<!doctype html><html lang="en"><head><meta charset="utf-8">
<title>{title} | The Paper</title>{head}</head><body>
<nav><ul><li><a href="/">Home</a></li><li><a href="/world">World</a></li></ul></nav>
<main><article><h1>{title}</h1><div class="story-text">{text}</div></article></main>
<footer><p>All rights reserved by The Paper, which is printed in a town that does not exist.</p></footer>
</body></html>""".encode()


def read(body: bytes | str, url: str = URL, hints: PageHints | None = None) -> PageArticle:
    """The article on a page."""
    data = body.encode() if isinstance(body, str) else body
    return extract(data, url, hints=hints or PageHints())


def texts(article: PageArticle) -> list[str]:
    """The article's paragraphs."""
    return [block.text for block in article.blocks if block.kind == "p"]
