"""Folders that Headgate opens: config, weights, vocabulary and a golden example."""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save_file
from torch import nn

from . import arguments, recurrent

#: Version of golden.safetensors.
GOLDEN = "1"

#: Entries that stand for no text: <unk>, [PAD].
SPECIAL = re.compile(r"<.+>|\[[A-Z]+\]")


def export_model(
    module: nn.Module | Mapping[str, torch.Tensor],
    path: str | Path,
    tokenizer: Any = None,
    example: Mapping[str, Any] | None = None,
    *,
    config: Mapping[str, Any] | None = None,
    labels: Sequence[str] | None = None,
    pooling: str | None = None,
    problem_type: str | None = None,
    files: Mapping[str, Sequence[str]] | None = None,
    dtype: torch.dtype | None = None,
) -> Path:
    """Writes a model's folder and returns its path.

    module: a Hugging Face model; a module of nn.Embedding, nn.RNN / nn.LSTM / nn.GRU and nn.Linear, which is described
        by itself (taggers and classifiers need `labels`); or any recurrent or seq2seq module, or its state dict, with a
        `config` after docs/custom-models.md.
    pooling: how a classifier's states become one vector: "last", "mean", "sum" or "max"; left out: as the module itself does.
    problem_type: "multi_label_classification" where each label has a sigmoid of its own, or "regression"; left out: a
        softmax over several labels, a sigmoid for a single one.
    tokenizer: a Hugging Face tokenizer; the path of a tokenizer.json; or a list of characters or words by their ids (or a
        dictionary from them to ids).
    example: {"tokens": ids} or, with a Hugging Face tokenizer, {"text": …}; encoder-decoders also need "target", the
        ids that the decoder is to write. Seq2seq and other modules with a `config` name the framework's outputs too:
        {"tokens": ids, "target": ids, "outputs": {"logits": …}}; they should be those of the weights as stored.
    files: further vocabularies by file name, such as {"source_vocab.txt": words}.
    dtype: how the weights are stored; as they are if left out. The example is run with the stored weights in float32,
        as Headgate computes.

    Raises ValueError when something is missing or does not fit, before anything is written.
    """
    arguments.check(
        module, path, tokenizer, example,
        config=config, labels=labels, pooling=pooling, problem_type=problem_type, files=files, dtype=dtype,
    )  # fmt: skip
    folder = Path(path)
    if hasattr(module, "save_pretrained") and hasattr(module, "config"):
        folder.mkdir(parents=True, exist_ok=True)
        _export_hugging_face(module, folder, tokenizer, example, dtype)
        return folder
    described = config is None
    final = dict(config) if config is not None else recurrent.describe(
        module, _list(labels), pooling, problem_type
    )
    arguments.check_vocabulary(final, tokenizer, example)
    if example is not None and example.get("tokens") is None:
        raise ValueError('example: these models take {"tokens": ids}.')
    if example is not None and example.get("outputs") is None and not described:
        raise ValueError('example: with a `config`, name the framework\'s outputs in "outputs".')
    folder.mkdir(parents=True, exist_ok=True)
    _write_vocabulary(folder, final, tokenizer)
    for name, entries in (files or {}).items():
        _write_list(folder / name, arguments.entries_of(f"files: “{name}”", entries))
    text = json.dumps(final, indent=2, ensure_ascii=False)
    (folder / "config.json").write_text(text + "\n", encoding="utf-8")
    _save_weights(module, folder / "model.safetensors", dtype)
    if example is not None:
        tokens, outputs = _list(example["tokens"]), example.get("outputs")
        if outputs is None:
            outputs = recurrent.golden(_as_stored(module, dtype), tokens)
        _write_golden(folder, tokens, outputs, _list(example.get("target")))
    return folder


def _export_hugging_face(
    module: Any, folder: Path, tokenizer: Any, example: Mapping[str, Any] | None, dtype: torch.dtype | None
) -> None:
    """save_pretrained, and every hidden state, attention and logit of the example."""
    # A copy keeps what is tied together.
    (module if dtype is None else copy.deepcopy(module).to(dtype)).save_pretrained(folder)
    if hasattr(tokenizer, "save_pretrained"):
        tokenizer.save_pretrained(folder)
    elif tokenizer is not None:
        (folder / "tokenizer.json").write_bytes(Path(tokenizer).read_bytes())
    if example is None:
        return
    tokens = _list(example.get("tokens"))
    if tokens is None:
        if not callable(tokenizer):
            raise ValueError("example: a text needs a Hugging Face tokenizer; give ids as {\"tokens\": …}.")
        tokens = list(tokenizer(example["text"])["input_ids"])
    inputs = {"input_ids": torch.tensor([tokens])}
    target = None
    if getattr(module.config, "is_encoder_decoder", False):
        start, target = module.config.decoder_start_token_id, _list(example.get("target"))
        if target is None or start is None:
            raise ValueError('example: an encoder-decoder needs "target", and decoder_start_token_id in its config.')
        target = target[1:] if target[:1] == [start] else target
        inputs["decoder_input_ids"] = torch.tensor([[start, *target]])
    # What the files hold, as Headgate reads it. The fused kinds of attention keep no weights.
    stored = type(module).from_pretrained(folder, dtype=torch.float32, attn_implementation="eager").eval()
    with torch.no_grad():
        result = stored(**inputs, output_hidden_states=True, output_attentions=True)
    groups = [
        "hidden_states", "attentions", "encoder_hidden_states", "encoder_attentions",
        "decoder_hidden_states", "decoder_attentions", "cross_attentions",
    ]  # fmt: skip
    outputs = {
        f"{group}.{layer}": values[0]
        for group in groups
        for layer, values in enumerate(getattr(result, group, None) or ())
        if values is not None
    }
    if getattr(result, "logits", None) is not None:
        outputs["logits"] = result.logits[0]
    _write_golden(folder, tokens, outputs, target, example.get("text"))


def _as_stored(module: nn.Module, dtype: torch.dtype | None) -> nn.Module:
    """The module with its weights rounded to `dtype`, in float32; itself when that changes nothing."""
    if dtype in (None, torch.float32) and all(p.dtype == torch.float32 for p in module.parameters()):
        return module
    stored = copy.deepcopy(module)
    return (stored if dtype is None else stored.to(dtype)).float()


def _write_vocabulary(folder: Path, config: dict[str, Any], tokenizer: Any) -> None:
    """tokenizer.json, or vocab.txt and what the config says of it."""
    if tokenizer is None:
        return
    if isinstance(tokenizer, (str, Path)):
        (folder / "tokenizer.json").write_bytes(Path(tokenizer).read_bytes())
    elif hasattr(tokenizer, "save_pretrained"):
        tokenizer.save_pretrained(folder)
    else:
        entries = arguments.entries_of("tokenizer", tokenizer)
        plain = [entry for entry in entries if not SPECIAL.fullmatch(entry)]
        kind = "characters" if all(len(entry) == 1 for entry in plain) else "words"
        unknown = next((entry for entry in ("<unk>", "<UNK>", "[UNK]") if entry in entries), None)
        _write_list(folder / "vocab.txt", entries)
        # Words that are all in lower case would never be found in a text with capitals.
        lowercase = kind == "words" and all(entry == entry.lower() for entry in plain)
        config.setdefault(
            "tokenizer", {"kind": kind, "vocab": "vocab.txt", "unknown": unknown, "lowercase": lowercase}
        )


def _write_list(path: Path, entries: Sequence[str]) -> None:
    """One entry a line; what a line can't hold is escaped."""
    escapes = str.maketrans({"\\": "\\\\", "\n": "\\n", "\t": "\\t", "\r": "\\r"})
    lines = [entry.translate(escapes) for entry in entries]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8", newline="\n")


def _save_weights(module: nn.Module | Mapping[str, torch.Tensor], path: Path, dtype: torch.dtype | None) -> None:
    tensors, seen = {}, set()
    state = module.state_dict() if isinstance(module, nn.Module) else module
    for name, tensor in state.items():
        if not tensor.is_floating_point():
            continue
        value = tensor.detach().cpu().to(dtype or tensor.dtype)
        # Two names of one tensor (a tied head, a shared embedding) are stored twice: safetensors has no aliases.
        value = value.clone() if tensor.data_ptr() in seen else value.contiguous()
        seen.add(tensor.data_ptr())
        tensors[name] = value
    save_file(tensors, path)


def _write_golden(
    folder: Path,
    tokens: list[int],
    outputs: Mapping[str, Any],
    target: list[int] | None = None,
    text: str | None = None,
) -> None:
    """golden.safetensors: input_ids, target_ids (what a decoder writes, without its start token) where there are some,
    and the outputs by Headgate's names, float32."""
    tensors = {"input_ids": torch.tensor(tokens, dtype=torch.int32)}
    if target is not None:
        tensors["target_ids"] = torch.tensor(target, dtype=torch.int32)
    for name, values in outputs.items():
        tensors[name] = torch.as_tensor(values).detach().cpu().to(torch.float32).contiguous().clone()
    metadata = {"headgate_golden": GOLDEN, **({} if text is None else {"text": text})}
    save_file(tensors, folder / "golden.safetensors", metadata=metadata)


def _list(values: Any) -> list[Any] | None:
    if values is None:
        return None
    return values.tolist() if hasattr(values, "tolist") else list(values)
