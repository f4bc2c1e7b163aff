"""The page of all settings, made from the settings class itself.

`python -m treatywatch.config.describe > docs/settings.md` renews it; a test holds it.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from treatywatch.config.settings import Settings

_HEAD = """\
# Settings

Settings come from `treatywatch.toml` in the folder where you run treatywatch (or the file that
`TREATYWATCH_CONFIG` names), then from variables, then from the command line; the later wins.
A key of a table is written with two underscores in a variable: `[fetch] host_delay = 2` is
`TREATYWATCH_FETCH__HOST_DELAY=2`. A mistake is told in one sentence and nothing is run.
"""


def settings_markdown() -> str:
    """Return the page as Markdown."""
    tables = {
        name: field.annotation
        for name, field in Settings.model_fields.items()
        if isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel)
    }
    top = {n: f for n, f in Settings.model_fields.items() if n not in tables}
    parts = [_HEAD, _section("At the top of the file", top, "TREATYWATCH_")]
    for name, table in tables.items():
        words = (table.__doc__ or "").strip()
        heading = f"`[{name}]`: {words[0].lower()}{words[1:].rstrip('.')}"
        parts.append(_section(heading, table.model_fields, f"TREATYWATCH_{name.upper()}__"))
    return "\n".join(parts)


def _section(heading: str, fields: dict[str, FieldInfo], prefix: str) -> str:
    rows = [
        f"| `{name}` | {_default(field)} | {field.description} | `{prefix}{name.upper()}` |"
        for name, field in fields.items()
    ]
    head = "| key | default | meaning | variable |\n| --- | --- | --- | --- |\n"
    return f"## {heading}\n\n{head}" + "\n".join(rows) + "\n"


def _default(field: FieldInfo) -> str:
    value: Any = field.default
    if value is None or value in ("", ()):
        return "none"
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    if isinstance(value, tuple):
        return "`[" + ", ".join(f'"{v}"' if isinstance(v, str) else str(v) for v in value) + "]`"
    return f'`"{value}"`' if isinstance(value, str | Path) else f"`{value}`"


if __name__ == "__main__":
    sys.stdout.write(settings_markdown())
