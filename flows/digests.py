"""Making a digest: read the week, compose, write the files, send them. No Prefect here."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Literal

from treatywatch.config.settings import DigestSettings, Settings
from treatywatch.digest.compose import compose
from treatywatch.digest.deliver import Delivery, mail_digest, post_digest
from treatywatch.digest.options import DigestOptions, digest_options
from treatywatch.digest.write import write_digest
from treatywatch.news.week_input import WeekInput
from treatywatch.news.weekly import IsoWeek
from treatywatch.storage.weekly import read_week

Channel = Literal["mail", "webhook"]


@dataclass(frozen=True, slots=True)
class DigestRequest:
    """Which digest is wanted; None takes what the settings say."""

    week: IsoWeek
    out: Path | None = None
    as_of: datetime | None = None
    language: str | None = None
    formats: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class MadeDigest:
    """A digest as it was written: what it tells, and its files. It can be sent without a look."""

    week: WeekInput
    options: DigestOptions
    paths: tuple[Path, ...]


def make_digest(settings: Settings, request: DigestRequest) -> MadeDigest:
    """Write the digest of a week and return what was written.

    Raises:
        UsageError: when the language or a format is not one that can be written.
        StorageError: when the database cannot be read.
    """
    options = digest_options(settings.digest, request.language, request.formats)
    week = read_week(settings, request.week, request.as_of)
    paths = write_digest(week, options, request.out or settings.digest.dir)
    return MadeDigest(week, options, tuple(paths))


def channels_of(settings: DigestSettings) -> tuple[Channel, ...]:
    """Return the ways in which the settings send a digest."""
    ways: list[Channel] = []
    if settings.smtp_host and settings.mail_to:
        ways.append("mail")
    if settings.webhook_url:
        ways.append("webhook")
    return tuple(ways)


def send_digest(
    settings: DigestSettings, made: MadeDigest, now: datetime, channel: Channel
) -> Delivery:
    """Send a digest in one way; a failure is returned, not raised.

    What is sent is what was written, whatever was stored since; `now` is the date the mail bears.
    """
    digest = compose(made.week, made.options)
    if channel == "mail":
        return mail_digest(digest, made.options, settings, now)
    return post_digest(digest, made.options, settings, made.paths)
