"""Labelled images (28, 28) that a network learns within seconds: where the bar lies is which digit it is."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray


def bars(count: int, seed: int = 0) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Images (n, 28, 28) uint8 and labels (n,): an uneven bar in one of ten places, as many of each."""
    rng = np.random.default_rng(seed)
    labels = (np.arange(count) % 10).astype(np.uint8)
    images = rng.integers(0, 40, (count, 28, 28), np.uint8)
    for image, label in zip(images, labels, strict=True):
        image[4 + 2 * label : 6 + 2 * label, 5:23] += rng.integers(80, 200, (2, 18), np.uint8)
    return images, labels


def write_bars(path: Path, train: int = 640, test: int = 100) -> Path:
    """An .npz as Keras has MNIST."""
    (x_train, y_train), (x_test, y_test) = bars(train), bars(test, seed=1)
    np.savez(path, x_train=x_train, y_train=y_train, x_test=x_test, y_test=y_test)
    return path
