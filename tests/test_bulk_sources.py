"""What a source names: folders, patterns, lists, tar shards, Parquet, URLs; odd names, links, damage."""

from __future__ import annotations

import io
import os
import sys
import tarfile
from pathlib import Path

import pytest

from inkread.bulk import sources
from inkread.bulk.archives import Fetcher, NotFetched
from inkread.bulk.inputs import Found
from inkread.bulk.sources import open_source
from inkread.errors import BulkError, ExtraMissing
from made_bulk import make_files, run_bulk, texts_of

no_links = pytest.mark.skipif(sys.platform == "win32", reason="links need rights on Windows")


def found(source: object, **options: object) -> list[Found]:
    return list(open_source(str(source), **options).find())  # type: ignore[arg-type]


def names(source: object, top: Path) -> list[str]:
    return [each.path.removeprefix(str(top) + os.sep).replace(os.sep, "/") for each in found(source)]


def contents(source: object) -> dict[str, str]:
    """The content of each picture by its name; or why there is none."""
    fetcher = Fetcher(os.getcwd(), 1000)
    told = {}
    for each in found(source):
        try:
            told[each.path] = fetcher.fetch(each.place).decode()
        except NotFetched as error:
            told[each.path] = f"! {error}"
    return told


def make_tar(path: Path, members: dict[str, str] | list[tuple[str, str]], mode: str = "w") -> Path:
    with tarfile.open(path, mode) as archive:  # type: ignore[call-overload]
        for name, text in members.items() if isinstance(members, dict) else members:
            info = tarfile.TarInfo(name)
            info.size = len(text)
            archive.addfile(info, io.BytesIO(text.encode()))
    return path


def test_a_folder_gives_its_pictures_and_those_below_in_order(tmp_path: Path) -> None:
    kept = ["b.png", "a.JPG", "sub/x.tiff", "sub/deep/y.webp", "ä ö/ß.png", "z/new\nline.png", "z/-rf.png"]
    left_out = [".hidden.png", ".cache/x.png", "notes.txt", "a.annotated.png", "png"]
    make_files(tmp_path, dict.fromkeys([*kept, *left_out], "1"))
    assert names(tmp_path, tmp_path) == [
        "a.JPG", "b.png", "sub/x.tiff", "sub/deep/y.webp", "z/-rf.png", "z/new\nline.png", "ä ö/ß.png",
    ]  # fmt: skip


@no_links
def test_links_go_round_in_no_circles_and_pipes_are_not_waited_for(tmp_path: Path) -> None:
    make_files(tmp_path, {"sub/a.png": "1"})
    (tmp_path / "sub" / "round").symlink_to(tmp_path, target_is_directory=True)
    (tmp_path / "link.png").symlink_to(tmp_path / "sub" / "a.png")
    (tmp_path / "nowhere.png").symlink_to(tmp_path / "gone.png")
    os.mkfifo(tmp_path / "pipe.png")
    assert names(tmp_path, tmp_path) == ["link.png", "sub/a.png"]


@pytest.mark.skipif(sys.platform != "linux", reason="names that are no text exist on Linux only")
def test_a_name_that_is_no_text_comes_through(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    os.mkdir("scans")
    with open(b"scans/\xff.png", "wb") as file:
        file.write(b"42")
    for output in ("out.jsonl", "out.csv"):
        run_bulk("scans", Path(output))
    assert texts_of(Path("out.jsonl")) == {"scans/\udcff.png": "42"}
    assert r"scans/\udcff.png" in Path("out.csv").read_text(encoding="utf-8")


def test_more_names_than_fit_into_memory_are_sorted_alike(monkeypatch: pytest.MonkeyPatch) -> None:
    given = [f"{i * 7919 % 1000}\udcff" for i in range(1000)]
    in_memory = list(sources.in_order(iter(given)))
    monkeypatch.setattr(sources, "_IN_MEMORY", 10)
    assert list(sources.in_order(iter(given))) == in_memory == sorted(given)


def test_a_pattern(tmp_path: Path) -> None:
    make_files(tmp_path, dict.fromkeys(["a/1.png", "a/2.jpg", "b/c/3.png", "b/notes.txt"], "1"))
    assert names(tmp_path / "*" / "*.png", tmp_path) == ["a/1.png"]
    assert names(tmp_path / "**" / "*", tmp_path) == ["a/1.png", "a/2.jpg", "b/c/3.png"]
    make_files(tmp_path, {"[odd]/1.png": "1"})
    assert names(tmp_path / "[odd]", tmp_path) == ["[odd]/1.png"]


def test_a_list_of_paths_from_its_own_folder_or_the_current_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_files(
        tmp_path, {"data/a.png": "1", "here/b.png": "2", "data/list.txt": "a.png\r\n\n# no\nb.png\nc.png\n"}
    )
    monkeypatch.chdir(tmp_path / "here")
    told = contents(tmp_path / "data" / "list.txt")
    assert told["a.png"] == "1"
    assert told["b.png"] == "2"
    assert told["c.png"].startswith("! cannot be read")


@pytest.mark.parametrize(
    "text",
    [
        "label,path\n7,a.png\n1,b.png\n",
        "path\na.png\nb.png\n",
        "a.png,7\nb.png,1\n",
        '\ufeffpath\n"a.png"\nb.png\n',
    ],
)
def test_a_csv_list(tmp_path: Path, text: str) -> None:
    make_files(tmp_path, {"a.png": "1", "b.png": "2", "list.csv": text})
    assert contents(tmp_path / "list.csv") == {"a.png": "1", "b.png": "2"}


def test_a_name_that_is_listed_twice_has_one_row_and_the_same_content_two(tmp_path: Path) -> None:
    make_files(tmp_path, {"a.png": "1", "b.png": "1", "list.txt": "a.png\nb.png\na.png\n"})
    summary = run_bulk(tmp_path / "list.txt", tmp_path / "out.jsonl")
    assert texts_of(tmp_path / "out.jsonl") == {"a.png": "1", "b.png": "1"}
    assert (summary.rows, summary.twice) == (2, 1)


@pytest.mark.parametrize(
    ("ending", "mode"), [("tar", "w"), ("tar.gz", "w:gz"), ("tgz", "w:gz"), ("tar.xz", "w:xz")]
)
def test_tar_shards(tmp_path: Path, ending: str, mode: str) -> None:
    members = {"a.png": "1", "../../b.png": "2", "/etc/c.png": "3", "label.txt": "7", "d/._x.png": "x"}
    path = make_tar(tmp_path / f"shard.{ending}", members, mode)
    assert contents(path) == {f"{path}::a.png": "1", f"{path}::../../b.png": "2", f"{path}::/etc/c.png": "3"}
    backwards = found(path)[::-1]
    fetcher = Fetcher(os.getcwd(), 1000)
    assert [fetcher.fetch(each.place) for each in backwards] == [b"3", b"2", b"1"]
    assert len(found(tmp_path)) == 3


def test_two_members_of_one_name_are_two_rows(tmp_path: Path) -> None:
    path = make_tar(tmp_path / "shard.tar", [("a.png", "1"), ("a.png", "2"), ("a.png", "3")])
    for _ in range(2):
        run_bulk(path, tmp_path / "out.jsonl")
        assert texts_of(tmp_path / "out.jsonl") == {
            f"{path}::a.png": "1",
            f"{path}::a.png#2": "2",
            f"{path}::a.png#3": "3",
        }


def test_a_tar_that_breaks_off_gives_what_is_there_and_says_so(tmp_path: Path) -> None:
    path = make_tar(tmp_path / "shard.tar", {"a.png": "1", "b.png": "2" * 5000})
    path.write_bytes(path.read_bytes()[:3000])
    told = contents(path)
    assert told[f"{path}::a.png"] == "1"
    assert any("breaks off" in text or "damaged" in text for text in told.values())
    (tmp_path / "no.tar").write_text("this is no archive")
    (told,) = contents(tmp_path / "no.tar").values()
    assert "the archive is damaged" in told


def test_parquet_with_bytes_or_structs_named_or_not(tmp_path: Path) -> None:
    arrow, parquet = pytest.importorskip("pyarrow"), pytest.importorskip("pyarrow.parquet")
    texts = [str(i).encode() for i in range(100)]
    plain = arrow.table({"label": list(range(100)), "image": texts})
    struct = arrow.table({"image": [{"bytes": text, "path": f"{text.decode()}.png"} for text in texts]})
    named = arrow.table({"path": [f"n{i}" for i in range(100)], "png": texts})
    for name, table, first in (("plain", plain, "0"), ("struct", struct, "0.png"), ("named", named, "n0")):
        path = tmp_path / f"{name}.parquet"
        parquet.write_table(table, path, row_group_size=40)
        told = contents(path)
        assert next(iter(told)) == f"{path}::{first}"
        assert list(told.values()) == [text.decode() for text in texts]
    parquet.write_table(arrow.table({"a": [1]}), tmp_path / "none.parquet")
    (told_,) = contents(tmp_path / "none.parquet").values()
    assert "no column" in told_
    parquet.write_table(arrow.table({"image": [b"1", None, b"3"]}), tmp_path / "gaps.parquet")
    assert list(contents(tmp_path / "gaps.parquet").values()) == ["1", "! this row holds no picture", "3"]


def test_urls_of_every_kind(tmp_path: Path) -> None:
    fsspec = pytest.importorskip("fsspec")
    memory = fsspec.filesystem("memory")
    for name, text in (("a.png", "1"), ("sub/b.jpg", "2"), ("sub/.hidden.png", "x"), ("notes.txt", "x")):
        memory.pipe(f"/scans/{name}", text.encode())
    with memory.open("/scans/sub/s.tar", "wb") as file:
        file.write(make_tar(tmp_path / "s.tar", {"c.png": "3"}).read_bytes())
    everything = {
        "memory:///scans/a.png": "1", "memory:///scans/sub/b.jpg": "2", "memory:///scans/sub/s.tar::c.png": "3",
    }  # fmt: skip
    assert contents("memory://scans") == everything
    assert contents("memory://scans/*/*.jpg") == {"memory:///scans/sub/b.jpg": "2"}
    assert contents("memory://scans/a.png") == {"memory:///scans/a.png": "1"}
    memory.pipe("/scans/list.txt", b"a.png\nmemory://scans/sub/b.jpg\n")
    assert contents("memory://scans/list.txt") == {"a.png": "1", "memory://scans/sub/b.jpg": "2"}
    (tmp_path / "list.txt").write_text("memory://scans/a.png\nmemory://scans/gone.png\n")
    told = contents(tmp_path / "list.txt")
    assert told.pop("memory://scans/a.png") == "1"
    assert all(text.startswith("! ") for text in told.values())
    source = open_source("memory://scans")
    assert source.is_there()
    memory.rm("/scans", recursive=True)
    assert not source.is_there()
    with pytest.raises(BulkError, match="there is nothing"):
        found("memory://scans")


def test_what_is_missing_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(BulkError, match="there is no such folder or file"):
        open_source(str(tmp_path / "gone"))
    with pytest.raises(BulkError, match="no pictures there"):
        run_bulk(tmp_path, tmp_path / "out.jsonl")
    pytest.importorskip("fsspec")
    with pytest.raises(ExtraMissing, match="nosuch"):
        found("nosuch://bucket/x")


def test_without_its_extra_a_source_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "fsspec", None)
    monkeypatch.setitem(sys.modules, "pyarrow.parquet", None)
    make_files(tmp_path, {"a.png": "1", "shard.parquet": "x"})
    with pytest.raises(ExtraMissing, match=r'pip install "inkread\[bulk\]"'):
        found("s3://bucket/scans")
    with pytest.raises(ExtraMissing, match=r'pip install "inkread\[bulk\]"'):
        found(tmp_path)
    with pytest.raises(ExtraMissing, match=r'pip install "inkread\[bulk\]"'):
        run_bulk(tmp_path / "a.png", tmp_path / "out.parquet")
    assert run_bulk(tmp_path / "a.png", tmp_path / "out.csv").rows == 1
