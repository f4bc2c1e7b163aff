"""Batches that wait beside a busy database, whole or not at all, in their order."""

from __future__ import annotations

import json
import os
import time
from datetime import datetime
from pathlib import Path
from typing import Any

from treatywatch.news.errors import StorageError
from treatywatch.news.whole import written_whole
from treatywatch.storage.batches import Batch

FORMAT = 1


class Spool:
    """The folder of waiting batches of one database."""

    def __init__(self, database: Path) -> None:
        self.folder = database.with_name(database.name + ".waiting")

    def put(self, batch: Batch) -> Path:
        """Keep a batch for later; return its file."""
        document = {
            "format": FORMAT,
            "kind": batch.kind,
            "now": batch.now.isoformat(),
            "run_id": batch.run_id,
            "tables": batch.tables,
            "options": batch.options,
        }
        self.folder.mkdir(parents=True, exist_ok=True)
        path = self.folder / f"{time.time_ns():020d}-{os.getpid()}.json"
        try:
            with (
                written_whole(path, synced=True) as temporary,
                temporary.open("w", encoding="utf-8") as file,
            ):
                json.dump(document, file, ensure_ascii=False)
        except OSError as error:
            raise StorageError(
                f"{path}: cannot keep a waiting batch ({error.strerror})."
            ) from error
        return path

    def waiting(self) -> list[Path]:
        """Return the files that wait, oldest first."""
        return sorted(self.folder.glob("*.json")) if self.folder.is_dir() else []

    def read(self, path: Path) -> Batch | None:
        """Return a waiting batch; None where another process wrote it meanwhile.

        Raises:
            ValueError, KeyError, TypeError: the file is damaged or of a newer format.
            StorageError: it cannot be read.
        """
        try:
            text = path.read_text(encoding="utf-8")
        except FileNotFoundError:
            return None
        except OSError as error:
            raise StorageError(
                f"{path}: a waiting batch that cannot be read ({error.strerror}); mend its "
                "permissions, or move it away to go on."
            ) from error
        return _parse(text)

    def set_aside(self, path: Path) -> Path:
        """Take a batch that cannot be written out of those that wait; return its new file."""
        return path.replace(path.with_suffix(".bad"))

    def aside(self) -> list[Path]:
        """Return the files that were set aside, oldest first."""
        return sorted(self.folder.glob("*.bad")) if self.folder.is_dir() else []


def _parse(text: str) -> Batch:
    document: dict[str, Any] = json.loads(text)
    if document["format"] != FORMAT:
        raise ValueError(f"it is of format {document['format']}, not {FORMAT}")
    return Batch(
        kind=document["kind"],
        now=datetime.fromisoformat(document["now"]),
        run_id=document["run_id"],
        tables=document["tables"],
        options=document["options"],
    )
