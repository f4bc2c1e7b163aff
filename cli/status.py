"""`treatywatch status`: last runs, feed health, database size, model in use."""

from __future__ import annotations

import json as json_module
from dataclasses import asdict
from datetime import datetime
from typing import TYPE_CHECKING, Any

import typer

from treatywatch.cli.options import Db, Json, settings_for
from treatywatch.cli.output import data, say, table

if TYPE_CHECKING:
    from treatywatch.news.runs import RunReport
    from treatywatch.storage.reader import FeedHealth, StatusSummary

EXAMPLES = """
Examples:

  treatywatch status

  treatywatch status --json | jq .last_runs[0].state
"""
_BY_SCHEDULE = ("daily", "weekly-digest")
_ENDED_BADLY = {"failed": "failed", "interrupted": "was broken off"}


def status(db: Db = None, json: Json = False) -> None:
    """Show the last runs, how the feeds do, the size of the database and the model in use.

    The exit code is 1 when the last daily run, the last digest or the newest run of all failed or
    was broken off, for probes.
    """
    from treatywatch.storage.reader import Reader

    reader = Reader(settings_for(db))
    summary = reader.status_summary()
    health = reader.feed_health()
    if json:
        data(json_module.dumps(_as_mapping(summary, health), ensure_ascii=False, default=_plain))
    else:
        _show(summary, health)
    if ended_badly := _ended_badly(summary):
        for run in ended_badly:
            say(f"the last {run.kind} run {_ENDED_BADLY[run.state]}.")
        raise typer.Exit(1)


def _ended_badly(summary: StatusSummary) -> list[RunReport]:
    """Return the runs to see to; one made by hand is history when another has followed it."""
    newest = {run.run_id for run in summary.last_runs[:1]}
    return [
        run
        for run in summary.last_of_kind
        if run.state in _ENDED_BADLY and (run.kind in _BY_SCHEDULE or run.run_id in newest)
    ]


def _as_mapping(summary: StatusSummary, health: list[FeedHealth]) -> dict[str, Any]:
    return {
        **{key: value for key, value in asdict(summary).items() if key != "last_runs"},
        "feed_states": _feed_states(health),
        "last_runs": [asdict(run) for run in summary.last_runs],
    }


def _feed_states(health: list[FeedHealth]) -> dict[str, int]:
    states: dict[str, int] = {}
    for feed in health:
        states[feed.state] = states.get(feed.state, 0) + 1
    return dict(sorted(states.items()))


def _show(summary: StatusSummary, health: list[FeedHealth]) -> None:
    labels = ", ".join(f"{count} {label}" for label, count in summary.labels.items())
    data(f"database  {summary.path} ({summary.size / 1e6:.1f} MB, schema {summary.schema})")
    data(f"model     {summary.model_id or 'none yet'}")
    data(f"feeds     {', '.join(f'{n} {s}' for s, n in _feed_states(health).items()) or 'none'}")
    data(
        f"entries   {summary.entries} ({summary.entries_pending} waiting, "
        f"{summary.entries_failed} given up)"
    )
    treaty = f"{summary.treaty_articles} ({labels})" if labels else f"{summary.treaty_articles}"
    data(f"articles  {summary.articles}, about the treaty {treaty}")
    if summary.waiting_batches:
        data(f"waiting   {summary.waiting_batches} batches for the database to be free")
    table("Last runs", _RUN_COLUMNS, [_run_row(run) for run in summary.last_runs])


_RUN_COLUMNS = ("started (UTC)", "kind", "state", "feeds", "failed", "new", "edited", "treaty")


def _run_row(run: RunReport) -> tuple[Any, ...]:
    return (
        f"{run.started_at:%Y-%m-%d %H:%M}",
        run.kind,
        run.state,
        run.feeds_ok,
        run.feeds_failed,
        run.articles_new,
        run.articles_edited,
        run.treaty_articles,
    )


def _plain(value: object) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(epilog=EXAMPLES)(status)
