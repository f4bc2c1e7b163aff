"""A record that cannot be sieved costs that record, not the backfill."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from treatywatch.config.settings import Settings
from treatywatch.extractors.archives import Capture, Step
from treatywatch.extractors.captures import Outlets
from treatywatch.extractors.sitemaps import Span
from treatywatch.flows.backfill_chunks import Sifter
from treatywatch.flows.backfill_sources import BackfillOrder
from treatywatch.news.records import Page
from treatywatch.storage.backfill import BackfillProgress, BackfillStore
from treatywatch.storage.writer import Writer

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


def capture(number: int, body: object) -> Capture:
    url = f"https://paper.example/{number}"
    return Capture(url, Page(url, url, 200, "text/html", None, body, NOW))  # type: ignore[arg-type]


def test_a_record_that_cannot_be_sieved_has_failed_and_the_rest_goes_on(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    settings = Settings(db=tmp_path / "t.duckdb")
    Writer(settings).migrate(NOW)
    order = BackfillOrder((), Span())
    sifter = Sifter(settings, BackfillStore(settings), Outlets([]), order)
    bodies = (None, b"the cybercrime convention", b"ferries")
    steps = [Step(str(n), n, capture(n, body)) for n, body in enumerate(bodies)]
    progress = BackfillProgress("s", "backfill:s", "warc", "a.warc", NOW, NOW)
    (chunk,) = sifter.chunks(iter(steps), progress)
    assert [each.where for each in chunk.failures] == ["https://paper.example/0"]
    assert chunk.failures[0].error_class == "crashed"
    assert [each.pending.entry.url for each in chunk.past] == ["https://paper.example/1"]
    assert (chunk.cursor, chunk.records, chunk.pages) == ("2", 3, 3)
    assert "https://paper.example/0" in caplog.text
