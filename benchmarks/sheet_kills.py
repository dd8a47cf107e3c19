"""What a kill costs: scans, reviews and results of an exam are ended by SIGKILL at any moment, and started again.

    python benchmarks/sheet_kills.py                200 kills, a third of each
    python benchmarks/sheet_kills.py --kills 30 --pages 12

Prints how many confirmed pages and decisions were lost or are there twice (it must be none), what SQLite's own check
says, whether a folder of results was ever half-made, and whether the result is that of a run that nobody killed. Needs
the extras [sheets] and [web] and a system that has SIGKILL.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

import numpy as np
from PIL import Image

from inkread.reader import Reader
from inkread.sheets.exam.designfile import load_design
from inkread.sheets.exam_store import Store
from inkread.sheets.made.madeclass import blank_pages, invent_class, sit_exam, take_pictures
from inkread.sheets.marks.marking_state import compute_state
from inkread.sheets.paper.printing import print_pdf
from inkread.sheets.scans.scanning import scan
from made_scans import DESIGN

INKREAD = (sys.executable, "-m", "inkread", "sheet")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--pages", type=int, default=40)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    chance = random.Random(options.seed)
    with tempfile.TemporaryDirectory() as temporary:
        exam = _make(Path(temporary) / "killed", options.pages, options.seed)
        whole = Path(temporary) / "whole"
        shutil.copytree(exam.parent, whole)
        third = options.kills // 3
        _scans(exam, options.kills - 2 * third, chance)
        _compare(exam, whole / "exam.toml")
        _results(exam, third, chance)
        _reviews(exam, third, chance)


def _make(folder: Path, pages: int, seed: int) -> Path:
    """An exam that was printed, filled in and photographed."""
    (folder / "scans").mkdir(parents=True)
    exam = folder / "exam.toml"
    exam.write_text(DESIGN.replace('class_list = "class.csv"', ""), encoding="utf-8")
    design, rng = load_design(exam), np.random.default_rng(seed)
    students = invent_class(pages, 6, rng)
    with Store(exam) as store:
        copies = store.add_copies([None] * pages)
        pdf = print_pdf(design, [(copy, None) for copy in copies], store.exam, store.secret)
    sittings = sit_exam(design, students, copies, rng)
    for i, (_, _, picture) in enumerate(
        take_pictures(design, blank_pages(pdf, design, copies), sittings, rng)
    ):
        Image.fromarray(picture).save(folder / "scans" / f"{i:03d}.jpg", quality=85)
    return exam


def _scans(exam: Path, kills: int, chance: random.Random) -> None:
    done = lost = twice = damaged = finished = 0
    while done < kills:
        command = [*INKREAD, "scan", str(exam), str(exam.parent / "scans"), "--jobs", "1"]
        with subprocess.Popen(
            command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
        ) as process:
            assert process.stderr
            told = [process.stderr.readline() for _ in range(chance.randrange(3))]
            time.sleep(chance.uniform(0, 0.6))
            process.kill()
            told += process.stderr.readlines()
        done += 1
        confirmed = {line.partition(":")[0] for line in told if line.endswith(": read\n")}
        with Store(exam) as store:
            pages = [page.source for page in store.pages()]
            kept = set(pages)
            twice += len(pages) - len(kept)
            lost += len(confirmed - kept)
            damaged += store._db.execute("PRAGMA integrity_check").fetchone() != ("ok",)
            if len(kept) == len(list((exam.parent / "scans").iterdir())):  # all is read: begin anew
                finished += 1
                with store.change():
                    store._db.execute("DELETE FROM pages WHERE id % 2 = 0")
    print(
        f"{done} scans killed ({finished} after the last page): {lost} confirmed pages lost, "
        f"{twice} there twice, {damaged} databases damaged"
    )


def _compare(killed: Path, whole: Path) -> None:
    """Ends the killed exam's scan, and compares it with one that went through in one piece."""
    found = []
    for exam in (killed, whole):
        design = load_design(exam)
        with Store(exam) as store:
            scan(design, store, exam.parent / "scans", Reader(), jobs=2)
            marks = compute_state(design, store).sheets
            pages = [(page.source, page.status, page.boxes) for page in store.pages()]
            found.append((pages, [(sheet.name, sheet.student, sheet.points) for sheet in marks]))
    print(f"the result of the killed scans is {'' if found[0] == found[1] else 'NOT '}that of the unbroken one "
          f"({len(found[1][0])} pages)")  # fmt: skip


def _results(exam: Path, kills: int, chance: random.Random) -> None:
    """Kills ``results`` at any moment; each folder that is there afterwards must be a whole one."""
    folder = exam.with_suffix(".results")
    command = [*INKREAD, "results", str(exam)]
    start = time.perf_counter()
    subprocess.run(command, check=True, capture_output=True)
    wall = time.perf_counter() - start
    whole = _contents(folder)
    half = gone = ended = 0
    for _ in range(kills):
        with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
            time.sleep(chance.uniform(0.3, 1.0) * wall)
            ended += process.poll() is not None
            process.kill()
        # Between two renames, the folder has another name for a moment, which the next run knows.
        gone += not folder.exists()
        half += folder.exists() and _contents(folder) != whole
    subprocess.run(command, check=True, capture_output=True)
    left = [path.name for path in folder.parent.glob(f".{folder.name}.*")]
    same = "" if _contents(folder) == whole else "NOT "
    print(
        f"{kills} results killed ({ended} after they were done): {half} folders half-made, {gone} moved away; then "
        f"the results are {same}those of before, left over: {left}"
    )


def _contents(folder: Path) -> dict[str, bytes]:
    """The files that do not hold the time of day, and the names of the others."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() if path.suffix == ".csv" else b""
        for path in folder.rglob("*")
        if path.is_file()
    }


def _reviews(exam: Path, kills: int, chance: random.Random) -> None:
    lost = twice = damaged = confirmed = 0
    for kill in range(kills):
        command = [*INKREAD, "review", str(exam), "--no-open", "--confidence", "1"]
        said: list[str] = []
        with subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        ) as process:
            assert process.stdout
            address = re.search(r"http://\S+", process.stdout.readline())
            assert address
            base, _, token = address[0].partition("#token=")
            for i in range(chance.randrange(1, 6)):
                said.append(str(1000 * kill + i))
                _settle(base, token, said[-1])
            process.kill()
        confirmed += len(said)
        with Store(exam) as store:
            kept = [one.after for one in store.decisions()]
            damaged += store._db.execute("PRAGMA integrity_check").fetchone() != ("ok",)
        lost += sum(one not in kept for one in said)
        twice += sum(kept.count(one) > 1 for one in said)
    print(
        f"{kills} reviews killed: {lost} of {confirmed} confirmed decisions lost, {twice} kept twice, "
        f"{damaged} databases damaged"
    )


def _settle(base: str, token: str, answer: str) -> None:
    headers = {"Authorization": f"Bearer {token}"}
    overview = urllib.request.Request(f"{base}v1/review?everything=true", headers=headers)
    with urllib.request.urlopen(overview, timeout=60) as shown:
        items = json.load(shown)["items"]
    seen = next(one["seen"] for one in items if (one["sheet"], one["question"]) == ("c1", 0))
    body = json.dumps({"sheet": "c1", "question": 0, "answer": answer, "seen": seen}).encode()
    request = urllib.request.Request(f"{base}v1/settle", body, headers)
    with urllib.request.urlopen(request, timeout=60) as confirmed:
        confirmed.read()


if __name__ == "__main__":
    main()
