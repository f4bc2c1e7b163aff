"""The page of all commands, made from the command line itself.

`python -m treatywatch.cli.describe > docs/commands.md` renews it; a test holds it.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from enum import Enum
from typing import Any

from typer import Typer
from typer.main import get_command

from treatywatch.cli.app import app

_HEAD = """\
# Commands

Data goes to stdout, words to stderr. Exit codes: 0 done (single feeds may have failed: they are
reported), 1 failed, 2 wrong usage or input, 3 nothing could be fetched at all.
`treatywatch COMMAND --help` shows examples. The settings are on [a page of their own](settings.md);
`--db` and `--feeds` override them.
"""
_EVERYWHERE = ("--help", "--install-completion", "--show-completion")


def commands_markdown(line: Typer = app) -> str:
    """Return the page of a command line as Markdown."""
    sections = [_section(name, command) for name, command in _commands(get_command(line))]
    return "\n".join([_HEAD, *sections])


def _commands(command: Any, name: str = "treatywatch") -> Iterator[tuple[str, Any]]:
    inner = getattr(command, "commands", None)
    if inner is None:
        yield name, command
        return
    for each in inner.values():
        yield from _commands(each, f"{name} {each.name}")


def _section(name: str, command: Any) -> str:
    words = " ".join(str(command.help).split())
    shown = [each for each in command.params if each.opts[0] not in _EVERYWHERE]
    if not shown:
        return f"## `{name}`\n\n{words}\n"
    rows = [f"| `{_spelt(each)}` | {_meaning(each)} | {_default(each)} |" for each in shown]
    head = "| option | meaning | when left out |\n| --- | --- | --- |\n"
    return f"## `{name}`\n\n{words}\n\n{head}" + "\n".join(rows) + "\n"


def _spelt(parameter: Any) -> str:
    if parameter.param_type_name == "argument":
        return str(parameter.metavar or parameter.name).strip("[]{}.").upper()
    name = str(parameter.opts[0])
    return name if parameter.is_flag else f"{name} {_value(parameter)}"


def _value(parameter: Any) -> str:
    return str(parameter.metavar or ("N" if _type(parameter) is int else "VALUE"))


def _meaning(parameter: Any) -> str:
    words = str(parameter.help or "").replace("|", r"\|").replace("<", "&lt;")
    kind = _type(parameter)
    if isinstance(kind, type) and issubclass(kind, Enum):
        words += f" One of {', '.join(map(_plain, kind))}."
    return words


def _type(parameter: Any) -> Any:
    return parameter.type_descriptor.annotation


def _default(parameter: Any) -> str:
    if parameter.required:
        return "must be given"
    value = parameter.default
    is_none = value is None or value is False or value in ("", ())
    return "" if is_none else f"`{_plain(value)}`"


def _plain(value: Any) -> str:
    return str(value.value if isinstance(value, Enum) else value)


if __name__ == "__main__":
    sys.stdout.write(commands_markdown())
