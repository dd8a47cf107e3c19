"""Makes the picture in sheets.md: a made page as a phone sees it, and the same page marked.

    python docs/make_sheet_pictures.py

All of it is made by code: the student, the handwriting, the photo.
"""

import tempfile
from dataclasses import replace
from pathlib import Path

import numpy as np
from PIL import Image

from inkread.reader import Reader
from inkread.sheets.exam.design import example_design
from inkread.sheets.exam.designfile import load_design
from inkread.sheets.exam_store import Store
from inkread.sheets.made.madeclass import blank_pages, fill_in, invent_class, sit_exam
from inkread.sheets.made.photo import Camera, photograph
from inkread.sheets.marks.marking_state import compute_state, works
from inkread.sheets.paper.printing import print_pdf
from inkread.sheets.results.markedcopy import marked_copy
from inkread.sheets.results.statistics import picture_of
from inkread.sheets.scans.scanning import scan

HEIGHT = 900


def main() -> None:
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        (folder / "exam.toml").write_text(example_design(), encoding="utf-8")
        design, rng = load_design(folder / "exam.toml"), np.random.default_rng(12)
        with Store(design.path) as store:
            (copy,) = store.add_copies([None])
            pdf = print_pdf(design, [(copy, None)], store.exam, store.secret)
            (sitting,) = sit_exam(design, invent_class(1, 6, rng), [copy], rng)
            sitting = replace(
                sitting, answers={**sitting.answers, "3": "12.6", "8": "35"}, first_tries={"1": "124"}
            )
            sitting.answers["1"] = "144"
            page = fill_in(design, blank_pages(pdf, design, [copy])(copy, 1), 1, sitting, rng)
            camera = Camera(turn_degrees=5, tilt=0.03, curl=0.005, shadow=0.4, blur=0.5, noise=3, desk=True)
            photo = Image.fromarray(photograph(page, camera, rng))
            (folder / "scans").mkdir()
            photo.save(folder / "scans" / "photo.jpg", quality=90)
            scan(design, store, folder / "scans", Reader())
            marked = picture_of(
                marked_copy(design, works(compute_state(design, store, 0.5).sheets, ())[0], store.folder)
            )
    pictures = [
        one.resize((round(one.width * HEIGHT / one.height), HEIGHT), Image.Resampling.LANCZOS)
        for one in (photo, marked)
    ]
    both = Image.new("RGB", (sum(one.width for one in pictures) + 24, HEIGHT), "white")
    both.paste(pictures[0], (0, 0))
    both.paste(pictures[1], (pictures[0].width + 24, 0))
    path = Path(__file__).resolve().parent / "pictures" / "sheet.jpg"
    both.save(path, quality=82, optimize=True)
    print(f"{path}  {path.stat().st_size // 1000} kB")


if __name__ == "__main__":
    main()
