"""Making a digest: read the week, compose, write the files, send them. No Prefect here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Literal

from treatywatch.config.settings import DigestSettings, Settings
from treatywatch.digest.deliver import Delivery, deliver_digest
from treatywatch.digest.options import digest_options
from treatywatch.digest.write import write_digest
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


def make_digest(settings: Settings, request: DigestRequest) -> list[Path]:
    """Write the digest of a week and return the paths of its files.

    Raises:
        UsageError: when the language or a format is not one that can be written.
        StorageError: when the database cannot be read.
    """
    options = digest_options(settings.digest, request.language, request.formats)
    week = read_week(settings, request.week, request.as_of)
    return list(write_digest(week, options, request.out or settings.digest.dir))


def channels_of(settings: DigestSettings) -> tuple[Channel, ...]:
    """Return the ways in which the settings send a digest."""
    ways: list[Channel] = []
    if settings.smtp_host and settings.mail_to:
        ways.append("mail")
    if settings.webhook_url:
        ways.append("webhook")
    return tuple(ways)


def send_digest(
    settings: Settings,
    request: DigestRequest,
    paths: Sequence[Path],
    now: datetime,
    channel: Channel,
) -> Delivery:
    """Send the digest of a week in one way; a failure is returned, not raised.

    `paths` are the files that were written, `now` the date the mail bears.
    """
    # One way at a time, so that trying the other again sends nothing twice.
    others = {"smtp_host": ""} if channel == "webhook" else {"webhook_url": ""}
    options = digest_options(settings.digest, request.language, request.formats)
    week = read_week(settings, request.week, request.as_of)
    only = settings.digest.model_copy(update=others)
    (delivery,) = deliver_digest(week, options, only, paths, now)
    return delivery
