"""Trains the bundled GPT: `train_gpt.py OUT --tokenizer FOLDER`; `export_gpt.py` then writes OUT.

A GPT2LMHeadModel on the documents of text.py. The first part of a new run has short windows and much repetition.
"""

import math
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch
from tokenizers import Tokenizer
from transformers import GPT2Config, GPT2LMHeadModel

from common import SEED, command_line, muon_and_adamw, train
from text import Document, load_documents
from train_tokenizer import END_OF_TEXT
from windows import IGNORED, Windows

TOKENS_PER_STEP = 2048
RATE = 2e-3
WINDOWS_EVALUATED = 48  # at every save
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


def batches(windows: Windows, minutes: float, first_part: bool) -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
    """Inputs and labels, each [N, length] with N · length = TOKENS_PER_STEP.

    first_part: the run begins with FIRST_PART of its minutes of short windows; one that goes on has had them.
    """
    lengths, begin = np.random.default_rng(SEED), time.time()
    while True:
        early = first_part and (time.time() - begin) / 60 < FIRST_PART * minutes
        length = window_length(early, lengths)
        pair = windows.batch(TOKENS_PER_STEP // length, length, *repetition(early))
        yield tuple(map(torch.from_numpy, pair))


def main() -> None:
    parser = command_line(__doc__, minutes=44)
    parser.add_argument("--tokenizer", type=Path, default=Path("run/tokenizer"), help="the folder of train_tokenizer.py")
    parser.add_argument(
        "--compile", action="store_true", help="use torch.compile (needs a C++ compiler; about 20 %% faster)"
    )
    arguments = parser.parse_args()

    torch.manual_seed(SEED)
    tokenizer = Tokenizer.from_file(str(arguments.tokenizer / "tokenizer.json"))
    training, validation = load_documents()
    ids, starts = stream(training, tokenizer, COPIES)
    held_out, _ = stream(validation, tokenizer, COPIES)
    model = GPT2LMHeadModel(configuration(tokenizer.get_vocab_size()))
    model.transformer.wpe.weight.data = waves(model.config.n_positions, model.config.n_embd)
    seed_previous_token_head(model)
    forward = torch.compile(model, dynamic=False) if arguments.compile else model

    def loss_of(batch: tuple[torch.Tensor, torch.Tensor]) -> tuple[torch.Tensor, int]:
        inputs, labels = batch
        with torch.autocast("cpu", torch.bfloat16):
            logits = forward(input_ids=inputs).logits
        loss = torch.nn.functional.cross_entropy(logits.float().flatten(0, 1), labels.flatten(), ignore_index=IGNORED)
        return loss, int((labels != IGNORED).sum())

    train(
        model,
        batches(Windows(ids, starts, tokenizer.get_vocab_size(), SEED), arguments.minutes, not arguments.resume),
        loss_of,
        muon_and_adamw(model, RATE, inner=lambda name: ".h." in name),
        arguments,
        {"training_tokens": len(ids), "held_out_tokens": len(held_out), "tokens_per_step": TOKENS_PER_STEP},
        lambda: {"validation": round(validate(model, held_out, most=WINDOWS_EVALUATED), 4)},
    )


if __name__ == "__main__":
    main()
