"""From the street through the door to the vendor and back: what people get, how fast, and never twice."""

import threading
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlencode, urlsplit

import pytest

from emulators.twilio.signature import signature
from pipelines.tick.hub import PracticeHub
from pipelines.tick.sequence import carry, tick
from receiver import worker
from receiver.worker import Worker
from tests.receiver.street import Street, street, until
from tests.receiver.world import LUMEN, NIGHT, NOON, OTHER, PATIENT, SOLIS, Hand


@pytest.fixture
def here(tmp_path: Path) -> Iterator[Street]:
    with street(tmp_path, "lumen") as opened:
        yield opened


def test_an_inquiry_is_answered_in_about_a_second(here: Street) -> None:
    started = time.monotonic()
    assert here.form() == 204
    until(here.heard)
    took = time.monotonic() - started
    here.settle()
    [text] = here.heard()
    assert "We will call you within the hour" in text
    assert "Ana" in text
    assert took < 15, "about a second on a machine that does nothing else; this bound only catches a lane that waits"


def test_what_the_vendor_reports_comes_back_through_the_door(here: Street) -> None:
    here.form()
    until(lambda: any(row["after"] == "delivered" for row in here.rows("transitions")))
    assert sorted(row["status"] for row in here.rows("receipts")) == ["delivered", "sent"]


def test_an_inquiry_at_night_gets_the_other_text(tmp_path: Path) -> None:
    """23:00 in New York: no promise of an hour that nobody could keep (rows 1.1, 1.4; R30)."""
    with street(tmp_path, "lumen", hand=Hand(NIGHT)) as here:
        here.form()
        until(here.heard)
        here.settle()
        [text] = here.heard()
    assert "within the hour" not in text
    assert "Fri, Nov 13 at 9:00 AM" in text


def test_a_form_sent_twice_is_answered_once(here: Street) -> None:
    for _ in range(3):
        assert here.form() == 204
    here.settle()
    assert len(here.heard()) == 1


def test_a_webhook_delivered_twice_changes_nothing(here: Street) -> None:
    here.twilio.fail("webhook_duplicate", times=4)
    here.texts("Can I bring my sister?")
    assert len(here.rows("replies")) == 1
    assert len(here.rows("tasks")) == 1
    assert len([row for row in here.rows("raw") if row["stream"] == "inbound"]) == 1


def test_plain_words_that_stop_are_confirmed_once_and_nothing_follows(here: Street) -> None:
    here.texts("please stop texting me")
    [text] = here.heard()
    assert text.startswith("You will get no more texts from Lumen")
    assert "(212) 555-0101" in text
    here.texts("please stop texting me")
    here.form(message="And another thing")
    here.settle()
    assert len(here.heard()) == 1


def test_a_keyword_that_the_vendor_confirms_itself_is_not_confirmed_by_us(here: Street) -> None:
    here.texts("STOP")
    assert here.heard() == []
    assert [row["source"] for row in here.rows("suppressions")] == ["twilio:keyword"]
    [refused] = [row for row in here.rows("closed_actions") if row["step"] == "7.2-confirmation"]
    assert refused["state"] == "refused"


def test_a_confirmation_is_not_sent_after_five_minutes(tmp_path: Path) -> None:
    hand = Hand()
    with street(tmp_path, "lumen", hand=hand) as here:
        here.twilio.fail("status", status=429, times=1, method="POST")
        here.texts("please stop texting me")
        until(lambda: [row for row in here.rows("transitions") if row["after"] == "not_sent"])
        here.settle()
        hand.pass_(minutes=6)
        tick(here.world.practice(), "run-later")
        assert here.heard() == []
        [confirmation] = [row for row in here.rows("closed_actions") if row["step"] == "7.2-confirmation"]
        assert confirmation["state"] == "expired"


def test_help_is_answered_with_who_we_are_and_how_to_stop(here: Street) -> None:
    here.twilio.do("settings", auto_reply=False)
    here.texts("HELP")
    [text] = here.heard()
    assert "Lumen" in text
    assert "Reply STOP to stop" in text
    here.texts("help")
    assert len(here.heard()) == 2, "another question is another event"


def test_two_practices_on_one_account_hear_only_their_own(tmp_path: Path) -> None:
    """Both numbers call the same address, as one messaging service does for all its numbers."""
    with street(tmp_path, "lumen", "solis") as here:
        [account] = here.twilio.accounts.values()
        account.senders[SOLIS].sms_url = account.senders[LUMEN].sms_url
        here.texts("Can I come earlier?", to=LUMEN)
        here.texts("please stop texting me", to=SOLIS, person=OTHER)
        assert [row["intent"] for row in here.rows("replies", "lumen")] == ["human"]
        assert [row["intent"] for row in here.rows("replies", "solis")] == ["stop"]
        [confirmation] = here.heard(OTHER)
        assert "Solis" in confirmation
        here.form(phone=OTHER)
        here.settle()
        assert len(here.heard(OTHER)) == 2, "an opt-out from one brand is none from another"


def test_a_stop_that_came_before_the_answer_was_claimed_always_wins(tmp_path: Path) -> None:
    """The inquiry is decided and cleared; the STOP lies in the spool; whoever delivers next takes it in first."""
    with street(tmp_path, "lumen", wake_every=3600) as here:
        here.twilio.begin_outage("status", 429)
        here.form()
        until(lambda: [row for row in here.rows("transitions") if row["after"] == "not_sent"])
        here.settle()
        here.twilio.end_outage()
        here.worker.stop()
        here.world.hand.pass_(minutes=10)
        fields = {
            "MessageSid": f"SM{7:032x}",
            "SmsStatus": "received",
            "From": PATIENT,
            "To": LUMEN,
            "Body": "stop texting me",
        }
        [account] = here.twilio.accounts.values()
        url = account.senders[LUMEN].sms_url
        fields |= {"AccountSid": account.sid}
        headers = {
            "content-type": "application/x-www-form-urlencoded",
            "x-twilio-signature": signature(account.auth_token, url, fields.items()),
        }
        assert here.door.post(urlsplit(url).path, urlencode(fields).encode(), headers) == 204
        tick(here.world.practice(), "run-after")
        assert [text[:28] for text in here.heard()] == ["You will get no more texts f"]
        assert here.world.spool.speech() == frozenset()


def _asked_to_come_again(here: Street) -> None:
    """An inquiry whose answer the vendor did not take yet."""
    here.twilio.fail("status", status=429, times=1, method="POST")
    here.form()
    until(lambda: [row for row in here.rows("transitions") if row["after"] == "not_sent"])


def test_an_answer_that_a_vendor_asked_us_to_try_later_goes_out_when_it_may(tmp_path: Path) -> None:
    hand = Hand()
    with street(tmp_path, "lumen", hand=hand) as here:
        _asked_to_come_again(here)
        hand.pass_(minutes=3)
        until(here.heard)
        here.settle()
        assert len(here.heard()) == 1


def test_a_pulse_stands_aside_for_a_tick_and_speech_does_not(tmp_path: Path) -> None:
    hand = Hand()
    with street(tmp_path, "lumen", hand=hand) as here:
        _asked_to_come_again(here)
        here.settle()
        with here.world.hub.store("lumen").ticking.under_way():
            hand.pass_(minutes=3)
            threading.Event().wait(5 * here.worker.wake_every)
            assert here.heard() == [], "a tick would send it"
            here.form(phone=OTHER, message="And me?")
            until(lambda: here.heard(OTHER))
        until(here.heard)


def test_reports_stand_aside_for_a_tick_and_never_for_long(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with street(tmp_path, "lumen") as here:
        here.form()
        until(here.heard)
        here.settle()
        with here.world.hub.store("lumen").ticking.under_way():
            here.form(phone=OTHER, message="And me?")
            until(lambda: here.heard(OTHER))
            here.twilio.settle()
            threading.Event().wait(5 * here.worker.wake_every)
            assert here.world.spool.names(), "a tick would take them along"
            monkeypatch.setattr(worker, "LONGEST_ASIDE", 0.0)
            until(lambda: not here.world.spool.names())


def test_what_lay_in_the_spool_while_nobody_worked_is_carried_at_the_start(tmp_path: Path) -> None:
    with street(tmp_path, "lumen", wake_every=3600) as here:
        here.worker.stop()
        assert here.form() == 204
        assert here.heard() == []
        again = Worker(here.world.hub, here.world.spool)
        again.start()
        until(lambda: again.at_rest and here.heard())
        again.stop()


def test_one_practice_whose_settings_broke_stops_no_other(tmp_path: Path) -> None:
    with street(tmp_path, "lumen", "solis") as here:
        here.form("lumen")
        here.settle()
        (tmp_path / "lumen" / "rows.yaml").write_text("nonsense: [")
        assert here.form("lumen", message="Once more") == 204
        here.form("solis", phone=OTHER)
        until(lambda: here.heard(OTHER))
        assert here.world.spool.names()
        assert here.worker.alive


def test_a_broken_stage_is_tried_again_and_ends_no_lane(here: Street, monkeypatch: pytest.MonkeyPatch) -> None:
    failed: list[object] = []

    def carried(practice: PracticeHub, run: str, *, whole: bool = True) -> object:
        if len(failed) < 2:
            failed.append(run)
            raise ZeroDivisionError
        return carry(practice, run, whole=whole)

    monkeypatch.setattr("receiver.worker.carry", carried)
    here.form()
    until(here.heard)
    assert len(failed) == 2
    assert here.worker.alive


def test_a_move_is_told_when_its_window_has_passed_without_waiting_for_a_tick(tmp_path: Path) -> None:
    """R9: the worker's pulse, not the periodic lane, sends the notice once it is due."""
    hand = Hand(NOON)
    with street(tmp_path, "lumen", hand=hand) as here:
        action = {
            "action_id": "a-7",
            "step": "2.7-change-notice",
            "row": "2.7",
            "subject_kind": "visit",
            "subject_id": "v-1",
            "state": "planned",
            "due_at": NOON + timedelta(minutes=5),
            "expires_at": NOON + timedelta(days=1),
        }
        with here.world.hub.store("lumen").reading() as session:
            before = session.rows("pulse", now=NOON, planned=session.head.seq)
        assert not before[0]["due"]
        with here.world.hub.store("lumen").writing() as session:
            session.insert("open_actions", [action])
        with here.world.hub.store("lumen").reading() as session:
            after = session.rows("pulse", now=NOON + timedelta(minutes=6), planned=session.head.seq)
        assert after[0]["due"]
