"""Folders of saved pages: a source whose pages lie on the disk already."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from treatywatch.extractors.archives import Capture, SourceKind, Step, plain_stream
from treatywatch.news.records import Failure, Page

_HTML_NAMES = (".html", ".htm", ".xhtml", ".html.gz", ".htm.gz")


class Folder:
    """Every HTML file below a folder, in the order of their names."""

    kind: SourceKind = "folder"

    def __init__(self, path: Path, max_page_bytes: int, now: datetime) -> None:
        self.path = path
        self.name = path.resolve().name
        self.identity = str(path.resolve())
        self.total = sum(1 for _ in _html_files(path))
        self._limit = max_page_bytes
        self._now = now

    def steps(self, cursor: str) -> Iterator[Step]:
        """Give the pages after a file."""
        behind = Path(cursor).parts if cursor else ()
        for number, path in enumerate(_html_files(self.path), 1):
            relative = path.relative_to(self.path)
            if relative.parts > behind:
                yield Step(relative.as_posix(), number, self._item(path, relative))

    def _item(self, path: Path, relative: Path) -> Capture | Failure:
        url = f"file:{self.name}/{relative.as_posix()}"
        try:
            at = datetime.fromtimestamp(path.stat().st_mtime, UTC)
            body = self._body(path)
        except (OSError, EOFError, ValueError) as error:
            why = f"cannot be read ({error})"
            return Failure("page", url, "bad_response", why, self._now)
        if len(body) > self._limit:
            return Failure("page", url, "too_large", f"more than {self._limit} bytes", at)
        return Capture(url, Page(url, url, 200, "text/html", None, body, at), is_named=False)

    def _body(self, path: Path) -> bytes:
        with path.open("rb") as raw, plain_stream(raw) as file:
            try:
                return file.read(self._limit + 1)
            except zlib.error as error:
                raise ValueError(str(error)) from error


def _html_files(folder: Path) -> Iterator[Path]:
    """Walk the files of a folder in the order in which their paths' parts compare."""
    for path in sorted(folder.iterdir(), key=lambda each: each.name):
        if path.is_symlink():
            continue
        if path.is_dir():
            yield from _html_files(path)
        elif path.name.lower().endswith(_HTML_NAMES):
            yield path
