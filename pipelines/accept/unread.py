"""An inquiry that nobody can read may be somebody who waits for a call: a mark in quarantine alone is seen by nobody within the hour."""

from datetime import datetime, timedelta

from canonical.tasks import Task, TaskKind
from ledger.session import Session
from ledger.streams import Stream
from ledger.tasks import open_tasks, task_id

LIFE = timedelta(days=7)


def call_somebody(session: Session, stream: Stream, stage: str, now: datetime) -> None:
    """One urgent task for a stream and stage, however much of it is set aside; it names the command that shows it."""
    kind, subject = TaskKind.OPERATOR, f"{stream.connection_id}/{stream.name}/{stage}"
    show = f"glowline quarantine show {session.practice_id} {stream.connection_id} {stream.name} --stage {stage}"
    task = Task(
        task_id=task_id(session.practice_id, kind, subject),
        kind=kind,
        subject_id=subject,
        title=f"An inquiry could not be read: see `{show}`",
        due_at=now,
        expires_at=now + LIFE,
        opened_at=now,
    )
    open_tasks(session, [task], urgent=True)
