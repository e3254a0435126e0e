"""What Podium tells its customers: events to every webhook that wants them, signed where it has a secret."""

from __future__ import annotations

import hashlib
import hmac
import json
from typing import TYPE_CHECKING, Any

from emulators.kit.webhooks import Webhook

if TYPE_CHECKING:
    from collections.abc import Sequence

    from emulators.podium.emulator import PodiumEmulator
    from emulators.podium.world import Record


def signature(secret: str, stamp: str, body: bytes) -> str:
    """HMAC-SHA256 over timestamp, dot and body. Podium does not say in which writing; here it is hexadecimal."""
    return hmac.new(secret.encode(), f"{stamp}.".encode() + body, hashlib.sha256).hexdigest()


class Calls:
    """The webhooks of one emulator, and the records that come about by themselves."""

    def __init__(self, podium: PodiumEmulator) -> None:
        self._podium = podium

    def listen(self, url: str, events: Sequence[str], secret: str | None) -> Record:
        """A webhook of the organization's."""
        world = self._podium.world
        hook: Record = {"uid": world.uid(), "url": url, "eventTypes": list(events), "secret": secret, "disabled": False}
        hook |= {"locationUid": None, "organizationUid": world.organization}
        world.hooks[hook["uid"]] = hook | {"createdAt": world.at(), "updatedAt": world.at()}
        return world.hooks[hook["uid"]]

    def tell(self, event: str, data: Record) -> None:
        """An event, as it is now, to everybody who wants it."""
        metadata = {"eventType": event, "eventUid": self._podium.world.uid(), "version": "2021.04.01"}
        body = json.dumps({"data": data, "metadata": metadata}, ensure_ascii=False).encode()
        for hook in self._podium.world.hooks.values():
            if event in hook["eventTypes"] and not hook["disabled"]:
                self._podium.webhooks.send(self._signed(hook, body, data["uid"]))

    def _signed(self, hook: Record, body: bytes, label: str) -> Webhook:
        def build(_: int) -> tuple[dict[str, str], bytes]:
            # Not the emulator's clock: a receiver measures the age with its own.
            stamp = str(self._podium.clock.machine_milliseconds())
            headers = {"Content-Type": "application/json", "podium-timestamp": stamp}
            secret = hook["secret"]
            return headers | ({"podium-signature": signature(secret, stamp, body)} if secret else {}), body

        return Webhook(hook["url"], build, label)

    def invite(self, identifier: str, location: str) -> Record:
        """A personal link to review a location, told to whoever listens once the answer is out."""
        world = self._podium.world
        contact = world.reach(identifier, location)
        uid = world.uid()
        invite: dict[str, Any] = {
            "uid": uid,
            "attributions": [],
            "channel": {"identifier": identifier, "type": "email" if "@" in identifier else "phone"},
            "conversationItemUid": None,
            "createdAt": world.at(),
            "customerName": contact["name"],
            "deliveryStatus": "pending",
            "languages": ["en"],
            "linkClicked": False,
            "linkClickedAt": None,
            "location": {"uid": location, "organizationUid": world.organization},
            "sender": {"uid": None, "name": "external", "sentThrough": "generated_link_only", "type": "integration"},
            "shortUrl": f"https://podium.co/{uid[:7]}",
            "test": False,
            "updatedAt": world.at(),
            "url": f"http://app.podium.com/#/{uid}",
        }
        world.invites[uid] = invite
        self.tell("review.invite_link_created", invite)
        return invite
