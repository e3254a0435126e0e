"""A text is judged by the step that speaks through it: what is for marketing, for a survey, for a review (EMAIL-01, REV-03, SUR-01)."""

import hashlib
from datetime import UTC, date, datetime, timedelta

import pytest

from canonical.actions import HipaaClass, Labels, Purpose, TcpaClass
from canonical.campaigns import Campaign, CampaignId, CampaignKind
from canonical.ids import ContentHash
from canonical.plan import Anchor, Journeys, Step
from canonical.practice import Channel, Practice
from canonical.problems import SettingsError
from canonical.templates import TemplateSource
from pipelines.messages.fitting import Looks, fitted
from pipelines.messages.lexicon import Lexicon
from pipelines.messages.templates import Templates, load_templates
from pipelines.policy.incentives import offers_value
from tests.journeys_fixture import PRACTICE

LOOKS = Looks(Lexicon.of(("botox", "chemical peel")), offers_value)
FOOTED = "Subject: Hello\n\nCome by. {{ location.address }} {{ links.unsubscribe }}"


def a_text(text: str, channel: Channel = Channel.SMS, name: str = "t", language: str = "en") -> TemplateSource:
    digest = ContentHash(hashlib.sha256(text.encode()).hexdigest())
    path = f"{name}.{channel}.liquid"
    return TemplateSource(name=name, channel=channel, language=language, path=path, text=text, hash=digest)


def a_step(purpose: Purpose, channel: Channel = Channel.SMS, **changes: object) -> Step:
    fields: dict[str, object] = {
        "key": "9.9-test",
        "row": "9.9",
        "owner": "glowline",
        "live_from": datetime(2026, 11, 1, tzinfo=UTC),
        "anchor": Anchor.VISIT_END,
        "expires": timedelta(hours=1),
        "channels": (channel,),
        "labels": Labels(purpose=purpose, hipaa=HipaaClass.OPERATIONS, tcpa=TcpaClass.INFORMATIONAL),
        "template": "t",
    }
    return Step.model_validate(fields | changes)


def fit(step: Step, *sources: TemplateSource, practice: Practice = PRACTICE) -> Templates:
    journeys = Journeys(steps=(step,), hash=ContentHash("0" * 64))
    return fitted(load_templates(sources), journeys, practice, LOOKS)


def refusal(step: Step, *sources: TemplateSource) -> str:
    with pytest.raises(SettingsError) as caught:
        fit(step, *sources)
    return f"{caught.value} {caught.value.next_step}"


@pytest.mark.parametrize(
    "missing, written", [("links.unsubscribe", "a way to unsubscribe"), ("location.address", "a postal")]
)
def test_email_01_mail_that_sells_does_not_load_without_address_or_a_way_out(missing: str, written: str) -> None:
    step = a_step(Purpose.MARKETING, Channel.EMAIL)
    said = refusal(step, a_text(FOOTED.replace(f"{{{{ {missing} }}}}", ""), Channel.EMAIL))

    assert f"t.email.liquid  mail that sells needs {written}" in said
    assert f"Write {{{{ {missing} }}}}." in said
    assert fit(step, a_text(FOOTED, Channel.EMAIL)).by_key
    assert fit(a_step(Purpose.TREATMENT, Channel.EMAIL), a_text("Subject: Hello\n\nCome by.", Channel.EMAIL)).by_key


@pytest.mark.parametrize("purpose", [Purpose.REVIEW_REQUEST, Purpose.SURVEY])
@pytest.mark.parametrize("reward", ["Get 10 % off", "a gift card waits", "un regalo le espera", "$5 for you"])
def test_rev_03_a_reward_for_a_review_or_an_answer_does_not_load(purpose: Purpose, reward: str) -> None:
    said = refusal(a_step(purpose), a_text(f"{{% comment %}} a gift {{% endcomment %}}\nHow was it?\n{reward}"))

    assert said.startswith("t.sms.liquid:3  this sounds like something in return")
    assert fit(a_step(purpose), a_text("{% comment %} never a gift (REV-03) {% endcomment %}\nHow was it?")).by_key
    assert fit(a_step(Purpose.TREATMENT), a_text(reward)).by_key


def test_sur_01_a_survey_never_leads_to_the_public_page() -> None:
    text = a_text("How was it?\n{{ links.review }}")
    assert "t.sms.liquid:2  a survey never leads to the public page (SUR-01)." in refusal(a_step(Purpose.SURVEY), text)
    assert fit(a_step(Purpose.REVIEW_REQUEST), text).by_key


def test_r10_a_text_that_tells_the_time_belongs_to_a_step_that_says_so() -> None:
    text, silent = a_text("See you\n{{ visit.when }}"), a_text("See you soon")

    said = refusal(a_step(Purpose.TREATMENT), text)
    assert said.startswith("t.sms.liquid:2  'visit.when' tells the visit's time, and step 9.9-test does not say so")
    assert "and this text does not (R10)" in refusal(a_step(Purpose.TREATMENT, names_time=True), silent)
    assert fit(a_step(Purpose.TREATMENT, names_time=True), text).by_key
    assert fit(a_step(Purpose.TREATMENT), silent).by_key


def test_a_cancelled_time_tells_none_and_a_task_may_name_any() -> None:
    text = a_text("Cancelled: {{ visit.when }}")
    assert fit(a_step(Purpose.TREATMENT, anchor=Anchor.VISIT_CANCELLED), text).by_key
    task = a_step(Purpose.INTERNAL, Channel.CRM, command="create_task")
    assert fit(task, a_text("Missed: {{ visit.when }}", Channel.CRM)).by_key


def test_a_step_without_its_text_is_named_before_anything_is_due() -> None:
    step = a_step(Purpose.TREATMENT, channels=(Channel.SMS, Channel.EMAIL))
    said = refusal(step, a_text("Hello"))

    assert said.startswith("messages/t.email.liquid  step 9.9-test speaks through this text, and there is none.")
    assert "take email out of the step's channels" in said


def test_a_command_that_carries_no_text_needs_none() -> None:
    assert fit(a_step(Purpose.INTERNAL, Channel.CRM, command="upsert_lead")).by_key == {}


@pytest.mark.parametrize(
    "text, channel, line",
    [
        ("Hi,\nyour Botox is tomorrow", Channel.SMS, 2),
        ("Subject: Hello\n\nYour chemical peel is tomorrow", Channel.EMAIL, 3),
        ("Subject: Your Botox\n\nHello", Channel.SECURE_EMAIL, 1),
    ],
)
def test_c2_a_word_of_the_lexicon_in_an_open_text_or_a_subject_does_not_load(
    text: str, channel: Channel, line: int
) -> None:
    said = refusal(a_step(Purpose.TREATMENT, channel), a_text(text, channel))
    assert said.startswith(f"t.{channel}.liquid:{line}  '")
    assert "says what happens behind the door" in said


def test_a_secure_body_a_task_and_a_comment_may_name_it() -> None:
    secure = a_text("Subject: Hello\n\nYour Botox is tomorrow", Channel.SECURE_EMAIL)
    assert fit(a_step(Purpose.TREATMENT, Channel.SECURE_EMAIL), secure).by_key
    task = a_step(Purpose.INTERNAL, Channel.CRM, command="create_task")
    assert fit(task, a_text("About Botox", Channel.CRM)).by_key
    assert fit(a_step(Purpose.TREATMENT), a_text("{% comment %} never Botox {% endcomment %}Hello")).by_key


def test_r28_a_language_without_its_variant_is_warned_of() -> None:
    spanish = a_text("Hola", name="other", language="es")
    warned = fit(a_step(Purpose.TREATMENT), a_text("Hello"), spanish).warnings
    assert [(w.place, "R28" in w.message) for w in warned] == [("messages/t.es.sms.liquid", True)]
    assert fit(a_step(Purpose.TREATMENT), a_text("Hello"), a_text("Hola", language="es")).warnings == ()


def test_a_language_without_days_of_its_own_is_warned_of() -> None:
    texts = (a_text("{{ visit.when }}"), a_text("{{ visit.when }}", language="fr"))
    warned = fit(a_step(Purpose.TREATMENT, names_time=True), *texts).warnings
    assert [w.message for w in warned] == ["days and times in it are written in English; they are known in: en, es."]


def test_r51_a_campaigns_own_line_is_measured_in_the_text_that_carries_it() -> None:
    def practice(line: str) -> Practice:
        campaign = Campaign(
            campaign_id=CampaignId("autumn"),
            kind=CampaignKind.OFFER,
            starts_on=date(2026, 11, 1),
            ends_on=date(2026, 11, 30),
            text="",
            sms_text=line,
        )
        return PRACTICE.model_copy(update={"campaigns": (campaign,)})

    step, text = a_step(Purpose.MARKETING), a_text("{{ practice.sms_name }}: {{ campaign.sms_text }}")
    long, short = practice("á" * 150), practice("Come and see what is new.")

    assert [w.place for w in fit(step, text, practice=long).warnings] == ["campaigns.yaml, autumn"]
    assert fit(step, text, practice=short).warnings == ()
