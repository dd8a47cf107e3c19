"""What a test needs beyond the base install, and what happens where that is missing."""

import importlib.util
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parent.parent


def missing(marker: str) -> str:
    """Why tests with this marker cannot run here; "" if they can."""
    if marker == "mnist":
        folder = os.environ.get("INKREAD_DATA")
        if not folder:
            return "needs MNIST: set INKREAD_DATA (see CONTRIBUTING.md)"
        if not (Path(folder) / "mnist").is_dir():
            return f"needs MNIST: there is no {folder}/mnist (see CONTRIBUTING.md)"
    if marker == "train" and not all(
        importlib.util.find_spec(name) for name in ("keras", "tensorflow", "tf2onnx")
    ):
        return 'needs Keras and TensorFlow: pip install -e ".[train]"'
    if marker == "ray" and importlib.util.find_spec("ray") is None:
        return 'needs Ray: pip install -e ".[ray]"'
    if marker == "screen":
        from made_movements import why_no_window

        return why_no_window()
    return ""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skips with the reason; but what CI installs must not be skipped there without a word."""
    there = {
        marker
        for marker, name in (("train", "CI"), ("ray", "CI"), ("screen", "INKREAD_SCREEN"))
        if os.environ.get(name)
    }
    for marker in ("mnist", "train", "ray", "screen"):
        reason = missing(marker)
        if reason and marker not in there:
            for item in items:
                if item.get_closest_marker(marker):
                    item.add_marker(pytest.mark.skip(reason=reason))


@pytest.fixture
def data_folder() -> Path:
    """The data sets' folder; only for tests marked ``mnist``."""
    return Path(os.environ["INKREAD_DATA"])


@pytest.fixture(scope="module")
def started() -> Iterator[Any]:
    """A browser; only for tests that are skipped where there is none."""
    from made_browser import browser

    with browser() as found:
        yield found


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a server of its own, whose corrections are kept in a folder that was empty."""
    from made_browser import served

    with served(tmp_path_factory.mktemp("kept") / "corrections") as found:
        yield found
