"""The command line: what it prints, where it writes, and that every mistake is one line and a status."""

from __future__ import annotations

import csv
import errno
import io
import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

import inkread
import inkread.reader
from inkread.apps import saving, terminal
from inkread.apps.cli import main
from inkread.confidence import DEFAULT_MIN_CONFIDENCE
from inkread.errors import ModelError, UnreadableImage
from inkread.reader import ImageLimits
from inkread.reading import Box, Digit, Line, Mark, Reading, Rejected
from inkread.segments import Segmentation
from made import draw_number

Run = Callable[..., tuple[int, str, str]]


def reading_of(text: str, confidence: float = 0.99) -> Reading:
    """A reading of this text, with its marks; digits after a ``?`` are doubtful."""
    lines, marks = [], []
    for row, line in enumerate(text.split("\n") if text else []):
        digits = []
        for place, (doubt, sign) in enumerate(re.findall(r"(\??)([-/.,():+\d])", line)):
            box = Box(10 * place, 20 * row, 10 * place + 8, 20 * row + 15)
            if sign.isdigit():
                digits.append(Digit(int(sign), 0.5 if doubt else confidence, bool(doubt), box))
            else:
                marks.append(Mark(sign, confidence, box))
        lines.append(Line(tuple(digits)))
    return Reading((200, 60), tuple(lines), tuple(marks))


class FakeReader:
    """Reads what is in the file, as text; made with the options that are to be seen in ``options``."""

    options: dict[str, Any]
    expectation = None

    def __init__(self, model: Any = None, **options: Any) -> None:
        FakeReader.options = {"model": model, **options}

    def open_pages(self, source: Any, *, dpi: float | None = None) -> inkread.reader.Pages:
        # What a page is "loaded" as is the source itself: only this reader looks into it.
        return inkread.reader.Pages(str(source), 1, lambda number, name: source, ImageLimits())

    def read(self, source: Any, *, page: int | None = None) -> Reading:
        if isinstance(source, inkread.reader.Pages):
            source = source.only(page)
        try:
            text = source.read().decode() if hasattr(source, "read") else Path(source).read_text()
        except (FileNotFoundError, IsADirectoryError):
            raise UnreadableImage(f"{source}: no such file; check the path") from None
        if text == "too much":
            raise MemoryError
        if text == "a bug":
            raise RuntimeError("a bug")
        if text == "no model":
            raise ModelError("digits.onnx: no such model file; check the path")
        if text == "scribble":
            return Reading((200, 60), rejected=(Rejected(Box(0, 0, 5, 5), "not a digit"),) * 2)
        if not re.fullmatch(r"[-/.,():+\d?\n]*", text):
            raise UnreadableImage(f"{source}: is not a picture")
        return reading_of(text)

    def steps(self, source: Any, *, page: int | None = None) -> inkread.reader.Steps:
        nothing = np.zeros((60, 200), np.float32)
        return inkread.reader.Steps(
            image=np.full((60, 200, 3), 255, np.uint8),
            scale=1.0,
            ink=nothing,
            segmentation=Segmentation(nothing.astype(np.int32), (), ()),
            rejected=(),
            glyphs=np.zeros((0, 28, 28), np.float32),
            scores=np.zeros((0, 11), np.float32),
            classes=(*"0123456789", "none"),
            reading=self.read(source),
        )


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs the command line in an empty folder, with the fake reader."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(inkread.reader, "Reader", FakeReader)

    def run(*arguments: object) -> tuple[int, str, str]:
        status = main([str(argument) for argument in arguments])
        output, errors = capsys.readouterr()
        return status, output, errors

    return run


def write(**pages: str) -> None:
    for name, text in pages.items():
        Path(f"{name}.png").write_text(text)


# Text


def test_one_picture_is_its_text(run: Run) -> None:
    write(a="2024\n1138")
    assert run("read", "a.png") == (0, "2024\n1138\n", "")


@pytest.mark.parametrize(
    ("page", "output", "remark"),
    [
        ("", "\n", "(no digits found)\n"),
        ("scribble", "\n", "(no digits found; 2 pieces of ink left unread: --annotate DIR shows why)\n"),
        ("20?24", "2024\n", "(1 of 4 digits is doubtful)\n"),
        ("?20?24", "2024\n", "(2 of 4 digits are doubtful)\n"),
    ],
)
def test_remarks_do_not_get_into_the_text(page: str, output: str, remark: str, run: Run) -> None:
    write(a=page)
    assert run("read", "a.png") == (0, output, remark)


NUMBER = "(503)26?2-9664\n11/?05/87"


@pytest.mark.parametrize(
    ("options", "output"),
    [
        ([], "5032629664\n110587\n"),
        (["--marks"], "(503)262-9664\n11/05/87\n"),
        (["--mark-doubtful"], "50326?9664\n11?587\n"),
        (["--marks", "--mark-doubtful"], "(503)26?-9664\n11/?5/87\n"),
    ],
)
def test_marks_and_doubt_are_printed_when_asked_for(options: list[str], output: str, run: Run) -> None:
    write(a=NUMBER)
    assert run("read", "a.png", *options) == (0, output, "(2 of 16 digits are doubtful)\n")


def test_marks_and_doubt_in_a_list(run: Run) -> None:
    write(a=NUMBER, longer="-?5", none="")
    output = run("read", "a.png", "longer.png", "none.png", "--marks", "--mark-doubtful")[1]
    assert output.splitlines() == [
        "a.png:      (503)26?-9664",
        "            11/?5/87",
        "longer.png: -?",
        "none.png:   (no digits found)",
    ]


def test_json_has_all_whether_asked_for_or_not(run: Run) -> None:
    write(a=NUMBER)
    plain, marked = (
        run("read", "a.png", "--json"),
        run("read", "a.png", "--json", "--marks", "--mark-doubtful"),
    )
    assert plain == marked
    fields = json.loads(plain[1])
    assert fields["written"] == "(503)262-9664\n11/05/87"
    assert fields["text"] == "5032629664\n110587", "the best guess, whatever the doubt"
    assert "".join(mark["text"] for mark in fields["marks"]) == "()-//"


def test_several_pictures_are_a_list(run: Run) -> None:
    write(a="12\n3?4", longer="5", none="")
    status, output, errors = run("read", "a.png", "longer.png", "none.png")
    assert status == 0
    assert output == "a.png:      12\n            34\nlonger.png: 5\nnone.png:   (no digits found)\n"
    assert errors == "(3 pictures, 5 digits, 1 doubtful, 1 without digits)\n"


def test_one_picture_that_fails_does_not_stop_the_others(run: Run) -> None:
    write(a="1", bad="not a picture", c="2", large="too much")
    status, output, errors = run("read", "a.png", "bad.png", "missing.png", "large.png", "c.png")
    assert status == 1
    assert output == "a.png:       1\nc.png:       2\n"
    assert errors.splitlines() == [
        "inkread: bad.png: is not a picture",
        "inkread: missing.png: no such file; check the path",
        "inkread: large.png: too little memory; save it smaller",
        "(5 pictures, 2 digits, 3 could not be read)",
    ]


def test_names_are_neither_markup_nor_two_lines(run: Run) -> None:
    write(**{"[bold]x": "1", "two\nlines": "2"})
    assert run("read", "[bold]x.png", "two\nlines.png")[1] == "[bold]x.png:    1\ntwo\\nlines.png: 2\n"


def test_a_folder_gives_every_picture_in_it(run: Run) -> None:
    Path("pages/more").mkdir(parents=True)
    for name, text in {"pages/p10": "10", "pages/p9": "9", "pages/more/x": "3"}.items():
        Path(f"{name}.png").write_text(text)
    Path("pages/notes.txt").write_text("nothing")
    status, output, _ = run("read", "pages")
    paths = [str(Path(name)) for name in ("pages/more/x.png", "pages/p9.png", "pages/p10.png")]
    assert (status, [line.split()[0] for line in output.splitlines()]) == (0, [f"{path}:" for path in paths])


def test_a_folder_without_pictures_is_said(run: Run) -> None:
    Path("empty").mkdir()
    expected = "inkread: empty: no pictures in this folder; give another one\n"
    assert run("read", "empty") == (1, "", expected)


def test_a_folder_with_one_picture_is_a_list(run: Run) -> None:
    Path("one").mkdir()
    Path("one/a.png").write_text("7")
    assert run("read", "one") == (0, f"{Path('one/a.png')}: 7\n", "(1 picture, 1 digit)\n")


def test_an_empty_path_is_not_the_folder_one_is_in(run: Run) -> None:
    write(a="1")
    assert run("read", "")[:2] == (1, "")


def test_standard_input(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"2024")))
    assert run("read", "-") == (0, "2024\n", "")
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"2024")))
    assert json.loads(run("read", "-", "--json")[1])["file"] == "-"


@pytest.mark.parametrize("terminal", [True, False])
def test_standard_input_that_is_no_file(terminal: bool, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    keyboard = io.TextIOWrapper(io.BytesIO())
    monkeypatch.setattr(keyboard, "isatty", lambda: True, raising=False) if terminal else None
    monkeypatch.setattr(sys, "stdin", keyboard if terminal else None)
    status, output, errors = run("read", "-")
    assert (status, output) == (1, "")
    assert "inkread read - < photo.jpg" in errors


def test_doubtful_digits_stand_out_on_a_terminal(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    write(a="1?2\n3", b="4")
    for name in ("NO_COLOR", "FORCE_COLOR", "TTY_COMPATIBLE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setattr(type(sys.stdout), "isatty", lambda self: True)
    output = run("read", "a.png", "b.png")[1]
    assert re.search(r"1\x1b\[[\d;]+m2\x1b\[0m", output)
    assert re.sub(r"\x1b\[[\d;]*m", "", output).splitlines() == [
        "a.png: 12  49 %",
        "       3  99 %",
        "b.png: 4  99 %",
    ]
    assert re.search(r"4\x1b\[2m  99 %\x1b\[0m", output)


def test_on_a_terminal_marks_are_not_underlined_but_question_marks_are(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(a="(1)-?2\n3", b="4")
    for name in ("NO_COLOR", "FORCE_COLOR", "TTY_COMPATIBLE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setattr(type(sys.stdout), "isatty", lambda self: True)
    output = run("read", "a.png", "--marks", "--mark-doubtful")[1]
    assert re.search(r"\(1\)-\x1b\[[\d;]+m\?\x1b\[0m", output)
    output = run("read", "a.png", "b.png")[1]
    assert re.sub(r"\x1b\[[\d;]*m", "", output).splitlines() == [
        "a.png: 12  49 %",
        "       3  99 %",
        "b.png: 4  99 %",
    ]
    assert re.search(r"4\x1b\[2m  99 %\x1b\[0m", output)


def test_in_a_pipe_the_confidence_is_printed_on_request(run: Run) -> None:
    write(a="1-?2\n3", none="", b="4")
    assert run("read", "a.png")[1] == "12\n3\n"
    assert run("read", "a.png", "--confidence")[1] == "12\t0.495\n3\t0.99\n"
    assert run("read", "a.png", "--confidence", "--marks", "--mark-doubtful")[1] == "1-?\t0.495\n3\t0.99\n"
    assert run("read", "none.png", "--confidence")[1] == "\n"
    listed = run("read", "a.png", "none.png", "b.png", "--confidence")[1].splitlines()
    expected = ["a.png:    12\t0.495", "          3\t0.99", "none.png: (no digits found)"]
    assert listed == [*expected, "b.png:    4\t0.99"]
    assert run("read", "a.png", "--json", "--confidence")[1] == run("read", "a.png", "--json")[1]


# JSON


def test_json_is_one_line_per_picture_in_order(run: Run) -> None:
    write(a="2024\n7", bad="not a picture", none="")
    status, output, errors = run("read", "a.png", "bad.png", "missing.png", "none.png", "--json")
    lines = [json.loads(line) for line in output.splitlines()]
    assert (status, errors) == (1, "")
    assert [line["file"] for line in lines] == ["a.png", "bad.png", "missing.png", "none.png"]
    assert lines[0] == {"file": "a.png", **reading_of("2024\n7").to_dict()}
    assert list(lines[0]) == [
        *("file", "text", "confidence", "size_wh", "lines", "written", "marks", "rejected", "turned_degrees"),
    ]
    assert lines[1] == {"file": "bad.png", "error": "bad.png: is not a picture"}
    assert set(lines[2]) == {"file", "error"}
    assert (lines[3]["text"], lines[3]["lines"]) == ("", [])


def test_json_has_every_name_as_it_is(run: Run) -> None:
    write(**{"ünï [b] 数\n": "1"})
    output = run("read", "ünï [b] 数\n.png", "--json")[1]
    assert output.count("\n") == 1
    assert json.loads(output)["file"] == "ünï [b] 数\n.png"


# Pictures


def test_annotated_pictures_have_names_of_their_own(run: Run) -> None:
    for folder in ("a", "b"):
        Path(folder).mkdir()
        Path(folder, "page.png").write_text("12")
    Path("a/Page.jpg").write_text("3")
    status, output, errors = run("read", "a", "b", "--annotate", "out/new")
    assert status == 0
    names = {path.name.lower() for path in Path("out/new").iterdir()}
    assert names == {"page.annotated.png", "page-2.annotated.png", "page-3.annotated.png"}
    assert len(output.splitlines()) == 3
    assert str(Path("out/new/page.annotated.png")).lower() in errors.lower()


def test_every_step_is_a_picture(run: Run) -> None:
    write(a="12")
    assert run("read", "a.png", "--show-steps", "steps")[:2] == (0, "12\n")
    names = sorted(path.name for path in Path("steps/a").iterdir())
    assert names == ["1-image.png", "2-ink.png", "3-segments.png", "4-glyphs.png", "5-reading.png"]
    assert all(Image.open(path).size[0] > 100 for path in Path("steps/a").iterdir())


def test_standard_input_gets_a_name(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"2024")))
    assert run("read", "-", "--annotate", ".")[0] == 0
    assert Path("stdin.annotated.png").is_file()


@pytest.mark.parametrize("option", ["--annotate", "--show-steps"])
def test_a_folder_that_is_a_file_is_said_before_anything_is_read(option: str, run: Run) -> None:
    write(a="1")
    assert run("read", "a.png", option, "a.png") == (
        1,
        "",
        "inkread: a.png: is not a folder; give another one\n",
    )


def fill_the_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    """From now on, only half of what is written fits on the disk."""
    real = Path.write_bytes

    def full(self: Path, content: bytes) -> int:
        real(self, content[: len(content) // 2])
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)


def test_a_full_disk_is_one_line_and_leaves_nothing_half_written(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(a="1")
    fill_the_disk(monkeypatch)
    status, output, errors = run("read", "a.png", "--annotate", "out")
    assert (status, output) == (1, "")
    assert errors.startswith(f"inkread: {Path('out/a.annotated.png')}: cannot be written (No space left")
    assert list(Path("out").iterdir()) == []


def test_a_picture_replaces_the_one_before_only_when_it_is_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "x.png"
    saving.save_picture(np.zeros((4, 4, 3), np.uint8), path)
    before = path.read_bytes()
    fill_the_disk(monkeypatch)
    with pytest.raises(terminal.CannotWrite):
        saving.save_picture(np.ones((8, 8, 3), np.uint8), path)
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


def test_long_names_are_cut() -> None:
    names = saving.Names()
    given = [names.name_for("数" * 80 + ".png") for _ in range(12)]
    assert len(set(given)) == 12
    assert max(len(f"{name}.annotated.png".encode()) for name in given) <= 255


# Options


def test_options_reach_the_reader(run: Run) -> None:
    write(a="1")
    Path("own.onnx").touch()
    options = (
        "--model",
        "own.onnx",
        "--expect",
        "6",
        "--printed",
        "leave",
        "--min-confidence",
        "0.25",
        "--max-megapixels",
        "3.5",
        "--max-bytes",
        "99",
        "--max-pages",
        "7",
    )
    assert run("read", "a.png", *options)[0] == 0
    limits = ImageLimits(max_megapixels=3.5, max_bytes=99, max_pages=7)
    assert FakeReader.options == {
        "model": Path("own.onnx"),
        "limits": limits,
        "min_confidence": 0.25,
        "expect": "6",
        "printed": "leave",
        "corrections": False,
    }
    run("read", "a.png")
    limits = ImageLimits()
    defaults = {"model": None, "limits": limits, "min_confidence": DEFAULT_MIN_CONFIDENCE}
    defaults |= {"expect": None, "printed": None, "corrections": False}
    assert FakeReader.options == defaults


def test_leaving_the_model_out_is_advised_only_where_one_was_given(run: Run) -> None:
    write(a="no model")
    advice = "inkread: gone.onnx: no such model file; check the path, or leave --model out\n"
    assert run("read", "a.png", "--model", "gone.onnx") == (1, "", advice)
    assert "--model" not in run("read", "a.png")[2]


def test_help_says_what_the_defaults_are(run: Run) -> None:
    words = " ".join(run("read", "--help")[1].split())
    limits = ImageLimits()
    for default in (limits.max_megapixels, limits.max_bytes, limits.max_pages):
        assert f"({default})" in words


@pytest.mark.parametrize("command", ["read", "bulk", "draw", "serve"])
def test_every_command_doubts_below_the_same_threshold(command: str, run: Run) -> None:
    words = " ".join(run(command, "--help")[1].replace("│", " ").split())
    assert f"Below it, a digit is doubtful. [default: {DEFAULT_MIN_CONFIDENCE}]" in words
    for share in ("2", "-0.1", "nan"):
        status, _, errors = run(command, "a.png", "--min-confidence", share)
        assert (status, "min_confidence must lie between 0 and 1" in errors) == (2, True)


@pytest.mark.parametrize(
    "arguments",
    [
        ("rea",),
        ("read",),
        ("read", "--nonsense", "a.png"),
        ("read", "a.png", "--model"),
        ("read", "a.png", "--min-confidence", "2"),
        ("read", "a.png", "--min-confidence", "nan"),
        ("read", "a.png", "--max-bytes", "many"),
        ("read", "a.png", "--max-bytes", "0"),
        ("read", "a.png", "--max-megapixels", "-1"),
        ("read", "a.png", "--max-pages", "0"),
        ("read", "a.png", "--page", "0"),
        ("read", "a.png", "--dpi", "0"),
    ],
    ids=" ".join,
)
def test_what_is_not_understood_is_one_line_and_status_2(arguments: tuple[str, ...], run: Run) -> None:
    status, output, errors = run(*arguments)
    assert (status, output) == (2, "")
    assert re.fullmatch(r"inkread( read)?: .+ \(see: inkread( read)? --help\)\n", errors)


@pytest.mark.parametrize("arguments", [(), ("help",), ("--help",), ("help", "read"), ("read", "--help")])
def test_help_is_no_mistake(arguments: tuple[str, ...], run: Run) -> None:
    status, output, errors = run(*arguments)
    assert (status, errors) == (0, "")
    assert "Usage: inkread" in output


@pytest.mark.parametrize("arguments", [("--version",), ("-V",), ("--version", "read")])
def test_version(arguments: tuple[str, ...], run: Run) -> None:
    assert run(*arguments) == (0, f"inkread {inkread.__version__}\n", "")


def test_a_model_that_cannot_be_used_ends_it(run: Run) -> None:
    write(a="no model", b="1")
    expected = "inkread: digits.onnx: no such model file; check the path\n"
    assert run("read", "a.png", "b.png") == (1, "", expected)


def test_a_bug_is_not_swallowed(run: Run) -> None:
    write(a="a bug")
    with pytest.raises(RuntimeError, match="a bug"):
        run("read", "a.png")


def test_interrupted(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(self: FakeReader, source: Any, **_: Any) -> Reading:
        raise KeyboardInterrupt

    write(a="1")
    monkeypatch.setattr(FakeReader, "read", interrupted)
    status, output, errors = run("read", "a.png")
    assert (status, output, errors.strip()) == (130, "", "")  # older Typers end the line with the ^C


# The real thing, as a process


def inkread_process(*arguments: object, **options: Any) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "inkread", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, encoding="utf-8", timeout=120, **options)


@pytest.fixture
def number(tmp_path: Path) -> Path:
    path = tmp_path / "number.png"
    Image.fromarray(draw_number("2024", seed=3)).save(path)
    return path


def test_from_a_picture_to_its_digits(number: Path, tmp_path: Path) -> None:
    done = inkread_process("read", number, tmp_path / "missing.png", "--json", "--annotate", tmp_path / "out")
    assert done.returncode == 1, done.stderr
    read, missing = map(json.loads, done.stdout.splitlines())
    assert read["text"] == "2024"
    assert Image.open(tmp_path / "out" / "number.annotated.png").width >= read["size_wh"][0]
    assert "no such file" in missing["error"]


def test_from_standard_input_to_its_digits(number: Path) -> None:
    with number.open("rb") as file:
        done = inkread_process("read", "-", stdin=file)
    assert (done.returncode, done.stdout, done.stderr) == (0, "2024\n", "")


@pytest.mark.parametrize("model", ["text", "missing", "folder", "wrong inputs"])
def test_models_that_are_none(model: str, number: Path, tmp_path: Path) -> None:
    path = tmp_path / "own.onnx"
    if model == "text":
        path.write_text("not a network")
    elif model == "folder":
        path.mkdir()
    elif model == "wrong inputs":
        onnx = pytest.importorskip("onnx", reason="needs onnx to make a network")
        shape = onnx.helper.make_tensor_value_info
        kind = onnx.TensorProto.FLOAT
        node = onnx.helper.make_node("Identity", ["x"], ["y"])
        graph = onnx.helper.make_graph([node], "g", [shape("x", kind, [1, 3])], [shape("y", kind, [1, 3])])
        opset = [onnx.helper.make_opsetid("", 13)]
        onnx.save(onnx.helper.make_model(graph, opset_imports=opset, ir_version=8), path)
    done = inkread_process("read", number, "--model", path)
    assert (done.returncode, done.stdout) == (1, "")
    assert re.fullmatch(rf"inkread: {re.escape(str(path))}: .*; .*\n", done.stderr)


@pytest.mark.skipif(os.name == "nt", reason="closed pipes and devices are told otherwise on Windows")
def test_a_reader_that_goes_away_is_no_mistake(number: Path) -> None:
    command = [sys.executable, "-m", "inkread", "read", number, number]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        errors = process.stderr.read()
    assert (process.returncode, errors) == (141, b"")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
def test_a_full_disk_behind_standard_output_is_one_line(number: Path) -> None:
    command = [sys.executable, "-m", "inkread", "read", number]
    with open("/dev/full", "wb") as full:
        done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, encoding="utf-8", timeout=120)
    assert done.returncode == 1
    assert re.fullmatch(r"inkread: standard output cannot be written to .*\n", done.stderr)


@pytest.mark.skipif(os.name == "nt", reason="a shell is asked to close them")
def test_closed_streams_are_no_mistake(number: Path) -> None:
    command = f'"{sys.executable}" -m inkread read "{number}" >&- 2>&- <&-'
    assert subprocess.run(["/bin/sh", "-c", command], timeout=120).returncode == 0


def test_the_version_is_told_without_loading_anything() -> None:
    code = "import sys; from inkread.apps.cli import main; main(['--version']); print(*sys.modules, file=sys.stderr)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, encoding="utf-8", check=True)
    assert not {"typer", "rich", "numpy", "PIL", "cv2", "onnxruntime"} & set(done.stderr.split())


def test_help_waits_for_no_arrays_and_no_network() -> None:
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "inkread", "--help"], capture_output=True, encoding="utf-8"
    )
    assert done.returncode == 0
    assert not {"numpy", "PIL", "cv2", "onnxruntime"} & set(done.stderr.split())


@pytest.mark.skipif(os.name == "nt", reason="its names are Unicode already")
def test_names_and_streams_of_other_alphabets(number: Path, tmp_path: Path) -> None:
    odd = os.fsdecode(os.fsencode(tmp_path) + b"/od\xff 5\xcc.png")
    try:
        number.rename(odd)
    except OSError as error:
        pytest.skip(f"this file system takes only UTF-8: {error}")
    env = {**os.environ, "PYTHONIOENCODING": "ascii"}
    assert inkread_process("read", odd, odd, env=env).returncode == 0
    done = inkread_process("read", odd, "--json", env=env)
    assert json.loads(done.stdout)["file"] == odd


# Formats, lists, files, processes


def test_a_table_has_a_header_and_a_row_for_each_line_or_failure(run: Run) -> None:
    write(a="20?24\n1138", b="no picture", c="")
    status, output, errors = run("read", "a.png", "b.png", "c.png", "--format", "csv")
    rows = list(csv.DictReader(output.splitlines()))
    assert [row["file"] for row in rows] == ["a.png", "a.png", "b.png", "c.png"]
    assert [row["text"] for row in rows] == ["2024", "1138", "", ""]
    assert [row["doubtful"] for row in rows] == ["1", "0", "", ""]
    assert rows[2]["error"] == "b.png: is not a picture"
    assert (status, errors) == (1, "inkread: b.png: is not a picture\n")


def test_tsv_and_json_by_format(run: Run) -> None:
    write(a="7")
    assert run("read", "a.png", "--format", "tsv")[1].splitlines()[1].startswith("a.png\t\t1\t7\t7\t0.99")
    assert run("read", "a.png", "--format", "JSON")[1] == run("read", "a.png", "--json")[1]
    status, output, errors = run("read", "a.png", "--format", "xml")
    assert (status, output) == (2, "")
    assert "--format is text, json, csv or tsv, not xml" in errors


def test_formulas_in_names_are_harmless(run: Run) -> None:
    write(**{"=cmd()": "7"})
    assert run("read", "=cmd().png", "--format", "csv")[1].splitlines()[1].startswith("./=cmd().png,")


@pytest.mark.parametrize(
    ("name", "start"), [("out.txt", "7\n"), ("out.csv", "file,page,"), ("out.jsonl", '{"file": "a.png"')]
)
def test_output_into_a_file_whose_name_says_the_format(name: str, start: str, run: Run) -> None:
    write(a="7")
    assert run("read", "a.png", "-o", name) == (0, "", "")
    assert Path(name).read_text().startswith(start)
    assert sorted(path.name for path in Path().iterdir()) == sorted(["a.png", name])


def test_output_that_cannot_be_written(run: Run) -> None:
    write(a="7")
    status, output, errors = run("read", "a.png", "-o", "nowhere/out.txt")
    assert (status, output) == (1, "")
    assert errors.startswith("inkread: nowhere/out.txt: cannot be written (No such file or directory)")


def test_quiet_leaves_errors(run: Run) -> None:
    write(a="?7", b="no picture")
    assert run("read", "a.png", "-q") == (0, "7\n", "")
    assert run("read", "a.png", "b.png", "--quiet")[2] == "inkread: b.png: is not a picture\n"
    assert run("read", "a.png")[2] == "(1 of 1 digits is doubtful)\n"


@pytest.mark.parametrize("between", [b"\n", b"\r\n", b"\0"])
def test_lists_of_pictures(between: bytes, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    write(a="1", b="2")
    Path("list.txt").write_bytes(between.join([b"a.png", b"b.png", b""]))
    expected = (0, "a.png: 1\nb.png: 2\n", "(2 pictures, 2 digits)\n")
    assert run("read", "--files-from", "list.txt") == expected
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(Path("list.txt").read_bytes())))
    assert run("read", "--files-from", "-") == expected


def test_no_pictures_at_all(run: Run) -> None:
    status, _, errors = run("read")
    assert status == 2
    assert "give pictures, folders, - or --files-from FILE" in errors
    assert "the list cannot be read (No such file" in run("read", "--files-from", "none.txt")[2]


def test_several_processes_print_the_same(tmp_path: Path) -> None:
    for number in ("12", "7", "305"):
        Image.fromarray(draw_number(number, seed=2)).save(tmp_path / f"{number}.png")
    (tmp_path / "broken.png").write_text("no picture")
    texts = [
        subprocess.run(
            [sys.executable, "-m", "inkread", "read", ".", "--json", *options],
            cwd=tmp_path, capture_output=True, encoding="utf-8",
        )
        for options in ([], ["--jobs", "2"])
    ]  # fmt: skip
    assert texts[0].stdout == texts[1].stdout
    assert [done.returncode for done in texts] == [1, 1]
    assert [json.loads(line).get("text") for line in texts[1].stdout.splitlines()] == ["7", "12", "305", None]


def test_jobs_do_not_annotate(run: Run) -> None:
    write(a="1", b="2")
    status, _, errors = run("read", "a.png", "b.png", "--jobs", "2", "--annotate", "out")
    assert status == 2
    assert "--jobs does not go with --annotate" in errors


# Names of commands, help, completion


@pytest.mark.parametrize(("called", "meant"), [("predict", "read"), ("gui", "draw"), ("Fit", "train")])
def test_names_of_other_programs_lead_to_ours(called: str, meant: str, run: Run) -> None:
    status, output, errors = run(called, "photo.jpg")
    assert (status, output) == (2, "")
    assert errors == f"inkread: No such command '{called}'. Did you mean '{meant}'? (see: inkread --help)\n"


@pytest.mark.parametrize("words", [[], ["read"], ["sheet"], ["sheet", "print"]])
def test_help_is_short_to_ask_for(words: list[str], run: Run) -> None:
    short, long = run(*words, "-h"), run(*words, "--help")
    assert short == long
    assert short[0] == 0


def test_version_is_short_to_ask_for(run: Run) -> None:
    assert run("-V") == run("--version") == (0, f"inkread {inkread.__version__}\n", "")


@pytest.mark.parametrize(
    ("line", "word", "found"), [("inkread re", 1, "read"), ("inkread read --for", 2, "--format")]
)
def test_the_shell_completes(line: str, word: int, found: str) -> None:
    env = {**os.environ, "_INKREAD_COMPLETE": "complete_bash", "COMP_WORDS": line, "COMP_CWORD": str(word)}
    done = subprocess.run(
        [sys.executable, "-m", "inkread"], env=env, capture_output=True, encoding="utf-8", check=False
    )
    assert found in done.stdout.split()


def test_a_reader_that_leaves_is_no_mistake(tmp_path: Path) -> None:
    Image.fromarray(draw_number("7", seed=2)).save(tmp_path / "a.png")
    command = f"{sys.executable} -m inkread read " + "a.png " * 3 + "--json"
    script = f"set -o pipefail; {command} | true; echo $?"
    done = subprocess.run(
        ["bash", "-c", script], cwd=tmp_path, capture_output=True, encoding="utf-8", check=True
    )
    assert (done.stdout, done.stderr) in (("141\n", ""), ("0\n", ""))
