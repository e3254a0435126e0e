"""A practice's folder, read through its layers into canonical nouns."""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import rfc8785
from pydantic import BaseModel

from canonical.agreements import VendorRegister
from canonical.ids import ContentHash
from canonical.model import Noun
from canonical.plan import Journeys
from canonical.policy import Attestation, PolicySettings
from canonical.practice import Practice
from canonical.problems import SettingsError
from canonical.templates import TemplateSource
from settings.journeys import read_journeys
from settings.layers import merged
from settings.located import Key, Located, parsed, read_yaml
from settings.messages import read_messages
from settings.written import parse_hours

KEYED = ("locations", "providers", "services", "connections", "campaigns")
"""Files that hold `id: {…}` entries, and the id field each entry gets."""
_ID_FIELD = {
    "locations": "location_id",
    "providers": "provider_id",
    "services": "service_id",
    "connections": "connection_id",
    "campaigns": "campaign_id",
}


class PracticeConfig(Noun):
    """Everything configured about one practice, layers merged and checked."""

    practice: Practice
    agreements: VendorRegister
    journeys: Journeys
    attestations: tuple[Attestation, ...]
    policy: PolicySettings
    messages: tuple[TemplateSource, ...]
    lexicon: frozenset[str]
    """Words that name what this practice does; none may reach an SMS or plain mail (C2)."""
    folder: Path
    mapping_folders: tuple[Path, ...]
    """Where mapping overrides live, weakest first."""
    sources: dict[str, str]
    """Canonical text of each part by kind (journeys, policy, register …), as the ledger remembers it by hash."""

    def source_hash(self, kind: str) -> ContentHash:
        """SHA-256 of that part's canonical text."""
        return ContentHash(hashlib.sha256(self.sources[kind].encode()).hexdigest())


@dataclass(frozen=True)
class Folders:
    """The layer folders of a practice, weakest first, and the root they are shown relative to."""

    layers: tuple[Path, ...]
    root: Path

    def shown(self, path: Path) -> str:
        """The path as a person would write it."""
        return str(path.relative_to(self.root.parent)) if path.is_relative_to(self.root.parent) else str(path)

    def read(self, name: str) -> Located:
        """`name`.yaml through all layers."""
        files = [layer / f"{name}.yaml" for layer in self.layers]
        return merged(read_yaml(file, self.shown(file)) for file in files if file.is_file())


def layer_folders(client: Path, root: Path) -> Folders:
    """Base → vertical → client, as the client's practice.yaml names its vertical.

    Raises:
        SettingsError: for a missing practice.yaml or a vertical that does not exist.
    """
    shown = Folders((client,), root)
    file = client / "practice.yaml"
    if not file.is_file():
        raise SettingsError(
            shown.shown(client), 0, "there is no practice.yaml in this folder.", next_step="Run: glowline init"
        )
    own = read_yaml(file, shown.shown(file))
    vertical = str(own.value.get("vertical", "medspa"))
    folder = root / "verticals" / vertical
    if not folder.is_dir():
        known = ", ".join(sorted(p.name for p in (root / "verticals").glob("*") if p.is_dir()))
        raise own.error(("vertical",), f"there is no vertical '{vertical}'.", f"Known verticals: {known}.")
    return Folders((root / "base", folder, client), root)


def load_practice(client: Path, root: Path) -> PracticeConfig:
    """Read and check one practice.

    Args:
        client: the practice's own folder.
        root: the folder that holds `base` and `verticals`.

    Raises:
        SettingsError: naming the file and line of the first thing that is wrong, and what to write instead.
    """
    folders = layer_folders(client, root)
    written = folders.read("practice")
    practice = _practice(folders, written)
    owners = {row.row: (row.owner, row.live_from) for row in practice.rows}
    policy = parsed(PolicySettings, folders.read("policy"))
    journeys, journeys_text = read_journeys(folders.layers, folders.shown, owners, policy.review_invites.mode)
    register = parsed(VendorRegister, _listed(folders.read("vendors"), "agreements", "vendor"))
    attestations = _attestations(folders.read("consent"))
    lexicon = _lexicon(folders.read("lexicon"), practice)
    messages = read_messages(folders.layers, folders.shown)
    parts: dict[str, Any] = {
        "practice": practice,
        "register": register,
        "policy": policy,
        "lexicon": sorted(lexicon),
        "attestations": [item.model_dump(mode="json") for item in attestations],
    }
    sources = {kind: _text(part) for kind, part in parts.items()} | {"journeys": journeys_text}
    return PracticeConfig(
        practice=practice,
        agreements=register,
        journeys=journeys,
        attestations=attestations,
        policy=policy,
        messages=messages,
        lexicon=lexicon,
        folder=client,
        mapping_folders=tuple(layer / "mappings" for layer in folders.layers if (layer / "mappings").is_dir()),
        sources=sources,
    )


def _text(part: BaseModel | list[Any]) -> str:
    plain = part.model_dump(mode="json") if isinstance(part, BaseModel) else part
    return rfc8785.dumps(plain).decode()


def _practice(folders: Folders, written: Located) -> Practice:
    whole = dict(written.value)
    whole.pop("vertical", None)
    places = dict(written.places)
    for name in KEYED:
        entries = _keyed(folders.read(name), _ID_FIELD[name])
        whole[name] = entries.value
        places.update({(name, *path): place for path, place in entries.places.items()})
    for name, as_field in (("senders", "address"), ("rows", "row")):
        entries = _keyed(folders.read(name), as_field)
        whole[name] = entries.value
        places.update({(name, *path): place for path, place in entries.places.items()})
    located = Located(whole, places)
    _hours(located)
    practice = parsed(Practice, located)
    _check_references(practice, located)
    return practice


def _keyed(located: Located, id_field: str) -> Located:
    """`{id: {…}}` becomes a list whose entries know their id; places follow."""
    entries = [{id_field: key, **(body or {})} for key, body in located.value.items()]
    order = {key: at for at, key in enumerate(located.value)}
    places: dict[tuple[Key, ...], tuple[str, int]] = {(): located.place(())}
    for path, place in located.places.items():
        if path:
            places[(order[str(path[0])], *path[1:])] = place
    return Located(entries, places)


def _listed(located: Located, field: str, id_field: str) -> Located:
    entries = _keyed(located, id_field)
    return Located(
        {field: entries.value}, {(): located.place(())} | {(field, *p): place for p, place in entries.places.items()}
    )


def _hours(located: Located) -> None:
    for at, location in enumerate(located.value["locations"]):
        if "hours" in location:
            path = ("locations", at, "hours")
            try:
                location["hours"] = {"days": parse_hours(location["hours"])}
            except ValueError as wrong:
                raise located.error(path, f"hours: {wrong}.") from None


def _attestations(located: Located) -> tuple[Attestation, ...]:
    entries = _keyed(located, "name")
    return tuple(parsed(Attestation, entries.part(at)) for at in range(len(entries.value)))


def _lexicon(located: Located, practice: Practice) -> frozenset[str]:
    words: set[str] = set()
    for group in located.value.values():
        words.update(str(word).casefold() for word in group)
    for service in practice.services:
        words.update(word.casefold() for word in service.lexicon)
    return frozenset(words)


def _check_references(practice: Practice, located: Located) -> None:
    for path, message, next_step in _broken_references(practice):
        raise located.error(path, message, next_step)


def _broken_references(practice: Practice) -> Iterator[tuple[tuple[Key, ...], str, str]]:
    places = {location.location_id for location in practice.locations}
    known = ", ".join(sorted(places))
    if practice.default_location and practice.default_location not in places:
        yield (
            ("default_location",),
            f"there is no location '{practice.default_location}'.",
            f"Known locations: {known}.",
        )
    for at, connection in enumerate(practice.connections):
        for theirs, ours in connection.locations.items():
            if ours != "ignore" and ours not in places:
                yield (
                    ("connections", at, "locations", theirs),
                    f"location map: '{theirs}' leads to '{ours}', which is no location here.",
                    f'Known locations: {known}. Write "{theirs}": {min(places)}   or   "{theirs}": ignore',
                )
    connections: Mapping[str, object] = {c.connection_id: c for c in practice.connections}
    for at, sender in enumerate(practice.senders):
        if sender.connection not in connections:
            names = ", ".join(sorted(connections))
            yield (
                ("senders", at, "connection"),
                f"there is no connection '{sender.connection}'.",
                f"Known connections: {names}.",
            )
