"""The pretend Twilio."""

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from urllib.parse import urldefrag, urlencode

from typing_extensions import Unpack, override

from emulators.kit.emulator import HttpEmulator, Settings
from emulators.kit.exchange import Answer, Call, Handler, Json, Mark, Routes
from emulators.kit.faults import Fault
from emulators.kit.webhooks import Webhook
from emulators.twilio import consents, listing, optout, problems
from emulators.twilio.account import Account, Sender, basic
from emulators.twilio.controls import Controls
from emulators.twilio.messages import Message, check, reference_in, scheduled
from emulators.twilio.problems import Refusal
from emulators.twilio.signature import signature

ROOT = "/2010-04-01/Accounts/{account}"
CANCELABLE = ("scheduled", "accepted", "queued")


class TwilioEmulator(HttpEmulator):
    """One Twilio with any number of accounts.

    After the answer a message is `sent` and then `delivered` (or what `outcomes` says for its recipient), each with a
    signed callback. `callback_first` posts them before the answer. `auto_progress` false leaves messages queued until
    the control `advance`. `list_lag` seconds (emulator's clock) hide new messages from the list.
    """

    vendor = "twilio"

    def __init__(
        self, *accounts: Account, auto_progress: bool = True, list_lag: float = 0, **settings: Unpack[Settings]
    ) -> None:
        super().__init__(**settings)
        self.accounts = {account.sid: account for account in accounts or (Account().add(Sender("+15005550006")),)}
        self.auto_progress = auto_progress
        self.list_lag = list_lag
        self.callback_first = False
        self.auto_reply = True
        self.messages: dict[str, Message] = {}
        self.opted_out: dict[str, set[tuple[str, str]]] = {}
        self.outcomes: dict[str, tuple[str, int | None]] = {}
        self._routes: Routes[Handler] = Routes(
            [
                ("GET", f"{ROOT}.json", self._account),
                ("POST", f"{ROOT}/Messages.json", self._create),
                ("GET", f"{ROOT}/Messages.json", self._list),
                ("GET", f"{ROOT}/Messages/{{sid}}.json", self._fetch),
                ("POST", f"{ROOT}/Messages/{{sid}}.json", self._update),
                ("DELETE", f"{ROOT}/Messages/{{sid}}.json", self._delete),
                ("GET", f"{ROOT}/IncomingPhoneNumbers.json", self._numbers),
            ]
        )
        Controls(self).install()

    @override
    def describe_ports(self) -> dict[str, Json]:
        accounts = [
            {"sid": each.sid, "auth_token": each.auth_token, "numbers": sorted(each.senders)}
            for each in self.accounts.values()
        ]
        return super().describe_ports() | {"accounts": accounts}

    @override
    def forget(self) -> None:
        self.messages.clear()
        self.opted_out.clear()
        self.outcomes.clear()

    # HTTP

    @override
    def answer(self, call: Call) -> Answer:
        answer = super().answer(call)
        request_id = {"twilio-request-id": f"RQ{self.token()}", "twilio-request-duration": "0.042"}
        answer.headers = {"twilio-concurrent-requests": "1"} | request_id | answer.headers
        return answer

    @override
    def respond(self, call: Call) -> Answer:
        user, password = basic(call.headers)
        opened = next((each for each in self.accounts.values() if each.opened_by(user, password)), None)
        if opened is None:
            raise Refusal(20003)
        if (call.method, call.path) == ("POST", consents.PATH):
            return consents.written(call, partial(self._consent, opened))
        found = self._routes.find(call)
        if found is None or found[1].fields["account"] != opened.sid:
            raise Refusal(20404, call.path)
        return found[0](found[1])

    @override
    def describe(self, call: Call) -> list[Mark]:
        if call.method != "POST":
            return [Mark()]
        callback, to = call.form.get("StatusCallback", ""), call.form.get("To")
        creates = call.path.endswith("/Messages.json")
        reference = reference_in(callback) if callback else None
        return [Mark("send" if creates else "write", reference=reference, recipient=to)]

    @override
    def error(self, fault: Fault) -> Answer:
        return problems.from_fault(fault)

    def _account(self, call: Call) -> Answer:
        return Answer(200, self._owner(call).resource())

    def _owner(self, call: Call) -> Account:
        return self.accounts[call.fields["account"]]

    def _numbers(self, call: Call) -> Answer:
        account, wanted = self._owner(call), call.arguments.get("PhoneNumber")
        rows = [
            (sender.sid, sender.resource(account.sid))
            for sender in account.senders.values()
            if wanted in (None, sender.phone_number)
        ]
        return listing.page(call, "incoming_phone_numbers", rows)

    def _create(self, call: Call) -> Answer:
        account, now = self._owner(call), self.clock.now()
        asked = check(account, call.form, self.opted_out.get(account.sid, set()))
        prefix = "MM" if call.form.get("MediaUrl") else "SM"
        message = replace(
            scheduled(asked, call.form, now), sid=prefix + self.token(), date_created=now, date_updated=now
        )
        self.messages[message.sid] = message
        marks = [replace(mark, vendor_id=message.sid) for mark in self.describe(call)]
        answer = Answer(201, message.resource(), marks=marks)
        if self.auto_progress and message.status != "scheduled":
            (answer.before if self.callback_first else answer.after).append(lambda: self.progress(message))
        return answer

    def _list(self, call: Call) -> Answer:
        visible = self.clock.now().timestamp() - self.list_lag
        account = self._owner(call).sid
        mine = [each for each in self.messages.values() if each.account_sid == account]
        seen = [each for each in mine if each.date_created.timestamp() <= visible]
        rows = [(message.sid, message.resource()) for message in listing.matching(seen, call)]
        return listing.page(call, "messages", rows)

    def _message(self, call: Call) -> Message:
        message = self.messages.get(call.fields["sid"])
        if message is None or message.account_sid != call.fields["account"]:
            raise Refusal(20404, call.path)
        return message

    def _fetch(self, call: Call) -> Answer:
        return Answer(200, self._message(call).resource())

    def _update(self, call: Call) -> Answer:
        message = self._message(call)
        if call.form.get("Status") == "canceled":
            if message.status not in CANCELABLE:
                raise Refusal(30409)
            message.status = "canceled"
        if "Body" in call.form:
            if call.form["Body"]:
                raise Refusal(20001, "Body can only be emptied")
            message.body = ""
        message.date_updated = self.clock.now()
        return Answer(200, message.resource(), marks=[Mark("write", vendor_id=message.sid)])

    def _delete(self, call: Call) -> Answer:
        message = self._message(call)
        del self.messages[message.sid]
        return Answer(204, marks=[Mark("write", vendor_id=message.sid)])

    # What happens to a message afterwards

    def progress(self, message: Message) -> None:
        """Send a message on to its end."""
        account = self.accounts[message.account_sid]
        if message.service_sid and not message.sender:
            message.sender = account.services[message.service_sid].numbers[0]
        sender = account.senders.get(message.sender or "")
        registered = sender is None or sender.registered
        status, code = self.outcomes.get(message.to, ("delivered", None)) if registered else ("undelivered", 30034)
        self.become(message, "sent")
        self.become(message, status, code)

    def become(self, message: Message, status: str, code: int | None = None) -> None:
        """Give a message a status, and say so to its callback URL."""
        message.status, message.error_code, message.date_updated = status, code, self.clock.now()
        if status == "sent":
            message.date_sent = self.clock.now()
        if message.callback:
            self.webhooks.send(self._signed(message.account_sid, message.callback, _status_post(message), message.sid))

    def receive(self, account: Account, sender: Sender, person: str, body: str) -> Message:
        """A text from a person to one of the account's numbers."""
        service, now = account.service_of(sender.phone_number), self.clock.now()
        message = Message(
            f"SM{self.token()}", account.sid, sender.phone_number, person, body, "inbound", "received", now, now, now,
            service_sid=service.sid if service else None,
        )  # fmt: skip
        self.messages[message.sid] = message
        word = optout.keyword(body)
        self._heed(account, message, word)
        url = (service.inbound_url if service else "") or sender.sms_url
        if url:
            extra = {"OptOutType": word} if word and sender.advanced_opt_out else {}
            self.webhooks.send(self._signed(account.sid, url, _inbound_post(message) | extra, message.sid))
        return message

    def _heed(self, account: Account, message: Message, word: optout.OptOut | None) -> None:
        if word is None:
            return
        opted_out, pair = (
            self.opted_out.setdefault(account.sid, set()),
            (account.pool(message.to), message.sender or ""),
        )
        if word == "STOP":
            opted_out.add(pair)
        elif word == "START":
            opted_out.discard(pair)
        if self.auto_reply:
            reply = replace(
                message, sid=f"SM{self.token()}", to=message.sender or "", sender=message.to, status="delivered",
                body=optout.REPLIES[word], direction="outbound-reply",
            )  # fmt: skip
            self.messages[reply.sid] = reply

    def _consent(self, account: Account, sender: str, person: str, out: bool) -> None:  # noqa: FBT001 - as a consent says it
        held, pair = self.opted_out.setdefault(account.sid, set()), (account.pool(sender), person)
        (held.add if out else held.discard)(pair)

    def _signed(self, account_sid: str, url: str, params: Mapping[str, str], label: str) -> Webhook:
        target = urldefrag(url).url  # connection overrides ride in the fragment
        headers = {
            "Content-Type": "application/x-www-form-urlencoded; charset=utf-8",
            "User-Agent": "TwilioProxy/1.1",
            "I-Twilio-Idempotency-Token": self.token(),
            "X-Twilio-Signature": signature(self.accounts[account_sid].auth_token, target, params.items()),
        }
        return Webhook(target, lambda _: (headers, urlencode(params).encode()), label)


def _status_post(message: Message) -> dict[str, str]:
    post = {
        "SmsSid": message.sid,
        "SmsStatus": message.status,
        "MessageStatus": message.status,
        "To": message.to,
        "MessageSid": message.sid,
        "AccountSid": message.account_sid,
        "From": message.sender or "",
        "ApiVersion": "2010-04-01",
    }
    if message.error_code is not None:
        post["ErrorCode"] = str(message.error_code)
    return post | ({"MessagingServiceSid": message.service_sid} if message.service_sid else {})


def _inbound_post(message: Message) -> dict[str, str]:
    post = {
        "ToCountry": "US",
        "ToState": "",
        "SmsMessageSid": message.sid,
        "NumMedia": "0",
        "ToCity": "",
        "FromZip": "",
        "SmsSid": message.sid,
        "FromState": "",
        "SmsStatus": "received",
        "FromCity": "",
        "Body": message.body,
        "FromCountry": "US",
        "To": message.to,
        "ToZip": "",
        "NumSegments": "1",
        "MessageSid": message.sid,
        "AccountSid": message.account_sid,
        "From": message.sender or "",
        "ApiVersion": "2010-04-01",
    }
    return post | ({"MessagingServiceSid": message.service_sid} if message.service_sid else {})
