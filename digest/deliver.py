"""Delivery of a finished digest: by mail through SMTP, and as a note to a webhook.

A delivery that fails is reported as data: the digest lies in its folder all the same. Nothing
said here holds a password, a user name, or the path of a webhook, which is often its secret.
"""

from __future__ import annotations

import logging
import smtplib
import ssl
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

import httpx

from treatywatch.config.settings import DigestSettings
from treatywatch.digest.options import DigestOptions
from treatywatch.digest.render_eml import mail_address, render_eml
from treatywatch.digest.render_html import page_title, summary_of
from treatywatch.digest.words import words_for
from treatywatch.news.digest import Digest
from treatywatch.news.errors import UsageError

SMTP_SECONDS = 30.0
WEBHOOK_SECONDS = 15.0
PERHAPS_TAKEN = "that may have arrived, so it is not sent again."
# Raised only when the whole note is out; whether it was read is not known.
_NOTE_IS_OUT = (
    httpx.ReadTimeout, httpx.ReadError, httpx.RemoteProtocolError, httpx.DecodingError
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Delivery:
    """What became of one way of delivery. `detail` is safe to log and to show."""

    channel: Literal["mail", "webhook"]
    is_done: bool
    detail: str
    may_come_twice: bool = False  # if sent again: some have it, or perhaps have it


def mail_digest(
    digest: Digest, options: DigestOptions, settings: DigestSettings, now: datetime
) -> Delivery:
    """Mail the digest to the readers of the settings; `now` is the date the mail bears."""
    try:
        message = _message(render_eml(digest, options), now)
    except UsageError as error:
        return Delivery("mail", False, str(error))
    return send_message(message, settings, settings.mail_to)


def send_message(message: EmailMessage, settings: DigestSettings, to: Sequence[str]) -> Delivery:
    """Hand a mail to the mail server of the settings."""
    server = f"{settings.smtp_host}:{settings.smtp_port}"
    try:
        sender = mail_address(settings.mail_from or to[0]).addr_spec
        recipients = [mail_address(one).addr_spec for one in to]
        with _hung_up(_connection(settings)) as smtp:
            if settings.smtp_user:
                smtp.login(settings.smtp_user, settings.smtp_password)
            refused = smtp.send_message(message, sender, recipients)
    except UsageError as error:
        return Delivery("mail", False, str(error))
    except _PerhapsTaken:
        detail = f"{server} got the mail and did not say that it took it: {PERHAPS_TAKEN}"
        return Delivery("mail", False, detail, may_come_twice=True)
    except (smtplib.SMTPException, OSError) as error:
        return Delivery("mail", False, f"{server}: {_reason(error)}")
    taken = len(recipients) - len(refused)
    detail = f"{server} took the mail for {taken} of {len(recipients)} recipients"
    return Delivery("mail", not refused, detail, may_come_twice=taken > 0)


def _message(rendered: bytes, now: datetime) -> EmailMessage:
    message = message_from_bytes(rendered, policy=SMTP, _class=EmailMessage)
    message.replace_header("Date", format_datetime(now))
    return message


@contextmanager
def _hung_up(smtp: smtplib.SMTP) -> Iterator[smtplib.SMTP]:
    """End a connection whatever the server says to it: a mail that was taken is sent."""
    try:
        yield smtp
        with suppress(smtplib.SMTPException, OSError):
            smtp.quit()
    finally:
        smtp.close()


class _PerhapsTaken(smtplib.SMTPException):
    """The mail went out, and nobody knows whether the server took it."""


class _Smtp(smtplib.SMTP):
    """A connection that tells a mail that was refused from one whose answer never came."""

    def data(self, msg: Any) -> tuple[int, bytes]:
        try:
            return super().data(msg)
        except smtplib.SMTPDataError:  # DATA itself was refused: nothing went out
            raise
        except (smtplib.SMTPException, OSError) as error:
            raise _PerhapsTaken from error


class _SmtpOverTls(_Smtp, smtplib.SMTP_SSL):
    pass


def _connection(settings: DigestSettings) -> smtplib.SMTP:
    host, port = settings.smtp_host, settings.smtp_port
    if settings.smtp_tls == "tls":
        context = ssl.create_default_context()
        return _SmtpOverTls(host, port, timeout=SMTP_SECONDS, context=context)
    smtp = _Smtp(host, port, timeout=SMTP_SECONDS)
    if settings.smtp_tls == "starttls":
        try:
            smtp.starttls(context=ssl.create_default_context())
        except BaseException:
            smtp.close()
            raise
    return smtp


def _reason(error: Exception) -> str:
    """Say why in our words: a server's own words may repeat what it was told."""
    if isinstance(error, smtplib.SMTPAuthenticationError):
        return "user name or password not accepted; check digest.smtp_user and the password."
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return "every recipient was refused; check digest.mail_to."
    if isinstance(error, smtplib.SMTPSenderRefused):
        return "the sender was refused; check digest.mail_from."
    if isinstance(error, smtplib.SMTPNotSupportedError):
        return "the server offers no STARTTLS or no login; check digest.smtp_tls."
    if isinstance(error, ssl.SSLError):
        return "no trusted TLS connection; check digest.smtp_tls and the server's certificate."
    if isinstance(error, TimeoutError):
        return f"no answer within {SMTP_SECONDS:g} seconds."
    if isinstance(error, smtplib.SMTPResponseException):
        return f"the server answered {error.smtp_code}."
    return f"no mail could be handed over ({type(error).__name__})."


def post_note(note: Mapping[str, object], url: str, setting: str) -> Delivery:
    """Post a JSON note to the webhook that a setting names."""
    host = _host(url)
    if not host:
        return Delivery("webhook", False, f"{setting} is not an http(s) address.")
    try:
        with _address_unlogged():
            response = httpx.post(
                url, json=dict(note), timeout=WEBHOOK_SECONDS, follow_redirects=False
            )
    except _NOTE_IS_OUT as error:
        detail = f"{host} got the note and gave no answer ({type(error).__name__}): "
        return Delivery("webhook", False, detail + PERHAPS_TAKEN, may_come_twice=True)
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        return Delivery("webhook", False, f"{host}: no answer ({type(error).__name__}).")
    return Delivery("webhook", response.is_success, f"{host} answered {response.status_code}")


@contextmanager
def _address_unlogged() -> Iterator[None]:
    """Keep httpx from logging the whole address of each request it sends."""
    logger = logging.getLogger("httpx")
    logger.addFilter(_drop)
    try:
        yield
    finally:
        logger.removeFilter(_drop)


def _drop(_record: logging.LogRecord) -> bool:
    return False


def post_digest(
    digest: Digest, options: DigestOptions, settings: DigestSettings, paths: Sequence[Path]
) -> Delivery:
    """Post a note of the digest to the webhook of the settings; `paths` are its files."""
    note = webhook_note(digest, options, paths)
    return post_note(note, settings.webhook_url, "digest.webhook_url")


def webhook_note(
    digest: Digest, options: DigestOptions, paths: Sequence[Path]
) -> dict[str, object]:
    """Return the JSON note of a digest. `text` is what chat programs show of a note."""
    words = words_for(digest, options)
    title, summary = page_title(options, words), summary_of(digest, words)
    counts = digest.counts
    return {
        "event": "digest",
        "text": f"{title}, {words.week(digest.week)}: {summary}",
        "week": str(digest.week),
        "language": options.language,
        "title": title,
        "summary": summary,
        "counts": {
            "articles": counts.articles,
            "hopes": counts.hopes,
            "mixed": counts.mixed,
            "neutral": counts.neutral,
            "concerns": counts.concerns,
        },
        "files": [path.name for path in paths],
    }


def _host(url: str) -> str:
    try:
        parts = urlsplit(url)
        return (parts.hostname or "") if parts.scheme in {"http", "https"} else ""
    except ValueError:
        return ""
