"""The folder of a model: checked against its manifest before anything is loaded."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from treatywatch.news.errors import ModelError

BUNDLED = Path(__file__).with_name("bundled")
MANIFEST = "manifest.json"
MEND = "`pip install --force-reinstall --no-deps treatywatch` puts it back"

HALVES = (0.5, 0.5, 0.5)
CLASSES = ("off_topic", "neutral", "hopes", "concerns", "mixed")


@dataclass(frozen=True, slots=True)
class Calibration:
    """How class logits of one language become probabilities: softmax(logits / t + bias)."""

    temperature: float = 1.0
    bias: tuple[float, ...] = (0.0,) * len(CLASSES)


@dataclass(frozen=True, slots=True)
class ModelConfig:
    """What `config.json` says of a bundled model."""

    model_id: str
    description: str
    themes: tuple[str, ...]
    theme_cuts: tuple[float, ...]
    max_title_tokens: int
    max_text_tokens: int
    calibration: Mapping[str, Calibration]
    # of the n-gram model beside the encoder, for classes (0: there is none) and for themes
    ngram_weight: float
    ngram_theme_weight: float
    # where treaty, hope and concern become yes; answers are shifted so that it is one half
    answer_cuts: tuple[float, float, float] = HALVES


def check_bundle(folder: Path) -> str:
    """Check every file of the manifest; return the SHA-256 of the weights.

    Raises:
        ModelError: naming the first file that is missing or damaged, and what mends it.
    """
    for name, row in read_json(folder / MANIFEST)["files"].items():
        path = folder / name
        if not path.is_file():
            raise ModelError(f"{path}: missing from the model; {MEND}.")
        if path.stat().st_size != row["bytes"] or _sha256(path) != row["sha256"]:
            raise ModelError(f"{path}: damaged (its checksum is wrong); {MEND}.")
    return str(read_json(folder / MANIFEST)["files"]["onnx/model.onnx"]["sha256"])


def read_config(folder: Path) -> ModelConfig:
    """Read `config.json`.

    Raises:
        ModelError: when it is missing, unreadable, or says too little.
    """
    path = folder / "config.json"
    raw = read_json(path)
    try:
        return ModelConfig(
            model_id=raw["model_id"],
            description=raw["description"],
            themes=tuple(raw["themes"]),
            theme_cuts=tuple(raw["theme_cuts"]),
            max_title_tokens=raw["max_title_tokens"],
            max_text_tokens=raw["max_text_tokens"],
            ngram_weight=raw["ngram_weight"],
            ngram_theme_weight=raw["ngram_theme_weight"],
            answer_cuts=tuple(raw.get("answer_cuts", HALVES)),
            calibration={
                language: Calibration(row["temperature"], tuple(row["bias"]))
                for language, row in raw["calibration"].items()
            },
        )
    except (KeyError, TypeError) as error:
        raise ModelError(f"{path}: says too little ({error} is missing); {MEND}.") from error


def read_json(path: Path) -> dict[str, Any]:
    """Read a JSON object of the bundle, or raise `ModelError` naming the file."""
    try:
        raw = json.loads(path.read_text("utf-8"))
    except FileNotFoundError as error:
        raise ModelError(f"{path}: missing from the model; {MEND}.") from error
    except (OSError, ValueError) as error:
        raise ModelError(f"{path}: cannot be read ({error}); {MEND}.") from error
    if not isinstance(raw, dict):
        raise ModelError(f"{path}: not a JSON object; {MEND}.")
    return raw


def write_manifest(folder: Path) -> None:
    """List every file of the folder with its size and SHA-256."""
    files = {
        path.relative_to(folder).as_posix(): {
            "bytes": path.stat().st_size,
            "sha256": _sha256(path),
        }
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name != MANIFEST
    }
    text = json.dumps({"files": files}, indent=2) + "\n"
    (folder / MANIFEST).write_text(text, "utf-8")


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
