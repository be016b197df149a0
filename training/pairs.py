"""English-Spanish pairs for the three translation systems: `pairs.py` prints the sizes and a few pairs.

The English sentences come from grammar.py, the Spanish ones from Apertium (rules, no learning), which has to be
installed: `apt install apertium-eng-spa` (Debian 12: version 0.8.1). Its output is kept in a cache folder,
~/.cache/headgate-pairs or $HEADGATE_PAIRS_CACHE. Pairs with words that Apertium marks as unknown are dropped. The
pairs hold Apertium's mistakes too; what is measured on them is how well a model learns this translation.
"""

import json
import os
import random
import re
import shutil
import subprocess
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers, processors, trainers

from grammar import sentences

SEED = 1851
COUNT = 90_000
CACHE = Path(os.environ.get("HEADGATE_PAIRS_CACHE", Path.home() / ".cache" / "headgate-pairs"))
BUCKETS = ((3, 8), (9, 16), (17, 24), (25, 32), (33, 40))  # English words
TEST_OF_EACH, VALIDATION = 200, 500
VOCABULARY = 3000
PAD, END, UNKNOWN = "<pad>", "</s>", "<unk>"  # ids 0, 1, 2; a decoder starts with <pad>, as Marian's do


@dataclass(frozen=True)
class Pair:
    """A sentence and its translation."""

    english: str
    spanish: str

    @property
    def words(self) -> int:
        """English words, marks not counted."""
        return len(self.english.split())


def tidy(spanish: str) -> str:
    """One space between words, a capital first, relative and joining words without the accent of questions, ¿."""
    text = " ".join(spanish.split())
    if text.endswith("?"):
        return "¿" + text[:1].upper() + text[1:]
    text = re.sub(r"\b[Qq]uién(es)?\b", "que", text)
    text = text.replace("cuándo", "cuando").replace("Cuándo", "Cuando")
    return text[:1].upper() + text[1:]


def apertium(english: list[str], workers: int = 2) -> list[str]:
    """Translations by Apertium, line by line."""
    if not shutil.which("apertium"):
        raise SystemExit("pairs.py needs Apertium: apt install apertium-eng-spa")

    def translate(lines: list[str]) -> list[str]:
        text = "\n".join(lines) + "\n"
        done = subprocess.run(["apertium", "eng-spa"], input=text, capture_output=True, text=True, check=True)
        return done.stdout.splitlines()

    size = -(-len(english) // workers)
    parts = [english[i : i + size] for i in range(0, len(english), size)]
    with ThreadPoolExecutor(workers) as pool:
        spanish = [line for part in pool.map(translate, parts) for line in part]
    if len(spanish) != len(english):
        raise SystemExit(f"Apertium gave {len(spanish)} lines for {len(english)}.")
    return spanish


def all_pairs() -> list[Pair]:
    """All pairs in the grammar's order, from the cache if it has them."""
    path = CACHE / "pairs.json"
    if not path.exists():
        english = sentences(COUNT, SEED)
        kept = [(e, tidy(s)) for e, s in zip(english, apertium(english), strict=True) if not re.search(r"[*@#]", s)]
        CACHE.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(kept, ensure_ascii=False, indent=0), encoding="utf-8")
    return [Pair(*pair) for pair in json.loads(path.read_text(encoding="utf-8"))]


def bucket(pair: Pair) -> int:
    """Index of the pair's length in BUCKETS."""
    return next(i for i, (_, longest) in enumerate(BUCKETS) if pair.words <= longest)


def load_pairs() -> tuple[list[Pair], list[Pair], list[Pair]]:
    """Training, validation and test pairs; the test has TEST_OF_EACH of every length bucket. Always the same split."""
    pairs = all_pairs()
    random.Random(SEED).shuffle(pairs)
    room = [TEST_OF_EACH] * len(BUCKETS)
    test, rest = [], []
    for pair in pairs:
        i = bucket(pair)
        (test if room[i] else rest).append(pair)
        room[i] = max(room[i] - 1, 0)
    return rest[VALIDATION:], rest[:VALIDATION], test


def load_tokenizer() -> Tokenizer:
    """One byte-pair tokenizer for both languages, learnt from the training pairs; appends </s>."""
    path = CACHE / "tokenizer.json"
    if not path.exists():
        tokenizer = Tokenizer(models.BPE(unk_token=UNKNOWN))
        tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
            [pre_tokenizers.Metaspace(), pre_tokenizers.Split(Regex("[.,?]"), "isolated")]
        )
        tokenizer.decoder = decoders.Metaspace()
        trainer = trainers.BpeTrainer(
            vocab_size=VOCABULARY, special_tokens=[PAD, END, UNKNOWN], min_frequency=2, show_progress=False
        )
        training, _, _ = load_pairs()
        tokenizer.train_from_iterator((text for p in training for text in (p.english, p.spanish)), trainer)
        tokenizer.post_processor = processors.TemplateProcessing(
            single=f"$A {END}", pair=f"$A {END} $B {END}", special_tokens=[(END, tokenizer.token_to_id(END))]
        )
        tokenizer.save(str(path))
    return Tokenizer.from_file(str(path))


if __name__ == "__main__":
    tokenizer = load_tokenizer()
    for label, pairs in zip(("training", "validation", "test"), load_pairs(), strict=True):
        tokens = sum(len(e.ids) for e in tokenizer.encode_batch([p.spanish for p in pairs]))
        print(f"{label:10} {len(pairs):6,} pairs, {sum(p.words for p in pairs):9,} English words, {tokens:9,} tokens")
    print(tokenizer.get_vocab_size(), "entries")
    for pair in load_pairs()[2][::50]:
        print(pair.english, "→", pair.spanish)
