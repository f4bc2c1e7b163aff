"""Ten weeks, day by day, across a clock change and the end of an ISO year."""

from __future__ import annotations

import json
import uuid
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from zoneinfo import ZoneInfo

import duckdb
import pytest
from prefect import flow

from treatywatch.config.feeds import load_feeds, write_list
from treatywatch.config.load import load_settings
from treatywatch.config.settings import Settings
from treatywatch.flows.daily import DailyRun
from treatywatch.flows.digests import DigestRequest, make_digest
from treatywatch.flows.timetable import Job
from treatywatch.flows.workshop import close_workshops
from treatywatch.news.errors import NothingFetchedError
from treatywatch.news.weekly import IsoWeek

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1200)]
BERLIN = ZoneInfo("Europe/Berlin")
FIRST, DAYS = datetime(2025, 10, 24, 12, tzinfo=UTC), 73  # to Monday 5 January 2026
OUTAGE = {date(2025, 11, 12), date(2025, 11, 13)}
QUIET_FROM = date(2025, 12, 1)
EDITED, EDITED_ON = date(2025, 11, 3), date(2025, 11, 5)
EVERY = {"en": 1, "ar": 2, "vi": 3}  # an article every so many days
TEXT = {
    "en": "The UN Convention against Cybercrime will help police share evidence faster, the "
    "minister said on day {day}. Rights groups warn that the UN Convention against Cybercrime "
    "could be used to spy on journalists and critics in many countries, and ask for safeguards.",
    "ar": "قال الوزير في اليوم {day} إن اتفاقية الأمم المتحدة لمكافحة الجريمة السيبرانية ستسرع"
    " تبادل الأدلة وتحمي الضحايا. وحذرت منظمات حقوقية من أن اتفاقية الأمم المتحدة لمكافحة الجريمة"
    " السيبرانية قد تستخدم للتجسس على الصحفيين والمنتقدين في بلدان كثيرة.",
    "vi": "Bộ trưởng nói vào ngày {day} rằng Công ước Hà Nội về tội phạm mạng sẽ giúp chia sẻ chứng"
    " cứ nhanh hơn và bảo vệ nạn nhân. Các nhóm nhân quyền cảnh báo Công ước Hà Nội về tội phạm"
    " mạng có thể bị dùng để theo dõi nhà báo và người chỉ trích ở nhiều nước.",
}


class Press:
    """Three papers that publish day by day, and one whose feed is dead."""

    def __init__(self) -> None:
        self.today = FIRST.date()

    def published(self, language: str) -> list[date]:
        """Return the days with an article, until today."""
        days = (self.today - FIRST.date()).days
        found = [FIRST.date() + timedelta(n) for n in range(0, days + 1, EVERY[language])]
        return [day for day in found if language != "ar" or day < QUIET_FROM]

    def body(self, path: str) -> tuple[int, str]:
        _, language, name = path.split("/")
        if language == "dead":
            return 500, ""
        if self.today in OUTAGE:
            return 502, ""
        if name == "feed":
            return 200, self._feed(language)
        return 200, self._page(language, date.fromisoformat(name))

    def _title(self, language: str, day: date) -> str:
        edited = language == "en" and day == EDITED and self.today >= EDITED_ON
        return f"UN Convention against Cybercrime {language} {day}" + (" updated" * edited)

    def _feed(self, language: str) -> str:
        items = "".join(
            f"<item><title>{self._title(language, day)}</title><link>/{language}/{day}</link>"
            f"<guid>{language}{day}</guid><pubDate>{format_datetime(moment(day))}</pubDate></item>"
            for day in self.published(language)[-12:]
        )
        return f'<rss version="2.0"><channel><title>P</title>{items}</channel></rss>'

    def _page(self, language: str, day: date) -> str:
        title = self._title(language, day)
        text = TEXT[language].format(day=day.toordinal())
        if title.endswith("updated"):
            text += " The paper has corrected this article since it came out."
        return (
            f'<html lang="{language}"><head><title>{title}</title>'
            f'<meta property="article:published_time" content="{moment(day).isoformat()}">'
            f'<meta property="og:type" content="article"></head><body><article><h1>{title}</h1>'
            f"<p>{text}</p></article></body></html>"
        )


def moment(day: date) -> datetime:
    """Return when the article of a day came out: 00:10 in Berlin, still yesterday in UTC."""
    return datetime(day.year, day.month, day.day, 0, 10, tzinfo=BERLIN).astimezone(UTC)


@pytest.fixture
def press(loopback: None, tmp_path: Path) -> Iterator[Press]:
    found = Press()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            status, text = (404, "") if "robots" in self.path else found.body(self.path)
            body = text.encode()
            self.send_response(status)
            kind = "application/rss+xml" if self.path.endswith("feed") else "text/html"
            self.send_header("Content-Type", f"{kind}; charset=utf-8")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    root = f"http://127.0.0.1:{server.server_address[1]}"
    languages = {"en": "en", "ar": "ar", "vi": "vi", "dead": "en"}
    rows = [
        {"id": name, "name": name, "url": f"{root}/{name}/feed", "language": language}
        for name, language in languages.items()
    ]
    write_list(tmp_path / "feeds.yaml", rows)
    yield found
    server.shutdown()
    server.server_close()
    thread.join()


@flow(name="ten-weeks")
def live(press_key: str) -> None:
    """Live through the days: a run each morning, a digest each Monday."""
    settings, press = _SHARED[press_key]
    job = Job("daily", "30 5 * * *", BERLIN)
    now = FIRST
    for _ in range(DAYS):
        now = job.next_after(now)
        press.today = now.astimezone(BERLIN).date()
        try:
            feeds = load_feeds(settings.feeds)
            DailyRun(settings, feeds, now, str(uuid.uuid4())).go()
        except NothingFetchedError:
            assert press.today in OUTAGE
        if press.today.weekday() == 0:
            make_digest(settings, DigestRequest(IsoWeek.before(now, BERLIN), formats=("json",)))


_SHARED: dict[str, tuple[Settings, Press]] = {}


@pytest.mark.timeout(900)
def test_ten_weeks(press: Press, tmp_path: Path, hook, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {
        "TIMEZONE": "Europe/Berlin",
        "STORAGE__SNAPSHOT": "false",
        "EXTRACT__WORKERS": "0",
        "FLOW__NOTIFY_WEBHOOK": hook.url,
    }.items():
        monkeypatch.setenv(f"TREATYWATCH_{name}", value)
    settings = load_settings(db=tmp_path / "t.duckdb", feeds=tmp_path / "feeds.yaml")
    _SHARED["here"] = settings, press
    try:
        live("here")
    finally:
        close_workshops()

    expected = {lang: press.published(lang) for lang in EVERY}
    with duckdb.connect(str(settings.db), read_only=True) as connection:

        def ask(query: str) -> list[tuple[object, ...]]:
            return connection.execute(query).fetchall()

        found = ask("SELECT language, published_date FROM article_stance ORDER BY ALL")
        assert found == sorted((lang, day) for lang, days in expected.items() for day in days)
        versions = ask("SELECT title FROM article_versions WHERE version > 1")
        assert versions == [(f"UN Convention against Cybercrime en {EDITED} updated",)]
        states = Counter(state for (state,) in ask("SELECT state FROM runs"))
        assert states == {"completed": DAYS - len(OUTAGE), "failed": len(OUTAGE)}
        hours = ask(
            "SELECT DISTINCT date_part('hour', timezone('Europe/Berlin', started_at)) FROM runs"
        )
        assert hours == [(5,)], "the clock change moved no run"
        (dead,) = ask("SELECT state, fetches FROM feed_health WHERE feed_id = 'dead'")
        assert dead[0] == "dead"
        assert dead[1] < DAYS / 3, "a dead feed is asked less and less"
        up = ask("SELECT DISTINCT state FROM feed_health WHERE feed_id <> 'dead'")
        assert up == [("ok",)], "an outage is held against no feed"

    assert alarms(hook.notes) == expected_alarms()
    weeks = Counter(
        f"{day.isocalendar().year}-W{day.isocalendar().week:02}"
        for days in expected.values()
        for day in days
    )
    digests = {
        path.stem.removeprefix("digest-"): json.loads(path.read_text())
        for path in settings.digest.dir.glob("digest-*.json")
    }
    assert {"2025-W43", "2025-W52", "2026-W01"} <= set(digests)
    assert len(digests) == 11
    for week, digest in digests.items():
        assert digest["counts"]["articles"] == weeks[week], week


def alarms(notes: list[dict[str, object]]) -> list[tuple[str, str]]:
    return [(str(note["event"]), str(note["at"])[:10]) for note in notes]


def expected_alarms() -> list[tuple[str, str]]:
    """An outage on each of its days; Arabic quiet from three days after its last entry, weekly."""
    quiet = [date(2025, 12, 2) + timedelta(weeks=n) for n in range(5)]
    found = [("outage", str(day)) for day in sorted(OUTAGE)]
    return found + [("quiet_language", str(day)) for day in quiet]
