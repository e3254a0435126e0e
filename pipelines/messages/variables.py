"""Every variable a template may use, how private it is, and the longest value it can take."""

from collections.abc import Mapping
from dataclasses import dataclass

from canonical.practice import Channel
from canonical.templates import DataClass


@dataclass(frozen=True)
class Variable:
    """One variable: its class, its worst-case value for measuring (R51), and what it is."""

    data_class: DataClass
    worst: str
    about: str


N, C, T, S = DataClass.NEUTRAL, DataClass.CONTACT, DataClass.TREATMENT, DataClass.STAFF

VARIABLES: dict[str, Variable] = {
    "first_name": Variable(C, "Maximiliana", "greeting name after R7; empty on a shared phone (R2)"),
    "practice.name": Variable(N, "Lumen Aesthetics Group", "full name; must itself be neutral for SMS (R42)"),
    "practice.sms_name": Variable(N, "Lumen Aesthetics", "the neutral name texts carry (R42)"),
    "location.name": Variable(N, "Lumen Downtown", "the place"),
    "location.address": Variable(N, "12345 North Lexington Avenue, Springfield", "street and town"),
    "location.parking": Variable(N, "Garage next door, first hour free", "where to park"),
    "location.check_in": Variable(N, "Ring at the front desk", "what to do on arrival"),
    "location.phone": Variable(N, "(212) 555-0101", "the desk's number"),
    "visit.when": Variable(N, "Wed, Sep 30 at 10:30 and 11:30 AM EDT", "day and time, one or several (R5)"),
    "visit.day": Variable(N, "Wed, Sep 30", "the day alone"),
    "visit.times": Variable(N, "10:30 and 11:30 AM EDT", "the time alone, one or several (R5)"),
    "visit.neutral_label": Variable(N, "appointments", "appointment, or appointments"),
    "visit.service": Variable(T, "Neurotoxin, two areas", "the booked service"),
    "visit.instructions": Variable(T, "Stop blood thinners seven days before", "what to do before it (row 3.3)"),
    "provider.name": Variable(T, "Dr. Alexandra Montgomery", "who treats; a specialist's name tells the treatment"),
    "links.manage": Variable(N, "https://go.example/l/0123456789", "move or cancel; opaque (R42)"),
    "links.booking": Variable(N, "https://go.example/b/0123456789", "book; opaque token joins lead and booking (R3)"),
    "links.video": Variable(N, "https://go.example/w/0123456789", "the provider's welcome"),
    "next_opening": Variable(N, "Monday at 9:00 AM", "when someone calls (row 1.4)"),
    "emergency_line": Variable(N, "(212) 555-0199", "the line for emergencies (R25)"),
    "lead.full_name": Variable(S, "Maximiliana Featherstonehaugh", "as given"),
    "lead.phone": Variable(S, "(212) 555-0142", "tap to call"),
    "lead.email": Variable(S, "maximiliana@example.com", "as given"),
    "lead.asked_for": Variable(S, "Neurotoxin consultation", "what was asked"),
    "lead.message": Variable(S, "I would like to know more", "as written"),
    "lead.source": Variable(S, "web form", "where it came from"),
    "lead.promised": Variable(S, "by 3:05 PM", "what the person was told"),
    "lead.warning": Variable(S, "suspected spam: link in the name", "R49"),
    "task.title": Variable(N, "Call back a new inquiry", "neutral title"),
    "task.link": Variable(N, "https://go.example/t/0123456789", "where it can be seen"),
    "reply.text": Variable(S, "Could I come an hour later?", "what the person wrote"),
    "last_message": Variable(S, "Hi, see you at Lumen tomorrow at 9:00 AM", "the message above it (P22)"),
}

CLEARANCE: dict[Channel, frozenset[DataClass]] = {
    Channel.SMS: frozenset({N, C}),
    Channel.EMAIL: frozenset({N, C}),
    Channel.IG_DM: frozenset({N, C}),
    Channel.MESSENGER: frozenset({N, C}),
    Channel.VOICE: frozenset({N}),
    Channel.REVIEW_REPLY: frozenset({N}),
    Channel.SECURE_EMAIL: frozenset({N, C, T}),
    Channel.CRM: frozenset({N, C, T, S}),
    Channel.STAFF: frozenset({N, C, T, S}),
}
"""What each channel may carry (C2, C3). A vendor without a BAA narrows this further by policy, never widens it."""


def neutral_values(values: Mapping[str, str]) -> tuple[str, ...]:
    """What the neutral variables of a text stand for: times, places and links it was meant to say."""
    return tuple(value for name, value in values.items() if name in VARIABLES and VARIABLES[name].data_class is N)


def substitute(name: str, channel: Channel) -> str:
    """What to use instead of a variable this channel is not cleared for."""
    neutral = {"visit.service": "visit.neutral_label", "provider.name": "practice.sms_name"}
    if name in neutral and VARIABLES[neutral[name]].data_class in CLEARANCE[channel]:
        return f"Use {{{{ {neutral[name]} }}}}, or move it to secure email."
    return "Move it to secure email or to a staff task."
