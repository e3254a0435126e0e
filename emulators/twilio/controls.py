"""What a test or the demo can make happen at the pretend Twilio."""

from __future__ import annotations

from typing import TYPE_CHECKING

from emulators.kit.exchange import Given, Json
from emulators.twilio.account import Account, Sender, Service
from emulators.twilio.messages import Message, reference_in

if TYPE_CHECKING:
    from emulators.twilio.emulator import TwilioEmulator

SETTINGS = ("auto_progress", "callback_first", "auto_reply", "list_lag")


class Controls:
    """POST `/_emulator/twilio/<name>`; the views answer GET."""

    def __init__(self, twilio: TwilioEmulator) -> None:
        self._twilio = twilio

    def install(self) -> None:
        """Put them on the control port."""
        self._twilio.controls |= {
            "inbound": self.inbound,
            "advance": self.advance,
            "outcome": self.outcome,
            "numbers": self.numbers,
            "services": self.services,
            "settings": self.settings,
        }
        self._twilio.views |= {"messages": self.messages, "opt_outs": self.opt_outs, "accounts": self.accounts}

    def inbound(self, given: Given) -> Json:
        """`{from, to, body}`: a person texts one of our numbers."""
        account, sender = self._number(given["to"])
        return self._twilio.receive(account, sender, given["from"], given["body"]).resource()

    def advance(self, given: Given) -> Json:
        """`{sid | reference | to, status?, error_code?}`: send on what waits, or give it a status."""
        chosen = [message for message in self._twilio.messages.values() if _chosen(message, given)]
        for message in chosen:
            if "status" in given:
                self._twilio.become(message, given["status"], given.get("error_code"))
            else:
                self._twilio.progress(message)
        return {"advanced": [message.sid for message in chosen]}

    def outcome(self, given: Given) -> Json:
        """`{to, status, error_code?}`: how messages to this phone end from now on."""
        self._twilio.outcomes[given["to"]] = (given["status"], given.get("error_code"))
        return {"to": given["to"]}

    def numbers(self, given: Given) -> Json:
        """`{phone_number, sms_url?, registered?, advanced_opt_out?, account?}`: add or change a number."""
        account = self._account(given)
        number = given["phone_number"]
        sender = account.senders.setdefault(number, Sender(number))
        for name in ("sms_url", "registered", "sms_capable", "advanced_opt_out", "friendly_name"):
            setattr(sender, name, given.get(name, getattr(sender, name)))
        return sender.resource(account.sid)

    def services(self, given: Given) -> Json:
        """`{sid, numbers, inbound_url?, status_callback?, account?}`: add or replace a messaging service."""
        service = Service(
            given["sid"], tuple(given["numbers"]), given.get("inbound_url", ""), given.get("status_callback", "")
        )
        self._account(given).services[service.sid] = service
        return {"sid": service.sid}

    def settings(self, given: Given) -> Json:
        """`{auto_progress?, callback_first?, auto_reply?, list_lag?}`."""
        for name in SETTINGS:
            setattr(self._twilio, name, given.get(name, getattr(self._twilio, name)))
        return {name: getattr(self._twilio, name) for name in SETTINGS}

    def messages(self, given: Given) -> Json:
        """Every message, oldest first, with the sender's reference; filters `to`, `from`, `direction`."""
        rows = [
            message.resource() | {"reference": reference_in(message.callback) if message.callback else None}
            for message in self._twilio.messages.values()
        ]
        return {"messages": [row for row in rows if all(row[name] == value for name, value in given.items())]}

    def opt_outs(self, given: Given) -> Json:
        """Who has opted out of what."""
        del given
        pairs = [pair for each in self._twilio.opted_out.values() for pair in each]
        return {"opt_outs": [{"pool": pool, "person": person} for pool, person in sorted(pairs)]}

    def accounts(self, given: Given) -> Json:
        """The accounts with their invented credentials."""
        del given
        rows = self._twilio.accounts.values()
        return {
            "accounts": [row.resource() | {"numbers": sorted(row.senders), "api_keys": row.api_keys} for row in rows]
        }

    def _account(self, given: Given) -> Account:
        wanted = given.get("account")
        return self._twilio.accounts[wanted] if wanted else next(iter(self._twilio.accounts.values()))

    def _number(self, number: str) -> tuple[Account, Sender]:
        for account in self._twilio.accounts.values():
            if number in account.senders:
                return account, account.senders[number]
        raise ValueError(f"No account has the number {number}: add it with POST /_emulator/twilio/numbers.")


def _chosen(message: Message, given: Given) -> bool:
    if message.direction != "outbound-api":
        return False
    reference = reference_in(message.callback) if message.callback else None
    own = {"sid": message.sid, "to": message.to, "reference": reference}
    named = [name for name in own if name in given]
    return all(own[name] == given[name] for name in named) and (bool(named) or message.status in ("queued", "accepted"))
