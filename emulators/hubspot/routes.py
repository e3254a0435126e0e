"""Which path is answered by what, and what a token needs for it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal

from emulators.hubspot import account, associations, batches, objects, preferences
from emulators.hubspot.asking import Ask
from emulators.kit.exchange import Answer, Routes

Access = Literal[
    "read", "write", "search", "owners", "schema_read", "schema_write", "mails_read", "mails_write", "open", "token"
]


@dataclass(frozen=True, slots=True)
class Rule:
    """A handler and the access it needs: `open` any token, `token` none at all."""

    access: Access
    handler: Callable[[Ask], Answer]


# v3 and v4, the path the v3 specification of appointments prints, and the dated versions.
OBJECTS = ("/crm/v3/objects", "/crm/objects/v3", "/crm/objects/2026-03", "/crm/objects/2026-09")
ASSOCIATIONS = ("/crm/v4/associations", "/crm/associations/2026-03", "/crm/associations/2026-09")
ONE_BY_ONE = ("/crm/v4/objects", "/crm/v3/objects", "/crm/objects/2026-03", "/crm/objects/2026-09")
OWNERS = ("/crm/v3/owners", "/crm/owners/2026-03", "/crm/owners/2026-09")
PROPERTIES = ("/crm/v3/properties", "/crm/properties/2026-03", "/crm/properties/2026-09")
PREFERENCES = ("/communication-preferences/v4", "/communication-preferences/2026-03")
DETAILS = ("/account-info/v3/details", "/account-info/2026-03/details", "/account-info/2026-09/details")


def _objects() -> Iterator[tuple[str, str, Rule]]:
    for root in OBJECTS:
        one = f"{root}/{{kind}}"
        yield "POST", f"{one}/search", Rule("search", objects.searched)
        yield "POST", f"{one}/batch/read", Rule("read", batches.read)
        yield "POST", f"{one}/batch/create", Rule("write", batches.create)
        yield "POST", f"{one}/batch/update", Rule("write", batches.update)
        yield "POST", f"{one}/batch/upsert", Rule("write", batches.upsert)
        yield "POST", f"{one}/batch/archive", Rule("write", batches.archive)
        yield "POST", f"{one}/merge", Rule("write", objects.merged)
        yield "POST", f"{one}/gdpr-delete", Rule("write", objects.erased)
        yield "GET", one, Rule("read", objects.listed)
        yield "POST", one, Rule("write", objects.created)
        yield "GET", f"{one}/{{id}}", Rule("read", objects.fetched)
        yield "PATCH", f"{one}/{{id}}", Rule("write", objects.changed)
        yield "DELETE", f"{one}/{{id}}", Rule("write", objects.archived)


def _associations() -> Iterator[tuple[str, str, Rule]]:
    for root in ASSOCIATIONS:
        pair = f"{root}/{{one}}/{{other}}/batch"
        yield "POST", f"{pair}/read", Rule("read", associations.batch_read)
        yield "POST", f"{pair}/create", Rule("write", associations.batch_create)
        yield "POST", f"{pair}/associate/default", Rule("write", associations.batch_create)
    for root in ONE_BY_ONE:
        of = f"{root}/{{one}}/{{id}}/associations"
        yield "GET", f"{of}/{{other}}", Rule("read", associations.of_record)
        yield "PUT", f"{of}/default/{{other}}/{{other_id}}", Rule("write", associations.put_default)
        yield "PUT", f"{of}/{{other}}/{{other_id}}", Rule("write", associations.put)
        yield "DELETE", f"{of}/{{other}}/{{other_id}}", Rule("write", associations.delete)


def _account() -> Iterator[tuple[str, str, Rule]]:
    for path in DETAILS:
        yield "GET", path, Rule("open", account.details)
    yield "GET", "/account-info/v3/api-usage/daily/private-apps", Rule("open", account.usage)
    for root in OWNERS:
        yield "GET", root, Rule("owners", account.owners)
        yield "GET", f"{root}/{{id}}", Rule("owners", account.owner)
    for root in PROPERTIES:
        yield "GET", f"{root}/{{kind}}", Rule("schema_read", account.properties)
        yield "POST", f"{root}/{{kind}}", Rule("schema_write", account.define)
        yield "GET", f"{root}/{{kind}}/{{name}}", Rule("schema_read", account.property_named)
    yield "POST", "/oauth/v2/private-apps/get/access-token-info", Rule("token", account.private_app_token)
    yield "POST", "/oauth/v3/token/introspect", Rule("token", account.introspected)
    yield "GET", "/oauth/v1/access-tokens/{token}", Rule("token", account.introspected)


def _preferences() -> Iterator[tuple[str, str, Rule]]:
    for root in PREFERENCES:
        yield "POST", f"{root}/statuses/{{address}}/unsubscribe-all", Rule("mails_write", preferences.unsubscribed)
        yield "GET", f"{root}/statuses/{{address}}/unsubscribe-all", Rule("mails_read", preferences.status)


def routes() -> Routes[Rule]:
    """The whole table."""
    return Routes([*_associations(), *_objects(), *_account(), *_preferences()])
