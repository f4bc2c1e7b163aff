"""The small print of the digest: what was watched, what is missing, and how it was made."""

from __future__ import annotations

from collections.abc import Callable

from treatywatch.digest.words import Words
from treatywatch.news.digest import Digest

MOST_REASONS = 8


def omission_sentences(digest: Digest, words: Words) -> list[str]:
    """Say in plain words what the figures leave out; one sentence each."""
    missing = digest.coverage.omissions
    said = [_failed_pages(digest, words)] if missing.failed_pages else []
    counts = (
        missing.undated,
        missing.not_sure,
        missing.refused,
        missing.lookalikes or 0,
        missing.other_languages,
        missing.waiting_pages,
        missing.skipped_entries,
    )
    said.extend(say(words, n) for n, say in zip(counts, _MISSING, strict=True) if n)
    return said


_MISSING: tuple[Callable[[Words, int], str], ...] = (
    lambda w, n: w.ngettext(
        "%(n)s article about the treaty carries no date and is in no week.",
        "%(n)s articles about the treaty carry no date and are in no week.",
        n,
    ),
    lambda w, n: w.ngettext(
        "%(n)s article was too close to call: counted under its likeliest label, not quoted.",
        "%(n)s articles were too close to call: counted under their likeliest label, not quoted.",
        n,
    ),
    lambda w, n: w.ngettext(
        "%(n)s article names the treaty but is about something else, and was left out.",
        "%(n)s articles name the treaty but are about something else, and were left out.",
        n,
    ),
    lambda w, n: w.ngettext(
        "%(n)s article names only another treaty that sounds alike, and was left out.",
        "%(n)s articles name only another treaty that sounds alike, and were left out.",
        n,
    ),
    lambda w, n: w.ngettext(
        "%(n)s article is in a language that is not read here.",
        "%(n)s articles are in languages that are not read here.",
        n,
    ),
    lambda w, n: w.ngettext(
        "%(n)s page is still waiting to be fetched.",
        "%(n)s pages are still waiting to be fetched.",
        n,
    ),
    lambda w, n: w.ngettext(
        "%(n)s entry was passed over because its feed held too many.",
        "%(n)s entries were passed over because their feeds held too many.",
        n,
    ),
)


def _failed_pages(digest: Digest, words: Words) -> str:
    failed = digest.coverage.omissions.failed_pages
    ranked = sorted(failed.items(), key=lambda pair: (-pair[1], pair[0]))[:MOST_REASONS]
    reasons = words.listing([f"{words.error(c)} ({words.number(n)})" for c, n in ranked])
    return words.ngettext(
        "%(n)s page could not be read: %(reasons)s.",
        "%(n)s pages could not be read: %(reasons)s.",
        sum(failed.values()),
        reasons=reasons,
    )


def coverage_sentences(digest: Digest, words: Words) -> list[str]:
    """Say what was watched."""
    coverage = digest.coverage
    if not coverage.feeds:
        told = words.gettext("No feed was read in this week: its articles were found later.")
        return [told, *_unfinished(digest, words), *_young(digest, words)]
    share = words.percent(coverage.feeds_ok_share)
    watched = words.ngettext(
        "%(n)s feed was watched; %(share)s of its daily readings went well.",
        "%(n)s feeds were watched; %(share)s of their daily readings went well.",
        coverage.feeds,
        share=share,
    )
    seen = words.gettext(
        "Articles of the week on any subject: %(seen)s; about the treaty: %(articles)s.",
        seen=words.number(coverage.seen),
        articles=words.number(digest.counts.articles),
    )
    return [watched, seen, *_unfinished(digest, words), *_young(digest, words)]


def _unfinished(digest: Digest, words: Words) -> list[str]:
    if digest.is_over:
        return []
    return [words.gettext("The week is not over: its figures will grow.")]


def _young(digest: Digest, words: Words) -> list[str]:
    since = digest.coverage.watched_since
    if since is None or since <= digest.weeks[0].monday:
        return []
    return [
        words.gettext(
            "The watch began on %(day)s: of earlier weeks it knows only what feeds still held.",
            day=words.day(since),
        )
    ]


def feeds_down_sentence(digest: Digest, words: Words) -> str:
    """Say how many feeds gave nothing all week; their names follow."""
    return words.ngettext(
        "%(n)s feed never answered well this week:",
        "%(n)s feeds never answered well this week:",
        len(digest.coverage.feeds_down),
    )


def provenance(digest: Digest, words: Words) -> str:
    """Say as of when the page stands; nothing here depends on the time of writing it."""
    if digest.as_of is not None:
        return words.gettext(
            "As the database stood on %(moment)s (%(zone)s).",
            moment=words.moment(digest.as_of, digest.zone),
            zone=digest.zone,
        )
    if digest.data_until is not None:
        return words.gettext(
            "With everything known up to %(moment)s (%(zone)s).",
            moment=words.moment(digest.data_until, digest.zone),
            zone=digest.zone,
        )
    return words.gettext("The database holds nothing yet.")


def method_sentences(digest: Digest, words: Words) -> list[str]:
    """Say in three lines how it was made."""
    models = words.listing([use.model_id for use in digest.models])
    model = words.gettext("Model: %(models)s.", models=models) if digest.models else ""
    return [
        words.gettext(
            "Every article of the feeds is searched for the names of the treaty; a model then "
            "reads the passages that speak of it and asks of each: is it presented as good, is "
            "it presented as bad? Whose view it is does not matter."
        ),
        words.gettext(
            "An article is mixed when the weaker side has at least a fifth of the sentences that "
            "take a side (a third where its sure ones are fewer), and neutral when fewer than one "
            "sentence in seven takes one. Copies of a story count as articles, and once as a "
            "story. The percentage beside a quote is how sure the model is that it takes that side."
        ),
        words.gettext(
            "A difference is called a change only when its %(sure)s interval leaves out no change "
            "(%(surer)s for themes), with stories, not copies, as the sample. %(model)s",
            sure=words.percent(0.95),
            surer=words.percent(0.99),
            model=model,
        ).strip(),
    ]
