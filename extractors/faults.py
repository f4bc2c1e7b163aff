"""What went wrong, as one of our error classes: the one place that knows the libraries' errors."""

from __future__ import annotations

import re
import ssl
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import httpcore
import httpx

from treatywatch.extractors.guard import ForbiddenAddressError, NameNotResolvedError
from treatywatch.news.errors import FetchError, FetchErrorClass
from treatywatch.news.records import Failure

MAX_RETRY_AFTER = 7 * 86400.0
_BOT_WALL = re.compile(
    rb"cf-challenge|cf_chl_|challenge-platform|_incapsula_|/distil_r_captcha|datadome|px-captcha"
    rb"|ddos-guard|attention required! \| cloudflare|g-recaptcha|h-captcha|hcaptcha\.com",
    re.I,
)
_TIMEOUTS = (
    httpcore.TimeoutException,
    httpx.TimeoutException,
    TimeoutError,
)
_CONNECTION = (
    httpcore.ConnectError,
    httpx.ConnectError,
    httpcore.ReadError,
    httpx.ReadError,
    httpcore.WriteError,
    httpx.WriteError,
    ConnectionError,
)
_PROTOCOL = (httpcore.ProtocolError, httpx.ProtocolError, httpx.DecodingError, httpx.InvalidURL)


def as_fetch_error(url: str, error: Exception) -> FetchError:
    """Turn a library's error into ours."""
    words = " ".join(str(error).split())[:300] or type(error).__name__
    if isinstance(error, ForbiddenAddressError):
        return FetchError(url, "ssrf", words)
    if isinstance(error, NameNotResolvedError):
        return FetchError(url, "dns", words)
    if isinstance(error, _TIMEOUTS):
        return FetchError(url, "timeout", f"timed out ({type(error).__name__})")
    if _is_tls(error):
        return FetchError(url, "tls", f"no secure connection ({words})")
    if isinstance(error, _CONNECTION):
        return FetchError(url, "connect", f"the connection failed ({words})")
    if isinstance(error, _PROTOCOL):
        return FetchError(url, "bad_response", f"the answer breaks HTTP ({words})")
    return FetchError(url, "bad_response", f"{type(error).__name__}: {words}")


def _is_tls(error: BaseException) -> bool:
    seen: BaseException | None = error
    for _ in range(6):
        if seen is None:
            return False
        if isinstance(seen, ssl.SSLError):
            return True
        seen = seen.__cause__ or seen.__context__
    return False


def status_error(
    url: str, status: int, headers: httpx.Headers, body: bytes, now: datetime
) -> FetchError:
    """Turn an HTTP status that is not a success into ours."""
    return FetchError(
        url,
        _class_of_status(status, headers, body),
        f"HTTP {status}",
        status=status,
        retry_after=retry_after(headers, now),
    )


def _class_of_status(status: int, headers: httpx.Headers, body: bytes) -> FetchErrorClass:
    if status == 410:
        return "gone"
    if status == 429:
        return "rate_limited"
    if status in (401, 403, 451) or (status == 503 and is_bot_wall(headers, body)):
        return "blocked"
    if 400 <= status < 500:
        return "http_4xx"
    return "http_5xx" if status >= 500 else "bad_response"


def is_bot_wall(headers: httpx.Headers, body: bytes) -> bool:
    """Tell whether an answer is a challenge for robots and not the page."""
    if headers.get("cf-mitigated", "") == "challenge":
        return True
    return len(body) < 60_000 and bool(_BOT_WALL.search(body))


def retry_after(headers: httpx.Headers, now: datetime) -> float | None:
    """Return the seconds of a Retry-After header, given as seconds or as a date; capped."""
    value = headers.get("retry-after", "").strip()
    if value.isascii() and value.isdigit() and len(value) < 12:
        return min(float(value), MAX_RETRY_AFTER)
    try:
        at = parsedate_to_datetime(value)
    except (TypeError, ValueError, IndexError, OverflowError):
        return None
    at = at if at.tzinfo else at.replace(tzinfo=UTC)
    return min(max((at - now).total_seconds(), 0.0), MAX_RETRY_AFTER)


def failure_of(error: FetchError, at: datetime) -> Failure:
    """Return a page's failure as the record that is stored."""
    return Failure(
        what="page",
        where=error.url,
        error_class=error.error_class,
        message=error.message,
        at=at,
        retry_after=error.retry_after,
    )
