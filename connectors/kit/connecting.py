"""Connecting an account: the address on which a person says yes, and what becomes of the address they come back to.

RFC 6749, 4.1, with a state of 256 bits and, where the vendor takes one, a code challenge (RFC 7636).
"""

import secrets
from dataclasses import dataclass, field

from authlib.oauth2.rfc6749.errors import MismatchingStateException, MissingCodeException
from authlib.oauth2.rfc6749.parameters import parse_authorization_code_response, prepare_grant_uri
from authlib.oauth2.rfc7636 import create_s256_code_challenge

from canonical.problems import NeedsOperator
from connectors.kit.access import Access
from connectors.kit.auth import Kept
from connectors.kit.authorized import CONSENT, address, authorize_of, connected


@dataclass(frozen=True, slots=True)
class Consent:
    """A question put to one person, once."""

    url: str = field(repr=False)
    """Where they answer it."""
    redirect: str
    """Where the vendor sends them afterwards."""
    state: str = field(repr=False)
    verifier: str = field(repr=False)
    """Empty where the vendor takes no code challenge."""


def consent(access: Access, redirect: str) -> Consent:
    """A new question. `redirect` is an address that the vendor's app has on its list.

    Raises:
        NotOffered: this vendor's secret is placed by hand.
        NeedsOperator: the secret has no client_id, or an address cannot be made.
    """
    block = authorize_of(access)
    state, verifier = secrets.token_urlsafe(32), secrets.token_urlsafe(48) if block.pkce else ""
    challenge = (
        {"code_challenge": create_s256_code_challenge(verifier), "code_challenge_method": "S256"} if verifier else {}
    )
    scopes = block.separator.join(access.manifest.auth.scopes)
    url = prepare_grant_uri(
        address(access, CONSENT, block.url),
        access.credential("client_id").get_secret_value(),
        "code",
        redirect_uri=redirect,
        scope=block.offers or scopes,
        state=state,
        **challenge,
        **block.extra,
    )
    return Consent(url, redirect, state, verifier)


def accept(access: Access, asked: Consent, came_back: str) -> Kept:
    """Exchange the code of the address they came back to. The tokens are on the disk when this returns.

    Raises:
        NeedsOperator: the vendor said no, the address answers another question, or the code is not taken.
        TryLater: the token endpoint cannot be reached.
    """
    fields = {"grant_type": "authorization_code", "code": _code(access, asked, came_back)}
    fields["redirect_uri"] = asked.redirect
    if asked.verifier:
        fields["code_verifier"] = asked.verifier
    return connected(access).begin(fields)


def _code(access: Access, asked: Consent, came_back: str) -> str:
    try:
        return str(parse_authorization_code_response(came_back, state=asked.state)["code"])
    except MissingCodeException:
        says, step = "the vendor gave no code: somebody said no, or the address is not whole.", _WHOLE
    except MismatchingStateException:
        says, step = "the address answers another question than the one just asked.", _AGAIN
    raise NeedsOperator(access.where("connect"), says, next_step=step)


_WHOLE = "Start once more, say yes, and paste the whole address that the browser shows then."
_AGAIN = "Start once more, and open the address that is printed then."
