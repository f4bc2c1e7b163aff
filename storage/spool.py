"""Batches that wait beside a busy database, whole or not at all, in their order."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator
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

    def read(self) -> Iterator[tuple[Path, Batch]]:
        """Yield each waiting batch with its file, oldest first.

        Raises:
            StorageError: a file is damaged or of a newer format; it is left where it is.
        """
        for path in self.waiting():
            yield path, _parse(path)


def _parse(path: Path) -> Batch:
    try:
        document: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        if document["format"] != FORMAT:
            raise StorageError(
                f"{path}: a waiting batch of format {document['format']}, not {FORMAT}; "
                "use the treatywatch that wrote it."
            )
        return Batch(
            kind=document["kind"],
            now=datetime.fromisoformat(document["now"]),
            run_id=document["run_id"],
            tables=document["tables"],
            options=document["options"],
        )
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise StorageError(
            f"{path}: a waiting batch that cannot be read ({error}); move it away to go on."
        ) from error
