"""YAML that is nested deeper than any file of ours needs to be.

Parsers follow the nesting by calling themselves. Python's says no line when that ends its stack;
the one in C ends the process.
"""

from __future__ import annotations

MOST = 50


def too_deep_at(text: str) -> str:
    """Return the place where YAML is nested too deep, as ` (line 3)`, or nothing.

    Raises:
        YAMLError: when it is no YAML before that.
    """
    from ruamel.yaml import YAML
    from ruamel.yaml.events import CollectionEndEvent, CollectionStartEvent

    depth = 0
    for event in YAML(typ="safe").parse(text):  # one after another: this calls nothing deeper
        depth += isinstance(event, CollectionStartEvent) - isinstance(event, CollectionEndEvent)
        if depth > MOST:
            return f" (line {event.start_mark.line + 1})"
    return ""
