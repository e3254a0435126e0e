"""A studio on Square, Twilio and Paubox that advertises on Meta and is reviewed on Google: the last two only bring something in.

The folder is the one that is shipped as an example; everything between it and the five vendors' interfaces is the real thing.
"""

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from canonical.clock import rfc3339
from tests.practices.example import BOOKED, DUE, DUE_ON_THE_23RD
from tests.practices.studio import ANA, BEN, FORM, MAIL, WORDS, Studio, opened_studio
from tests.proofs.town import local

REMINDERS = ["3.1-reminder-48h", "3.1-reminder-48h-email", "3.2-reminder-24h", "4.1-morning-of"]


@pytest.fixture
def studio(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Studio]:
    """The example practice on the morning of go-live, 2026-11-01 08:00 in New York."""
    with opened_studio(tmp_path, monkeypatch) as made:
        yield made


def the_visit(studio: Studio) -> str:
    """Our id of the one visit there is."""
    [visit] = studio.table("current_visits")
    return str(visit["visit_id"])


def test_a_booking_in_square_is_confirmed_and_reminded_of_once_each(studio: Studio) -> None:
    studio.book()
    studio.run_at(*DUE)
    assert [step for step in studio.steps() if step[0] in "34"] == REMINDERS
    assert studio.steps().count("2.5-confirmation") == 1
    assert len(studio.texts()) == 4
    assert all("10:00 AM" in text for text in studio.texts())


def test_a_visit_that_moves_in_square_is_told_truly_and_the_old_time_never_again(studio: Studio) -> None:
    visit = studio.book()
    to = local("2026-11-23 15:00").isoformat()
    after = studio.told_of(lambda: studio.square.do("move", id=visit, start_at=to), studio.texts, *DUE_ON_THE_23RD)
    assert after
    assert all("3:00 PM" in text for text in after)
    assert studio.steps().count("2.7-change-notice") == 1


def test_a_visit_that_is_cancelled_in_square_is_spoken_of_once_and_then_no_more(studio: Studio) -> None:
    visit = studio.book()
    after = studio.told_of(lambda: studio.square.do("cancel", id=visit), studio.texts)
    assert studio.steps().count("2.8-cancel-notice") == 1
    assert len(after) == 1
    assert not {"3.2-reminder-24h", "4.1-morning-of"} & set(studio.steps())


def test_a_deposit_is_asked_for_in_the_confirmation_by_the_visit_s_own_link_and_paid_it_is_asked_for_no_more(
    studio: Studio,
) -> None:
    studio.book(service="SSESSION")
    [text] = studio.texts()
    assert studio.link()["url"] in text
    assert "https://go.example/d/juniper" not in text
    assert "$" not in text
    assert studio.link()["quick_pay"]["name"] == "Deposit"
    assert studio.link()["quick_pay"]["price_money"] == {"amount": 5000, "currency": "USD"}
    studio.turn("2026-11-17 09:00")
    studio.pay()
    studio.run_at("2026-11-17 09:00", *DUE)
    [payment] = studio.table("current_payments")
    assert (payment["status"], payment["amount_cents"], payment["deposit"]) == ("paid", 5000, True)
    assert payment["visit_id"] == the_visit(studio)
    assert "2.4-deposit-unpaid" not in studio.steps()
    assert studio.desk() == []


def test_a_visit_that_asks_for_no_deposit_gets_no_link(studio: Studio) -> None:
    studio.book()
    assert studio.square.do("links")["links"] == []


def test_a_visit_that_moves_keeps_its_link(studio: Studio) -> None:
    visit = studio.book(service="SSESSION")
    to = local("2026-11-23 15:00").isoformat()
    studio.told_of(lambda: studio.square.do("move", id=visit, start_at=to), studio.texts)
    assert studio.steps().count("2.4-deposit-link") == 1
    assert studio.link()["quick_pay"]["price_money"]["amount"] == 5000


def asked_without_links(studio: Studio) -> None:
    """Ana books what wants a deposit, and Square makes no links."""
    studio.turn(BOOKED[0])
    who = studio.ana()
    studio.square.do("book", customer_id=who, start_at=local("2026-11-20 10:00").isoformat(), service="SSESSION")
    studio.square.fail("status", status=503, times=None, path="payment-links")


def test_the_quarter_of_an_hour_begins_when_the_link_is_asked_for_however_late_the_booking_is_read(
    studio: Studio,
) -> None:
    asked_without_links(studio)
    studio.run_at("2026-11-16 11:00", "2026-11-16 11:02", "2026-11-16 11:10")
    assert studio.texts() == []
    studio.square.faults.clear()
    studio.run_at("2026-11-16 11:12", "2026-11-16 11:14")
    [text] = studio.texts()
    assert studio.link()["url"] in text


def test_a_deposit_is_asked_for_a_quarter_of_an_hour_later_by_the_place_s_link_where_square_makes_none(
    studio: Studio,
) -> None:
    """And whatever becomes of Square, the confirmation is never lost."""
    asked_without_links(studio)
    studio.run_at("2026-11-16 10:01", "2026-11-16 10:03", "2026-11-16 10:10")
    assert studio.texts() == []
    studio.run_at("2026-11-16 10:16", "2026-11-16 10:18")
    [text] = studio.texts()
    assert "https://go.example/d/juniper" in text


def test_a_visit_that_is_cancelled_with_its_deposit_paid_is_a_task_to_give_it_back(studio: Studio) -> None:
    visit = studio.book(service="SSESSION")
    studio.pay()
    studio.run("2026-11-17 09:00")
    studio.turn("2026-11-17 10:00")
    studio.square.do("cancel", id=visit)
    studio.run_at("2026-11-17 10:00", "2026-11-17 10:25")
    [task] = [one for one in studio.table("current_tasks") if one["kind"] == "deposit_return"]
    assert task["closed_at"] is None
    assert ["deposit" in told for told in studio.desk()] == [True]
    [payment] = studio.square.do("payments")["payments"]
    studio.square.do("refund", payment=payment["id"])
    studio.run("2026-11-17 11:00")
    [task] = [one for one in studio.table("current_tasks") if one["kind"] == "deposit_return"]
    assert task["closed_at"] is not None


def test_money_for_something_else_is_no_deposit_and_the_desk_is_told_at_the_deadline(studio: Studio) -> None:
    studio.book(service="SSESSION")
    [customer] = studio.square.merchant.customers
    studio.square.do("pay", amount=5000, customer_id=customer, note="a cream")
    studio.run_at("2026-11-18 09:55")
    assert studio.desk() == []
    studio.run_at(*DUE)
    assert studio.steps().count("2.4-deposit-unpaid") == 1
    assert ["A deposit has not been paid" in told for told in studio.desk()] == [True]
    [payment] = studio.table("current_payments")
    assert (payment["deposit"], payment["visit_id"]) == (False, None)


def test_a_lead_that_ticked_the_box_is_answered_by_text_and_the_desk_has_a_task(studio: Studio) -> None:
    studio.ads.fill("2026-11-16 10:30", phone=BEN, name="Ben Okoye", ticked=True)
    studio.run_at("2026-11-16 10:31", "2026-11-16 10:36")
    [text] = studio.texts(BEN)
    assert "Ben" in text
    [told] = studio.desk()
    assert "Call back a new inquiry" in told
    assert "Ben" not in told
    [consent] = studio.table("consents")
    assert (consent["category"], consent["kind"], consent["form_version"]) == ("informational", "express", FORM)
    assert consent["wording_sha256"] == hashlib.sha256(WORDS.encode()).hexdigest()


def test_a_lead_that_left_the_box_empty_has_given_no_consent_and_an_hour_later_hears_no_text(studio: Studio) -> None:
    studio.ads.fill("2026-11-16 10:30", phone=BEN, name="Ben Okoye", ticked=False)
    studio.run_at("2026-11-16 11:45", "2026-11-16 11:50", "2026-11-17 11:00")
    assert studio.table("consents") == []
    assert studio.texts(BEN) == []
    assert "TCPA-02" in refused_by(studio, "1.1-answer")
    assert ["Call back a new inquiry" in told for told in studio.desk()] == [True]


def test_a_lead_that_ticked_the_box_is_answered_late_rather_than_never_tcpa_20(studio: Studio) -> None:
    """First read after the hour it is an operations text, and so is what may leave for it (MIN-01)."""
    studio.ads.fill("2026-11-16 10:30", phone=BEN, name="Ben Okoye", ticked=True)
    studio.run_at("2026-11-16 11:45", "2026-11-16 11:50", "2026-11-17 11:00")
    assert len(studio.texts(BEN)) == 1
    assert refused_by(studio, "1.1-answer") == set()


def test_within_the_hour_a_question_is_answered_once_whatever_its_box_and_nothing_else_follows_r30(
    studio: Studio,
) -> None:
    studio.ads.fill("2026-11-16 10:30", phone=BEN, name="Ben Okoye", ticked=False)
    studio.run_at("2026-11-16 10:31", "2026-11-16 11:36", "2026-11-17 11:00", "2026-11-19 11:00")
    assert studio.table("consents") == []
    assert len(studio.texts(BEN)) == 1
    assert studio.steps() == ["1.1-answer", "1.3-alert"]


def refused_by(studio: Studio, step: str) -> set[str]:
    """The rules that blocked that step, whenever it was asked."""
    ours = {
        one["action_id"]
        for one in (*studio.table("open_actions"), *studio.table("closed_actions"))
        if one["step"] == step
    }
    found = [json.loads(one["answers"]) for one in studio.table("verdicts") if one["action_id"] in ours]
    return {str(each["rule"]) for answers in found for each in answers if each["outcome"] == "block"}


def test_a_review_is_somebodys_task_and_never_a_patients_however_well_the_name_fits(studio: Studio) -> None:
    studio.book()
    before = len(studio.texts())
    studio.profile.write("2026-11-16 11:00", "Lovely. I come every month.", author="Ana Ruiz")
    studio.run_at("2026-11-16 11:05", "2026-11-16 11:10")
    [task] = [one for one in studio.table("current_tasks") if one["kind"] == "review"]
    assert (task["person_id"], task["location_id"], task["closed_at"]) == (None, "studio", None)
    assert ["A new review wants an answer: 5 of 5 stars on google" in told for told in studio.desk()] == [True, False]
    assert not {word for word in ("Ana", "Ruiz", "Lovely", "month") for told in studio.desk() if word in told}
    assert {one["connection_id"] for one in studio.table("person_records")} == {"square"}
    assert len(studio.table("current_persons")) == 1
    assert len(studio.texts()) == before


def test_a_review_answered_on_google_closes_its_task_and_one_from_before_go_live_opens_none(studio: Studio) -> None:
    studio.profile.write("2026-10-20 09:00", "Friendly.", author="Invented Person 1")
    review = studio.profile.write("2026-11-16 10:00", "Waited an hour.", author="Invented Person 2", stars="TWO")
    studio.run("2026-11-16 10:05")
    [task] = [one for one in studio.table("current_tasks") if one["kind"] == "review"]
    review |= {"reviewReply": {"comment": "Please call us."}, "updateTime": rfc3339(local("2026-11-16 12:00"))}
    studio.run("2026-11-16 12:05")
    [after] = [one for one in studio.table("current_tasks") if one["kind"] == "review"]
    assert (after["task_id"], after["closed_by"]) == (task["task_id"], "answered")
    assert [one["state"] for one in studio.table("closed_actions") if one["step"] == "7.4-review-answer"] == [
        "cancelled"
    ]


def test_a_stop_by_text_ends_everything_the_answer_to_a_later_lead_too(studio: Studio) -> None:
    studio.book(service="SSESSION")
    studio.run("2026-11-18 10:05")
    studio.turn("2026-11-18 10:30")
    studio.says("please stop texting me")
    studio.run_at("2026-11-18 10:31", "2026-11-18 10:41")
    before = studio.texts()
    assert len(before) == 3
    studio.ads.fill("2026-11-18 10:45", phone=ANA, name="Ana Ruiz", ticked=True)
    studio.run_at("2026-11-18 10:46", "2026-11-18 10:51", *DUE[1:])
    assert studio.texts() == before
    assert "7.2-confirmation" in studio.steps()
    assert "TCPA-13" in refused_by(studio, "1.1-answer")


def test_whatever_happens_every_send_is_covered_and_of_a_patient_meta_and_google_hear_nothing(studio: Studio) -> None:
    visit = studio.book(service="SSESSION")
    studio.ads.fill("2026-11-16 10:30", phone=BEN, name="Ben Okoye", ticked=True)
    studio.profile.write("2026-11-16 10:30", "Thank you, Dana.", author="Ben Okoye")
    studio.run_at("2026-11-16 10:31", "2026-11-18 10:05")
    studio.square.do("move", id=visit, start_at=local("2026-11-23 15:00").isoformat())
    studio.run_at("2026-11-18 11:00", "2026-11-18 11:25")
    studio.square.do("cancel", id=visit)
    studio.run_at("2026-11-18 12:00", "2026-11-18 12:25", "2026-11-23 09:00")
    sent, signed = studio.table("attempts"), studio.opened().config.agreements
    assert {one["vendor"] for one in sent} == {"twilio", "paubox", "square"}
    assert {one["command"] for one in sent if one["vendor"] == "square"} == {"create_payment_link"}
    for one in sent:
        agreement = signed.find(one["vendor"], one["product"])
        assert agreement is not None
        assert agreement.in_force(one["claimed_at"].date())
    assert {seen.method for seen in (*studio.meta.seen, *studio.google.seen)} == {"GET"}
    asked = "".join(f"{seen.text} {seen.headers}" for seen in (*studio.meta.seen, *studio.google.seen))
    assert not {each for each in ("Ana", "Ruiz", "Ben", ANA[2:], BEN[2:], MAIL, visit) if each in asked}


def test_meta_and_google_being_away_keep_nobody_from_their_reminder(studio: Studio) -> None:
    studio.meta.fault = studio.google.fault = "503"
    studio.book()
    studio.run(DUE[0])
    assert [step for step in studio.steps() if step[0] in "34"] == REMINDERS[:2]


def test_square_being_away_sends_nothing_that_may_be_stale_and_catches_up(studio: Studio) -> None:
    visit = studio.book()
    studio.turn("2026-11-17 09:00")
    studio.square.do("move", id=visit, start_at=local("2026-11-27 10:00").isoformat())
    studio.square.begin_outage("status", 503)
    before = studio.texts()
    studio.run("2026-11-18 10:05")
    assert studio.texts() == before
    studio.square.end_outage()
    studio.run_at("2026-11-18 14:05", "2026-11-25 10:05", "2026-11-26 10:05")
    after = studio.texts()[len(before) :]
    assert after
    assert all("Nov 27" in text for text in after)


def test_a_text_whose_answer_is_lost_is_not_sent_twice(studio: Studio) -> None:
    studio.book()
    studio.twilio.fail("drop", method="POST", path="Messages")
    studio.run_at("2026-11-18 10:05", "2026-11-18 10:15", "2026-11-18 10:25")
    assert studio.texts()[-1] == studio.texts()[1]
    studio.run_at(*DUE[1:])
    assert len(studio.texts()) == 4
    assert "3.1-reminder-48h" in studio.steps()
