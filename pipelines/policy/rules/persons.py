"""The person it is about: reached as they asked (CONF-01), a minor through the guardian (MINOR-01), some never (NEVER-01)."""

from datetime import date

from canonical.people import PersonFlag
from pipelines.policy.asking import ALLOW, NOT_ASKED, Asked, Finding, block, rewrite, rule
from pipelines.policy.facts import NOBODYS, Confidential, Guardian, known, local
from pipelines.policy.rewrites import TO_GUARDIAN, TO_REQUESTED

OF_AGE = 18
_ADULTS_ONLY = ("5.3", "5.4", "5.5", "6.1", "6.2", "6.3")
_STOPS = (PersonFlag.DECEASED, PersonFlag.DISMISSED, PersonFlag.LEGAL_HOLD)
_OTHER_HOURS = "The patient asked to be reached only between {opens} and {closes}."
_NOT_FOR_MINORS = "Row {row} is not for minors."
_NO_GUARDIAN = "Messages about a minor go to the guardian only, and no guardian's contact is on file."


@rule("CONF-01")
def reached_as_they_asked(asked: Asked) -> Finding:
    """Whoever was promised one channel, address or hour is reached by it and no other."""
    request, action = asked.facts.confidential, asked.action
    if request is None or action.channel in NOBODYS:
        return ALLOW
    request = known(request, "conf_comm.channel")
    channel = request.channel or action.channel
    if channel is action.channel and request.contact_point_id in {"", action.contact_point_id}:
        return ALLOW if _awake(request, asked) else block(_OTHER_HOURS, opens=request.opens, closes=request.closes)
    return rewrite(TO_REQUESTED, channel=channel.value) if request.reachable else block(channel=channel.value)


def _awake(request: Confidential, asked: Asked) -> bool:
    if request.opens is None or request.closes is None:
        return True
    return request.opens <= local(asked.now, asked.facts).time() < request.closes


@rule("MINOR-01")
def through_the_guardian(asked: Asked) -> Finding:
    """A message about a minor goes to the guardian; what sells, surveys or asks for reviews does not go at all."""
    guardian, action = asked.facts.guardian, asked.action
    if not is_minor(guardian, asked.facts.today):
        return ALLOW
    if action.channel in NOBODYS:
        return NOT_ASKED
    if action.row in _ADULTS_ONLY:
        return block(_NOT_FOR_MINORS, row=action.row)
    if not guardian.contact_point_id:
        return block(_NO_GUARDIAN)
    return ALLOW if action.contact_point_id == guardian.contact_point_id else rewrite(TO_GUARDIAN)


def is_minor(guardian: Guardian, today: date) -> bool:
    """Under 18 on that day, or of unknown age with a guardian on file (R36)."""
    born = guardian.birth_date
    if born is None:
        return bool(guardian.contact_point_id)
    years = today.year - born.year
    return years < OF_AGE or (years == OF_AGE and (today.month, today.day) < (born.month, born.day))


@rule("NEVER-01")
def some_never(asked: Asked) -> Finding:
    """Nothing goes to or about somebody who is deceased, dismissed or under a legal hold."""
    recipient = asked.facts.recipient
    if not recipient.flags or asked.action.channel in NOBODYS:
        return ALLOW
    flag = next((flag for flag in known(recipient.flags, "person_flags") if flag in _STOPS), None)
    if flag is None:
        return ALLOW
    return block(flag=flag.value.replace("_", " "), date=recipient.flagged_on or "a day nobody recorded")
