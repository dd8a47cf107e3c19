"""A frozen Recipe: everything that decides what a training run makes, in one file that is kept with the run.

Recipes are TOML; those that come with inkread lie in ``recipes/``. Bad values are refused before any work is done.
"""

from __future__ import annotations

import dataclasses
import reprlib
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

from inkread.errors import InkreadError
from inkread.training.glyphs.augment import Perturbation
from inkread.training.glyphs.optimizers import RATES, SCHEDULES

AUGMENTS = ("none", "light", "full")

_DIGITS = tuple("0123456789")
MARKS = tuple("-/.,():+")
"""The marks between digits in numbers that have classes of their own."""
_AFTER_DIGITS = ((), ("none",), (*MARKS, "none"), (*MARKS, "many", "none"))
_FOLDER = Path(__file__).parent / "recipes"
_WORDS = ("network", "optimizer", "schedule", "augment")
"""Settings that are names of something."""
_ONLY_FULL = ("more_forms", "even_letters", "teachers", "teaching", "mix", "perturb")
_FOR_OWN = "light"
"""The recipe for networks of one's own."""
_FORMERLY = {"batch": "batch_size", "average": "ema"}
"""Names in the cards of networks made before the command had options."""


class RecipeError(InkreadError):
    """A recipe that names an unknown setting, or gives one a value that cannot work."""


@dataclass(frozen=True, slots=True)
class Mix:
    """The shares of a pool's samples; they are scaled to sum to 1."""

    raw: float = 0.08
    """MNIST as it is: ``Reader.classify`` takes such glyphs directly."""
    clean: float = 0.12
    """MNIST through ``glyphs.normalise``, otherwise as it is."""
    mnist: float = 0.32
    """MNIST, perturbed."""
    strokes: float = 0.26
    """Digits of UNIPEN and pendigits, drawn with any pen and perturbed."""
    forms: float = 0.04
    """Digits drawn by code in forms that the data hardly has."""
    cut: float = 0.06
    """Digits cut from a neighbour that they touch, with what a cut takes from one and leaves of the other."""
    marks: float = 0.04
    """What stands between digits: UNIPEN signs, and drawn by code."""
    fragments: float = 0.05
    pairs: float = 0.06
    """Digits that touch or stand close: ``many``, and now and then a digit with a piece of another: ``none``."""
    letters: float = 0.1
    """UNIPEN letters and signs without look-alikes."""
    words: float = 0.01
    """Printed letters and words, in fonts."""
    scribbles: float = 0.02

    @property
    def negative(self) -> float:
        return self.fragments + self.pairs + self.letters + self.words + self.scribbles

    def counts(self, total: int) -> dict[str, int]:
        """How many of ``total`` samples each share gets; ``raw`` takes what rounding leaves."""
        shares = dataclasses.asdict(self)
        counts = {name: int(total * share / sum(shares.values())) for name, share in shares.items()}
        counts["raw"] += total - sum(counts.values()) if self.raw else 0
        return counts


@dataclass(frozen=True, slots=True)
class Recipe:
    """One training run. ``classes`` are the network's outputs in order: digits, then perhaps marks and ``none``.

    The command's options have the same names, with dashes.
    """

    name: str = "default"
    classes: tuple[str, ...] = ()
    """Empty: what ``augment`` makes, which for ``full`` includes what is no digit."""
    network: str = "default"
    optimizer: str = "adamw"
    learning_rate: float = None  # type: ignore[assignment]  # never None in a recipe that is made
    """The highest of the run; left out: one that works with the optimiser."""
    schedule: str = "cosine"
    weight_decay: float = 0.02
    """Only ``adamw`` has it."""
    epochs: int = 16
    batch_size: int = 256
    seed: int = 7
    label_smoothing: float = 0.05
    ema: float = 0.999
    """Decay of the moving average of the weights, which is what is validated and exported; 0: none."""
    data: str = ""
    """The folder or file of the images; empty: MNIST in its usual place."""
    augment: str = "full"
    """``none``: the images as they are. ``light``: a little moved. ``full``: samples made of MNIST, pen strokes
    and what is no digit, seen through the reader's own eyes."""
    samples: int = 0
    """Samples of one epoch; 0: 120,000 made ones for ``full``, otherwise all images."""
    reuse: int = 1
    """Epochs that share one pool of samples, where making is slower than learning."""
    deterministic: bool = False
    """One thread and no shortcuts: the same seed gives the same weights, bit for bit, on the same machine."""
    more_forms: bool = False
    """All forms that code draws, and the 1 on a long foot, instead of the first forms alone; only for ``full``."""
    even_letters: float = 0.0
    """How often, 0 … 1, all letters and signs have the same chance, instead of each as often as it was written."""
    start: str = ""
    """The network whose weights it begins with: that of a recipe, by name, or a .keras file; empty: random ones."""
    teachers: tuple[str, ...] = ()
    """Networks that it learns from beside the labels: those of recipes, by name, or files; only for ``full``."""
    teaching: float = 0.7
    """How much what the teachers say counts, 0 … 1; the label counts the rest."""
    mix: Mix = field(default_factory=Mix)
    """Only for ``full``, as ``perturb``."""
    perturb: Perturbation = field(default_factory=Perturbation)

    def __post_init__(self) -> None:
        for name, value in in_any_case({name: getattr(self, name) for name in _WORDS}).items():
            object.__setattr__(self, name, value)
        for name, among in (("optimizer", RATES), ("schedule", SCHEDULES), ("augment", AUGMENTS)):
            value = getattr(self, name)
            refuse(value not in among, f"no {name} {reprlib.repr(value)}; there are {', '.join(among)}")
        full = self.augment == "full"
        if self.learning_rate is None:
            object.__setattr__(self, "learning_rate", RATES[self.optimizer])
        follows = {
            "classes": (*_DIGITS, *MARKS, "many", "none") if full else _DIGITS,
            "samples": 120_000 * full,
        }
        for name, value in follows.items():  # what follows from other settings, where nothing was asked for
            object.__setattr__(self, name, getattr(self, name) or value)
        _refuse_numbers(self, "; leave it out for one that suits")
        refuse(self.samples < 0, f"samples must not be negative, not {self.samples}")
        refuse(0 < self.samples < self.batch_size, f"samples must be at least one batch ({self.batch_size})")
        shares = dataclasses.asdict(self.mix).values()
        refuse(min(shares) < 0 or sum(shares) <= 0, "the shares of mix must not be negative")
        self._refuse_classes(full)
        if full:
            refuse(
                bool(self.data),
                'data is for augment = "none" or "light": "full" is made of MNIST and strokes',
            )
        else:
            self._refuse_idle()

    def _refuse_classes(self, full: bool) -> None:
        """Raises RecipeError for classes that no network has, or that do not fit the samples."""
        refuse(self.classes[:10] != _DIGITS, "classes must begin with the digits 0 … 9 in order")
        refuse(
            self.classes[10:] not in _AFTER_DIGITS,
            f'after the digits, classes may hold "none", or {" ".join(MARKS)} and then "none", or "many" and "none"',
        )
        refuse(
            not full and self.classes != _DIGITS,
            f'augment = "{self.augment}" shows nothing that is no digit: leave "none" out of classes',
        )
        without_none = full and "none" not in self.classes and self.mix.negative > 0
        refuse(without_none, 'mix asks for samples that are no digit, but classes has no "none"')
        without_marks = full and "-" not in self.classes and self.mix.marks > 0
        refuse(without_marks, "mix asks for marks, but they are not among the classes")

    def _refuse_idle(self) -> None:
        """Raises RecipeError for settings that do nothing with this ``augment``."""
        what = f'augment = "{self.augment}": leave them out'
        refuse(
            (self.mix, self.perturb) != (Mix(), Perturbation()),
            f'mix and perturb do nothing with {what}, or take "full"',
        )
        refuse(
            bool(self.teachers or self.more_forms or self.even_letters),
            f"teachers, more_forms and even_letters do nothing with {what}",
        )

    def summary(self) -> str:
        """Network, epochs, optimizer and augmentation in words."""
        network = self.network.rpartition(":")[2]
        return f"{network}, {counted(self.epochs, 'epoch')}, {self.optimizer}, augment {self.augment}"

    def to_dict(self) -> dict[str, Any]:
        """Plain values for a file; what does nothing with this ``augment`` is left out."""
        fields = dataclasses.asdict(self) | {"classes": list(self.classes), "teachers": list(self.teachers)}
        if self.augment != "full":
            for name in _ONLY_FULL:
                del fields[name]
        return fields

    @classmethod
    def from_dict(cls, fields: Mapping[str, Any]) -> Recipe:
        """The inverse of ``to_dict``; what is left out keeps its default. Raises RecipeError."""
        known = {_FORMERLY.get(name, name): value for name, value in fields.items()}
        for name in ("classes", "teachers"):
            listed = known.get(name, ())
            known[name] = tuple(listed) if isinstance(listed, list | tuple) else None
            refuse(
                known[name] is None or not all(isinstance(each, str) for each in known[name]),
                f"{name} must be a list of names",
            )
        known["mix"] = built(Mix, "mix", known.get("mix", {}))
        known["perturb"] = built(Perturbation, "perturb", known.get("perturb", {}))
        recipe: Recipe = built(cls, "recipe", known)
        return recipe


LINES = "lines"
"""How a recipe says that it makes the network for lines, and no other."""
LINES_FILTERS = (16, 32, 64, 96, 128, 128)
"""The filters of each convolution: 0.4 million parameters."""


@dataclass(frozen=True, slots=True)
class LinesRecipe:
    """A training run of the network for lines; a recipe for it says ``network = "lines"``.

    The command's options have the same names, with dashes; the others mean nothing for lines. The schedule counts
    samples, not minutes, so that a slow machine makes the same network. What lines are made of is no setting.
    """

    optimizer: ClassVar[str] = "adamw"
    schedule: ClassVar[str] = "cosine"

    name: str = LINES
    network: str = LINES
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
    validation: int = 1500
    """Lines, by hands that are not learned from, that each epoch's network is judged by."""
    filters: tuple[int, ...] = LINES_FILTERS
    """Of each convolution; see ``lines.network``."""
    deterministic: bool = False
    """One thread and no shortcuts: the same seed gives the same weights, bit for bit, on the same machine."""

    def __post_init__(self) -> None:
        refuse(self.network != LINES, f'network must be "{LINES}" here, not {self.network!r}')
        _refuse_numbers(self)
        refuse(self.samples < self.batch_size, f"samples must be at least one batch ({self.batch_size})")
        refuse(not 0 < self.clipnorm <= 1000, f"clipnorm must lie in 0 … 1000, not {self.clipnorm}")
        fits = all(isinstance(each, int) and 0 < each <= 1024 for each in self.filters)
        count = len(LINES_FILTERS)
        refuse(not fits or len(self.filters) != count, f"filters must be {count} numbers from 1 to 1024")

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
        filters = fields.get("filters", LINES_FILTERS)
        refuse(not isinstance(filters, list | tuple), "filters must be a list of numbers")
        made: LinesRecipe = built(cls, "the network for lines", {**fields, "filters": tuple(filters)})
        return made


AnyRecipe = Recipe | LinesRecipe


def recipe_of(fields: Mapping[str, Any]) -> AnyRecipe:
    """The recipe with these fields, of either kind; raises RecipeError."""
    known = in_any_case(fields)
    return (LinesRecipe if known.get("network") == LINES else Recipe).from_dict(known)


def asked_recipe(recipe: str | Path | None, options: Mapping[str, Any]) -> AnyRecipe:
    """The recipe a command asks for: ``options`` (by a recipe's names) go before what stands in ``recipe``.

    Without ``recipe``, it is the one of the network, or the default one. Raises RecipeError, also for an option that
    the kind of recipe has no use for.
    """
    options = in_any_case(options)
    network = options.get("network", "default")
    network = _FOR_OWN if is_own(network) else network
    there = (_FOLDER / f"{network}.toml").exists()
    fields = in_any_case(recipe_fields(recipe or (network if there else "default")))
    if fields.get("network") == LINES:
        return LinesRecipe.from_dict({**fields, **options})
    if options.get("optimizer", fields.get("optimizer")) != fields.get("optimizer"):
        fields.pop("learning_rate", None)  # it was the other one's
    if options.get("augment", fields.get("augment", "full")) != fields.get("augment", "full"):
        for name in ("classes", "samples", "reuse", "start", *_ONLY_FULL):
            fields.pop(name, None)
    return Recipe.from_dict({**fields, **options})


def in_any_case(fields: Mapping[str, Any]) -> dict[str, Any]:
    """A recipe's fields with the names of networks, optimizers and the like in lower case: ``Adam`` is ``adam``."""
    return {
        name: value.lower() if name in _WORDS and isinstance(value, str) and not is_own(value) else value
        for name, value in fields.items()
    }


def is_own(network: str) -> bool:
    """Whether it names a network of one's own, as ``FILE.py:function``."""
    return ":" in network


def recipe_fields(name_or_path: str | Path) -> dict[str, Any]:
    """The unchecked content of a recipe, and its name. Raises RecipeError."""
    path = Path(name_or_path)
    if not path.is_file():
        path = _FOLDER / f"{path.name.lower().removesuffix('.toml')}.toml"
    try:
        fields = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        own = ", ".join(own_recipes())
        raise RecipeError(f"no recipe {name_or_path}: give a TOML file or one of {own}") from None
    except RecursionError:
        raise RecipeError(f"cannot read the recipe {path}: brackets are nested too deeply") from None
    except (ValueError, OSError) as error:  # no TOML, no UTF-8, or an integer of thousands of digits
        raise RecipeError(f"cannot read the recipe {path}: {' '.join(str(error).split())}") from error
    return {"name": path.stem} | fields


def own_recipes() -> tuple[str, ...]:
    """The names of the recipes that come with inkread."""
    return tuple(sorted(each.stem for each in _FOLDER.glob("*.toml")))


def built(kind: type[Any], where: str, fields: Mapping[str, Any]) -> Any:
    """``kind(**fields)`` with every name and type checked first."""
    if not isinstance(fields, Mapping):
        raise RecipeError(f"{where} must be a table")
    defaults = {each.name: each for each in dataclasses.fields(kind)}
    for name, value in fields.items():
        if name not in defaults:
            raise RecipeError(f"{where} has no setting {reprlib.repr(name)}; it has {', '.join(defaults)}")
        wanted = str(defaults[name].type)
        kinds = {"int": int, "float": int | float, "str": str, "bool": bool}
        plain = isinstance(value, bool) == (wanted == "bool") and isinstance(value, kinds.get(wanted, object))
        if wanted in kinds and not plain:
            raise RecipeError(f"{where}: {name} must be of type {wanted}, not {reprlib.repr(value)}")
    try:
        return kind(**fields)
    except ValueError as error:
        raise RecipeError(f"{where}: {error}") from error


def counted(number: int, what: str) -> str:
    """``1 epoch``, ``20 epochs``."""
    return f"{number:,} {what}" + ("" if number == 1 else "s")


def refuse(bad: bool, message: str) -> None:
    if bad:
        raise RecipeError(message)


def _refuse_numbers(recipe: Recipe | LinesRecipe, remedy: str = "") -> None:
    """Raises RecipeError for a number that is out of its range, of those that a kind of recipe has."""
    rate = recipe.learning_rate
    refuse(not 0 <= recipe.seed < 2**32, f"seed must lie in 0 … {2**32 - 1}, not {recipe.seed}")
    refuse(not 0 < rate <= 1, f"learning_rate must be above 0 and at most 1, not {rate}{remedy}")
    ranges: dict[str, Callable[[float], bool]] = {
        "be at least 1": lambda value: value >= 1,
        "lie in 0 … 1": lambda value: 0 <= value <= 1,
        "be at least 0 and less than 1": lambda value: 0 <= value < 1,
    }
    names = ("epochs", "batch_size", "reuse", "validation"), ("weight_decay", "even_letters", "teaching")
    for of, (said, fits) in zip((*names, ("label_smoothing", "ema")), ranges.items(), strict=True):
        for name in of:
            value = getattr(recipe, name, None)
            refuse(value is not None and not fits(value), f"{name} must {said}, not {value}")
