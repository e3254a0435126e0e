"""A text brought down to plain words, so that STOP is STOP however it was typed."""

import re
import unicodedata

_LOOK_ALIKES = str.maketrans("асеіорѕтхукмнвԁαεικνορτυχ", "aceiopstxykmhbdaeiknoptux")
"""Cyrillic and Greek letters that look like Latin ones; the text is casefolded before."""
_LEET = str.maketrans("013457@$!|", "oieastasii")
_INSIDE_A_WORD = re.compile(r"['’‘`´ʼ]")
_TOKEN = re.compile(r"[a-z0-9@$!|]+")
_EDGES = "!|@$"
_DRAWN_OUT = re.compile(r"(.)\1{2,}")
_SPACED_AT_LEAST = 3
_NOT_THEIR_WORDS = re.compile(
    r"^\s*(>|on .{1,120} wrote:|el .{1,120} escribi[oó]:|sent from my |get outlook for |enviado desde mi )",
    re.IGNORECASE,
)
_REST_IS_QUOTED = re.compile(r"^\s*[-_]{2,} ?(original message|mensaje original|forwarded message)", re.IGNORECASE)
_REACTION = re.compile(
    r"^\W*(?:liked|loved|disliked|emphasi[sz]ed|questioned|laughed at|reacted (?:with )?\S{1,12} to|removed an? [\w ]{1,20} from"
    r"|le gust[oó]|le encant[oó]|no le gust[oó]|se ri[oó] de|destac[oó]|reaccion[oó] con \S{1,12} a)\s+(?P<opens>[\"“«'])",
    re.IGNORECASE,
)
"""Phones send a reaction as a text that quotes ours, our own STOP and HELP included (R22)."""
_CLOSES = {'"': '"', "“": '”"', "«": '»"', "'": "'"}


def is_tapback(text: str) -> bool:
    """Whether the text is a phone's reaction to one of ours, and nothing else: its words are ours, not the person's."""
    return _REACTION.match(text) is not None and not beside_a_reaction(text).strip(" \t\r\n.!…")


def beside_a_reaction(text: str) -> str:
    """What stands behind the quotation of a reaction, in the person's own words; the text itself where it is none.

    Behind the last closing mark, because what is quoted may hold marks of its own; nothing where a phone cut it off.
    """
    found = _REACTION.match(text)
    if found is None:
        return text
    rest = text[found.end() :]
    last = max(rest.rfind(mark) for mark in _CLOSES[found["opens"]])
    return rest[last + 1 :] if last >= 0 else ""


def unquoted(text: str) -> str:
    """The person's own lines: our footer says STOP too, and a quoted one is not theirs. All of it if nothing else is left."""
    own: list[str] = []
    for line in text.splitlines():
        if _REST_IS_QUOTED.match(line):
            break
        if not _NOT_THEIR_WORDS.match(line):
            own.append(line)
    return "\n".join(own) if any(line.strip() for line in own) else text


def plain(text: str) -> str:
    """Words in small Latin letters with single spaces.

    Case, accents, widths, invisible characters, look-alike letters and punctuation are gone; `S T O P`, `S.T.O.P` and
    `ST0P` are `stop`, `STOOOOP` too; `don't` is `dont`.
    """
    folded = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", text)).casefold()
    kept = "".join(c for c in folded if unicodedata.category(c) not in {"Mn", "Cf", "Cc"} or c in "\n\t\r")
    latin = _INSIDE_A_WORD.sub("", kept.translate(_LOOK_ALIKES))
    return " ".join(_joined([_word(token) for token in _TOKEN.findall(latin)]))


def _word(token: str) -> str:
    """One token without ornaments; digits that stand for letters are read as letters, `2pm` and `1000` stay."""
    bare = token.strip(_EDGES)
    if not bare:
        return ""
    if any(c.isalpha() for c in bare) and not bare.isalpha() and not re.fullmatch(r"\d+[a-z]{1,2}", bare):
        bare = bare.translate(_LEET)
    elif token.startswith("$") and bare.isalpha():
        bare = f"s{bare}"
    return re.sub(r"[@$!|]", "", _DRAWN_OUT.sub(r"\1", bare) if bare.isalpha() else bare)


def _joined(words: list[str]) -> list[str]:
    """Three or more letters standing alone are one word that was spelled out."""
    out: list[str] = []
    letters: list[str] = []
    for word in [*filter(None, words), ""]:
        if len(word) == 1:
            letters.append(word)
            continue
        out += ["".join(letters)] if len(letters) >= _SPACED_AT_LEAST else letters
        letters = []
        out.append(word)
    return [word for word in out if word]
