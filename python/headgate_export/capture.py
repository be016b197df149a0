"""Captures: a run in a safetensors file, with the tokens in its metadata. Needs numpy and safetensors only."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from safetensors import safe_open
from safetensors.numpy import save_file

#: Version of the capture format.
FORMAT = "1"


@dataclass(frozen=True)
class Capture:
    """A run as it stands in a file."""

    #: {"id": …, "text": …} by position.
    tokens: list[dict[str, Any]]
    #: The same for an encoder's input; None without one.
    source_tokens: list[dict[str, Any]] | None
    model: str | None
    config: dict[str, Any] | None
    #: Activations by name, float32.
    tensors: dict[str, np.ndarray] = field(repr=False)


def save_capture(
    path: str | Path,
    *,
    tokens: Sequence[Any],
    hidden_states: Sequence[Any] | None = None,
    attentions: Sequence[Any] | None = None,
    logits: Any = None,
    source_tokens: Sequence[Any] | None = None,
    tensors: Mapping[str, Any] | None = None,
    model: str | None = None,
    config: Mapping[str, Any] | None = None,
    **groups: Sequence[Any],
) -> None:
    """Writes a run of any model.

    tokens: texts, or {"id": …, "text": …}, one a position (T). source_tokens: the same for an encoder's input (S).
    hidden_states: one [T, D] a layer; attentions: one [H, T, T] a layer; logits: [T, V]. A batch axis of 1 is dropped.
    Further groups by the names of Hugging Face's outputs: cross_attentions, encoder_hidden_states,
    encoder_attentions, decoder_hidden_states, decoder_attentions, each a sequence by layer.
    tensors: anything else by its full name, such as "rnn.0.hidden" [T, H].

    Arrays may be numpy's, torch's, or whatever numpy.asarray takes. Raises ValueError for shapes that do not fit the
    tokens; nothing is written then.
    """
    T = len(tokens)
    S = len(source_tokens) if source_tokens is not None else T
    if T == 0:
        raise ValueError("tokens: a capture needs at least one token.")
    shapes = {
        "hidden_states": (T, None),
        "attentions": (None, T, T),
        "encoder_hidden_states": (S, None),
        "encoder_attentions": (None, S, S),
        "decoder_hidden_states": (T, None),
        "decoder_attentions": (None, T, T),
        "cross_attentions": (None, T, S),
    }
    given = {"hidden_states": hidden_states, "attentions": attentions, **groups}
    result: dict[str, np.ndarray] = {}
    for group, layers in given.items():
        if group not in shapes:
            raise TypeError(f"save_capture has no argument {group!r}; name single arrays in `tensors`.")
        for layer, values in enumerate(layers or ()):
            name = f"{group}.{layer}"
            result[name] = _fitting(name, values, shapes[group])
    if logits is not None:
        result["logits"] = _fitting("logits", logits, (T, None))
    for name, values in (tensors or {}).items():
        result[name] = _array(values)
    if not result:
        raise ValueError("A capture needs at least one array.")
    metadata = {"headgate": FORMAT, "tokens": json.dumps(_tokens(tokens), ensure_ascii=False)}
    if source_tokens is not None:
        metadata["source_tokens"] = json.dumps(_tokens(source_tokens), ensure_ascii=False)
    if model is not None:
        metadata["model"] = model
    if config is not None:
        metadata["config"] = json.dumps(dict(config), ensure_ascii=False)
    save_file(result, str(path), metadata=metadata)


def load_capture(path: str | Path) -> Capture:
    """Reads a capture. Raises ValueError for a safetensors file that is none."""
    with safe_open(str(path), "np") as file:
        metadata = file.metadata() or {}
        if "headgate" not in metadata or "tokens" not in metadata:
            raise ValueError(f"{path} is a safetensors file, but no capture: its metadata lacks `headgate` or `tokens`.")
        tensors = {name: file.get_tensor(name) for name in file.keys()}
    source, config = metadata.get("source_tokens"), metadata.get("config")
    return Capture(
        tokens=json.loads(metadata["tokens"]),
        source_tokens=json.loads(source) if source is not None else None,
        model=metadata.get("model"),
        config=json.loads(config) if config is not None else None,
        tensors=tensors,
    )


def _array(values: Any) -> np.ndarray:
    """Values as contiguous float32, off the GPU and out of the graph."""
    for method in ("detach", "cpu", "float"):
        if hasattr(values, method):
            values = getattr(values, method)()
    return np.ascontiguousarray(np.asarray(values), dtype=np.float32)


def _fitting(name: str, values: Any, shape: tuple[int | None, ...]) -> np.ndarray:
    if values is None:
        raise ValueError(f"{name} is None; Transformers keeps attention weights only with attn_implementation=\"eager\".")
    array = _array(values)
    if array.ndim == len(shape) + 1 and array.shape[0] == 1:
        array = array[0]
    fits = array.ndim == len(shape) and all(
        want is None or have == want for have, want in zip(array.shape, shape, strict=True)
    )
    if not fits:
        wanted = ", ".join("any" if size is None else str(size) for size in shape)
        raise ValueError(f"{name} is {list(array.shape)}; with these tokens it must be [{wanted}].")
    return array


def _tokens(tokens: Sequence[Any]) -> list[dict[str, Any]]:
    return [
        {"id": int(token.get("id", -1)), "text": str(token["text"])}
        if isinstance(token, Mapping)
        else {"id": -1, "text": str(token)}
        for token in tokens
    ]
