"""The tokens of a connection that somebody connected: where they are kept, and the `OAuth2` that uses them."""

import re
from collections.abc import Mapping
from contextlib import suppress

from pydantic import SecretStr

from canonical.problems import NeedsOperator, NotOffered
from connectors.kit.access import Access
from connectors.kit.auth import OAuth2
from connectors.kit.exchange import is_private
from connectors.kit.grant import Authorize
from connectors.kit.secrets import SecretStore, StoreUnreadable

CONSENT, TOKENS = "authorize_url", "token_url"
"""Settings of a connection that take the place of the manifest's two addresses."""
_NAMED = re.compile(r"\{([a-z][a-z0-9_]*)\}")


def entry(access: Access) -> str:
    """The entry of the store. It belongs to the vendor account, as a budget does: two practices may share one."""
    return f"{access.manifest.vendor}/{access.connection.account}"


def authorize_of(access: Access) -> Authorize:
    """How this vendor's accounts are connected. Raises `NotOffered` where an operator places the secret."""
    block = access.manifest.auth.authorize
    if block is None:
        raise NotOffered(
            access.where("connect"),
            "there is nothing to say yes to: its secret is placed by hand.",
            next_step=f"connectors/{access.manifest.vendor}/README.md says how, under Credentials.",
        )
    return block


def connected(access: Access) -> OAuth2:
    """The tokens of this connection's account, renewed when they must be.

    Raises:
        NotOffered: the manifest has no `authorize`.
        NeedsOperator: the secret has no client_id, an address is not https, or this process has no sealed store.
    """
    block, secret = authorize_of(access), access.optional_credential("client_secret")
    return OAuth2(
        where=access.where("auth"),
        token_url=address(access, TOKENS, block.token_url),
        client_id=access.credential("client_id").get_secret_value(),
        client_secret=secret or SecretStr(""),
        store=_store(access),
        name=entry(access),
        transport=access.tools.transport,
        clock=access.tools.clock.machine_now,
        extra=block.token_extra,
        body=block.body,
        proof=block.client,
        keep=block.keep,
        lifetime=block.lifetime,
    )


def kept(access: Access) -> Mapping[str, str]:
    """What the vendor said beside the tokens (`Authorize.keep`). Empty before anybody connected.

    Raises:
        NeedsOperator: what is stored cannot be read. Else as `connected`.
    """
    with suppress(StoreUnreadable):  # said by what follows, as a problem of this connection
        if _store(access).read(entry(access)) is None:
            return {}
    return connected(access).kept().kept


def address(access: Access, setting: str, written: str) -> str:
    """One of the two addresses, as this connection's settings complete it.

    Raises:
        NeedsOperator: a setting that it needs is missing, or it is not https.
    """
    whole = access.setting(setting) or _NAMED.sub(lambda found: _filled(access, found[1]), written)
    if not is_private(whole):
        raise NeedsOperator(
            access.where("connect"), f"{setting} is not https.", next_step="Correct the connection's settings."
        )
    return whole


def _filled(access: Access, name: str) -> str:
    found = access.setting(name) or authorize_of(access).defaults.get(name, "")
    if not found:
        raise NeedsOperator(
            access.where("connect"),
            f"connection {access.connection.connection_id} has no setting {name}.",
            next_step=f"Add {name} to its settings; connectors/{access.manifest.vendor}/README.md says what it is.",
        )
    return found


def _store(access: Access) -> SecretStore:
    store = access.tools.secrets.store
    if store is None:
        raise NeedsOperator(
            access.where("connect"),
            "this process has no sealed store for tokens.",
            next_step="Run it from an installation:  glowline init",
        )
    return store
