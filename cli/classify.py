"""`treatywatch classify`: a text, a page or many lines -> stance with the evidence."""

from __future__ import annotations

import json as json_module
import sys
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from treatywatch.cli.options import Json, known_language, settings_for
from treatywatch.cli.output import cell, data, table
from treatywatch.news.errors import UsageError

if TYPE_CHECKING:
    from treatywatch.classifiers.classify import ClassifiedText, Classifier, TextToClassify
    from treatywatch.config.settings import Settings

BATCH = 64  # texts scored together
EXAMPLES = """
Examples:

  treatywatch classify article.html

  treatywatch classify https://news.un.org/en/story/2025/10/1166182

  echo "Rights groups fear the UN cybercrime treaty" | treatywatch classify -

  treatywatch classify --jsonl texts.jsonl > stances.jsonl
"""


def classify(
    source: Annotated[
        str, typer.Argument(help="A text or HTML file, a web address, or - for standard input.")
    ] = "-",
    jsonl: Annotated[
        bool,
        typer.Option("--jsonl", help="Read objects {id, text, title?, language?}, one a line."),
    ] = False,
    model: Annotated[
        str | None, typer.Option("--model", help="`bundled`, a folder, or a Hugging Face model.")
    ] = None,
    language: Annotated[
        str | None,
        typer.Option(
            "--language",
            help="ar, en or vi; found when left out. With --jsonl, of the lines that name none.",
            callback=known_language,
        ),
    ] = None,
    require_name: Annotated[
        bool, typer.Option("--require-name", help="Off topic unless a treaty name stands in it.")
    ] = False,
    json: Json = False,
) -> None:
    """Say how a text frames the treaty, and which sentences say so."""
    settings = settings_for()
    if jsonl:
        _classify_lines(_classifier(settings, model), source, language, require_name)
        return
    text = _one_text(settings, source, language)
    if not (text.text + text.title).strip():
        raise UsageError(f"{source}: holds no text.")
    found = _gated(_classifier(settings, model).classify_text(text), require_name)
    if json:
        data(json_module.dumps(as_mapping(found), ensure_ascii=False))
    else:
        _show(found, text)


def as_mapping(found: ClassifiedText) -> dict[str, Any]:
    """Return a classified text as the JSON object of the contract."""
    stance = found.stance
    return {
        "id": found.id,
        "language": found.language,
        "label": found.label,
        "treaty_score": round(stance.treaty_score, 4),
        "hope_score": round(stance.hope_score, 4),
        "concern_score": round(stance.concern_score, 4),
        "balance": round(stance.balance, 4),
        "confidence": round(stance.confidence, 4),
        "model_id": found.model_id,
        "evidence": [
            {
                "text": each.text,
                "char_start": each.char_start,
                "char_end": each.char_end,
                "field": each.field,
                "treaty": round(each.treaty, 4),
                "hope": round(each.hope, 4),
                "concern": round(each.concern, 4),
                "themes": list(each.themes),
            }
            for each in found.evidence
        ],
    }


def _classify_lines(classifier: Classifier, source: str, language: str | None, gate: bool) -> None:
    from treatywatch.flows.texts import BadLine, read_lines

    bad = 0
    with _opened(source) as lines:
        records = read_lines(lines, language)
        while batch := list(islice(records, BATCH)):
            texts = [record for record in batch if not isinstance(record, BadLine)]
            found = iter(classifier.classify_texts(texts))
            for record in batch:
                if isinstance(record, BadLine):
                    bad += 1
                    line: dict[str, Any] = {"id": record.id, "error": record.error}
                else:
                    line = as_mapping(_gated(next(found), gate))
                data(json_module.dumps(line, ensure_ascii=False))
    if bad:
        raise UsageError(f"{source}: {bad} lines could not be read; their places say why.")


def _gated(found: ClassifiedText, gate: bool) -> ClassifiedText:
    """Apply the name gate of the daily run where it is asked for."""
    if not gate or found.names or found.label == "unsupported_language":
        return found
    return replace(found, label="off_topic", evidence=())


def _one_text(settings: Settings, source: str, language: str | None) -> TextToClassify:
    from treatywatch.flows.texts import from_bytes, read_source

    if source == "-":
        return from_bytes(settings, sys.stdin.buffer.read(), "standard input", language)
    return read_source(settings, source, language)


def _classifier(settings: Settings, model: str | None) -> Classifier:
    from treatywatch.classifiers.classify import Classifier
    from treatywatch.classifiers.model import load_model
    from treatywatch.config.load import with_model
    from treatywatch.config.treaty import load_treaty

    treaty = load_treaty(settings.treaty)
    return Classifier(treaty, load_model(with_model(settings, model).model, treaty))


@contextmanager
def _opened(source: str) -> Iterator[Iterable[str]]:
    """Yield the lines of a file or of standard input; what is not UTF-8 becomes U+FFFD."""
    if source == "-":
        yield _decoded(sys.stdin.buffer)
        return
    with ExitStack() as stack:
        try:
            file = stack.enter_context(Path(source).open("rb"))
        except OSError as error:
            raise UsageError(
                f"{source}: cannot be read ({error.strerror}); name a file."
            ) from error
        yield _decoded(file)


def _decoded(lines: Iterable[bytes]) -> Iterator[str]:
    for line in lines:
        yield line.decode("utf-8", "replace")


def _show(found: ClassifiedText, text: TextToClassify) -> None:
    stance = found.stance
    sure = "" if stance.is_sure else " (not sure)"
    data(f"{found.label}{sure}   language {found.language}, confidence {stance.confidence:.2f}")
    if found.label == "unsupported_language":
        data("the text is not in ar, en or vi, or too short to tell; --language says which it is.")
        return
    data(f"hope {stance.hope_score:.2f}   concern {stance.concern_score:.2f}")
    rows = [
        (
            "hope + concern"
            if e.hope >= 0.5 and e.concern >= 0.5
            else ("hope" if e.hope >= e.concern else "concern"),
            max(e.hope, e.concern),
            ", ".join(e.themes),
            e.text,
        )
        for e in found.evidence
    ]
    if rows:
        table("", ("side", "score", "themes", "sentence"), rows)
    else:
        data(cell(f"no passage of {len(text.text)} characters takes a stance"))


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(epilog=EXAMPLES)(classify)
