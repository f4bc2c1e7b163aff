"""Reading the settings; a mistake in them is one sentence: where, which key, what is allowed."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo
from pydantic_settings import SettingsError

from treatywatch.config.settings import PREFIX, SETTINGS_FILE, Settings
from treatywatch.news.errors import UsageError

_NO_SETTINGS = ("TREATYWATCH_CONFIG", "TREATYWATCH_HOME")  # where settings lie, where runs start
# What pydantic says of these is no advice to who wrote the file.
_ALLOWED = {
    "path_type": "a path, in quotes",
    "string_type": "text, in quotes",
    "float_parsing": "a number",
    "float_type": "a number",
    "int_parsing": "a whole number",
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "bool_parsing": "true or false",
    "bool_type": "true or false",
    "model_type": "a table, as in [fetch]",
    "tuple_type": "a list, as in [1, 2]",
}

_NOT_SHOWN = "(not shown)"
_in_force: Settings | None = None


@contextmanager
def in_force(settings: Settings) -> Iterator[None]:
    """Let `load_settings` start from these settings, in this process, instead of the sources.

    A program that starts a flow has its settings already; a flow that a server starts reads them.
    """
    global _in_force
    before, _in_force = _in_force, settings
    try:
        yield
    finally:
        _in_force = before


def load_settings(**overrides: Any) -> Settings:
    """Read the settings; `overrides` that are None are left out.

    Raises:
        UsageError: in one sentence with source, key, value and what is allowed.
    """
    if _in_force is not None:
        return _in_force.model_copy(update={k: v for k, v in overrides.items() if v is not None})
    path = os.environ.get("TREATYWATCH_CONFIG", SETTINGS_FILE)
    if "TREATYWATCH_CONFIG" in os.environ and not Path(path).is_file():
        raise UsageError(f"{path}: no such file; TREATYWATCH_CONFIG must name a settings file.")
    _refuse_unknown_variables()
    given = {key: value for key, value in overrides.items() if value is not None}
    try:
        return Settings(**given)
    except tomllib.TOMLDecodeError as error:
        raise UsageError(f"{path}: not valid TOML ({error}); mend that line.") from error
    except RecursionError as error:  # no parser says where
        raise UsageError(
            f"{path}: nested too deep, or a variable {PREFIX}... is; write plain tables and lists."
        ) from error
    except SettingsError as error:
        raise UsageError(_not_json(error)) from error
    except ValidationError as error:
        raise UsageError(_one_sentence(error, path)) from error
    except UnicodeDecodeError as error:
        raise UsageError(f"{path}: not UTF-8 at byte {error.start}; save it as UTF-8.") from error
    except OSError as error:
        raise UsageError(f"{path}: cannot be read ({error.strerror}); name a file.") from error


def with_model(settings: Settings, name: str | None) -> Settings:
    """Return the settings with another model; None leaves the one they name."""
    if not name:
        return settings
    return settings.model_copy(update={"model": settings.model.model_copy(update={"name": name})})


def _refuse_unknown_variables() -> None:
    """Refuse a misspelt variable; pydantic sees a wrong key of a table, but no wrong table.

    What resembles no setting is left alone: Kubernetes gives every container TREATYWATCH_PORT
    and more of that kind where a service is called so.
    """
    for name in os.environ:
        if not name.startswith(PREFIX) or name in _NO_SETTINGS:
            continue
        key, separator, _ = name.removeprefix(PREFIX).lower().partition("__")
        if key in Settings.model_fields:
            continue
        if separator or get_close_matches(key, Settings.model_fields, cutoff=0.8):
            allowed = _allowed((key,))
            raise UsageError(f"{name}: unknown setting '{key}'; allowed are {allowed}.")


def _not_json(error: SettingsError) -> str:
    """Name the variable; the error names the table, and what could not be read of it."""
    text = getattr(error.__cause__, "doc", "")
    named = (
        name for name, value in os.environ.items() if name.startswith(PREFIX) and value == text
    )
    name = next(named, PREFIX)
    shown = _shown(text, tuple(name.removeprefix(PREFIX).lower().split("__")))
    example = f'["a", "b"] for a list; a table has a variable a key, as {PREFIX}FETCH__PER_HOST'
    return f"{name}: {shown} is not JSON; write {example}."


def _one_sentence(error: ValidationError, path: str) -> str:
    first = error.errors()[0]
    key = ".".join(str(part) for part in first["loc"])
    source = _source_of(first["loc"], path)
    if first["type"] == "extra_forbidden":
        return f"{source}: unknown setting '{key}'; allowed there are {_allowed(first['loc'])}."
    allowed = _ALLOWED.get(first["type"], first["msg"])
    allowed = allowed.removeprefix("Value error, ").removeprefix("Input should be ")
    shown = _shown(first["input"], first["loc"])
    return f"{source}: {key} = {shown} is not allowed; it must be {allowed}."


def _shown(value: object, location: tuple[int | str, ...]) -> str:
    """Return the value of a setting, but of a secret, and of a table with one, only that it is."""
    field: FieldInfo | None = None
    inside: type[BaseModel] | None = Settings
    for part in location:
        if inside is None or part not in inside.model_fields:
            break
        field = inside.model_fields[str(part)]
        inside = _table(field.annotation)
    if field is None or not field.repr:
        return _NOT_SHOWN
    within = inside.model_fields.values() if inside else ()
    return repr(value) if all(each.repr for each in within) else _NOT_SHOWN


def _table(annotation: Any) -> type[BaseModel] | None:
    is_table = isinstance(annotation, type) and issubclass(annotation, BaseModel)
    return annotation if is_table else None


def _source_of(location: tuple[int | str, ...], path: str) -> str:
    variable = PREFIX + "__".join(str(part) for part in location).upper()
    return variable if variable in os.environ else path


def _allowed(location: tuple[int | str, ...]) -> str:
    model: Any = Settings
    for part in location[:-1]:
        model = model.model_fields[str(part)].annotation
    return ", ".join(model.model_fields)
