"""Reading manifest.yaml, with a memory of which line said what."""

from collections.abc import Iterator
from pathlib import Path

import yaml
from pydantic import ValidationError
from pydantic_core import ErrorDetails

from canonical.problems import SettingsError
from connectors.kit.manifest import Manifest

Place = tuple[str | int, ...]

NEXT_STEP = "connectors/kit/manifest.py says what each key means; connectors/twilio/manifest.yaml is a whole one."


def read_manifest(path: Path) -> Manifest:
    """The manifest in that file.

    Raises:
        SettingsError: not readable, not YAML, or not a manifest; with file and line.
    """
    shown = f"{path.parent.parent.name}/{path.parent.name}/{path.name}"
    try:
        node = yaml.compose(path.read_text(encoding="utf-8"), Loader=yaml.SafeLoader)
    except OSError:
        raise SettingsError(shown, 0, "there is no manifest to read.", next_step=NEXT_STEP) from None
    except yaml.MarkedYAMLError as broken:
        line = broken.problem_mark.line + 1 if broken.problem_mark else 0
        raise SettingsError(shown, line, f"not valid YAML: {broken.problem}.", next_step=NEXT_STEP) from None
    if not isinstance(node, yaml.MappingNode):
        raise SettingsError(shown, 1, "a manifest is a mapping of keys.", next_step=NEXT_STEP)
    lines = dict(_lines(node, ()))
    _refuse_twins(node, shown)
    return _validated(yaml.safe_load(path.read_text(encoding="utf-8")), lines, path.parent.name, shown)


def _validated(body: object, lines: dict[Place, int], folder: str, shown: str) -> Manifest:
    try:
        manifest = Manifest.model_validate(body)
    except ValidationError as wrong:
        first = wrong.errors(include_url=False, include_input=False)[0]
        raise SettingsError(shown, _line(lines, first["loc"]), _sentence(first), next_step=NEXT_STEP) from None
    if manifest.vendor != folder:
        raise SettingsError(
            shown, lines[("vendor",)], "vendor differs from the folder's name.", next_step=f"Write:  vendor: {folder}"
        )
    return manifest


def _lines(node: yaml.Node, place: Place) -> Iterator[tuple[Place, int]]:
    yield place, node.start_mark.line + 1
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            yield from _lines(value, (*place, key.value))
            yield (*place, key.value), key.start_mark.line + 1
    elif isinstance(node, yaml.SequenceNode):
        for index, value in enumerate(node.value):
            yield from _lines(value, (*place, index))


def _refuse_twins(node: yaml.Node, shown: str) -> None:
    """YAML lets the second of two equal keys win in silence; a gap or a limit could vanish that way."""
    if isinstance(node, yaml.MappingNode):
        seen: set[str] = set()
        for key, value in node.value:
            if key.value in seen:
                raise SettingsError(
                    shown, key.start_mark.line + 1, f"{key.value} stands here twice.", next_step="Keep one."
                )
            seen.add(key.value)
            _refuse_twins(value, shown)
    elif isinstance(node, yaml.SequenceNode):
        for value in node.value:
            _refuse_twins(value, shown)


def _line(lines: dict[Place, int], loc: Place) -> int:
    """The line of the named key, or of the nearest key around it that exists."""
    return next(lines[loc[:depth]] for depth in range(len(loc), -1, -1) if loc[:depth] in lines)


def _sentence(error: ErrorDetails) -> str:
    where = ".".join(str(part) for part in error["loc"])
    return f"{where}: {error['msg']}." if where else f"{error['msg']}."
