"""Due times of what one phone will read together: the same day's reminders, and the same minute's (R5, R6)."""

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Sequence
from datetime import datetime, timedelta

from pipelines.lifecycle.drafts import Draft

SAME_MINUTE = timedelta(minutes=30)
"""Two texts for one phone are at least this far apart, or one (R6)."""


def together(drafts: Sequence[Draft], now: datetime) -> list[Draft]:
    """The drafts with reminders pulled to the earliest of theirs, so that they clear, and are said, together.

    Only reminders move, only forward in the queue, and never into the settle window of their visit.
    """
    return _same_minute(_same_day(drafts), now)


def _same_day(drafts: Sequence[Draft]) -> list[Draft]:
    pulled = []
    for group in _grouped(drafts, _day_key):
        first = min(draft.due_at for draft in group)
        pulled += [draft.pulled_to(first) for draft in group]
    return pulled


def _day_key(draft: Draft) -> Hashable:
    if not (draft.is_reminder and draft.step.bundles and draft.reach.contact_point_id):
        return (draft.subject_id, draft.step.key)
    return (draft.reach, draft.day, draft.step.key)


def _same_minute(drafts: Sequence[Draft], now: datetime) -> list[Draft]:
    pulled: list[Draft] = []
    for group in _grouped(drafts, _contact_key):
        first: Draft | None = None
        for draft in sorted(group, key=lambda one: (max(one.due_at, now), one.due_at, one.subject_id, one.step.key)):
            if first is None or max(draft.due_at, now) - max(first.due_at, now) > SAME_MINUTE:
                first = draft
            pulled.append(draft.pulled_to(min(first.due_at, draft.due_at)) if draft.is_reminder else draft)
    return pulled


def _contact_key(draft: Draft) -> Hashable:
    return draft.reach if draft.reach.contact_point_id else (draft.subject_id, draft.step.key)


def _grouped(drafts: Iterable[Draft], key: Callable[[Draft], Hashable]) -> Iterable[list[Draft]]:
    groups: dict[Hashable, list[Draft]] = defaultdict(list)
    for draft in drafts:
        groups[key(draft)].append(draft)
    return groups.values()
