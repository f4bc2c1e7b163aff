"""Texts from a person are read as they are, and markup where it cannot do harm."""

from __future__ import annotations

from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

from treatywatch.classifiers.classify import TextToClassify
from treatywatch.config.settings import ExtractSettings, FetchSettings, Settings
from treatywatch.flows.texts import from_bytes, read_line, read_source
from treatywatch.news.errors import ExtractionError, FetchError

HERE = Settings(
    allow_loopback=True,
    fetch=FetchSettings(host_delay=0),
    extract=ExtractSettings(workers=0),
)
TIGHT = Settings(extract=ExtractSettings(workers=1, page_seconds=0.5))
WORDS = {
    "iso-8859-6": "يخشى المحامون أن تفتح الاتفاقية الباب أمام المراقبة في كل مكان من العالم.",
    "koi8-r": "Юристы опасаются, что договор откроет дверь для слежки во всем мире.",
}


@pytest.fixture
def address() -> Iterator[str]:
    """Serve pages that name their charset in the header alone, and what is no page."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            charset = self.path.rpartition("/20261120-")[2]
            self.send_response(200 if charset in WORDS or charset == "pdf" else 404)
            kind = f"text/html; charset={charset}" if charset in WORDS else "application/pdf"
            self.send_header("Content-Type", kind)
            self.end_headers()
            page = f"<html><body><article><p>{WORDS.get(charset, '')}</p></article></body></html>"
            self.wfile.write(page.encode(charset) if charset in WORDS else b"%PDF-1.7")

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}/news/20261120-"
    server.shutdown()
    server.server_close()
    thread.join()


# --- pages ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("charset", sorted(WORDS))
@pytest.mark.slow
def test_a_charset_that_only_the_header_declares_is_believed(address: str, charset: str) -> None:
    assert read_source(HERE, address + charset, "ar").text == WORDS[charset]


def test_an_address_that_gives_no_page_says_what_it_gives(address: str) -> None:
    with pytest.raises(ExtractionError, match=r"not a web page \(application/pdf\)"):
        read_source(HERE, address + "pdf", None)
    with pytest.raises(FetchError, match="HTTP 404"):
        read_source(HERE, address + "nothing", None)


@pytest.mark.slow
def test_a_page_that_takes_too_long_is_refused_in_the_limit(tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    page.write_text("<html><body>" + "<p>word <b>x</b> <a href='/1'>y</a></p>" * 20_000)
    with pytest.raises(ExtractionError, match=r"page\.html: reading it took too long$") as raised:
        read_source(TIGHT, str(page), None)
    assert raised.value.error_class == "timeout"


def test_markup_is_reduced_to_the_article_and_plain_text_is_left_as_it_is() -> None:
    page = b"<html><body><article><p>Lawyers warn of the treaty.</p></article></body></html>"
    assert from_bytes(HERE, page, "page.html", "en").text == "Lawyers warn of the treaty."
    plain = b" Lawyers warn <b>of</b> the treaty.\n"
    assert from_bytes(HERE, plain, "text.txt", "en").text == plain.decode()


# --- lines ---------------------------------------------------------------------------------------


def test_lines_that_name_no_language_are_in_the_one_that_was_given() -> None:
    named = read_line('{"id": "1", "text": "x", "language": "ar"}', "vi")
    unnamed = read_line('{"id": "2", "text": "x"}', "vi")
    assert [each.language for each in (named, unnamed) if isinstance(each, TextToClassify)] == [
        "ar",
        "vi",
    ]


def test_a_text_keeps_its_blanks_so_that_places_in_it_hold() -> None:
    given = read_line('{"id": "1", "text": "\\n  Lawyers warn of the treaty.", "language": "en"}')
    assert isinstance(given, TextToClassify)
    assert given.text == "\n  Lawyers warn of the treaty."
