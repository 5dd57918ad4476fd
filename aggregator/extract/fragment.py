"""The text of a feed's item, read by the rules for pages: the outlet's related links apart from it.

A feed's HTML is all article, so no engine is asked where it is (and none is loaded).
"""

from __future__ import annotations

from aggregator.extract import making, own_related, sites, structure, tree
from aggregator.extract.body import choose
from aggregator.extract.votes import Votes
from aggregator.model import Block, PageRelated
from aggregator.text.inert import clean_text


def read(html: str, url: str) -> tuple[tuple[Block, ...], tuple[PageRelated, ...]]:
    """The blocks and the related links in an item's HTML; ``url`` is the article's address.

    ((), ()) where nothing can be read.
    """
    root = tree.read(f"<html><body><div>{html}</div></body></html>".encode("utf-8", "replace"))
    if root is None:
        return (), ()
    pieces = structure.pieces(root)
    choice = choose(pieces, Votes(piece.text for piece in pieces), "", "")
    found = own_related.find(pieces, choice, url, sites.of(url).related)
    chosen = [at for at, one in enumerate(choice.chosen) if one]
    blocks = making.article_blocks([making.block(pieces[at], pieces[at].kind, url) for at in chosen])
    related = (
        PageRelated(
            clean_text(one.text),
            one.url,
            clean_text(one.marker),
            one.position,
            sum(at < one.at for at in chosen),
        )
        for one in found
    )
    return blocks, tuple(related)
