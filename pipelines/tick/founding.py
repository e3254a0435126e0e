"""How an installation and its practices come to have keys and ledgers, once, and never again by accident."""

import os
from pathlib import Path

from canonical.ids import PracticeId
from canonical.problems import LedgerForeign, LedgerKeyMissing
from ledger.files import PRIVATE_FOLDER
from ledger.installation import PracticeEntry, accounts, add_practice, practices, set_accounts
from ledger.keys import LedgerKey, read_key
from ledger.store import create
from pipelines.accept.routing import accounts_of
from pipelines.tick.hub import Hub
from pipelines.tick.opening import installation_ledger
from settings.clock import SystemClock
from settings.installation import Installation, load_installation

INSTALLATION_ID = "installation"
_OWN_KEYS = (INSTALLATION_ID, "signing")


def found_installation(home: Path) -> bool:
    """Make the installation's keys and ledger where there are none; False when everything was there.

    Raises:
        SettingsError: installation.yaml is missing or wrong.
    """
    installation = load_installation(home)
    path = installation_ledger(installation).path
    _must_be_new_or_whole(installation, path)
    made = [_key(installation, name) for name in _OWN_KEYS]
    if not path.exists():
        now = SystemClock().machine_now()
        create(path, practice_id=INSTALLATION_ID, key=read_key(installation.key_for(INSTALLATION_ID)), now=now)
        made.append(True)
    return any(made)


def _must_be_new_or_whole(installation: Installation, own: Path) -> None:
    """An installation with a history gets no second beginning.

    A new ledger of its own would forget who said STOP to a shared number, a new signing key could prove nothing of what was signed.
    """
    begun = sorted(path.parent.name for path in installation.data.glob("*/ledger.duckdb"))
    if begun and not own.exists():
        raise LedgerForeign(
            f"{own}: the installation's ledger is gone, and {', '.join(begun)} {'has' if len(begun) == 1 else 'have'} a history",
            next_step="Restore it from a backup; a new one would forget who said STOP to a shared number.",
        )
    gone = [name for name in _OWN_KEYS if own.exists() and _is_missing(installation, name)]
    if gone:
        raise LedgerKeyMissing(
            f"{installation.key_for(gone[0])}: the key is gone, and what it opened or signed is still there",
            next_step="Restore the key from your backup of keys; a new one would not fit.",
        )


def _is_missing(installation: Installation, name: str) -> bool:
    kind, _, place = installation.key_for(name).partition(":")
    return kind == "file" and not Path(place).exists()


def ensure_founded(hub: Hub, practice: str) -> bool:
    """Give a practice that was never seen its key and ledger, and keep the list of who owns which account; True when new.

    Raises:
        SettingsError: its settings are wrong.
        LedgerForeign: the practice is known, and its ledger is gone: a new one would forget what was already sent.
    """
    config = hub.installation.practice(practice)
    store, now = hub.store(practice), hub.clock.business_now()
    own = installation_ledger(hub.installation)
    with own.reading() as session:
        known = {one.practice_id for one in practices(session)}
    new = not store.path.exists()
    if new and practice in known:
        raise LedgerForeign(
            f"{practice}: its ledger is gone from {store.path.parent}",
            next_step="Restore it from a backup and run `glowline audit adopt`; a new one would send again what was sent.",
        )
    if new:
        _key(hub.installation, practice)
        create(store.path, practice_id=practice, key=read_key(hub.installation.key_for(practice)), now=now)
    entry = PracticeEntry(PracticeId(practice), config.folder.name, config.practice.demo)
    owned = frozenset(accounts_of(config.practice))
    with own.reading() as session:
        up_to_date = entry in practices(session) and accounts(session, entry.practice_id) == owned
    if not up_to_date:  # looking must be possible where nothing can be written
        with own.writing() as session:
            add_practice(session, entry, now)
            set_accounts(session, entry.practice_id, owned, now)
    return new


def _key(installation: Installation, name: str) -> bool:
    """Write a fresh key where the reference is a file that does not exist. Other references are the operator's."""
    if not _is_missing(installation, name):
        return False
    path = Path(installation.key_for(name).partition(":")[2])
    path.parent.mkdir(parents=True, exist_ok=True, mode=PRIVATE_FOLDER)
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w") as file:
        file.write(LedgerKey.fresh().text() + "\n")
    return True
