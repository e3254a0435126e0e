"""What the mail server accepted, kept on disk for reading back."""

import email
import email.policy
import json
from dataclasses import asdict, dataclass
from email.message import EmailMessage
from pathlib import Path
from typing import Any

from emulators.kit.exchange import Json


@dataclass(frozen=True, slots=True)
class Mail:
    """One accepted message; `at` is the emulator's clock, UTC. `secure` says whether TLS was on, `user` who signed in."""

    number: int
    at: str
    message_id: str | None
    mail_from: str
    recipients: tuple[str, ...]
    secure: bool
    user: str | None


def parsed(content: bytes) -> EmailMessage:
    """The message as Python reads it."""
    return email.message_from_bytes(content, policy=email.policy.default)


class Mailbox:
    """A folder with one .eml and one .json per accepted message."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self.mails: list[Mail] = [_envelope(path) for path in sorted(folder.glob("*.json"))]

    def keep(self, content: bytes, **envelope: Json) -> Mail:
        """Write a message to disk; `envelope` are the other fields of `Mail`, its number is given here."""
        mail = Mail(number=len(self.mails) + 1, **envelope)
        self._path(mail, "eml").write_bytes(content)
        self._path(mail, "json").write_text(json.dumps(asdict(mail)))
        self.mails.append(mail)
        return mail

    def read(self, mail: Mail) -> dict[str, Any]:
        """Envelope, headers, texts and raw source of one message."""
        content = self._path(mail, "eml").read_bytes()
        message = parsed(content)
        plain, html = message.get_body(("plain",)), message.get_body(("html",))
        return asdict(mail) | {
            "subject": str(message["Subject"] or ""),
            "headers": [[name, str(value)] for name, value in message.items()],
            "text": plain.get_content() if plain else None,
            "html": html.get_content() if html else None,
            "raw": content.decode("utf-8", "replace"),
        }

    def clear(self) -> None:
        """Throw everything away."""
        for path in [*self._folder.glob("*.eml"), *self._folder.glob("*.json")]:
            path.unlink()
        self.mails.clear()

    def _path(self, mail: Mail, suffix: str) -> Path:
        return self._folder / f"{mail.number:06d}.{suffix}"


def _envelope(path: Path) -> Mail:
    stored = json.loads(path.read_text())
    return Mail(**stored | {"recipients": tuple(stored["recipients"])})
