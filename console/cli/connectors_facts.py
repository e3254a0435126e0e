"""What each connector can do, in the few words of one line: from its manifest, and from the mappings shipped with it."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from canonical.delivery import Lookup
from canonical.problems import SettingsError
from canonical.raw import Kind
from connectors.kit.manifest import Manifest, Via
from connectors.kit.registry import FOLDER, manifest, vendors
from mappings.catalogue import Catalogue

OPENINGS = ("availability", "free_slots", "open_slots", "slots")
"""How a stream of free times is called. Most vendors are asked on demand instead: a `slots.py` in the connector's folder."""


@dataclass(frozen=True, slots=True)
class Ability:
    """One cell: what there is, and where there is nothing the manifest's own word why."""

    there: tuple[str, ...]
    missing: str = ""
    """Whose the gap is (`todo` ours, `vendor` theirs, `never`); empty where nobody would expect it."""

    @property
    def says(self) -> str:
        """The words of the cell."""
        return ", ".join(self.there) or self.short

    @property
    def short(self) -> str:
        """The same in one word: how many."""
        if self.there:
            return str(len(self.there))
        return f"no ({self.missing})" if self.missing else "–"


@dataclass(frozen=True, slots=True)
class Facts:
    """One vendor's line. `commands` has the evidence of each."""

    vendor: str
    name: str
    evidence: str
    baa: str
    pull: Ability
    by_id: Ability
    webhook: Ability
    commands: tuple[tuple[str, str], ...]
    look_up: Ability
    opt_outs: Ability
    availability: Ability
    gaps: tuple[tuple[str, str, str], ...]
    """Name, whose, and why."""


def all_facts() -> tuple[Facts, ...]:
    """Every connector of this release, by name."""
    catalogue = Catalogue()
    return tuple(facts(manifest(vendor), catalogue) for vendor in vendors())


def facts(described: Manifest, catalogue: Catalogue) -> Facts:
    """One connector's line."""
    heard = [name for name, stream in described.streams.items() if stream.via is Via.WEBHOOK]
    signed = ("signed",) if described.webhook and not heard else ()
    asked = [
        (name, command.lookup) for name, command in described.commands.items() if command.lookup is not Lookup.NONE
    ]
    return Facts(
        vendor=described.vendor,
        name=described.name,
        evidence=described.evidence.value,
        baa=_baa(described),
        pull=_ability(described, described.pulled(), "pull"),
        by_id=_ability(described, (name for name, stream in described.streams.items() if stream.by_id), "pull.by_id"),
        webhook=_ability(described, (*heard, *signed), "webhook"),
        commands=tuple((name, described.evidence_for(name).value) for name in described.commands),
        look_up=_ability(described, (f"{name}: {how.value.replace('_', ' ')}" for name, how in asked), "push.look_up"),
        opt_outs=_opt_outs(described, catalogue),
        availability=_ability(described, _openings(described), *(f"pull.{name}" for name in OPENINGS)),
        gaps=tuple((name, gap.kind.value, gap.why) for name, gap in sorted(described.gaps.items())),
    )


def _ability(described: Manifest, there: Iterable[str], *gaps: str) -> Ability:
    gap = next((described.gaps[name] for name in gaps if name in described.gaps), None)
    return Ability(tuple(there), gap.kind.value if gap else "")


def _openings(described: Manifest) -> Iterator[str]:
    yield from (name for name in described.streams if name in OPENINGS)
    if (FOLDER / described.vendor / "slots.py").is_file():
        yield "on demand"


def _opt_outs(described: Manifest, catalogue: Catalogue) -> Ability:
    """Read where a record says so, heard where people answer, written where the vendor has a place for it."""
    read = [f"read in {name}" for name in described.streams if _says_opted_out(described.vendor, name, catalogue)]
    heard = [
        f"heard in {name}"
        for name, stream in described.streams.items()
        if stream.kind is Kind.MESSAGE and not stream.reports
    ]
    written = ["written"] if "write_opt_out" in described.commands else []
    return _ability(described, (*read, *heard, *written), "pull.opt_outs", "push.write_opt_out")


def _says_opted_out(vendor: str, stream: str, catalogue: Catalogue) -> bool:
    try:
        return "opted_out" in catalogue.mapping(vendor, stream).spec.fields
    except SettingsError:  # none is shipped, or it is the contract's to say what is wrong with it
        return False


def _baa(described: Manifest) -> str:
    mode = f", needs {described.baa.mode}" if described.baa.mode else ""
    return f"yes{mode}" if described.baa.offered else "no"


def cells(one: Facts) -> Iterator[str]:
    """The line's cells after the vendor's name, in the order of `COLUMNS`, whole."""
    yield one.evidence
    yield one.pull.says
    yield one.by_id.says
    yield one.webhook.says
    yield ", ".join(name if how == one.evidence else f"{name} ({how})" for name, how in one.commands) or "–"
    yield one.look_up.says
    yield one.opt_outs.says
    yield one.availability.says
    yield one.baa
    yield str(len(one.gaps))


def short_cells(one: Facts) -> Iterator[str]:
    """The same cells for a terminal: how many there are, not which."""
    yield one.evidence
    yield one.pull.short
    yield one.by_id.short
    yield "yes" if one.webhook.there else one.webhook.short
    yield str(len(one.commands) or "–")
    yield one.look_up.short
    yield ", ".join(dict.fromkeys(words.split()[0] for words in one.opt_outs.there)) or one.opt_outs.short
    yield "yes" if one.availability.there else one.availability.short
    yield one.baa.partition(",")[0]
    yield str(len(one.gaps))


COLUMNS = ("evidence", "pull", "by id", "webhook", "push", "look-up", "opt-outs", "availability", "BAA", "gaps")
