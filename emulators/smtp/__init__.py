"""A pretend mail server: real SMTP with TLS and AUTH, and trouble at every stage."""

from emulators.smtp.emulator import SmtpEmulator

__all__ = ["SmtpEmulator"]
