"""What a run shows on its page at the Prefect server: report, feed health, digest links."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from prefect.artifacts import create_markdown_artifact, create_table_artifact

from treatywatch.digest.deliver import Delivery
from treatywatch.flows.report import report_markdown
from treatywatch.news.runs import RunReport
from treatywatch.storage.reader import FeedHealth

_WORST_FIRST = {"retired": 0, "dead": 1, "failing": 2, "new": 3, "ok": 4, "off": 5}


def publish_report(report: RunReport) -> None:
    """Show the report."""
    create_markdown_artifact(
        key=f"{report.kind}-report",
        markdown=report_markdown(report),
        description=f"Report of the {report.kind} run {report.run_id}",
    )


def publish_feed_health(health: Sequence[FeedHealth]) -> None:
    """Show how each feed does, the worst first."""
    ordered = sorted(health, key=lambda feed: (_WORST_FIRST.get(feed.state, 9), feed.feed_id))
    create_table_artifact(
        key="feed-health",
        table=[_health_row(feed) for feed in ordered] or [{"feed": "none yet"}],
        description="How each feed does, the worst first",
    )


def _health_row(feed: FeedHealth) -> dict[str, str]:
    return {
        "feed": feed.feed_id,
        "language": feed.language,
        "state": feed.state,
        "last success": _moment(feed.last_success_at),
        "last error": feed.last_error_class or "",
        "entries": str(feed.entries),
        "newest entry": _moment(feed.last_new_entry_at),
        "next fetch": _moment(feed.next_fetch_at),
    }


def _moment(at: datetime | None) -> str:
    return f"{at:%Y-%m-%d %H:%M}" if at else ""


def publish_digest(week: str, paths: Sequence[Path], deliveries: Sequence[Delivery]) -> None:
    """Show where a digest lies and what became of its delivery."""
    links = "\n".join(f"- [{path.name}]({path.resolve().as_uri()})" for path in paths)
    sent = "\n".join(f"- {each.channel}: {_fate(each)}, {each.detail}" for each in deliveries)
    create_markdown_artifact(
        key="weekly-digest",
        markdown=f"# Digest of {week}\n\n{links}\n\n{sent or 'Not sent anywhere.'}\n",
        description=week,
    )


def _fate(delivery: Delivery) -> str:
    if delivery.is_done:
        return "sent"
    return "perhaps NOT sent to all" if delivery.may_come_twice else "NOT sent"
