"""Reads what a webcam sees and shows it, digits boxed, until a key is pressed.

pip install inkread; pip uninstall opencv-python-headless; pip install opencv-python; python examples/webcam.py
(The headless OpenCV that inkread brings along opens no windows.)
"""

import cv2
import numpy as np

import inkread


def main(camera_number: int = 0) -> None:
    """Reads frame after frame; OpenCV's frames are BGR."""
    reader = inkread.Reader()
    camera = cv2.VideoCapture(camera_number)
    try:
        while True:
            there, frame = camera.read()
            if not there:
                break
            reading = reader.read(frame, order="BGR")
            picture = np.asarray(reading.annotated(overlay=True))
            cv2.imshow("inkread", picture[..., ::-1])
            if cv2.waitKey(1) >= 0:
                break
    finally:
        camera.release()
        cv2.destroyAllWindows()


if __name__ == "__main__":
    main()
