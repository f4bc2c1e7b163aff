"""The shipped model keeps its floors on the test split; lowering one needs a reason in the file."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from training.corpus import read_passages
from treatywatch.classifiers.evaluate import Evaluation, evaluate
from treatywatch.classifiers.gold import GoldPassage
from treatywatch.classifiers.model import PassageInput, load_model
from treatywatch.config.settings import ModelSettings

pytestmark = pytest.mark.slow
FLOORS = json.loads((Path(__file__).parents[2] / "training" / "floors.json").read_text("utf-8"))
# A float may differ in the last digits between processors; a real loss is larger.
SLACK = 0.006


@pytest.fixture(scope="module")
def found() -> dict[str, Evaluation]:
    passages = read_passages("test")
    scores = load_model(ModelSettings()).score(
        [PassageInput(p.title, p.text, p.language) for p in passages]
    )
    gold = [
        GoldPassage(p.id, p.language, p.title, p.text, p.treaty, p.hope, p.concern, p.themes)
        for p in passages
    ]
    return evaluate(gold, scores)


@pytest.mark.parametrize("language", ["ar", "en", "vi", "all"])
def test_no_figure_falls_below_its_floor(found: dict[str, Evaluation], language: str) -> None:
    figures = found[language].figures
    below = {
        name: round(figures[name].value, 4)
        for name, floor in FLOORS["floors"][language].items()
        if figures[name].value < floor - SLACK
    }
    assert below == {}


@pytest.mark.parametrize("language", ["ar", "en", "vi", "all"])
def test_no_error_rises_above_its_ceiling(found: dict[str, Evaluation], language: str) -> None:
    figures = found[language].figures
    above = {
        name: round(figures[name].value, 4)
        for name, ceiling in FLOORS["ceilings"][language].items()
        if figures[name].value > ceiling + SLACK
    }
    assert above == {}


def test_the_file_gives_its_reasons() -> None:
    assert all(reason.strip() for reason in FLOORS["reasons"])
