"""One message told from its end back to the vendor's bytes: a sentence first, then the chain."""

import json
from collections import Counter
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

Row = dict[str, Any]

_BECAUSE = {
    "2.5": "visit was booked",
    "2.7": "visit moved after a time had been told",
    "2.8": "visit was cancelled after a time had been told",
    "3.1": "visit was 48 hours away",
    "3.2": "visit was 24 hours away",
    "4.1": "visit was that day",
    "1.1": "inquiry had just arrived, in opening hours",
    "1.2": "inquiry had to be in the CRM",
    "1.3": "inquiry had to reach the front desk",
    "1.4": "inquiry had just arrived, outside opening hours",
    "1.5": "inquiry had not been called by the promised hour",
}
_SENT = {
    "sms": "Text",
    "email": "Mail",
    "secure_email": "Secure mail",
    "ig_dm": "Message on Instagram",
    "messenger": "Message on Messenger",
    "review_reply": "Answer in public",
    "crm": "CRM entry",
    "staff": "Staff task",
}
_STANDS = {
    "sent": "accepted by the vendor",
    "delivered": "delivered",
    "bounced": "not deliverable",
    "rejected": "rejected on the way",
    "refused": "refused by the vendor",
    "blocked": "not sent: policy forbids it",
    "delayed": "not sent yet: policy says later",
    "awaiting_approval": "not sent yet: a person must agree",
    "planned": "planned",
    "cleared": "allowed, about to go",
    "claimed": "being sent",
    "cancelled": "cancelled: no longer owed",
    "expired": "not sent: too late to be true",
    "absorbed": "said in another message",
    "ambiguous": "unknown: it may have arrived",
    "abandoned": "unknown: a person is checking",
    "dropped": "dropped by a person",
    "not_sent": "proved not sent",
}


def title(row: Row, zone: ZoneInfo) -> str:
    """`Text to ••• 0142 · 2026-11-12 09:00 EST · delivered`."""
    to = f" to {hidden(row['contact'])}" if row["contact"] else ""
    at = row["happened_at"] or row["due_at"]
    return f"{_SENT.get(row['channel'], row['channel'])}{to} · {local(at, zone)} · {_STANDS.get(row['state'], row['state'])}"


def hidden(contact: str) -> str:
    """The last four digits, or the mail address's first letter and host."""
    if "@" in contact:
        name, _, host = contact.partition("@")
        return f"{name[:1]}•••@{host}"
    return f"••• {contact[-4:]}"


def local(instant: datetime, zone: ZoneInfo) -> str:
    """Wall time with its zone's short name."""
    return instant.astimezone(zone).strftime("%Y-%m-%d %H:%M %Z")


def because(row: Row, zone: ZoneInfo) -> str:
    """The one sentence."""
    who = f"{row['display_name']}'s " if row["display_name"] else "the "
    when = f" on {row['start_at'].astimezone(zone):%a %d %b, %H:%M}" if row["start_at"] else ""
    subject, _, rest = _BECAUSE.get(row["row"], f"{row['subject_kind']} asked for it").partition(" ")
    sentence = f"Because {who}{subject}{when} {rest} (row {row['row']})"
    return f"{sentence}, and {_ending(row)}."


def _ending(row: Row) -> str:
    held = [a["reason"] for a in answers(row) if a["outcome"] == row["verdict"] and a.get("reason")]
    if row["verdict"] in {"allow", "allow_with_risk"}:
        return "nothing forbade it"
    return f"it was held: {' '.join(held)}".rstrip(".") if held else "it has not been decided yet"


def answers(row: Row) -> list[dict[str, str]]:
    """Every rule's answer."""
    found: list[dict[str, str]] = json.loads(row["answers"]) if row["answers"] else []
    return found


def ruled(row: Row) -> str:
    """`83 rules: 12 allow, 60 not applicable, 1 rewrite (TCPA-17 …)`."""
    given = answers(row)
    counts = Counter(answer["outcome"] for answer in given)
    told = ", ".join(f"{number} {outcome.replace('_', ' ')}" for outcome, number in counts.most_common())
    loud = [a for a in given if a["outcome"] in {"block", "need_approval", "delay_until", "rewrite", "allow_with_risk"}]
    said = "; ".join(f"{a['rule']}: {a.get('reason', '')}" for a in loud)
    return f"{len(given)} rules: {told}" + (f" ({said})" if said else "")


def short(digest: str | None) -> str:
    """The first four characters of a hash, as people compare them."""
    return (digest or "????")[:8]


def entries(audit: Row) -> str:
    """How many entries of the audit, and which."""
    if audit["entries"] == 1:
        return f"1 entry, {audit['first']:,}"
    return f"{audit['entries']:,} entries, {audit['first']:,} to {audit['last']:,}"
