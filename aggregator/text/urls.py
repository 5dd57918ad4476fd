"""One canonical form of an address, to know the same article in two feeds; and whose address it is.

The canonical form is a key: it says https and leaves out "www.", so it need not open anywhere.
"""

from __future__ import annotations

import ipaddress
import re
from functools import lru_cache
from typing import Final
from urllib.parse import quote

from aggregator.late import pattern

MAX_WORDS: Final = 300  # characters of a link's words in which a host is looked for
REMEMBERED: Final = 4096  # addresses; a page repeats the publisher's own, and a sync asks for each link twice

_HTTP = pattern(
    r"https?://(?:[^/?#\\]*@)?(?P<host>[^/?#\\@:\[\]\s]+|\[[0-9a-f:.]+\])(?::(?P<port>\d*))?"
    r"(?P<path>/[^?#]*)?(?:\?(?P<query>[^#]*))?(?:#(?P<fragment>.*))?",
    re.IGNORECASE | re.DOTALL,
)
_ASCII_HOST = pattern(r"[a-z0-9][a-z0-9._-]*|\[[0-9a-f:.]+\]")
_DEFAULT_PORTS: Final = ("", "80", "443")
_ESCAPE = pattern(r"%[0-9A-Fa-f]{2}|[^!$&-;=?-Z_a-z~]")  # escapes, and what has to be escaped
_AMPERSAND = pattern(r"(?:^|&)(?:amp;)+")  # left over from HTML
_UNRESERVED = pattern(r"[A-Za-z0-9._~-]")

# Parameters that say how a reader came, never which page. Prefixes first.
_TRACKING: Final = pattern(
    r"(?:utm_|mtm_|pk_|piwik_|matomo_|hsa_|ga_|at_|ns_|sc_c|guce_|__hs|_hs|itm_|wt[._]|oly_|vero_|s_kwcid)\w*"
    r"|fbclid|gclid|gclsrc|dclid|gbraid|wbraid|msclkid|yclid|ysclid|twclid|ttclid|li_fat_id|igshid|igsh|_gl|_ga"
    r"|mc_cid|mc_eid|mkt_tok|mkwid|wickedid|epik|irclickid|cvid|spm|ck_subscriber_id|ml_subscriber(?:_hash)?"
    r"|traffic_source|trafficsource|xtor|cmp|cmpid|ocid|icid|ncid|tpcc|sr_share|soc_src|soc_trk|smid"
    r"|smtyp|smprod|ito|ftag|fb_action_ids|fb_action_types|fb_ref|fb_source|action_object_map|action_type_map"
    r"|action_ref_map|amp|guccounter|__twitter_impression|amp_js_v|amp_gsa|usqp|xtref|emci|emdi|ceid|sh_kit|rss"
    r"|srsltid|_openstat|rb_clickid|hsctatracking|elqtrack(?:id)?|rdt_cid|erid|gad_source|gad_campaignid|mibextid"
    r"|stm_\w+",
    re.IGNORECASE,
)
# These name the page on some sites, so they go only with a value that names a way to come.
_HALF_TRACKING: Final = frozenset(
    {"ref", "ref_src", "referrer", "referer", "source", "src", "from", "via", "feed", "partner", "share"}
    | {"output", "outputtype", "medium", "campaign", "origin"}
)
_WAYS: Final = pattern(
    r"(?:rss|feed|atom|xml|amp|app|(?:fb|facebook|twitter|tw|x|whatsapp|wa|telegram|tg|instagram|linkedin)"
    r"|twsrc.*|google|googlenews|news_?feed|email|e?mail|newsletter|social|share|homepage|home|mobile|push)?"
    r"(?:[._-]?(?:rss|feed|share|link|web|app|news|post|amp))?",
    re.IGNORECASE,
)
# What publishers of the region add beyond that, by site.
_SITE_TRACKING: Final = {
    "bbc.com": frozenset({"post", "pinned_post_locator", "pinned_post_asset_id", "pinned_post_type"}),
    "bbc.co.uk": frozenset({"post", "pinned_post_locator", "pinned_post_asset_id", "pinned_post_type"}),
    "france24.com": frozenset({"ref"}),
    "rfi.fr": frozenset({"ref"}),
    "dw.com": frozenset({"maca"}),
    "haaretz.com": frozenset({"lts", "htm_source", "htm_medium", "htm_campaign", "htm_content"}),
    "haaretz.co.il": frozenset({"lts", "htm_source", "htm_medium", "htm_campaign", "htm_content"}),
    "arabnews.com": frozenset({"quicktabs_stat2"}),
}

_NAMED: Final = re.compile(  # a host in the words of a link: after a scheme, or what looks like a domain
    r"(?:https?://(?:[^\s/@]*@)?|(?<![\w@.-])(?=[\w-]+(?:\.[\w-]+)*\.[^\W\d_]{2,24}(?:[^\w.-]|\.(?!\w)|$)))([\w-]{1,63}(?:\.[\w-]{1,63})*)",
    re.IGNORECASE,
)
_DOOR: Final = pattern(r"(?:www\d?|m|mobile|mob|amp)\.")  # host labels that name a device, not a place
_AMP_CACHE: Final = pattern(r"/[acviw]/(?:s/)?([^/]+\.[^/]+)(/.*)?", re.DOTALL)  # after normalising
_GOOGLE_AMP: Final = pattern(r"/(?:s/)?([^/]+\.[^/]+)(/.*)?", re.DOTALL)
_AMP_PATH: Final = pattern(r"^/amp(?=/.)|/amp/?$|/amp\.html?$|\.amp(?=$|\.html?$)")
# The labels under a country's own that registries sell below, as co.uk, com.tr, org.il, net.sa.
_SECOND_LEVEL: Final = frozenset(
    {"ac", "co", "com", "edu", "gen", "gob", "gov", "id", "idf", "info", "k12", "med", "mil", "muni", "name"}
    | {"net", "news", "nom", "or", "org", "plc", "pub", "sch", "tv", "web"}
)


@lru_cache(maxsize=REMEMBERED)
def canonical_url(url: str) -> str:
    """The key under which ``url`` is the same article, or "" where it is no http(s) address.

    https, lower-case host without www, m or amp, no default port, no fragment (but "#!…"), path and
    escapes in normal form without AMP marks or a closing slash, tracking parameters gone, the rest in
    the order of their names. Idempotent.
    """
    match = _HTTP.fullmatch(url.strip())
    while match and (inner := _behind_amp_cache(match)):
        match = _HTTP.fullmatch(inner)
    if not match:
        return ""
    spelled, port, path, query, fragment = match.groups("")
    name = _bare_host(spelled)
    if not name:
        return ""
    origin = f"https://{name}" if port in _DEFAULT_PORTS else f"https://{name}:{port}"
    query = _essential(name, query) if query else ""
    key = f"{origin}{_normal_path(path)}{'?' if query else ''}{query}"
    return f"{key}#{_escaped(fragment)}" if fragment.startswith("!") else key


def without_tracking(url: str) -> str:
    """The address without the parameters that say how a reader came; all else of it stays as it is.

    Unlike the canonical form it still opens. "" where it is no http(s) address.
    """
    match = _HTTP.fullmatch(url.strip())
    if not match:
        return ""
    url = match[0]
    if match["fragment"] and all(_is_tracking(part, frozenset()) for part in match["fragment"].split("&")):
        url = url.partition("#")[0]
    if not match["query"]:
        return url
    own = _SITE_TRACKING.get(_registered(match["host"].lower()), frozenset())
    parts = _AMPERSAND.sub("&", match["query"]).split("&")
    query = "&".join(part for part in parts if part and not _is_tracking(part, own))
    start, end = match.span("query")
    return f"{url[: start - (not query)]}{query}{url[end:]}"


def other_host(words: str, url: str) -> str:
    """The host that a link leads to where its words name a site that is another; else ""."""
    named = _NAMED.search(words[:MAX_WORDS])
    return host(url) if named and site(f"https://{named[1].lower()}") != site(url) else ""


def host(url: str) -> str:
    """The host of an http(s) address in lower case, without port; "" where there is none."""
    match = _HTTP.fullmatch(url.strip())
    return match["host"].lower() if match else ""


def site(url: str) -> str:
    """The name that a publisher registered, roughly: the last two labels of the host, or three.

    Three where the second is a registry's own (co.uk, com.tr, org.il). An IP address stays whole.
    """
    return _registered(host(url))


@lru_cache(maxsize=REMEMBERED)
def _registered(name: str) -> str:
    """``site`` of a bare host name."""
    labels = name.rstrip(".").split(".")
    if name.startswith("[") or _is_address(name):
        return name
    third = len(labels) > 2 and len(labels[-1]) == 2 and labels[-2] in _SECOND_LEVEL
    return ".".join(labels[-3 if third else -2 :])


def _is_address(name: str) -> bool:
    """True for an IPv4 address."""
    try:
        ipaddress.IPv4Address(name)
    except ValueError:
        return False
    return True


@lru_cache(maxsize=REMEMBERED)
def _bare_host(name: str) -> str:
    """A host as a key: lower case, punycode, no label that names a device; "" where it is no host."""
    name = name.lower().rstrip(".")
    try:
        name = name if name.isascii() else name.encode("idna").decode("ascii").lower().rstrip(".")
    except UnicodeError:
        return ""
    while (door := _DOOR.match(name)) and _registered(name) != name:
        name = name[door.end() :]
    return name if _ASCII_HOST.fullmatch(name) else ""


def _escaped(text: str) -> str:
    """Percent-encoding in its one normal form: only where it must be, in capitals, as UTF-8."""
    return _ESCAPE.sub(_escape, text)


def _escape(match: re.Match[str]) -> str:
    """One escape or one character that needs one."""
    found = match[0]
    if len(found) == 3:
        char = chr(int(found[1:], 16))
        return char if _UNRESERVED.fullmatch(char) else found.upper()
    return quote(found, safe="", errors="replace")


def _normal_path(path: str) -> str:
    """Escapes normal, dot segments resolved, no empty segments, no closing slash, no AMP mark."""
    path = _escaped(path)
    if "/." in path or "//" in path:
        path = _resolved(path)
    path = path.rstrip("/")
    while "amp" in path and (shorter := _AMP_PATH.sub("", path).rstrip("/")) != path:
        path = shorter
    return path or "/"


def _resolved(path: str) -> str:
    """``path`` without ".", ".." and empty segments (RFC 3986 §5.2.4)."""
    kept: list[str] = []
    for segment in path.split("/"):
        if segment == "..":
            del kept[-1:]
        elif segment not in ("", "."):
            kept.append(segment)
    return "/" + "/".join(kept)


def _behind_amp_cache(match: re.Match[str]) -> str:
    """The publisher's own address where a Google AMP cache stands in front of it, else ""."""
    name, path = match["host"].lower(), match["path"] or ""
    if name.endswith(".ampproject.org"):
        inner = _AMP_CACHE.fullmatch(_normal_path(path))
    elif path.startswith("/amp/") and _registered(name) == "google.com":
        inner = _GOOGLE_AMP.fullmatch(_normal_path(path))
    else:
        return ""
    return f"https://{inner[1]}{inner[2] or ''}?{match['query'] or ''}" if inner else ""


def _essential(name: str, query: str) -> str:
    """The parameters that name the page, in the order of their names; those of one name stay in order."""
    own = _SITE_TRACKING.get(_registered(name), frozenset())
    query = _escaped(query)
    if "amp;" in query:
        query = _AMPERSAND.sub("&", query)
    parts = [part for part in query.split("&") if part and not _is_tracking(part, own)]
    return "&".join(sorted(parts, key=_name_of))


def _name_of(part: str) -> str:
    """ "a" of "a=1"."""
    return part.partition("=")[0]


def _is_tracking(part: str, own: frozenset[str]) -> bool:
    """True for a parameter that says how the reader came."""
    name, _, value = part.partition("=")
    lower = name.lower()
    if lower in own or _always_tracks(lower):
        return True
    return lower in _HALF_TRACKING and bool(_WAYS.fullmatch(value))


@lru_cache(maxsize=REMEMBERED)
def _always_tracks(name: str) -> bool:
    """True for the name of a parameter that says so whatever its value."""
    return bool(_TRACKING.fullmatch(name))
