"""Making a digest and sending it: what is sent is what was written."""

from __future__ import annotations

from datetime import UTC, datetime
from email import message_from_bytes
from email.policy import default
from pathlib import Path

import duckdb
import pytest

from treatywatch.config.load import load_settings
from treatywatch.config.settings import DigestSettings
from treatywatch.flows.digests import (
    Channel,
    DigestRequest,
    channels_of,
    make_digest,
    send_digest,
)
from treatywatch.news.weekly import IsoWeek

HOST, TO, HOOK = "mail.example.org", ("desk@example.org",), "https://chat.example.org/hook"


@pytest.mark.parametrize(
    ("settings", "ways"),
    [
        (DigestSettings(), ()),
        (DigestSettings(smtp_host=HOST), ()),
        (DigestSettings(mail_to=TO), ()),
        (DigestSettings(smtp_host=HOST, mail_to=TO), ("mail",)),
        (DigestSettings(webhook_url=HOOK), ("webhook",)),
        (DigestSettings(smtp_host=HOST, mail_to=TO, webhook_url=HOOK), ("mail", "webhook")),
    ],
)
def test_a_digest_goes_the_ways_that_the_settings_name(
    settings: DigestSettings, ways: tuple[Channel, ...]
) -> None:
    assert channels_of(settings) == ways


@pytest.mark.slow
def test_what_is_stored_after_the_digest_was_written_does_not_change_what_is_sent(
    demo_db: Path, tmp_path: Path, mailbox, hook, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TREATYWATCH_DIGEST__MAIL_TO", '["desk@example.org"]')
    monkeypatch.setenv("TREATYWATCH_DIGEST__WEBHOOK_URL", hook.url)
    settings = load_settings(db=demo_db)
    now = datetime.now(UTC)
    request = DigestRequest(IsoWeek.before(now, settings.zone), tmp_path / "out")
    made = make_digest(settings, request)
    written = len(made.week.articles)

    with duckdb.connect(str(demo_db)) as connection:
        connection.execute("DELETE FROM stance_facts")
    for channel in channels_of(settings.digest):
        assert send_digest(settings.digest, made, now, channel).is_done

    assert hook.notes[0]["counts"]["articles"] == written > 0
    (sent,) = mailbox.taken
    text = message_from_bytes(sent.content, policy=default).get_body(("plain",))
    assert f"{written} articles about the treaty" in text.get_content()
    assert make_digest(settings, request).week.articles == ()
