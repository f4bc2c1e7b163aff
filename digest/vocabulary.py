"""The names of labels, sides, languages and failures, marked for translation."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType


def N_(message: str) -> str:  # noqa: N802
    """Mark a message for the catalogues; it is translated where it is shown."""
    return message


LABEL_NAMES: Mapping[str, str] = MappingProxyType(
    {
        "hopes": N_("Hopes"),
        "mixed": N_("Mixed"),
        "neutral": N_("Neutral"),
        "concerns": N_("Concerns"),
    }
)
SIDE_NAMES: Mapping[str, str] = MappingProxyType({"hope": N_("Hopes"), "concern": N_("Concerns")})
LANGUAGE_NAMES: Mapping[str, str] = MappingProxyType(
    {"ar": N_("Arabic"), "en": N_("English"), "vi": N_("Vietnamese")}
)
ERROR_NAMES: Mapping[str, str] = MappingProxyType(
    {
        "dns": N_("address not found"),
        "connect": N_("no connection"),
        "tls": N_("bad certificate"),
        "timeout": N_("no answer in time"),
        "http_4xx": N_("refused or not found"),
        "http_5xx": N_("server error"),
        "gone": N_("gone for good"),
        "rate_limited": N_("too many requests"),
        "too_large": N_("too large"),
        "not_a_feed": N_("not a feed"),
        "malformed": N_("damaged"),
        "blocked": N_("blocked"),
        "ssrf": N_("private address"),
        "robots": N_("closed to robots"),
        "redirects": N_("sent in circles"),
        "bad_response": N_("unreadable answer"),
        "empty": N_("no text found"),
        "too_short": N_("too little text"),
        "listing": N_("a list, not an article"),
        "consent": N_("consent page"),
        "bot_wall": N_("wall against robots"),
        "paywall": N_("behind a paywall"),
        "not_html": N_("not a web page"),
        "memory": N_("took too much memory"),
        "crashed": N_("crashed the reader"),
    }
)
