"""Three layers, one result: base, then the vertical, then the client; a client's layer holds only what differs."""

from collections.abc import Iterable
from typing import Any

from settings.located import Key, Located, Place


def merged(layers: Iterable[Located]) -> Located:
    """Later layers win key by key; lists are replaced whole; `null` removes what a lower layer set."""
    value: Any = {}
    places: dict[tuple[Key, ...], Place] = {}
    for layer in layers:
        value = _over(value, layer.value, (), places, layer)
    return Located(value, places)


def _over(below: Any, above: Any, path: tuple[Key, ...], places: dict[tuple[Key, ...], Place], layer: Located) -> Any:  # noqa: ANN401 - YAML trees
    places[path] = layer.place(path)
    if not (isinstance(below, dict) and isinstance(above, dict)):
        _take_places(path, places, layer)
        return above
    result = dict(below)
    for key, value in above.items():
        if value is None:
            result.pop(key, None)
        else:
            result[key] = _over(below.get(key), value, (*path, key), places, layer)
    return result


def _take_places(path: tuple[Key, ...], places: dict[tuple[Key, ...], Place], layer: Located) -> None:
    for stale in [known for known in places if known[: len(path)] == path]:
        del places[stale]
    places.update({p: place for p, place in layer.places.items() if p[: len(path)] == path})
    places[path] = layer.place(path)
