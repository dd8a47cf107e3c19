"""The optimisers by name, each with a learning rate that works, and how the rate moves during a run."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

RATES = {
    "adam": 0.001,
    "adamw": 0.002,
    "nadam": 0.001,
    "rmsprop": 0.001,
    "adadelta": 1.0,
    "adagrad": 0.02,
    "sgd": 0.05,
}
"""The learning rate that is used unless another is asked for.

Keras 3 gives Adadelta 0.001, with which it learns nothing: Zeiler's paper ("ADADELTA", 2012) has no rate at
all, which is 1. SGD here has Nesterov's momentum, and Adagrad's steps only become shorter: both want more
than Keras' defaults, too.
"""

SCHEDULES = ("cosine", "one-cycle", "constant")
"""``cosine``: a short warm-up, then half a cosine down to nothing (Loshchilov and Hutter 2017, "SGDR").
``one-cycle``: straight up for a quarter of the run, then straight down to nothing (Smith and Topin 2018,
"Super-convergence"): the quickest where there are only a few epochs. ``constant``: as the tutorials have it."""

_RISING = 0.25
"""The part of one cycle in which the rate rises."""


def make_optimizer(
    keras: Any,
    name: str,
    rate: float,
    decay: float,
    schedule: str,
    steps: int,
    warmup: int,
    clipnorm: float | None = None,
) -> Any:
    """The optimiser ``name`` for a run of ``steps`` steps; ``decay`` of the weights is ``adamw``'s alone.

    ``clipnorm``: a variable's gradient is made no longer than this.
    """
    rates = _rates(keras, rate, schedule, steps, warmup)
    kinds: dict[str, Callable[[], Any]] = {
        "adam": lambda: keras.optimizers.Adam(rates, clipnorm=clipnorm),
        "adamw": lambda: keras.optimizers.AdamW(rates, weight_decay=decay, clipnorm=clipnorm),
        "nadam": lambda: keras.optimizers.Nadam(rates, clipnorm=clipnorm),
        "rmsprop": lambda: keras.optimizers.RMSprop(rates, clipnorm=clipnorm),
        "adadelta": lambda: keras.optimizers.Adadelta(rates, clipnorm=clipnorm),
        "adagrad": lambda: keras.optimizers.Adagrad(rates, clipnorm=clipnorm),
        "sgd": lambda: keras.optimizers.SGD(rates, momentum=0.9, nesterov=True, clipnorm=clipnorm),
    }
    optimizer = kinds[name]()
    if name == "adamw":
        # Scales, shifts and biases are few and need no decay (He et al. 2019, "Bag of tricks", 3.1).
        optimizer.exclude_from_weight_decay(var_names=["gamma", "beta", "bias"])
    return optimizer


def _rates(keras: Any, peak: float, schedule: str, steps: int, warmup: int) -> Any:
    schedules = keras.optimizers.schedules
    if schedule == "constant":
        return peak
    if schedule == "cosine":
        return schedules.CosineDecay(
            peak / 20, decay_steps=max(1, steps - warmup), warmup_target=peak, warmup_steps=warmup
        )

    base: Any = schedules.LearningRateSchedule

    class OneCycle(base):  # type: ignore[misc]
        def __call__(self, step: Any) -> Any:
            done = keras.ops.cast(step, "float32") / steps
            rising, falling = 0.05 + done / _RISING, (1.0 - done) / (1.0 - _RISING) + 0.001
            return peak * keras.ops.minimum(keras.ops.minimum(rising, 1.0), falling)

        def get_config(self) -> dict[str, Any]:
            return {"peak": peak, "steps": steps}

    return OneCycle()
