"""Start a flow from a program: Prefect made quiet and ready, tools warmed while it starts."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from treatywatch.config.feeds import choose_feeds, load_feeds
from treatywatch.config.load import in_force
from treatywatch.config.settings import Settings
from treatywatch.flows.prefect_setup import (
    missing_server_said,
    our_errors_unlogged,
    prepare_prefect,
)
from treatywatch.flows.progress import Progress, Silent, watched_by
from treatywatch.news.errors import TreatywatchError
from treatywatch.news.runs import RunReport

if TYPE_CHECKING:
    from treatywatch.flows.digests import DigestRequest


def launch_daily(
    settings: Settings,
    only: Sequence[str] = (),
    progress: Progress | None = None,
    now: datetime | None = None,
) -> RunReport:
    """Run the daily flow in this process and return its report.

    Raises:
        NothingFetchedError: when no feed that was due could be fetched.
        UsageError: when a setting or the feed list cannot be used.
        StorageError: when the database cannot be used.
    """
    # a mistake in the list shows before Prefect takes its seconds
    choose_feeds(load_feeds(settings.feeds), only)

    def start() -> Any:
        from treatywatch.flows.daily import daily

        return daily(
            feeds=str(settings.feeds) if settings.feeds else None,
            db=str(settings.db),
            only=list(only) or None,
            now=now,
            return_state=True,
        )

    return RunReport(**run_here(settings, start, progress))


def launch_reclassify(
    settings: Settings, model: str | None = None, progress: Progress | None = None
) -> RunReport:
    """Score the stored articles with another model, in this process; return the report.

    Raises:
        ModelError: when the model cannot be used.
        StorageError: when the database cannot be used.
        UsageError: when there is no database yet.
    """

    def start() -> Any:
        from treatywatch.flows.reclassify import reclassify

        return reclassify(model=model, db=str(settings.db), return_state=True)

    return RunReport(**run_here(settings, start, progress, warm=model is None))


def launch_weekly(
    settings: Settings, request: DigestRequest | None = None, now: datetime | None = None
) -> list[Path]:
    """Write the digest of a week (none: the last full one), send it, return its files.

    Raises:
        TreatywatchError: when the digest lies in its folder and could not be sent everywhere.
        UsageError: when the request cannot be met, or there is no database yet.
    """

    def start() -> Any:
        from treatywatch.flows.weekly import weekly

        return weekly(db=str(settings.db), now=now, return_state=True, **_asked(request))

    return [Path(path) for path in run_here(settings, start, warm=False)]


def _asked(request: DigestRequest | None) -> dict[str, Any]:
    if request is None:
        return {}
    return {
        "week": str(request.week),
        "out": str(request.out) if request.out else None,
        "as_of": request.as_of,
        "language": request.language,
        "formats": list(request.formats) if request.formats else None,
    }


def run_here(
    settings: Settings,
    start: Callable[[], Any],
    progress: Progress | None = None,
    warm: bool = True,
) -> Any:
    """Start a flow in this process and return what it gives, or raise what ended it.

    `start` imports the flow and calls it with `return_state=True`. With `warm`, the page reader
    and the model are made ready while Prefect starts.
    """
    prepare_prefect(_home(settings))
    warming = threading.Thread(target=_warm, args=(settings,) if warm else (None,), daemon=True)
    warming.start()
    from treatywatch.flows.workshop import close_workshops

    try:
        with (
            in_force(settings),
            watched_by(progress or Silent()),
            our_errors_unlogged(),
            _ended_by_sigterm(),
            missing_server_said(),
        ):
            outcome = start().result(raise_on_failure=False)
    finally:
        warming.join()
        close_workshops()
    if isinstance(outcome, BaseException):
        raise outcome
    return outcome


@contextmanager
def _ended_by_sigterm() -> Iterator[None]:
    """Let SIGTERM end a run as Ctrl-C does: what is finished is stored, what was made is closed."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def leave(*_: object) -> None:
        raise SystemExit(128 + signal.SIGTERM)

    before = signal.signal(signal.SIGTERM, leave)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def report_as_mapping(report: RunReport) -> Mapping[str, Any]:
    """Return the report with plain values, as JSON takes them."""
    return {
        key: value.isoformat() if isinstance(value, datetime) else value
        for key, value in asdict(report).items()
    }


def _warm(settings: Settings | None) -> None:
    """Make the costly tools ready; whatever fails here fails again, and is told, in the flow."""
    if settings is None:
        return
    from treatywatch.flows.workshop import workshop_for

    try:
        workshop = workshop_for(settings)
        workshop.classifier  # noqa: B018 - reading it makes it
        workshop.reader  # noqa: B018 - as above
    except TreatywatchError:
        return


def _home(settings: Settings) -> Path:
    return settings.db.resolve().parent / ".prefect"
