"""Patients, their documents and what was done, and what an institution says about itself."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from emulators.kit.clock import iso
from emulators.kit.exchange import Answer, Call, Json, Mark
from emulators.nexhealth.files import digest, reference_in, uploaded
from emulators.nexhealth.listing import changed, flag, page
from emulators.nexhealth.problems import Refusal, envelope

if TYPE_CHECKING:
    from emulators.nexhealth.emulator import NexHealthEmulator
    from emulators.nexhealth.institution import Institution, Record


def body_of(call: Call, name: str) -> dict[str, Any]:
    """The part of a JSON body under that name; 400 where it is missing."""
    try:
        found = call.json().get(name)
    except (ValueError, AttributeError) as problem:
        raise Refusal(400, "The body is no JSON object") from problem
    if not isinstance(found, dict):
        raise Refusal(400, f"{name} is missing")
    return found


def named(records: Mapping[int, Record], call: Call) -> Record:
    """The record the path names; 404 where there is none."""
    number = call.fields["id"]
    if not number.isdigit() or int(number) not in records:
        raise Refusal(404)
    return records[int(number)]


def _whole(rows: list[Json]) -> Answer:
    return Answer(200, envelope(rows, count=len(rows)))


def locations(nexhealth: NexHealthEmulator, institution: Institution, call: Call) -> Answer:
    """GET /locations: the institutions the key opens, each with its places."""
    del call
    ours = [each for each in nexhealth.institutions.values() if each.api_key == institution.api_key]
    return _whole(
        [
            {
                "id": each.id,
                "name": each.subdomain.title(),
                "subdomain": each.subdomain,
                "locations": [place.resource(each.id) for place in each.places],
            }
            for each in ours
        ]
    )


def sync_status(nexhealth: NexHealthEmulator, institution: Institution, call: Call) -> Answer:
    """GET /sync_status."""
    del call
    now = iso(nexhealth.clock.now())
    emr = {"id": 1, "name": "invented", "display_name": "Invented", "type": "cloud"}
    writes = "green" if nexhealth.writes == "complete" else "red"
    places = [{"id": place.id, "name": place.name, "inactive": False} for place in institution.places]
    status = {"read_status": "green", "read_status_at": now, "write_status": writes, "write_status_at": now}
    source = {"institution_id": institution.id, "sync_source_type": "Invented", "sync_source_name": "Invented"}
    return _whole([source | {"emr": emr} | status | {"locations": places}])


def providers(nexhealth: NexHealthEmulator, institution: Institution, call: Call) -> Answer:
    """GET /providers."""
    del nexhealth
    return page(call, changed([each.resource(institution.id) for each in institution.providers], call))


def kinds(nexhealth: NexHealthEmulator, institution: Institution, call: Call) -> Answer:
    """GET /appointment_types: no pages."""
    del nexhealth, call
    return _whole([each.resource(institution.id) for each in institution.kinds])


def patients(nexhealth: NexHealthEmulator, institution: Institution, call: Call) -> Answer:
    """GET /patients: of a place, unless `location_strict` is off, then of the whole health record."""
    del nexhealth
    if "location_id" not in call.arguments:
        raise Refusal(400, "Missing required parameter: location_id")
    place, strict = int(call.arguments["location_id"]), flag(call, "location_strict")
    found = [each for each in institution.patients.values() if not strict or place in each["location_ids"]]
    fields = {"email": "email", "name": "name"}
    found = [
        each
        for each in found
        if all(each[own] == call.arguments[name] for name, own in fields.items() if name in call.arguments)
        and flag(call, "inactive") in {None, each["inactive"]}
    ]
    return page(call, changed(found, call))


def patient(nexhealth: NexHealthEmulator, institution: Institution, call: Call) -> Answer:
    """GET /patients/{id}."""
    del nexhealth
    return Answer(200, envelope(named(institution.patients, call)))


_FILTERS = ("provider_id", "patient_id", "appointment_id", "updated_since", "started_after", "ended_after")


def procedures(nexhealth: NexHealthEmulator, institution: Institution, call: Call) -> Answer:
    """GET /procedures: a location alone is no question."""
    del nexhealth
    if not any(call.arguments.get(name) for name in _FILTERS):
        raise Refusal(400, "At least one filter must be provided")
    wanted = {name: call.arguments[name] for name in ("location_id", "patient_id") if name in call.arguments}
    found = [
        each for each in institution.procedures.values() if all(str(each[name]) == of for name, of in wanted.items())
    ]
    return page(call, changed(found, call))


def procedure(nexhealth: NexHealthEmulator, institution: Institution, call: Call) -> Answer:
    """GET /procedures/{id}: with the plans it belongs to, which a list does not name."""
    del nexhealth
    return Answer(200, envelope(named(institution.procedures, call) | {"treatment_plan_ids": [42]}))


def new_patient(nexhealth: NexHealthEmulator, institution: Institution, call: Call) -> Answer:
    """POST /patients: the same name, birth date and phone are the same person."""
    wanted, provider = body_of(call, "patient"), body_of(call, "provider")
    bio = wanted.get("bio") or {}
    missing = [name for name in ("first_name", "last_name", "email") if not wanted.get(name)]
    missing += [name for name in ("date_of_birth", "phone_number") if not bio.get(name)]
    if missing or institution.provider(provider.get("provider_id") or 0) is None:
        raise Refusal(400, f"{', '.join(missing) or 'provider_id'} is missing or invalid")
    known = next((each for each in institution.patients.values() if _same(each, wanted)), None)
    if known is not None:
        if not call.json().get("return_existing_if_match"):
            raise Refusal(400, "A patient with matching information already exists")
        return Answer(200, envelope({"user": known}), marks=[Mark("write", vendor_id=str(known["id"]))])
    place = int(call.arguments.get("location_id") or institution.places[0].id)
    made = institution.new_patient(wanted | {"location": place}, nexhealth.clock.now())
    mark = Mark("write", vendor_id=str(made["id"]))
    tell = [lambda: nexhealth.tell(institution, "patient_created", made)]
    return Answer(201, envelope({"user": dict(made)}), marks=[mark], after=tell)


def _same(known: Record, wanted: Mapping[str, Any]) -> bool:
    bio = wanted["bio"]
    return (
        (known["first_name"], known["last_name"]) == (wanted["first_name"], wanted["last_name"])
        and known["bio"].get("date_of_birth") == bio["date_of_birth"]
        and known["bio"].get("phone_number") == bio["phone_number"][:10]
    )


def documents(nexhealth: NexHealthEmulator, institution: Institution, call: Call) -> Answer:
    """GET /patients/{id}/documents."""
    del nexhealth
    return _whole(institution.documents.get(named(institution.patients, call)["id"], []))


def new_document(nexhealth: NexHealthEmulator, institution: Institution, call: Call) -> Answer:
    """POST /patients/{id}/documents: a PDF, and nothing else."""
    owner = named(institution.patients, call)["id"]
    name, content = uploaded(call)
    if not content.startswith(b"%PDF-"):
        raise Refusal(400, "file is missing or no PDF")
    kept = institution.documents.setdefault(owner, [])
    record = {
        "id": 51 + sum(map(len, institution.documents.values())),
        "filename": name,
        "type": "application/pdf",
        "url": f"https://files.example.com/{digest(content)[:16]}",
        "created_at": iso(nexhealth.clock.now()),
        "document_type_id": 3,
    }
    kept.append(record)
    mark = Mark("write", reference=reference_in(call), recipient=str(owner), vendor_id=str(record["id"]))
    return Answer(201, envelope(record), marks=[mark])


def endpoints(nexhealth: NexHealthEmulator, institution: Institution, call: Call) -> Answer:
    """GET /webhook_endpoints."""
    del nexhealth, call
    return _whole([each.resource() for each in institution.endpoints.values()])


def new_endpoint(nexhealth: NexHealthEmulator, institution: Institution, call: Call) -> Answer:
    """POST /webhook_endpoints: the only answer with the secret in it."""
    url = call.json().get("target_url")
    if not isinstance(url, str) or not url.startswith(("https://", "http://127.0.0.1")):
        raise Refusal(400, "target_url must be https")
    made = nexhealth.new_endpoint(institution, url)
    return Answer(201, envelope(made.resource() | {"secret_key": made.secret_key}), marks=[Mark("write")])


def subscriptions(nexhealth: NexHealthEmulator, institution: Institution, call: Call) -> Answer:
    """GET /webhook_endpoints/{id}/webhook_subscriptions."""
    del nexhealth
    endpoint = institution.endpoints.get(int(call.fields["id"]))
    if endpoint is None:
        raise Refusal(404)
    return _whole([_subscription(institution, endpoint.id, number, *of) for number, of in endpoint.events.items()])


def new_subscription(nexhealth: NexHealthEmulator, institution: Institution, call: Call) -> Answer:
    """POST /webhook_endpoints/{id}/webhook_subscriptions."""
    endpoint = institution.endpoints.get(int(call.fields["id"]))
    event = call.json().get("event")
    if endpoint is None or not isinstance(event, str):
        raise Refusal(404)
    number = nexhealth.subscribe(endpoint, event)
    row = _subscription(institution, endpoint.id, number, *endpoint.events[number])
    return Answer(201, envelope(row), marks=[Mark("write")])


def _subscription(institution: Institution, endpoint: int, number: int, resource: str, event: str) -> Json:
    return {
        "id": number,
        "webhook_endpoint_id": endpoint,
        "institution_id": institution.id,
        "resource_type": resource,
        "event": event,
        "active": True,
        "created_at": "2026-01-05T14:00:00Z",
        "updated_at": "2026-01-05T14:00:00Z",
    }
