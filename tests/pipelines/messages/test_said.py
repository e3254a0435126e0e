"""What an action says: in whose language, with which facts, and with what policy asked to be added."""

import dataclasses
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from canonical.actions import Action, Purpose, SubjectKind
from canonical.campaigns import Campaign, CampaignId, CampaignKind
from canonical.ids import LocationId, ProviderId, ServiceId
from canonical.owed import Tells
from canonical.practice import Channel, Instruction, Practice, Provider, Service
from pipelines.messages.lexicon import Lexicon
from pipelines.messages.templates import load_templates
from pipelines.outbox.surroundings import Surroundings
from pipelines.outbox.texts import Said, text_for
from pipelines.outbox.workbench import Workbench
from pipelines.policy.rewrites import COMMERCIAL_FOOTER, DISCLOSURE, EXEMPT, LATE, NEUTRAL, SENDER_AND_STOP
from settings.installation import SHIPPED
from settings.practice import load_practice
from tests.pipelines.policy.world import an_action

CONFIG = load_practice(SHIPPED / "demo" / "lumen", SHIPPED)
PEEL = Service(
    service_id=ServiceId("peel"),
    name="Light peel",
    neutral_label="appointment",
    instructions=(
        Instruction(lead=timedelta(days=2), text="No sauna."),
        Instruction(lead=timedelta(days=7), text="No blood thinners."),
    ),
    preparation="Drink water.",
    aftercare="No sun.",
    complements=(ServiceId("glow"), ServiceId("gone"), ServiceId("peel")),
)
GLOW = Service(service_id=ServiceId("glow"), name="Glow", neutral_label="appointment", preparation="Drink water.")
OKAFOR = Provider(
    provider_id=ProviderId("dr-okafor"),
    display_name="Dr. Okafor",
    credentials="MD",
    bio="Twenty years of it.",
    video="https://go.example/p/1",
)
AUTUMN = Campaign(
    campaign_id=CampaignId("autumn"),
    kind=CampaignKind.OFFER,
    starts_on=date(2026, 11, 1),
    ends_on=date(2026, 11, 17),
    text="Half a peel.",
    sms_text="Something new is here.",
)
PLACE = CONFIG.practice.locations[0].model_copy(
    update={"review_link": "https://go.example/r/1", "emergency_line": "+12125550199"}
)
PRACTICE = CONFIG.practice.model_copy(
    update={
        "services": (PEEL, GLOW),
        "providers": (OKAFOR, OKAFOR.model_copy(update={"provider_id": "dr-lee", "display_name": "Dr. Lee"})),
        "campaigns": (AUTUMN,),
        "locations": (PLACE, PLACE.model_copy(update={"location_id": LocationId("uptown"), "address": "9 High St"})),
    }
)


def bench(practice: Practice = PRACTICE, *, languages: tuple[str, ...] = ("en", "es")) -> Workbench:
    """Lumen with a peel and two doctors; the languages its texts exist in."""
    sources = [one for one in CONFIG.messages if one.language in languages]
    config = CONFIG.model_copy(update={"practice": practice})
    return Workbench(config, load_templates(sources), Lexicon.of(CONFIG.lexicon), None, None)  # type: ignore[arg-type] # nothing is sent


def around(**rows: Mapping[str, Any]) -> Surroundings:
    """Ana, who speaks what she is said to speak."""
    nothing: dict[str, Any] = {
        name: {}
        for name in (
            "contacts",
            "persons",
            "sharers",
            "consents",
            "suppressions",
            "visits",
            "inquiries",
            "reads",
            "heard",
        )
    }
    return Surroundings(**nothing | {"answered": {}} | rows)


def ana(language: str = "en") -> Surroundings:
    return around(persons={"p-1": {"first_name": "Ana", "language": language}})


def say(
    *actions: Action, asked: frozenset[str] = frozenset(), language: str = "en", where: Workbench | None = None
) -> Said:
    return text_for(actions, ana(language), where or bench(), asked)


def a_mail(template: str, **facts: str) -> Action:
    return an_action(template=template, channel=Channel.SECURE_EMAIL, facts={"tells": Tells.TIME, **facts})


def test_r28_a_person_is_written_to_in_their_own_language() -> None:
    said = say(an_action(), language="es")
    assert (
        said.body
        == "Hola Ana, nos vemos en Lumen el mie 18 nov a las 12:00 PM. Para cambiar la hora: https://go.example/l/7f3k"
    )
    assert (said.language, said.fell_back) == ("es", False)


def test_r28_without_that_language_the_practices_own_is_used_and_said_so() -> None:
    said = say(an_action(), language="es", where=bench(languages=("en",)))
    assert said.body.startswith("Hi Ana, see you at Lumen Wed, Nov 18 at 12:00 PM.")
    assert (said.language, said.fell_back) == ("en", True)
    assert not say(an_action(), where=bench(languages=("en",))).fell_back


def test_r28_nobody_who_never_said_a_language_counts_as_fallen_back() -> None:
    said = text_for([an_action()], around(persons={"p-1": {"first_name": "Ana"}}), bench())
    assert (said.language, said.fell_back) == ("en", False)


def test_r28_a_time_is_written_in_the_language_of_the_text_it_stands_in() -> None:
    action = an_action(
        template="inquiry-answer-closed",
        subject_kind=SubjectKind.INQUIRY,
        facts={"next_opening_at": "2026-11-18T14:00:00Z"},
    )
    assert "a partir del mie 18 nov a las 9:00 AM" in say(action, language="es").body
    assert "after Wed, Nov 18 at 9:00 AM" in say(action, language="es", where=bench(languages=("en",))).body


def test_r28_an_inquirys_own_language_counts_where_no_person_has_one() -> None:
    action = an_action(template="inquiry-answer-late", subject_kind=SubjectKind.INQUIRY, subject_id="i-1")
    assert text_for([action], around(inquiries={"i-1": {"language": "es"}}), bench()).body.startswith("Hola, gracias")


def test_the_staff_read_the_practices_language_and_not_the_patients() -> None:
    task = an_action(
        template="no-show-task", channel=Channel.CRM, command="create_task", labels={"purpose": Purpose.INTERNAL}
    )
    page = an_action(template="pager", labels={"purpose": Purpose.INTERNAL})
    assert "Ana did not come" in say(task, language="es").body
    assert say(page, language="es").body.startswith("Lumen on call: possible complication.")


def test_spanish_mail_spells_its_days_and_its_texts_do_not() -> None:
    mail = say(a_mail("reminder-48h"), language="es")
    assert "mié 18 nov a las 12:00 PM" in mail.body
    late = an_action(anchor_at=datetime(2026, 11, 21, 18, 0, tzinfo=UTC))
    assert "sab 21 nov a la 1:00 PM" in say(late, language="es").body


def test_row_3_1_the_mail_carries_instructions_where_the_service_has_any() -> None:
    body = say(a_mail("reminder-48h", service="peel", provider="dr-okafor")).body
    assert "What: Light peel\nWith: Dr. Okafor\n" in body
    assert "Before you come, please:\nNo blood thinners.\nNo sauna.\n" in body
    assert "Before you come" not in say(a_mail("reminder-48h", service="glow")).body


def test_row_3_4_the_provider_is_introduced_and_two_are_only_named() -> None:
    one, other = a_mail("meet-your-provider", provider="dr-okafor"), a_mail("meet-your-provider", provider="dr-lee")
    body = say(one).body
    assert all(word in body for word in ("Dr. Okafor, MD", "Twenty years of it.", "https://go.example/p/1"))
    assert "Dr. Okafor and Dr. Lee," in say(one, other).body
    assert "Twenty years" not in say(one, other).body


def test_r13_a_late_booking_is_told_by_its_confirmation_who_it_will_meet_and_what_to_fill_in() -> None:
    alone = say(a_mail("confirmation", provider="dr-okafor")).body
    late = say(a_mail("confirmation", provider="dr-okafor", carries="2.3,3.4")).body

    assert "With: Dr. Okafor" in alone
    assert "Twenty years of it." not in alone
    assert "a few things about your health" not in alone
    assert "You will meet Dr. Okafor, MD, for the first time. Twenty years of it." in late
    assert "A short film: https://go.example/p/1" in late
    assert "a few things about your health. We will have the form ready for you" in late


@pytest.mark.parametrize(
    "template", ["confirmation", "reminder-48h", "instructions", "preparation", "meet-your-provider"]
)
@pytest.mark.parametrize("language", ["en", "es"])
def test_r36_a_guardian_is_told_neutrally_and_not_greeted_by_the_childs_name(template: str, language: str) -> None:
    mail = a_mail(template, service="peel", provider="dr-okafor", guardian="1", carries="3.4")
    said = say(mail, language=language)
    whole = f"{said.subject} {said.body}"

    assert [word for word in ("Ana", "peel", "Okafor", "Twenty", "sauna", "water") if word in whole] == []
    assert "(212) 555-0101" in whole
    assert "\n\n\n" not in said.body


def test_r5_two_services_of_one_day_are_prepared_for_once() -> None:
    body = say(a_mail("preparation", service="peel"), a_mail("preparation", service="glow")).body
    assert "for Light peel and Glow." in body
    assert body.count("Drink water.") == 1


def test_row_5_3_what_goes_with_it_is_named_and_not_itself() -> None:
    assert "For example: Glow." in say(a_mail("complementary", service="peel")).body


@pytest.mark.parametrize("day, told", [(17, True), (18, False)])
def test_row_5_5_an_offer_is_told_until_its_last_day_where_the_practice_is(day: int, told: bool) -> None:
    """Due at 23:30 in New York, when it is the next day in UTC already."""
    due = datetime(2026, 11, day + 1, 4, 30, tzinfo=UTC)
    said = say(an_action(template="win-back", due_at=due, facts={"campaign": "autumn"}))
    assert ("Something new is here." in said.body) is told
    assert "Half a peel" not in said.body


def test_row_4_3_and_6_4_say_what_the_step_was_told() -> None:
    assert "about 20 minutes behind" in say(an_action(template="running-late", facts={"delay_minutes": "20"})).body
    task = an_action(template="score-task", channel=Channel.CRM, command="create_task", facts={"score": "6"})
    assert "with 6 of 10" in say(task).body


def test_row_6_2_and_7_3_use_the_places_own_link_and_line() -> None:
    assert say(an_action(template="review-link")).body.endswith("https://go.example/r/1")
    assert "Call (212) 555-0199 now." in say(an_action(template="emergency")).body


def test_phi_03_the_neutral_text_keeps_the_time_only_of_a_text_that_told_it() -> None:
    telling, cancelled = an_action(facts={"tells": Tells.TIME}), an_action(facts={"tells": Tells.CANCELLED})
    asked = frozenset({NEUTRAL})

    assert "Wed, Nov 18 at 12:00 PM, 12 Mercer St" in say(telling, asked=asked).body
    assert say(cancelled, asked=asked).body == "Hi, this is Lumen. Please call us at (212) 555-0101."
    assert say(telling, asked=asked).text.variant == "neutral"
    assert say(an_action(template="survey"), asked=asked).body == "Hi, this is Lumen. Please call us at (212) 555-0101."


def test_tcpa_04_the_exempt_text_is_short_and_says_how_to_stop() -> None:
    said = say(an_action(facts={"tells": Tells.TIME}), asked=frozenset({EXEMPT, NEUTRAL}))
    assert said.body == "Lumen: we see you Wed, Nov 18 at 12:00 PM. (212) 555-0101. Reply STOP to stop, HELP for help."
    assert (said.text.variant, said.segments) == ("exempt", 1)


def test_r30_a_text_that_promises_no_hour_is_its_own_late_text() -> None:
    late = frozenset({LATE})
    assert "We will call you soon." in say(an_action(template="inquiry-answer"), asked=late).body
    own = say(an_action(template="booking-link"), asked=late)
    assert own.template == "booking-link"
    assert own.text.variant == "late"


def test_tcpa_17_ai_02_and_email_01_add_what_a_text_lacks() -> None:
    stop = say(an_action(), asked=frozenset({SENDER_AND_STOP, DISCLOSURE}), language="es").body
    assert stop.startswith("Este es un mensaje automatico. Hola Ana")
    assert stop.endswith("Responda STOP para no recibir mas, HELP para ayuda.")
    mail = say(an_action(template="thank-you", channel=Channel.EMAIL), asked=frozenset({COMMERCIAL_FOOTER})).body
    assert mail.endswith("Lumen\n12 Mercer St, New York\nTo unsubscribe, write back and say so.")


def test_meta_03_a_direct_message_that_uses_the_record_says_which_part() -> None:
    text = "Hi {{ first_name }}, {{ practice.sms_name }}{% if provider.video %} {{ provider.video }}{% endif %}"
    own = next(
        one for one in CONFIG.messages if one.path.endswith("call-or-link.dm.liquid") and one.channel is Channel.IG_DM
    )
    named = own.model_copy(update={"name": "named", "text": text})
    where = dataclasses.replace(bench(), templates=load_templates([*CONFIG.messages, named]))

    assert say(an_action(template="call-or-link", channel=Channel.IG_DM), where=where).text.record_slots == ()
    assert say(an_action(template="named", channel=Channel.IG_DM), where=where).text.record_slots == ("first_name",)
    assert say(an_action(), where=where).text.record_slots == ()  # it is asked of direct messages only


def test_r2_two_people_on_one_phone_are_greeted_without_a_name() -> None:
    body = say(an_action(), an_action(person_id="p-2", anchor_at=datetime(2026, 11, 18, 17, 30, tzinfo=UTC))).body
    assert body.startswith("Hi, see you at Lumen Wed, Nov 18 at 12:00 and 12:30 PM.")
