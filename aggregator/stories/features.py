"""ArticleDraft -> packed features for related stories. Pure; runs where the article is cleaned."""

from __future__ import annotations

from aggregator.model import ArticleDraft
from aggregator.stories.terms import SHOWN_CHARS, pack
from aggregator.text.blocks import unpack_blocks

SHORT_SUMMARY = 60  # characters; below that the body's first paragraphs say more


def features(draft: ArticleDraft) -> bytes:
    """The terms of title and lead; ``draft.folded`` begins with both in search spelling."""
    return pack(draft.folded, f"{draft.title} {lead(draft)}", draft.language)


def lead(draft: ArticleDraft) -> str:
    """The first sentences as written: the summary, else the start of the body."""
    if len(draft.summary) >= SHORT_SUMMARY or not draft.body:
        return draft.summary
    text = draft.summary
    for block in unpack_blocks(draft.body):
        text += " " + block.text
        if len(text) >= SHOWN_CHARS:
            break
    return text
