"""`treatywatch evaluate`: the model against labelled passages."""

from __future__ import annotations

import json as json_module
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from treatywatch.cli.options import Json, settings_for
from treatywatch.cli.output import data, say, table
from treatywatch.news.errors import UsageError

if TYPE_CHECKING:
    from treatywatch.classifiers.evaluate import Evaluation
    from treatywatch.classifiers.gold import GoldPassage

EXAMPLES = """
Examples:

  treatywatch evaluate                     (the project's own test passages)

  treatywatch evaluate mine.jsonl --json

  treatywatch evaluate labels.tsv --plot quality.svg
"""
_SHOWN = (
    "treaty_f1", "hope_f1", "concern_f1", "macro_f1", "flips", "calibration_error", "theme_f1",
)  # fmt: skip


def evaluate(
    gold: Annotated[
        Path | None, typer.Argument(help="JSON lines, or lines of label<TAB>text.")
    ] = None,
    model: Annotated[str | None, typer.Option("--model", help="Another model.")] = None,
    plot: Annotated[
        Path | None, typer.Option("--plot", help="Draw it (.svg or .png).", metavar="FILE")
    ] = None,
    json: Json = False,
) -> None:
    """Measure the model on labelled passages, per language, with 95% intervals."""
    from treatywatch.classifiers.evaluate import evaluate as measure
    from treatywatch.classifiers.model import PassageInput, load_model
    from treatywatch.cli.quality_plot import draw_evaluation, kind_of
    from treatywatch.config.load import with_model
    from treatywatch.config.treaty import load_treaty

    if plot is not None:
        kind_of(plot)  # a name that cannot be drawn shows before the model has done its work
    passages = _gold(gold)
    settings = settings_for()
    asked = load_model(with_model(settings, model).model, load_treaty(settings.treaty))
    scores = asked.score([PassageInput(p.title, p.text, p.language) for p in passages])
    found = measure(passages, scores)
    if plot is not None:
        draw_evaluation(found, plot)
        say(f"drawn in {plot}")
    if json:
        data(json_module.dumps({lang: asdict(each) for lang, each in found.items()}))
    else:
        _show(found)


def _gold(path: Path | None) -> list[GoldPassage]:
    from treatywatch.classifiers.gold import read_gold
    from treatywatch.extractors.languages import detect_language

    files = [path] if path else sorted(_own_gold().glob("test.??.jsonl"))
    if not files:
        raise UsageError("the project's test passages are not installed; name a file of your own.")
    return [
        passage
        for file in files
        for passage in read_gold(file, lambda text: detect_language(text, "", "")[0])
    ]


def _own_gold() -> Path:
    return Path(__file__).resolve().parent.parent / "training" / "data"


def _show(found: Mapping[str, Evaluation]) -> None:
    rows = [
        (language, each.passages, *(_figure(each, name) for name in _SHOWN))
        for language, each in found.items()
    ]
    table("Figures with 95% intervals", ("language", "passages", *_SHOWN), rows)
    for language, each in found.items():
        table(f"Given class (down), found class (across): {language}", *_confusion(each))


def _figure(found: Evaluation, name: str) -> str:
    figure = found.figures.get(name)
    if figure is None:
        return ""
    return f"{figure.value:.3f} ({figure.low:.2f}-{figure.high:.2f})"


def _confusion(found: Evaluation) -> tuple[Sequence[str], Sequence[Sequence[object]]]:
    names = list(found.confusion)
    rows = [(name, *(found.confusion[name].get(other, 0) for other in names)) for name in names]
    return ("", *names), rows


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(epilog=EXAMPLES)(evaluate)
