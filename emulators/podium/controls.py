"""What a test or the demo can make happen at the pretend Podium."""

from __future__ import annotations

from typing import TYPE_CHECKING

from emulators.podium.tokens import ALL_SCOPES

if TYPE_CHECKING:
    from emulators.kit.exchange import Given, Json
    from emulators.podium.emulator import PodiumEmulator

SETTINGS = ("auto_progress", "per_minute")


class Controls:
    """POST `/_emulator/podium/<name>`; the views answer GET."""

    def __init__(self, podium: PodiumEmulator) -> None:
        self._podium = podium

    def install(self) -> None:
        """Put them on the control port."""
        self._podium.controls |= {
            "inbound": self.inbound,
            "advance": self.advance,
            "outcome": self.outcome,
            "contact": self.contact,
            "forget_contact": self.forget_contact,
            "location": self.location,
            "webhook": self.webhook,
            "click": self.click,
            "review": self.review,
            "scopes": self.scopes,
            "settings": self.settings,
        }
        self._podium.views |= {"messages": self.messages, "world": self.world}

    def inbound(self, given: Given) -> Json:
        """`{from, body, location?}`: somebody writes to a location."""
        podium, world = self._podium, self._podium.world
        thread = world.thread(given["from"], given.get("location") or next(iter(world.locations)))
        message = world.say(thread, given["body"], "inbound", None)
        world.heed(given["from"], " ".join(given["body"].lower().split()))
        podium.calls.tell("message.received", message)
        return message

    def advance(self, given: Given) -> Json:
        """`{uid?, status?}`: send on what waits, or give a text a status (pending, sent, delivered, failed)."""
        rows = self._podium.world.messages.values()
        waiting = [one for one in rows if one["items"][0]["deliveryStatus"] == "pending"]
        chosen = [one for one in rows if one["uid"] == given["uid"]] if "uid" in given else waiting
        for message in chosen:
            if "status" in given:
                self._podium.become(message, given["status"])
            else:
                self._podium.progress(message)
        return {"advanced": [message["uid"] for message in chosen]}

    def outcome(self, given: Given) -> Json:
        """`{to, status}`: how texts to this phone end from now on."""
        self._podium.outcomes[given["to"]] = given["status"]
        return {"to": given["to"]}

    def contact(self, given: Given) -> Json:
        """`{identifier, name?, location?}`: a contact, new or changed by the staff."""
        world = self._podium.world
        known = world.contact(given["identifier"]) is not None
        place = given.get("location") or next(iter(world.locations))
        found = world.reach(given["identifier"], place, given.get("name", ""))
        self._podium.calls.tell("contact.updated" if known else "contact.created", found)
        return found

    def forget_contact(self, given: Given) -> Json:
        """`{identifier}`: the staff delete a contact."""
        world = self._podium.world
        found = world.contact(given["identifier"])
        if found is None:
            raise ValueError(f"There is no contact {given['identifier']}.")
        del world.contacts[found["uid"]]
        self._podium.calls.tell("contact.deleted", found)
        return {"uid": found["uid"]}

    def location(self, given: Given) -> Json:
        """`{uid, number, name?}`: another place of the organization."""
        return self._podium.world.add_location(given["uid"], given.get("name", "Another"), given["number"])

    def webhook(self, given: Given) -> Json:
        """`{url, events, secret?}`: listen to some events."""
        return self._podium.calls.listen(given["url"], given["events"], given.get("secret"))

    def click(self, given: Given) -> Json:
        """`{uid, status?}`: an invitation is on its way, or somebody follows its link."""
        world = self._podium.world
        invite = world.invites[given["uid"]]
        invite["deliveryStatus"] = given.get("status", "delivered")
        if "status" not in given:
            invite |= {"linkClicked": True, "linkClickedAt": world.at()}
        invite["updatedAt"] = world.at()
        self._podium.calls.tell("review.invite_link_updated", invite)
        return invite

    def review(self, given: Given) -> Json:
        """`{rating, body?, author?, site?, invite?, reply?, uid?}`: somebody writes a review, or the practice answers one."""
        world = self._podium.world
        known = given.get("uid") in world.reviews
        uid = given["uid"] if known else world.uid()
        review = world.reviews.setdefault(uid, _review(uid, given, next(iter(world.locations)), world.at()))
        if "reply" in given:
            answer = {"body": given["reply"], "createdAt": world.at(), "siteAuthorName": "Downtown"}
            review["responses"].append(answer)
            review["needsResponse"] = False
        review["updatedAt"] = world.at()
        if given.get("invite") in world.invites:
            invite = world.invites[given["invite"]]
            invite["attributions"] = [{"reviewUid": uid, "reviewRating": given["rating"], "siteName": "google"}]
            invite["updatedAt"] = world.at()
        self._podium.calls.tell("review.updated" if known else "review.created", review)
        return review

    def scopes(self, given: Given) -> Json:
        """`{lacking}`: the scopes the app was not given."""
        self._podium.tokens.scopes = tuple(one for one in ALL_SCOPES if one not in given["lacking"])
        return {"scopes": list(self._podium.tokens.scopes)}

    def settings(self, given: Given) -> Json:
        """`{auto_progress?, per_minute?}`."""
        for name in SETTINGS:
            setattr(self._podium, name, given.get(name, getattr(self._podium, name)))
        return {name: getattr(self._podium, name) for name in SETTINGS}

    def messages(self, given: Given) -> Json:
        """Every message, oldest first; filter `to`."""
        rows = self._podium.world.messages.values()
        wanted = given.get("to")
        return {"messages": [one for one in rows if wanted in (None, one["conversation"]["channel"]["identifier"])]}

    def world(self, given: Given) -> Json:
        """Everything else there is."""
        del given
        world = self._podium.world
        names = ("contacts", "conversations", "notes", "invites", "reviews", "appointments")
        return {name: list(getattr(world, name).values()) for name in names}


def _review(uid: str, given: Given, location: str, at: str) -> dict[str, Json]:
    said = {"body": given.get("body"), "rating": given["rating"], "siteName": given.get("site", "Google")}
    return {
        "uid": uid,
        "author": {"id": None, "name": given.get("author")},
        "attributions": [],
        "createdAt": at,
        "isRecommendation": False,
        "locations": [{"uid": location}],
        "needsResponse": True,
        "responses": [],
        "review": said | {"siteReviewId": None, "url": None},
        "updatedAt": at,
    }
