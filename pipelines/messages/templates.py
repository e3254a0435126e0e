"""Templates that loaded. One that could say too much, or whose reach cannot be known, does not."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from liquid import BoundTemplate, Environment, StrictUndefined
from liquid.exceptions import LiquidError

from canonical.practice import Channel
from canonical.problems import SettingsError
from canonical.templates import TemplateSource
from pipelines.messages.refusals import no_reply_pretended, no_revocation_invited
from pipelines.messages.segments import fix_for, measure
from pipelines.messages.variables import CLEARANCE, VARIABLES, substitute, worst_values
from pipelines.messages.wording import stop_and_help

_TAGS = frozenset({"if", "unless", "else", "elsif", "comment", "#"})
"""Everything else can hide where a value comes from (assign, capture, for, include …) and does not load."""
_INTERNAL = frozenset({"content", "output", "illegal"})
_UNEXPECTED = re.compile(r"(?:unexpected|unknown) tag '(\w+)'")
_FILTERS: frozenset[str] = frozenset()
MAX_SEGMENTS = 2
_SUBJECT = re.compile(r"\ASubject: (?P<subject>[^\n]+)\n\n(?P<body>.*)\Z", re.DOTALL)
_BLANKS, _GAPS = re.compile(r"[ \t]+"), re.compile(r"\n{3,}")
_PARTED = tuple((name, *name.partition(".")[::2]) for name in VARIABLES)
"""Every variable with its two halves: `visit.when` is the `when` of `visit`. The second of `score` is empty."""
MAILS = frozenset({Channel.EMAIL, Channel.SECURE_EMAIL})


@dataclass(frozen=True)
class Warned:
    """Something a person should look at, that does not stop loading."""

    place: str
    message: str


@dataclass(frozen=True)
class Template:
    """A template whose every variable is known and cleared for its channel."""

    source: TemplateSource
    body: BoundTemplate
    subject: BoundTemplate | None
    variables: frozenset[str]


@dataclass(frozen=True)
class Templates:
    """All templates of a practice, by name, channel and language."""

    by_key: dict[tuple[str, str, str], Template]
    warnings: tuple[Warned, ...]

    def find(self, name: str, channel: Channel, language: str, default_language: str) -> Template | None:
        """The variant in the person's language, else in the practice's default (R28), else None."""
        for tongue in (language, default_language, "en"):
            found = self.by_key.get((name, channel, tongue))
            if found is not None:
                return found
        return None


def load_templates(sources: Iterable[TemplateSource]) -> Templates:
    """Parse, check and measure all templates.

    Raises:
        SettingsError: naming file and line, the variable or tag that may not stand there, and what to use instead.
    """
    environment = _environment()
    loaded: dict[tuple[str, str, str], Template] = {}
    warnings: list[Warned] = []
    for source in sources:
        template = _load(environment, source)
        loaded[(source.name, str(source.channel), source.language)] = template
        warnings.extend(_costs(template))
    return Templates(loaded, tuple(warnings))


def _environment() -> Environment:
    environment = Environment(undefined=StrictUndefined)
    for tag in set(environment.tags) - _TAGS - _INTERNAL:
        del environment.tags[tag]
    return environment


def _load(environment: Environment, source: TemplateSource) -> Template:
    subject_text, body_text, offset = _split(source)
    names: set[str] = set()
    bound: list[BoundTemplate] = []
    for text, above in ((body_text, offset), (subject_text, 0)):
        if text is None:
            continue
        template = _parse(environment, source, text)
        names.update(_checked(template, source, text, above))
        bound.append(template)
    no_revocation_invited(source)
    no_reply_pretended(source, subject_text or "")
    return Template(source, bound[0], bound[1] if len(bound) > 1 else None, frozenset(names))


def _split(source: TemplateSource) -> tuple[str | None, str, int]:
    if source.channel not in MAILS:
        return None, source.text, 0
    match = _SUBJECT.match(source.text)
    if match is None:
        raise SettingsError(
            source.path,
            1,
            "a mail begins with its subject.",
            next_step="Write `Subject: …` on the first line and leave the second empty.",
        )
    return match["subject"], match["body"], 2


def _parse(environment: Environment, source: TemplateSource, text: str) -> BoundTemplate:
    try:
        return environment.from_string(text, name=source.path)
    except LiquidError as broken:
        place = _line(text, broken.token.start_index if broken.token else 0)
        tag = _UNEXPECTED.match(str(broken.message))
        if tag is None:
            raise SettingsError(source.path, place, f"not valid Liquid: {broken.message}.") from None
        message = f"the tag '{tag[1]}' is not allowed in a message."
        raise SettingsError(source.path, place, message, next_step=_allowed(_TAGS, "tag")) from None


def _line(text: str, index: int) -> int:
    return text.count("\n", 0, max(index, 0)) + 1


def _checked(template: BoundTemplate, source: TemplateSource, text: str, above: int) -> Iterator[str]:
    reach = template.analyze()
    for allowed, used, what in ((_TAGS, reach.tags, "tag"), (_FILTERS, reach.filters, "filter")):
        for name, spans in used.items():
            if name not in allowed:
                place = _line(text, spans[0].index) + above
                raise SettingsError(
                    source.path,
                    place,
                    f"the {what} '{name}' is not allowed in a message.",
                    next_step=_allowed(allowed, what),
                )
    for uses in reach.variables.values():
        for use in uses:
            place = _line(text, use.span.index) + above
            yield _cleared(".".join(map(str, use.segments)), list(use.segments), source, place)


def _allowed(allowed: frozenset[str], what: str) -> str:
    return (
        f"Allowed: {', '.join(sorted(allowed))}." if allowed else f"Messages use no {what}s; values arrive written out."
    )


def _cleared(name: str, segments: list[object], source: TemplateSource, line: int) -> str:
    variable = VARIABLES.get(name) if all(isinstance(part, str) for part in segments) else None
    if variable is None:
        close = (
            ", ".join(sorted(known for known in VARIABLES if known.split(".")[0] == str(segments[0])))
            or "first_name, visit.when"
        )
        raise SettingsError(
            source.path, line, f"'{name}' is not a value a message can use.", next_step=f"Close to it: {close}."
        )
    channel = _shown_on(source.channel, line)
    if variable.data_class not in CLEARANCE[channel]:
        cleared = ", ".join(sorted(CLEARANCE[channel]))
        raise SettingsError(
            source.path,
            line,
            f"'{name}' is class {variable.data_class}; {_part(source.channel, channel)} is cleared for {cleared}.",
            next_step=substitute(name, channel),
        )
    return name


def _shown_on(channel: Channel, line: int) -> Channel:
    """A secure mail's subject, its first line, shows on a locked screen and in a portal's notice: as plain as plain mail."""
    return Channel.EMAIL if channel is Channel.SECURE_EMAIL and line == 1 else channel


def _part(written_for: Channel, shown_on: Channel) -> str:
    return written_for if shown_on is written_for else f"the subject of {written_for}"


def _costs(template: Template) -> Iterator[Warned]:
    source = template.source
    if source.channel is not Channel.SMS:
        return
    cost = measure(_as_a_first_text(worst_case(template), source.language))
    if cost.segments > MAX_SEGMENTS:
        yield Warned(source.path, f"{cost.segments} segments at its longest ({cost.units} units, {cost.encoding}).")
    for character in cost.costly:
        fix = fix_for(character)
        remedy = f"; write '{fix}'" if fix else "; leave it out"
        yield Warned(
            source.path, f"'{character}' is not a GSM-7 character and makes every segment 70 characters{remedy}."
        )


def worst_case(template: Template) -> str:
    """The body with every variable at its longest (R51)."""
    return rendered(template.body, worst_values(template.variables, template.source.language))


def _as_a_first_text(body: str, language: str) -> str:
    """With the line that says how to stop: any of a practice's texts may be the first a phone gets (TCPA-17)."""
    return body if "STOP" in body and "HELP" in body else f"{body} {stop_and_help(language)}"


def rendered(bound: BoundTemplate, values: dict[str, str]) -> str:
    """Render with dotted names, squeeze blanks at line ends. A name without a value is nil, so `if` can ask for it."""
    plain: dict[str, str | None] = {}
    branches: dict[str, dict[str, str | None]] = {}
    for name, first, rest in _PARTED:
        value = values.get(name) or None
        if rest:
            branches.setdefault(first, {})[rest] = value
        else:
            plain[first] = value
    lines = (_BLANKS.sub(" ", line).strip() for line in bound.render(**plain, **branches).splitlines())
    return _GAPS.sub("\n\n", "\n".join(lines)).strip()
