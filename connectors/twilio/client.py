"""Twilio's address, its credentials, and what its error codes mean.

Sources: twilio.com/docs/api/errors (read 2026-11); 21659, 21635 and 21265 were split off in the changelog of
2024-07-10. `memory` marks a code whose page was not read.
"""

import json
from collections.abc import Sequence
from typing import Final

from canonical.problems import NeedsOperator, RefusalReason, Refused, TryLater
from connectors.kit.access import Access
from connectors.kit.auth import Basic
from connectors.kit.calls import Line
from connectors.kit.exchange import Answer, Request, get
from connectors.kit.paging import next_url, walk
from connectors.kit.problem_table import ProblemTable, Rule
from connectors.twilio.wire import Number, NumberPage

API: Final = "https://api.twilio.com"
ACCOUNTS: Final = "https://accounts.twilio.com"


def _refused(reason: RefusalReason, says: str, next_step: str = "") -> Rule:
    return Rule(Refused, says, next_step, reason)


_SENDER = "Compare the location's sms_sender with the numbers in Twilio's console."
_KEY = "Check the connection's secret in Twilio's console, then run:  glowline check"

PROBLEMS: Final[ProblemTable] = {
    (None, "20003"): Rule(NeedsOperator, "Twilio does not accept the credentials.", _KEY),
    (None, "20005"): Rule(NeedsOperator, "the account is not active.", "Open Twilio's console: billing or suspension."),
    (None, "20403"): Rule(NeedsOperator, "the key may not do this.", "Use a Standard or Main API key."),
    (404, "20404"): Rule(NeedsOperator, "no such account or resource.", "Check account_sid and base_url."),
    (None, "20429"): Rule(TryLater, "too many requests at once for this account."),
    (None, "21211"): _refused(RefusalReason.BAD_ADDRESS, "the number is not a valid phone number."),
    (None, "21212"): _refused(RefusalReason.SENDER_NOT_ALLOWED, "the sender is not a valid number.", _SENDER),
    (None, "21265"): _refused(RefusalReason.NOT_TEXTABLE, "the number is a short code."),
    (None, "21266"): _refused(RefusalReason.BAD_ADDRESS, "the number is the sender's own."),
    (None, "21408"): _refused(RefusalReason.SENDER_NOT_ALLOWED, "texting that country is switched off."),  # memory
    (None, "21601"): _refused(RefusalReason.SENDER_NOT_ALLOWED, "the sender is not a number of this account.", _SENDER),
    (None, "21602"): _refused(RefusalReason.INVALID, "the text is empty."),
    (None, "21603"): _refused(RefusalReason.SENDER_NOT_ALLOWED, "the sender is missing.", _SENDER),
    (None, "21606"): _refused(RefusalReason.SENDER_NOT_ALLOWED, "the sender cannot text this destination.", _SENDER),
    (None, "21608"): Rule(NeedsOperator, "a trial account texts verified numbers only.", "Upgrade the account."),
    (None, "21610"): _refused(RefusalReason.OPTED_OUT, "Twilio's own list says that this number opted out."),
    (None, "21611"): Rule(TryLater, "the sender's queue at Twilio is full."),  # memory
    (None, "21612"): _refused(RefusalReason.NOT_TEXTABLE, "no route from this sender to this number."),  # memory
    (None, "21614"): _refused(RefusalReason.NOT_TEXTABLE, "the number cannot receive texts."),
    (None, "21617"): _refused(RefusalReason.CONTENT_REFUSED, "the text is longer than 1,600 characters."),
    (None, "21635"): _refused(RefusalReason.NOT_TEXTABLE, "the number is a landline."),
    (None, "21659"): _refused(RefusalReason.SENDER_NOT_ALLOWED, "the sender is not a number of Twilio's.", _SENDER),
    (None, "21660"): _refused(RefusalReason.SENDER_NOT_ALLOWED, "the sender is another account's.", _SENDER),  # memory
    (None, "21701"): _refused(RefusalReason.SENDER_NOT_ALLOWED, "no such messaging service.", _SENDER),
    (None, "21703"): _refused(RefusalReason.SENDER_NOT_ALLOWED, "the messaging service has no number.", _SENDER),
}
"""(status, code) → what it means. Codes that arrive later, in receipts, are translated by the mapping."""


def code_of(answer: Answer) -> str:
    """Twilio's own code in `{code, message, more_info, status}`; empty where there is none."""
    try:
        body = json.loads(answer.body)
    except ValueError:
        return ""
    return str(body["code"]) if isinstance(body, dict) and isinstance(body.get("code"), int) else ""


def line(access: Access) -> Line:
    """Twilio's API as this connection may use it: an API key where there is one, else the account's own token."""
    key = access.optional_credential("api_key")
    if key is not None:
        auth = Basic(key.get_secret_value(), access.credential("api_secret"))
    else:
        auth = Basic(account_sid(access), access.credential("auth_token"))
    return Line(access, auth, PROBLEMS, code_of)


def account_sid(access: Access) -> str:
    """Which account: a setting, or part of the secret. It is an address, not a secret."""
    return access.setting("account_sid") or access.credential("account_sid").get_secret_value()


def base_url(access: Access) -> str:
    """Twilio, or what the connection's settings put in its place."""
    return access.setting("base_url", API).rstrip("/")


def resource(access: Access, path: str) -> str:
    """The URL of something inside the account, such as `/Messages.json`."""
    return f"{base_url(access)}/2010-04-01/Accounts/{account_sid(access)}{path}"


def consents_url(access: Access) -> str:
    """Where consents are written: another host, unless the settings name one for both."""
    return f"{access.setting('accounts_url', access.setting('base_url', ACCOUNTS)).rstrip('/')}/v1/Consents/Bulk"


def named_numbers(access: Access) -> tuple[str, ...]:
    """Our numbers and messaging services on an account that others share; empty where the account is ours alone."""
    return tuple(access.connection.select.get("numbers", "").replace(",", " ").split())


def numbers(access: Access, query: Sequence[tuple[str, str]] = ()) -> tuple[Number, ...]:
    """The account's numbers, all pages."""
    calling, where = line(access), access.where("verify")
    first = get(resource(access, "/IncomingPhoneNumbers.json"), (*query, ("PageSize", "1000"))).url
    pages = walk(
        lambda url: calling.read_as(NumberPage, Request("GET", url), "verify"),
        first,
        lambda page: next_url(base_url(access), page.next_page_uri, where),
        where,
    )
    return tuple(number for page, _ in pages for number in page.incoming_phone_numbers)
