"""The weeks that the tests of the digest render."""

from __future__ import annotations

import pytest
from support.hostile_week import HOSTILE, HOSTILE_URLS, make_hostile_week
from support.weeks import MIX, WEEK, count_week, make_article, make_passages, make_week

from treatywatch.news.week_input import WeekInput


class Press:
    """What the tests build weeks with."""

    week = WEEK
    mix = MIX
    article = staticmethod(make_article)
    passages = staticmethod(make_passages)
    count_week = staticmethod(count_week)
    make_week = staticmethod(make_week)
    hostile = HOSTILE
    hostile_urls = HOSTILE_URLS


@pytest.fixture(scope="session")
def press() -> Press:
    return Press()


@pytest.fixture(scope="session")
def full_week() -> WeekInput:
    return make_week()


@pytest.fixture(scope="session")
def hostile_week() -> WeekInput:
    return make_hostile_week()
