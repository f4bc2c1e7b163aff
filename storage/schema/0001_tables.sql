-- The base tables. No keys, no sequences, no unique constraints: the same text runs on a DuckDB
-- file and on a DuckLake catalogue, and the writer keeps rows unique by MERGE and anti-join.
-- Times are TIMESTAMPTZ in UTC. Columns named *_date are days in the configured zone; the writer
-- fills them, and fills them anew when the zone changes.

CREATE TABLE settings (
    name VARCHAR NOT NULL,
    value VARCHAR NOT NULL
);

CREATE TABLE feeds (
    feed_id VARCHAR NOT NULL,
    name VARCHAR NOT NULL,
    url VARCHAR NOT NULL,
    homepage VARCHAR,
    language VARCHAR NOT NULL,
    country VARCHAR,
    kind VARCHAR,
    enabled BOOLEAN NOT NULL,
    listed_at TIMESTAMPTZ NOT NULL,
    delisted_at TIMESTAMPTZ,
    current_url VARCHAR,
    redirect_url VARCHAR,
    redirect_sightings INTEGER,
    etag VARCHAR,
    last_modified VARCHAR,
    body_hash VARCHAR,
    last_fetch_at TIMESTAMPTZ,
    last_success_at TIMESTAMPTZ,
    last_full_fetch_at TIMESTAMPTZ,
    next_fetch_at TIMESTAMPTZ,
    failure_weight DOUBLE,
    retired_at TIMESTAMPTZ,
    listed_url VARCHAR
);

CREATE TABLE feed_fetches (
    run_id VARCHAR NOT NULL,
    feed_id VARCHAR NOT NULL,
    fetched_at TIMESTAMPTZ NOT NULL,
    fetched_date DATE NOT NULL,
    url VARCHAR NOT NULL,
    final_url VARCHAR,
    outcome VARCHAR NOT NULL,
    http_status INTEGER,
    error_class VARCHAR,
    error_message VARCHAR,
    body_bytes BIGINT,
    body_hash VARCHAR,
    entries_seen INTEGER,
    entries_kept INTEGER,
    entries_skipped INTEGER,
    seconds DOUBLE,
    warning VARCHAR
);

CREATE TABLE entries (
    entry_id VARCHAR NOT NULL,
    feed_id VARCHAR NOT NULL,
    url VARCHAR NOT NULL,
    guid VARCHAR,
    title VARCHAR,
    summary VARCHAR,
    content VARCHAR,
    author VARCHAR,
    outlet VARCHAR,
    published_at TIMESTAMPTZ,
    updated_at TIMESTAMPTZ,
    entry_hash VARCHAR NOT NULL,
    status VARCHAR NOT NULL,
    attempts INTEGER NOT NULL,
    next_try_at TIMESTAMPTZ,
    last_attempt_at TIMESTAMPTZ,
    last_error_class VARCHAR,
    article_id VARCHAR,
    first_seen_at TIMESTAMPTZ NOT NULL,
    first_seen_date DATE NOT NULL,
    last_seen_at TIMESTAMPTZ NOT NULL
);

CREATE TABLE page_failures (
    run_id VARCHAR NOT NULL,
    entry_id VARCHAR NOT NULL,
    feed_id VARCHAR NOT NULL,
    url VARCHAR,
    failed_at TIMESTAMPTZ NOT NULL,
    failed_date DATE NOT NULL,
    stage VARCHAR NOT NULL,
    error_class VARCHAR NOT NULL,
    error_message VARCHAR,
    http_status INTEGER
);

CREATE TABLE articles (
    article_id VARCHAR NOT NULL,
    url VARCHAR NOT NULL,
    canonical_url VARCHAR NOT NULL,
    feed_id VARCHAR NOT NULL,
    entry_id VARCHAR NOT NULL,
    outlet VARCHAR NOT NULL,
    country VARCHAR,
    kind VARCHAR,
    title VARCHAR NOT NULL,
    language VARCHAR NOT NULL,
    language_source VARCHAR,
    published_at TIMESTAMPTZ,
    published_date DATE,
    date_source VARCHAR,
    extraction_method VARCHAR,
    author VARCHAR,
    description VARCHAR,
    site_name VARCHAR,
    image_url VARCHAR,
    look_alike VARCHAR,
    content_hash VARCHAR NOT NULL,
    is_treaty BOOLEAN NOT NULL,
    first_seen_at TIMESTAMPTZ NOT NULL,
    first_seen_date DATE NOT NULL,
    last_seen_at TIMESTAMPTZ NOT NULL,
    last_checked_at TIMESTAMPTZ NOT NULL
);

CREATE TABLE article_versions (
    article_id VARCHAR NOT NULL,
    content_hash VARCHAR NOT NULL,
    version INTEGER NOT NULL,
    seen_at TIMESTAMPTZ NOT NULL,
    is_treaty BOOLEAN NOT NULL,
    title VARCHAR NOT NULL,
    text VARCHAR,
    language VARCHAR NOT NULL,
    published_at TIMESTAMPTZ,
    date_source VARCHAR,
    extraction_method VARCHAR,
    words INTEGER,
    names STRUCT(
        name VARCHAR, matched VARCHAR, char_start INTEGER, char_end INTEGER,
        strength VARCHAR, field VARCHAR
    )[],
    fingerprint UBIGINT[],
    text_dropped_at TIMESTAMPTZ
);

-- A page can return to an earlier wording, so "which version stood when" is a list of sightings.
CREATE TABLE article_sightings (
    article_id VARCHAR NOT NULL,
    seen_at TIMESTAMPTZ NOT NULL,
    content_hash VARCHAR NOT NULL
);

-- Stories are linked anew as articles come in, so each change is kept with its time.
CREATE TABLE story_links (
    article_id VARCHAR NOT NULL,
    story_id VARCHAR NOT NULL,
    is_duplicate BOOLEAN NOT NULL,
    linked_at TIMESTAMPTZ NOT NULL
);

CREATE TABLE passages (
    article_id VARCHAR NOT NULL,
    cut_id VARCHAR NOT NULL,
    position INTEGER NOT NULL,
    kind VARCHAR NOT NULL,
    text VARCHAR,
    char_start INTEGER NOT NULL,
    char_end INTEGER NOT NULL,
    sentences INTEGER NOT NULL,
    countable BOOLEAN NOT NULL
);

CREATE TABLE passage_stances (
    article_id VARCHAR NOT NULL,
    cut_id VARCHAR NOT NULL,
    position INTEGER NOT NULL,
    model_id VARCHAR NOT NULL,
    treaty DOUBLE NOT NULL,
    hope DOUBLE NOT NULL,
    concern DOUBLE NOT NULL,
    themes VARCHAR[],
    classified_at TIMESTAMPTZ NOT NULL
);

CREATE TABLE article_stances (
    article_id VARCHAR NOT NULL,
    content_hash VARCHAR NOT NULL,
    cut_id VARCHAR NOT NULL,
    model_id VARCHAR NOT NULL,
    label VARCHAR NOT NULL,
    treaty_score DOUBLE NOT NULL,
    hope_score DOUBLE NOT NULL,
    concern_score DOUBLE NOT NULL,
    balance DOUBLE NOT NULL,
    confidence DOUBLE NOT NULL,
    n_passages INTEGER NOT NULL,
    n_hope INTEGER NOT NULL,
    n_concern INTEGER NOT NULL,
    is_sure BOOLEAN NOT NULL,
    classified_at TIMESTAMPTZ NOT NULL
);

CREATE TABLE models (
    model_id VARCHAR NOT NULL,
    description VARCHAR,
    sha256 VARCHAR,
    first_used_at TIMESTAMPTZ NOT NULL
);

-- Which model the views showed from when on: a digest as of last month needs last month's model.
CREATE TABLE model_choices (
    model_id VARCHAR NOT NULL,
    chosen_at TIMESTAMPTZ NOT NULL
);

CREATE TABLE runs (
    run_id VARCHAR NOT NULL,
    kind VARCHAR NOT NULL,
    state VARCHAR NOT NULL,
    started_at TIMESTAMPTZ NOT NULL,
    finished_at TIMESTAMPTZ,
    process VARCHAR,
    feeds_due INTEGER,
    feeds_ok INTEGER,
    feeds_failed INTEGER,
    entries_seen INTEGER,
    entries_new INTEGER,
    pages_fetched INTEGER,
    pages_failed INTEGER,
    articles INTEGER,
    articles_new INTEGER,
    articles_edited INTEGER,
    treaty_articles INTEGER,
    is_outage BOOLEAN,
    failures MAP(VARCHAR, BIGINT),
    labels MAP(VARCHAR, BIGINT),
    stage_seconds MAP(VARCHAR, DOUBLE)
);

-- How far each source of a backfill was taken in; `cursor` is the place after the last record
-- whose batch is stored. Pages that are not about the treaty leave their number here and no row.
CREATE TABLE backfill_progress (
    source_id VARCHAR NOT NULL,
    feed_id VARCHAR NOT NULL,
    kind VARCHAR NOT NULL,
    place VARCHAR NOT NULL,
    begun_at TIMESTAMPTZ NOT NULL,
    updated_at TIMESTAMPTZ NOT NULL,
    finished_at TIMESTAMPTZ,
    cursor VARCHAR NOT NULL,
    done BIGINT NOT NULL,
    total BIGINT NOT NULL,
    records BIGINT NOT NULL,
    pages BIGINT NOT NULL,
    passed BIGINT NOT NULL,
    treaty BIGINT NOT NULL,
    known BIGINT NOT NULL,
    outside BIGINT NOT NULL,
    failed BIGINT NOT NULL
);

-- What the views show, one row an article: joined once when written instead of at every question.
-- Derived from the tables above alone; `db check` compares, `db migrate` can rebuild.
CREATE TABLE stance_facts (
    article_id VARCHAR NOT NULL,
    url VARCHAR NOT NULL,
    title VARCHAR NOT NULL,
    outlet VARCHAR NOT NULL,
    feed_id VARCHAR NOT NULL,
    language VARCHAR NOT NULL,
    country VARCHAR,
    kind VARCHAR,
    published_at TIMESTAMPTZ,
    published_date DATE,
    first_seen_at TIMESTAMPTZ NOT NULL,
    label VARCHAR NOT NULL,
    hope_score DOUBLE NOT NULL,
    concern_score DOUBLE NOT NULL,
    balance DOUBLE NOT NULL,
    confidence DOUBLE NOT NULL,
    n_passages INTEGER NOT NULL,
    n_hope INTEGER NOT NULL,
    n_concern INTEGER NOT NULL,
    story_id VARCHAR NOT NULL,
    is_duplicate BOOLEAN NOT NULL,
    version INTEGER NOT NULL,
    model_id VARCHAR NOT NULL,
    is_sure BOOLEAN NOT NULL,
    cut_id VARCHAR NOT NULL,
    story_key UBIGINT NOT NULL
);

CREATE TABLE evidence_facts (
    article_id VARCHAR NOT NULL,
    position INTEGER NOT NULL,
    outlet VARCHAR NOT NULL,
    language VARCHAR NOT NULL,
    published_date DATE,
    text VARCHAR,
    char_start INTEGER NOT NULL,
    char_end INTEGER NOT NULL,
    treaty DOUBLE NOT NULL,
    hope DOUBLE NOT NULL,
    concern DOUBLE NOT NULL,
    themes VARCHAR[],
    kind VARCHAR NOT NULL,
    model_id VARCHAR NOT NULL
);

CREATE TABLE theme_facts (
    article_id VARCHAR NOT NULL,
    story_key UBIGINT NOT NULL,
    language VARCHAR NOT NULL,
    published_date DATE,
    theme VARCHAR NOT NULL,
    passages INTEGER NOT NULL,
    hope_passages INTEGER NOT NULL,
    concern_passages INTEGER NOT NULL
);

CREATE TABLE watch_facts (
    day DATE NOT NULL,
    language VARCHAR NOT NULL,
    feeds_expected INTEGER NOT NULL,
    feeds_ok INTEGER NOT NULL
);
