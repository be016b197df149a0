"""Trains an English-Spanish LSTM encoder-decoder: `train_seq2seq.py OUT none|bahdanau`.

Pairs, split and vocabulary are those of pairs.py; measure_translation.py writes the card.
"""

import torch

from common import SEED, adamw, command_line, round_to_f16, train
from pairs import END, PAD, load_pairs, load_tokenizer
from seq2seq import Seq2Seq, Shape, batches

TOKENS = 1000  # source tokens of a step
RATE = 2e-3
EXAMPLE = ("The old farmer sold me a red car because he did not want it.", "El labrador viejo me vendió un coche rojo porque no lo quiso.")
TOKENIZER = {"kind": "file", "file": "tokenizer.json"}


def shape_of(attention: str) -> Shape:
    """Both models have this shape; "none" or "bahdanau"."""
    tokenizer = load_tokenizer()
    size = tokenizer.get_vocab_size()
    return Shape(
        "lstm", None if attention == "none" else attention, size, size, shared=True,
        start=tokenizer.token_to_id(PAD), end=tokenizer.token_to_id(END),
    )  # fmt: skip


def main() -> None:
    parser = command_line(__doc__, minutes=22)
    parser.add_argument("attention", choices=("none", "bahdanau"))
    arguments = parser.parse_args()
    torch.manual_seed(SEED)
    tokenizer = load_tokenizer()
    pairs = load_pairs()[0]
    sources = [e.ids for e in tokenizer.encode_batch([p.english for p in pairs])]
    targets = [e.ids for e in tokenizer.encode_batch([p.spanish for p in pairs])]
    model = Seq2Seq(shape_of(arguments.attention))
    train(
        model, batches(sources, targets, TOKENS), model.loss_of, adamw(model, RATE), arguments,
        {"training_pairs": len(pairs), "rate": RATE, "tokens_per_step": TOKENS},
    )  # fmt: skip
    round_to_f16(model)
    model.export(arguments.out, TOKENIZER, TOKENIZER, tuple(tokenizer.encode(text).ids for text in EXAMPLE))
    tokenizer.save(str(arguments.out / "tokenizer.json"))


if __name__ == "__main__":
    main()
