"""Grey picture -> detections: the page network, looked through at the scales that the writing needs.

find       Detector: symbols with boxes          peaks      cells of the network -> detections
look again BoxHead: each box closely (crops)     judge      gather_evidence: numbers for a calibration
"""

from inkread.detection.box_head import BoxHead, Opinions
from inkread.detection.detections import Detections
from inkread.detection.detector import Detector, as_grey
from inkread.detection.evidence import Evidence, gather_evidence, with_mates

__all__ = [
    "BoxHead",
    "Detections",
    "Detector",
    "Evidence",
    "Opinions",
    "as_grey",
    "gather_evidence",
    "with_mates",
]
