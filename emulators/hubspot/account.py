"""The account itself: details, owners, property definitions, and what a token may do."""

from datetime import datetime
from zoneinfo import ZoneInfo

from emulators.hubspot.asking import Ask
from emulators.hubspot.kinds import STANDARD, Kind
from emulators.hubspot.portal import Owner, Portal, Token
from emulators.hubspot.problems import Refusal, invalid, not_found
from emulators.kit.clock import iso
from emulators.kit.exchange import Answer, Json, Mark

BORN = "2026-01-05T09:00:00.000Z"
MOST_UNIQUE = 10


def details(ask: Ask) -> Answer:
    """GET /account-info/v3/details."""
    offset = ask.portal.clock.now().astimezone(ZoneInfo(ask.portal.time_zone)).utcoffset()
    minutes = int(offset.total_seconds() // 60) if offset else 0
    sign, (hours, rest) = "-" if minutes < 0 else "+", divmod(abs(minutes), 60)
    return Answer(200, {
        "portalId": ask.portal.portal_id, "accountType": "STANDARD", "timeZone": ask.portal.time_zone,
        "companyCurrency": "USD", "additionalCurrencies": [], "utcOffset": f"{sign}{hours:02d}:{rest:02d}",
        "utcOffsetMilliseconds": minutes * 60_000, "uiDomain": "app.hubspot.com", "dataHostingLocation": "na1",
    })  # fmt: skip


def usage(ask: Ask) -> Answer:
    """GET /account-info/v3/api-usage/daily/private-apps."""
    now = iso(ask.portal.clock.now())
    row = {"name": "private-apps-api-calls-daily", "usageLimit": ask.portal.daily_limit, "currentUsage": ask.portal.daily_used,
           "collectedAt": now, "fetchStatus": "SUCCESS"}  # fmt: skip
    return Answer(200, {"results": [row]})


def owners(ask: Ask) -> Answer:
    """GET /crm/v3/owners."""
    asked = ask.call.arguments
    limit, after, email = ask.number("limit", 100), ask.number("after", 0), asked.get("email")
    archived = ask.flag("archived")
    rows = [each for each in ask.portal.owners.values() if each.archived == archived and email in (None, each.email)]
    answer: dict[str, Json] = {"results": [_owner(each) for each in rows[after : after + limit]]}
    if after + limit < len(rows):
        answer["paging"] = {"next": {"after": str(after + limit), "link": f"?after={after + limit}"}}
    return Answer(200, answer)


def owner(ask: Ask) -> Answer:
    """GET /crm/v3/owners/{id}."""
    found = ask.portal.owners.get(ask.call.fields["id"])
    if found is None:
        raise not_found()
    return Answer(200, _owner(found))


def properties(ask: Ask) -> Answer:
    """GET /crm/v3/properties/{type}."""
    kind = ask.kind()
    names = sorted({*STANDARD, *kind.defaults, *ask.portal.custom[kind.name]})
    return Answer(200, {"results": [_property(ask.portal, kind, name) for name in names]})


def property_named(ask: Ask) -> Answer:
    """GET /crm/v3/properties/{type}/{name}."""
    kind, name = ask.kind(), ask.call.fields["name"]
    if not ask.portal.knows(kind, name):
        raise not_found(f"Property {name} does not exist")
    return Answer(200, _property(ask.portal, kind, name))


def define(ask: Ask) -> Answer:
    """POST /crm/v3/properties/{type}; at most ten with unique values."""
    kind, given = ask.kind(), ask.body()
    name, unique = str(given.get("name", "")), bool(given.get("hasUniqueValue", False))
    custom = ask.portal.custom[kind.name]
    missing = [each for each in ("name", "label", "type", "fieldType", "groupName") if not given.get(each)]
    if missing:
        raise invalid(f"Invalid input JSON: {', '.join(missing)} is required")
    if name in custom:
        raise Refusal(409, "OBJECT_ALREADY_EXISTS", f"A property named '{name}' already exists.")
    if unique and sum(custom.values()) >= MOST_UNIQUE:
        raise invalid(f"At most {MOST_UNIQUE} unique properties are allowed per object type.")
    custom[name] = unique
    return Answer(
        201, _property(ask.portal, kind, name) | {"label": given["label"]}, marks=[Mark("write", vendor_id=name)]
    )


def private_app_token(ask: Ask) -> Answer:
    """POST /oauth/v2/private-apps/get/access-token-info: the scopes of a static token or service key."""
    token = ask.portal.tokens.get(str(ask.body().get("tokenKey", "")))
    if token is None or token.kind == "oauth":
        raise not_found()
    scopes = sorted(token.scopes)
    return Answer(200, {"userId": 1, "hubId": ask.portal.portal_id, "appId": token.app_id, "scopes": scopes})


def oauth_token(portal: Portal, token: Token) -> dict[str, Json]:
    """What introspection says of an OAuth token."""
    return {
        "active": not token.revoked and token.expired_for is None, "token": token.value, "token_type": "access",
        "token_use": "access_token", "hub_id": portal.portal_id, "hub_domain": "clinic.example", "user": "office@clinic.example",
        "user_id": 1, "app_id": token.app_id, "client_id": "emulated", "expires_in": 1800, "is_private_distribution": True,
        "scopes": sorted(token.scopes),
    }  # fmt: skip


def introspected(ask: Ask) -> Answer:
    """POST /oauth/v3/token/introspect and GET /oauth/v1/access-tokens/{token}."""
    value = ask.call.fields.get("token") or ask.call.form.get("token", "")
    token = ask.portal.tokens.get(value)
    if token is None:
        raise not_found()
    return Answer(200, oauth_token(ask.portal, token))


def _owner(each: Owner) -> dict[str, Json]:
    return {
        "id": each.id, "email": each.email, "type": "PERSON", "firstName": each.first_name, "lastName": each.last_name,
        "userId": int(each.id), "userIdIncludingInactive": int(each.id), "createdAt": BORN, "updatedAt": BORN,
        "archived": each.archived, "teams": [],
    }  # fmt: skip


def _property(portal: Portal, kind: Kind, name: str) -> dict[str, Json]:
    moment = datetime.fromisoformat(BORN)
    return {
        "name": name, "label": name, "type": "string", "fieldType": "text", "groupName": f"{kind.singular}information",
        "description": "", "options": [], "hasUniqueValue": name in portal.unique(kind), "hidden": False,
        "hubspotDefined": name not in portal.custom[kind.name], "formField": False, "displayOrder": -1,
        "calculated": False, "externalOptions": False, "archived": False, "createdAt": iso(moment), "updatedAt": iso(moment),
    }  # fmt: skip
