"""The rules that are built, by family. Importing this package registers them all."""

from pipelines.policy.rules import (
    agreements,
    contact,
    copies,
    deliveries,
    freshness,
    hours,
    house,
    inbound,
    requests,
    texts,
    unknown,
)

__all__ = [
    "agreements",
    "contact",
    "copies",
    "deliveries",
    "freshness",
    "hours",
    "house",
    "inbound",
    "requests",
    "texts",
    "unknown",
]
