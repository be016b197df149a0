"""What PyTorch modules tell about themselves: configs and golden outputs of recurrent models."""

from __future__ import annotations

from typing import Any

import torch
from torch import nn


#: Tokens of the text by which a module's pooling is told.
PROBE = 5


def describe(
    module: nn.Module,
    labels: list[str] | None = None,
    pooling: str | None = None,
    problem_type: str | None = None,
) -> dict[str, Any]:
    """The config of a module with one nn.RNN, nn.LSTM or nn.GRU, one nn.Linear and at most one nn.Embedding.

    Whether it labels each token or the whole text is told by running it.

    Raises ValueError, with what was found, for any other module: pass `config` then.
    """
    kinds = {"layers": nn.RNNBase, "linear": nn.Linear, "embedding": nn.Embedding}
    found = {
        kind: [(name, part) for name, part in module.named_modules() if isinstance(part, cls)]
        for kind, cls in kinds.items()
    }
    counts = {kind: len(parts) for kind, parts in found.items()}
    if counts["layers"] != 1 or counts["linear"] != 1 or counts["embedding"] > 1:
        shown = ", ".join(f"{count} {kind}" for kind, count in counts.items())
        raise ValueError(
            f"{type(module).__name__} has {shown}; without `config` an export needs one nn.RNN, nn.LSTM or nn.GRU, "
            "one nn.Linear and at most one nn.Embedding (docs/custom-models.md describes the config)."
        )
    (prefix, rnn), (head, linear) = found["layers"][0], found["linear"][0]
    names = {"linear.weight": f"{head}.weight"}
    if linear.bias is not None:
        names["linear.bias"] = f"{head}.bias"
    if found["embedding"]:
        name, table = found["embedding"][0]
        vocab, width = table.num_embeddings, table.embedding_dim
        names["embedding.weight"] = f"{name}.weight"
    else:
        vocab, width = rnn.input_size, "one-hot"
    is_model = labels is None and linear.out_features == vocab and not rnn.bidirectional
    if not is_model and (labels is None or len(labels) != linear.out_features):
        raise ValueError(f"labels: the module has {linear.out_features} outputs; name each of them.")
    if not is_model:
        pooling = _pooling(module, vocab, pooling)
    kind = "rnn-lm" if is_model else "rnn-tagger" if pooling is None else "rnn-classifier"
    return {
        "model_type": kind,
        "vocab_size": vocab,
        "embedding_size": width,
        "rnn": _stack(rnn, prefix),
        **({} if is_model else {"labels": labels}),
        **({} if pooling is None else {"pooling": pooling}),
        **({} if problem_type is None else {"problem_type": problem_type}),
        "tensor_names": {ours: theirs for ours, theirs in names.items() if ours != theirs},
    }


def _pooling(module: nn.Module, vocab: int, given: str | None) -> str | None:
    """How the module makes one vector of its states: "last", "mean", "sum", "max"; None: it labels each token.

    Raises ValueError where it does something else, or not what was given.
    """
    ids = [(3 * place + 1) % vocab for place in range(PROBE)]
    seen = _run(module, ids)
    states, inputs = seen["states"], seen["inputs"]
    rnn = next(part for part in module.modules() if isinstance(part, nn.RNNBase))
    P = rnn.proj_size or rnn.hidden_size
    # What each direction ends with: the reverse one at the first token.
    last = torch.cat([states[-1, :P], states[0, P:]])
    ways = {"last": last, "mean": states.mean(0), "sum": states.sum(0), "max": states.amax(0)}
    if inputs.shape[0] == PROBE:
        own: list[str | None] = [None]
    elif inputs.shape[0] == 1:
        own = [name for name, vector in ways.items() if torch.allclose(inputs[0], vector, rtol=1e-4, atol=1e-6)]
    else:
        own = []
    if not own:
        raise ValueError(
            f"pooling: of a text of {PROBE} tokens the module's head reads {inputs.shape[0]} vectors, which are neither "
            "its states nor the last, the mean, the sum or the largest of them; Headgate has no such model."
        )
    if given is not None and given not in own:
        does = "labels each token" if own == [None] else f"takes the {own[0]}"
        raise ValueError(f"pooling: “{given}” was given, but the module itself {does}.")
    return given if given is not None else own[0]


def _stack(rnn: nn.RNNBase, prefix: str) -> dict[str, Any]:
    cell = {"RNN_TANH": "rnn", "RNN_RELU": "rnn", "LSTM": "lstm", "GRU": "gru"}[rnn.mode]
    return {
        "cell": cell,
        "hidden_size": rnn.hidden_size,
        "num_layers": rnn.num_layers,
        "bidirectional": rnn.bidirectional,
        "bias": rnn.bias,
        "prefix": prefix,
        **({"projection_size": rnn.proj_size} if rnn.proj_size else {}),
        **({"nonlinearity": rnn.nonlinearity} if cell == "rnn" else {}),
    }


def golden(module: nn.Module, ids: list[int]) -> dict[str, torch.Tensor]:
    """States of the last layer and the logits that the module itself gives for the ids, by Headgate's names.

    The module's own forward is called with the ids as a batch of one, in the layout that its layers declare.
    """
    seen = _run(module, ids)
    rnn = next(part for part in module.modules() if isinstance(part, nn.RNNBase))
    if seen["states"].shape[0] != len(ids):
        raise ValueError(f"The module made {seen['states'].shape[0]} states of {len(ids)} tokens.")
    P = rnn.proj_size or rnn.hidden_size
    last = rnn.num_layers - 1
    result = {f"rnn.{last}.hidden": seen["states"][:, :P]}
    if rnn.bidirectional:
        result[f"rnn.{last}.reverse.hidden"] = seen["states"][:, P:]
    # A classifier has one row of logits, a vector for Headgate.
    result["logits"] = seen["logits"] if seen["logits"].shape[0] == len(ids) else seen["logits"].reshape(-1)
    return result


def _run(module: nn.Module, ids: list[int]) -> dict[str, torch.Tensor]:
    """What the module's own forward makes of the ids: `states` [T, P] of the last layer, and `inputs` and `logits` of
    its head, a row for each token or one for the text."""
    rnn = next(part for part in module.modules() if isinstance(part, nn.RNNBase))
    head = next(part for part in module.modules() if isinstance(part, nn.Linear))
    seen: dict[str, torch.Tensor] = {}

    def layers(_module: nn.Module, _inputs: Any, output: Any) -> None:
        if not isinstance(output[0], torch.Tensor):
            raise ValueError("its layer gives a packed sequence")
        states = output[0].detach()
        seen["states"] = states.reshape(-1, states.shape[-1])

    def logits(_module: nn.Module, inputs: Any, output: torch.Tensor) -> None:
        seen["inputs"] = inputs[0].detach().reshape(-1, inputs[0].shape[-1])
        seen["logits"] = output.detach().reshape(-1, output.shape[-1])

    hooks = [rnn.register_forward_hook(layers), head.register_forward_hook(logits)]
    training = module.training
    try:
        module.eval()
        with torch.no_grad():
            batch = torch.tensor([ids])
            module(batch if rnn.batch_first else batch.T)
    except Exception as error:
        raise ValueError(
            f"module: its forward can't be run on a batch of {len(ids)} ids alone ({type(error).__name__}: {error}); "
            "give it such a forward, or a `config` (docs/custom-models.md)."
        ) from error
    finally:
        module.train(training)
        for hook in hooks:
            hook.remove()
    missing = next((name for name in ("states", "logits") if name not in seen), None)
    if missing is not None:
        layer = "recurrent layer" if missing == "states" else "nn.Linear"
        raise ValueError(f"module: its forward does not use its {layer}; give a `config` (docs/custom-models.md).")
    return seen
