"""The two kinds of recipes: for the network that reads single glyphs, and for the one that reads whole lines.

A recipe for lines says ``network = "lines"``; all others are for glyphs.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from inkread.training.glyphs.networks import layers_of
from inkread.training.glyphs.own_network import absolute
from inkread.training.lines.recipe import NETWORK, LinesRecipe
from inkread.training.recipe import Recipe, asked_recipe, in_any_case, is_own, recipe_fields

AnyRecipe = Recipe | LinesRecipe


def recipe_of(fields: Mapping[str, Any]) -> AnyRecipe:
    """The recipe with these fields; raises RecipeError."""
    known = in_any_case(fields)
    return (LinesRecipe if known.get("network") == NETWORK else Recipe).from_dict(known)


def asked(recipe: str | Path | None, options: Mapping[str, Any]) -> AnyRecipe:
    """The recipe a command asks for, with a network that there is: ``options`` go before what stands in ``recipe``.

    Raises RecipeError, also for an option that the kind of recipe has no use for.
    """
    options = in_any_case(options)
    name = recipe or (NETWORK if options.get("network") == NETWORK else None)
    if name is not None:
        fields = in_any_case(recipe_fields(name))
        if fields.get("network") == NETWORK:
            return LinesRecipe.from_dict({**fields, **options})
    found = asked_recipe(recipe, options)
    layers_of(found.network)
    return replace(found, network=absolute(found.network)) if is_own(found.network) else found
