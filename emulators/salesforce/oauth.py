"""Tokens: what the endpoint gives for a refresh token, a client's own credentials, a signed assertion or a password."""

import base64

from emulators.kit.exchange import Answer, Call
from emulators.salesforce.assertions import refused
from emulators.salesforce.org import Org

REFRESH, CLIENT, ASSERTION = "refresh_token", "client_credentials", "urn:ietf:params:oauth:grant-type:jwt-bearer"


def granted(org: Org, call: Call, fresh: str) -> Answer:
    """POST `/services/oauth2/token`. There is no `expires_in`; `instance_url` says where the org is."""
    form = call.form
    grant = form.get("grant_type", "")
    problem = _refused(org, form, grant, _client(call))
    if problem:
        return Answer(400, {"error": problem[0], "error_description": problem[1]})
    org.tokens.add(fresh)
    answer = {
        "access_token": fresh,
        "scope": "api refresh_token",
        "instance_url": org.instance_url,
        "id": f"https://login.salesforce.com/id/{org.organization_id}/{org.user_id}",
        "token_type": "Bearer",
        "issued_at": str(org.clock.machine_milliseconds()),
        "signature": "invented",
    }
    if grant == "authorization_code" or (grant == REFRESH and org.rotating):
        org.refresh_token = f"{org.refresh_token.partition('.')[0]}.{fresh[:8]}" if org.rotating else org.refresh_token
        answer["refresh_token"] = org.refresh_token
    return Answer(200, answer)


def _refused(org: Org, form: dict[str, str], grant: str, client: tuple[str, str]) -> tuple[str, str] | None:
    if grant == ASSERTION:
        return refused(org, form.get("assertion", ""))
    if client != org.client:
        return "invalid_client", "invalid client credentials"
    if grant == REFRESH and form.get("refresh_token") != org.refresh_token:
        return "invalid_grant", "expired access/refresh token"
    if grant not in {REFRESH, CLIENT, "authorization_code", "password"}:
        return "unsupported_grant_type", "grant type not supported"
    return None


def _client(call: Call) -> tuple[str, str]:
    """Who asks: in the body, or in an Authorization header."""
    scheme, _, proof = call.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return call.form.get("client_id", ""), call.form.get("client_secret", "")
    name, _, secret = base64.b64decode(proof).decode("utf-8", "replace").partition(":")
    return name, secret
