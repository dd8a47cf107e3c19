"""Twenty thousand damaged, odd and hostile inputs, watched from outside; and that the watching itself works."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from random import Random

import pytest

BENCHMARKS = Path(__file__).resolve().parent.parent / "benchmarks"
sys.path.append(str(BENCHMARKS))

pytest.importorskip("psutil", reason="needs psutil: pip install --group test")

from fuzzing import findings, watch  # noqa: E402
from fuzzing.mutate import damaged, damaged_json, damaged_text  # noqa: E402
from fuzzing.sanity import Unsound, require_reading  # noqa: E402
from fuzzing.targets import TARGETS, Target, attempt, made  # noqa: E402
from inkread.errors import UnreadableImage  # noqa: E402
from inkread.reading import Box, Digit, Line, Reading  # noqa: E402


@pytest.mark.slow
def test_twenty_thousand_inputs_break_nothing(tmp_path: Path) -> None:
    # Five times the time that an input may take: what is tested here is whether it ends, on any machine.
    options = ["--inputs", "20000", "--seconds", "10", "--out", str(tmp_path)]
    done = subprocess.run(
        [sys.executable, str(BENCHMARKS / "fuzz.py"), *options], capture_output=True, encoding="utf-8"
    )
    kept = "\n".join(path.read_text(encoding="utf-8") for path in sorted(tmp_path.glob("*-*.json"))[:5])
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr[-2000:]}\n{kept}"
    assert "20,000 inputs" in done.stdout


def test_the_same_seed_makes_the_same_inputs() -> None:
    there = tuple(target for target in TARGETS if target.there)
    several = [made(3, number, there) for number in range(60)]
    assert several == [made(3, number, there) for number in range(60)]
    assert several != [made(4, number, there) for number in range(60)]
    assert len({target.name for target, _ in several}) > 8
    assert sum(target.share for target in TARGETS) > 900


@pytest.mark.parametrize("seed", range(5))
def test_damage_is_done_and_repeats(seed: int) -> None:
    content, tree = bytes(range(256)) * 3, {"a": [1, 2, {"b": "c"}]}
    for injure in (
        lambda chance: damaged(content, chance),
        lambda chance: damaged_json(tree, chance),
        lambda chance: damaged_text("a = 1\nb = 2\n", chance),
    ):
        several = {injure(Random(f"{seed}/{number}")) for number in range(20)}
        assert len(several) > 3
        assert several == {injure(Random(f"{seed}/{number}")) for number in range(20)}
    assert tree == {"a": [1, 2, {"b": "c"}]}


DIGIT = Digit(3, 0.9, False, Box(1, 1, 5, 9), ((8, 0.05),))


@pytest.mark.parametrize(
    "digit",
    [
        Digit(3, 0.9, False, Box(1, 1, 5, 11), ()),
        Digit(3, 0.9, False, Box(5, 1, 5, 9), ()),
        Digit(3, 1.1, False, Box(1, 1, 5, 9), ()),
        Digit(3, float("nan"), False, Box(1, 1, 5, 9), ()),
        Digit(13, 0.9, False, Box(1, 1, 5, 9), ()),
        Digit(3, 0.4, False, Box(1, 1, 5, 9), ((8, 0.6),)),
    ],
    ids=["below the picture", "no width", "above 1", "no number", "no digit", "behind its runner-up"],
)
def test_a_reading_that_cannot_be_right_is_noticed(digit: Digit) -> None:
    require_reading(Reading((10, 10), (Line((DIGIT,)),)))
    with pytest.raises(Unsound):
        require_reading(Reading((10, 10), (Line((digit,)),)))


def test_an_error_of_several_lines_is_noticed(tmp_path: Path) -> None:
    def refuse(content: bytes, folder: Path) -> None:
        raise UnreadableImage(content.decode())

    target = Target("t", 1, lambda chance: b"", refuse)
    assert attempt(target, b"is no picture; save it again", tmp_path) is False
    with pytest.raises(Unsound):
        attempt(target, b"two\nlines", tmp_path)


def test_an_input_that_fails_is_made_smaller() -> None:
    content = bytes(1000) + b"needle" + bytes(3000)
    assert findings.smaller(content, lambda piece: b"needle" in piece, 20.0) == b"needle"
    assert findings.smaller(content, lambda piece: False, 1.0) == content


def test_a_run_that_was_stopped_goes_on(tmp_path: Path) -> None:
    progress = findings.Progress(1, ("images",))
    progress.add(range(100), {"images": watch.Tally(100, 3, 0.5, (0.1, 7), (90.0, 8))}, [])
    progress.add(range(200, 250), {}, [watch.Failure(210, "images", "hang")])
    progress.save(tmp_path)
    again = findings.Progress.load(tmp_path, 1, ("images",))
    assert again == progress
    assert again.inputs == 150
    assert again.missing(300, 60) == [range(100, 160), range(160, 200), range(250, 300)]
    assert again.missing(120, 60) == [range(100, 120)]
    with pytest.raises(SystemExit):
        findings.Progress.load(tmp_path, 2, ("images",))


# Targets that misbehave, for processes that are watched. They are made in the other process, too: by their names.

NUMBER_THAT_BREAKS = 7


def _break_as(kind: str) -> None:
    if kind == "dies":
        os._exit(3)
    while kind == "hangs":
        sum(range(1000))
    hoard = []
    while kind == "hoards":
        hoard.append(bytearray(b"x" * 10_000_000))
    raise ZeroDivisionError(kind)


def _misbehaving(
    pipe: object, state: object, seed: int, names: tuple[str, ...], limits: watch.Limits
) -> None:
    """Stands in for the work of a process: the seventh input breaks as the first name says."""
    import fuzzing.targets

    def take(content: bytes, folder: Path) -> None:
        if content == b"%d" % NUMBER_THAT_BREAKS:
            _break_as(names[0])

    target = Target(names[0], 1, lambda chance: b"", take)
    fuzzing.targets.chosen = lambda names: (target,)
    fuzzing.targets.get_ready = lambda among: None
    fuzzing.targets.made = lambda seed, number, among: (target, b"%d" % number)
    watch._work(pipe, state, seed, names, limits)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("name", "kind", "seconds"),
    [
        ("dies", "crash", 60.0),
        ("hangs", "hang", 1.0),
        ("hoards", "memory", 60.0),
        ("raises", "ZeroDivisionError", 60.0),
    ],
)
def test_what_breaks_a_process_is_told_and_the_rest_goes_on(
    name: str, kind: str, seconds: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    started = watch._CONTEXT.Process
    monkeypatch.setattr(
        watch._CONTEXT,
        "Process",
        lambda target, args, daemon: started(target=_misbehaving, args=args, daemon=daemon),
    )
    limits = watch.Limits(seconds, megabytes=400.0)  # more than the process has at first, and soon reached
    tried, failures = 0, []
    for chunk, _, failed in watch.run_chunks([range(10), range(10, 15)], 1, (name,), 1, limits):
        tried += len(chunk)
        failures += failed
    assert tried == 15
    assert [(failure.number, failure.kind) for failure in failures] == [(NUMBER_THAT_BREAKS, kind)]
