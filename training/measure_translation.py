"""Quality by length of the three English-Spanish systems, and their cards: `measure_translation.py MODELS`.

Writes each model's README.md, and card.json with BLEU and exact matches by length, of which the app makes a chart.

MODELS holds headgate-en-es-lstm, headgate-en-es-lstm-attention and headgate-en-es-transformer; all three have to be
there, since each card shows all three. `--runs` holds their training.json in folders of the same names; a card says so
when the record is missing. The sentences are the test pairs of pairs.py, which no model has seen.
"""

import argparse
import json
from pathlib import Path

import torch
import transformers
from sacrebleu.metrics import BLEU
from safetensors.torch import load_file
from tokenizers import Tokenizer
from transformers import MarianMTModel

from common import commands, megabytes, story, write_card
from pairs import BUCKETS, TEST_OF_EACH, Pair, bucket, load_pairs, load_tokenizer
from seq2seq import by_source_length, load, until
from train_seq2seq import shape_of

LIMIT = 120  # tokens of a translation
BATCH = 50  # sentences
SHOWN = (
    "The young queen gave me a red book yesterday.",
    "We did not see them because the old captain was very tired.",
)
SYSTEMS = {
    "headgate-en-es-lstm": "LSTM without attention",
    "headgate-en-es-lstm-attention": "LSTM with Bahdanau attention",
    "headgate-en-es-transformer": "Transformer",
}


class System:
    """A system that translates greedily, from the f16 weights in its folder."""

    def __init__(self, folder: Path, tokenizer: Tokenizer):
        self.folder, self.tokenizer = folder, tokenizer
        if folder.name.endswith("transformer"):
            self.model = MarianMTModel.from_pretrained(folder, dtype=torch.float32).eval()
        else:
            self.model = load(folder, shape_of("bahdanau" if folder.name.endswith("attention") else "none"))
        self.stored = sum(tensor.numel() for tensor in load_file(folder / "model.safetensors").values())

    @torch.no_grad()
    def _ids(self, sources: torch.Tensor) -> list[list[int]]:
        """Target ids for sources [N, S] of one length, without start and end."""
        if not isinstance(self.model, MarianMTModel):
            return self.model.greedy(sources, LIMIT)
        config = self.model.config
        rows = self.model.generate(
            sources, attention_mask=torch.ones_like(sources), num_beams=1, do_sample=False, max_length=LIMIT + 1
        )
        return [until(row, config.eos_token_id) for row in rows[:, 1:].tolist()]

    def translate(self, english: list[str]) -> list[str]:
        """A translation of each sentence."""
        sources = [e.ids for e in self.tokenizer.encode_batch(english)]
        spanish = [""] * len(english)
        for members in by_source_length(sources).values():
            for begin in range(0, len(members), BATCH):
                rows = members[begin : begin + BATCH]
                ids = self._ids(torch.tensor([sources[i] for i in rows]))
                for i, text in zip(rows, self.tokenizer.decode_batch(ids), strict=True):
                    spanish[i] = text.strip()
        return spanish


def measure(translations: list[str], test: list[Pair]) -> list[dict[str, float]]:
    """BLEU and exact matches of each length bucket, then of all sentences."""
    bleu = BLEU()
    chosen = [[j for j, pair in enumerate(test) if bucket(pair) == i] for i in range(len(BUCKETS))]
    return [
        {
            "bleu": round(
                bleu.corpus_score([translations[j] for j in members], [[test[j].spanish for j in members]]).score, 1
            ),
            "exact": sum(translations[j] == test[j].spanish for j in members),
            "sentences": len(members),
        }
        for members in [*chosen, list(range(len(test)))]
    ]


def chart(results: dict[str, list[dict[str, float]]]) -> str:
    """card.json: the three systems' quality by length, for the app's chart."""
    systems = [
        {
            "model": name,
            "name": SYSTEMS[name],
            "lengths": [{"words": list(words), **row} for words, row in zip(BUCKETS, rows, strict=False)],
            "all": rows[-1],
        }
        for name, rows in results.items()
    ]
    about = f"Greedy translations by the f16 weights, {TEST_OF_EACH} unseen sentences of each length; BLEU by sacrebleu."
    return json.dumps({"version": 1, "quality_by_length": {"about": about, "systems": systems}}, indent=1) + "\n"


def table(results: dict[str, list[dict[str, float]]]) -> str:
    """The three systems' BLEU as a table of Markdown."""
    labels = [f"{shortest}–{longest}" for shortest, longest in BUCKETS]
    lines = [["English words", *labels, "all"], ["---"] + ["---:"] * (len(labels) + 1)]
    lines += [[f"{SYSTEMS[name]}", *(f"{part['bleu']:.1f}" for part in row)] for name, row in results.items()]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


ABOUT = {
    "headgate-en-es-lstm": "An LSTM encoder-decoder without attention: all that the decoder knows of the sentence is "
    "its first state. A bidirectional LSTM of 128 units a direction reads, an LSTM of 256 units writes; embeddings of "
    "128 shared by both sides. The format is that of docs/custom-models.md.",
    "headgate-en-es-lstm-attention": "An LSTM encoder-decoder with Bahdanau's additive attention (128 units), asked by "
    "the state before the step; the decoder reads [embedding, context], and the output tanh(W [h;c]). A bidirectional "
    "LSTM of 128 units a direction reads, an LSTM of 256 units writes; embeddings of 128 shared by both sides. The "
    "format is that of docs/custom-models.md.",
    "headgate-en-es-transformer": "An encoder-decoder Transformer, a `MarianMTModel`: three layers a side, width 128, "
    "four heads, 512 units in the feed-forward layers, sines and cosines as positions, one table for both embeddings "
    "and the output.",
}
OPTIMISERS = {
    "headgate-en-es-lstm": "AdamW, bfloat16 autocast, peak rate 0.002, 1,000 source tokens a step.",
    "headgate-en-es-lstm-attention": "AdamW, bfloat16 autocast, peak rate 0.002, 1,000 source tokens a step.",
    "headgate-en-es-transformer": "Muon for the layers' matrices, AdamW for the rest, bfloat16 autocast, peak rate "
    "0.002, 1,000 source tokens a step, labels smoothed by 0.05.",
}
TRAINERS = {
    "headgate-en-es-lstm": "train_seq2seq.py assets/models/headgate-en-es-lstm none",
    "headgate-en-es-lstm-attention": "train_seq2seq.py assets/models/headgate-en-es-lstm-attention bahdanau",
    "headgate-en-es-transformer": "train_marian.py assets/models/headgate-en-es-transformer",
}


def training_story(name: str, runs: Path | None) -> str:
    """What is known of the training."""
    record = runs / name / "training.json" if runs else None
    if record is None or not record.exists():
        return (
            "The record of this run is lost: script and settings are known (below), the number of steps and the time are "
            f"not. {OPTIMISERS[name]} The pairs made anew by `pairs.py` gave the very tokenizer of this folder, and so "
            "the test sentences are those that training left out."
        )
    return f"{story(json.loads(record.read_text()), 'target tokens')} {OPTIMISERS[name]}"


def samples(system: System, long: Pair) -> str:
    """Two short sentences and a long one of the test, with Apertium's translation of that."""
    translations = system.translate([*SHOWN, long.english])
    lines = [f"- {english} → {spanish}" for english, spanish in zip((*SHOWN, long.english), translations, strict=True)]
    return "\n".join([*lines, "", f"Apertium's translation of the last, a test sentence: {long.spanish}"])


def card(system: System, runs: Path | None, measured: str, training: int, long: Pair) -> None:
    """Writes the README.md of one system."""
    name = system.folder.name
    write_card(
        system.folder, name, {"language": "[en, es]", "pipeline_tag": "translation"},
        "English to Spanish, for looking at, not for translating: it knows the forms of some 300 English words, in the "
        f"sentences of a small grammar. {ABOUT[name]} {system.stored:,} parameters, f16, {megabytes(system.folder)}. One of "
        "three systems trained on the same pairs with the same vocabulary (3,000 byte pairs for both languages).",
        "## Data and licence",
        "The English sentences, 3 to 40 words long, come from the grammar in `training/grammar.py`, the Spanish ones "
        "from Apertium's rules (`apertium-eng-spa`, Debian; no learning). Apertium's mistakes are in them: the model "
        f"learns Apertium's Spanish, and is measured against it. {training:,} pairs for training, {TEST_OF_EACH} of "
        "each length for the test. The weights are under the project's MIT licence.",
        "## Training",
        training_story(name, runs),
        "## Quality",
        measured,
        f"BLEU (sacrebleu, 13a tokens) of greedy translations by the f16 weights, on {TEST_OF_EACH} unseen sentences of "
        "each length. Without attention the whole sentence has to fit into one state, and long ones fall apart. The "
        "high figures of the other two say that they learnt Apertium's rules for this grammar, not that they translate.",
        "Samples:",
        samples(system, long),
        "## Make it again",
        commands("apt install apertium-eng-spa", f"python training/{TRAINERS[name]}",
                 "python training/measure_translation.py assets/models --runs run"),
    )  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("models", type=Path)
    parser.add_argument("--runs", type=Path, help="folder of the runs' folders")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    transformers.logging.set_verbosity_error()
    transformers.logging.disable_progress_bar()
    training, _, test = load_pairs()
    tokenizer = load_tokenizer()
    systems = [System(arguments.models / name, tokenizer) for name in SYSTEMS]
    english = [pair.english for pair in test]
    results = {}
    for system in systems:
        results[system.folder.name] = measure(system.translate(english), test)
        print(system.folder.name, *(f"{part['bleu']:.1f} ({part['exact']})" for part in results[system.folder.name]), flush=True)
    long = next(pair for pair in test if bucket(pair) == len(BUCKETS) - 1)
    for system in systems:
        card(system, arguments.runs, table(results), len(training), long)
        (system.folder / "card.json").write_text(chart(results))


if __name__ == "__main__":
    main()
