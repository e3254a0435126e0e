"""An inquiry that nobody can read may be somebody who waits for a call: a mark in quarantine alone is seen by nobody within the hour."""

from datetime import datetime

from ledger.session import Session
from ledger.streams import Stream
from ledger.tasks import call_operator


def call_somebody(session: Session, stream: Stream, stage: str, now: datetime) -> None:
    """One urgent task for a stream and stage, however much of it is set aside; it names the command that shows it."""
    show = f"glowline quarantine show {session.practice_id} {stream.connection_id} {stream.name} --stage {stage}"
    subject = f"{stream.connection_id}/{stream.name}/{stage}"
    call_operator(session, subject, f"An inquiry could not be read: see `{show}`", now)
