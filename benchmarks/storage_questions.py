"""What storage.py asks: every view, the same counting from rows, scans, and SQLite's versions."""

from __future__ import annotations

VIEWS = {
    "article_stance": "SELECT language, label, count(*), avg(balance) FROM {stance} GROUP BY 1, 2",
    "article_stance_last_month": (
        "SELECT article_id, title, outlet, label FROM {stance} "
        "WHERE published_date >= '2026-10-20' ORDER BY published_at DESC LIMIT 100"
    ),
    "stance_evidence": (
        "SELECT language, count(*), avg(hope), avg(concern) FROM {evidence} GROUP BY 1"
    ),
    "stance_evidence_last_month": (
        "SELECT article_id, text FROM {evidence} "
        "WHERE published_date >= '2026-10-20' ORDER BY concern DESC LIMIT 100"
    ),
    "stance_by_day": "SELECT * FROM stance_by_day",
    "stance_by_week": "SELECT * FROM stance_by_week",
    "stance_by_month": "SELECT * FROM stance_by_month",
    "stance_by_outlet": "SELECT * FROM stance_by_outlet",
    "theme_by_week": "SELECT * FROM theme_by_week",
    "feed_health": "SELECT * FROM feed_health",
    "coverage_by_day": "SELECT * FROM coverage_by_day",
}
RAW_SCANS = {
    "stance_facts": (
        "SELECT max(published_date), max(language), max(story_id), max(outlet), max(label), "
        "sum(balance) FROM stance_facts"
    ),
    "theme_facts": (
        "SELECT max(published_date), max(language), max(theme), max(story_key), sum(passages) "
        "FROM theme_facts"
    ),
    "evidence_facts": (
        "SELECT max(published_date), max(language), max(article_id), sum(hope), "
        "sum(concern), max(themes) FROM evidence_facts"
    ),
}
_PERIODS = {
    "stance_by_day": "published_date",
    "stance_by_week": "date(published_date, 'weekday 0', '-6 days')",
    "stance_by_month": "strftime('%Y-%m-01', published_date)",
}
_ROWS_STANCE = """
SELECT {period} AS period, language, count(*), count(DISTINCT story_key), count(DISTINCT outlet),
    count(*) FILTER (label = 'hopes'), count(*) FILTER (label = 'concerns'),
    count(*) FILTER (label = 'mixed'), count(*) FILTER (label = 'neutral'), avg(balance)
FROM stance_facts GROUP BY 1, 2
"""
FROM_ROWS = {
    **{
        f"stance_by_{unit}": _ROWS_STANCE.format(period=f"date_trunc('{unit}', published_date)")
        for unit in ("day", "week", "month")
    },
    "theme_by_week": """
        SELECT date_trunc('week', e.published_date), e.language, e.themes[1], count(*),
            count(DISTINCT article_id), count(DISTINCT story_key),
            count(*) FILTER (e.hope >= 0.5), count(*) FILTER (e.concern >= 0.5)
        FROM evidence_facts AS e JOIN stance_facts USING (article_id) GROUP BY 1, 2, 3
    """,
}
# The scan of all that a view has to look at: a view may take twice its time.
SCAN_OF = {
    "article_stance": "stance_facts", "stance_by_day": "stance_facts",
    "stance_by_week": "stance_facts", "stance_by_month": "stance_facts",
    "stance_by_outlet": "stance_facts", "theme_by_week": "theme_facts",
    "stance_evidence": "evidence_facts",
}  # fmt: skip
MOST_SECONDS, MOST_SCANS = 0.3, 2
_SQLITE_STANCE = """
SELECT {period} AS period, language, count(*), count(DISTINCT story_id), count(DISTINCT outlet),
    sum(label = 'hopes'), sum(label = 'concerns'), sum(label = 'mixed'), sum(label = 'neutral'),
    avg(balance)
FROM stance GROUP BY 1, 2
"""
SQLITE = {
    **{name: _SQLITE_STANCE.format(period=period) for name, period in _PERIODS.items()},
    "article_stance": VIEWS["article_stance"].format(stance="stance"),
    "article_stance_last_month": VIEWS["article_stance_last_month"].format(stance="stance"),
    "stance_evidence": VIEWS["stance_evidence"].format(evidence="evidence"),
    "stance_evidence_last_month": VIEWS["stance_evidence_last_month"].format(evidence="evidence"),
    "stance_by_outlet": """
        SELECT outlet, language, count(*), count(DISTINCT story_id), sum(label = 'hopes'),
            sum(label = 'concerns'), avg(balance), min(published_date), max(published_date)
        FROM stance GROUP BY 1, 2
    """,
    "theme_by_week": """
        SELECT date(published_date, 'weekday 0', '-6 days'), language, theme, count(*),
            count(DISTINCT article_id), count(DISTINCT story_id), sum(hope >= 0.5),
            sum(concern >= 0.5)
        FROM evidence GROUP BY 1, 2, 3
    """,
}
