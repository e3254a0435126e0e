"""Does a text try to sell? Asked of the one confirmation an opt-out may get (TCPA-15)."""

import re

from pipelines.messages.lexicon import Lexicon

_PRICE = re.compile(r"[$€£]\s*\d|\d\s*(?:%|percent\b|por ciento\b)", re.IGNORECASE)
_WORDS = Lexicon.of((
    "off your", "offer", "offers", "deal", "deals", "discount", "discounts", "sale", "special", "specials", "promo",
    "promotion", "promotions", "coupon", "gift", "free", "bonus", "save", "savings", "reward", "rewards", "points",
    "limited time", "last chance", "exclusive", "before you go", "miss you", "come back", "if you return", "rejoin",
    "change your mind", "buy", "shop", "book now", "book your", "treat yourself",
    "oferta", "ofertas", "descuento", "descuentos", "rebaja", "promocion", "promociones", "cupon", "regalo", "gratis",
    "ahorra", "ahorre", "vuelve", "vuelva", "te extranamos", "lo extranamos", "compra", "reserva ya",
))  # fmt: skip
"""Generous on purpose: a plain confirmation needs none of them."""


def sells(text: str) -> bool:
    """Whether any word or price in `text` promotes, or tries to win the person back."""
    return bool(_PRICE.search(text)) or _WORDS.term_in(text) is not None
