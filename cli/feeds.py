"""`treatywatch feeds`: the feed list and how its feeds do."""

from __future__ import annotations

import json as json_module
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from treatywatch.cli.options import Db, Feeds, Json, Language, known_language, settings_for
from treatywatch.cli.output import clean, data, say, table
from treatywatch.news.errors import UsageError

if TYPE_CHECKING:
    from treatywatch.config.settings import Settings
    from treatywatch.news.records import Feed
    from treatywatch.storage.reader import FeedHealth

LIST_EXAMPLES = """
Examples:

  treatywatch feeds list

  treatywatch feeds list --language vi --json
"""
feeds_app = typer.Typer(
    name="feeds", help="The feed list: which feeds, and how they do.", no_args_is_help=True
)


@feeds_app.command("list", epilog=LIST_EXAMPLES)
def list_feeds(
    feeds: Feeds = None,
    db: Db = None,
    language: Language = None,
    json: Json = False,
) -> None:
    """Show every feed of the list with its health."""
    from treatywatch.config.feeds import load_feeds

    settings = settings_for(db, feeds)
    listed = [f for f in load_feeds(settings.feeds) if language in (None, f.language)]
    health = _health(settings)
    if json:
        rows = [{**asdict(f), "health": _plain(health.get(f.id))} for f in listed]
        data(json_module.dumps(rows, ensure_ascii=False, default=str))
        return
    volumes = _volumes(settings)
    columns = (
        "id", "language", "state", "last success (UTC)", "a week", "volume", "next try (UTC)",
        "last error", "name",
    )  # fmt: skip
    table("", columns, [_row(f, health.get(f.id), volumes.get(f.id, [])) for f in listed])


def _has_database(settings: Settings) -> bool:
    return bool(settings.storage.url) or settings.db.exists()


def _health(settings: Settings) -> dict[str, FeedHealth]:
    """Return the health by feed id; nothing where no run has made a database yet."""
    if not _has_database(settings):
        return {}
    from treatywatch.storage.reader import Reader

    return {each.feed_id: each for each in Reader(settings).feed_health()}


def _volumes(settings: Settings) -> dict[str, list[int]]:
    """Return the new entries of each feed a day, today last; nothing without a database."""
    if not _has_database(settings):
        return {}
    from treatywatch.storage.gauges import entries_by_day
    from treatywatch.storage.reader import Reader

    return entries_by_day(Reader(settings), datetime.now(settings.zone).date())


def _row(feed: Feed, health: FeedHealth | None, by_day: Sequence[int]) -> tuple[Any, ...]:
    from treatywatch.extractors.volume import volume_of

    if health is None or not feed.enabled:
        state = "never fetched" if feed.enabled else "off"
        return (feed.id, feed.language, state, "", None, "", "", "", feed.name)
    volume = volume_of(by_day).state
    return (
        feed.id,
        feed.language,
        health.state,
        _at(health.last_success_at) or "never",
        sum(by_day[-7:]),
        "" if volume == "unknown" else volume,
        _at(health.next_fetch_at),
        (health.last_error_class or "") if health.state not in ("ok", "new") else "",
        feed.name,
    )


def _at(moment: datetime | None) -> str:
    return f"{moment:%Y-%m-%d %H:%M}" if moment else ""


def _plain(health: FeedHealth | None) -> dict[str, Any] | None:
    return asdict(health) if health else None


CHECK_EXAMPLES = """
Examples:

  treatywatch feeds check un-news-ar

  treatywatch feeds check          (every enabled feed)
"""


@feeds_app.command("check", epilog=CHECK_EXAMPLES)
def check_feeds(
    ids: Annotated[list[str] | None, typer.Argument(help="Ids of feeds; none: all.")] = None,
    feeds: Feeds = None,
    json: Json = False,
) -> None:
    """Fetch feeds once, now, and say in words how each does. Nothing is stored.

    The exit code is 1 when a feed failed.
    """
    from treatywatch.config.feeds import choose_feeds, load_feeds
    from treatywatch.extractors.check import check_feeds as check
    from treatywatch.extractors.engine import Fetcher

    settings = settings_for(None, feeds)
    chosen = choose_feeds(load_feeds(settings.feeds), ids or ())
    with Fetcher(settings) as fetcher:
        checks = check(fetcher, chosen, datetime.now(UTC))
    if json:
        rows = [asdict(each) for each in checks]
        data(json_module.dumps(rows, ensure_ascii=False, default=str))
    else:
        columns = ("id", "seconds", "entries", "dated", "language", "verdict")
        table(
            "",
            columns,
            [
                (c.feed_id, c.seconds, c.entries, f"{c.dated_share:.0%}", c.language, c.verdict)
                for c in checks
            ],
        )
    if not all(each.ok for each in checks):
        raise typer.Exit(1)


@feeds_app.command(
    epilog="Example:\n\n  treatywatch feeds add https://outlet.example --language vi --feeds my.yml"
)
def add(
    url: Annotated[str, typer.Argument(help="A feed, or a page that leads to one.")],
    language: Annotated[
        str, typer.Option("--language", help="ar, en or vi.", callback=known_language)
    ],
    feeds: Feeds = None,
    id: Annotated[str | None, typer.Option("--id", help="Id; made from the name.")] = None,
    name: Annotated[str | None, typer.Option("--name", help="Name of the outlet.")] = None,
    country: Annotated[str, typer.Option("--country", help="Two letters, as VN.")] = "",
    kind: Annotated[str, typer.Option("--kind", help="As newspaper, ngo, state.")] = "",
) -> None:
    """Find the feed of an address and add it to your feed list."""
    from treatywatch.config.feeds import append_feed
    from treatywatch.extractors.discovery import discover
    from treatywatch.extractors.engine import Fetcher
    from treatywatch.extractors.opml import feed_id
    from treatywatch.extractors.urls import is_fetchable
    from treatywatch.news.records import Feed

    settings = settings_for(None, feeds)
    path = _own_list(settings)
    if not is_fetchable(url):
        raise UsageError(f"{url}: not a web address; it begins with https:// or http://.")
    with Fetcher(settings) as fetcher:
        found = discover(fetcher, url, datetime.now(UTC))
    if not found:
        raise UsageError(f"{url}: no feed found there; give the address of the feed itself.")
    first, *others = found
    title = name or first.title or first.url
    append_feed(
        path,
        Feed(
            id=id or feed_id(title, first.url),
            name=title,
            url=first.url,
            language=language,
            homepage=url if url != first.url else "",
            country=country,
            kind=kind,
        ),
    )
    say(f"added {clean(first.url)} to {path}")
    for other in others:
        say(f"also there: {clean(other.url)} {clean(other.title)}")


@feeds_app.command(
    "import",
    epilog="Example:\n\n  treatywatch feeds import feeds.opml --language en --feeds my.yaml",
)
def import_feeds(
    file: Annotated[Path, typer.Argument(help="An OPML file.")],
    feeds: Feeds = None,
    language: Annotated[
        str,
        typer.Option(
            "--language", help="For feeds that name none: ar, en or vi.", callback=known_language
        ),
    ] = "",
) -> None:
    """Add the feeds of an OPML file to your feed list; those listed already are passed over."""
    from treatywatch.config.feeds import add_feeds
    from treatywatch.extractors.opml import read_opml

    path = _own_list(settings_for(None, feeds))
    try:
        document = file.read_bytes()
    except OSError as error:
        raise UsageError(f"{file}: cannot be read ({error.strerror}); name a file.") from error
    added, known = add_feeds(path, read_opml(document, language=language, source=str(file)))
    say(f"{added} feeds added to {path}, {known} were listed already")


@feeds_app.command("export", epilog="Example:\n\n  treatywatch feeds export > feeds.opml")
def export_feeds(feeds: Feeds = None) -> None:
    """Write the feed list as OPML 2.0 to standard output."""
    from treatywatch.config.feeds import load_feeds
    from treatywatch.extractors.opml import write_opml

    settings = settings_for(None, feeds)
    data(write_opml(load_feeds(settings.feeds)).decode("utf-8"))


def _own_list(settings: Settings) -> Path:
    if settings.feeds is None:
        raise UsageError("the built-in list is not changed; name your own with --feeds FILE.")
    return settings.feeds


def register(app: typer.Typer) -> None:
    """Add the group of commands."""
    app.add_typer(feeds_app)
