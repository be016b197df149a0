"""What the training scripts of the bundled models share: the command line, the loop, rounding to f16, the card.

Every script trains for `--minutes` of wall-clock time, then exports and measures what it has.
RUN receives `checkpoint.pt` (float32, replaced every two minutes) and `training.json` (settings, curve, totals).
"""

import argparse
import json
import math
import time
from collections.abc import Callable, Iterable
from pathlib import Path

import torch
from torch import nn

SEED = 1851
SAVE_EVERY = 2.0  # minutes
WARM_UP = 100  # steps


def command_line(description: str, minutes: float) -> argparse.ArgumentParser:
    """A parser with the arguments that every training script has: OUT, --run, --minutes, --resume, --export."""
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=Path, help="the model's folder")
    parser.add_argument("--run", type=Path, help="checkpoint and training.json; run/NAME of the folder if left out")
    parser.add_argument("--minutes", type=float, default=minutes)
    parser.add_argument("--resume", action="store_true", help="go on from the run's checkpoint")
    parser.add_argument("--export", action="store_true", help="only export and measure the run's checkpoint")
    return parser


def run_folder(arguments: argparse.Namespace) -> Path:
    """The run's folder, made if need be."""
    folder = arguments.run or Path("run") / arguments.out.name
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def muon_and_adamw(model: nn.Module, rate: float, inner: Callable[[str], bool]) -> list[torch.optim.Optimizer]:
    """Muon (with AdamW's step size) for the matrices whose names `inner` accepts, AdamW for everything else."""
    named = list(model.named_parameters())
    matrices = [p for n, p in named if p.ndim == 2 and inner(n)]
    others = [p for n, p in named if not (p.ndim == 2 and inner(n))]
    return [
        torch.optim.Muon(matrices, lr=rate, weight_decay=0.1, momentum=0.95, adjust_lr_fn="match_rms_adamw"),
        torch.optim.AdamW(others, lr=rate, weight_decay=0.0, betas=(0.9, 0.95)),
    ]


def adamw(model: nn.Module, rate: float) -> list[torch.optim.Optimizer]:
    """AdamW for everything, without weight decay."""
    return [torch.optim.AdamW(model.parameters(), lr=rate, weight_decay=0.0, betas=(0.9, 0.99))]


def train(
    model: nn.Module,
    batches: Iterable,
    loss_of: Callable,
    steppers: list[torch.optim.Optimizer],
    arguments: argparse.Namespace,
    facts: dict,
    evaluate: Callable[[], dict] = dict,
) -> dict:
    """Trains `model` until the minutes are over and returns what training.json holds.

    loss_of(batch): a scalar to minimise and the number of predictions in it. The learning rate warms up over
    WARM_UP steps, then follows a cosine over the minutes down to a fiftieth of its peak.
    facts: kept in training.json beside the totals. evaluate(): what is measured at every save, kept in the curve.
    """
    run = run_folder(arguments)
    if arguments.export:
        model.load_state_dict(torch.load(run / "checkpoint.pt"))
        return json.loads((run / "training.json").read_text())
    earlier = None
    if arguments.resume:
        model.load_state_dict(torch.load(run / "checkpoint.pt"))
        earlier = json.loads((run / "training.json").read_text())
    torch.set_num_threads(1)
    peaks = [group["lr"] for stepper in steppers for group in stepper.param_groups]
    begin, saved, step, predictions, average, curve = time.time(), 0.0, 0, 0, None, []
    totals = {}
    model.train()
    for batch in batches:
        elapsed = (time.time() - begin) / 60
        done = elapsed >= arguments.minutes
        if done or elapsed - saved >= SAVE_EVERY:
            saved = elapsed
            point = {"step": step, "minutes": round(elapsed, 2), "loss": average and round(average, 4)}
            curve.append({**point, **evaluate()})
            print(curve[-1], flush=True)
            torch.save(model.state_dict(), run / "checkpoint.pt")
            totals = {
                "seed": SEED, "steps": step, "predictions": predictions, "minutes": round(elapsed, 1),
                "parameters": sum(p.numel() for p in model.parameters()), **facts, "curve": curve, "earlier": earlier,
            }  # fmt: skip
            (run / "training.json").write_text(json.dumps(totals, indent=1) + "\n")
        if done:
            break
        share = 0.02 + 0.98 * 0.5 * (1 + math.cos(math.pi * elapsed / arguments.minutes))
        groups = [group for stepper in steppers for group in stepper.param_groups]
        for group, peak in zip(groups, peaks, strict=True):
            group["lr"] = peak * share * min(1, (step + 1) / WARM_UP)
        loss, count = loss_of(batch)
        model.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        for stepper in steppers:
            stepper.step()
        step += 1
        predictions += count
        average = loss.item() if average is None else 0.98 * average + 0.02 * loss.item()
    model.eval()
    return totals


def round_to_f16(model: nn.Module) -> nn.Module:
    """Rounds every weight to f16, in place, and keeps them as f32: what an f16 file holds."""
    for tensor in model.state_dict().values():
        if tensor.is_floating_point():
            tensor.copy_(tensor.half().float())
    return model.eval()


def story(totals: dict, unit: str) -> str:
    """Steps, predictions and time of a run and of the runs it went on from, as a sentence. unit: what was predicted."""
    runs = [totals]
    while runs[0].get("earlier"):
        runs.insert(0, runs[0]["earlier"])
    steps = " and then ".join(f"{run['steps']:,}" for run in runs)
    count = sum(run["predictions"] for run in runs)
    minutes = sum(run["minutes"] for run in runs)
    return (
        f"{steps} steps, {count / 1e6:.1f} million {unit} in {minutes:.0f} minutes of one thread on a CPU shared with "
        f"other work; seed {totals['seed']}; warm-up, then a cosine over the minutes."
    )


def write_card(out: Path, title: str, head: dict[str, str], *paragraphs: str) -> None:
    """Writes README.md: the front matter `head`, the title and the paragraphs. The licence is the project's MIT."""
    front = "\n".join(f"{key}: {value}" for key, value in {"license": "mit", **head}.items())
    text = "\n\n".join([f"---\n{front}\n---", f"# {title}", *paragraphs])
    (out / "README.md").write_text(text + "\n", encoding="utf-8")


def megabytes(out: Path) -> str:
    """Size of the folder's weights."""
    return f"{(out / 'model.safetensors').stat().st_size / 1e6:.2f} MB"


def commands(*lines: str) -> str:
    """A block of shell commands that starts with what all scripts need."""
    return "\n".join(["```sh", "pip install -r training/requirements.txt ./python", *lines, "```"])
