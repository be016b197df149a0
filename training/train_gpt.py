"""Trains the bundled GPT: `train_gpt.py TOKENIZER_FOLDER RUN_FOLDER`.

A GPT2LMHeadModel on the documents of text.py, from a fixed seed. RUN_FOLDER receives `checkpoint/`
(float32, replaced at every evaluation, always usable) and `training.json` (settings, curve, totals).
The learning rate follows a cosine over `--steps`; if the machine is too slow for `--minutes`, the
cosine follows the clock instead, so that the run always ends in time, and training.json says so.
"""

import argparse
import json
import math
import time
from pathlib import Path

import numpy as np
import torch
from tokenizers import Tokenizer
from transformers import GPT2Config, GPT2LMHeadModel

from text import Document, load_documents
from train_tokenizer import END_OF_TEXT
from windows import Windows

SEED = 1851
TOKENS_PER_STEP = 2048
PEAK_RATE, FINAL_RATE, WARM_UP = 2e-3, 5e-5, 100
EVALUATE_EVERY = 200
FIRST_PART = 0.35  # share of the run with short windows and much repetition
COPIES = {"moby-dick": 3, "sotu": 1}  # how often a document stands in the stream


def configuration(vocabulary: int) -> GPT2Config:
    """6 layers of 6 heads of 32, 512 positions, about 3.6 million parameters."""
    return GPT2Config(
        vocab_size=vocabulary, n_positions=512, n_embd=192, n_layer=6, n_head=6,
        resid_pdrop=0.0, embd_pdrop=0.0, attn_pdrop=0.0, initializer_range=0.06,
        bos_token_id=0, eos_token_id=0,
    )  # fmt: skip


def wavelengths(count: int) -> torch.Tensor:
    """From a little over two positions to more than the model has, evenly on a log scale."""
    return torch.logspace(math.log10(2.4), math.log10(800), count)


def waves(positions: int, width: int) -> torch.Tensor:
    """Sines and cosines [positions, width] to start the position embeddings from.

    They are trained like any other weight. Starting there, "one step back" is the same rotation at
    every position, which makes heads that look at a fixed distance easy to learn.
    """
    angles = 2 * math.pi * torch.arange(positions)[:, None] / wavelengths(width // 2)
    return 0.15 * torch.cat([angles.sin(), angles.cos()], 1)


def seed_previous_token_head(model: GPT2LMHeadModel, gain: float = 3.0) -> None:
    """Starts head 0 of layer 0 as a rough previous-token head; like every weight it is trained from there on.

    The key of position j reads sixteen of the waves, the query of position i the same ones turned back
    by one step, so that the score is the sum over the wavelengths w of cos(2 pi (i - 1 - j) / w).
    """
    width, head_width = model.config.n_embd, model.config.n_embd // model.config.n_head
    half, pairs = width // 2, head_width // 2
    chosen = torch.arange(pairs) * (half // 4) // pairs  # the shortest quarter of the wavelengths
    turn = 2 * math.pi / wavelengths(half)[chosen]
    columns = torch.arange(pairs)
    attention = model.transformer.h[0].attn.c_attn  # weight [D, 3D]: queries, keys, values
    query, key = attention.weight.data[:, :head_width], attention.weight.data[:, width : width + head_width]
    query.zero_()
    key.zero_()
    attention.bias.data[:head_width] = 0
    attention.bias.data[width : width + head_width] = 0
    key[chosen, columns] = gain
    key[half + chosen, pairs + columns] = gain
    query[chosen, columns] = gain * turn.cos()
    query[half + chosen, columns] = -gain * turn.sin()
    query[half + chosen, pairs + columns] = gain * turn.cos()
    query[chosen, pairs + columns] = gain * turn.sin()


def repetition(first_part: bool) -> tuple[float, float]:
    """Shares of windows with a repeated passage and with repeated random tokens: more of them at first."""
    return (0.20, 0.30) if first_part else (0.10, 0.06)


def window_length(first_part: bool, rng: np.random.Generator) -> int:
    """Short windows first (more of them in a step), then 256 tokens, a quarter of the steps 512."""
    if first_part:
        return 128
    return 512 if rng.random() < 0.25 else 256


def stream(documents: list[Document], tokenizer: Tokenizer, copies: dict[str, int]) -> tuple[np.ndarray, np.ndarray]:
    """All documents as one array of ids, each after `<|endoftext|>`; and the paragraphs' first positions.

    `copies`: how often a document of each source is repeated.
    """
    end, line_break = tokenizer.token_to_id(END_OF_TEXT), tokenizer.token_to_id("Ċ")
    encodings = tokenizer.encode_batch([d.text for d in documents])
    parts = []
    for document, encoding in zip(documents, encodings, strict=True):
        parts += [[end, *encoding.ids]] * copies[document.source]
    ids = np.fromiter((i for part in parts for i in part), np.int32)
    starts = np.flatnonzero((ids[:-1] == end) | (ids[:-1] == line_break)) + 1
    return ids, starts


@torch.no_grad()
def validate(model: GPT2LMHeadModel, ids: np.ndarray, length: int = 256, most: int | None = None) -> float:
    """Mean loss (nats per token) over the stream cut into windows of `length`, at most `most` of them."""
    model.eval()
    count = (len(ids) - 1) // length
    windows = torch.from_numpy(ids[: count * length].astype(np.int64)).view(count, length)[:most]
    losses = [model(input_ids=w, labels=w).loss.item() * len(w) for w in windows.split(16)]
    model.train()
    return sum(losses) / len(windows)


def optimizers(model: GPT2LMHeadModel) -> list[torch.optim.Optimizer]:
    """Muon (with AdamW's step size) for the layers' matrices, AdamW for embeddings, norms and biases."""
    matrices = [p for n, p in model.named_parameters() if p.ndim == 2 and ".h." in n]
    others = [p for n, p in model.named_parameters() if not (p.ndim == 2 and ".h." in n)]
    return [
        torch.optim.Muon(matrices, lr=PEAK_RATE, weight_decay=0.1, momentum=0.95, adjust_lr_fn="match_rms_adamw"),
        torch.optim.AdamW(others, lr=PEAK_RATE, weight_decay=0.0, betas=(0.9, 0.95)),
    ]


def rate(step: int, progress: float) -> float:
    """Linear warm-up, then a cosine over `progress` (0 to 1) down to FINAL_RATE."""
    cosine = FINAL_RATE + (PEAK_RATE - FINAL_RATE) * 0.5 * (1 + math.cos(math.pi * min(progress, 1)))
    return cosine * min(1, (step + 1) / WARM_UP)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("tokenizer", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--steps", type=int, default=6000)
    parser.add_argument(
        "--start-from", type=Path, help="RUN_FOLDER of an earlier run to go on from, past the first part"
    )
    parser.add_argument("--minutes", type=float, default=44)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument(
        "--compile", action="store_true", help="use torch.compile (needs a C++ compiler; about 20 %% faster)"
    )
    arguments = parser.parse_args()

    torch.manual_seed(SEED)
    torch.set_num_threads(arguments.threads)
    tokenizer = Tokenizer.from_file(str(arguments.tokenizer / "tokenizer.json"))
    training, validation = load_documents()
    ids, starts = stream(training, tokenizer, COPIES)
    held_out, _ = stream(validation, tokenizer, COPIES)
    windows = Windows(ids, starts, tokenizer.get_vocab_size(), SEED)
    lengths = np.random.default_rng(SEED)
    if arguments.start_from:
        model = GPT2LMHeadModel.from_pretrained(arguments.start_from / "checkpoint", dtype=torch.float32)
        earlier = json.loads((arguments.start_from / "training.json").read_text())
    else:
        model = GPT2LMHeadModel(configuration(tokenizer.get_vocab_size()))
        model.transformer.wpe.weight.data = waves(model.config.n_positions, model.config.n_embd)
        seed_previous_token_head(model)
        earlier = None
    model.train()
    steppers = optimizers(model)
    forward = torch.compile(model, dynamic=False) if arguments.compile else model
    print(
        f"{len(ids):,} training tokens, {len(held_out):,} held out, {model.num_parameters():,} parameters", flush=True
    )

    begin, curve, average, by_clock, step = time.time(), [], None, False, 0
    while True:
        elapsed = (time.time() - begin) / 60
        by_clock |= elapsed / arguments.minutes > step / arguments.steps + 0.02
        progress = max(step / arguments.steps, elapsed / arguments.minutes if by_clock else 0)
        done = progress >= 1
        if done or (step % EVALUATE_EVERY == 0 and step > 0):
            loss = validate(model, held_out, most=None if done else 48)
            curve.append(
                {"step": step, "minutes": round(elapsed, 2), "training": average, "validation": round(loss, 4)}
            )
            print(curve[-1], flush=True)
            model.save_pretrained(arguments.out / "checkpoint")
            totals = {
                "seed": SEED, "steps": step, "tokens_per_step": TOKENS_PER_STEP, "tokens": step * TOKENS_PER_STEP,
                "minutes": round(elapsed, 1), "finished": done,
                "schedule": "clock" if by_clock else "steps",
                "training_tokens": len(ids), "held_out_tokens": len(held_out), "parameters": model.num_parameters(),
                "validation": round(loss, 4), "curve": curve, "earlier": earlier,
            }  # fmt: skip
            (arguments.out / "training.json").write_text(json.dumps(totals, indent=1) + "\n")
        if done:
            return
        for group in (g for stepper in steppers for g in stepper.param_groups):
            group["lr"] = rate(step, progress)
        first_part = progress < FIRST_PART and not arguments.start_from
        length = window_length(first_part, lengths)
        inputs, labels = (
            torch.from_numpy(a) for a in windows.batch(TOKENS_PER_STEP // length, length, *repetition(first_part))
        )
        with torch.autocast("cpu", torch.bfloat16):
            logits = forward(input_ids=inputs).logits
        loss = torch.nn.functional.cross_entropy(logits.float().flatten(0, 1), labels.flatten(), ignore_index=-100)
        model.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        for stepper in steppers:
            stepper.step()
        average = round(loss.item() if average is None else 0.95 * average + 0.05 * loss.item(), 4)
        step += 1
        if step <= 5 or step % 20 == 0:
            print(f"step {step} loss {average} minutes {elapsed:.2f}", flush=True)


if __name__ == "__main__":
    main()
