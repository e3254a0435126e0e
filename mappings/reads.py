"""Rules as functions: each takes a wire record and gives a value in JSON form, or None where the record says nothing."""

from collections.abc import Callable, Mapping
from zoneinfo import ZoneInfo

from mappings.coverage import Notes
from mappings.spec import Const, Entry, FirstOf, From, Group, Rule, Several
from mappings.steps import JSON_FORM, Finish, Step, step_of
from mappings.targets import Sort, Target
from mappings.transforms.loaded import TRANSFORMS, Unreadable
from mappings.wire import WireRecord

Read = Callable[[WireRecord, ZoneInfo | None, Notes], object]
Get = Callable[[WireRecord], object]


def read_entry(entry: Entry, target: Target, *, tolerant: bool) -> Read:
    """The function of one field. `tolerant`: what cannot be read is counted in the notes and left out."""
    if not isinstance(entry, Several):
        return _forgiving(read_rule(entry, target), target.name) if tolerant else read_rule(entry, target)
    reads = [_read_item(item, target) for item in entry.items]
    if tolerant:
        reads = [_forgiving(read, target.name) for read in reads]

    def several(record: WireRecord, zone: ZoneInfo | None, notes: Notes) -> object:
        found: list[object] = []
        for read in reads:
            value = read(record, zone, notes)
            for one in value if isinstance(value, list) else [value]:
                if one is not None and one not in found:
                    found.append(one)
        return found or None

    return several


def read_rule(rule: Rule, target: Target, finish: Mapping[Sort, Finish] | None = None) -> Read:
    """The function of one rule. `finish` turns what a transform gives into its final form; without it, JSON."""
    if isinstance(rule, Const):
        value = rule.value
        return lambda _record, _zone, _notes: value
    if isinstance(rule, FirstOf):
        return _first_of([read_rule(choice, target, finish) for choice in rule.choices], target.name)
    step = step_of(rule, target, JSON_FORM if finish is None else finish)
    if target.many and (_gives_list(rule) or len(rule.sources) == 1):
        return _each(rule.sources, step, _split_of(rule), target.name)
    return _joined(rule, step) if len(rule.sources) > 1 else _single(rule.sources[0], step)


def read_order(rule: Rule, target: Target) -> Read:
    """The function of `effective_at`, as an instant; what cannot be read is counted and left out, as it only tells an order."""
    return _forgiving(read_rule(rule, target, {}), target.name)


def text_of(value: object) -> str:
    """A scalar as trimmed text; nothing as the empty text. Raises `Unreadable` for a list or a record."""
    if isinstance(value, str):
        return value.strip()
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return repr(value)
    raise Unreadable("is a list or a record, not one value")


def getter(source: str) -> Get:
    """Finds a field: by its whole name first, so that a column may be called `Appt. date`; else dots lead inward."""
    if "." not in source:
        return lambda record: record.get(source)
    steps = source.split(".")

    def inward(record: WireRecord) -> object:
        if source in record:
            return record[source]
        return _walk(record, steps)

    return inward


def _walk(value: object, steps: list[str]) -> object:
    for at, step in enumerate(steps):
        name, many = step.removesuffix("[]"), step.endswith("[]")
        value = value.get(name) if isinstance(value, dict) else None
        if many and isinstance(value, list):
            rest = steps[at + 1 :]
            return [_walk(entry, rest) for entry in value]
    return value


def _single(source: str, step: Step) -> Read:
    get = getter(source)

    def read(record: WireRecord, zone: ZoneInfo | None, notes: Notes) -> object:
        text = text_of(get(record))
        return step(text, zone, notes) if text else None

    return read


def _joined(rule: From, step: Step) -> Read:
    gets = [getter(source) for source in rule.sources]
    every = bool(rule.via) and TRANSFORMS[rule.via[0]].every_part

    def read(record: WireRecord, zone: ZoneInfo | None, notes: Notes) -> object:
        texts = [text_of(get(record)) for get in gets]
        if every and not all(texts):
            return None
        text = " ".join(filter(None, texts))
        return step(text, zone, notes) if text else None

    return read


def _each(names: tuple[str, ...], step: Step, split: Callable[[str], list[str]] | None, target: str) -> Read:
    """A list out of a list in the record, or out of one text that holds several. One bad entry loses only itself."""
    gets = [getter(name) for name in names]

    def read(record: WireRecord, zone: ZoneInfo | None, notes: Notes) -> object:
        found = [get(record) for get in gets]
        texts = [text_of(one) for value in found for one in (value if isinstance(value, list) else [value])]
        if split:
            texts = [part for text in texts for part in split(text)]
        return _all_of([text for text in texts if text], step, zone, notes, target)

    return read


def _all_of(texts: list[str], step: Step, zone: ZoneInfo | None, notes: Notes, target: str) -> list[object]:
    found: list[object] = []
    failed: Unreadable | None = None
    for text in texts:
        try:
            found.append(step(text, zone, notes))
        except Unreadable as why:
            failed = why
            if len(texts) > 1:
                notes.leave_out(target, str(why))
    if failed and not found:
        raise failed
    return found


def _first_of(reads: list[Read], name: str) -> Read:
    def read(record: WireRecord, zone: ZoneInfo | None, notes: Notes) -> object:
        failed: Unreadable | None = None
        for one in reads:
            try:
                value = one(record, zone, notes)
            except Unreadable as why:
                failed = why
                continue
            if value is not None and value != []:
                if failed:
                    notes.leave_out(name, str(failed))
                return value
        if failed:
            raise failed
        return None

    return read


def _read_item(item: Rule | Group, target: Target) -> Read:
    if not isinstance(item, Group):
        return read_rule(item, target)
    reads = {name: read_rule(rule, target.parts[name]) for name, rule in item.parts.items()}
    blank = {name: target.parts[name].default for name in sorted(target.parts)}
    required = [name for name, part in target.parts.items() if part.required]

    def read(record: WireRecord, zone: ZoneInfo | None, notes: Notes) -> object:
        found = dict(blank)
        for name, one in reads.items():
            value = one(record, zone, notes)
            if value is not None:
                found[name] = value
        return None if any(found[name] is None for name in required) else found

    return read


def _forgiving(read: Read, name: str) -> Read:
    def forgiving(record: WireRecord, zone: ZoneInfo | None, notes: Notes) -> object:
        try:
            return read(record, zone, notes)
        except Unreadable as why:
            notes.leave_out(name, str(why))
            return None

    return forgiving


def _gives_list(rule: From) -> bool:
    return any(TRANSFORMS[name].many for name in rule.via)


def _split_of(rule: From) -> Callable[[str], list[str]] | None:
    """The transform of the chain that makes several texts out of one."""
    for name in rule.via:
        transform = TRANSFORMS[name]
        if transform.many and transform.plain:
            plain = transform.plain
            return lambda text: list(plain(text)) if text else []  # type: ignore[call-overload]  # a transform that says `many` gives a list of texts
    return None
