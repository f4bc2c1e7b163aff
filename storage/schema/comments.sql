-- What every table, view and column means. Shown by DESCRIBE's sister duckdb_columns(), by
-- the prompt's completion and in docs/database.md, which is made of this.

COMMENT ON TABLE settings IS
    'Facts about this database itself.';

COMMENT ON COLUMN settings.name IS
    '`timezone` or `views`.';

COMMENT ON COLUMN settings.value IS
    'The zone in which days begin; the fingerprint of the views.';

COMMENT ON TABLE schema_migrations IS
    'The steps that brought the schema here.';

COMMENT ON COLUMN schema_migrations.version IS
    'Number of the step.';

COMMENT ON COLUMN schema_migrations.name IS
    'Name of the step.';

COMMENT ON COLUMN schema_migrations.applied_at IS
    'When it was applied.';

COMMENT ON TABLE feeds IS
    'The feed list, with what is remembered of each feed between runs.';

COMMENT ON COLUMN feeds.feed_id IS
    'The id in the feed list.';

COMMENT ON COLUMN feeds.name IS
    'Name of the outlet.';

COMMENT ON COLUMN feeds.url IS
    'Address as listed.';

COMMENT ON COLUMN feeds.homepage IS
    'Home page of the outlet.';

COMMENT ON COLUMN feeds.language IS
    'Language of the feed: ar, en or vi.';

COMMENT ON COLUMN feeds.country IS
    'ISO 3166-1 alpha-2 of the newsroom.';

COMMENT ON COLUMN feeds.kind IS
    'broadcaster, newspaper, agency and so on.';

COMMENT ON COLUMN feeds.enabled IS
    'Whether it is fetched.';

COMMENT ON COLUMN feeds.listed_at IS
    'When it was first on the list.';

COMMENT ON COLUMN feeds.delisted_at IS
    'When it left the list; NULL: listed.';

COMMENT ON COLUMN feeds.current_url IS
    'Where a permanent redirect moved it; NULL: the listed address.';

COMMENT ON COLUMN feeds.redirect_url IS
    'A permanent redirect seen, not yet trusted.';

COMMENT ON COLUMN feeds.redirect_sightings IS
    'How often that redirect was seen.';

COMMENT ON COLUMN feeds.etag IS
    'Validator of the last answer.';

COMMENT ON COLUMN feeds.last_modified IS
    'Validator of the last answer.';

COMMENT ON COLUMN feeds.body_hash IS
    'Hash of the last body.';

COMMENT ON COLUMN feeds.last_fetch_at IS
    'Last attempt.';

COMMENT ON COLUMN feeds.last_success_at IS
    'Last attempt that was answered.';

COMMENT ON COLUMN feeds.last_full_fetch_at IS
    'Last fetch without validators.';

COMMENT ON COLUMN feeds.next_fetch_at IS
    'Not fetched before this; NULL: due.';

COMMENT ON COLUMN feeds.failure_weight IS
    'Grows with each failure by its weight; 0 after a success.';

COMMENT ON COLUMN feeds.retired_at IS
    'When the server said it is gone for good.';

COMMENT ON COLUMN feeds.listed_url IS
    'The listed address when this was remembered.';

COMMENT ON TABLE feed_fetches IS
    'One row an attempt at a feed.';

COMMENT ON COLUMN feed_fetches.run_id IS
    'The run that tried.';

COMMENT ON COLUMN feed_fetches.feed_id IS
    'The feed.';

COMMENT ON COLUMN feed_fetches.fetched_at IS
    'When.';

COMMENT ON COLUMN feed_fetches.fetched_date IS
    'That day in the configured zone.';

COMMENT ON COLUMN feed_fetches.url IS
    'Address asked.';

COMMENT ON COLUMN feed_fetches.final_url IS
    'Address that answered.';

COMMENT ON COLUMN feed_fetches.outcome IS
    'ok, not_modified or failed.';

COMMENT ON COLUMN feed_fetches.http_status IS
    'HTTP status; NULL: no answer.';

COMMENT ON COLUMN feed_fetches.error_class IS
    'Class of the failure.';

COMMENT ON COLUMN feed_fetches.error_message IS
    'What failed, in words.';

COMMENT ON COLUMN feed_fetches.body_bytes IS
    'Bytes of the decompressed body.';

COMMENT ON COLUMN feed_fetches.body_hash IS
    'Hash of the body.';

COMMENT ON COLUMN feed_fetches.entries_seen IS
    'Items in the feed.';

COMMENT ON COLUMN feed_fetches.entries_kept IS
    'Items taken.';

COMMENT ON COLUMN feed_fetches.entries_skipped IS
    'Items beyond the limit of a run.';

COMMENT ON COLUMN feed_fetches.seconds IS
    'Seconds the attempt took.';

COMMENT ON COLUMN feed_fetches.warning IS
    'What was read leniently.';

COMMENT ON TABLE entries IS
    'One row an item of a feed, whatever became of it.';

COMMENT ON COLUMN entries.entry_id IS
    'Hash of feed and guid.';

COMMENT ON COLUMN entries.feed_id IS
    'The feed.';

COMMENT ON COLUMN entries.url IS
    'Address of the page.';

COMMENT ON COLUMN entries.guid IS
    'The id the publisher gives.';

COMMENT ON COLUMN entries.title IS
    'Title in the feed.';

COMMENT ON COLUMN entries.summary IS
    'Plain text of the summary; NULL once the article is about something else.';

COMMENT ON COLUMN entries.content IS
    'HTML the feed carried, bounded; NULL once the article is about something else.';

COMMENT ON COLUMN entries.author IS
    'Author in the feed.';

COMMENT ON COLUMN entries.outlet IS
    'Another newsroom the feed names.';

COMMENT ON COLUMN entries.published_at IS
    'As the feed says; NULL: it does not.';

COMMENT ON COLUMN entries.updated_at IS
    'As the feed says.';

COMMENT ON COLUMN entries.entry_hash IS
    'Changes when the publisher changes the item.';

COMMENT ON COLUMN entries.status IS
    'pending, done, failed or skipped.';

COMMENT ON COLUMN entries.attempts IS
    'Failed attempts at its page so far.';

COMMENT ON COLUMN entries.next_try_at IS
    'Not tried before this; NULL: not waiting.';

COMMENT ON COLUMN entries.last_attempt_at IS
    'Last attempt.';

COMMENT ON COLUMN entries.last_error_class IS
    'Class of the last failure.';

COMMENT ON COLUMN entries.article_id IS
    'The article it became.';

COMMENT ON COLUMN entries.first_seen_at IS
    'When we first saw it.';

COMMENT ON COLUMN entries.first_seen_date IS
    'That day in the configured zone.';

COMMENT ON COLUMN entries.last_seen_at IS
    'When the feed last carried it.';

COMMENT ON TABLE page_failures IS
    'One row a failed attempt at a page: failures are data.';

COMMENT ON COLUMN page_failures.run_id IS
    'The run that tried.';

COMMENT ON COLUMN page_failures.entry_id IS
    'The entry.';

COMMENT ON COLUMN page_failures.feed_id IS
    'The feed.';

COMMENT ON COLUMN page_failures.url IS
    'Address that failed.';

COMMENT ON COLUMN page_failures.failed_at IS
    'When.';

COMMENT ON COLUMN page_failures.failed_date IS
    'That day in the configured zone.';

COMMENT ON COLUMN page_failures.stage IS
    'page, extract, classify or store.';

COMMENT ON COLUMN page_failures.error_class IS
    'Class of the failure.';

COMMENT ON COLUMN page_failures.error_message IS
    'What failed, in words.';

COMMENT ON COLUMN page_failures.http_status IS
    'HTTP status; NULL: no answer.';

COMMENT ON TABLE articles IS
    'One row an article, about the treaty or not: the denominator of every share.';

COMMENT ON COLUMN articles.article_id IS
    'Hash of the canonical address.';

COMMENT ON COLUMN articles.url IS
    'Address first seen.';

COMMENT ON COLUMN articles.canonical_url IS
    'The key its id is made of.';

COMMENT ON COLUMN articles.feed_id IS
    'Feed that first carried it.';

COMMENT ON COLUMN articles.entry_id IS
    'Entry that first led to it.';

COMMENT ON COLUMN articles.outlet IS
    'Name of the newsroom.';

COMMENT ON COLUMN articles.country IS
    'ISO 3166-1 alpha-2 of the newsroom.';

COMMENT ON COLUMN articles.kind IS
    'Kind of the outlet.';

COMMENT ON COLUMN articles.title IS
    'Title of the current version.';

COMMENT ON COLUMN articles.language IS
    'ISO 639-1 code of the language: ar, en or vi where it is scored; any for other articles.';

COMMENT ON COLUMN articles.language_source IS
    'text, page or feed.';

COMMENT ON COLUMN articles.published_at IS
    'When published; NULL: not known, never guessed.';

COMMENT ON COLUMN articles.published_date IS
    'That day in the configured zone.';

COMMENT ON COLUMN articles.date_source IS
    'page, feed or none.';

COMMENT ON COLUMN articles.extraction_method IS
    'page, feed_content, feed_summary or none.';

COMMENT ON COLUMN articles.author IS
    'As the page names it.';

COMMENT ON COLUMN articles.description IS
    'As the page describes itself.';

COMMENT ON COLUMN articles.site_name IS
    'As the page names its site.';

COMMENT ON COLUMN articles.image_url IS
    'As the page names its picture.';

COMMENT ON COLUMN articles.look_alike IS
    'What it names that only resembles the treaty, where it is not about the treaty.';

COMMENT ON COLUMN articles.content_hash IS
    'Hash of the current version.';

COMMENT ON COLUMN articles.is_treaty IS
    'Whether the current version names the treaty.';

COMMENT ON COLUMN articles.first_seen_at IS
    'When we first saw it.';

COMMENT ON COLUMN articles.first_seen_date IS
    'That day in the configured zone.';

COMMENT ON COLUMN articles.last_seen_at IS
    'When a page of it was last read.';

COMMENT ON COLUMN articles.last_checked_at IS
    'When its page was last asked for.';

COMMENT ON TABLE article_versions IS
    'One row a wording of an article about the treaty.';

COMMENT ON COLUMN article_versions.article_id IS
    'The article.';

COMMENT ON COLUMN article_versions.content_hash IS
    'Hash of folded title and text; with article_id the key.';

COMMENT ON COLUMN article_versions.version IS
    '1, 2, ... in the order first seen.';

COMMENT ON COLUMN article_versions.seen_at IS
    'When first seen.';

COMMENT ON COLUMN article_versions.is_treaty IS
    'Whether this wording names the treaty.';

COMMENT ON COLUMN article_versions.title IS
    'Title.';

COMMENT ON COLUMN article_versions.text IS
    'Paragraphs, one a line, NFC; NULL: dropped, or not about the treaty.';

COMMENT ON COLUMN article_versions.language IS
    'ISO 639-1 code of the language: ar, en or vi where it is scored; any for other articles.';

COMMENT ON COLUMN article_versions.published_at IS
    'As this version says.';

COMMENT ON COLUMN article_versions.date_source IS
    'page, feed or none.';

COMMENT ON COLUMN article_versions.extraction_method IS
    'How the text was had.';

COMMENT ON COLUMN article_versions.words IS
    'Words of the text.';

COMMENT ON COLUMN article_versions.names IS
    'Names of the treaty found, with offsets in code points.';

COMMENT ON COLUMN article_versions.fingerprint IS
    'MinHash of the text for linking stories; dropped after 120 days.';

COMMENT ON COLUMN article_versions.text_dropped_at IS
    'When retention dropped the text.';

COMMENT ON TABLE article_sightings IS
    'Which version stood when: a page can return to an earlier wording.';

COMMENT ON COLUMN article_sightings.article_id IS
    'The article.';

COMMENT ON COLUMN article_sightings.seen_at IS
    'When its page was read.';

COMMENT ON COLUMN article_sightings.content_hash IS
    'The version that stood.';

COMMENT ON TABLE story_links IS
    'Which articles carry one story, each change with its time; the latest holds.';

COMMENT ON COLUMN story_links.article_id IS
    'The article.';

COMMENT ON COLUMN story_links.story_id IS
    'The story.';

COMMENT ON COLUMN story_links.is_duplicate IS
    'Not the first seen of its story.';

COMMENT ON COLUMN story_links.linked_at IS
    'When this was found.';

COMMENT ON TABLE passages IS
    'How the text of a version was cut: titles and stretches of one to three sentences.';

COMMENT ON COLUMN passages.article_id IS
    'The article.';

COMMENT ON COLUMN passages.cut_id IS
    'Hash of version and offsets; with position the key.';

COMMENT ON COLUMN passages.position IS
    '0 is the title, then 1, 2, ...';

COMMENT ON COLUMN passages.kind IS
    'title or body.';

COMMENT ON COLUMN passages.text IS
    'The passage; NULL: dropped by retention.';

COMMENT ON COLUMN passages.char_start IS
    'Code points into text (body) or title (title).';

COMMENT ON COLUMN passages.char_end IS
    'End, exclusive.';

COMMENT ON COLUMN passages.sentences IS
    'Sentences in it.';

COMMENT ON COLUMN passages.countable IS
    'False: boilerplate that does not weigh.';

COMMENT ON TABLE passage_stances IS
    'The answers of a model to a passage, as probabilities.';

COMMENT ON COLUMN passage_stances.article_id IS
    'The article.';

COMMENT ON COLUMN passage_stances.cut_id IS
    'The cutting.';

COMMENT ON COLUMN passage_stances.position IS
    'The passage.';

COMMENT ON COLUMN passage_stances.model_id IS
    'The model.';

COMMENT ON COLUMN passage_stances.treaty IS
    'Probability that it is about the treaty, 0 to 1.';

COMMENT ON COLUMN passage_stances.hope IS
    'Probability of hope, 0 to 1.';

COMMENT ON COLUMN passage_stances.concern IS
    'Probability of concern, 0 to 1.';

COMMENT ON COLUMN passage_stances.themes IS
    'Themes, by the codebook.';

COMMENT ON COLUMN passage_stances.classified_at IS
    'When scored.';

COMMENT ON TABLE article_stances IS
    'The stance of a version by a model; old ones are kept.';

COMMENT ON COLUMN article_stances.article_id IS
    'The article.';

COMMENT ON COLUMN article_stances.content_hash IS
    'The version.';

COMMENT ON COLUMN article_stances.cut_id IS
    'The cutting that was scored.';

COMMENT ON COLUMN article_stances.model_id IS
    'The model.';

COMMENT ON COLUMN article_stances.label IS
    'hopes, concerns, mixed, neutral or off_topic.';

COMMENT ON COLUMN article_stances.treaty_score IS
    '0 to 1.';

COMMENT ON COLUMN article_stances.hope_score IS
    '0 to 1.';

COMMENT ON COLUMN article_stances.concern_score IS
    '0 to 1.';

COMMENT ON COLUMN article_stances.balance IS
    '(hope - concern) / (hope + concern), -1 to 1; 0 where both are 0.';

COMMENT ON COLUMN article_stances.confidence IS
    '0 to 1.';

COMMENT ON COLUMN article_stances.n_passages IS
    'Passages about the treaty.';

COMMENT ON COLUMN article_stances.n_hope IS
    'Of them with hope.';

COMMENT ON COLUMN article_stances.n_concern IS
    'Of them with concern.';

COMMENT ON COLUMN article_stances.is_sure IS
    'False: too close to call.';

COMMENT ON COLUMN article_stances.classified_at IS
    'When scored.';

COMMENT ON TABLE models IS
    'The models that scored anything.';

COMMENT ON COLUMN models.model_id IS
    'Name of the model.';

COMMENT ON COLUMN models.description IS
    'What it is.';

COMMENT ON COLUMN models.sha256 IS
    'Hash of its files.';

COMMENT ON COLUMN models.first_used_at IS
    'When first used.';

COMMENT ON TABLE model_choices IS
    'Which model the views show from when on.';

COMMENT ON COLUMN model_choices.model_id IS
    'The model.';

COMMENT ON COLUMN model_choices.chosen_at IS
    'From when.';

COMMENT ON TABLE runs IS
    'One row a run.';

COMMENT ON COLUMN runs.run_id IS
    'Id of the run.';

COMMENT ON COLUMN runs.kind IS
    'daily, weekly-digest, backfill or reclassify.';

COMMENT ON COLUMN runs.state IS
    'running, completed, failed or interrupted.';

COMMENT ON COLUMN runs.started_at IS
    'When it started.';

COMMENT ON COLUMN runs.finished_at IS
    'When it ended.';

COMMENT ON COLUMN runs.process IS
    'Host, process and its start, to tell a dead run.';

COMMENT ON COLUMN runs.feeds_due IS
    'Feeds to fetch.';

COMMENT ON COLUMN runs.feeds_ok IS
    'Feeds that answered.';

COMMENT ON COLUMN runs.feeds_failed IS
    'Feeds that did not.';

COMMENT ON COLUMN runs.entries_seen IS
    'Items read.';

COMMENT ON COLUMN runs.entries_new IS
    'Items not seen before.';

COMMENT ON COLUMN runs.pages_fetched IS
    'Pages fetched.';

COMMENT ON COLUMN runs.pages_failed IS
    'Pages that failed.';

COMMENT ON COLUMN runs.articles IS
    'Articles read.';

COMMENT ON COLUMN runs.articles_new IS
    'Of them new.';

COMMENT ON COLUMN runs.articles_edited IS
    'Of them changed.';

COMMENT ON COLUMN runs.treaty_articles IS
    'Of them about the treaty.';

COMMENT ON COLUMN runs.is_outage IS
    'Most feeds failed at once: our own network.';

COMMENT ON COLUMN runs.failures IS
    'Failures by class.';

COMMENT ON COLUMN runs.labels IS
    'Articles about the treaty by label.';

COMMENT ON COLUMN runs.stage_seconds IS
    'Seconds by stage.';

COMMENT ON TABLE stance_facts IS
    'What article_stance shows, joined when written; derived, do not write SQL against it.';

COMMENT ON COLUMN stance_facts.article_id IS
    'The article.';

COMMENT ON COLUMN stance_facts.url IS
    'Address first seen.';

COMMENT ON COLUMN stance_facts.title IS
    'Title of the current version.';

COMMENT ON COLUMN stance_facts.outlet IS
    'Name of the newsroom.';

COMMENT ON COLUMN stance_facts.feed_id IS
    'Feed that first carried it.';

COMMENT ON COLUMN stance_facts.language IS
    'ar, en or vi.';

COMMENT ON COLUMN stance_facts.country IS
    'ISO 3166-1 alpha-2 of the newsroom.';

COMMENT ON COLUMN stance_facts.kind IS
    'Kind of the outlet.';

COMMENT ON COLUMN stance_facts.published_at IS
    'When published, UTC; NULL: not known.';

COMMENT ON COLUMN stance_facts.published_date IS
    'That day in the configured zone.';

COMMENT ON COLUMN stance_facts.first_seen_at IS
    'When we first saw it, UTC.';

COMMENT ON COLUMN stance_facts.label IS
    'hopes, concerns, mixed or neutral.';

COMMENT ON COLUMN stance_facts.hope_score IS
    '0 to 1.';

COMMENT ON COLUMN stance_facts.concern_score IS
    '0 to 1.';

COMMENT ON COLUMN stance_facts.balance IS
    '(hope - concern) / (hope + concern), -1 to 1.';

COMMENT ON COLUMN stance_facts.confidence IS
    '0 to 1.';

COMMENT ON COLUMN stance_facts.n_passages IS
    'Passages about the treaty.';

COMMENT ON COLUMN stance_facts.n_hope IS
    'Of them with hope.';

COMMENT ON COLUMN stance_facts.n_concern IS
    'Of them with concern.';

COMMENT ON COLUMN stance_facts.story_id IS
    'Articles that carry one story share it.';

COMMENT ON COLUMN stance_facts.is_duplicate IS
    'Not the first seen of its story.';

COMMENT ON COLUMN stance_facts.version IS
    'Number of the current version.';

COMMENT ON COLUMN stance_facts.model_id IS
    'The model that gave the label: the chosen one, or the last that scored it.';

COMMENT ON COLUMN stance_facts.is_sure IS
    'False: too close to call.';

COMMENT ON COLUMN stance_facts.cut_id IS
    'The cutting that was scored.';

COMMENT ON COLUMN stance_facts.story_key IS
    'Number of story_id, to count it fast.';

COMMENT ON TABLE evidence_facts IS
    'What stance_evidence shows, joined when written; derived.';

COMMENT ON COLUMN evidence_facts.article_id IS
    'The article.';

COMMENT ON COLUMN evidence_facts.position IS
    '0 is the title, then 1, 2, ...';

COMMENT ON COLUMN evidence_facts.outlet IS
    'Name of the newsroom.';

COMMENT ON COLUMN evidence_facts.language IS
    'ar, en or vi.';

COMMENT ON COLUMN evidence_facts.published_date IS
    'Day of publication.';

COMMENT ON COLUMN evidence_facts.text IS
    'The sentences.';

COMMENT ON COLUMN evidence_facts.char_start IS
    'Code points into the text (or the title at position 0).';

COMMENT ON COLUMN evidence_facts.char_end IS
    'End, exclusive.';

COMMENT ON COLUMN evidence_facts.treaty IS
    '0 to 1.';

COMMENT ON COLUMN evidence_facts.hope IS
    '0 to 1.';

COMMENT ON COLUMN evidence_facts.concern IS
    '0 to 1.';

COMMENT ON COLUMN evidence_facts.themes IS
    'Themes, by the codebook.';

COMMENT ON COLUMN evidence_facts.kind IS
    'title or body.';

COMMENT ON COLUMN evidence_facts.model_id IS
    'The model.';

COMMENT ON TABLE theme_facts IS
    'Themes by article, counted when written; derived.';

COMMENT ON COLUMN theme_facts.article_id IS
    'The article.';

COMMENT ON COLUMN theme_facts.story_key IS
    'Number of the story.';

COMMENT ON COLUMN theme_facts.language IS
    'ISO 639-1 code of the language: ar, en or vi where it is scored; any for other articles.';

COMMENT ON COLUMN theme_facts.published_date IS
    'Day of publication.';

COMMENT ON COLUMN theme_facts.theme IS
    'The theme.';

COMMENT ON COLUMN theme_facts.passages IS
    'Passages with the theme.';

COMMENT ON COLUMN theme_facts.hope_passages IS
    'Of them with hope.';

COMMENT ON COLUMN theme_facts.concern_passages IS
    'Of them with concern.';

COMMENT ON TABLE watch_facts IS
    'Feeds expected and answering by day, counted when written; derived.';

COMMENT ON COLUMN watch_facts.day IS
    'The day.';

COMMENT ON COLUMN watch_facts.language IS
    'Language of the feeds.';

COMMENT ON COLUMN watch_facts.feeds_expected IS
    'Feeds that should have been fetched.';

COMMENT ON COLUMN watch_facts.feeds_ok IS
    'Feeds that answered at least once.';

COMMENT ON TABLE stance_counts IS
    'Stances by period, counted when written; derived.';

COMMENT ON COLUMN stance_counts.unit IS
    'day, week or month.';

COMMENT ON COLUMN stance_counts.period IS
    'First day of the period; NULL: articles without a day of publication.';

COMMENT ON COLUMN stance_counts.language IS
    'ISO 639-1 code of the language: ar, en or vi where it is scored; any for other articles.';

COMMENT ON COLUMN stance_counts.articles IS
    'Articles about the treaty.';

COMMENT ON COLUMN stance_counts.stories IS
    'Different stories.';

COMMENT ON COLUMN stance_counts.outlets IS
    'Different outlets.';

COMMENT ON COLUMN stance_counts.hopes IS
    'Articles labelled hopes.';

COMMENT ON COLUMN stance_counts.concerns IS
    'Articles labelled concerns.';

COMMENT ON COLUMN stance_counts.mixed IS
    'Articles labelled mixed.';

COMMENT ON COLUMN stance_counts.neutral IS
    'Articles labelled neutral.';

COMMENT ON COLUMN stance_counts.balance IS
    'Sum of the balances; neutral articles count as 0.';

COMMENT ON TABLE theme_counts IS
    'Themes by period, counted when written; derived.';

COMMENT ON COLUMN theme_counts.unit IS
    'week.';

COMMENT ON COLUMN theme_counts.period IS
    'First day of the period; NULL: articles without a day of publication.';

COMMENT ON COLUMN theme_counts.language IS
    'ISO 639-1 code of the language: ar, en or vi where it is scored; any for other articles.';

COMMENT ON COLUMN theme_counts.theme IS
    'The theme.';

COMMENT ON COLUMN theme_counts.passages IS
    'Passages with the theme.';

COMMENT ON COLUMN theme_counts.articles IS
    'Articles with it.';

COMMENT ON COLUMN theme_counts.stories IS
    'Different stories with it.';

COMMENT ON COLUMN theme_counts.hope_passages IS
    'Of the passages those with hope.';

COMMENT ON COLUMN theme_counts.concern_passages IS
    'Of the passages those with concern.';

COMMENT ON VIEW article_stance IS
    'One row a current article about the treaty, with its stance.';

COMMENT ON COLUMN article_stance.article_id IS
    'The article.';

COMMENT ON COLUMN article_stance.url IS
    'Address first seen.';

COMMENT ON COLUMN article_stance.title IS
    'Title of the current version.';

COMMENT ON COLUMN article_stance.outlet IS
    'Name of the newsroom.';

COMMENT ON COLUMN article_stance.feed_id IS
    'Feed that first carried it.';

COMMENT ON COLUMN article_stance.language IS
    'ar, en or vi.';

COMMENT ON COLUMN article_stance.country IS
    'ISO 3166-1 alpha-2 of the newsroom.';

COMMENT ON COLUMN article_stance.kind IS
    'Kind of the outlet.';

COMMENT ON COLUMN article_stance.published_at IS
    'When published, UTC; NULL: not known.';

COMMENT ON COLUMN article_stance.published_date IS
    'That day in the configured zone.';

COMMENT ON COLUMN article_stance.first_seen_at IS
    'When we first saw it, UTC.';

COMMENT ON COLUMN article_stance.label IS
    'hopes, concerns, mixed or neutral.';

COMMENT ON COLUMN article_stance.hope_score IS
    '0 to 1.';

COMMENT ON COLUMN article_stance.concern_score IS
    '0 to 1.';

COMMENT ON COLUMN article_stance.balance IS
    '(hope - concern) / (hope + concern), -1 to 1.';

COMMENT ON COLUMN article_stance.confidence IS
    '0 to 1.';

COMMENT ON COLUMN article_stance.n_passages IS
    'Passages about the treaty.';

COMMENT ON COLUMN article_stance.n_hope IS
    'Of them with hope.';

COMMENT ON COLUMN article_stance.n_concern IS
    'Of them with concern.';

COMMENT ON COLUMN article_stance.story_id IS
    'Articles that carry one story share it.';

COMMENT ON COLUMN article_stance.is_duplicate IS
    'Not the first seen of its story.';

COMMENT ON COLUMN article_stance.version IS
    'Number of the current version.';

COMMENT ON COLUMN article_stance.model_id IS
    'The model that gave the label: the chosen one, or the last that scored it.';

COMMENT ON COLUMN article_stance.is_sure IS
    'False: too close to call.';

COMMENT ON VIEW stance_evidence IS
    'One row a passage of a current article that states a hope or a concern (0.5 or more).';

COMMENT ON COLUMN stance_evidence.article_id IS
    'The article.';

COMMENT ON COLUMN stance_evidence.position IS
    '0 is the title, then 1, 2, ...';

COMMENT ON COLUMN stance_evidence.outlet IS
    'Name of the newsroom.';

COMMENT ON COLUMN stance_evidence.language IS
    'ar, en or vi.';

COMMENT ON COLUMN stance_evidence.published_date IS
    'Day of publication.';

COMMENT ON COLUMN stance_evidence.text IS
    'The sentences.';

COMMENT ON COLUMN stance_evidence.char_start IS
    'Code points into the text (or the title at position 0).';

COMMENT ON COLUMN stance_evidence.char_end IS
    'End, exclusive.';

COMMENT ON COLUMN stance_evidence.treaty IS
    '0 to 1.';

COMMENT ON COLUMN stance_evidence.hope IS
    '0 to 1.';

COMMENT ON COLUMN stance_evidence.concern IS
    '0 to 1.';

COMMENT ON COLUMN stance_evidence.themes IS
    'Themes, by the codebook.';

COMMENT ON COLUMN stance_evidence.kind IS
    'title or body.';

COMMENT ON COLUMN stance_evidence.model_id IS
    'The model.';

COMMENT ON VIEW stance_by_day IS
    'Stance by day of publication and language; the row with period NULL counts articles without a day.';

COMMENT ON COLUMN stance_by_day.period IS
    'The day, in the configured zone.';

COMMENT ON COLUMN stance_by_day.language IS
    'ar, en or vi.';

COMMENT ON COLUMN stance_by_day.articles IS
    'Articles, copies included.';

COMMENT ON COLUMN stance_by_day.stories IS
    'Stories: copies count once.';

COMMENT ON COLUMN stance_by_day.outlets IS
    'Different outlets.';

COMMENT ON COLUMN stance_by_day.hopes IS
    'Articles labelled hopes.';

COMMENT ON COLUMN stance_by_day.concerns IS
    'Articles labelled concerns.';

COMMENT ON COLUMN stance_by_day.mixed IS
    'Articles labelled mixed.';

COMMENT ON COLUMN stance_by_day.neutral IS
    'Articles labelled neutral.';

COMMENT ON COLUMN stance_by_day.hope_share IS
    'hopes / articles.';

COMMENT ON COLUMN stance_by_day.concern_share IS
    'concerns / articles.';

COMMENT ON COLUMN stance_by_day.mean_balance IS
    'Mean of balance, -1 to 1; neutral articles count as 0.';

COMMENT ON COLUMN stance_by_day.feeds_ok_share IS
    'Share of feed-days that were answered; NULL: before the watch. Low: do not read a change.';

COMMENT ON VIEW stance_by_week IS
    'Stance by week of publication and language; the row with period NULL counts articles without a day.';

COMMENT ON COLUMN stance_by_week.period IS
    'The ISO week (its Monday), in the configured zone.';

COMMENT ON COLUMN stance_by_week.language IS
    'ar, en or vi.';

COMMENT ON COLUMN stance_by_week.articles IS
    'Articles, copies included.';

COMMENT ON COLUMN stance_by_week.stories IS
    'Stories: copies count once.';

COMMENT ON COLUMN stance_by_week.outlets IS
    'Different outlets.';

COMMENT ON COLUMN stance_by_week.hopes IS
    'Articles labelled hopes.';

COMMENT ON COLUMN stance_by_week.concerns IS
    'Articles labelled concerns.';

COMMENT ON COLUMN stance_by_week.mixed IS
    'Articles labelled mixed.';

COMMENT ON COLUMN stance_by_week.neutral IS
    'Articles labelled neutral.';

COMMENT ON COLUMN stance_by_week.hope_share IS
    'hopes / articles.';

COMMENT ON COLUMN stance_by_week.concern_share IS
    'concerns / articles.';

COMMENT ON COLUMN stance_by_week.mean_balance IS
    'Mean of balance, -1 to 1; neutral articles count as 0.';

COMMENT ON COLUMN stance_by_week.feeds_ok_share IS
    'Share of feed-days that were answered; NULL: before the watch. Low: do not read a change.';

COMMENT ON VIEW stance_by_month IS
    'Stance by month of publication and language; the row with period NULL counts articles without a day.';

COMMENT ON COLUMN stance_by_month.period IS
    'The month (its first day), in the configured zone.';

COMMENT ON COLUMN stance_by_month.language IS
    'ar, en or vi.';

COMMENT ON COLUMN stance_by_month.articles IS
    'Articles, copies included.';

COMMENT ON COLUMN stance_by_month.stories IS
    'Stories: copies count once.';

COMMENT ON COLUMN stance_by_month.outlets IS
    'Different outlets.';

COMMENT ON COLUMN stance_by_month.hopes IS
    'Articles labelled hopes.';

COMMENT ON COLUMN stance_by_month.concerns IS
    'Articles labelled concerns.';

COMMENT ON COLUMN stance_by_month.mixed IS
    'Articles labelled mixed.';

COMMENT ON COLUMN stance_by_month.neutral IS
    'Articles labelled neutral.';

COMMENT ON COLUMN stance_by_month.hope_share IS
    'hopes / articles.';

COMMENT ON COLUMN stance_by_month.concern_share IS
    'concerns / articles.';

COMMENT ON COLUMN stance_by_month.mean_balance IS
    'Mean of balance, -1 to 1; neutral articles count as 0.';

COMMENT ON COLUMN stance_by_month.feeds_ok_share IS
    'Share of feed-days that were answered; NULL: before the watch. Low: do not read a change.';

COMMENT ON VIEW stance_by_outlet IS
    'Stance by outlet and language.';

COMMENT ON COLUMN stance_by_outlet.outlet IS
    'Name of the newsroom.';

COMMENT ON COLUMN stance_by_outlet.language IS
    'ar, en or vi.';

COMMENT ON COLUMN stance_by_outlet.country IS
    'ISO 3166-1 alpha-2.';

COMMENT ON COLUMN stance_by_outlet.articles IS
    'Articles, copies included.';

COMMENT ON COLUMN stance_by_outlet.stories IS
    'Stories: copies count once.';

COMMENT ON COLUMN stance_by_outlet.hopes IS
    'Articles labelled hopes.';

COMMENT ON COLUMN stance_by_outlet.concerns IS
    'Articles labelled concerns.';

COMMENT ON COLUMN stance_by_outlet.mixed IS
    'Articles labelled mixed.';

COMMENT ON COLUMN stance_by_outlet.neutral IS
    'Articles labelled neutral.';

COMMENT ON COLUMN stance_by_outlet.hope_share IS
    'hopes / articles.';

COMMENT ON COLUMN stance_by_outlet.concern_share IS
    'concerns / articles.';

COMMENT ON COLUMN stance_by_outlet.mean_balance IS
    'Mean of balance, -1 to 1; neutral articles count as 0.';

COMMENT ON COLUMN stance_by_outlet.first_date IS
    'First day of publication.';

COMMENT ON COLUMN stance_by_outlet.last_date IS
    'Last day of publication.';

COMMENT ON VIEW theme_by_week IS
    'Themes by ISO week of publication and language.';

COMMENT ON COLUMN theme_by_week.period IS
    'Monday of the week.';

COMMENT ON COLUMN theme_by_week.language IS
    'ar, en or vi.';

COMMENT ON COLUMN theme_by_week.theme IS
    'The theme.';

COMMENT ON COLUMN theme_by_week.passages IS
    'Passages with it.';

COMMENT ON COLUMN theme_by_week.articles IS
    'Articles with it.';

COMMENT ON COLUMN theme_by_week.stories IS
    'Stories with it.';

COMMENT ON COLUMN theme_by_week.hope_passages IS
    'Of the passages with hope.';

COMMENT ON COLUMN theme_by_week.concern_passages IS
    'Of the passages with concern.';

COMMENT ON VIEW feed_health IS
    'How each feed does; days of silence run to the newest fetch of all.';

COMMENT ON COLUMN feed_health.feed_id IS
    'The id in the feed list.';

COMMENT ON COLUMN feed_health.name IS
    'Name of the outlet.';

COMMENT ON COLUMN feed_health.language IS
    'Language of the feed: ar, en or vi.';

COMMENT ON COLUMN feed_health.country IS
    'ISO 3166-1 alpha-2 of the newsroom.';

COMMENT ON COLUMN feed_health.url IS
    'Address as listed.';

COMMENT ON COLUMN feed_health.enabled IS
    'Whether it is fetched.';

COMMENT ON COLUMN feed_health.current_url IS
    'Where a permanent redirect moved it; NULL: the listed address.';

COMMENT ON COLUMN feed_health.retired_at IS
    'When the server said it is gone for good.';

COMMENT ON COLUMN feed_health.delisted_at IS
    'When it left the list; NULL: listed.';

COMMENT ON COLUMN feed_health.state IS
    'ok, failing, dead, retired, off or new.';

COMMENT ON COLUMN feed_health.last_fetch_at IS
    'Last attempt.';

COMMENT ON COLUMN feed_health.last_success_at IS
    'Last attempt that was answered.';

COMMENT ON COLUMN feed_health.last_outcome IS
    'ok, not_modified or failed.';

COMMENT ON COLUMN feed_health.last_http_status IS
    'Last HTTP status.';

COMMENT ON COLUMN feed_health.last_error_class IS
    'Class of the last failure.';

COMMENT ON COLUMN feed_health.last_error IS
    'What failed last, in words.';

COMMENT ON COLUMN feed_health.failure_weight IS
    'Grows with each failure by its weight; 0 after a success.';

COMMENT ON COLUMN feed_health.next_fetch_at IS
    'Not fetched before this; NULL: due.';

COMMENT ON COLUMN feed_health.fetches IS
    'Attempts.';

COMMENT ON COLUMN feed_health.fetches_ok IS
    'Attempts that were answered.';

COMMENT ON COLUMN feed_health.ok_share IS
    'Share of all attempts that were answered.';

COMMENT ON COLUMN feed_health.ok_share_7d IS
    'Of the last seven days.';

COMMENT ON COLUMN feed_health.entries IS
    'Items seen.';

COMMENT ON COLUMN feed_health.entries_failed IS
    'Items whose page was given up.';

COMMENT ON COLUMN feed_health.last_new_entry_at IS
    'Newest item.';

COMMENT ON COLUMN feed_health.days_silent IS
    'Days since the last answer.';

COMMENT ON COLUMN feed_health.median_seconds IS
    'Seconds of a typical attempt.';

COMMENT ON VIEW coverage_by_day IS
    'What the watch saw by day and language: read it beside every trend.';

COMMENT ON COLUMN coverage_by_day.period IS
    'Day on which things were seen.';

COMMENT ON COLUMN coverage_by_day.language IS
    'Language of feed or article.';

COMMENT ON COLUMN coverage_by_day.feeds_expected IS
    'Feeds that should have been fetched.';

COMMENT ON COLUMN coverage_by_day.feeds_ok IS
    'Feeds that answered.';

COMMENT ON COLUMN coverage_by_day.feeds_ok_share IS
    'Their share.';

COMMENT ON COLUMN coverage_by_day.entries_new IS
    'Items first seen.';

COMMENT ON COLUMN coverage_by_day.articles IS
    'Articles first seen, about anything.';

COMMENT ON COLUMN coverage_by_day.treaty_articles IS
    'Of them about the treaty.';

COMMENT ON COLUMN coverage_by_day.undated IS
    'Of all, without a day of publication.';

COMMENT ON COLUMN coverage_by_day.pages_failed IS
    'Pages that failed.';

COMMENT ON VIEW feed_days IS
    'One row a feed and day on which it should have been fetched.';

COMMENT ON COLUMN feed_days.feed_id IS
    'The feed.';

COMMENT ON COLUMN feed_days.language IS
    'Its language.';

COMMENT ON COLUMN feed_days.day IS
    'The day, in the configured zone.';

COMMENT ON COLUMN feed_days.is_ok IS
    'Answered at least once.';

COMMENT ON COLUMN feed_days.fetches IS
    'Attempts.';

COMMENT ON COLUMN feed_days.entries_kept IS
    'Items taken.';

COMMENT ON TABLE backfill_progress IS
    'How far each source of a backfill was taken in, with what was met on the way.';

COMMENT ON COLUMN backfill_progress.source_id IS
    'Hash of what the source is.';

COMMENT ON COLUMN backfill_progress.feed_id IS
    'The feed its entries are kept under.';

COMMENT ON COLUMN backfill_progress.kind IS
    'Kind of the source.';

COMMENT ON COLUMN backfill_progress.place IS
    'File, folder or address of the source.';

COMMENT ON COLUMN backfill_progress.begun_at IS
    'When it was begun.';

COMMENT ON COLUMN backfill_progress.updated_at IS
    'When it last moved on.';

COMMENT ON COLUMN backfill_progress.finished_at IS
    'When its end was reached; NULL: not yet.';

COMMENT ON COLUMN backfill_progress.cursor IS
    'The place after the last record that is stored.';

COMMENT ON COLUMN backfill_progress.done IS
    'How far, in units of the source.';

COMMENT ON COLUMN backfill_progress.total IS
    'How much in all, in units of the source.';

COMMENT ON COLUMN backfill_progress.records IS
    'Records met.';

COMMENT ON COLUMN backfill_progress.pages IS
    'Of them pages.';

COMMENT ON COLUMN backfill_progress.passed IS
    'Pages with a sign of a name of the treaty.';

COMMENT ON COLUMN backfill_progress.treaty IS
    'Of them articles about it.';

COMMENT ON COLUMN backfill_progress.known IS
    'Of them stored before.';

COMMENT ON COLUMN backfill_progress.outside IS
    'Of them outside the days asked for.';

COMMENT ON COLUMN backfill_progress.failed IS
    'Pages that failed.';
