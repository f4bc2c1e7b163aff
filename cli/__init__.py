"""The `treatywatch` command: thin."""
