"""The weekly flow: a digest that is written, sent, and told of when it cannot be sent."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from email import message_from_bytes
from email.policy import default
from pathlib import Path

import duckdb
import pytest
from support.rows import rows_of

from treatywatch.config.load import load_settings
from treatywatch.flows import weekly
from treatywatch.flows.digests import DigestRequest, make_digest
from treatywatch.flows.launch import launch_weekly
from treatywatch.news.errors import UsageError
from treatywatch.news.weekly import IsoWeek

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("prefect_home")]


def test_the_digest_is_written_and_sent(
    demo_db: Path,
    tmp_path: Path,
    hook,
    mailbox,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(weekly.send, "retry_delay_seconds", [0, 0])
    monkeypatch.setenv("TREATYWATCH_DIGEST__MAIL_FROM", "watch@example.org")
    monkeypatch.setenv("TREATYWATCH_DIGEST__MAIL_TO", '["desk@example.org"]')
    monkeypatch.setenv("TREATYWATCH_DIGEST__WEBHOOK_URL", hook.url)
    monkeypatch.setenv("TREATYWATCH_FLOW__NOTIFY_WEBHOOK", hook.url.replace("hook", "alarms"))
    monkeypatch.setenv("TREATYWATCH_FLOW__NOTIFY_MAIL_TO", '["ops@example.org"]')
    monkeypatch.setenv("TREATYWATCH_FLOW__METRICS_FILE", str(tmp_path / "m" / "tw.prom"))
    settings = load_settings(db=demo_db)
    before = rows_of(settings.db)

    week = IsoWeek.before(datetime.now(UTC), settings.zone)
    request = DigestRequest(week, tmp_path / "digests")
    paths = launch_weekly(settings, request)

    assert [path.suffix for path in paths] == [".html", ".md"]
    assert all(path.stat().st_size > 1000 for path in paths)
    assert (tmp_path / "digests" / "feed.atom").exists()
    assert hook.events() == ["digest"]
    assert hook.notes[0]["files"] == [path.name for path in paths]
    (sent,) = mailbox.taken
    assert sent.rcpt_tos == ["desk@example.org"]
    message = message_from_bytes(sent.content, policy=default)
    assert message.get_body(("html",)) is not None
    assert rows_of(settings.db) == before
    assert (tmp_path / "m" / "tw-weekly-digest.prom").exists()

    hook.status = 500
    mailbox.taken.clear()
    hook.notes.clear()
    with pytest.raises(weekly.DeliveryError, match=r"was not sent: webhook: .* answered 500"):
        launch_weekly(settings, request)
    # three tries at the webhook, one mail: what was sent is not sent again
    assert hook.events() == ["digest", "digest", "digest", "run_failed"]
    assert [each.rcpt_tos for each in mailbox.taken] == [["desk@example.org"], ["ops@example.org"]]
    assert all(path.exists() for path in paths)
    with duckdb.connect(str(settings.db), read_only=True) as connection:
        runs = connection.execute(
            "SELECT kind, state, failures FROM runs ORDER BY started_at"
        ).fetchall()
    assert runs[-2:] == [
        ("weekly-digest", "completed", {}),
        ("weekly-digest", "failed", {"webhook": 1}),
    ]


def test_what_may_have_arrived_is_not_sent_again(demo_db: Path, tmp_path: Path, hook) -> None:
    hook.hangs_up = True
    settings = load_settings(db=demo_db, digest={"webhook_url": hook.url})
    now = datetime.now(UTC)
    request = DigestRequest(IsoWeek.before(now, settings.zone), tmp_path)
    made = make_digest(settings, request)
    delivery = weekly.send.fn(settings, made, now, "webhook")  # raises what is to be sent again
    assert not delivery.is_done
    assert weekly.not_sent([delivery]).startswith("may not have reached everybody: webhook: ")
    refused = replace(delivery, may_come_twice=False)
    assert weekly.not_sent([refused]).startswith("was not sent: webhook: ")


def test_without_a_database_it_is_one_clear_sentence(tmp_path: Path) -> None:
    metrics = tmp_path / "tw.prom"
    settings = load_settings(db=tmp_path / "none.duckdb", flow={"metrics_file": str(metrics)})
    with pytest.raises(UsageError, match=r"none\.duckdb"):
        launch_weekly(settings, now=datetime(2026, 11, 23, tzinfo=UTC))
    assert not settings.db.exists()
    told = metrics.with_name("tw-weekly-digest.prom").read_text()
    assert 'last_run_success{kind="weekly-digest"} 0.0' in told
