"""Property values: what is accepted, and how it is written back."""

from collections.abc import Mapping
from datetime import UTC, datetime

import phonenumbers

from emulators.hubspot.kinds import CHOICES, INSTANTS, Kind
from emulators.hubspot.portal import Portal
from emulators.hubspot.problems import bad_property, invalid
from emulators.hubspot.records import Properties
from emulators.kit.clock import iso
from emulators.kit.exchange import Json

CALCULATED = {
    "hs_searchable_calculated_phone_number": "phone",
    "hs_searchable_calculated_mobile_number": "mobilephone",
}
HOME = "US"  # where a number without a country belongs


def instant(text: str) -> str | None:
    """Epoch milliseconds or ISO 8601 as ISO 8601 with milliseconds; `None` when it is neither."""
    try:
        if text.lstrip("-").isdigit():
            return iso(datetime.fromtimestamp(int(text) / 1000, UTC))
        moment = datetime.fromisoformat(text)
    except (ValueError, OverflowError):
        return None
    return iso(moment.replace(tzinfo=moment.tzinfo or UTC))


def held(properties: Properties, name: str) -> str | None:
    """A property's value; of those that HubSpot calculates for its search, what it would be: a phone's national digits."""
    of = CALCULATED.get(name)
    if of is None:
        return properties.get(name)
    try:
        number = phonenumbers.parse(properties.get(of, ""), HOME)
    except phonenumbers.NumberParseException:
        return None
    return phonenumbers.national_significant_number(number)


def checked(portal: Portal, kind: Kind, given: Json) -> Properties:
    """Properties as they are stored; raises 400 for one that is unknown or holds what it cannot."""
    if not isinstance(given, Mapping):
        raise invalid('Invalid input JSON: "properties" must be an object')
    return {name: _value(portal, kind, name, value) for name, value in given.items()}


def complete(kind: Kind, properties: Properties) -> None:
    """Raises 400 when a record of this kind cannot be created with these properties."""
    missing = [name for name in kind.required if not properties.get(name)]
    if missing:
        message = f"Error creating {kind.singular.upper()}. Some required properties were not set."
        raise invalid(message, context={"properties": missing})


def _value(portal: Portal, kind: Kind, name: str, value: Json) -> str:
    if not portal.knows(kind, name):
        raise bad_property(name, f"Property {name} does not exist", "PROPERTY_DOESNT_EXIST")
    text = "" if value is None else str(value).lower() if isinstance(value, bool) else str(value)
    if text and name in INSTANTS:
        moment = instant(text)
        if moment is None:
            raise bad_property(name, f"{text} was not a valid long.", "INVALID_LONG")
        return moment
    choices = CHOICES.get(name)
    if text and choices and text not in choices:
        raise bad_property(name, f"{text} was not one of the allowed options", "INVALID_OPTION")
    if name == "email" and text and "@" not in text:
        raise bad_property(name, f"Email address {text} is invalid", "INVALID_EMAIL")
    return text.lower() if name == "email" else text
