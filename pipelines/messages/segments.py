"""How many SMS segments a text costs, and which character made it dear."""

import unicodedata
from dataclasses import dataclass

_GSM = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿"
    "abcdefghijklmnopqrstuvwxyzäöñüà"
)
"""GSM 03.38 default alphabet. á, í, ó and ú are not in it (R28)."""
_GSM_DOUBLE = frozenset("^{}\\[~]|€\f")
_FIXES = {"‘": "'", "’": "'", "“": '"', "”": '"', "–": "-", "—": "-", "…": "...", "\u00a0": " ", "•": "-"}


@dataclass(frozen=True)
class Measure:
    """What a text costs."""

    encoding: str
    units: int
    segments: int
    costly: tuple[str, ...]
    """Characters outside GSM-7, which shrink a segment from 160 to 70."""


def measure(text: str) -> Measure:
    """Count as carriers do: 160/153 septets in GSM-7, 70/67 UTF-16 units otherwise."""
    costly = tuple(dict.fromkeys(c for c in text if c not in _GSM and c not in _GSM_DOUBLE))
    if costly:
        units = len(text.encode("utf-16-le")) // 2
        return Measure("UCS-2", units, _parts(units, 70, 67), costly)
    units = sum(2 if c in _GSM_DOUBLE else 1 for c in text)
    return Measure("GSM-7", units, _parts(units, 160, 153), ())


def _parts(units: int, single: int, joined: int) -> int:
    return 1 if units <= single else -(-units // joined)


def fix_for(character: str) -> str:
    """What to write instead of a character GSM-7 does not have."""
    if character in _FIXES:
        return _FIXES[character]
    plain = unicodedata.normalize("NFD", character)[0]
    return plain if plain in _GSM else ""
