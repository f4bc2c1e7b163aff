"""What the steps of a source of the past hold."""

from __future__ import annotations

from treatywatch.extractors.archives import Capture, Link, Source


def items(source: Source, cursor: str = "") -> list[object]:
    """Return what the steps after a cursor give."""
    return [step.item for step in source.steps(cursor) if step.item is not None]


def urls(source: Source, cursor: str = "") -> list[str]:
    """Return the addresses of the pages after a cursor."""
    return [item.url for item in items(source, cursor) if isinstance(item, Capture | Link)]
