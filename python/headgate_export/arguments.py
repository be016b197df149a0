"""What export_model is given, looked through before anything is written: each broken rule is a ValueError that names the
argument and what to give instead."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from numbers import Integral
from pathlib import Path
from typing import Any

import torch
from torch import nn

POOLINGS = ("last", "mean", "sum", "max")
PROBLEM_TYPES = ("single_label_classification", "multi_label_classification", "regression")
DTYPES = (torch.float32, torch.float16, torch.bfloat16, torch.float64)


def check(module: Any, path: Any, tokenizer: Any, example: Any, **others: Any) -> None:
    """Raises ValueError for the first argument that does not fit."""
    config = others["config"]
    _check_path(path)
    _check_module(module, config)
    if config is not None:
        _check_config(config)
        for name in ("labels", "pooling", "problem_type"):
            if others[name] is not None:
                raise ValueError(f"{name}: a `config` says it itself; put “{name}” there.")
    labels = others["labels"]
    if labels is not None and (isinstance(labels, str) or not all(isinstance(label, str) for label in labels)):
        raise ValueError("labels: give a list of texts, one for each output.")
    for name, words in (("pooling", POOLINGS), ("problem_type", PROBLEM_TYPES)):
        if others[name] is not None and others[name] not in words:
            raise ValueError(f"{name}: “{others[name]}” is none of {', '.join(words)}.")
    if others["dtype"] is not None and others["dtype"] not in DTYPES:
        raise ValueError(f"dtype: {others['dtype']!r} is none of {', '.join(map(str, DTYPES))}.")
    _check_tokenizer(tokenizer)
    for name, entries in (others["files"] or {}).items():
        if Path(name).name != name:
            raise ValueError(f"files: “{name}” must be a file's name, without a folder.")
        entries_of(f"files: “{name}”", entries)
    if example is not None:
        _check_example(example)


def entries_of(what: str, given: Any) -> list[str]:
    """The entries of a vocabulary by their ids: of a list, or of a dictionary from entries to ids.

    Raises ValueError unless they are texts; the ids of a dictionary must be all from 0 on.
    """
    if isinstance(given, (str, bytes)) or not isinstance(given, (Mapping, Sequence)):
        raise ValueError(f"{what}: {type(given).__name__} is no list of characters or words by their ids.")
    if isinstance(given, Mapping):
        if sorted(given.values()) != list(range(len(given))):
            raise ValueError(f"{what}: the ids of a dictionary must be 0 to {len(given) - 1}, each once.")
        given = sorted(given, key=lambda entry: given[entry])
    entries = list(given)
    if not entries:
        raise ValueError(f"{what}: the list of entries is empty.")
    for index, entry in enumerate(entries):
        if not isinstance(entry, str):
            raise ValueError(f"{what}: entry {index} is {entry!r}; each must be a text.")
    return entries


def check_vocabulary(config: Mapping[str, Any], tokenizer: Any, example: Mapping[str, Any] | None) -> None:
    """Raises ValueError where a list of entries, or the ids of the example, go beyond the `vocab_size` of the config."""
    size = config.get("vocab_size")
    if not isinstance(size, int):
        return
    if isinstance(tokenizer, (Mapping, list, tuple)) and len(tokenizer) > size:
        raise ValueError(f"tokenizer: it has {len(tokenizer)} entries; the model has {size} (vocab_size).")
    largest = max((int(token) for token in (example or {}).get("tokens", ())), default=0)
    if largest >= size:
        raise ValueError(f"example: id {largest} is beyond the {size} rows of the model (vocab_size).")


def _check_path(path: Any) -> None:
    if not isinstance(path, (str, Path)):
        raise ValueError(f"path: {type(path).__name__} is no path of a folder.")
    file = next((part for part in (Path(path), *Path(path).parents) if part.exists() and not part.is_dir()), None)
    if file is not None:
        raise ValueError(f"path: {file} is a file, not a folder.")


def _check_module(module: Any, config: Any) -> None:
    if not isinstance(module, (nn.Module, Mapping)):
        raise ValueError(f"module: {type(module).__name__} is no torch.nn.Module.")
    if isinstance(module, Mapping) and config is None:
        raise ValueError(
            "module: a state dict does not tell its layers; give the module itself, or a `config` with it "
            "(docs/custom-models.md)."
        )
    state = module.state_dict() if isinstance(module, nn.Module) else module
    if not state:
        raise ValueError("module: it has no weights.")
    for name, tensor in state.items():
        if not isinstance(tensor, torch.Tensor):
            if isinstance(module, nn.Module):
                continue  # the extra state of a layer
            raise ValueError(
                f"module: “{name}” is no tensor ({type(tensor).__name__}); of a checkpoint, give the state dict in it."
            )
        if tensor.is_meta:
            raise ValueError(f"module: “{name}” has no values (it is on the meta device); load the weights first.")
        if tensor.is_complex():
            raise ValueError(f"module: “{name}” is complex; Headgate has real weights.")


def _check_config(config: Any) -> None:
    if not isinstance(config, Mapping) or not isinstance(config.get("model_type"), str):
        raise ValueError("config: it must be a dictionary with a “model_type” (docs/custom-models.md).")
    try:
        json.dumps(dict(config), allow_nan=False)
    except (TypeError, ValueError) as error:
        raise ValueError(f"config: it can't be written as JSON: {error}.") from error


def _check_tokenizer(tokenizer: Any) -> None:
    if tokenizer is None or hasattr(tokenizer, "save_pretrained"):
        return
    if isinstance(tokenizer, (str, Path)):
        if not Path(tokenizer).is_file():
            raise ValueError(f"tokenizer: there is no file {tokenizer}; give the path of a tokenizer.json.")
    else:
        entries_of("tokenizer", tokenizer)


def _check_example(example: Any) -> None:
    if not isinstance(example, Mapping):
        raise ValueError('example: give {"tokens": ids}.')
    for name in ("tokens", "target"):
        ids = example.get(name)
        if ids is None:
            continue
        ids = ids.tolist() if hasattr(ids, "tolist") else ids
        is_list = isinstance(ids, (list, tuple, range)) and len(ids) > 0
        if not is_list or not all(isinstance(token, Integral) and token >= 0 for token in ids):
            raise ValueError(f"example: “{name}” must be a list of ids, whole numbers from 0 on, and not empty.")
    outputs = example.get("outputs")
    if outputs is not None and not isinstance(outputs, Mapping):
        raise ValueError("example: “outputs” must be a dictionary of outputs by their names.")
