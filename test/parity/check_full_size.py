"""Compares captures of models of published sizes, with random weights, with Hugging Face Transformers.

    python check_full_size.py [NAME …]

Needs the packages of training/requirements.txt, Node, a browser, and a few GB of memory and of temporary space; not part
of `npm test`. The fixtures have a few layers of a few dozen units: this shows what many layers, wide ones and vocabularies
of six figures add. Runs `headgate capture` on 32 tokens (of encoders on more) and lets decoders write 4, compares every activation
and the tokens, and ends with 1 when something is farther off than the project's bounds. docs/parity.md has the result.
"""

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import torch
from safetensors import safe_open
from tokenizers import Tokenizer, models, pre_tokenizers
from transformers import AutoConfig, AutoModelForCausalLM, AutoModelForMaskedLM

HEADGATE = Path(__file__).resolve().parents[2] / "src" / "main" / "headgate.mjs"
ATTENTION, OTHERS = 2e-5, 2e-4
TOKENS, NEW = 32, 4
ENDLESS = {"bos_token_id": None, "eos_token_id": None}
CASES = {
    "SmolLM 135M, bf16": ("llama", torch.bfloat16, {
        "hidden_size": 576, "intermediate_size": 1536, "num_attention_heads": 9, "num_key_value_heads": 3,
        "num_hidden_layers": 30, "vocab_size": 49152, "tie_word_embeddings": True, "rms_norm_eps": 1e-5,
    }),
    "Pythia 160M, f16": ("gpt_neox", torch.float16, {
        "hidden_size": 768, "intermediate_size": 3072, "num_attention_heads": 12, "num_hidden_layers": 12,
        "vocab_size": 50304,
    }),
    "Qwen2.5 0.5B, bf16": ("qwen2", torch.bfloat16, {
        "hidden_size": 896, "intermediate_size": 4864, "num_attention_heads": 14, "num_key_value_heads": 2,
        "num_hidden_layers": 24, "tie_word_embeddings": True,
        "rope_parameters": {"rope_type": "default", "rope_theta": 1000000.0},
    }),
    "Gemma 2 2B, 2 of its 26 layers, bf16": ("gemma2", torch.bfloat16, {"num_hidden_layers": 2, "sliding_window": 16}),
    "BERT base, f32": ("bert", torch.float32, {}),
    "XLM-RoBERTa base, f16": ("xlm-roberta", torch.float16, {
        "vocab_size": 250002, "max_position_embeddings": 514, "type_vocab_size": 1, "layer_norm_eps": 1e-5,
    }),
    "ModernBERT base, bf16": ("modernbert", torch.bfloat16, {}),
}  # fmt: skip
ENCODERS = {"bert": 510, "xlm-roberta": 64, "modernbert": 300}
"""Encoders, and the tokens that they read: as many as there are positions; a huge vocabulary; more than a window."""


def make(folder: Path, model_type: str, dtype: torch.dtype, config: dict) -> str:
    """Writes the model and a tokenizer; gives back a text."""
    generator = torch.Generator().manual_seed(1)
    ends = {} if model_type in ENCODERS else ENDLESS
    model = class_of(model_type).from_config(AutoConfig.for_model(model_type, **ends, **config), dtype=dtype)
    is_shifted = model_type.startswith("gemma")
    for name, parameter in model.named_parameters():
        noise = torch.randn(parameter.shape, generator=generator)
        if "norm" in name.lower() and name.endswith("weight"):
            noise = (0 if is_shifted else 1) + 0.2 * noise
        else:
            table = 0.03 if is_shifted else 0.3
            noise *= table if parameter.ndim == 1 or "embed" in name else parameter.shape[1] ** -0.5
        parameter.data = noise.to(dtype)
    model.tie_weights()
    model.save_pretrained(folder)
    (folder / "generation_config.json").unlink(missing_ok=True)
    vocabulary = {"<unk>": 0} | {f"w{i}": i for i in range(1, model.config.vocab_size)}
    words = Tokenizer(models.WordLevel(vocabulary, unk_token="<unk>"))
    words.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    words.save(str(folder / "tokenizer.json"))
    # RoBERTa's padding token, 1, is not counted as a position.
    first = 2 if model_type in ENCODERS else 1
    ids = torch.randint(first, model.config.vocab_size, (ENCODERS.get(model_type, TOKENS),), generator=generator)
    return " ".join(f"w{i}" for i in ids.tolist())


def class_of(model_type: str):
    return AutoModelForMaskedLM if model_type in ENCODERS else AutoModelForCausalLM


def capture(folder: Path, text: str, new: int) -> tuple[list[int], dict[str, torch.Tensor], float]:
    """What Headgate writes, every activation over it, and how many seconds it took from start to end."""
    out = folder / "capture.safetensors"
    command = ["node", str(HEADGATE), "capture", str(folder), "--text", text, "--out", str(out)]
    command += ["--generate", str(new)] if new > 0 else []
    start = time.monotonic()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    seconds = time.monotonic() - start
    with safe_open(out, "pt") as file:
        ids = [token["id"] for token in json.loads(file.metadata()["tokens"])]
        return ids, {name: file.get_tensor(name) for name in file.keys()}, seconds


@torch.no_grad()
def compare(name: str) -> bool:
    model_type, dtype, config = CASES[name]
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary) / "model"
        text = make(folder, model_type, dtype, config)
        is_encoder = model_type in ENCODERS
        ids, ours, seconds = capture(folder, text, 0 if is_encoder else NEW)
        # Read from the files: a model that was converted has rotary frequencies of its stored type.
        model = class_of(model_type).from_pretrained(folder, dtype=torch.float32, attn_implementation="eager").eval()
    prompt = torch.tensor([[int(word[1:]) for word in text.split()]])
    if is_encoder:
        written = prompt
        out = model(written, output_hidden_states=True, output_attentions=True)
    else:
        settings = {"max_new_tokens": NEW, "do_sample": False, "pad_token_id": 0}
        written = model.generate(prompt, attention_mask=torch.ones_like(prompt), **settings)
        out = model(written, output_hidden_states=True, output_attentions=True, use_cache=False)
    theirs = {f"hidden_states.{i}": states[0] for i, states in enumerate(out.hidden_states)}
    theirs |= {f"attentions.{i}": weights[0] for i, weights in enumerate(out.attentions)} | {"logits": out.logits[0]}
    if is_encoder:
        mean = out.hidden_states[-1][0].mean(0)
        theirs["sentence_embedding"] = torch.nn.functional.normalize(mean, dim=0)
    if ours.keys() != theirs.keys():
        raise SystemExit(f"other activations: {sorted(ours.keys() ^ theirs.keys())}")
    largest = {"attentions": 0.0, "states and logits": 0.0}
    for key, expected in theirs.items():
        is_attention = key.startswith("attentions")
        kind = "attentions" if is_attention else "states and logits"
        scale = 1.0 if is_attention else max(1.0, expected.abs().max().item())
        largest[kind] = max(largest[kind], (ours[key] - expected).abs().max().item() / scale)
    millions = sum(parameter.numel() for parameter in model.parameters()) / 1e6
    same = ids == written[0].tolist()
    figures = ", ".join(f"{kind} {gap:.1e}" for kind, gap in largest.items())
    print(f"{name}: {millions:.0f} M parameters, {figures}, tokens {'the same' if same else 'DIFFER'}, {seconds:.0f} s", flush=True)
    return same and largest["attentions"] <= ATTENTION and largest["states and logits"] <= OTHERS


if __name__ == "__main__":
    torch.set_num_threads(1)
    sys.exit(int(not all([compare(name) for name in sys.argv[1:] or CASES])))
