"""Delivery to a real mail server and a real web server on loopback."""

from __future__ import annotations

import asyncio
import json
import logging
import ssl
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP as SMTP_POLICY
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
import trustme
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from support.processes import free_port

from treatywatch.config.settings import DigestSettings
from treatywatch.digest import deliver
from treatywatch.digest.compose import compose
from treatywatch.digest.deliver import mail_digest, post_digest
from treatywatch.digest.options import DigestOptions
from treatywatch.news.digest import Digest
from treatywatch.news.week_input import WeekInput

NOW = datetime(2026, 11, 23, 7, 0, tzinfo=UTC)
SECRET = "correct-horse-battery"
OPTIONS = DigestOptions(mail_from="Desk <desk@example.org>", mail_to=("director@example.org",))


@dataclass
class Mailbox:
    """What a server took, and what it refuses."""

    taken: list[Envelope] = field(default_factory=list)
    refused: tuple[str, ...] = ()
    answer: str = "250 taken"
    seconds: float = 0.0

    async def handle_RCPT(
        self,
        server: SMTP,
        session: Session,
        envelope: Envelope,
        address: str,
        rcpt_options: list[str],
    ) -> str:
        if address in self.refused:
            return f"550 no such mailbox {SECRET}"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        self.taken.append(envelope)
        await asyncio.sleep(self.seconds)
        return self.answer


def authenticator(
    server: SMTP, session: Session, envelope: Envelope, mechanism: str, auth: Any
) -> AuthResult:
    good = isinstance(auth, LoginPassword) and auth.password == SECRET.encode()
    return AuthResult(success=good, handled=False)


@pytest.fixture
def digest(full_week: WeekInput) -> Digest:
    return compose(full_week, OPTIONS)


@pytest.fixture
def mailbox() -> Mailbox:
    return Mailbox()


@pytest.fixture
def authority(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> trustme.CA:
    made = trustme.CA()
    made.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
    return made


@pytest.fixture
def server(mailbox: Mailbox, authority: trustme.CA) -> Iterator[Controller]:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("localhost").configure_cert(context)
    controller = Controller(
        mailbox,
        hostname="localhost",
        port=free_port(),
        tls_context=context,
        require_starttls=True,
        authenticator=authenticator,
        auth_required=True,
    )
    controller.start()
    yield controller
    controller.stop()


@pytest.fixture
def plain_server(mailbox: Mailbox) -> Iterator[Controller]:
    controller = Controller(mailbox, hostname="127.0.0.1", port=free_port())
    controller.start()
    yield controller
    controller.stop()


def settings_for(controller: Controller, **changes: Any) -> DigestSettings:
    values: dict[str, Any] = {
        "mail_from": "Desk <desk@example.org>",
        "mail_to": ("director@example.org", "Second <second@example.org>"),
        "smtp_host": controller.hostname,
        "smtp_port": controller.port,
        "smtp_user": "desk",
        "smtp_password": SECRET,
    }
    return DigestSettings(**(values | changes))


def test_a_mail_arrives_over_starttls(server: Controller, mailbox: Mailbox, digest: Digest) -> None:
    done = mail_digest(digest, OPTIONS, settings_for(server), NOW)
    assert done.is_done, done.detail
    assert "2 of 2" in done.detail
    (envelope,) = mailbox.taken
    assert envelope.mail_from == "desk@example.org"
    assert envelope.rcpt_tos == ["director@example.org", "second@example.org"]
    mail = message_from_bytes(
        bytes(envelope.content or b""), policy=SMTP_POLICY, _class=EmailMessage
    )
    assert mail["Date"].datetime == NOW
    text = mail.get_body(("plain",))
    assert text is not None
    assert "53 articles about the treaty" in text.get_content()
    assert sum(part.get_content_type() == "image/png" for part in mail.walk()) == 6


def test_a_wrong_password_is_named_and_not_told(
    server: Controller, mailbox: Mailbox, digest: Digest
) -> None:
    settings = settings_for(server, smtp_password="wrong-secret")
    done = mail_digest(digest, OPTIONS, settings, NOW)
    assert not done.is_done
    assert "password not accepted" in done.detail
    assert "wrong-secret" not in done.detail
    assert mailbox.taken == []


@pytest.mark.slow
def test_a_server_with_a_strange_certificate_gets_nothing(
    server: Controller, mailbox: Mailbox, digest: Digest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SSL_CERT_FILE")
    done = mail_digest(digest, OPTIONS, settings_for(server), NOW)
    assert not done.is_done
    assert "certificate" in done.detail
    assert mailbox.taken == []


def test_the_password_never_travels_in_the_clear(
    plain_server: Controller, mailbox: Mailbox, digest: Digest
) -> None:
    done = mail_digest(digest, OPTIONS, settings_for(plain_server), NOW)
    assert not done.is_done
    assert "STARTTLS" in done.detail
    assert mailbox.taken == []


def test_a_relay_without_tls_or_login_may_be_chosen(
    plain_server: Controller, mailbox: Mailbox, digest: Digest
) -> None:
    settings = settings_for(plain_server, smtp_tls="none", smtp_user="")
    done = mail_digest(digest, OPTIONS, settings, NOW)
    assert done.is_done, done.detail
    assert len(mailbox.taken) == 1


@pytest.mark.slow
def test_a_mail_that_was_taken_is_sent_however_the_server_says_goodbye(
    plain_server: Controller,
    mailbox: Mailbox,
    digest: Digest,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def rude(self: SMTP, _argument: str) -> None:
        await self.push("421 overloaded")

    monkeypatch.setattr(SMTP, "smtp_QUIT", rude)
    settings = settings_for(plain_server, smtp_tls="none", smtp_user="")
    done = mail_digest(digest, OPTIONS, settings, NOW)
    assert done.is_done
    assert len(mailbox.taken) == 1


@pytest.mark.slow
def test_a_recipient_that_is_refused_is_counted(
    plain_server: Controller, mailbox: Mailbox, digest: Digest
) -> None:
    mailbox.refused = ("second@example.org",)
    settings = settings_for(plain_server, smtp_tls="none", smtp_user="")
    done = mail_digest(digest, OPTIONS, settings, NOW)
    assert (done.is_done, "1 of 2" in done.detail) == (False, True)
    assert done.may_come_twice, "sent again, it would come twice to the other"
    mailbox.refused = ("second@example.org", "director@example.org")
    done = mail_digest(digest, OPTIONS, settings, NOW)
    assert "every recipient was refused" in done.detail
    assert not done.may_come_twice
    assert SECRET not in done.detail


@pytest.mark.slow
def test_a_mail_whose_answer_comes_too_late_is_perhaps_taken(
    plain_server: Controller, mailbox: Mailbox, digest: Digest, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = settings_for(plain_server, smtp_tls="none", smtp_user="")
    mailbox.answer = "451 later"
    done = mail_digest(digest, OPTIONS, settings, NOW)
    assert (done.is_done, done.may_come_twice) == (False, False), "it was surely refused"
    monkeypatch.setattr(deliver, "SMTP_SECONDS", 0.4)
    mailbox.seconds = 0.8
    done = mail_digest(digest, OPTIONS, settings, NOW)
    assert (done.is_done, done.may_come_twice) == (False, True)
    assert "it is not sent again" in done.detail


@pytest.mark.slow
def test_no_server_and_a_bad_address_are_said_plainly(digest: Digest) -> None:
    nobody = DigestSettings(mail_to=("a@b.example",), smtp_host="127.0.0.1", smtp_port=free_port())
    done = mail_digest(digest, OPTIONS, nobody, NOW)
    assert not done.is_done
    assert "127.0.0.1" in done.detail
    bad = nobody.model_copy(update={"mail_to": ("not an address",)})
    done = mail_digest(digest, OPTIONS, bad, NOW)
    assert "not a mail address" in done.detail


@dataclass
class Hook:
    """A web server that keeps what is posted to it."""

    url: str
    status: int = 200
    seconds: float = 0.0
    hangs_up: bool = False
    notes: list[dict[str, Any]] = field(default_factory=list)


@pytest.fixture
def hook() -> Iterator[Hook]:
    kept = Hook("")

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            kept.notes.append(json.loads(body))
            time.sleep(kept.seconds)
            if kept.hangs_up:
                return
            self.send_response(kept.status)
            self.send_header("Location", "http://127.0.0.1:1/elsewhere")
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            return

    web = HTTPServer(("127.0.0.1", 0), Handler)
    kept.url = f"http://127.0.0.1:{web.server_port}/hooks/{SECRET}?token={SECRET}"
    thread = threading.Thread(target=web.serve_forever, daemon=True)
    thread.start()
    yield kept
    web.shutdown()
    web.server_close()
    thread.join()


def test_a_note_is_posted(
    hook: Hook, digest: Digest, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    settings = DigestSettings(webhook_url=hook.url)
    with caplog.at_level(logging.INFO):
        paths = [tmp_path / "digest-2026-W47.html"]
        done = post_digest(digest, OPTIONS, settings, paths)
    assert done.is_done
    (note,) = hook.notes
    assert (note["event"], note["week"]) == ("digest", "2026-W47")
    assert note["counts"]["articles"] == 53
    assert note["files"] == ["digest-2026-W47.html"]
    assert "53 articles about the treaty" in note["text"]
    assert SECRET not in done.detail
    assert SECRET not in caplog.text


@pytest.mark.slow
@pytest.mark.parametrize("status", [302, 404, 500])
def test_a_hook_that_does_not_take_it_is_a_failure(hook: Hook, digest: Digest, status: int) -> None:
    hook.status = status
    done = post_digest(digest, OPTIONS, DigestSettings(webhook_url=hook.url), [])
    assert (done.is_done, done.detail) == (False, f"127.0.0.1 answered {status}")
    assert len(hook.notes) == 1


def test_a_note_without_an_answer_is_perhaps_taken(
    hook: Hook, digest: Digest, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = DigestSettings(webhook_url=hook.url)
    hook.hangs_up = True
    done = [post_digest(digest, OPTIONS, settings, [])]
    monkeypatch.setattr(deliver, "WEBHOOK_SECONDS", 0.2)
    hook.seconds = 0.5
    done.append(post_digest(digest, OPTIONS, settings, []))
    assert [(each.is_done, each.may_come_twice) for each in done] == [(False, True)] * 2
    assert all("it is not sent again" in each.detail for each in done)
    assert SECRET not in str(done)


@pytest.mark.parametrize(
    "url", [f"http://127.0.0.1:9/{SECRET}", f"file:///{SECRET}", f"http://[{SECRET}", "hook"]
)
def test_a_hook_that_is_not_there_is_told_without_its_secret(digest: Digest, url: str) -> None:
    done = post_digest(digest, OPTIONS, DigestSettings(webhook_url=url), [])
    assert (done.is_done, done.may_come_twice) == (False, False)
    assert SECRET not in done.detail
