"""A run that is killed goes on: nothing half written is believed, nothing is forgotten, the end is the same."""

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from inkread.errors import DataMissing
from inkread.training.checkpoint import State, load_state, save_state
from inkread.training.run import Run
from made_images import write_bars

KILLS = 4
"""Here, as a check in passing; ``benchmarks/training.py --kills 50`` does it at length."""


def state(epoch: int) -> State:
    weights = [np.full((3, 2), epoch, np.float32), np.array(7, np.int64)]
    return State(
        weights, [weights[0] / 3], [weights[1]], epoch, 5, 0.25, 1, 1.5, {"loss": 0.1}, [{"epoch": 1}]
    )


def test_a_state_survives_the_file(tmp_path: Path) -> None:
    assert load_state(tmp_path) is None
    save_state(tmp_path, state(3))
    back = load_state(tmp_path)
    assert back is not None
    assert (back.epoch, back.step, back.best, back.best_epoch, back.seconds) == (3, 5, 0.25, 1, 1.5)
    assert (back.numbers, back.rows) == ({"loss": 0.1}, [{"epoch": 1}])
    for name in ("variables", "average", "optimizer"):
        for one, other in zip(getattr(back, name), getattr(state(3), name), strict=True):
            assert one.dtype == other.dtype
            assert np.array_equal(one, other)


@pytest.mark.parametrize("harm", ["missing", "empty", "cut", "altered", "other"])
def test_a_damaged_checkpoint_gives_way_to_the_one_before(harm: str, tmp_path: Path) -> None:
    save_state(tmp_path, state(1))
    save_state(tmp_path, state(2))
    newest = tmp_path / "checkpoint"
    content = newest.read_bytes()
    if harm == "missing":
        newest.unlink()
    else:
        altered = content[:-9] + bytes([content[-9] ^ 1]) + content[-8:]
        newest.write_bytes(
            {"empty": b"", "cut": content[:-50], "altered": altered, "other": b"PK" + content}[harm]
        )
    back = load_state(tmp_path)
    assert back is not None
    assert back.epoch == 1
    (tmp_path / "checkpoint.previous").write_bytes(b"")
    newest.write_bytes(b"")
    with pytest.raises(DataMissing, match="damaged"):
        load_state(tmp_path)


def test_what_a_kill_left_half_written_is_cleared(tmp_path: Path) -> None:
    save_state(tmp_path, state(1))
    (tmp_path / ".123-checkpoint").write_bytes(b"half")
    assert Run(tmp_path).resumed() is not None
    assert not (tmp_path / ".123-checkpoint").exists()


@pytest.mark.train
def test_a_better_network_than_the_checkpoint_knows_is_not_forgotten(tmp_path: Path) -> None:
    """Killed after best.keras took its place, and before the checkpoint did."""
    from inkread.training.glyphs.networks import build, import_keras

    save_state(tmp_path, state(3))
    network = build("tiny", 10)
    Run(tmp_path).keep_best(network, 0.75, 4)
    back = Run(tmp_path).resumed()
    assert back is not None
    assert (back.best, back.best_epoch) == (0.75, 4)
    again = import_keras().models.load_model(tmp_path / "best.keras")
    assert all(map(np.array_equal, again.get_weights(), network.get_weights()))


def command(*words: object) -> list[str]:
    code = "import sys; from inkread.apps.cli import main; sys.exit(main())"
    return [sys.executable, "-c", code, "train", "--no-test", *map(str, words)]


def files_of(folder: Path) -> dict[str, int]:
    """Each file, half-written ones too, with when it was last changed."""
    found = {}
    for path in folder.glob("*"):
        try:
            found[path.name] = path.stat().st_mtime_ns
        except FileNotFoundError:
            continue
    return found


@pytest.mark.train
@pytest.mark.skipif(os.name != "posix", reason="sends SIGKILL")
def test_a_killed_run_ends_with_the_same_weights_bit_for_bit(tmp_path: Path) -> None:
    data = write_bars(tmp_path / "bars.npz")
    small = ["--network", "tiny", "--augment", "light", "--batch-size", 32, "--epochs", 12, "--deterministic"]
    whole, killed = tmp_path / "whole", tmp_path / "killed"
    begin = [*small, "--data", data, "--out"]
    subprocess.run(command(*begin, whole), check=True, capture_output=True, timeout=120)
    chance, kills = random.Random(5), 0
    words = [*begin, killed]
    while kills < KILLS:
        with subprocess.Popen(
            command(*words), stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL
        ) as process:
            before = files_of(killed)
            while process.poll() is None and files_of(killed) == before:
                time.sleep(0.002)
            # Every second one while files are being written, the others somewhere in the next epochs.
            time.sleep(chance.uniform(0, 0.02 if kills % 2 else 0.6))
            if process.poll() is None:
                process.send_signal(signal.SIGKILL)
                kills += 1
        words = ["--resume", "--out", killed] if (killed / "recipe.toml").exists() else words
        if load_state(killed) is not None and (load_state(killed) or state(0)).epoch == 12:
            break
    subprocess.run(command("--resume", "--out", killed), check=True, capture_output=True, timeout=120)
    one, other = load_state(whole), load_state(killed)
    assert one is not None
    assert other is not None
    assert kills >= 2
    for name in ("variables", "average", "optimizer"):
        assert all(map(np.array_equal, getattr(one, name), getattr(other, name))), name
    assert one.best == other.best
    assert [row["loss"] for row in one.rows] == [row["loss"] for row in other.rows]
