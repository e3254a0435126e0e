"""The practice's answer under a review, once somebody has approved its words."""

import json
import re
from typing import Final

from canonical.delivery import Claimed, SendResult
from canonical.problems import RefusalReason, Refused
from canonical.said_inside import ReplyToReview
from connectors.google_business_profile import client
from connectors.google_business_profile.wire import Reply
from connectors.kit.access import Access
from connectors.kit.commands import LookUp, Send, payload_of
from connectors.kit.exchange import post_json

NAMED: Final = re.compile(r"(accounts/[\w-]+)/(locations/[\w-]+)/reviews/[\w-]+")
LONGEST: Final = 4096  # bytes (v4 updateReply, 2026-11)


def reply_to_review(access: Access, claimed: Claimed) -> SendResult:
    """Put the answer there, in place of one that stands there. What leaves is the words and the review's name, nothing else.

    Raises:
        Refused: nobody approved it, the review is under a place that is not ours, or it is too long. Else as `Send`.
    """
    asked = payload_of(claimed, ReplyToReview)
    where = access.where("push.reply_to_review", reference=claimed.attempt_id)
    words = asked.body.get_secret_value().strip()
    if not asked.approved_by.strip():
        raise Refused(where, RefusalReason.INVALID, "nobody has approved these words.", next_step=_APPROVE)
    if not _is_ours(access, asked.review_id):
        raise Refused(where, RefusalReason.NOT_FOUND, "the review is under a place that is not this practice's.")
    if not words or len(words.encode()) > LONGEST:
        raise Refused(where, RefusalReason.CONTENT_REFUSED, f"an answer has 1 to {LONGEST} bytes.")
    request = post_json(
        client.reviews_url(access, f"{asked.review_id}/reply"), json.dumps({"comment": words}).encode(), method="PUT"
    )
    client.line(access).write_as(Reply, request, "reply_to_review", claimed.attempt_id)
    return SendResult(vendor_id=asked.review_id, status="published")


_APPROVE = "Approve the draft, or drop it."


def _is_ours(access: Access, review: str) -> bool:
    found = NAMED.fullmatch(review)
    ours = client.named_locations(access)
    return found is not None and found[1] == client.account(access) and (not ours or found[2] in ours)


COMMANDS: Final[dict[str, Send]] = {"reply_to_review": reply_to_review}
LOOK_UPS: Final[dict[str, LookUp]] = {}
"""None is needed: the same answer in the same place is the same answer."""
