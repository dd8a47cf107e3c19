"""What the window asks of the system: a voice."""

import os
import sys
import time
from pathlib import Path

import pytest

from inkread.apps.window.system import speak, spoken


@pytest.mark.parametrize(
    ("written", "words"),
    [
        ("2024", "2 0 2 4"),
        ("-5", "dash 5"),
        ("12.5\n3/4", "1 2 point 5, 3 slash 4"),
        ("", ""),
        ("1 2\n", "1 2"),
    ],
)
def test_a_number_is_spoken_digit_by_digit(written: str, words: str) -> None:
    assert spoken(written) == words


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="other systems have a voice of their own")
def test_the_voice_that_is_there_is_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert not speak("1 2")
    voice = tmp_path / "espeak-ng"
    voice.write_text(
        f'#!/bin/sh\nprintf "%s" "$1" > {tmp_path}/partial\n/bin/mv {tmp_path}/partial {tmp_path}/said\n'
    )
    voice.chmod(0o755)
    assert speak("1 2")
    while not (tmp_path / "said").exists():
        time.sleep(0.01)
    assert os.fsdecode((tmp_path / "said").read_bytes()) == "1 2"
