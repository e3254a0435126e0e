"""What we say a person is, drawn from their records: the strongest record that says anything wins, field by field."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property

from canonical.people import PersonFlag
from canonical.practice import Practice
from canonical.raw import Kind
from pipelines.resolve.evidence import Evidence, Named, Record
from pipelines.resolve.greeting import Lexicon, greeting, is_one_word
from pipelines.resolve.marks import NOBODY, flags_of, tags_of
from pipelines.resolve.names import without_accents

_CONSUMER_MAIL = frozenset(
    {"gmail.com", "outlook.com", "hotmail.com", "live.com", "yahoo.com", "icloud.com", "me.com", "aol.com", "proton.me"}
)
_LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class House:
    """What the practice's settings say about names and people."""

    practice: Practice
    named: Named
    lexicon: Lexicon

    @cached_property
    def staff_phones(self) -> frozenset[str]:
        """The contact points of the practice's own people (R8)."""
        found = (self.named.contact(phone) for phone in self.practice.staff_phones)
        return frozenset(contact.contact_point_id for contact in found if contact)

    @cached_property
    def mail_domains(self) -> frozenset[str]:
        """Domains whose addresses are the practice's own; a consumer host is nobody's own."""
        inboxes = (self.practice.alerts, *(place.reply_inbox for place in self.practice.locations))
        return frozenset(inbox.rpartition("@")[2].casefold() for inbox in inboxes if "@" in inbox) - _CONSUMER_MAIL

    def rank(self, connection_id: str) -> int:
        """0 for the practice's system of record for people, then connections in the order they are written down."""
        known = [c for c in self.practice.connections if c.connection_id == connection_id]
        if not known:
            return len(self.practice.connections) + 1
        return 0 if Kind.PERSON in known[0].system_of_record else 1 + self.practice.connections.index(known[0])


def by_strength(records: Iterable[Record], house: House) -> list[Record]:
    """Records of one person, the one to believe first: still there, system of record, patient, newest."""
    newest_first = sorted(records, key=lambda record: (_age(record), record.record_id), reverse=True)
    return sorted(
        newest_first,
        key=lambda record: (
            record.deleted,
            house.rank(record.connection_id),
            not record.evidence.is_patient,
            record.kind is not Kind.PERSON,
        ),
    )


def _age(record: Record) -> datetime:
    return record.evidence.updated_at or record.evidence.created_at or _LONG_AGO


def profile(
    person_id: str, records: Sequence[Record], house: House, marked: Mapping[str, frozenset[PersonFlag]] = NOBODY
) -> dict[str, object]:
    """The `persons` row of a person. `records` as `by_strength` gives them; `marked`: by record, what the desk said (R60)."""
    said = [record.evidence for record in records]
    first_name = _first_name(said, house.lexicon)
    return {
        "person_id": person_id,
        "first_name": first_name,
        "display_name": _display_name(first_name, records),
        "birth_date": next((one.birth_date for one in said if one.birth_date), None),
        "language": next((language_of(one.language) for one in said if one.language.strip()), ""),
        "address_state": next((state for one in said if len(state := one.address_state.strip().upper()) == 2), ""),  # noqa: PLR2004 - two letters
        "zone": next((one.zone for one in said if one.zone), ""),
        "is_patient": any(one.is_patient for one in said),
        "flags": ",".join(sorted(flags_of(records, house.staff_phones, marked))),
        "tags": json.dumps(sorted(tags_of(said))),
        "guardian_contact_point_id": next((one.guardian for one in said if one.guardian), None),
        "merged_into": None,
    }


def language_of(written: str) -> str:
    """`es-MX`, `es_US`, `Spanish` and `español` are all `es`; a language nobody told us how to write stays as it is."""
    plain = without_accents(written).split()
    word = plain[0] if plain else ""
    return {"english": "en", "ingles": "en", "spanish": "es", "espanol": "es", "eng": "en", "spa": "es"}.get(word, word)


def _first_name(said: Sequence[Evidence], lexicon: Lexicon) -> str:
    """The preferred name of any record, else a given name, else the start of a whole one (R7)."""
    preferred = (one.preferred_name for one in said)
    given = (one.given_name for one in said)
    whole = (_given_part(one.full_name) for one in said if not one.given_name)
    fields = (field for group in (preferred, given, whole) for field in group if field.strip())
    return next((word for field in fields if (word := greeting(field, lexicon))), "")


def _given_part(full: str) -> str:
    """The given names of a whole name, with whatever else the desk wrote there."""
    family, comma, given = full.partition(",")
    if comma and given.strip():
        return given
    words = family.split()
    return words[0] if len(words) == 2 and all(map(is_one_word, words)) else family  # noqa: PLR2004 - Jane Roe


def _display_name(first_name: str, records: Sequence[Record]) -> str:
    family = next((record.name.family[0] for record in records if record.name.family), "")
    return " ".join(part for part in (first_name, f"{family[0].upper()}." if family else "") if part)
