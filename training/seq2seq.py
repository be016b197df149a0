"""Recurrent encoder-decoders in the shapes of docs/custom-models.md: without attention, Bahdanau's, Luong's.

Batches have sources of one length, so that nothing needs padding or masks there. Shapes: N sentences, S source and
T target tokens, E embedding, K width of an encoder output, P width of the decoder's state, V target vocabulary.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from headgate_export import export_model
from torch import nn

from common import SEED

IGNORED = -100  # PyTorch's cross-entropy ignores this label


@dataclass(frozen=True)
class Shape:
    """What a model is made of. attention: None, "bahdanau" (from the state before) or "general" (from the new one)."""

    cell: str
    attention: str | None
    source_vocabulary: int
    target_vocabulary: int
    shared: bool
    embedding: int = 128
    hidden: int = 128  # of each direction of the encoder; the decoder has twice as many
    start: int = 0
    end: int = 1

    def config(self, source: dict, target: dict) -> dict:
        """config.json; source and target are the tokenizer fields of the two sides."""
        P = 2 * self.hidden
        attention = {
            None: None,
            "bahdanau": {"kind": "bahdanau", "query": "previous", "size": self.hidden},
            "general": {"kind": "general", "query": "current", "applied_to": "key"},
        }[self.attention]
        return {
            "model_type": "seq2seq",
            "source": {
                "vocab_size": self.source_vocabulary, "embedding_size": self.embedding, "tokenizer": source,
            },
            "target": {
                "vocab_size": self.target_vocabulary, "embedding_size": self.embedding,
                "start_token_id": self.start, "end_token_id": self.end, "tokenizer": target,
            },
            "share_embeddings": self.shared,
            "encoder": {"cell": self.cell, "hidden_size": self.hidden, "bidirectional": True, "outputs": "concat"},
            "bridge": {"kind": "concat"},
            "decoder": {
                "cell": self.cell, "hidden_size": P,
                "input": ["embedding", "context"] if self.attention == "bahdanau" else ["embedding"],
            },
            "attention": attention,
            "attentional": {"order": "[h;c]", "activation": "tanh"} if attention else None,
            "output": {"input": ["attentional"] if attention else ["hidden"]},
        }  # fmt: skip


class Side(nn.Module):
    """An embedding (none on a target side that shares the source's) and the layers."""

    def __init__(self, rnn: nn.RNNBase, embedding: nn.Embedding | None):
        super().__init__()
        self.rnn = rnn
        if embedding is not None:
            self.embedding = embedding


class Attention(nn.Module):
    """Scores of the encoder's outputs for a query."""

    def __init__(self, kind: str, P: int, K: int, A: int):
        super().__init__()
        self.kind = kind
        self.key = nn.Linear(K, A if kind == "bahdanau" else P, bias=False)
        if kind == "bahdanau":
            self.query = nn.Linear(P, A)
            self.score = nn.Linear(A, 1, bias=False)

    def forward(self, query: torch.Tensor, keys: torch.Tensor, outputs: torch.Tensor) -> tuple[torch.Tensor, ...]:
        """query [N, T, P], keys = self.key(outputs) [N, S, ·], outputs [N, S, K]: weights [N, T, S], context [N, T, K]."""
        if self.kind == "bahdanau":
            scores = self.score(torch.tanh(self.query(query)[:, :, None] + keys[:, None])).squeeze(-1)
        else:
            scores = query @ keys.transpose(1, 2)
        weights = scores.float().softmax(-1)
        return weights, weights.to(outputs.dtype) @ outputs


class Seq2Seq(nn.Module):
    """Parameters have the names of docs/custom-models.md."""

    def __init__(self, shape: Shape):
        super().__init__()
        self.shape = shape
        E, H = shape.embedding, shape.hidden
        P = K = 2 * H
        kind = {"lstm": nn.LSTM, "gru": nn.GRU}[shape.cell]
        self.encoder = Side(
            kind(E, H, bidirectional=True, batch_first=True), nn.Embedding(shape.source_vocabulary, E)
        )
        own = None if shape.shared else nn.Embedding(shape.target_vocabulary, E)
        self.decoder = Side(kind(E + (K if shape.attention == "bahdanau" else 0), P, batch_first=True), own)
        if shape.attention:
            self.attention = Attention(shape.attention, P, K, H)
            self.attentional = nn.Linear(P + K, P)
        self.output = nn.Linear(P, shape.target_vocabulary)

    def embed(self, target: torch.Tensor) -> torch.Tensor:
        """The target's embeddings [N, T, E]."""
        return (self.encoder if self.shape.shared else self.decoder).embedding(target)

    def encode(self, source: torch.Tensor) -> tuple:
        """source [N, S]: the encoder's outputs [N, S, K], their keys, and the decoder's first state (h, c) or h."""
        outputs, state = self.encoder.rnn(self.encoder.embedding(source))
        keys = self.attention.key(outputs) if self.shape.attention else None

        def side_by_side(ends: torch.Tensor) -> torch.Tensor:
            return torch.cat([ends[0], ends[1]], 1)[None]

        first = tuple(map(side_by_side, state)) if isinstance(state, tuple) else side_by_side(state)
        return outputs, keys, first

    def decode(self, target: torch.Tensor, outputs: torch.Tensor, keys: torch.Tensor | None, state) -> tuple:
        """target [N, T], the tokens before each step: logits [N, T, V], states [N, T, P], weights or None, last state."""
        embedded, weights = self.embed(target), None
        if self.shape.attention == "bahdanau":
            hidden, weights, context, state = self._attend_first(embedded, outputs, keys, state)
        else:
            hidden, state = self.decoder.rnn(embedded, state)
            if self.shape.attention:
                weights, context = self.attention(hidden, keys, outputs)
        if self.shape.attention:
            return self.output(torch.tanh(self.attentional(torch.cat([hidden, context], -1)))), hidden, weights, state
        return self.output(hidden), hidden, weights, state

    def _attend_first(self, embedded: torch.Tensor, outputs: torch.Tensor, keys: torch.Tensor, state) -> tuple:
        """An LSTM that reads [embedding, context], the context being asked for by the state before the step."""
        rnn, E = self.decoder.rnn, self.shape.embedding
        h, c = state[0][0], state[1][0]
        from_embedding = embedded @ rnn.weight_ih_l0[:, :E].T + (rnn.bias_ih_l0 + rnn.bias_hh_l0)
        recurrent = torch.cat([rnn.weight_ih_l0[:, E:], rnn.weight_hh_l0], 1).T
        hidden, weights, contexts = [], [], []
        for t in range(embedded.shape[1]):
            weight, context = self.attention(h[:, None], keys, outputs)
            joined = torch.cat([context[:, 0], h.to(context.dtype)], 1)
            i, f, g, o = (from_embedding[:, t] + joined @ recurrent).float().chunk(4, 1)
            c = f.sigmoid() * c.float() + i.sigmoid() * g.tanh()
            h = o.sigmoid() * c.tanh()
            hidden.append(h)
            weights.append(weight)
            contexts.append(context)
        context = torch.cat(contexts, 1)
        return torch.stack(hidden, 1).to(context.dtype), torch.cat(weights, 1), context, (h[None], c[None])

    def forward(self, source: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
        """Logits [N, T, V] of what follows each token of target [N, T]."""
        return self.decode(target, *self.encode(source))[0]

    def loss_of(self, batch: tuple[torch.Tensor, torch.Tensor]) -> tuple[torch.Tensor, int]:
        """Cross-entropy of source [N, S] and labels [N, T] (IGNORED where there is nothing), and how many labels count."""
        source, labels = batch
        before = nn.functional.pad(labels.clamp_min(0)[:, :-1], (1, 0), value=self.shape.start)
        with torch.autocast("cpu", torch.bfloat16):
            logits = self(source, before)
        loss = nn.functional.cross_entropy(logits.float().flatten(0, 1), labels.flatten(), ignore_index=IGNORED)
        return loss, int((labels != IGNORED).sum())

    @torch.no_grad()
    def greedy(self, source: torch.Tensor, limit: int) -> list[list[int]]:
        """The likeliest token at each step, for source [N, S]; without start and end tokens."""
        outputs, keys, state = self.encode(source)
        token = torch.full((len(source), 1), self.shape.start)
        rows = []
        for _ in range(limit):
            logits, _, _, state = self.decode(token, outputs, keys, state)
            token = logits.argmax(-1)
            rows.append(token)
            if all((torch.cat(rows, 1) == self.shape.end).any(1)):
                break
        return [until(row, self.shape.end) for row in torch.cat(rows, 1).tolist()]

    @torch.no_grad()
    def golden(self, source: list[int], target: list[int]) -> dict[str, torch.Tensor]:
        """Outputs of one pair by Headgate's names; target ends with the end token."""
        outputs, keys, state = self.encode(torch.tensor([source]))
        logits, hidden, weights, _ = self.decode(torch.tensor([[self.shape.start, *target[:-1]]]), outputs, keys, state)
        named = {"decoder.rnn.0.hidden": hidden[0], "logits": logits[0]}
        H = self.shape.hidden
        named |= {"encoder.rnn.0.hidden": outputs[0, :, :H], "encoder.rnn.0.reverse.hidden": outputs[0, :, H:]}
        return named if weights is None else named | {"attention.weights": weights[0]}

    def export(
        self, out: Path, source: dict, target: dict, example: tuple[list[int], list[int]],
        files: dict[str, list[str]] | None = None,
    ) -> None:  # fmt: skip
        """Writes config, f16 weights, the golden example and vocabulary `files`; the weights have been rounded before."""
        outputs = self.golden(*example)
        export_model(
            self, out, config=self.shape.config(source, target), dtype=torch.float16, files=files,
            example={"tokens": example[0], "target": example[1], "outputs": outputs},
        )  # fmt: skip


def until(ids: list[int], end: int) -> list[int]:
    """The ids before the first `end`."""
    return ids[: ids.index(end)] if end in ids else ids


def load(folder: Path, shape: Shape) -> Seq2Seq:
    """The model of an exported folder, as float32."""
    from safetensors.torch import load_file

    model = Seq2Seq(shape)
    model.load_state_dict({name: tensor.float() for name, tensor in load_file(folder / "model.safetensors").items()})
    return model.eval()


def by_source_length(sources: list[list[int]]) -> dict[int, list[int]]:
    """Indices of the sources by their length."""
    groups: dict[int, list[int]] = {}
    for index, source in enumerate(sources):
        groups.setdefault(len(source), []).append(index)
    return groups


def padded(targets: list[list[int]]) -> torch.Tensor:
    """Labels [N, T], IGNORED after each target's end."""
    longest = max(map(len, targets))
    return torch.tensor([target + [IGNORED] * (longest - len(target)) for target in targets])


def batches(
    sources: list[list[int]], targets: list[list[int]], tokens: int
) -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
    """For ever: source [N, S] of one length, labels [N, T], about `tokens` source tokens each; all pairs once a round."""
    rng = np.random.default_rng(SEED)
    groups = by_source_length(sources)
    while True:
        chosen = []
        for length, members in groups.items():
            order = rng.permutation(members)
            count = max(1, tokens // length)
            chosen += [order[i : i + count] for i in range(0, len(order), count)]
        for place in rng.permutation(len(chosen)):
            rows = chosen[place]
            yield torch.tensor([sources[i] for i in rows]), padded([targets[i] for i in rows])
