"""Log lines that programs can read: words first, then `key=value`, and the same as fields.

With `PREFECT_LOGGING_HANDLERS_CONSOLE_FORMATTER=json` each line is a JSON object with the fields.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from typing import Any

from prefect import get_run_logger

from treatywatch.news.records import FeedResult, PageOutcome
from treatywatch.news.text import fit_to_show


def log_event(words: str, level: int = logging.INFO, **fields: Any) -> None:
    """Log an event of the run with its fields; those that are None are left out."""
    known = {name: value for name, value in fields.items() if value is not None}
    pairs = " ".join(f"{name}={_quoted(value)}" for name, value in known.items())
    get_run_logger().log(level, "%s %s", words, pairs, extra={"fields": known})


def log_feeds(run_id: str, results: Iterable[FeedResult]) -> None:
    """Log each feed that failed or was read leniently."""
    for result in results:
        fetch = result.fetch
        if fetch.outcome == "failed":
            log_event(
                "feed failed", logging.WARNING, run_id=run_id, feed_id=fetch.feed_id,
                error_class=fetch.error_class, http_status=fetch.http_status,
                error=fetch.error_message,
            )  # fmt: skip
        elif fetch.warning:
            log_event("feed damaged", run_id=run_id, feed_id=fetch.feed_id, error=fetch.warning)


def log_pages(run_id: str, outcomes: Iterable[PageOutcome]) -> None:
    """Log each page that failed."""
    for outcome in outcomes:
        if outcome.failure is not None:
            log_event(
                "page failed", run_id=run_id, feed_id=outcome.feed_id,
                entry_id=outcome.entry_id, error_class=outcome.failure.error_class,
                url=outcome.failure.where,
            )  # fmt: skip


def log_spooled(run_id: str, is_spooled: bool) -> None:
    """Log that a batch was put in a file, where it was."""
    if is_spooled:
        words = "another process holds the database: a batch waits in a file for the next chance"
        log_event(words, logging.WARNING, run_id=run_id)


def _quoted(value: object) -> str:
    text = fit_to_show(" ".join(str(value)[:500].split()))
    return f'"{text}"' if " " in text or "=" in text else text
