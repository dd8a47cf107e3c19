"""Which framework Keras is given: the one asked for, or one that is there."""

import json
from pathlib import Path

import pytest

from inkread.errors import ExtraMissing
from inkread.training import environment


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The frameworks that are there; nothing is asked for, and Keras has no settings."""
    there = [*environment.BACKENDS]
    monkeypatch.setattr(environment, "_installed", lambda name: name in there)
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    monkeypatch.setenv("KERAS_BACKEND", "")
    return there


def test_tensorflow_comes_first_and_others_where_it_is_missing(installed: list[str]) -> None:
    assert environment.require_backend() == "tensorflow"


@pytest.mark.parametrize("only", ["jax", "torch"])
def test_the_only_one_there_is_taken(
    only: str, installed: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    installed[:] = [only]
    # Keras writes this by itself, whatever is installed.
    (tmp_path / "keras.json").write_text(json.dumps({"backend": "tensorflow"}))
    assert environment.require_backend() == only
    assert environment.os.environ["KERAS_BACKEND"] == only
    monkeypatch.setenv("KERAS_BACKEND", "tensorflow")
    assert environment.usable_backend() == only
    with pytest.raises(ExtraMissing, match=r"asks for tensorflow.*pip install tensorflow"):
        environment.require_backend()


def test_what_is_asked_for_goes_before_keras_settings(
    installed: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "keras.json").write_text(json.dumps({"backend": "jax"}))
    assert environment.usable_backend() == "jax"
    monkeypatch.setenv("KERAS_BACKEND", "torch")
    assert environment.usable_backend() == environment.require_backend() == "torch"
    monkeypatch.setenv("KERAS_BACKEND", "theano")
    with pytest.raises(ExtraMissing, match="tensorflow, jax or torch"):
        environment.require_backend()


@pytest.mark.parametrize("settings", ["", "[]", "{}", '{"backend": 3}', '{"backend": "theano"}'])
def test_odd_settings_are_passed_over(settings: str, installed: list[str], tmp_path: Path) -> None:
    (tmp_path / "keras.json").write_text(settings)
    assert environment.usable_backend() == "tensorflow"
