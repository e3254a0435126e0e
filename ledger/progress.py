"""How far each stage has read the growing tables, so that a tick never reads history again."""

from collections import defaultdict

from ledger.session import Session


def reached(session: Session, stage: str) -> int:
    """The last number a stage has dealt with; 0 before its first run."""
    row = session.one("progress_of_stage", stage=stage)
    return int(row["seq"]) if row else 0


def marks(session: Session) -> dict[str, int]:
    """How far every stage has come, by name: one question for those who keep several marks. 0 before its first run."""
    return defaultdict(int, {row["stage"]: int(row["seq"]) for row in session.rows("all_progress")})


def advance(session: Session, stage: str, seq: int) -> None:
    """Leave `seq` as the last number the stage has dealt with."""
    if not session.run("move_progress", stage=stage, seq=seq):
        session.insert("progress", [{"stage": stage, "seq": seq}])


def forget(session: Session, prefix: str) -> None:
    """Drop the marks of every stage whose name starts with `prefix`."""
    session.run("forget_progress", prefix=prefix)


def newest_version(session: Session, since: int) -> int:
    """The number of the newest version, or `since` when none is newer."""
    row = session.one("newest_version", since=since)
    return since if row is None or row["seq"] is None else int(row["seq"])
