"""The one settings class: defaults that work, `treatywatch.toml`, `TREATYWATCH_*` variables.

Later sources win: defaults, file, variables, then what the command line passes.
A table of the file is written with two underscores in a variable:
`[fetch] host_delay = 2` is `TREATYWATCH_FETCH__HOST_DELAY=2`.
What is or may hold a secret has `repr=False`; then errors do not show it either.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import BaseModel, ConfigDict, Field, field_validator
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

SETTINGS_FILE = "treatywatch.toml"
PREFIX = "TREATYWATCH_"
Seconds = Annotated[float, Field(gt=0)]
Count = Annotated[int, Field(ge=1)]


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)


class FetchSettings(_Table):
    """How feeds and pages are fetched."""

    user_agent: str = "treatywatch/0.1 (+https://example.org/treatywatch; news research)"
    """Sent with every request; put your own contact address here."""
    connect_timeout: Seconds = 10
    """Seconds to open a connection."""
    read_timeout: Seconds = 20
    """Seconds without a byte before giving up."""
    total_timeout: Seconds = 60
    """Seconds for one request, redirects and body included."""
    max_feed_bytes: Count = 8_000_000
    """A larger feed, decompressed, is refused."""
    max_page_bytes: Count = 5_000_000
    """A larger page, decompressed, is refused."""
    max_redirects: Annotated[int, Field(ge=0)] = 8
    """Redirects followed for one request."""
    feeds_in_parallel: Count = 24
    """Feeds fetched at the same time."""
    hosts_in_parallel: Count = 24
    """Hosts fetched from at the same time."""
    per_host: Count = 1
    """Requests at the same time to one host."""
    host_delay: Annotated[float, Field(ge=0)] = 1.0
    """Seconds between two requests to one host; a longer crawl-delay of its robots.txt wins."""
    max_entries_per_feed: Count = 200
    """Entries of one feed taken a run, newest first; the rest are recorded as skipped."""
    max_pages_per_host: Count = 300
    """Pages fetched from one host a run; the rest wait for the next run."""
    max_attempts: Count = 5
    """Tries for one page over all runs before it is given up."""
    min_interval_minutes: Annotated[float, Field(ge=0)] = 0
    """A feed fetched more recently than this is not due."""
    robots: bool = True
    """Honour robots.txt for pages."""
    robots_ignored_feeds: tuple[str, ...] = ()
    """Ids of feeds whose pages are fetched without asking robots.txt (with the outlet's leave)."""
    ports: tuple[Annotated[int, Field(ge=1, le=65535)], ...] = (80, 443)
    """Ports that may be fetched from."""
    http2: bool = True
    """Speak HTTP/2 where the server does."""


class ExtractSettings(_Table):
    """How pages are read."""

    workers: Annotated[int, Field(ge=0)] = 2
    """Worker processes for extraction; 0 reads in this process, without the time limit."""
    page_seconds: Seconds = 20
    """Seconds for one page before its worker is killed and replaced."""
    worker_memory_mb: Count = 2048
    """Address space of one worker."""
    sieve: bool = True
    """Look for signs of a treaty name before extracting."""
    min_text_chars: Count = 200
    """A page with less text is not an article."""
    recheck_days: tuple[int, ...] = (1, 3, 7)
    """Ages, in days, at which an article about the treaty is fetched again to find edits."""


class ModelSettings(_Table):
    """Which model scores passages."""

    name: str = "bundled"
    """`bundled`, a folder, or the name of a Hugging Face model (extra `torch`)."""
    threads: Annotated[int, Field(ge=0)] = 0
    """Threads of the model; 0: one a core."""
    batch_size: Count = 16
    """Passages scored at a time."""
    labels: dict[str, str] = {}
    """What the labels of a Hugging Face model mean, e.g. `{POSITIVE = "hopes"}`."""


class StorageSettings(_Table):
    """How the database behaves."""

    lock_timeout: Seconds = 60
    """Seconds to wait for the database when another process holds it."""
    memory_limit: str = "1GB"
    """Memory DuckDB may use."""
    threads: Annotated[int, Field(ge=0)] = 0
    """Threads DuckDB may use; 0: one a core."""
    snapshot: bool = True
    """Make a copy for readers after each run; off, they read the live file, and wait for runs."""
    snapshot_days: Count = 7
    """Days a copy is kept."""
    keep_text_days: Annotated[int, Field(ge=0)] = 0
    """Days the text of articles is kept; 0: for ever."""
    query_timeout: Seconds = 30
    """Seconds one ad hoc query may take."""
    query_memory_limit: str = "512MB"
    """Memory one ad hoc query may use."""
    url: str = Field(default="", repr=False)
    """A DuckLake catalogue in place of the file: `ducklake:FILE` or `ducklake:postgres:...`."""
    data_path: str = ""
    """Folder of the catalogue's Parquet files; empty: beside `db`."""


class DigestSettings(_Table):
    """How the weekly digest is written and delivered."""

    dir: Path = Path("digests")
    """Folder of the digests."""
    formats: tuple[Literal["html", "md", "json", "csv", "eml"], ...] = ("html", "md")
    """Formats written by the weekly flow."""
    language: Literal["en", "ar", "vi"] = "en"
    """Language of the digest's own words."""
    arabic_digits: bool = False
    """Write numbers of an Arabic digest in Arabic-Indic digits."""
    title: str = ""
    """Title of the digest; empty: the standing one."""
    mail_from: str = ""
    """Sender of the digest by mail."""
    mail_to: tuple[str, ...] = ()
    """Recipients of the digest by mail; none: not sent."""
    smtp_host: str = ""
    """Mail server; empty: not sent."""
    smtp_port: Annotated[int, Field(ge=1, le=65535)] = 587
    """Port of the mail server."""
    smtp_user: str = ""
    """User name at the mail server."""
    smtp_password: str = Field(default="", repr=False)
    """Password at the mail server; better set by TREATYWATCH_DIGEST__SMTP_PASSWORD."""
    smtp_tls: Literal["starttls", "tls", "none"] = "starttls"
    """How the connection to the mail server is protected."""
    webhook_url: str = Field(default="", repr=False)
    """Address that gets a JSON note when a digest is ready; empty: none."""


class FlowSettings(_Table):
    """How runs are scheduled and spread."""

    task_runner: Literal["threads", "processes", "dask", "ray"] = "threads"
    """What runs the batches of a run."""
    workers: Count = 4
    """Batches in progress at the same time."""
    dask_address: str = ""
    """Address of a Dask scheduler; empty: a local cluster."""
    ray_address: str = ""
    """Address of a Ray cluster, as `ray://host:10001`; empty: a local one."""
    batch_pages: Count = 100
    """Pages in one batch."""
    batch_feeds: Count = 30
    """Feeds in one batch."""
    run_deadline_minutes: Seconds = 120
    """A run stops taking new pages after this; the rest wait for the next run."""
    daily_cron: str = "30 5 * * *"
    """When `serve` runs the daily flow."""
    weekly_cron: str = "0 7 * * 1"
    """When `serve` writes the weekly digest."""
    metrics_file: str = ""
    """Prometheus text file written after each run; empty: none."""
    notify_webhook: str = Field(default="", repr=False)
    """Address that gets a JSON note on failure, outage or a quiet language; empty: none."""
    notify_mail_to: tuple[str, ...] = ()
    """Who gets the same note by mail, through the mail server of the digest; none: nobody."""
    quiet_days: Count = 3
    """A language without any new entry for this many days is reported."""


class Settings(BaseSettings):
    """Everything an operator may set."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        env_nested_delimiter="__",
        extra="forbid",
        frozen=True,
        hide_input_in_errors=True,  # a traceback shows them, secrets too
        use_attribute_docstrings=True,
    )

    db: Path = Path("data/treatywatch.duckdb")
    """The database file."""
    feeds: Path | None = None
    """The feed list; none: the built-in list of 90 feeds."""
    treaty: Path | None = None
    """Names, look-alikes and themes; none: the built-in file."""
    timezone: str = "Asia/Ho_Chi_Minh"
    """Zone in which days and weeks begin, and in which `serve` keeps its times."""
    allow_loopback: bool = False
    """Fetch from loopback addresses too, on any port (demo and tests)."""
    fetch: FetchSettings = FetchSettings()
    extract: ExtractSettings = ExtractSettings()
    model: ModelSettings = ModelSettings()
    storage: StorageSettings = StorageSettings()
    digest: DigestSettings = DigestSettings()
    flow: FlowSettings = FlowSettings()

    @field_validator("timezone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            raise ValueError("a time zone such as Asia/Ho_Chi_Minh or UTC") from None
        return value

    @property
    def zone(self) -> ZoneInfo:
        """Return the zone in which days and weeks begin."""
        return ZoneInfo(self.timezone)

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Read the command line first, then variables, then the file."""
        path = os.environ.get("TREATYWATCH_CONFIG", SETTINGS_FILE)
        return (init_settings, env_settings, TomlConfigSettingsSource(settings_cls, path))
