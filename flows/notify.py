"""Telling alarms: a JSON note to a webhook, and the same words by mail."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from email.message import EmailMessage
from email.utils import format_datetime, make_msgid

from treatywatch.config.settings import Settings
from treatywatch.digest.deliver import Delivery, post_note, send_message
from treatywatch.flows.alarms import Alarm


def tell(settings: Settings, alarms: Sequence[Alarm], now: datetime) -> list[Delivery]:
    """Send each alarm in the ways the settings name; return what became of each."""
    done: list[Delivery] = []
    for alarm in alarms:
        if settings.flow.notify_webhook:
            note = alarm_note(alarm, now)
            done.append(post_note(note, settings.flow.notify_webhook, "flow.notify_webhook"))
        if settings.flow.notify_mail_to and settings.digest.smtp_host:
            message = alarm_mail(settings, alarm, now)
            done.append(send_message(message, settings.digest, settings.flow.notify_mail_to))
    return done


def alarm_note(alarm: Alarm, now: datetime) -> Mapping[str, object]:
    """Return the JSON note of an alarm. `text` is what chat programs show of a note."""
    return {
        "event": alarm.event,
        "text": alarm.text,
        "at": now.isoformat(),
        "details": dict(alarm.details),
    }


def alarm_mail(settings: Settings, alarm: Alarm, now: datetime) -> EmailMessage:
    """Return the mail of an alarm."""
    message = EmailMessage()
    message["Subject"] = f"treatywatch: {alarm.event.replace('_', ' ')}"
    message["From"] = settings.digest.mail_from or settings.flow.notify_mail_to[0]
    message["To"] = ", ".join(settings.flow.notify_mail_to)
    message["Date"] = format_datetime(now)
    message["Message-ID"] = make_msgid(domain="treatywatch.invalid")
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(f"{alarm.text}\n")
    return message
