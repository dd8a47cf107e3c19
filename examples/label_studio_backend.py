"""Pre-annotates pictures in Label Studio: a box and a label for each digit.

Install label-studio-ml as its documentation says, then: label-studio-ml start examples
The labelling interface needs <Image name="image" value="$image"/> and
<RectangleLabels name="digit" toName="image"> with the labels 0 to 9.
"""

from typing import Any

from label_studio_ml.model import LabelStudioMLBase

import inkread


class DigitBackend(LabelStudioMLBase):
    """Answers Label Studio's question for predictions."""

    reader = inkread.Reader()

    def predict(self, tasks: list[dict[str, Any]], context: Any = None, **_: Any) -> list[dict[str, Any]]:
        paths = [self.get_local_path(task["data"]["image"]) for task in tasks]
        return [_prediction(self.reader.read(path)) for path in paths]


def _prediction(reading: inkread.Reading) -> dict[str, Any]:
    """Label Studio counts in percent of the picture."""
    width, height = reading.size_wh
    names = {"from_name": "digit", "to_name": "image", "type": "rectanglelabels"}
    result = []
    for digit in reading:
        box = digit.box
        place = {"x": 100 * box.left / width, "y": 100 * box.top / height}
        size = {"width": 100 * box.width / width, "height": 100 * box.height / height}
        value = {**place, **size, "rectanglelabels": [str(digit)]}
        result.append({**names, "score": digit.confidence, "value": value})
    return {"score": reading.confidence, "result": result}
