"""What the extractors' tests share: quick settings, one feed, the hostile web."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from treatywatch.config.settings import ExtractSettings, FetchSettings, Settings
from treatywatch.news.records import Feed, FeedEntry, PendingPage


def _load(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, Path(__file__).with_name(f"{name}.py"))
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def hostile() -> ModuleType:
    return _load("hostile")


@pytest.fixture
def web(hostile: ModuleType) -> Iterator[Any]:
    with hostile.HostileWeb() as web:
        yield web


@pytest.fixture(scope="session")
def quick() -> Settings:
    """Return settings for loopback: short timeouts, no delay between requests."""
    return Settings(
        allow_loopback=True,
        fetch=FetchSettings(
            connect_timeout=3, read_timeout=4, total_timeout=9, host_delay=0, per_host=4
        ),
        extract=ExtractSettings(page_seconds=15),
    )


@pytest.fixture(scope="session")
def feed() -> Feed:
    return Feed(id="f", name="The Paper", url="http://paper.test/feed.xml", language="en")


@pytest.fixture(scope="session")
def pending(feed: Feed) -> PendingPage:
    entry = FeedEntry(
        entry_id="e",
        feed_id="f",
        url="http://paper.test/news/harbour-storm-closes-ferry-routes",
        guid="1",
        title="Storm closes the harbour",
        entry_hash="h",
    )
    return PendingPage(entry, feed)
