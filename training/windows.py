"""Windows of token ids for language-model training: plain text, and two kinds of repetition.

Induction (finding the last occurrence of the present token and predicting what followed it)
appears late in a small model that sees only prose. So a stated share of the windows repeat:
- `passage`: a passage of real text comes twice or more, with other text before and between;
- `random`: random tokens come twice or more; the first occurrence is not scored, since nobody can predict it.
"""

import numpy as np

IGNORED = -100  # PyTorch's cross-entropy ignores this label


class Windows:
    """Draws windows from one long stream of token ids (int32, documents joined by end-of-text)."""

    def __init__(self, ids: np.ndarray, starts: np.ndarray, vocabulary: int, seed: int):
        """`starts`: positions at which a paragraph begins."""
        self.ids, self.starts, self.vocabulary = ids, starts, vocabulary
        self.rng = np.random.default_rng(seed)

    def text(self, length: int) -> np.ndarray:
        """A stretch of the stream: every second one begins with a paragraph, the others anywhere."""
        if self.rng.random() < 0.5:
            begin = int(self.rng.choice(self.starts))
            if begin + length <= len(self.ids):
                return self.ids[begin : begin + length]
        begin = int(self.rng.integers(0, len(self.ids) - length))
        return self.ids[begin : begin + length]

    def repeated_passage(self, length: int) -> np.ndarray:
        """Other text, a passage, other text, the passage again, … cut to `length`."""
        passage = self.text(int(self.rng.integers(12, length // 2)))
        parts, total = [self.text(int(self.rng.integers(1, length // 4)))], 0
        while total < length:
            parts += [passage, self.text(int(self.rng.integers(1, length // 8)))]
            total = sum(len(p) for p in parts)
        return np.concatenate(parts)[:length]

    def repeated_random(self, length: int) -> tuple[np.ndarray, int]:
        """Random tokens repeated to fill `length`, and the length of one occurrence."""
        period = int(self.rng.integers(8, length // 3))
        once = self.rng.integers(1, self.vocabulary, period).astype(self.ids.dtype)
        return np.resize(once, length), period

    def batch(self, count: int, length: int, passage: float, random: float) -> tuple[np.ndarray, np.ndarray]:
        """Inputs and labels, both [count, length] int64; a label is the next token, or IGNORED.

        `passage`, `random`: the expected shares of the two kinds of repeating windows.
        """
        inputs = np.empty((count, length), np.int64)
        labels = np.empty((count, length), np.int64)
        for row in range(count):
            kind = self.rng.random()
            unscored = 0
            if kind < random:
                window, unscored = self.repeated_random(length + 1)
            elif kind < random + passage:
                window = self.repeated_passage(length + 1)
            else:
                window = self.text(length + 1)
            inputs[row], labels[row] = window[:-1], window[1:]
            labels[row, : max(unscored - 1, 0)] = IGNORED
        return inputs, labels
