"""Write a week's digest in every format asked for."""

from __future__ import annotations

from pathlib import Path

from treatywatch.digest.compose import compose
from treatywatch.digest.files import write_whole
from treatywatch.digest.options import DigestOptions, Format
from treatywatch.digest.publish import publish_index
from treatywatch.digest.render_csv import render_csv
from treatywatch.digest.render_eml import render_eml
from treatywatch.digest.render_html import render_html
from treatywatch.digest.render_json import render_json
from treatywatch.digest.render_markdown import render_markdown
from treatywatch.news.digest import Digest
from treatywatch.news.week_input import WeekInput
from treatywatch.news.weekly import IsoWeek

# A `.csv` that is a zip would open nowhere.
_SUFFIXES: dict[Format, str] = {
    "html": "html",
    "md": "md",
    "json": "json",
    "csv": "csv.zip",
    "eml": "eml",
}


def write_digest(week: WeekInput, options: DigestOptions, out_dir: Path) -> list[Path]:
    """Compose, render and write the digest; then renew the folder's index and feed.

    The same week and options give the same bytes. Returns the digest's own files, in the order
    of the formats.

    Raises:
        TreatywatchError: when the folder cannot be written to.
    """
    digest = compose(week, options)
    rendered = {
        out_dir / digest_name(digest.week, wanted): _render(digest, options, wanted)
        for wanted in options.formats
    }
    write_whole(rendered)
    publish_index(out_dir, options)
    return list(rendered)


def digest_name(week: IsoWeek, wanted: Format) -> str:
    """Return the file name of a digest."""
    return f"digest-{week}.{_SUFFIXES[wanted]}"


def _render(digest: Digest, options: DigestOptions, wanted: Format) -> bytes:
    if wanted == "csv":
        return render_csv(digest)
    if wanted == "eml":
        return render_eml(digest, options)
    text = {"html": render_html, "md": render_markdown, "json": render_json}[wanted]
    return text(digest, options).encode()
