"""The quick feedparser gives the answers of the plain one."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import feedparser
import pytest

from aggregator import parse, parse_speed
from tests.aggregator.feedparser_readings import reading, readings

ROOT = Path(__file__).parent.parent.parent
FEEDS = ROOT / "tests" / "feeds"

# ordinary elements among such as are handed back to feedparser: bases, languages, namespaces, markup
ODD = {
    "scopes": '<rss version="2.0" xml:base="https://a.example/b/" xml:lang="ar"><channel><item xml:lang="he">'
    '<link>c</link><guid isPermaLink="true">d</guid><title lang="fa">E</title></item></channel></rss>',
    "base-inside": "<rss><channel><item><link>/c</link><title>T</title><x base='https://a.example/'>y</x>"
    "<guid>/d</guid></item><item><link>/e</link></item></channel></rss>",
    "own-namespaces": '<rss version="2.0" xmlns:a="urn:one"><channel><item><a:x>1</a:x><a:y k="v">2</a:y>'
    '<b:x xmlns:b="urn:one">3</b:x><a:x xmlns:a="urn:two">4</a:x><x xmlns="urn:one">5</x></item></channel>'
    "</rss>",
    "attributes-with-namespace": '<rss xmlns:m="http://search.yahoo.com/mrss/" xmlns:x="urn:x"><channel>'
    '<item><m:content URL="https://a.example/p.jpg" x:k="v" TYPE="Image/JPEG"/>'
    '<link REL="Self" href="u"/></item></channel></rss>',
    "markup-without-escapes": "<rss version='2.0'><channel><item><description>One <b>two &amp; three</b> "
    "<div>four</div></description><title>A <i>b</i></title><pubDate>2026-11-24</pubDate></item>"
    "</channel></rss>",
    "xhtml": '<feed xmlns="http://www.w3.org/2005/Atom"><entry><content type="xhtml"><div xmlns='
    '"http://www.w3.org/1999/xhtml">A\n <p>b &lt; c</p>\n<svg xmlns="http://www.w3.org/2000/svg"><title>t</title>'
    "</svg></div>\n </content><id>urn:a</id><updated>2026-11-24T00:00:00Z</updated></entry></feed>",
    "base64": '<rss><channel><item><content:encoded xmlns:content="http://purl.org/rss/1.0/modules/content/" '
    'mode="base64">PGI+YTwvYj4=</content:encoded><body type="text/plain">x</body></item></channel></rss>',
    "sources": "<rss><channel><item><source url='https://s.example/'>S</source><title>Own</title></item><item>"
    "<image><url>https://a.example/p.png</url><title>P</title><link>https://a.example/</link></image>"
    "<title>T</title></item><textinput><name>n</name></textinput></channel></rss>",
    "mistaken-characters": "<rss><channel><item><title>caf\xc3\xa9 \x93a\x94</title><author>a@b.example (A)"
    "</author><link>http:///a.example/?a=1&amp;b;=2&amp;amp;c</link><guid>x</guid></item></channel></rss>",
    "nested-names": "<rss xmlns:media='http://search.yahoo.com/mrss/'><channel><item><media:group><media:title>"
    "far</media:title><title>farther</title></media:group><title>near</title><tags>a,b</tags>"
    "<category/><category>c</category></item></channel></rss>",
    "names-of-old": "<rss><channel lastmod='2026-11-24' href='/x'><item><issued>2026-11-24</issued>"
    "<copyright>c</copyright><enclosures>e</enclosures><license>l</license><url>u</url></item></channel></rss>",
    "cut": "<rss version='2.0'><channel><item><title>one</title></item><item><title>two</ti",
}


def test_the_installed_feedparser_is_one_that_was_compared() -> None:
    assert feedparser.__version__ in parse_speed.COMPARED
    assert parse.feedparser.api.StrictFeedParser is not parse_speed._Slow


@pytest.fixture(scope="module")
def odd(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("odd")
    for name, text in ODD.items():
        (folder / name).write_text(text, "utf-8")
    return folder


def compare(*folders: Path) -> int:
    """Let a process of its own read ``folders`` with plain feedparser; how many documents were the same."""
    command = [sys.executable, "-m", "tests.aggregator.feedparser_readings", *map(str, folders)]
    plain = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    expected = dict(line.rsplit(" ", 1) for line in plain.stdout.splitlines())
    assert dict(readings(list(folders))) == expected
    return len(expected)


def test_documents_of_many_oddities_are_read_as_by_plain_feedparser(odd: Path) -> None:
    assert compare(odd, FEEDS) > len(ODD)


def test_real_documents_are_read_as_by_plain_feedparser(shared: Path) -> None:
    assert compare(shared / "feeds") > 400


def test_a_version_that_was_not_compared_is_left_alone() -> None:
    script = (
        "import feedparser; feedparser.__version__ = '6.0.99'; plain = feedparser.api.StrictFeedParser\n"
        "from aggregator import parse_speed; assert not parse_speed.apply()\n"
        "assert feedparser.api.StrictFeedParser is plain and not feedparser.api.PREFERRED_XML_PARSERS\n"
        "assert feedparser.FeedParserDict.get.__name__ == 'get'\n"
    )
    subprocess.run([sys.executable, "-c", script], cwd=ROOT, check=True)


def test_it_is_applied_once_however_often_it_is_asked() -> None:
    before = feedparser.api.StrictFeedParser
    assert not parse_speed.apply()
    assert feedparser.api.StrictFeedParser is before
    assert reading(b"<rss><channel><item><title>x</title></item></channel></rss>").count("'x'") >= 2
