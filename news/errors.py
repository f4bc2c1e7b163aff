"""The error tree.

    TreatywatchError
     +- UsageError            bad config, bad query, missing file: the user's to mend  (exit 2)
     +- NothingFetchedError   no feed could be reached at all  (exit 3)
     +- StorageError          the database cannot be used
     |   +- DatabaseBusyError     another process holds it (a retry can help)
     |   +- DatabaseTooNewError   written by a newer treatywatch
     |   +- ForeignDatabaseError  not a treatywatch database, or damaged
     +- ModelError            a model is missing, damaged or unknown
     +- FetchError            one feed or page could not be fetched (recorded, never fatal)
     +- ExtractionError       one page could not be read as an article (recorded, never fatal)

Each carries what a person needs: what failed, on which input, and what to do next.
`FetchError` and `ExtractionError` also carry an `error_class`, the word that goes to the database.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Literal

FetchErrorClass = Literal[
    "dns",
    "connect",
    "tls",
    "timeout",
    "http_4xx",
    "http_5xx",
    "gone",
    "rate_limited",
    "too_large",
    "not_a_feed",
    "malformed",
    "blocked",
    "ssrf",
    "robots",
    "redirects",
    "bad_response",
]
ExtractionErrorClass = Literal[
    "empty",
    "too_short",
    "listing",
    "consent",
    "bot_wall",
    "paywall",
    "not_html",
    "timeout",
    "memory",
    "crashed",
]

# A retry soon can help for these; the others need time or a person.
TRANSIENT_FETCH_ERRORS: frozenset[str] = frozenset(
    {"dns", "connect", "timeout", "http_5xx", "rate_limited"}
)

# How much one failure counts against a feed: hard 1, soft 0.5, temporary 0.25.
FETCH_ERROR_WEIGHTS: Mapping[str, float] = MappingProxyType(
    {
        "dns": 0.5,
        "connect": 0.5,
        "tls": 1.0,
        "timeout": 0.25,
        "http_4xx": 1.0,
        "http_5xx": 0.25,
        "gone": 1.0,
        "rate_limited": 0.25,
        "too_large": 1.0,
        "not_a_feed": 1.0,
        "malformed": 1.0,
        "blocked": 0.5,
        "ssrf": 0.5,  # a captive portal answers every name with a private address
        "robots": 1.0,
        "redirects": 1.0,
        "bad_response": 0.5,
    }
)


class TreatywatchError(Exception):
    """Base of every error treatywatch raises on purpose."""

    exit_code = 1


class UsageError(TreatywatchError):
    """The user's input, configuration or query cannot be used."""

    exit_code = 2


class NothingFetchedError(TreatywatchError):
    """No feed could be reached at all."""

    exit_code = 3


class StorageError(TreatywatchError):
    """The database cannot be used."""


class DatabaseBusyError(StorageError):
    """Another process holds the database; waiting can help."""


class DatabaseTooNewError(StorageError):
    """The database was written by a newer treatywatch."""


class ForeignDatabaseError(StorageError):
    """The file is not a treatywatch database, or it is damaged."""


class ModelError(TreatywatchError):
    """A model is missing, damaged or unknown."""


class FetchError(TreatywatchError):
    """One feed or page could not be fetched.

    `error_class` goes to the database; `retry_after` is in seconds, when the server gave one.
    """

    def __init__(
        self,
        url: str,
        error_class: FetchErrorClass,
        message: str,
        *,
        status: int | None = None,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(f"{url}: {message}")
        self.url = url
        self.error_class: FetchErrorClass = error_class
        self.message = message
        self.status = status
        self.retry_after = retry_after

    @property
    def is_transient(self) -> bool:
        """Tell whether trying again soon can help."""
        return self.error_class in TRANSIENT_FETCH_ERRORS


class ExtractionError(TreatywatchError):
    """One page could not be read as an article."""

    def __init__(self, url: str, error_class: ExtractionErrorClass, message: str) -> None:
        super().__init__(f"{url}: {message}")
        self.url = url
        self.error_class: ExtractionErrorClass = error_class
        self.message = message
