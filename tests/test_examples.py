"""The examples for other programs do what they say, and are short."""

from __future__ import annotations

import importlib.util
import io
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import numpy as np
import pytest
from PIL import Image

import inkread
from made import draw_number

EXAMPLES = Path(__file__).resolve().parent.parent / "examples"
PROGRAMS = [path for path in sorted(EXAMPLES.glob("*.py")) if path.name != "make_pictures.py"]
PAGE = draw_number("2024", seed=3)


def has(*packages: str) -> bool:
    return all(importlib.util.find_spec(package) for package in packages)


@pytest.mark.skipif(not has("fastapi", "httptools"), reason='needs the extra: pip install "inkread[web]"')
def test_clients_over_http(tmp_path: Path) -> None:
    from made_browser import served

    (tmp_path / "page.png").write_bytes(png())
    programs = [[sys.executable, str(EXAMPLES / "http_client.py")]]
    if shutil.which("node"):
        programs.append(["node", str(EXAMPLES / "http_client.mjs")])
    with served(tmp_path / "kept") as address:
        for program in programs:
            done = subprocess.run(
                [*program, "page.png"], cwd=tmp_path, capture_output=True, encoding="utf-8", check=False,
                env={**os.environ, "INKREAD_SERVER": address.rstrip("/")},
            )  # fmt: skip
            assert (done.stdout, done.stderr) == ("page.png\t2024\n", "")


def load(name: str) -> ModuleType:
    """An example as a module."""
    spec = importlib.util.spec_from_file_location(f"example_{name}", EXAMPLES / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def png(picture: np.ndarray = PAGE) -> bytes:
    file = io.BytesIO()
    Image.fromarray(picture).save(file, "PNG")
    return file.getvalue()


@pytest.mark.parametrize("path", PROGRAMS, ids=lambda path: path.stem)
def test_examples_are_short(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 40


def test_the_page_names_every_example() -> None:
    page = (EXAMPLES.parent / "docs" / "examples.md").read_text(encoding="utf-8")
    for path in (*PROGRAMS, *EXAMPLES.glob("*.ipynb")):
        assert f"../examples/{path.name}" in page, path.name


@pytest.mark.skipif(not has("fastapi", "multipart"), reason='needs the extra: pip install "inkread[web]"')
def test_fastapi() -> None:
    from fastapi.testclient import TestClient

    client = TestClient(load("fastapi_app").app)
    answer = client.post("/read", files={"picture": ("a.png", png())})
    assert (answer.status_code, answer.json()["text"]) == (200, "2024")
    answer = client.post("/read", files={"picture": ("a.png", b"no picture")})
    assert answer.status_code == 422
    assert "is not a picture" in answer.json()["detail"]


@pytest.mark.skipif(not has("django"), reason="needs Django: pip install --group examples")
def test_django() -> None:
    load("django_app")
    import django
    from django.core.files.uploadedfile import SimpleUploadedFile
    from django.test import Client

    django.setup()
    client = Client(SERVER_NAME="localhost")
    answer = client.post("/read", {"picture": SimpleUploadedFile("a.png", png())})
    assert (answer.status_code, answer.json()["text"]) == (200, "2024")
    answer = client.post("/read", {"picture": SimpleUploadedFile("a.png", b"no picture")})
    assert answer.status_code == 422
    assert client.post("/read").status_code == 400
    assert client.get("/read").status_code == 405


@pytest.mark.skipif(not has("pandas"), reason="needs pandas: pip install --group examples")
def test_pandas(tmp_path: Path) -> None:
    import pandas as pd

    zeros = draw_number("0071", seed=2, size=60, pen=0.1)
    (tmp_path / "a.png").write_bytes(png(zeros))
    names = [str(tmp_path / "a.png"), str(tmp_path / "missing.png")]
    table = load("pandas_column").with_readings(pd.DataFrame({"picture": names}))
    assert table["text"].fillna("").tolist() == [inkread.read(zeros).text, ""]
    assert table["text"][0].startswith("00")
    assert "no such file" in table["error"][1]


def test_webcam(monkeypatch: pytest.MonkeyPatch) -> None:
    import cv2

    frame = np.ascontiguousarray(PAGE[..., ::-1])
    shown: list[Any] = []
    frames: Iterator[tuple[bool, Any]] = iter([(True, frame), (True, frame), (False, None)])
    released: list[bool] = []
    camera = SimpleNamespace(read=lambda: next(frames), release=lambda: released.append(True))
    monkeypatch.setattr(cv2, "VideoCapture", lambda number: camera)
    monkeypatch.setattr(cv2, "imshow", lambda name, picture: shown.append(picture))
    monkeypatch.setattr(cv2, "waitKey", lambda milliseconds: -1)
    monkeypatch.setattr(cv2, "destroyAllWindows", lambda: None)
    load("webcam").main()
    assert (len(shown), released) == (2, [True])
    assert np.array_equal(shown[0][..., ::-1], np.asarray(inkread.annotate(PAGE, overlay=True)))


@pytest.mark.skipif(not has("sklearn"), reason="needs scikit-learn: pip install --group examples")
def test_scikit_learn() -> None:
    from sklearn.base import clone
    from sklearn.datasets import load_digits
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline

    example = load("sklearn_pipeline")
    images, labels = load_digits(return_X_y=True)
    glyphs = example.glyphs_of(images.reshape(-1, 8, 8))
    learner = clone(make_pipeline(example.DigitEmbedding(), LogisticRegression(max_iter=1000)))
    assert learner.fit(glyphs[:100], labels[:100]).score(glyphs[100:600], labels[100:600]) > 0.95


def test_label_studio(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(png())

    class Base:
        def get_local_path(self, url: str) -> str:
            return str(tmp_path / url)

    monkeypatch.setitem(sys.modules, "label_studio_ml", ModuleType("label_studio_ml"))
    fake = SimpleNamespace(LabelStudioMLBase=Base)
    monkeypatch.setitem(sys.modules, "label_studio_ml.model", fake)  # type: ignore[arg-type]
    (answer,) = load("label_studio_backend").DigitBackend().predict([{"data": {"image": "a.png"}}])
    assert [each["value"]["rectanglelabels"] for each in answer["result"]] == [["2"], ["0"], ["2"], ["4"]]
    for each in answer["result"]:
        assert 0 <= each["value"]["x"] < each["value"]["x"] + each["value"]["width"] <= 100
        assert 0 <= each["value"]["y"] < each["value"]["y"] + each["value"]["height"] <= 100


def test_gradio(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[dict[str, Any]] = []
    fake = ModuleType("gradio")
    for name in ("Image", "Textbox", "JSON"):
        setattr(fake, name, lambda **options: options)
    fake.Interface = lambda **options: made.append(options)  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "gradio", fake)
    load("gradio_demo")
    (page,) = made
    picture, text, fields = page["fn"](Image.fromarray(PAGE))
    assert (text, fields["text"], picture.mode) == ("2024", "2024", "RGB")
    assert page["fn"](None) == (None, "", {})
    assert len(page["outputs"]) == 3


@pytest.mark.train
@pytest.mark.skipif(not has("nbclient", "ipykernel"), reason="needs nbclient: pip install --group examples")
@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("tour.ipynb", ["01715552368", "image/png", "read by my own network"]),
        ("own_network.ipynb", ["accuracy 1.000", "image/png", "read by my own layers: 4"]),
    ],
)
def test_notebooks_run(name: str, expected: list[str], tmp_path: Path) -> None:
    import nbformat
    from nbclient import NotebookClient

    notebook = nbformat.read(EXAMPLES / name, as_version=4)
    assert all(not cell.get("outputs") for cell in notebook.cells), "clear the outputs before committing"
    (tmp_path / "examples").symlink_to(EXAMPLES)
    done = NotebookClient(notebook, timeout=600, resources={"metadata": {"path": str(tmp_path)}}).execute()
    shown = json.dumps(done.cells)
    assert [each for each in expected if each not in shown] == []


@pytest.mark.skipif(not has("mypy"), reason="needs mypy: pip install --group dev")
def test_types_of_examples() -> None:
    options = ["--strict", "--config-file=", "--ignore-missing-imports", "--allow-subclassing-any"]
    options += [
        "--allow-untyped-decorators",
        "--allow-any-generics",
        "--no-warn-return-any",
        "--follow-imports=silent",
    ]
    command = [sys.executable, "-m", "mypy", *options, *map(str, PROGRAMS)]
    done = subprocess.run(command, cwd=EXAMPLES.parent, capture_output=True, encoding="utf-8")
    assert done.returncode == 0, done.stdout
