"""Does a text pay for an opinion, bill, threaten, or give away that somebody is a patient? Looks at a finished text."""

import re

from pipelines.messages.lexicon import Lexicon

_PRICE = re.compile(r"[$€£]\s*\d|\d\s*(?:%|percent\b|por ciento\b|dollars?\b|dolares\b)", re.IGNORECASE)
_VALUE = Lexicon.of((
    "off your", "discount", "discounts", "discounted", "gift", "gifts", "gift card", "giftcard", "raffle", "sweepstakes",
    "giveaway", "prize", "prizes", "drawing", "enter to win", "entered to win", "chance to win", "points", "reward",
    "rewards", "coupon", "coupons", "voucher", "vouchers", "promo code", "free", "complimentary", "on the house", "bonus",
    "credit", "credits", "cash", "refund", "in exchange", "in return for", "thank you gift",
    "descuento", "descuentos", "regalo", "regalos", "tarjeta de regalo", "sorteo", "rifa", "premio", "premios", "puntos",
    "recompensa", "recompensas", "cupon", "cupones", "vale", "gratis", "cortesia", "bono", "credito", "reembolso", "a cambio",
))  # fmt: skip
_BILLING = Lexicon.of((
    "bill", "billing", "invoice", "invoices", "payment", "payments", "pay", "paid", "balance", "owe", "owed", "amount due",
    "past due", "overdue", "deposit", "charge", "charges", "fee", "fees", "statement", "insurance", "copay", "collections",
    "factura", "facturas", "pago", "pagos", "pagar", "saldo", "debe", "deposito", "cargo", "cargos", "cobro", "seguro",
))  # fmt: skip
_THREATS = Lexicon.of((
    "lawyer", "lawyers", "attorney", "attorneys", "legal action", "legal team", "sue", "sued", "suing", "lawsuit", "court",
    "defamation", "defamatory", "libel", "slander", "cease and desist", "consequences", "press charges", "police",
    "report you", "we know who you are", "ban you", "banned from", "damages",
    "abogado", "abogados", "demanda", "demandar", "demandaremos", "acciones legales", "tribunal", "difamacion", "policia",
    "consecuencias",
))  # fmt: skip
_REMOVAL = Lexicon.of((
    "remove your", "remove the review", "remove this review", "removing your", "delete your", "delete the review",
    "delete this review", "take down your", "take your review down", "take it down", "take this down", "edit your review",
    "change your review", "update your review", "revise your review", "withdraw your", "raise your rating", "change your rating",
    "elimine su", "eliminar su", "borre su", "borrar su", "quite su", "retire su", "retirar su", "cambie su", "cambiar su",
    "edite su", "modifique su",
))  # fmt: skip
_PATIENT = Lexicon.of((
    "patient", "patients", "client", "clients", "your visit", "your visits", "your appointment", "your appointments",
    "your treatment", "your treatments", "your procedure", "your session", "your service", "your consultation", "your results",
    "your provider", "your doctor", "your injector", "your nurse", "your care", "your chart", "your records", "your experience with us",
    "treated you", "treating you", "saw you", "seeing you", "see you again", "see you soon", "have you back", "having you",
    "when you came", "came in", "you visited", "your last", "your next", "serving you", "caring for you",
    "paciente", "pacientes", "su visita", "su cita", "su tratamiento", "su procedimiento", "su sesion", "su consulta",
    "sus resultados", "su doctor", "su doctora", "su proveedor", "atenderle", "atenderla", "atenderlo", "verle", "verla",
    "tenerle", "nos visito",
))  # fmt: skip
"""Generous on purpose: a neutral answer to a review needs none of them."""


def offers_value(text: str) -> bool:
    """Whether a price, a percentage or any word in it offers something of value (REV-03, SUR-01)."""
    return _PRICE.search(text) is not None or _VALUE.term_in(text) is not None


def bills(text: str) -> bool:
    """Whether it is about money owed (TCPA-04)."""
    return _BILLING.term_in(text) is not None


def threatens(text: str) -> bool:
    """Whether it holds out lawyers, courts or other consequences (REV-09)."""
    return _THREATS.term_in(text) is not None


def buys_removal(text: str) -> bool:
    """Whether it asks for a review to go or to change, and offers something for it (REV-09)."""
    return _REMOVAL.term_in(text) is not None and offers_value(text)


def implies_a_patient(text: str) -> bool:
    """Whether it says or implies that the reader was treated here (REV-06)."""
    return _PATIENT.term_in(text) is not None
