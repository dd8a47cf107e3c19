"""How fast networks learn, and whether a killed run ends as an unbroken one.

    python benchmarks/training.py                             fast and classic, side by side, on validation images
    python benchmarks/training.py --recipes fast fast60 --seeds 5 --test
    python benchmarks/training.py --kills 50

Seconds are those of training: from the first step to the last, with what is made for the steps and what is
compiled in them, without loading, validating and saving. The load of the machine is printed beside them, since
they mean little where others work. ``--test`` also looks at the test images: once per release.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

from inkread.training.checkpoint import State, load_state
from inkread.training.data.mnist import load_mnist

_EPOCHS = 60
_SMALL = (
    f"--network default --augment light --batch-size 32 --epochs {_EPOCHS} --deterministic --no-test".split()
)
"""With everything that has a state: dropout, normalisation, moving average, AdamW, augmentation, schedule."""
_IMAGES = 640
_FILES = ("checkpoint", "last.keras", "best.keras", "metrics.csv", "curves.png")
_PATIENCE_SECONDS = 12.0
"""A kill that waits for a save, and sees none, comes then."""


def main() -> int:
    """The command; returns its exit status."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--recipes", nargs="+", default=["fast", "classic"], help="names or TOML files")
    parser.add_argument("--seeds", type=int, default=5, help="runs of each; the median is printed")
    parser.add_argument("--epochs", type=int, help="instead of each recipe's own")
    parser.add_argument("--test", action="store_true", help="also the test images: look once per release")
    parser.add_argument("--kills", type=int, help="kill one run so often, and compare its end")
    options = parser.parse_args()
    if options.kills:
        return _kill(options.kills)
    _race(options)
    return 0


def _race(options: argparse.Namespace) -> None:
    results: dict[str, list[dict[str, Any]]] = {name: [] for name in options.recipes}
    for seed in range(1, options.seeds + 1):
        for name in options.recipes:  # by turns, so that a busy minute is everybody's
            results[name].append(_train(name, seed, options.epochs, options.test))
    part = "test" if options.test else "validation"
    print(
        f"\n| recipe | epochs | parameters | {part}, median | {part}, each | seconds, median | seconds, each |"
    )
    print("|---|---|---|---|---|---|---|")
    for name, runs in results.items():
        shares, seconds = [run[part] for run in runs], [run["seconds"] for run in runs]
        print(
            f"| {name} | {runs[0]['epochs']} | {runs[0]['parameters']:,} | {100 * statistics.median(shares):.2f} % | "
            f"{', '.join(f'{100 * share:.2f}' for share in shares)} | {statistics.median(seconds):.1f} | "
            f"{', '.join(f'{each:.1f}' for each in seconds)} |"
        )


def _train(recipe: str, seed: int, epochs: int | None, test: bool) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "run"
        words = ["--recipe", recipe, "--seed", str(seed), "--out", str(out)]
        words += [] if epochs is None else ["--epochs", str(epochs)]
        words += [] if test else ["--no-test"]
        subprocess.run(_command(*words), check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        result: dict[str, Any] = json.loads((out / "result.json").read_text(encoding="utf-8"))
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else float("nan")
    shown = "  ".join(
        f"{each} {100 * result[each]:.2f} %" for each in ("validation", "test") if each in result
    )
    print(f"{recipe} seed {seed}: {shown}  {result['seconds']:.1f} s  (load {load:.1f})", flush=True)
    return result


def _command(*words: str) -> list[str]:
    return [sys.executable, "-m", "inkread", "train", *words]


def _kill(wanted: int) -> int:
    """Kills one run ``wanted`` times, every second time while it saves; compares its end with an unbroken one's."""
    with tempfile.TemporaryDirectory() as folder:
        whole, killed = Path(folder) / "whole", Path(folder) / "killed"
        data = _few_images(Path(folder) / "few.npz")
        _quietly(*_SMALL, "--data", data, "--out", str(whole))
        chance, kills, saving = random.Random(1), 0, 0
        while kills < wanted and _stands(killed) < _EPOCHS:
            begun = (killed / "recipe.toml").exists()
            words = ["--resume", "--no-test"] if begun else [*_SMALL, "--data", data]
            hit = _kill_once([*words, "--out", str(killed)], killed, chance, while_saving=kills % 2 == 0)
            if hit is not None:
                kills, saving = kills + 1, saving + hit
                print(
                    f"{kills} kills, {saving} of them while saving; {_stands(killed)} epochs done", flush=True
                )
        _quietly("--resume", "--no-test", "--out", str(killed))
        return _compare(whole, killed, kills, saving)


def _kill_once(words: list[str], folder: Path, chance: random.Random, while_saving: bool) -> bool | None:
    """Whether the kill left something half written; None if the run ended before."""
    file, patience = chance.choice(_FILES), chance.uniform(0.5, _PATIENCE_SECONDS)
    with subprocess.Popen(_command(*words), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        started = time.monotonic()
        while process.poll() is None and time.monotonic() - started < patience:
            if while_saving:
                patience = _PATIENCE_SECONDS
                if list(folder.glob(f".*-{file}")):
                    break
            time.sleep(0.0005)
        if process.poll() is not None:
            return None
        process.send_signal(signal.SIGKILL)
    return bool(list(folder.glob(".*-*")))


def _few_images(path: Path) -> str:
    digits = load_mnist("train")
    np.savez(path, x_train=digits.images[:_IMAGES], y_train=digits.labels[:_IMAGES])
    return str(path)


def _stands(folder: Path) -> int:
    state = load_state(folder) if folder.exists() else None
    return 0 if state is None else state.epoch


def _quietly(*words: str) -> None:
    subprocess.run(_command(*words), check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def _compare(whole: Path, killed: Path, kills: int, saving: int) -> int:
    one, other = load_state(whole), load_state(killed)
    if one is None or other is None:
        print("a run has no checkpoint")
        return 1
    same = _same(one, other)
    best = (one.best, one.best_epoch) == (other.best, other.best_epoch)
    print(
        f"{kills} kills, {saving} of them while saving: weights {'equal bit for bit' if same else 'DIFFER'}, "
        f"best epoch {'the same' if best else 'DIFFERS'} ({other.best_epoch}, {100 * other.best:.2f} %)"
    )
    return 0 if same and best else 1


def _same(one: State, other: State) -> bool:
    lists = ((getattr(one, name), getattr(other, name)) for name in ("variables", "average", "optimizer"))
    return all(len(a) == len(b) and all(map(np.array_equal, a, b)) for a, b in lists)


if __name__ == "__main__":
    sys.exit(main())
