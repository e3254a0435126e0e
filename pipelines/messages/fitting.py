"""Do the texts fit the steps that speak through them? What a step is for decides what its text must and may not say."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from canonical.actions import Purpose
from canonical.plan import Anchor, Journeys, Step
from canonical.practice import THREADS, Channel, Practice
from canonical.problems import SettingsError
from pipelines.messages.lexicon import Lexicon
from pipelines.messages.segments import measure
from pipelines.messages.templates import MAILS, MAX_SEGMENTS, Template, Templates, Warned, rendered
from pipelines.messages.variables import worst_values
from pipelines.messages.wording import LANGUAGES

_SPEAKING = frozenset({"send", "create_task", "reply_to_review"})
_UNSECURED = frozenset({Channel.SMS, Channel.EMAIL}) | THREADS
_TIMES = frozenset({"visit.when", "visit.day", "visit.times"})
_ASKING = frozenset({Purpose.SURVEY, Purpose.REVIEW_REQUEST})
_COMMENT = re.compile(r"{%-?\s*comment\s*-?%}.*?{%-?\s*endcomment\s*-?%}", re.DOTALL)
_MARKUP = re.compile(r"{[{%].*?[%}]}", re.DOTALL)


@dataclass(frozen=True)
class Looks:
    """What is looked for in a text's own words: the same that policy looks for in each finished one."""

    lexicon: Lexicon
    offers_value: Callable[[str], bool]
    """Something for a review, or for an answer (REV-03, SUR-01)."""


def fitted(templates: Templates, journeys: Journeys, practice: Practice, looks: Looks) -> Templates:
    """The same templates with everything a person should look at.

    Raises:
        SettingsError: for a step without its text, and for a text that may not say what it says for that purpose.
    """
    for template in templates.by_key.values():
        _says_nothing_treated(template, looks.lexicon)
    steps = [step for step in journeys.steps if step.command in _SPEAKING]
    for step in steps:
        for template in _texts_of(step, templates, practice):
            _keeps_to_its_purpose(template, step, looks)
    warnings = (*_untranslated(steps, templates), *_unknown_languages(templates), *_dear_campaigns(templates, practice))
    return replace(templates, warnings=templates.warnings + warnings)


def _texts_of(step: Step, templates: Templates, practice: Practice) -> list[Template]:
    """Every language of every channel a step may take; each channel has the default's."""
    for channel in step.channels:
        if templates.find(step.template, channel, practice.default_language, "en") is None:
            raise SettingsError(
                f"messages/{step.template}.{channel}.liquid",
                0,
                f"step {step.key} speaks through this text, and there is none.",
                next_step=f"Write it, or take {channel} out of the step's channels.",
            )
    return [
        t for (name, channel, _), t in templates.by_key.items() if name == step.template and channel in step.channels
    ]


def _keeps_to_its_purpose(template: Template, step: Step, looks: Looks) -> None:
    purpose = step.labels.purpose
    if step.command == "send":
        _tells_the_time_it_owns_to(template, step)
    if purpose is Purpose.MARKETING and template.source.channel in MAILS:
        _can_be_left(template)
    if purpose in _ASKING:
        _offers_nothing(template, looks)
    if purpose is Purpose.SURVEY and "links.review" in template.variables:
        raise _refused(
            template,
            "links.review",
            "a survey never leads to the public page (SUR-01).",
            "Ask the one question, and no more.",
        )


def _tells_the_time_it_owns_to(template: Template, step: Step) -> None:
    """Whether a message told the time decides if a move must be told (R9, R10), and the step is what says so."""
    tells = bool(template.variables & _TIMES)
    if step.anchor is Anchor.VISIT_CANCELLED or tells == step.names_time:
        return
    if tells:
        name = min(template.variables & _TIMES)
        message = f"'{name}' tells the visit's time, and step {step.key} does not say so (R10)."
        raise _refused(template, name, message, "Write `names_time: true` in the step, or leave the time out.")
    message = f"step {step.key} says that it tells the visit's time, and this text does not (R10)."
    raise _refused(template, "", message, "Use {{ visit.when }}, or take `names_time` out of the step.")


def _can_be_left(template: Template) -> None:
    """Mail that sells has a postal address and a way out (EMAIL-01)."""
    for name, what in (("links.unsubscribe", "a way to unsubscribe"), ("location.address", "a postal address")):
        if name not in template.variables:
            raise _refused(template, "", f"mail that sells needs {what} (EMAIL-01).", f"Write {{{{ {name} }}}}.")


def _offers_nothing(template: Template, looks: Looks) -> None:
    words = _own_words(template.source.text)
    if looks.offers_value(words):
        line = next((one for one in words.splitlines() if looks.offers_value(one)), "")
        message = "this sounds like something in return for a review or an answer (REV-03, SUR-01)."
        raise _refused(template, line.strip(), message, "Ask, and offer nothing.")


def _says_nothing_treated(template: Template, lexicon: Lexicon) -> None:
    """PHI-03 would hold every single message of it; better said before the first (C2)."""
    source = template.source
    shown = _own_words(source.text if source.channel in _UNSECURED else source.text.partition("\n")[0])
    term = lexicon.term_in(shown) if source.channel in _UNSECURED | MAILS else None
    if term is not None:
        where = source.channel if source.channel in _UNSECURED else f"the subject of {source.channel}"
        message = f"'{term}' says what happens behind the door; {where} may not (C2)."
        raise _refused(template, term, message, "Say it in the body of a secure mail, or leave it out.")


def _own_words(text: str) -> str:
    """What the template says by itself, line by line, without comments and values."""
    return _MARKUP.sub(_only_lines, _COMMENT.sub(_only_lines, text))


def _only_lines(taken_out: re.Match[str]) -> str:
    return " " + "\n" * taken_out[0].count("\n")


def _refused(template: Template, sought: str, message: str, next_step: str) -> SettingsError:
    """The complaint, at the line of what it is about; about the whole file where that stands nowhere."""
    text = template.source.text
    shown = (_own_words(text), _COMMENT.sub(_only_lines, text))
    found = (at for words in shown for at, line in enumerate(words.splitlines(), 1) if _stands_in(sought, line))
    return SettingsError(template.source.path, next(found, 0), message, next_step=next_step)


def _stands_in(sought: str, line: str) -> bool:
    return bool(sought) and (sought in line or Lexicon.of((sought,)).term_in(line) is not None)


def _untranslated(steps: list[Step], templates: Templates) -> Iterator[Warned]:
    """R28: where the person's language has no variant, the practice's own is used, and counted."""
    spoken = sorted({language for _, _, language in templates.by_key})
    to_people = [step for step in steps if step.labels.purpose is not Purpose.INTERNAL]
    for name, channel in dict.fromkeys((step.template, channel) for step in to_people for channel in step.channels):
        for language in spoken:
            if (name, channel, language) not in templates.by_key:
                place = f"messages/{name}.{'' if language == 'en' else f'{language}.'}{channel}.liquid"
                yield Warned(
                    place, "there is no such variant; whoever speaks that language gets the practice's own (R28)."
                )


def _unknown_languages(templates: Templates) -> Iterator[Warned]:
    for template in templates.by_key.values():
        if template.source.language not in LANGUAGES and template.variables & (_TIMES | {"next_opening"}):
            known = ", ".join(sorted(LANGUAGES))
            yield Warned(
                template.source.path, f"days and times in it are written in English; they are known in: {known}."
            )


def _dear_campaigns(templates: Templates, practice: Practice) -> Iterator[Warned]:
    """A campaign's own line is measured in the text that carries it (R51)."""
    carrying = [t for t in templates.by_key.values() if "campaign.sms_text" in t.variables]
    for campaign in practice.campaigns:
        for template in carrying if campaign.sms_text else ():
            values = worst_values(template.variables, template.source.language) | {
                "campaign.sms_text": campaign.sms_text
            }
            cost = measure(rendered(template.body, values))
            if cost.segments > MAX_SEGMENTS:
                place = f"campaigns.yaml, {campaign.campaign_id}"
                yield Warned(
                    place, f"its sms_text makes {template.source.path} {cost.segments} segments ({cost.encoding})."
                )
