"""Muon for convolutions: each step moves a kernel's matrix by the nearest orthogonal one to its momentum.

Keras has Muon (Jordan et al. 2024) for dense layers alone, and leaves kernels of convolutions to AdamW (Loshchilov and
Hutter 2019). Here a kernel (h, w, in, out) counts as a matrix (h · w · in, out). Biases, normalisation and outputs are
left to AdamW.
"""

from __future__ import annotations

from typing import Any, Final

_LEAST_SIDE: Final = 32
"""Kernels with fewer outputs, or fewer inputs in all, are too small to be matrices."""


def build_optimizer(rate: float, weight_decay: float) -> Any:
    """A ``keras.Optimizer`` for networks of convolutions, with gradients clipped to a norm of 5."""
    import keras
    from keras import ops

    class ConvolutionMuon(keras.optimizers.Muon):  # type: ignore[misc]
        def _should_use_adamw(self, variable: Any) -> bool:
            shape = variable.shape
            return len(shape) != 4 or min(_inputs(shape), shape[-1]) < _LEAST_SIDE

        def _muon_update_step(self, gradient: Any, variable: Any, lr: Any, m: Any) -> None:
            self.assign_add(m, ops.add(gradient, m * (self.momentum - 1)))
            shape = variable.shape
            matrix = ops.reshape(ops.add(gradient, self.momentum * m), (-1, shape[-1]))
            update = ops.reshape(self.zeropower_via_newtonschulz5(matrix, self.ns_steps), shape)
            # As large as AdamW's steps are (Liu et al. 2025), so that both share a rate.
            size = self.rms_rate * max(_inputs(shape), shape[-1]) ** 0.5
            self.assign_sub(variable, update * size * ops.cast(lr, variable.dtype))

    return ConvolutionMuon(rate, weight_decay=weight_decay, adam_weight_decay=weight_decay, clipnorm=5.0)


def _inputs(shape: tuple[int, ...]) -> int:
    return shape[0] * shape[1] * shape[2]
