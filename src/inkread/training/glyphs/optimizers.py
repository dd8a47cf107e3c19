"""The optimisers by name, each with a learning rate that works, and how the rate moves during a run."""

from __future__ import annotations

from typing import Any

RATES = {
    "adam": 0.001, "adamw": 0.002, "nadam": 0.001, "rmsprop": 0.001, "adadelta": 1.0, "adagrad": 0.02, "sgd": 0.05
}  # fmt: skip
"""The learning rate that is used unless another is asked for.

Keras 3 gives Adadelta 0.001, with which it learns nothing: Zeiler's paper ("ADADELTA", 2012) has no rate at
all, which is 1. SGD here has Nesterov's momentum, and Adagrad's steps only become shorter: both want more
than Keras' defaults, too.
"""
_KINDS = {"adamw": "AdamW", "rmsprop": "RMSprop", "sgd": "SGD"}
"""How Keras calls them; the others are capitalised."""
SCHEDULES = ("cosine", "one-cycle", "constant")
"""``cosine``: a short warm-up, then half a cosine down to nothing (Loshchilov and Hutter 2017, "SGDR").
``one-cycle``: straight up for a quarter of the run, then straight down to nothing (Smith and Topin 2018,
"Super-convergence"): the quickest where there are only a few epochs. ``constant``: as the tutorials have it."""
_RISING = 0.25
"""The part of one cycle in which the rate rises."""


def make_optimizer(keras: Any, recipe: Any, steps: int, warmup: int, clipnorm: float | None = None) -> Any:
    """The optimiser of a ``recipe`` of any kind for a run of ``steps`` steps.

    ``clipnorm``: a variable's gradient is made no longer than this.
    """
    name, more = recipe.optimizer, {"clipnorm": clipnorm}
    if name == "adamw":
        more["weight_decay"] = recipe.weight_decay
    if name == "sgd":
        more |= {"momentum": 0.9, "nesterov": True}
    kind = getattr(keras.optimizers, _KINDS.get(name, name.capitalize()))
    optimizer = kind(_rates(keras, recipe.learning_rate, recipe.schedule, steps, warmup), **more)
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
