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
    worst_es: str = ""
    """Where it is longer in Spanish."""


N, C, T, S = DataClass.NEUTRAL, DataClass.CONTACT, DataClass.TREATMENT, DataClass.STAFF

VARIABLES: dict[str, Variable] = {
    "first_name": Variable(C, "Maximiliana", "greeting name after R7; empty on a shared phone (R2)"),
    "practice.name": Variable(
        N, "Lumen Aesthetics Group", "full name; for secure mail, since it may say what is done (R42)"
    ),
    "practice.sms_name": Variable(N, "Lumen Aesthetics", "the neutral name texts and plain mail carry (R42)"),
    "location.name": Variable(N, "Lumen Downtown", "the place"),
    "location.address": Variable(N, "12345 North Lexington Avenue, Springfield", "street and town"),
    "location.parking": Variable(N, "Garage next door, first hour free", "where to park"),
    "location.check_in": Variable(N, "Ring at the front desk", "what to do on arrival"),
    "location.phone": Variable(N, "(212) 555-0101", "the desk's number"),
    "visit.when": Variable(
        N,
        "Wed, Sep 30 at 10:30 AM, 11:45 AM and 12:30 PM EDT",
        "day and time, one or several (R5)",
        "mie 30 sep a las 10:30 AM, 11:45 AM y 12:30 PM EDT",
    ),
    "visit.day": Variable(N, "Wed, Sep 30", "the day alone"),
    "visit.times": Variable(N, "10:30 AM, 11:45 AM and 12:30 PM EDT", "the time alone, one or several (R5)"),
    "visit.neutral_label": Variable(N, "appointments", "appointment, or appointments"),
    "visit.service": Variable(T, "Neurotoxin, two areas", "what is booked, one or several"),
    "visit.instructions": Variable(T, "Stop blood thinners seven days before", "what to do before it (row 3.3)"),
    "visit.preparation": Variable(
        T, "Drink plenty of water and come without make-up", "what to do the day before (row 3.5)"
    ),
    "visit.aftercare": Variable(T, "No sport and no sun until tomorrow", "what to do afterwards (row 5.1)"),
    "complements": Variable(T, "Hydrating facial and Light peel", "services that go with it (row 5.3)"),
    "provider.name": Variable(T, "Dr. Alexandra Montgomery", "who treats; a specialist's name tells the treatment"),
    "provider.credentials": Variable(T, "MD, board certified in dermatology", "what they are (row 3.4)"),
    "provider.bio": Variable(T, "Has cared for skin for twenty years", "who they are, in their words (row 3.4)"),
    "provider.video": Variable(N, "https://go.example/p/0123456789", "a film of the provider; opaque (row 3.4, R42)"),
    "links.manage": Variable(N, "https://go.example/l/0123456789", "move or cancel; opaque (R42)"),
    "links.booking": Variable(N, "https://go.example/b/0123456789", "book; opaque token joins lead and booking (R3)"),
    "links.intake": Variable(N, "https://go.example/f/0123456789", "the form to fill in before the visit (row 2.3)"),
    "links.deposit": Variable(N, "https://go.example/d/0123456789", "where the deposit is paid (row 2.4)"),
    "links.review": Variable(N, "https://go.example/r/0123456789", "the public review page (row 6.2)"),
    "links.upload": Variable(N, "https://go.example/u/0123456789", "where a photo may be left safely (row 5.2)"),
    "links.unsubscribe": Variable(N, "https://go.example/x/0123456789", "no more mail that sells (EMAIL-01)"),
    "links.video": Variable(N, "https://go.example/w/0123456789", "the welcome to whoever asks (row 1.1)"),
    "carries.intake": Variable(N, "1", "set where this text brings the form along (row 2.3, R6)"),
    "carries.deposit": Variable(N, "1", "set where this text asks for the deposit (row 2.4, R6)"),
    "carries.provider": Variable(N, "1", "set where this text introduces the provider (row 3.4, R13)"),
    "delay.minutes": Variable(N, "120", "how late it is, as the staff said (row 4.3)"),
    "campaign.text": Variable(T, "Laser sessions are half price until Sunday", "what the mail says (row 5.5)"),
    "campaign.sms_text": Variable(
        N, "We have something new that we think you will like, and a welcome for you until Sep 30.", "neutral (row 5.5)"
    ),
    "campaign.link": Variable(N, "https://go.example/c/0123456789", "where it can be seen"),
    "next_opening": Variable(
        N,
        "Wed, Sep 30 at 10:30 AM",
        "when someone calls (row 1.4), or is there again (R25)",
        "mie 30 sep a las 10:30 AM",
    ),
    "emergency_line": Variable(N, "(212) 555-0199", "the line for emergencies (row 7.3, R25)"),
    "lead.full_name": Variable(S, "Maximiliana Featherstonehaugh", "as given"),
    "lead.phone": Variable(S, "(212) 555-0142", "tap to call"),
    "lead.email": Variable(S, "maximiliana@example.com", "as given"),
    "lead.asked_for": Variable(S, "Neurotoxin consultation", "what was asked"),
    "lead.message": Variable(S, "I would like to know more", "as written"),
    "lead.source": Variable(S, "web form", "where it came from"),
    "lead.promised": Variable(S, "by 3:05 PM", "what the person was told"),
    "lead.warning": Variable(S, "suspected spam: link in the name", "R49"),
    "score": Variable(S, "10", "the answer to the question of row 6.1"),
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


def worst_values(names: frozenset[str], language: str) -> dict[str, str]:
    """The longest value of each variable, as it is written in that language."""
    return {name: (language == "es" and VARIABLES[name].worst_es) or VARIABLES[name].worst for name in names}


def neutral_values(values: Mapping[str, str]) -> tuple[str, ...]:
    """What the neutral variables of a text stand for: times, places and links it was meant to say.

    A bare number of minutes is left out: it looks like no identifier, and taken out of a text it could hide one.
    """
    return tuple(
        value
        for name, value in values.items()
        if name in VARIABLES and VARIABLES[name].data_class is N and not value.isdigit()
    )


def substitute(name: str, channel: Channel) -> str:
    """What to use instead of a variable this channel is not cleared for."""
    neutral = {"visit.service": "visit.neutral_label", "provider.name": "practice.sms_name"}
    if name in neutral and VARIABLES[neutral[name]].data_class in CLEARANCE[channel]:
        return f"Use {{{{ {neutral[name]} }}}}, or move it to secure email."
    return "Move it to secure email or to a staff task."
