"""Grey picture -> detections: the page network, looked through at the scales that the writing needs."""

from inkread.detection.detections import Detections

__all__ = ["Detections"]
