"""Mail hosts that sign no agreement with anybody: patient data does not go through them (C3)."""

from typing import Final

from canonical.problems import NeedsOperator
from connectors.kit.access import Access

CONSUMER: Final = frozenset(
    {
        *("gmail.com", "googlemail.com", "outlook.com", "hotmail.com", "live.com", "msn.com", "office365.com"),
        *("yahoo.com", "ymail.com", "rocketmail.com", "aol.com", "icloud.com", "me.com", "mac.com"),
        *("gmx.com", "gmx.net", "gmx.de", "mail.com", "web.de", "mail.ru", "yandex.com", "yandex.ru", "qq.com"),
        *("proton.me", "protonmail.com", "zoho.com", "comcast.net", "att.net", "verizon.net", "fastmail.com"),
    }
)
"""Domains of consumers' hosts and mailboxes. Some of them (Google, Microsoft) also serve businesses under an agreement, from
the same host names: then the register says so."""

COVERED: Final = "covered_by_baa"
"""The setting by which the register's word is passed in: `yes` where a signed agreement covers this connection."""


def require_covered(access: Access, capability: str, host: str, sender: str = "") -> None:
    """Raises `NeedsOperator` for a consumer's host or sender that no agreement covers."""
    if access.setting(COVERED).lower() == "yes":
        return
    if _is_consumer(host) or _is_consumer(sender.rpartition("@")[2]):
        raise NeedsOperator(
            access.where(capability),
            "this is a consumer's mail host, and the register holds no agreement with it.",
            next_step="Use a host that signs a BAA, or enter the signed one in the vendor register.",
        )


def _is_consumer(name: str) -> bool:
    """Whether a name is one of them or lies below one."""
    labels = name.lower().rstrip(".").split(".")
    return any(".".join(labels[at:]) in CONSUMER for at in range(len(labels)))
