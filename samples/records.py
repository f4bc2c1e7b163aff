"""Define the records of the sample newsroom and load them from the YAML files beside it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta, timezone
from pathlib import Path
from typing import Any, Literal

from ruamel.yaml import YAML

HERE = Path(__file__).parent
ARTICLE = "article"
WALL = "wall"
LISTING = "listing"
GONE = "gone"
TREATY_LABELS = ("hopes", "concerns", "mixed", "neutral")


@dataclass(frozen=True)
class SamplePage:
    """Hold one HTTP answer of the newsroom."""

    status: int
    headers: dict[str, str]
    body: bytes


@dataclass(frozen=True)
class Outlet:
    """Hold one invented outlet and the habits of its site and feed."""

    id: str
    name: str
    language: str
    country: str
    kind: str
    utc_offset: int
    sections: tuple[str, ...]
    feed_format: str = "rss"
    feed_dates: str = "rfc822"
    feed_links: str = "absolute"
    feed_titles: str = "plain"
    feed_state: str = "sound"
    encoding: str = "utf-8"
    layout: str = "classic"
    page_dates: str = "meta"

    @property
    def feed_path(self) -> str:
        """Return the path of the outlet's feed."""
        return f"/{self.id}/feed.xml"

    @property
    def zone(self) -> timezone:
        """Return the outlet's fixed time zone."""
        return timezone(timedelta(hours=self.utc_offset))


@dataclass(frozen=True)
class Revision:
    """Hold what changes in an article between the two editions."""

    title: str
    paragraphs: tuple[str, ...]
    label: str
    themes: tuple[str, ...]
    why: str
    hours_later: int


@dataclass(frozen=True)
class Article:
    """Hold one entry of a feed: its prose, its place in time and what is expected of it."""

    outlet: Outlet
    slug: str
    title: str
    author: str
    language: str
    label: str | None
    why: str
    paragraphs: tuple[str, ...]
    week: int
    day: int
    clock: time
    treaty: bool
    themes: tuple[str, ...] = ()
    traps: tuple[str, ...] = ()
    lead: str = ""
    kind: str = ARTICLE
    html_lang: str = ""
    unicode_form: Literal["NFC", "NFD"] = "NFC"
    title_suffix: str = ""
    dated: bool = True
    copy_of: str = ""
    revision: Revision | None = field(default=None)

    @property
    def path(self) -> str:
        """Return the path of the article's page."""
        return f"/{self.outlet.id}/{self.slug}"

    @property
    def summary(self) -> str:
        """Return the text that feeds and descriptions carry."""
        return self.lead or next(iter(self.paragraphs), "")

    def published(self, base: date) -> datetime:
        """Place the article in its ISO week, and never after the first minute of `base`."""
        monday = base - timedelta(days=base.weekday(), weeks=self.week)
        local = datetime.combine(
            monday + timedelta(days=self.day - 1), self.clock, self.outlet.zone
        )
        latest = datetime.combine(base, time(0, 0, self.clock.minute), UTC)
        return min(local, latest.astimezone(self.outlet.zone))

    def updated(self, base: date, edition: int) -> datetime:
        """Return when the article last changed, as of an edition."""
        published = self.published(base)
        if edition < 2 or self.revision is None:
            return published
        return published + timedelta(hours=self.revision.hours_later)

    def as_of(self, edition: int) -> Article:
        """Return the article as it stands in an edition."""
        if edition < 2 or self.revision is None:
            return self
        new = self.revision
        return replace(
            self,
            title=new.title,
            paragraphs=new.paragraphs,
            label=new.label,
            themes=new.themes,
            why=new.why,
        )


def load_outlets() -> dict[str, Outlet]:
    """Load the outlets by id, in the order of the file."""
    records = _read_yaml(HERE / "outlets.yaml")
    return {
        record["id"]: Outlet(**{**record, "sections": tuple(record["sections"])})
        for record in records
    }


def load_articles() -> tuple[Article, ...]:
    """Load every article, outlet by outlet, with the copies of wire stories filled in."""
    articles: dict[str, Article] = {}
    for outlet in load_outlets().values():
        path = HERE / "articles" / f"{outlet.id}.yaml"
        for record in _read_yaml(path) if path.exists() else []:
            article = _article(outlet, record, articles)
            articles[article.path] = article
    return tuple(articles.values())


def _read_yaml(path: Path) -> list[dict[str, Any]]:
    records: list[dict[str, Any]] = YAML(typ="safe").load(path.read_text(encoding="utf-8"))
    return records


def _article(outlet: Outlet, record: dict[str, Any], known: dict[str, Article]) -> Article:
    fields = dict(record)
    label = fields["label"]
    fields["outlet"] = outlet
    fields["clock"] = time.fromisoformat(fields["clock"])
    fields["paragraphs"] = _prose(fields, known)
    fields["revision"] = _revision(fields.pop("revision", None))
    fields.setdefault("language", outlet.language)
    fields["treaty"] = label in TREATY_LABELS
    for key in ("themes", "traps"):
        fields[key] = tuple(fields.get(key, ()))
    return Article(**fields)


def _prose(fields: dict[str, Any], known: dict[str, Article]) -> tuple[str, ...]:
    """Return the article's own paragraphs, or a wire story's with its two ends changed."""
    own = _paragraphs(fields.pop("body", ""))
    dateline, closing = fields.pop("dateline", ""), fields.pop("closing", "")
    if "copy_of" not in fields:
        return own
    original = known[fields["copy_of"]].paragraphs
    first = dateline + original[0].partition(" - ")[2]
    return (first, *original[1:-1], closing)


def _revision(record: dict[str, Any] | None) -> Revision | None:
    if record is None:
        return None
    fields = {**record, "themes": tuple(record["themes"])}
    return Revision(paragraphs=_paragraphs(fields.pop("body")), **fields)


def _paragraphs(body: str) -> tuple[str, ...]:
    return tuple(" ".join(block.split()) for block in body.split("\n\n") if block.strip())
