"""That the token opens the page and may do what we do, when it ends, and that the page calls us."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Final

from canonical.problems import NeedsOperator
from connectors.kit.access import Access
from connectors.kit.exchange import get
from connectors.kit.registry import Verified
from connectors.meta import client
from connectors.meta.threads import platforms
from connectors.meta.wire import Apps, Debug, Debugged, Page

WANTED: Final = ("leadgen", "messages")
"""What the page must call us for. Instagram's own messages are subscribed to in the app, where no token can look."""
SOON: Final = timedelta(days=14)
INSTAGRAM: Final = ("instagram_basic", "instagram_manage_messages")


def verify(access: Access) -> Verified:
    """Three reads, two without an app_secret.

    Raises:
        NeedsOperator: the token does not open the page, lacks a permission, or has ended.
    """
    calling = client.line(access)
    page = calling.read_as(Page, get(client.resource(access, client.page(access)), [("fields", "id,name")]), "verify")
    if page.id != client.page(access):
        raise NeedsOperator(
            access.where("verify"),
            f"the token opens {page.id}, and the settings name another page.",
            next_step=_CORRECT,
        )
    debug = _debugged(access)
    url = client.resource(access, f"{page.id}/subscribed_apps")
    apps = calling.read_as(Apps, get(url, [("fields", "id,subscribed_fields")]), "verify")
    now = access.tools.clock.machine_now()
    return Verified(
        proved=("credentials", "page", *(("scopes",) if debug else ())),
        warnings=(*_unheard(access, apps), *(_ending(debug, now) if debug else [_UNSEEN])),
        facts={"page": page.id, "instagram": access.setting("instagram") or "none", "baa": "none"},
    )


_CORRECT: Final = "Correct `page` in the connection's settings, or the token."
_UNSEEN: Final = "without app_id and app_secret Meta does not say which permissions the token has, or when it ends. Add both to the secret."


def _debugged(access: Access) -> Debug | None:
    """What Meta says about the token. Raises `NeedsOperator` where it is over or lacks something."""
    app, secret = access.optional_credential("app_id"), access.optional_credential("app_secret")
    if app is None or secret is None:
        return None
    query = [("input_token", access.credential("token").get_secret_value())]
    calling = client.app_line(access, app, secret)
    found = calling.read_as(Debugged, get(client.resource(access, "debug_token"), query), "verify").data
    lacking = [scope for scope in _wanted(access) if scope not in found.scopes]
    where = access.where("verify")
    if not found.is_valid:
        raise NeedsOperator(where, "Meta no longer accepts the token.", next_step="Make a new one for the system user.")
    if lacking:
        raise NeedsOperator(
            where,
            f"the token lacks {', '.join(lacking)}.",
            next_step="Grant it to the app and the system user, and make a new token.",
        )
    return found


def _wanted(access: Access) -> tuple[str, ...]:
    """Every permission, but those of Instagram where none is connected."""
    scopes = access.manifest.auth.scopes
    return scopes if len(platforms(access)) > 1 else tuple(scope for scope in scopes if scope not in INSTAGRAM)


def _unheard(access: Access, apps: Apps) -> Iterator[str]:
    app = access.optional_credential("app_id")
    ours = [each for each in apps.data if app is None or each.id == app.get_secret_value()]
    heard = {field for each in ours for field in each.subscribed_fields}
    for field in WANTED:
        if field not in heard:
            yield f"the page does not call the app for {field}. Subscribe it: README, Credentials."


def _ending(debug: Debug, now: datetime) -> Iterator[str]:
    for what, at in (("token", debug.expires_at), ("token's access to data", debug.data_access_expires_at)):
        if at and datetime.fromtimestamp(at, UTC) - now < SOON:
            yield f"the {what} ends on {datetime.fromtimestamp(at, UTC):%Y-%m-%d}. Make a new one for the system user."
