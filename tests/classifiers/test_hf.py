"""A tiny random checkpoint goes through the real loading and scoring code."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from treatywatch.classifiers.classify import Classifier, TextToClassify
from treatywatch.classifiers.hf import understand
from treatywatch.classifiers.model import PassageInput, load_model
from treatywatch.config.settings import ModelSettings
from treatywatch.config.treaty import load_treaty
from treatywatch.news.errors import ModelError

FIVE = {0: "off_topic", 1: "neutral", 2: "hopes", 3: "concerns", 4: "mixed"}
NLI = {0: "CONTRADICTION", 1: "NEUTRAL", 2: "ENTAILMENT"}
ITEMS = [
    PassageInput("", "The treaty is a shield for children.", "en"),
    PassageInput("عنوان", "المعاهدة خطر على الصحافة", "ar"),
    PassageInput("", "Công ước mơ hồ " * 30, "vi"),
]

Checkpoint = Callable[[dict[int, str]], Path]


@pytest.fixture
def checkpoint(tmp_path: Path) -> Checkpoint:
    torch = pytest.importorskip("torch", reason="needs the extra `torch`")
    import transformers
    from tokenizers import Tokenizer, models, pre_tokenizers

    def make(labels: dict[int, str]) -> Path:
        torch.manual_seed(0)
        pieces = {"[PAD]": 0, "[UNK]": 1, "the": 2, "treaty": 3, "is": 4, "a": 5}
        words = Tokenizer(models.WordLevel(pieces, unk_token="[UNK]"))
        words.pre_tokenizer = pre_tokenizers.Whitespace()
        tokenizer = transformers.PreTrainedTokenizerFast(
            tokenizer_object=words, pad_token="[PAD]", unk_token="[UNK]", model_max_length=64
        )
        config = transformers.BertConfig(
            vocab_size=len(pieces),
            hidden_size=16,
            num_hidden_layers=2,
            num_attention_heads=2,
            intermediate_size=32,
            max_position_embeddings=64,
            pad_token_id=0,
            id2label=labels,
            label2id={label: index for index, label in labels.items()},
        )
        network = transformers.BertForSequenceClassification(config)
        network.save_pretrained(tmp_path / "model")
        tokenizer.save_pretrained(tmp_path / "model")
        return tmp_path / "model"

    return make


def _load(folder: Path, **settings: Any) -> Any:
    return load_model(ModelSettings(name=str(folder), **settings))


@pytest.mark.parametrize("labels", [FIVE, {0: "treaty", 1: "hope", 2: "concern"}, NLI])
def test_every_kind_of_model_gives_nested_probabilities(
    checkpoint: Checkpoint, labels: dict[int, str]
) -> None:
    model = _load(checkpoint(labels))
    for scores in model.score(ITEMS):
        assert 0 <= scores.hope <= scores.treaty + 1e-9 <= 1 + 2e-9
        assert 0 <= scores.concern <= scores.treaty + 1e-9
    assert len(model.info.sha256) == 64


@pytest.mark.parametrize("labels", [FIVE, NLI])
def test_results_do_not_hang_on_the_company(checkpoint: Checkpoint, labels: dict[int, str]) -> None:
    model = _load(checkpoint(labels), batch_size=2)
    together = model.score(ITEMS * 2)
    for index, item in enumerate(ITEMS):
        (alone,) = model.score([item])
        for field in ("treaty", "hope", "concern"):
            assert getattr(together[index], field) == pytest.approx(getattr(alone, field), abs=1e-3)


def test_foreign_labels_are_mapped(checkpoint: Checkpoint) -> None:
    labels = {0: "POSITIVE", 1: "NEGATIVE"}
    folder = checkpoint(labels)
    with pytest.raises(ModelError, match=r"POSITIVE, NEGATIVE.*model\.labels"):
        _load(folder)
    model = _load(folder, labels={"POSITIVE": "hopes", "NEGATIVE": "concerns"})
    (scores, *_) = model.score(ITEMS)
    assert scores.treaty == 1.0
    assert scores.hope + scores.concern == pytest.approx(1.0)


def test_the_classifier_takes_any_model(checkpoint: Checkpoint) -> None:
    classifier = Classifier(load_treaty(), _load(checkpoint(FIVE)))
    result = classifier.classify_text(TextToClassify("The treaty is a threat.", "en"))
    assert result.model_id.endswith("model")


def test_a_damaged_folder_is_said_in_one_sentence(checkpoint: Checkpoint) -> None:
    folder = checkpoint(FIVE)
    (folder / "config.json").write_text("{", "utf-8")
    with pytest.raises(ModelError, match="cannot be loaded as a sequence classifier") as caught:
        _load(folder)
    assert "\n" not in str(caught.value)


@pytest.mark.slow
def test_an_unknown_name_without_network_is_said_in_one_sentence() -> None:
    pytest.importorskip("torch", reason="needs the extra `torch`")
    code = (
        "from treatywatch.classifiers.model import load_model\n"
        "from treatywatch.config.settings import ModelSettings\n"
        "load_model(ModelSettings(name='nobody/no-such-model'))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=os.environ | {"HF_HUB_OFFLINE": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    last = done.stderr.strip().splitlines()[-1]
    assert "ModelError: nobody/no-such-model: no such folder" in last
    assert "check the name and the network" in last


OUT_OF_REACH = """
import socket, os, time
with socket.socket() as closed:  # bound, but nobody listens
    closed.bind(("127.0.0.1", 0))
    os.environ["HF_ENDPOINT"] = f"http://127.0.0.1:{closed.getsockname()[1]}"
    from huggingface_hub.utils import logging
    from treatywatch.classifiers.model import load_model
    from treatywatch.config.settings import ModelSettings
    from treatywatch.news.errors import ModelError
    time.sleep = lambda _: None  # between its tries the hub's client waits for a minute in all
    before = logging.get_verbosity()
    try:
        load_model(ModelSettings(name="nobody/no-such-model"))
    except ModelError as error:
        print(error)
    assert logging.get_verbosity() == before
"""


@pytest.mark.slow
def test_of_a_hub_out_of_reach_one_sentence_is_said_and_no_try(tmp_path: Path) -> None:
    pytest.importorskip("torch", reason="needs the extra `torch`")
    environment = {"HF_HOME": str(tmp_path), "HF_HUB_OFFLINE": "0", "NO_PROXY": "127.0.0.1"}
    done = subprocess.run(
        [sys.executable, "-c", OUT_OF_REACH],
        env=os.environ | environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stderr == ""
    assert done.stdout.startswith("nobody/no-such-model: no such folder, and not found")


def test_without_torch_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("treatywatch.classifiers.hf.find_spec", lambda _: None)
    with pytest.raises(ModelError, match=r"pip install 'treatywatch\[torch\]'"):
        load_model(ModelSettings(name="some/model"))


@pytest.mark.parametrize(
    ("labels", "given", "kind"),
    [
        (FIVE, {}, "classes"),
        ({0: "HOPES", 1: "Concerns"}, {}, "classes"),
        ({0: "treaty", 1: "hope", 2: "concern"}, {}, "answers"),
        ({0: "hope", 1: "concern"}, {}, "answers"),
        (NLI, {}, "entailment"),
        ({0: "entailment", 1: "not_entailment"}, {}, "entailment"),
        ({0: "LABEL_0", 1: "LABEL_1"}, {"LABEL_0": "hopes", "LABEL_1": "concerns"}, "classes"),
    ],
)
def test_labels_are_understood(labels: dict[int, str], given: dict[str, str], kind: str) -> None:
    assert understand(labels, given, "m")[1] == kind


@pytest.mark.parametrize("labels", [{0: "LABEL_0", 1: "LABEL_1"}, {0: "joy", 1: "anger"}])
def test_labels_without_stance_are_refused(labels: dict[int, str]) -> None:
    with pytest.raises(ModelError, match="say nothing about stance"):
        understand(labels, {}, "m")
