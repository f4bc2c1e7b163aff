"""What an operator may change: settings, the feed list, the treaty's names."""
