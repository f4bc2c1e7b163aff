from __future__ import annotations

import json
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from treatywatch.classifiers import encoder
from treatywatch.classifiers.bundle import BUNDLED, check_bundle
from treatywatch.classifiers.model import (
    PassageInput,
    PassageScores,
    StanceModel,
    load_model,
    shifted,
    together,
)
from treatywatch.classifiers.ngrams import NgramModel
from treatywatch.config.settings import ModelSettings
from treatywatch.news.errors import ModelError

ITEMS = [
    PassageInput("", "The UN Cybercrime Convention will help states trace stolen money.", "en"),
    PassageInput("", "Campaigners warn that the UN cybercrime treaty invites spying.", "en"),
    PassageInput("معاهدة الأمم المتحدة للجرائم الإلكترونية", "وصفها الوزير بأنها إنجاز.", "ar"),
    PassageInput("", "Công ước Hà Nội bị cho là mở đường cho việc theo dõi người dân.", "vi"),
    PassageInput("", "The bakery sells bread.", "en"),
    PassageInput("", "word " * 2_000, "en"),
    PassageInput("", "", "en"),
]  # fmt: skip


@pytest.fixture(scope="module")
def model() -> StanceModel:
    return load_model(ModelSettings())


def _close(a: PassageScores, b: PassageScores) -> bool:
    return all(
        abs(x - y) <= 1e-3
        for x, y in ((a.treaty, b.treaty), (a.hope, b.hope), (a.concern, b.concern))
    )


def test_it_says_which_model_it_is(model: StanceModel) -> None:
    assert model.info.model_id.startswith("treatywatch-")
    assert len(model.info.sha256) == 64


@pytest.mark.slow
def test_the_bundle_is_small_and_whole() -> None:
    assert check_bundle(BUNDLED) == load_model(ModelSettings()).info.sha256
    size = sum(path.stat().st_size for path in BUNDLED.rglob("*") if path.is_file())
    assert size <= 60_000_000


def test_it_loads_in_under_three_seconds() -> None:
    started = time.process_time()
    load_model(ModelSettings())
    assert time.process_time() - started < 3


@pytest.mark.slow
def test_scoring_needs_neither_torch_nor_transformers() -> None:
    code = (
        "import sys\n"
        "from treatywatch.classifiers.model import PassageInput, load_model\n"
        "from treatywatch.config.settings import ModelSettings\n"
        "load_model(ModelSettings()).score([PassageInput('', 'the treaty', 'en')])\n"
        "print([m for m in ('torch', 'transformers') if m in sys.modules])\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_plain_cases_are_told_apart(model: StanceModel) -> None:
    hope, concern, praise, _, bread, *_ = model.score(ITEMS)
    assert hope.hope > 0.5 > hope.concern
    assert concern.concern > 0.5 > concern.hope
    assert praise.hope > praise.concern
    assert bread.treaty < 0.5


def test_a_short_warning_is_a_concern(model: StanceModel) -> None:
    (concern,) = model.score([ITEMS[3]])
    assert concern.concern > 0.5 > concern.hope


def test_results_do_not_hang_on_the_company(model: StanceModel) -> None:
    together = model.score(ITEMS * 3)
    alone = [model.score([item])[0] for item in ITEMS]
    for index, scores in enumerate(together):
        assert _close(scores, alone[index % len(ITEMS)])


@pytest.mark.slow
@pytest.mark.parametrize(("threads", "batch_size"), [(1, 1), (2, 3), (4, 64)])
def test_results_do_not_hang_on_threads_or_batches(
    model: StanceModel, threads: int, batch_size: int
) -> None:
    other = load_model(ModelSettings(threads=threads, batch_size=batch_size))
    assert all(_close(a, b) for a, b in zip(other.score(ITEMS), model.score(ITEMS), strict=True))


def test_what_papers_copy_is_read_once(model: StanceModel, monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[encoder.Row] = []
    run = encoder.Encoder._run

    def counted(self: encoder.Encoder, row: encoder.Row) -> Any:
        read.append(row)
        return run(self, row)

    monkeypatch.setattr(encoder.Encoder, "_run", counted)
    both = model.score([*ITEMS, *reversed(ITEMS)])
    assert len(read) == len(ITEMS)
    assert both[len(ITEMS) :] == both[: len(ITEMS)][::-1]


def test_answers_are_probabilities_and_nest(model: StanceModel) -> None:
    for scores in model.score(ITEMS):
        assert 0 <= scores.hope <= scores.treaty + 1e-9 <= 1 + 2e-9
        assert 0 <= scores.concern <= scores.treaty + 1e-9


def test_nothing_gives_nothing(model: StanceModel) -> None:
    assert model.score([]) == []


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    return Path(shutil.copytree(BUNDLED, tmp_path / "model"))


@pytest.mark.parametrize(
    "name", ["tokenizer.json", "config.json", "onnx/model.onnx", "manifest.json"]
)
def test_a_missing_file_is_named_with_the_command_that_mends_it(copy: Path, name: str) -> None:
    manifest = json.loads((copy / "manifest.json").read_text("utf-8"))
    (copy / name).unlink()
    if name == "manifest.json":
        with pytest.raises(ModelError, match="manifest"):
            check_bundle(copy)
        return
    with pytest.raises(ModelError) as caught:
        load_model(ModelSettings(name=str(copy)))
    assert name in manifest["files"]
    assert str(copy / name) in str(caught.value)
    assert "pip install" in str(caught.value)


@pytest.mark.parametrize("name", ["tokenizer.json", "config.json", "onnx/model.onnx"])
def test_a_damaged_file_is_named(copy: Path, name: str) -> None:
    data = bytearray((copy / name).read_bytes())
    data[len(data) // 2] ^= 1
    (copy / name).write_bytes(data)
    with pytest.raises(ModelError, match=r"damaged.*pip install") as caught:
        load_model(ModelSettings(name=str(copy)))
    assert name in str(caught.value)


@pytest.mark.parametrize("share", [0.0, 0.2, 0.5, 0.93, 1.0])
def test_a_cut_of_one_half_moves_nothing(share: float) -> None:
    assert shifted(share, 0.5) == pytest.approx(share)


def test_the_cut_becomes_one_half_and_the_order_stays() -> None:
    assert shifted(0.4, 0.4) == pytest.approx(0.5)
    moved = [shifted(share / 100, 0.4) for share in range(101)]
    assert moved == sorted(moved)
    assert (moved[0], moved[-1]) == (0.0, 1.0)


def test_both_models_together_multiply_class_shares_and_average_theme_logits() -> None:
    encoder = np.array([[0.0, 1.0, 2.0, 3.0, 4.0, 1.0, -2.0]], np.float32)
    ngrams = np.array([[9.0, 0.0, 0.0, 0.0, 0.0, 4.0, 1.0]])
    both = together(encoder, ngrams, 1.0, 2.0)
    shares = [np.exp(each[0, :5]) / np.exp(each[0, :5]).sum() for each in (encoder, ngrams, both)]
    product = shares[0] * shares[1]
    assert shares[2] == pytest.approx(product / product.sum(), rel=1e-5)
    assert both[0, 5:] == pytest.approx([(1.0 + 2 * 4.0) / 3, (-2.0 + 2 * 1.0) / 3])
    alone = together(encoder, ngrams, 0.0, 0.0)
    assert np.diff(alone[0, :5]) == pytest.approx(np.diff(encoder[0, :5]))
    assert alone[0, 5:] == pytest.approx(encoder[0, 5:])


@pytest.mark.slow
def test_words_that_come_back_and_endless_ones_are_scored_like_new_ones() -> None:
    endless = PassageInput("", "treaty" * 200, "en")
    items = [*ITEMS, endless]
    used = NgramModel(BUNDLED)
    used.logits(items)
    assert np.array_equal(used.logits(items), NgramModel(BUNDLED).logits(items))
