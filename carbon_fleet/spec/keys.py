"""Which keys a model knows at a place, and which of them was meant."""

import types
from collections.abc import Sequence
from difflib import get_close_matches
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel, RootModel


def nearest(word: str, known: Sequence[str]) -> str:
    """The phrase that helps with an unknown word: the known one that was likely meant, or all there are."""
    folded = {name.lower().replace("-", "_"): name for name in known}
    close = get_close_matches(word.lower().replace("-", "_"), list(folded), n=1, cutoff=0.6)
    if close:
        return f"did you mean `{folded[close[0]]}`?"
    return f"known are: {', '.join(f'`{name}`' for name in sorted(known))}" if known else "none is known here"


def known_keys(annotation: Any, path: Sequence[str | int]) -> list[str]:
    """The keys of the models that may stand at `path` below `annotation`; unknown steps are passed over."""
    here = places(annotation)
    for step in path:
        here = below(here, step) or here
    return sorted({name for place in here for name in _fields(place)})


def places(annotation: Any) -> list[Any]:
    """The models, containers and types an annotation may be, looking through unions, annotations and root models."""
    origin = get_origin(annotation)
    if hasattr(annotation, "__value__"):  # a `type` alias
        return places(annotation.__value__)
    if origin is Annotated:
        return places(get_args(annotation)[0])
    if origin in (Union, types.UnionType):
        return [place for choice in get_args(annotation) for place in places(choice)]
    if _is_model(annotation) and issubclass(annotation, RootModel):
        return places(annotation.model_fields["root"].annotation)
    return [annotation]


def values(here: Sequence[Any], step: str | int) -> list[Any]:
    """What may stand one step below any of these places, None among it where that is allowed."""
    return [value for place in here for value in _values(place, step)]


def below(here: Sequence[Any], step: str | int) -> list[Any]:
    """The models and containers one step below."""
    return [value for value in values(here, step) if value is not type(None)]


def knows(here: Sequence[Any], key: str) -> bool:
    """Whether one of these places has a use for this key."""
    return any(key in _fields(place) or get_origin(place) is dict for place in here)


def _values(place: Any, step: str | int) -> list[Any]:
    if _is_model(place):
        found = place.model_fields.get(str(step))
        return places(found.annotation) if found else []
    inner = [each for each in get_args(place) if each is not Ellipsis]
    return places(inner[-1]) if inner else []


def _fields(place: Any) -> list[str]:
    return list(place.model_fields) if _is_model(place) else []


def _is_model(place: Any) -> bool:
    return get_origin(place) is None and isinstance(place, type) and issubclass(place, BaseModel)
