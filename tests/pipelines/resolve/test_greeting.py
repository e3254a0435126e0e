"""R7: thirty dirty names, and none of them leaks."""

import pytest

from canonical.people import PersonRecord
from ledger.store import Store
from pipelines.resolve import resolve
from pipelines.resolve.greeting import LONGEST, Lexicon, greeting
from tests.pipelines.resolve.landed import NOW, Landing, patient, practice

LEXICON = Lexicon(
    frozenset(
        {
            "botox",
            "dysport",
            "lip filler",
            "filler",
            "peel",
            "acne",
            "laser",
            "scar",
            "microneedling",
            "iv drip",
            "hydrafacial",
            "tox",
        }
    )
)
DIRTY = {
    "Jen - Botox": "Jen",
    "MARIA (NO SHOW)": "Maria",
    "botox jen": "",
    "JenBotox": "",
    "Jen/Filler": "Jen",
    "VIP Sarah": "",
    "Sarah *VIP*": "Sarah",
    "Do not call": "",
    "DNC": "",
    "TEST": "",
    "test patient": "",
    "Acne": "",
    "Peel": "",
    "AnnaPeel": "",
    "Lawsuit - Kim": "",
    "Deceased": "",
    "Ana (allergic to lidocaine)": "Ana",
    "Angry Jen": "",
    "Jen2": "",
    "J": "",
    "": "",
    "---": "",
    "😀😀": "",
    "Wife of Tom": "",
    "Microneedling": "",
    "Hydrafacial/Jo": "",
    "Bótox": "",
    "o'brien-TOX": "",
    "Christopherjonathanalexander": "",
    "<script>": "",
    "Jen [dysport 20u]": "Jen",
    "+12125550111": "",
    "jen@example.com": "Jen",
}
CLEAN = {
    "maria": "Maria",
    "JEAN-LUC": "Jean-Luc",
    "O'BRIEN": "O'Brien",
    "DeShawn": "DeShawn",
    "Mary Ann": "Mary",
    "Sarah J.": "Sarah",
}


@pytest.mark.parametrize("written", DIRTY, ids=[str(n) for n in range(len(DIRTY))])
def test_r7_a_dirty_name_greets_with_a_clean_word_or_with_none(written: str) -> None:
    assert greeting(written, LEXICON) == DIRTY[written]


@pytest.mark.parametrize("written", CLEAN)
def test_r7_an_honest_name_is_not_lost(written: str) -> None:
    assert greeting(written, LEXICON) == CLEAN[written]


@pytest.mark.parametrize("written", ["Oscar", "Philip", "Chinara"])
def test_r7_a_short_word_of_the_lexicon_inside_an_honest_name_takes_nothing_away(written: str) -> None:
    assert greeting(written, Lexicon(frozenset({"scar", "lip", "chin"}))) == written


def test_r7_none_of_the_dirty_names_reaches_a_person_row(ledger: Store) -> None:
    assert len(DIRTY) >= 30
    landing = Landing(ledger)
    landing.put(
        "book",
        *(patient(f"g{n}", "", given_name=written, family_name="Roe") for n, written in enumerate(DIRTY)),
        *(patient(f"w{n}", f"{written} Roe") for n, written in enumerate(DIRTY)),
        *(patient(f"p{n}", "", preferred_name=written) for n, written in enumerate(DIRTY)),
    )
    resolve(ledger, practice(), (), NOW, "run-1", lexicon=LEXICON.words)
    with ledger.reading() as session:
        names = [row["first_name"] for row in session.rows("everyone")]
    assert len(names) == 3 * len(DIRTY)
    allowed = {*DIRTY.values(), *CLEAN.values(), "Roe", "Hydrafacial"} - {"Hydrafacial"}
    assert set(names) <= allowed
    assert max(map(len, names)) <= LONGEST


@pytest.mark.parametrize("written", ["Éléonore Dubois-Aa", "Éléonore O'Neil", "Éléonore Roe"])
def test_r7_the_first_of_two_words_is_the_given_name_whatever_the_family_name_is_made_of(
    ledger: Store, written: str
) -> None:
    Landing(ledger).put("book", patient("1", written))
    resolve(ledger, practice(), (), NOW, "run-1")
    with ledger.reading() as session:
        assert [row["first_name"] for row in session.rows("everyone")] == ["Éléonore"]


def test_r7_a_preferred_name_is_used_before_a_given_one(ledger: Store) -> None:
    person = PersonRecord(vendor_id="1", preferred_name="Liz", given_name="Elizabeth", family_name="Kim")
    Landing(ledger).put("book", person)
    resolve(ledger, practice(), (), NOW, "run-1")
    with ledger.reading() as session:
        (row,) = session.rows("everyone")
    assert (row["first_name"], row["display_name"]) == ("Liz", "Liz K.")


def test_r7_a_word_added_to_the_lexicon_later_takes_a_name_away_that_was_in_use(ledger: Store) -> None:
    Landing(ledger).put("book", patient("1", "", given_name="Crystal", family_name="Roe"))
    resolve(ledger, practice(), (), NOW, "run-1")
    resolve(ledger, practice(), (), NOW, "run-2", lexicon=("crystal",))
    with ledger.reading() as session:
        (row,) = session.rows("everyone")
    assert row["first_name"] == ""


def test_r8_r36_r37_marks_of_any_tool_stand_and_the_grave_ones_are_never_taken_back(ledger: Store) -> None:
    landing, house = Landing(ledger), practice()
    landing.put(
        "book",
        patient("1", "Liz Kim", flags=("deceased",), tags=("No-Automation",)),
        patient("2", "Test Roe"),
        patient("3", "Ana Cruz", "+12125550100"),
        patient("4", "Bea Lund", emails=("bea@lumen.example",)),
        patient("5", "Kid Kim", guardian_phone="+12125550111"),
    )
    resolve(ledger, house, (), NOW, "run-1")
    landing.put("book", patient("1", "Liz Kim"))
    resolve(ledger, house, (), NOW, "run-2")
    with ledger.reading() as session:
        rows = {row["display_name"]: row for row in session.rows("everyone")}
    assert {name: row["flags"] for name, row in rows.items()} == {
        "Liz K.": "deceased",
        "R.": "test",
        "Ana C.": "staff",
        "Bea L.": "staff",
        "Kid K.": "",
    }
    assert rows["Kid K."]["guardian_contact_point_id"]
