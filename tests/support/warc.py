"""WARC files written by hand, so that they can be wrong on purpose."""

from __future__ import annotations

import gzip

HTML_TYPE = (("Content-Type", "text/html; charset=utf-8"),)


class Archive:
    """A WARC file as it is written, and where each record begins."""

    def __init__(self, is_gzip: bool = True) -> None:
        self._is_gzip = is_gzip
        self.raw = b""
        self.starts: list[int] = []

    def add(
        self,
        url: str,
        body: bytes,
        headers: tuple[tuple[str, str], ...] = HTML_TYPE,
        *,
        kind: str = "response",
        status: str = "HTTP/1.1 200 OK",
        date: str = "2025-10-25T10:00:00Z",
    ) -> None:
        """Append one record, in a gzip member of its own where the file is compressed."""
        self.starts.append(len(self.raw))
        lines = [status, *(f"{name}: {value}" for name, value in headers)]
        block = "\r\n".join(lines).encode() + b"\r\n\r\n" + body
        head = [
            "WARC/1.0", f"WARC-Type: {kind}", f"WARC-Target-URI: {url}", f"WARC-Date: {date}",
            f"Content-Type: application/http; msgtype={kind}", f"Content-Length: {len(block)}",
        ]  # fmt: skip
        record = "\r\n".join(head).encode() + b"\r\n\r\n" + block + b"\r\n\r\n"
        self.raw += gzip.compress(record, mtime=0) if self._is_gzip else record
