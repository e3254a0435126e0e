"""A certificate authority of our own, and certificates a careful client must refuse."""

import ssl
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

import trustme

Certificate = Literal["good", "wrong_host", "other_ca", "expired"]
LONG_AGO = datetime(2024, 1, 1, tzinfo=UTC)


class Authority:
    """Signs for 127.0.0.1 and localhost; `ca_file` is what a client has to trust."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._ca = trustme.CA()
        self.ca_file = folder / "smtp-ca.pem"
        self._ca.cert_pem.write_to_path(str(self.ca_file))

    def context(self, kind: Certificate) -> ssl.SSLContext:
        """A server context with a certificate of this kind."""
        issuer = trustme.CA() if kind == "other_ca" else self._ca
        hosts = ("mail.invalid",) if kind == "wrong_host" else ("127.0.0.1", "localhost")
        certificate = issuer.issue_cert(*hosts, not_after=LONG_AGO if kind == "expired" else None)
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        certificate.configure_cert(context)
        return context
