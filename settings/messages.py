"""Template files through their layers: the last layer that has a file of that name wins whole."""

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

from canonical.ids import ContentHash
from canonical.practice import THREADS, Channel
from canonical.problems import SettingsError
from canonical.templates import TemplateSource
from settings.located import read_text

_LANGUAGED = 4
_PLAIN = 3
_CHANNELS: Final[Mapping[str, tuple[Channel, ...]]] = {
    **{str(channel): (channel,) for channel in Channel},
    "dm": tuple(sorted(THREADS)),
}
"""What stands in a file's name → the channels it is written for. A platform's own text comes after `dm`, and wins."""


def read_messages(layers: Sequence[Path], shown: Callable[[Path], str]) -> tuple[TemplateSource, ...]:
    """All templates of a practice.

    Raises:
        SettingsError: for a file name that does not say its channel.
    """
    found: dict[tuple[str, str, str], TemplateSource] = {}
    for layer in layers:
        for file in sorted((layer / "messages").glob("*.liquid")):
            for source in _sources(file, shown(file)):
                found[(source.name, source.channel, source.language)] = source
    return tuple(found.values())


def _sources(file: Path, shown_as: str) -> Iterator[TemplateSource]:
    parts = file.name.split(".")
    if len(parts) not in (_PLAIN, _LANGUAGED) or parts[-2] not in _CHANNELS:
        raise SettingsError(
            shown_as,
            0,
            "the file name does not say its channel.",
            next_step="Name it like reminder-24h.sms.liquid or reminder-24h.es.sms.liquid.",
        )
    language = parts[1] if len(parts) == _LANGUAGED else "en"
    text = read_text(file, shown_as)
    for channel in _CHANNELS[parts[-2]]:
        yield TemplateSource(
            name=parts[0],
            channel=channel,
            language=language,
            path=shown_as,
            text=text,
            hash=ContentHash(hashlib.sha256(text.encode()).hexdigest()),
        )
