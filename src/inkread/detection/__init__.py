"""Grey picture -> detections: the page network, looked through at the scales that the writing needs."""

from inkread.detection.detections import Detections
from inkread.detection.detector import Detector, as_grey

__all__ = ["Detections", "Detector", "as_grey"]
