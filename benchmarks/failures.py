"""Contact sheets of what was read wrong: one thumbnail per failure, and what it was taken for.

The pictures are other people's handwriting: the sheets are for your eyes, not for publishing.
"""

from collections.abc import Sequence
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont, ImageOps

from sets import Answer, Sample

__all__ = ["draw_failures"]

_ACROSS, _DOWN = 8, 8
_TALL = 14
_MARGIN = 6


def draw_failures(
    folder: Path, failed: Sequence[tuple[Sample, Answer]], out: Path, name: str, sheets: int = 3
) -> list[Path]:
    """Writes up to ``sheets`` sheets of failures, the surest first; numbers get wider cells than digits."""
    failed = sorted(failed, key=lambda pair: -pair[1].confidence)
    width = 300 if any(len(sample.truth) > 1 for sample, _ in failed) else 150
    across, per_sheet = _ACROSS * 150 // width, _ACROSS * 150 // width * _DOWN
    out.mkdir(parents=True, exist_ok=True)
    for old in out.glob(f"{name}-*.png"):
        old.unlink()
    paths = []
    for start in range(0, min(len(failed), sheets * per_sheet), per_sheet):
        part = failed[start : start + per_sheet]
        sheet = Image.new("RGB", (across * width, -(-len(part) // across) * (150 + 2 * _TALL)), "white")
        for i, (sample, answer) in enumerate(part):
            _draw(sheet, folder, sample, answer, (i % across * width, i // across * (150 + 2 * _TALL)), width)
        paths.append(out / f"{name}-{1 + start // per_sheet}.png")
        sheet.save(paths[-1])
    return paths


def _draw(
    sheet: Image.Image, folder: Path, sample: Sample, answer: Answer, corner: tuple[int, int], width: int
) -> None:
    x, y = corner
    draw = ImageDraw.Draw(sheet)
    size = (width - 2 * _MARGIN, 150 - 2 * _MARGIN)
    try:
        with Image.open(folder / sample.file) as image:
            picture = ImageOps.contain(ImageOps.exif_transpose(image).convert("RGB"), size)
        sheet.paste(picture, (x + _MARGIN, y + _MARGIN))
    except OSError as error:
        draw.text((x + _MARGIN, y + _MARGIN), str(error), fill="red")
    font = ImageFont.load_default(size=_TALL - 2)
    truth, digits = (sample.written, answer.written) if sample.written else (sample.truth, answer.digits)
    read = answer.error or digits or "nothing"
    kept = "" if answer.error or answer.sure == answer.digits else f" sure {answer.sure or '-'}"
    lines = (
        f"{sample.file} {sample.kind}",
        f"{truth or 'none'} -> {read}{kept} {answer.confidence:.2f}",
    )
    for row, text in enumerate(lines):
        draw.text(
            (x + _MARGIN, y + 148 + row * _TALL), text[: width // 6], fill=("grey", "black")[row], font=font
        )
    draw.rectangle((x, y, x + width - 1, y + 149 + 2 * _TALL), outline="lightgrey")
