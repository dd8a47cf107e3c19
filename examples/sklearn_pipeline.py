"""Learns from a few examples of each digit with scikit-learn, on what inkread's network tells digits from.

pip install scikit-learn inkread; python examples/sklearn_pipeline.py
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.datasets import load_digits
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

import inkread


class DigitEmbedding(TransformerMixin, BaseEstimator):
    """Glyphs (n, 28, 28) or (n, 784), 0 paper … 1 ink, to the embedding of inkread's network (n, E)."""

    def fit(self, X: Any, y: Any = None) -> "DigitEmbedding":
        self.reader_ = inkread.Reader()
        return self

    def transform(self, X: Any) -> NDArray[np.float32]:
        return self.reader_.embed(np.asarray(X, np.float32).reshape(-1, 28, 28))


def glyphs_of(images: NDArray[np.float64]) -> NDArray[np.float32]:
    """Scikit-learn's digits (n, 8, 8), 0 … 16, as MNIST has them: 20 pixels high in a margin of 4."""
    large = [Image.fromarray(np.uint8(image * 15)).resize((20, 20)) for image in images]
    return np.pad(np.array(large, np.float32) / 255, ((0, 0), (4, 4), (4, 4)))


if __name__ == "__main__":
    images, y = load_digits(return_X_y=True)
    X = glyphs_of(images.reshape(-1, 8, 8))
    learner = make_pipeline(DigitEmbedding(), LogisticRegression(max_iter=1000)).fit(X[:100], y[:100])
    print(f"{learner.score(X[100:], y[100:]):.1%} right, from 100 examples")
