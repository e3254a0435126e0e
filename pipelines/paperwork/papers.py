"""Forms and payments as they are read: what a version says, when that came about, and which of two words is the newer one."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from canonical.ids import Prefix, derived_id
from canonical.intakes import Intake, IntakeStatus
from canonical.payments import Payment, PaymentStatus
from canonical.practice import Practice
from canonical.raw import Kind
from pipelines.resolve.evidence import Named

Row = dict[str, Any]
IDS_OF: Final = "ids_of"
"""The setting of a connection that says whose patient and appointment ids its forms and payments carry."""
_FURTHER: Final[Mapping[str, int]] = {
    IntakeStatus.SENT: 0,
    IntakeStatus.OPENED: 1,
    IntakeStatus.COMPLETED: 2,
    PaymentStatus.REQUESTED: 0,
    PaymentStatus.FAILED: 1,
    PaymentStatus.PAID: 2,
    PaymentStatus.WAIVED: 2,
    PaymentStatus.KEPT: 3,
    PaymentStatus.REFUNDED: 3,
}
"""Of two words that say no time, or the same, the one that is further counts, in whatever order they came."""


@dataclass(frozen=True, slots=True)
class Paper:
    """A version of a form or a payment."""

    row: Row
    said: Intake | Payment
    paper_id: str
    """One for each form or payment of a tool, whatever the stream it was seen in: a call and a poll tell of the same one."""
    source: str
    """The connection whose ids it carries."""
    person_key: str

    @property
    def at(self) -> datetime | None:
        """When its tool says that this came about; a clock that runs ahead of ours is not believed."""
        said = self.row["effective_at"] or self.happened_at
        return min(said, self.row["recorded_at"]) if said else None

    @property
    def happened_at(self) -> datetime | None:
        """When the form came back, or the money."""
        return self.said.completed_at if isinstance(self.said, Intake) else self.said.at

    @property
    def status(self) -> str:
        """Where it stands. What is deleted was called off; what had come back, or been paid, is history and stays."""
        if not self.row["deleted"]:
            return self.said.status.value
        called_off = self.said.status is PaymentStatus.REQUESTED
        return PaymentStatus.FAILED.value if called_off else self.said.status.value

    @property
    def is_for_a_visit(self) -> bool:
        """Whether somebody waits for it before a visit."""
        return isinstance(self.said, Intake) or self.said.deposit

    def follows(self, standing: Row) -> bool:
        """Whether it says something newer than what stands."""
        if self.row["version_id"] == standing["version_id"]:
            return True
        then: datetime | None = standing["said_at"]
        if self.at and then and self.at != then:
            return self.at > then
        if self.row["record_id"] == standing["record_id"]:
            return True  # normalize has put the versions of one record in order already
        return _FURTHER[self.status] >= _FURTHER[standing["status"]]


@dataclass(frozen=True)
class Reader:
    """Reads versions for one practice."""

    practice: Practice
    named: Named

    def read(self, row: Row) -> Paper:
        """Take the form or payment out of a version."""
        noun = Intake if row["kind"] == Kind.INTAKE else Payment
        said: Intake | Payment = noun.model_validate_json(row["body"])
        source = self._sources.get(row["connection_id"], row["connection_id"])
        return Paper(
            row=row,
            said=said,
            paper_id=derived_id(
                Prefix.EVENT, self.practice.practice_id, row["kind"], row["connection_id"], said.vendor_id
            ),
            source=source,
            person_key=self.named.identity(source, said.person_vendor_id) if said.person_vendor_id else "",
        )

    @property
    def _sources(self) -> Mapping[str, str]:
        return {one.connection_id: one.settings.get(IDS_OF, one.connection_id) for one in self.practice.connections}
