"""A frozen LinesRecipe: everything that decides what a run makes that trains the network for lines.

The schedule counts samples, not minutes, so that a slow machine makes the same network. What lines are made of is
``texts``, ``writing``, ``dirt`` and ``wear``, and not a recipe's.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from inkread.training.recipe import RecipeError, built, counted, refuse

NETWORK = "lines"
"""How a recipe says that it makes this network, and no other."""
VALIDATION_LINES = 1500
FILTERS = (16, 32, 64, 96, 128, 128)
"""0.4 million parameters."""


@dataclass(frozen=True, slots=True)
class LinesRecipe:
    """One training run. The command's options have the same names, with dashes; the others mean nothing for lines."""

    optimizer: ClassVar[str] = "adamw"
    schedule: ClassVar[str] = "cosine"

    name: str = "lines"
    network: str = NETWORK
    learning_rate: float = 0.002
    """The highest of the run, of AdamW, after 300 steps; from there half a cosine down to nothing."""
    weight_decay: float = 0.01
    clipnorm: float = 5.0
    """No gradient of a variable is longer: a line that is read quite wrongly has a loss in the hundreds."""
    epochs: int = 68
    batch_size: int = 64
    seed: int = 1
    ema: float = 0.999
    """Decay of the moving average of the weights, which is what is validated and exported; 0: none."""
    samples: int = 8192
    """Lines of one epoch; 68 epochs of 8,192 are 557,056."""
    reuse: int = 2
    """Epochs that share one pool of lines, since making one takes as long as learning from it."""
    validation: int = VALIDATION_LINES
    """Lines, by hands that are not learned from, that each epoch's network is judged by."""
    filters: tuple[int, ...] = FILTERS
    """Of each convolution; see ``network``."""
    deterministic: bool = False
    """One thread and no shortcuts: the same seed gives the same weights, bit for bit, on the same machine."""

    def __post_init__(self) -> None:
        refuse(self.network != NETWORK, f'network must be "{NETWORK}" here, not {self.network!r}')
        for name in ("epochs", "batch_size", "samples", "reuse", "validation"):
            refuse(getattr(self, name) < 1, f"{name} must be at least 1, not {getattr(self, name)}")
        refuse(not 0 <= self.seed < 2**32, f"seed must lie in 0 … {2**32 - 1}, not {self.seed}")
        refuse(self.samples < self.batch_size, f"samples must be at least one batch ({self.batch_size})")
        refuse(
            not 0 < self.learning_rate <= 1,
            f"learning_rate must be above 0 and at most 1, not {self.learning_rate}",
        )
        refuse(not 0 <= self.weight_decay <= 1, f"weight_decay must lie in 0 … 1, not {self.weight_decay}")
        refuse(not 0 < self.clipnorm <= 1000, f"clipnorm must lie in 0 … 1000, not {self.clipnorm}")
        refuse(not 0 <= self.ema < 1, f"ema must be at least 0 and less than 1, not {self.ema}")

        fits = len(self.filters) == len(FILTERS) and all(
            isinstance(each, int) and 0 < each <= 1024 for each in self.filters
        )
        refuse(not fits, f"filters must be {len(FILTERS)} numbers from 1 to 1024")

    def summary(self) -> str:
        """Network, epochs, optimizer and samples in words."""
        epochs = counted(self.epochs, "epoch")
        return f"{self.network}, {epochs}, {self.optimizer}, {self.samples:,} made lines each"

    def to_dict(self) -> dict[str, Any]:
        """Plain values for a file."""
        return dataclasses.asdict(self) | {"filters": list(self.filters)}

    @classmethod
    def from_dict(cls, fields: Mapping[str, Any]) -> LinesRecipe:
        """The inverse of ``to_dict``; what is left out keeps its default. Raises RecipeError."""
        names = [each.name for each in dataclasses.fields(cls)]
        unknown = [name for name in fields if name not in names]
        if unknown:
            raise RecipeError(
                f"the network for lines has no setting {unknown[0]!r}; it has {', '.join(names)}"
            )
        filters = fields.get("filters", FILTERS)
        refuse(not isinstance(filters, list | tuple), "filters must be a list of numbers")
        made: LinesRecipe = built(cls, "recipe", {**fields, "filters": tuple(filters)})
        return made
