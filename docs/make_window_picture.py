"""Makes the picture of the drawing window for the README: python docs/make_window_picture.py

It opens the window on a display of its own (Xvfb) and draws in it by events, with pen paths of the project's own. One
of the digits is between a 1 and a 7, to show what doubt looks like. Nicest with the font Inter (fonts-inter).
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import numpy as np
from PIL import Image

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests"))

ZOOM = 1.5
SIZE_WH = round(1268 * ZOOM), round(724 * ZOOM)


def main() -> None:
    from made_movements import Hand, number_strokes, screen

    with screen(), tempfile.TemporaryDirectory() as folder:
        hand = Hand(Path(folder), SIZE_WH, zoom=ZOOM)
        at = 92.0
        for text, seed, top in (("4", 6, 210), ("0", 3, 204), ("", 0, 200), ("5", 4, 214), ("8", 9, 206)):
            strokes = number_strokes([text], 205, at, top, seed=seed) if text else [doubtful_stroke(at, top)]
            hand.write([stroke * ZOOM for stroke in strokes], 9 * ZOOM)
            at = max(float(stroke[:, 0].max()) for stroke in strokes) + 46
        hand.wait()
        kinds = [part.kind for part in hand.window.model.seen.parts]
        hand.window.model.say("choose", kinds.index("doubtful"))
        hand.wait()
        picture = hand.screenshot(Path(folder) / "window.png")
        out = ROOT / "docs" / "pictures" / "window.png"
        picture.quantize(200, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE).save(
            out, optimize=True
        )
        print(f"{out}: {out.stat().st_size / 1000:.0f} kB, {hand.text!r}")
        hand.close()


def doubtful_stroke(left: float, top: float) -> np.ndarray:
    """A 1 with a flag that is nearly a 7: between two hands of the project's."""
    from made_hands import HANDS

    one, seven = (resampled(np.array(HANDS[digit][way][0])) for digit, way in (("1", 1), ("7", 3)))
    mean = (0.6 * one + 0.4 * seven) * 205
    return mean - mean.min(axis=0) + (left, top)


def resampled(points: np.ndarray, count: int = 60) -> np.ndarray:
    """A curve through the points, as so many points at equal distances."""
    from inkread.sketch import smooth

    path = smooth(points * 200, 1) / 200
    lengths = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(path, axis=0).T))])
    at = np.linspace(0, lengths[-1], count)
    return np.stack([np.interp(at, lengths, path[:, i]) for i in (0, 1)], axis=1)


if __name__ == "__main__":
    main()
