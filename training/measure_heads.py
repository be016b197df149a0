"""Scores every attention head of a GPT-2 folder: `measure_heads.py MODEL_FOLDER [--json]`.

On random tokens repeated twice (period P, T = 2P; no text, so nothing but copying can help):
- induction score: mean attention from a token of the second half to the token *after* its first occurrence
  (from position i to i - P + 1);
- previous-token score: mean attention from position i to i - 1, over all i >= 1.
Both lie between 0 and 1. Uniform attention would score about 1/P.
"""

import argparse
import json
from dataclasses import asdict, dataclass
from pathlib import Path

import torch
from transformers import GPT2LMHeadModel


@dataclass(frozen=True)
class HeadScore:
    """One head's two scores; layers and heads count from 0."""

    layer: int
    head: int
    induction: float
    previous: float


@torch.no_grad()
def measure(
    model: GPT2LMHeadModel, period: int = 50, samples: int = 32, seed: int = 0
) -> tuple[list[HeadScore], float, float]:
    """All heads' scores, and the loss (nats per token) on the first and on the second occurrence.

    `model` must use eager attention. Token 0 (end of text) is never drawn.
    """
    generator = torch.Generator().manual_seed(seed)
    once = torch.randint(1, model.config.vocab_size, (samples, period), generator=generator)
    ids = torch.cat([once, once], 1)
    out = model(input_ids=ids, output_attentions=True, use_cache=False)
    losses = torch.nn.functional.cross_entropy(out.logits[:, :-1].transpose(1, 2), ids[:, 1:], reduction="none")
    scores = []
    for layer, attention in enumerate(out.attentions):  # [samples, H, T, T]
        previous = attention.diagonal(-1, 2, 3).mean((0, 2))
        induction = attention.diagonal(1 - period, 2, 3)[..., 1:].mean((0, 2))  # queries period … 2 period - 1
        scores += [
            HeadScore(layer, head, round(induction[head].item(), 3), round(previous[head].item(), 3))
            for head in range(attention.shape[1])
        ]
    return scores, losses[:, : period - 1].mean().item(), losses[:, period:].mean().item()


def load(folder: Path) -> GPT2LMHeadModel:
    """The model of a folder, in float32 with eager attention."""
    return GPT2LMHeadModel.from_pretrained(folder, dtype=torch.float32, attn_implementation="eager").eval()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", type=Path)
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    scores, first, second = measure(load(arguments.model))
    if arguments.json:
        print(json.dumps({"heads": [asdict(s) for s in scores], "first": first, "second": second}))
    else:
        print("layer head induction previous")
        for s in scores:
            print(f"{s.layer:5} {s.head:4} {s.induction:9.3f} {s.previous:8.3f}")
        print(f"loss on random tokens {first:.2f}, on their repetition {second:.2f}")
