"""Render the digest as a mail: plain text, and a page for mail readers with its plots inline."""

from __future__ import annotations

import hashlib
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

from treatywatch.digest import sentences as say
from treatywatch.digest.charts import COLOURS, Plot, reach_of, share_plot, trend_plot
from treatywatch.digest.options import DigestOptions
from treatywatch.digest.render_html import environment, page_title, updated_at
from treatywatch.digest.render_text import render_text
from treatywatch.digest.safety import clean_line
from treatywatch.digest.words import Words, words_for
from treatywatch.news.digest import Digest
from treatywatch.news.errors import UsageError
from treatywatch.news.records import LANGUAGES

_NOBODY = "treatywatch@localhost"


def render_eml(digest: Digest, options: DigestOptions) -> bytes:
    """Return the digest as a message (RFC 5322, CRLF) ready to send.

    Boundaries, date and message id follow from the digest alone.

    Raises:
        UsageError: when `mail_from` or one of `mail_to` is not a mail address.
    """
    words = words_for(digest, options)
    images = _images(digest, words)
    message = EmailMessage(policy=SMTP)
    message["Subject"] = _subject(digest, options, words)
    message["From"] = mail_address(options.mail_from or _NOBODY)
    if options.mail_to:
        message["To"] = tuple(mail_address(one) for one in options.mail_to)
    message["Date"] = format_datetime(updated_at(digest))
    message["Message-ID"] = f"<digest-{digest.week}-{options.language}@treatywatch.invalid>"
    message.set_content(render_text(digest, options), cte="base64")
    message.add_alternative(_page(digest, options, words), subtype="html", cte="base64")
    message["Content-Language"] = options.language  # after the content, which clears such headers
    page = message.get_payload(1)
    if not isinstance(page, EmailMessage):
        raise TypeError("a mail's second part is its page")
    for name, plot in images.items():
        page.add_related(
            plot.png(), "image", "png", cid=f"<{name}@treatywatch.invalid>", filename=f"{name}.png"
        )
    _fix_boundaries(message, str(digest.week))
    return message.as_bytes()


def mail_address(text: str) -> Address:
    """Read an address such as `Press desk <desk@example.org>`.

    Raises:
        UsageError: when it is none.
    """
    name, _, rest = text.rpartition("<")
    spec = rest.rstrip("> ").strip()
    if any(ord(char) < 32 or ord(char) == 127 for char in text):
        raise UsageError(f"{text!r} is not a mail address; it holds control characters.")
    try:
        made = Address(display_name=clean_line(name.strip(' "'), 80), addr_spec=spec)
    except (MessageError, ValueError, IndexError) as error:
        raise UsageError(f"{text!r} is not a mail address; write name@example.org.") from error
    if not made.username or not made.domain:
        raise UsageError(f"{text!r} is not a mail address; write name@example.org.")
    return made


def _subject(digest: Digest, options: DigestOptions, words: Words) -> str:
    week = f"{words.week(digest.week)}, {words.week_days(digest.week)}"
    # "=?" would begin an encoded word, which the reader's program decodes.
    return f"{page_title(options, words)} · {week}".replace("=?", "= ?")


def _images(digest: Digest, words: Words) -> dict[str, Plot]:
    # Western digits: the fonts of the machine that draws the image are not the reader's.
    highest = max((reach_of(p.counts) for p in digest.trend if p.counts), default=0)
    images = {}
    for language in LANGUAGES:
        points = [point for point in digest.trend if point.language == language]
        images[f"trend-{language}"] = trend_plot(points, highest, words)
    for framing in digest.framings:
        if framing.counts.articles:
            images[f"share-{framing.language}"] = share_plot(framing.counts, words)
    return images


def _page(digest: Digest, options: DigestOptions, words: Words) -> str:
    points = {
        language: [point for point in digest.trend if point.language == language]
        for language in LANGUAGES
    }
    return (
        environment(words)
        .get_template("mail.html.j2")
        .render(
            digest=digest,
            title=page_title(options, words),
            colours=COLOURS,
            descriptions={
                language: say.trend_description(language, of_language, words)
                for language, of_language in points.items()
            },
        )
    )


def _fix_boundaries(message: EmailMessage, seed: str) -> None:
    for number, part in enumerate(message.walk()):
        if part.is_multipart():
            token = hashlib.sha256(f"{seed}:{number}".encode()).hexdigest()[:32]
            part.set_boundary(f"=_treatywatch_{token}")
