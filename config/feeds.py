"""The feed list: read with every mistake named, written back with its comments kept."""

from __future__ import annotations

import io
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from treatywatch.config.nesting import too_deep_at
from treatywatch.news.errors import UsageError
from treatywatch.news.records import LANGUAGES, Feed
from treatywatch.news.text import normalise
from treatywatch.news.whole import written_whole

BUILT_IN_FEEDS = Path(__file__).with_name("feeds.yaml")
KEYS = ("id", "name", "url", "homepage", "language", "country", "kind", "enabled")
_REQUIRED = ("id", "name", "url", "language")
_PASSED_OVER = ("confidence", "notes")
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_MAX_BYTES = 5_000_000


def load_feeds(path: Path | None = None) -> tuple[Feed, ...]:
    """Read a feed list; None reads the built-in one.

    Raises:
        UsageError: in one sentence with file, entry, key, value and what is allowed.
    """
    source = path or BUILT_IN_FEEDS
    return parse_feeds(read_list(source), str(source))


def parse_feeds(items: Sequence[Any], source: str) -> tuple[Feed, ...]:
    """Turn the plain items of a list into feeds, refusing the first mistake by name."""
    feeds: dict[str, Feed] = {}
    for number, item in enumerate(items, start=1):
        feed = _parse_feed(item, f"{source}: feed {number}")
        if feed.id in feeds:
            raise UsageError(f"{source}: feed {number}: id '{feed.id}' is used twice.")
        feeds[feed.id] = feed
    return tuple(feeds.values())


def choose_feeds(feeds: Sequence[Feed], ids: Sequence[str]) -> tuple[Feed, ...]:
    """Return the feeds named, as enabled ones, in the order of the list; none named: the enabled.

    Raises:
        UsageError: when no feed has an id that was named, or no feed is left.
    """
    known = {feed.id for feed in feeds}
    for each in ids:
        if each not in known:
            raise UsageError(f"no feed has the id '{each}'; `treatywatch feeds list` shows them.")
    named = (replace(feed, enabled=True) for feed in feeds if feed.id in ids)
    chosen = tuple(named if ids else (feed for feed in feeds if feed.enabled))
    if not chosen:
        raise UsageError("the feed list has no enabled feed; enable one, or name it by its id.")
    return chosen


def append_feed(path: Path, feed: Feed) -> None:
    """Add a feed at the end of a list file, keeping its comments and order.

    Raises:
        UsageError: when the file cannot be read, or the id or address is listed already.
    """
    items = read_list(path) if path.exists() else []
    listed = parse_feeds(items, str(path))
    for known in listed:
        if feed.url == known.url:
            raise UsageError(f"{path}: {feed.url} is listed already as '{known.id}'.")
    if feed.id in {known.id for known in listed}:
        raise UsageError(f"{path}: id '{feed.id}' is used already; choose another with --id.")
    items.append(feed_as_mapping(feed))
    parse_feeds(items, str(path))  # what is written can be read again
    write_list(path, items)


def add_feeds(path: Path, feeds: Sequence[Feed]) -> tuple[int, int]:
    """Add the feeds that are not listed yet; return how many were added and how many known.

    A feed whose id is taken by another address gets a number behind its id.
    """
    items = read_list(path) if path.exists() else []
    listed = parse_feeds(items, str(path))
    addresses, ids = {feed.url for feed in listed}, {feed.id for feed in listed}
    new = [feed for feed in feeds if feed.url not in addresses]
    for feed in new:
        free = free_id(feed.id, ids)
        ids.add(free)
        items.append(feed_as_mapping(replace(feed, id=free)))
    parse_feeds(items, str(path))
    if new:
        write_list(path, items)
    return len(new), len(feeds) - len(new)


def free_id(wanted: str, taken: Collection[str]) -> str:
    """Return the id that is wanted, with a number behind it where it is taken."""
    candidates = (wanted, *(f"{wanted[:60]}-{number}" for number in range(2, len(taken) + 3)))
    return next(each for each in candidates if each not in taken)


def feed_as_mapping(feed: Feed) -> dict[str, Any]:
    """Return the feed as the list file writes it; what is empty or standard is left out."""
    values = {key: getattr(feed, key) for key in KEYS}
    return {k: v for k, v in values.items() if v != "" and not (k == "enabled" and v is True)}


def read_list(path: Path) -> list[Any]:
    """Read a YAML file that must hold a list; comments stay with the result."""
    try:
        if path.stat().st_size > _MAX_BYTES:
            raise UsageError(f"{path}: larger than {_MAX_BYTES} bytes; not a feed list.")
        text = path.read_text(encoding="utf-8")
        data = _yaml().load(text)
    except FileNotFoundError as error:
        raise UsageError(f"{path}: no such feed list; check the path.") from error
    except UnicodeDecodeError as error:
        raise UsageError(f"{path}: not UTF-8 at byte {error.start}; save it as UTF-8.") from error
    except OSError as error:
        raise UsageError(f"{path}: cannot be read ({error.strerror}); name a file.") from error
    except YAMLError as error:
        place = _place(error)
        raise UsageError(f"{path}: not valid YAML{place}; mend that line.") from error
    except ValueError as error:  # what looks like a date and is none
        raise UsageError(f"{path}: not valid YAML ({error}); write it in quotes.") from error
    except RecursionError as error:
        place = too_deep_at(text)
        raise UsageError(f"{path}: nested too deep{place}; write a list of feeds.") from error
    if data is None:
        return []
    if not isinstance(data, list):
        raise UsageError(f"{path}: must be a list of feeds, each with {', '.join(_REQUIRED)}.")
    return data


def write_list(path: Path, items: Sequence[Any]) -> None:
    """Write a feed list whole or not at all."""
    buffer = io.StringIO()
    _yaml().dump(items, buffer)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with written_whole(path) as temporary:
            temporary.write_text(buffer.getvalue(), encoding="utf-8")
    except OSError as error:
        raise UsageError(
            f"{path}: cannot be written ({error.strerror}); name another place."
        ) from error


def _parse_feed(item: Any, where: str) -> Feed:
    if not isinstance(item, Mapping):
        raise UsageError(f"{where}: must be a mapping with {', '.join(_REQUIRED)}.")
    for key in item:
        if key not in KEYS and key not in _PASSED_OVER:
            raise UsageError(f"{where}: unknown key '{key}'; allowed are {', '.join(KEYS)}.")
    for key in _REQUIRED:
        if not item.get(key):
            raise UsageError(f"{where}: '{key}' is missing.")
    values = {key: item[key] for key in KEYS if item.get(key) is not None}
    _check_values(values, f"{where} ('{values['id']}')")
    texts = {k: normalise(v).strip() for k, v in values.items() if isinstance(v, str)}
    return Feed(**texts, enabled=values.get("enabled", True))


def _check_values(values: Mapping[str, Any], where: str) -> None:
    enabled = values.get("enabled", True)
    if not isinstance(enabled, bool):
        raise UsageError(f"{where}: enabled = {enabled!r} must be true or false.")
    for key in KEYS[:-1]:
        if key in values and not isinstance(values[key], str):
            raise UsageError(f"{where}: {key} = {values[key]!r} must be text; put it in quotes.")
    if not _ID.fullmatch(values["id"]):
        raise UsageError(f"{where}: an id has letters, digits, '.', '_', '-' only, at most 64.")
    if values["language"] not in LANGUAGES:
        raise UsageError(
            f"{where}: language = '{values['language']}' must be one of {', '.join(LANGUAGES)}."
        )
    country = values.get("country", "")
    if country and not re.fullmatch(r"[A-Z]{2}", country):
        raise UsageError(f"{where}: country = '{country}' must be two capital letters, as in VN.")
    for key in ("url", "homepage"):
        _check_address(values.get(key, ""), key, where)


def _check_address(value: str, key: str, where: str) -> None:
    if not value and key == "homepage":
        return
    try:
        parts = urlsplit(value)
        good = parts.scheme in ("http", "https") and bool(parts.hostname)
    except ValueError:
        good = False
    if not good:
        raise UsageError(f"{where}: {key} = '{value}' must be an http or https address.")


def _place(error: Exception) -> str:
    mark = getattr(error, "problem_mark", None)
    return f" (line {mark.line + 1})" if mark is not None else ""


def _yaml() -> YAML:
    yaml = YAML()
    yaml.width = 10_000
    yaml.preserve_quotes = True
    return yaml
