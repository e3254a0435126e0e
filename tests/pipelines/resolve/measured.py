"""How good the joins are, against data whose truth is known."""

import csv
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from itertools import combinations
from pathlib import Path

from canonical.people import PersonRecord
from pipelines.resolve.evidence import Record
from pipelines.resolve.partition import partition
from tests.pipelines.resolve.test_partition import record


@dataclass(frozen=True)
class Measured:
    """Pairs that were joined, and how many of them are one person in truth."""

    records: int
    true_pairs: int
    joined_pairs: int
    right_pairs: int
    allowed_pairs: int
    """True pairs that R1 allows to join: they share a contact point, agree on name or birth date, and contradict nowhere."""

    @property
    def precision(self) -> float:
        """Of the joined pairs, the share that is right."""
        return self.right_pairs / self.joined_pairs if self.joined_pairs else 1.0

    @property
    def recall(self) -> float:
        """Of the true pairs, the share that was joined."""
        return self.right_pairs / self.true_pairs

    @property
    def found(self) -> float:
        """Of the pairs R1 allows, the share that was joined: the rest fell to doubt."""
        return self.right_pairs / self.allowed_pairs

    def __str__(self) -> str:
        """One line for a report."""
        return (
            f"{self.records} records, {self.true_pairs} true pairs ({self.allowed_pairs} within R1): "
            f"joined {self.joined_pairs}, right {self.right_pairs}, precision {self.precision:.4f}, recall {self.recall:.4f}"
        )


def measured(people: Iterable[tuple[PersonRecord, str]]) -> Measured:
    """Judge a partition by pairs. Each record comes with the name of the person it is in truth."""
    truth: dict[str, str] = {}
    records = []
    for number, (person, owner) in enumerate(people):
        one = record(number, f"tool{number % 5}", person)
        records.append(one)
        truth[one.record_id] = owner
    joined = [pair for cluster in partition(records).clusters for pair in combinations(cluster.records, 2)]
    right = sum(truth[one.record_id] == truth[other.record_id] for one, other in joined)
    true = list(_true_pairs(records, truth))
    allowed = sum(len(partition(pair).clusters) == 1 for pair in true)
    return Measured(len(records), len(true), len(joined), right, allowed)


def _true_pairs(records: Iterable[Record], truth: Mapping[str, str]) -> Iterator[tuple[Record, Record]]:
    owned: dict[str, list[Record]] = defaultdict(list)
    for one in records:
        owned[truth[one.record_id]].append(one)
    for own in owned.values():
        yield from combinations(own, 2)


def splink(folder: Path) -> Iterator[tuple[PersonRecord, str]]:
    """splink's fake_1000: names, birth date and a real mail column, all of them damaged here and there."""
    for row in csv.DictReader((folder / "fake_1000.csv").read_text().splitlines()):
        person = PersonRecord(
            vendor_id=row["unique_id"],
            given_name=row["first_name"],
            family_name=row["surname"],
            birth_date=date.fromisoformat(row["dob"]) if row["dob"] else None,
            emails=(row["email"],) if row["email"] else (),
        )
        yield person, row["cluster"]


def febrl(file: Path, *, phone: str) -> Iterator[tuple[PersonRecord, str]]:
    """febrl has no phone: a column of it stands in for one. `soc_sec_id` is a phone of one's own, `postcode` one that
    strangers share.
    """
    for row in csv.DictReader(file.read_text().splitlines(), skipinitialspace=True):
        digits = row[phone].strip()
        person = PersonRecord(
            vendor_id=row["rec_id"],
            given_name=row["given_name"],
            family_name=row["surname"],
            birth_date=_day(row["date_of_birth"]),
            phones=(f"+1212{digits:0>7}",) if digits.isdigit() else (),
        )
        yield person, row["rec_id"].split("-")[1]


def _day(written: str) -> date | None:
    try:
        return date(int(written[:4]), int(written[4:6]), int(written[6:8]))
    except ValueError:
        return None
