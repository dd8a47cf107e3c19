"""Are numbers read on what people photograph? Made pictures of sheets, notes, boards, squared paper, shadows, forms.

    python benchmarks/scenes.py                                   all scenes, 40 pictures of each
    python benchmarks/scenes.py "blackboard" --n 100              some of them, more pictures
    python benchmarks/scenes.py --failures DIR                    also keeps what was read wrong

Right is a picture of which all digits are read, line by line, and nothing else is.
"""

import argparse
import sys
from pathlib import Path

import cv2

import inkread
from madescenes import SCENES, make_scene
from sets import Share


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("scenes", nargs="*", metavar="SCENE", help=", ".join(SCENES))
    parser.add_argument("--n", type=int, default=40, help="pictures of each (40)")
    parser.add_argument("--model", help="another network than the shipped one")
    parser.add_argument(
        "--failures", type=Path, metavar="DIR", help="a folder for pictures that were read wrong"
    )
    options = parser.parse_args()
    if unknown := set(options.scenes) - set(SCENES):
        parser.error(f"no such scene: {', '.join(unknown)}")
    reader = inkread.Reader(options.model)
    print("| scene | n | right | 95 % interval |\n|---|---|---|---|")
    for name in options.scenes or SCENES:
        right = 0
        for number in range(options.n):
            picture, lines = make_scene(name, number)
            found = reader.read(picture).text.split("\n")
            right += found == lines
            if found != lines and options.failures:
                options.failures.mkdir(parents=True, exist_ok=True)
                path = options.failures / f"{name.replace(' ', '-')}-{number}-{'_'.join(found)[:40]}.png"
                cv2.imwrite(str(path), picture[..., ::-1])
        share = Share(right, options.n)
        print(f"| {name} | {share.n} | {share} | {share.bounds} |", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
