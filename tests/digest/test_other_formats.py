"""Markdown, JSON, CSV and mail: the same week in other clothes."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from lxml import html
from markdown_it import MarkdownIt

from treatywatch.config.settings import DigestSettings
from treatywatch.digest import render_text
from treatywatch.digest.compose import compose
from treatywatch.digest.options import DigestOptions, digest_options
from treatywatch.digest.render_csv import render_csv
from treatywatch.digest.render_eml import mail_address, render_eml
from treatywatch.digest.render_json import render_json
from treatywatch.digest.render_markdown import render_markdown
from treatywatch.digest.safety import TITLE_CHARS, clean_line
from treatywatch.news.errors import UsageError
from treatywatch.news.week_input import WeekInput
from treatywatch.news.weekly import IsoWeek

SCHEMA = Path(__file__).parents[2] / "docs" / "digest.schema.json"
OPTIONS = DigestOptions(mail_from="Desk <desk@example.org>", mail_to=("director@example.org",))


def tables_of(week: WeekInput) -> dict[str, list[dict[str, str]]]:
    packed = zipfile.ZipFile(io.BytesIO(render_csv(compose(week, OPTIONS))))
    tables = {}
    for name in packed.namelist():
        text = packed.read(name).decode("utf-8-sig")
        table = name.removeprefix(f"digest-{week.week}-").removesuffix(".csv")
        tables[table] = list(csv.DictReader(io.StringIO(text, newline="")))
    return tables


def mail_of(week: WeekInput, options: DigestOptions = OPTIONS) -> EmailMessage:
    rendered = render_eml(compose(week, options), options)
    return message_from_bytes(rendered, policy=SMTP, _class=EmailMessage)


class TestMarkdown:
    def test_it_holds_the_figures_and_the_quotes(self, full_week: WeekInput) -> None:
        digest = compose(full_week, OPTIONS)
        shown = MarkdownIt("commonmark").enable("table").render(render_markdown(digest, OPTIONS))
        document = html.document_fromstring(shown)
        text = "".join(document.itertext())
        for framing in digest.framings:
            for quote in (*framing.hope_quotes, *framing.concern_quotes):
                assert quote.text in text
                assert quote.url in document.xpath("//a/@href")
        assert "53 articles about the treaty" in text
        assert len(document.xpath("//h1")) == 1

    def test_hostile_text_is_shown_and_does_nothing(
        self, hostile_week: WeekInput, press: Any
    ) -> None:
        source = render_markdown(compose(hostile_week, OPTIONS), OPTIONS)
        shown = MarkdownIt("commonmark", {"html": True}).enable("table").render(source)
        document = html.document_fromstring(shown)
        tags = {str(node.tag) for node in document.iter() if isinstance(node.tag, str)}
        assert tags <= {
            "html",
            "body",
            "h1",
            "h2",
            "h3",
            "h4",
            "p",
            "ul",
            "li",
            "table",
            "thead",
            "tbody",
            "tr",
            "th",
            "td",
            "blockquote",
            "a",
            "strong",
        }
        assert all(href.startswith("http") for href in document.xpath("//@href"))
        heads = ["".join(node.itertext()) for node in document.xpath("//h1 | //h2")]
        assert not [head for head in heads if "forged" in head]


@pytest.fixture(scope="module")
def schema() -> Any:
    return json.loads(SCHEMA.read_text(encoding="utf-8"))


class TestJson:
    def test_it_keeps_to_the_published_schema(
        self, schema: Any, full_week: WeekInput, hostile_week: WeekInput
    ) -> None:
        jsonschema.Draft202012Validator.check_schema(schema)
        week = IsoWeek(2026, 53)
        empty = WeekInput(week=week, weeks=week.shift(-11).until(week))
        for one in (full_week, hostile_week, empty):
            document = json.loads(render_json(compose(one, OPTIONS), OPTIONS))
            jsonschema.validate(document, schema)

    def test_the_schema_refuses_what_it_does_not_name(
        self, schema: Any, full_week: WeekInput
    ) -> None:
        document = json.loads(render_json(compose(full_week, OPTIONS), OPTIONS))
        for spoiled in (document | {"extra": 1}, document | {"week": "2026-47"}):
            with pytest.raises(jsonschema.ValidationError):
                jsonschema.validate(spoiled, schema)

    def test_its_numbers_are_the_digests(self, full_week: WeekInput) -> None:
        document = json.loads(render_json(compose(full_week, OPTIONS), OPTIONS))
        assert document["week"] == "2026-W47"
        assert document["counts"]["articles"] == len(full_week.articles)
        assert [framing["language"] for framing in document["framings"]] == ["ar", "en", "vi"]


class TestCsv:
    def test_the_tables_add_up(self, full_week: WeekInput) -> None:
        tables = tables_of(full_week)
        assert set(tables) == {
            *("figures", "trend", "themes", "evidence", "drifts", "stories", "outlets"),
            "not_shown",
        }
        assert sum(int(row["articles"]) for row in tables["outlets"]) == len(full_week.articles)
        last = [row for row in tables["trend"] if row["week"] == "2026-W47"]
        assert sum(int(row["articles"]) for row in last) == len(full_week.articles)

    def test_no_cell_is_a_formula(self, hostile_week: WeekInput) -> None:
        for table in tables_of(hostile_week).values():
            for row in table:
                for cell in row.values():
                    assert cell[:1] not in {"=", "@", "\t"}
                    if cell[:1] in {"+", "-"}:
                        float(cell)

    def test_the_same_week_gives_the_same_zip(self, full_week: WeekInput) -> None:
        digest = compose(full_week, OPTIONS)
        assert render_csv(digest) == render_csv(digest)


class TestMail:
    def test_it_is_text_and_page_with_plots_inside(self, full_week: WeekInput) -> None:
        mail = mail_of(full_week)
        assert mail["To"] == "director@example.org"
        assert "16–22 November 2026" in mail["Subject"]
        text = mail.get_body(("plain",))
        page = mail.get_body(("html",))
        assert text is not None
        assert page is not None
        assert "53 articles about the treaty" in text.get_content()
        document = html.document_fromstring(page.get_content())
        shown = {src.removeprefix("cid:") for src in document.xpath("//img/@src")}
        parts = [part for part in mail.walk() if part.get_content_maintype() == "image"]
        assert shown == {part["Content-ID"].strip("<>") for part in parts}
        assert len(shown) == 6
        for part in parts:
            assert part.get_content().startswith(b"\x89PNG")
        assert all(alt for alt in document.xpath("//img/@alt"))
        assert len(document.xpath("//img/@alt")) == len(document.xpath("//img"))

    def test_arabic_mail_runs_right_to_left(self, full_week: WeekInput) -> None:
        options = DigestOptions(language="ar")
        page = mail_of(full_week, options).get_body(("html",))
        assert page is not None
        document = html.document_fromstring(page.get_content())
        assert (document.get("lang"), document.get("dir")) == ("ar", "rtl")

    @pytest.mark.slow
    def test_headers_cannot_be_broken_into(self, full_week: WeekInput, press: Any) -> None:
        digest = compose(WeekInput(week=full_week.week, weeks=full_week.weeks), OPTIONS)
        broken = [text for text in press.hostile if not text.isprintable()]
        assert len(broken) >= 8
        for text in (*broken, "w" * 500, "=?utf-8?q?a=0D=0ABcc:_a@b.example?="):
            title = text.encode("utf-8", "replace").decode()
            mail = message_from_bytes(
                render_eml(digest, DigestOptions(title=title)), policy=SMTP, _class=EmailMessage
            )
            assert clean_line(title, TITLE_CHARS)[:60].replace("=?", "= ?") in mail["Subject"]
            assert set(mail.keys()) == {
                *("Subject", "From", "Date", "Message-ID", "Content-Language"),
                *("MIME-Version", "Content-Type"),
            }

    def test_hostile_text_stays_text(self, hostile_week: WeekInput) -> None:
        page = mail_of(hostile_week).get_body(("html",))
        assert page is not None
        document = html.document_fromstring(page.get_content())
        tags = {str(node.tag) for node in document.iter() if isinstance(node.tag, str)}
        assert not tags & {"script", "iframe", "form", "base", "link", "svg", "input", "button"}
        assert all(href.startswith("http") for href in document.xpath("//@href"))

    @pytest.mark.slow
    def test_the_same_week_gives_the_same_bytes(self, full_week: WeekInput) -> None:
        digest = compose(full_week, OPTIONS)
        first = render_eml(digest, OPTIONS)
        assert first == render_eml(digest, OPTIONS)
        assert b"\n" not in first.replace(b"\r\n", b"")

    @pytest.mark.parametrize(
        "address", ["", "nobody", "a@b\r\nBcc: c@d", "<>", "a b@c d", "@x.org"]
    )
    def test_a_bad_address_is_refused_by_name(self, address: str) -> None:
        with pytest.raises(UsageError, match="mail address"):
            mail_address(address)


def test_options_refuse_what_cannot_be_written() -> None:
    settings = DigestSettings()
    assert digest_options(settings).formats == ("html", "md")
    assert digest_options(settings, "vi", ("eml", "html")).formats == ("html", "eml")
    with pytest.raises(UsageError, match="fr"):
        digest_options(settings, "fr")
    with pytest.raises(UsageError, match="pdf"):
        digest_options(settings, None, ("pdf",))


def test_each_line_of_a_quote_in_a_mail_keeps_its_direction_to_itself() -> None:
    quote = (
        "  \u2068" + "ترى المنظمات أن الاتفاقية تفتح الباب أمام المراقبة. " * 5 + "\u2069\n  — x"
    )
    lines = render_text._wrapped(quote).split("\n")
    assert len(lines) > 3
    for line in lines:
        assert line.count("\u2068") == line.count("\u2069")
        assert line.startswith("  ")
    assert all("\u2068" in line for line in lines[:-1])
