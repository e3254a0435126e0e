"""Records that are made and changed over the API, with the rules that hold for everybody."""

from collections.abc import Mapping

from emulators.kit.exchange import Json
from emulators.salesforce.org import MAIL, Org, Record, same
from emulators.salesforce.problems import Refusal
from emulators.salesforce.schema import Field, Sobject

LEAD, CONTACT = "Lead", "Contact"


def make(org: Org, kind: Sobject, given: Mapping[str, Json]) -> Record:
    """A new record. Raises a refusal."""
    fields = checked(org, kind, given)
    personal = kind.name == "Account" and org.person_accounts and bool(fields.get("LastName"))
    lacking = [f.name for f in kind.fields.values() if f.required and not fields.get(f.name)]
    lacking = [name for name in lacking if not (personal and name == "Name")]
    if lacking:
        message = f"Required fields are missing: [{', '.join(lacking)}]"
        raise Refusal(400, "REQUIRED_FIELD_MISSING", message, *lacking)
    _refuse_duplicates(org, kind, fields)
    return org.make_person(fields) if personal else org.put(kind.name, fields)


def change(org: Org, record: Record, given: Mapping[str, Json]) -> None:
    """New values of a record. Raises a refusal."""
    kind = org.objects[record.object_type]
    fields = checked(org, kind, given, record)
    if record.id in org.refusing:
        told = ", ".join(str(value) for value in record.fields.values() if value)
        raise Refusal(400, org.refusing[record.id], f"A rule of the org refuses the record: {told}")
    if record.fields.get("IsConverted"):
        raise Refusal(400, "CANNOT_UPDATE_CONVERTED_LEAD", "cannot reference converted lead")
    org.touch(record, fields)


def checked(org: Org, kind: Sobject, given: Mapping[str, Json], record: Record | None = None) -> dict[str, Json]:
    """The values that may be written, under Salesforce's own spelling."""
    found: dict[str, Json] = {}
    for name, value in given.items():
        if name in {"attributes", "Id", "id"}:
            continue
        known = org.visible(kind, name)
        if not known.updateable:
            message = f"Unable to create/update fields: {known.name}. Please check the security settings of this field."
            raise Refusal(400, "INVALID_FIELD_FOR_INSERT_UPDATE", message, known.name)
        found[known.name] = value
        if value not in (None, ""):
            _require(org, known, value, kind, record)
    return found


def _require(org: Org, known: Field, value: Json, kind: Sobject, record: Record | None) -> None:
    if known.type == "email" and not MAIL.match(str(value)):
        raise Refusal(400, "INVALID_EMAIL_ADDRESS", f"{known.name}: invalid email address: {value}", known.name)
    if known.values and value not in known.values:
        message = f"bad value for restricted picklist field: {value}"
        raise Refusal(400, "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST", message, known.name)
    if known.refers:
        other = org.records.get(str(value))
        if other is None or other.deleted:
            raise Refusal(400, "INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id")
        if other.fields.get("IsConverted"):
            raise Refusal(400, "CANNOT_UPDATE_CONVERTED_LEAD", "cannot reference converted lead")
    if known.unique:
        held = [each for each in org.rows(kind) if same(each.fields.get(known.name), value) and each is not record]
        if held:
            message = f"duplicate value found: {known.name} duplicates value on record with id: {held[0].id}"
            raise Refusal(400, "DUPLICATE_VALUE", message)


def _refuse_duplicates(org: Org, kind: Sobject, fields: Mapping[str, Json]) -> None:
    """The standard duplicate rules: over the API, what would only warn a person on the page is refused."""
    if not org.duplicate_rules or kind.name not in {LEAD, CONTACT} or not fields.get("Email"):
        return
    for name in (LEAD, CONTACT):
        for each in org.rows(org.objects[name]):
            if same(each.fields.get("Email"), fields["Email"]) and not each.fields.get("IsConverted"):
                raise Refusal(400, "DUPLICATES_DETECTED", "Use one of these records?")
