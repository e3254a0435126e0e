"""Template files through their layers: the last layer that has a file of that name wins whole."""

import hashlib
from collections.abc import Callable, Sequence
from pathlib import Path

from canonical.ids import ContentHash
from canonical.practice import Channel
from canonical.problems import SettingsError
from canonical.templates import TemplateSource
from settings.located import read_text

_LANGUAGED = 4
_PLAIN = 3


def read_messages(layers: Sequence[Path], shown: Callable[[Path], str]) -> tuple[TemplateSource, ...]:
    """All templates of a practice.

    Raises:
        SettingsError: for a file name that does not say its channel.
    """
    found: dict[tuple[str, str, str], TemplateSource] = {}
    for layer in layers:
        for file in sorted((layer / "messages").glob("*.liquid")):
            source = _source(file, shown(file))
            found[(source.name, source.channel, source.language)] = source
    return tuple(found.values())


def _source(file: Path, shown_as: str) -> TemplateSource:
    parts = file.name.split(".")
    channels = {str(channel) for channel in Channel}
    if len(parts) not in (_PLAIN, _LANGUAGED) or parts[-2] not in channels:
        raise SettingsError(
            shown_as,
            0,
            "the file name does not say its channel.",
            next_step="Name it like reminder-24h.sms.liquid or reminder-24h.es.sms.liquid.",
        )
    language = parts[1] if len(parts) == _LANGUAGED else "en"
    text = read_text(file, shown_as)
    return TemplateSource(
        name=parts[0],
        channel=Channel(parts[-2]),
        language=language,
        path=shown_as,
        text=text,
        hash=ContentHash(hashlib.sha256(text.encode()).hexdigest()),
    )
