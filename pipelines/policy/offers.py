"""What rules ask about a message that sells: who pays, who agreed to it in writing, what a commercial mail must show."""

from datetime import date

from canonical.clock import Instant
from canonical.model import Noun
from pipelines.policy.knowing import UNKNOWN, Unknown


class Campaign(Noun):
    """The dated offer that a message carries (row 5.5), as far as policy asks."""

    campaign_id: str = ""
    paid_by: str = ""
    """Whoever else pays for it; unset = nobody pays (AUTH-01)."""
    product_owner: str = ""
    """Whose product it promotes; unset = the practice's own (AUTH-02)."""


class Authorization(Noun):
    """A HIPAA authorization that the person signed."""

    authorization_id: str
    states_remuneration: bool = False
    """Whether it says that somebody pays for the message (AUTH-01)."""
    expires_on: date | None = None
    """The last day it is in force, in the practice's own zone. None = open-ended."""
    revoked_at: Instant | None = None

    def ended_on(self, now: Instant, today: date) -> date | None:
        """The day it ended, or None while it is in force (AUTH-04)."""
        if self.revoked_at is not None and self.revoked_at <= now:
            return self.revoked_at.date()
        return self.expires_on if self.expires_on is not None and self.expires_on < today else None


class Screening(Noun):
    """What lists say about a number (TCPA-19)."""

    national: bool | Unknown = UNKNOWN
    """Whether it stands on the national do-not-call list."""
    internal: bool = False
    """Whether it stands on the practice's own."""
    reassigned: bool | Unknown = UNKNOWN
    """Whether it has another owner since the consent was given."""


class Profile(Noun):
    """What the practice says about itself in commercial mail and in exempt texts."""

    names: tuple[str, ...] = ()
    """Under which it may appear as a sender (EMAIL-04)."""
    postal_address: str | Unknown = UNKNOWN
    """Empty = the practice has not set one (EMAIL-01)."""
    phone: str = ""
    """As its texts write it (TCPA-04)."""
    unsubscribe: str = ""
    """Where one click unsubscribes; empty = nowhere."""
    review_link: str = ""


class Mailing(Noun):
    """The headers a mail would leave with, and who vouches for them (EMAIL-03)."""

    one_click: bool | Unknown = UNKNOWN
    """Whether it carries List-Unsubscribe and List-Unsubscribe-Post; unknown = no."""
    signed: bool | Unknown = UNKNOWN
    """Whether the sender's host signs these headers (DKIM); False = it cannot, unknown = they are added all the same."""
    asks_to_sign_in: bool = False
    """Whether the unsubscribe page asks for a login or cookies."""
