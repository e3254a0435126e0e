"""The rules that are built, by family. Importing this package registers them all."""

from pipelines.policy.rules import agreements, contact, freshness, house, requests, texts

__all__ = ["agreements", "contact", "freshness", "house", "requests", "texts"]
