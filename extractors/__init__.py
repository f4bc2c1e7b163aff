"""The outside world turned into records: feeds, pages, articles, languages, addresses."""
