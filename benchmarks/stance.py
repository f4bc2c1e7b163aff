"""Compare the shipped model's speed with the same weights in fp32 torch, in one run.

    python benchmarks/stance.py [--passages 300] [--json FILE]

Needs the extra `train` (torch, onnx). Figures are ratios: the seconds are this machine's.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

# A script finds what lies beside it, and the reader of shipped weights lies one folder up.
sys.path.append(str(Path(__file__).resolve().parents[1]))

from treatywatch.classifiers.bundle import BUNDLED, CLASSES, read_config, read_json
from treatywatch.classifiers.evaluate import predicted_class
from treatywatch.classifiers.model import (
    PassageInput,
    PassageScores,
    answers,
    load_model,
    together,
)
from treatywatch.classifiers.ngrams import NgramModel
from treatywatch.config.settings import ModelSettings

TEST = Path(__file__).parents[1] / "training" / "data"


def passages(count: int) -> list[PassageInput]:
    """Return test passages of the three languages in turn, in no order of length."""
    rows = [
        [
            json.loads(line)
            for line in (TEST / f"test.{language}.jsonl").read_text("utf-8").splitlines()
        ]
        for language in ("ar", "en", "vi")
    ]
    mixed = [row for triple in zip(*rows, strict=False) for row in triple]
    return [PassageInput(r["title"], r["text"], r["language"]) for r in mixed[:count]]


def torch_network(weights: dict[str, np.ndarray]) -> Any:
    """Return a transformers model with the shipped weights in fp32."""
    import torch
    from transformers import BertConfig, BertModel, BertPreTrainedModel
    from transformers.modeling_outputs import SequenceClassifierOutput

    from training.shipped import bert_names

    class StanceForSequenceClassification(BertPreTrainedModel):
        """BERT with the two means and the head; token types mark the passage."""

        def __init__(self, config: BertConfig) -> None:
            super().__init__(config)
            self.bert = BertModel(config, add_pooling_layer=False)
            self.head = torch.nn.Linear(2 * config.hidden_size, config.num_labels)
            self.post_init()

        def forward(
            self, input_ids: Any, attention_mask: Any, token_type_ids: Any, **_: Any
        ) -> SequenceClassifierOutput:
            hidden = self.bert(input_ids=input_ids, attention_mask=attention_mask)[0]
            inside = (token_type_ids * attention_mask).unsqueeze(-1).float()
            outside = attention_mask.unsqueeze(-1).float() - inside
            means = [(hidden * m).sum(1) / m.sum(1).clamp(min=1) for m in (inside, outside)]
            return SequenceClassifierOutput(logits=self.head(torch.cat(means, -1)))

    raw = read_json(BUNDLED / "config.json")
    sizes = {k: raw[k] for k in BertConfig().to_dict() if k in raw and k != "id2label"}
    outputs = len(CLASSES) + len(raw["themes"])
    config = BertConfig(**sizes, num_labels=outputs)
    network = StanceForSequenceClassification(config)
    network.load_state_dict(bert_names(weights), strict=False)
    return network.eval()


def tokenizer() -> Any:
    """Return the shipped tokenizer as transformers loads it, joining title and passage as we do."""
    from tokenizers import Tokenizer
    from tokenizers.processors import TemplateProcessing
    from transformers import PreTrainedTokenizerFast

    inner = Tokenizer.from_file(str(BUNDLED / "tokenizer.json"))
    inner.post_processor = TemplateProcessing(
        single="<s>:0 $A:1 </s>:1",
        pair="<s>:0 $A:0 </s>:0 $B:1 </s>:1",
        special_tokens=[("<s>", 0), ("</s>", 2)],
    )
    return PreTrainedTokenizerFast(
        tokenizer_object=inner,
        pad_token="<pad>",
        bos_token="<s>",
        eos_token="</s>",
        unk_token="<unk>",
        model_max_length=250,
        model_input_names=["input_ids", "attention_mask", "token_type_ids"],
    )


def by_pipeline(network: Any, items: Sequence[PassageInput]) -> list[list[float]]:
    """Call the transformers pipeline on the list, as its documentation shows."""
    import torch
    import transformers
    from transformers import TextClassificationPipeline

    class Logits(TextClassificationPipeline):
        def postprocess(self, outputs: Any, **_: Any) -> Any:
            return outputs["logits"][0].tolist()

    transformers.logging.set_verbosity_error()
    pipe = Logits(model=network, tokenizer=tokenizer(), device=torch.device("cpu"))
    return [
        pipe({"text": i.title, "text_pair": i.text} if i.title else {"text": i.text}) for i in items
    ]


def by_sorted_batches(
    network: Any, items: Sequence[PassageInput], size: int = 16
) -> list[list[float]]:
    """Call torch on length-sorted batches, as careful code would."""
    import torch

    cut = tokenizer()
    order = sorted(range(len(items)), key=lambda i: -len(items[i].title + items[i].text))
    rows: list[list[float]] = [[] for _ in items]
    for at in range(0, len(order), size):
        batch = order[at : at + size]
        encoded = [
            cut(items[i].title, items[i].text) if items[i].title else cut(items[i].text)
            for i in batch
        ]
        with torch.inference_mode():
            logits = network(**cut.pad(encoded, return_tensors="pt")).logits
        for index, row in zip(batch, logits.tolist(), strict=True):
            rows[index] = row
    return rows


def timed(work: Callable[[], Any]) -> tuple[float, Any]:
    """Return the seconds of the quicker of two runs, and what it returned."""
    seconds, result = [], None
    for _ in range(2):
        started = time.perf_counter()
        result = work()
        seconds.append(time.perf_counter() - started)
    return min(seconds), result


def peak_memory(count: int) -> float:
    """Return the megabytes that a process needs at most to load the model and score passages."""
    done = subprocess.run(
        [sys.executable, __file__, "--only-ours", "--passages", str(count)],
        capture_output=True,
        text=True,
        check=True,
    )
    return float(done.stdout.split()[-1])


def run(count: int) -> dict[str, Any]:
    """Return passages a second of each way, their ratios, and how far labels agree."""
    from training.shipped import shipped_weights

    items = passages(count)
    config = read_config(BUNDLED)
    started = time.perf_counter()
    model = load_model(ModelSettings())
    load_seconds = time.perf_counter() - started
    network = torch_network(shipped_weights(BUNDLED))
    ours_seconds, ours = timed(lambda: model.score(items))
    batched_seconds, batched = timed(lambda: by_sorted_batches(network, items))
    plain_seconds, plain = timed(lambda: by_pipeline(network, items))

    ngrams = NgramModel(BUNDLED).logits(items)

    def agreement(rows: Sequence[Sequence[float]]) -> float:
        # Torch's encoder gets the same n-gram model beside it: all that differs is the way there.
        both = together(
            np.array(rows, np.float32), ngrams, config.ngram_weight, config.ngram_theme_weight
        )
        theirs: list[PassageScores] = [
            answers(row, item.language, config) for row, item in zip(both, items, strict=True)
        ]
        same = [predicted_class(a) == predicted_class(b) for a, b in zip(ours, theirs, strict=True)]
        return sum(same) / len(same)

    return {
        "passages": len(items),
        "load_seconds": round(load_seconds, 2),
        "passages_a_second": {
            "ours": round(len(items) / ours_seconds, 1),
            "length-sorted batched torch fp32": round(len(items) / batched_seconds, 1),
            "transformers pipeline fp32": round(len(items) / plain_seconds, 1),
        },
        "times_pipeline": round(plain_seconds / ours_seconds, 2),
        "times_batched": round(batched_seconds / ours_seconds, 2),
        "labels_equal_pipeline": round(agreement(plain), 4),
        "labels_equal_batched": round(agreement(batched), 4),
        "peak_megabytes": round(peak_memory(count), 0),
    }


def main() -> None:
    """Print the figures as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--passages", type=int, default=300)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--only-ours", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.only_ours:
        load_model(ModelSettings()).score(passages(options.passages))
        # Not getrusage: its peak is inherited from the process that started this one.
        status = Path("/proc/self/status").read_text("ascii")
        print(int(status.split("VmHWM:")[1].split()[0]) / 1024)
        return
    figures = json.dumps(run(options.passages), indent=2)
    print(figures)
    if options.json:
        options.json.write_text(figures + "\n", "utf-8")


if __name__ == "__main__":
    main()
