"""Mail over SMTP, to a host that proves who it is or to none. See README.md; nothing is imported here."""
