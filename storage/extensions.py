"""Load DuckDB's extensions from their wheels; never from a network."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb

from treatywatch.news.errors import StorageError
from treatywatch.storage.rows import literal

if TYPE_CHECKING:
    from treatywatch.storage.database import Connection


def extension_file(name: str) -> Path | None:
    """Return the file of an installed extension wheel, or None."""
    spec = importlib.util.find_spec(f"duckdb_extension_{name}")
    if spec is None or not spec.submodule_search_locations:
        return None
    folder = Path(next(iter(spec.submodule_search_locations))) / "extensions"
    file = folder / f"v{duckdb.__version__}" / f"{name}.duckdb_extension"
    return file if file.is_file() else None


def load_extension(connection: Connection, name: str) -> None:
    """Load an extension into a connection.

    Raises:
        StorageError: its wheel is not installed, or not for this DuckDB.
    """
    file = extension_file(name)
    if file is None:
        package = f"duckdb-extension-{name.replace('_', '-')}"
        raise StorageError(
            f"DuckDB's extension '{name}' for {duckdb.__version__} is not installed; "
            f"install {package}=={duckdb.__version__}."
        )
    connection.execute(f"LOAD {literal(file)}")
