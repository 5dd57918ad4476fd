"""Why an article's page gave no whole text, in words. Pure."""

from __future__ import annotations

from aggregator.model import PageReason

REASONS = {
    PageReason.NOT_HTML: "The address leads to a file, not to a page with a text.",
    PageReason.MISSING: "The page is not there any more.",
    PageReason.CHALLENGE: "The site wants proof that a person asks, so the page was not read.",
    PageReason.CONSENT: "The site asks about cookies before it shows the page.",
    PageReason.PAYWALL: "The whole text is for subscribers.",
    PageReason.LIVE: "The page is still being written; these are the updates so far.",
    PageReason.MEDIA: "The page is a video or a series of pictures, without a text of its own.",
    PageReason.EMPTY: "No text was found on the page.",
    PageReason.DOUBTFUL: "The page's text is not what the feed announced.",
}


def told(reason: str) -> str:
    """The sentence for a page's ``reason``, "" for none."""
    if not reason:
        return ""
    known = {kind.value: sentence for kind, sentence in REASONS.items()}
    return known.get(reason) or f"The page could not be fetched: {reason}."
