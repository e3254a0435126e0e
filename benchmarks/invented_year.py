"""What happens to a practice within a year, and the memory of it: who booked, moved, cancelled, came, asked and said stop.

It stands in for the ledger with the least that planning and deciding read, so that neither waits for a file.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial
from random import Random
from zoneinfo import ZoneInfo

from benchmarks.invented_practice import FIRST_DAY, LIVE_FROM, SCHEDULE, Invented
from canonical.consent import Suppression, SuppressionScope
from canonical.ids import ContactPointId, InquiryId, LocationId, ProviderId, ServiceId, SuppressionId, VisitId
from canonical.inquiries import InquiryRecord, InquirySource
from canonical.intakes import IntakeStatus
from canonical.owed import Facts
from canonical.payments import PaymentStatus
from canonical.practice import ServiceKind
from canonical.subjects import InquiryFacts, SuppressionFacts, VisitAround, VisitFacts
from canonical.visits import AppointmentStatus, BookedBy, CompletionGrade
from pipelines.outbox.surroundings import Row

NEW_YORK = ZoneInfo("America/New_York")
DAYS = 365
PLACE, PROVIDER = LocationId("downtown"), ProviderId("dr-okafor")
_S = AppointmentStatus
_LATE = (_S.CANCELLED, _S.NO_SHOW)
_SERVICES = (("visit", ServiceKind.TREATMENT), ("laser", ServiceKind.SERIES_SESSION), ("peel", ServiceKind.TREATMENT))
_HALF_AN_HOUR = timedelta(minutes=30)
_REMEMBERED = timedelta(days=110)
"""How long after its start a visit can still ask for something: rebooking comes last."""


@dataclass
class Facts_:
    """placeholder"""
