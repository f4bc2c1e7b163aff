"""The costly tools of a process: the fetcher, the page reader, the classifier.

Tasks are plain functions with plain arguments; what cannot travel between processes is made
once in each process that needs it, on first use.
"""

from __future__ import annotations

import threading
from contextlib import ExitStack
from functools import cached_property

from treatywatch.classifiers.classify import Classifier
from treatywatch.classifiers.model import load_model
from treatywatch.classifiers.names import NameMatcher
from treatywatch.config.settings import Settings
from treatywatch.config.treaty import Treaty, load_treaty
from treatywatch.extractors.captures import CaptureReader
from treatywatch.extractors.engine import Fetcher
from treatywatch.extractors.reader import PageReader
from treatywatch.extractors.sieve import Sieve


class Workshop:
    """The tools for one set of settings; each is made on first use and closed at the end."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._stack = ExitStack()
        self._lock = threading.RLock()

    @cached_property
    def treaty(self) -> Treaty:
        """Return the names, look-alikes and themes."""
        return load_treaty(self.settings.treaty)

    @cached_property
    def sieve(self) -> Sieve:
        """Return the cheap test for signs of a name."""
        return Sieve(self.treaty.signals)

    @cached_property
    def matcher(self) -> NameMatcher:
        """Return the exact test for the treaty's names."""
        return NameMatcher(self.treaty)

    @property
    def fetcher(self) -> Fetcher:
        """Return the one fetcher of this process."""
        with self._lock:
            return self._fetcher

    @property
    def reader(self) -> PageReader:
        """Return the one page reader of this process."""
        with self._lock:
            return self._reader

    @property
    def captures(self) -> CaptureReader:
        """Return the one reader of pages of the past of this process."""
        with self._lock:
            return self._captures

    @property
    def classifier(self) -> Classifier:
        """Return the one classifier of this process."""
        with self._lock:
            return self._classifier

    @cached_property
    def _fetcher(self) -> Fetcher:
        return self._stack.enter_context(Fetcher(self.settings))

    @cached_property
    def _reader(self) -> PageReader:
        return self._stack.enter_context(PageReader(self.settings.extract))

    @cached_property
    def _captures(self) -> CaptureReader:
        return self._stack.enter_context(CaptureReader(self.settings.extract))

    @cached_property
    def _classifier(self) -> Classifier:
        return Classifier(self.treaty, load_model(self.settings.model, self.treaty))

    def close(self) -> None:
        """Stop worker processes and connections."""
        self._stack.close()


_open: dict[str, Workshop] = {}
_open_lock = threading.Lock()


def workshop_for(settings: Settings) -> Workshop:
    """Return this process's workshop for the settings, making it on first use."""
    key = settings.model_dump_json()
    with _open_lock:
        if key not in _open:
            _open[key] = Workshop(settings)
        return _open[key]


def close_workshops() -> None:
    """Close every workshop of this process."""
    with _open_lock:
        workshops = list(_open.values())
        _open.clear()
    for workshop in workshops:
        workshop.close()
