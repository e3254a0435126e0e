"""Names and addresses a practice gives to itself: whatever reaches a text must say nothing about what it does (R42)."""

import re
from collections.abc import Iterator
from pathlib import Path

from canonical.practice import Location, Practice
from canonical.problems import SettingsError
from pipelines.messages.lexicon import Lexicon
from settings.located import Key, read_yaml

_PRICE = re.compile(r"[$€£]\s?\d|\b\d+(?:[.,]\d+)?\s?(?:dollars|usd|dolares)\b", re.IGNORECASE)

Written = tuple[str, tuple[Key, ...], str]
"""The settings file, the path in it, and what stands there."""


def neutral_names(practice: Practice, lexicon: Lexicon, folder: Path) -> None:
    """Refuse a name, link or line that texts carry and that says what happens behind the door.

    Raises:
        SettingsError: naming the file and line of the first, the word, and what to write instead.
    """
    for file, path, text in _carried(practice):
        term = lexicon.term_in(text)
        if term is not None:
            raise _refused(folder, file, path, f"'{term}' says what happens behind the door, and texts carry it (R42).")
    for campaign in practice.campaigns:
        if _PRICE.search(campaign.sms_text):
            path = (campaign.campaign_id, "sms_text")
            raise _refused(folder, "campaigns", path, "a price may not stand in a text (PHI-03).")


def _carried(practice: Practice) -> Iterator[Written]:
    yield "practice", ("sms_name",), practice.sms_name
    for place in practice.locations:
        yield from _of_a_place(place)
    for service in practice.services:
        yield "services", (service.service_id, "neutral_label"), service.neutral_label
    for provider in practice.providers:
        yield "providers", (provider.provider_id, "video"), provider.video
    for campaign in practice.campaigns:
        yield "campaigns", (campaign.campaign_id, "sms_text"), campaign.sms_text
        yield "campaigns", (campaign.campaign_id, "link"), campaign.link


def _of_a_place(place: Location) -> Iterator[Written]:
    written: dict[tuple[Key, ...], str] = {
        ("name",): place.name,
        ("address",): place.address,
        ("parking",): place.parking,
        ("check_in",): place.check_in,
        ("review_link",): place.review_link,
    }
    written |= {("links", name): link for name, link in place.links.items()}
    for path, text in written.items():
        yield "locations", (place.location_id, *path), text


def _refused(folder: Path, file: str, path: tuple[Key, ...], message: str) -> SettingsError:
    said = folder / f"{file}.yaml"
    name = ".".join(str(part) for part in path)
    next_step = _REMEDIES.get(
        str(path[-1]), "Write it in words that could stand on a postcard; secure mail says the rest."
    )
    if not said.is_file():
        return SettingsError(str(said), 0, f"{name}: {message}", next_step=next_step)
    return read_yaml(said, str(said)).error(path, f"{name}: {message}", next_step)


_REMEDIES = {
    "sms_name": "Write a neutral name as sms_name, for example the street, the owner or the initials.",
    "address": "Write it without the word; where it is a street's own name, take the word out of the practice's lexicon.yaml.",
    "review_link": "Write a short link whose path says nothing.",
    "link": "Write a short link whose path says nothing.",
    "video": "Write a short link whose path says nothing.",
}
