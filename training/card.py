"""Write the model card from the measured figures."""

from __future__ import annotations

import json
from pathlib import Path
from string import Template
from typing import Any

from treatywatch.classifiers.bundle import write_manifest

TEMPLATE = Path(__file__).with_name("MODEL_CARD.template.md")
NOTES = Path(__file__).with_name("tried.md")  # what was tried by hand and what came of it
COMPARED = Path(__file__).with_name("compared.json")
NAMES = {"ar": "Arabic", "en": "English", "vi": "Vietnamese", "all": "all"}
ROWS = {
    "macro_f1": "five-class macro-F1",
    "accuracy": "accuracy",
    "treaty_f1": "treaty F1",
    "hope_f1": "hope F1",
    "concern_f1": "concern F1",
    "flips": "flips",
    "calibration_error": "calibration error",
    "theme_f1": "theme micro-F1",
}


def write_card(folder: Path, report: dict[str, Any]) -> None:
    """Fill the template, and list the new file in the manifest."""
    text = Template(TEMPLATE.read_text("utf-8")).substitute(
        train=report["passages"]["train"],
        dev=report["passages"]["dev"],
        test=report["passages"]["test"],
        figures=_figures(report["test"]),
        fresh=_fresh(report["fresh"]),
        risk=_risk(report["test"]["all"]["risk_coverage"]),
        against=_against(report),
        articles=_articles(report["articles"]),
        agreement=_agreement(report["agreement"]),
        confusion=_confusion(report["test"]["all"]["confusion"]),
        hard=_hard(report["mistakes"]["hard"]),
        int8=_figure(report["int8_cost"], percent=True),
        trimming=_trimming(report["trimming"]),
        layers=report["arguments"]["trained_layers"],
        epochs=report["arguments"]["epochs"],
        rate=report["arguments"]["learning_rate"],
        batch=report["arguments"]["batch_size"],
        products="bfloat16" if report["arguments"]["short_products"] else "float32",
        seeds=", ".join(map(str, report["seeds"])),
        blended=_blended(report["blended"]),
        examples=_examples(report["examples"]),
        ngram_weight=f"{report['settings']['ngram_weight']:g}",
        ngram_theme_weight=f"{report['settings']['ngram_theme_weight']:g}",
        cuts=", ".join(f"{cut:.2f}" for cut in report["settings"]["answer_cuts"]),
        notes="\n" + Template(NOTES.read_text("utf-8")).substitute(compared=_compared()),
    )
    (folder / "MODEL_CARD.md").write_text(text, "utf-8")
    write_manifest(folder)


def _blended(model_id: str) -> str:
    return f", and layers and head averaged with those of `{model_id}`" if model_id else ""


def _figure(figure: dict[str, float], percent: bool = False) -> str:
    scale = 100 if percent else 1
    value, low, high = (figure[k] * scale for k in ("value", "low", "high"))
    digits = 1 if percent else 3
    return f"{value:.{digits}f} [{low:.{digits}f}, {high:.{digits}f}]"


def _table(header: list[str], rows: list[list[str]]) -> str:
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def _figures(test: dict[str, Any]) -> str:
    languages = [name for name in NAMES if name in test]
    rows = [
        [label, *(_figure(test[name]["figures"][key]) for name in languages)]
        for key, label in ROWS.items()
        if all(key in test[name]["figures"] for name in languages)
    ]
    counts = ["passages", *(str(test[name]["passages"]) for name in languages)]
    return _table(["", *(NAMES[name] for name in languages)], [counts, *rows])


def _fresh(found: dict[str, Any]) -> str:
    table = _figures(found["this"])
    if "previous" not in found:
        return table
    before = (f"{found['previous'][name]['figures']['macro_f1']['value']:.3f}" for name in NAMES)
    return (
        table
        + "\n\nFive-class macro-F1 of the version before, in the same order: "
        + (", ".join(before) + ".")
    )


def _risk(risk: dict[str, float]) -> str:
    return _table(
        ["share of passages kept, surest first", "wrong"],
        [[f"{float(share):.0%}", f"{wrong:.1%}"] for share, wrong in risk.items()],
    )


def _against(report: dict[str, Any]) -> str:
    ours = {name: e["figures"]["macro_f1"]["value"] for name, e in report["test"].items()}
    rows = [["this model", *(f"{ours[name]:.3f}" for name in NAMES), ""]]
    rows += [
        [name, *(f"{row['macro_f1'][lang]:.3f}" for lang in NAMES), _figure(row["difference"])]
        for name, row in report["against"].items()
    ]
    return _table(["model", *NAMES.values(), "this model is better by"], rows)


def _articles(found: dict[str, Any]) -> str:
    rows = [
        [
            split,
            str(row["articles"]),
            *(f"{row['accuracy'].get(lang, 0):.3f}" for lang in ("ar", "en", "vi")),
            f"{row['all']:.3f}",
            f"{row['sure_accuracy']:.3f} of {row['sure_share']:.0%}",
        ]
        for split, row in found.items()
        if row
    ]
    return _table(
        ["split", "articles", "Arabic", "English", "Vietnamese", "all", "sure ones"], rows
    )


def _agreement(found: dict[str, Any]) -> str:
    if not found:
        return "No second labelling was made."
    rows = [
        [
            NAMES[lang],
            str(row["passages"]),
            *(f"{row[a]:.3f}" for a in ("treaty", "hope", "concern")),
        ]
        for lang, row in found.items()
    ]
    return _table(["language", "passages", "treaty", "hope", "concern"], rows)


def _confusion(confusion: dict[str, dict[str, int]]) -> str:
    names = list(confusion)
    rows = [[gold, *(str(confusion[gold][called]) for called in names)] for gold in names]
    return _table(["labelled \\ called", *names], rows)


def _hard(found: dict[str, list[int]]) -> str:
    ranked = sorted(found.items(), key=lambda pair: -pair[1][0] / pair[1][1])
    return _table(
        ["kind", "passages", "wrong"],
        [[kind, str(total), f"{wrong / total:.0%}"] for kind, (wrong, total) in ranked],
    )


def _examples(found: list[dict[str, str]]) -> str:
    return _table(
        ["labelled", "called", "passage"],
        [[row["labelled"], row["called"], row["text"].replace("|", "/")] for row in found],
    )


def _compared() -> str:
    """Return the table of recipes that `training.compare` measured on a part of the data."""
    found = json.loads(COMPARED.read_text("utf-8"))
    rows = [
        [name, f"{row['dev_macro_f1']:.3f}", f"{row['seconds']}"]
        for name, row in found["rows"].items()
    ]
    table = _table(["recipe", "development macro-F1", "seconds"], rows)
    return f"{found['passages']} passages, {found['epochs']} epochs each:\n\n{table}"


def _trimming(found: dict[str, Any]) -> str:
    if not found:
        return ""
    rows = [
        [NAMES[lang], f"{row['full']:.3f}", f"{row['trimmed']:.3f}"]
        for lang, row in found["fertility"].items()
    ]
    return f"{found['pieces']:,} of {found['of']:,} pieces are kept.\n\n" + _table(
        ["tokens a word, development passages", "full vocabulary", "trimmed"], rows
    )
