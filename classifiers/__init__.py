"""From an article to its relevance, stance and themes."""
