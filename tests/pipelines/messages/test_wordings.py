"""Neutral by construction and by eye: what an SMS says does not depend on what happens behind the door (C2, PHI-03)."""

from datetime import UTC, datetime, timedelta
from itertools import combinations
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from canonical.campaigns import Campaign, CampaignId, CampaignKind
from canonical.ids import ProviderId, ServiceId
from canonical.practice import Channel, Instruction, Provider, Service, ServiceKind
from pipelines.messages.compose import Occasion, compose
from pipelines.messages.lexicon import Lexicon, tokens
from pipelines.messages.segments import measure
from pipelines.messages.templates import MAX_SEGMENTS, rendered
from pipelines.messages.variables import VARIABLES, worst_values
from pipelines.messages.wording import Named, stop_and_help
from pipelines.policy.identifiers import identifiers_in
from pipelines.policy.incentives import implies_a_patient, offers_value
from tests.golden.wordings import (
    ALWAYS_THERE,
    CONFIG,
    DOWNTOWN,
    FOLDER,
    LANGUAGES,
    TEMPLATES,
    VISIT,
    always_known,
    masked,
    neutral_texts,
    texts,
    wordings,
)

SMS = [(language, name) for language in LANGUAGES for name in texts(language)]
BEFORE_AND_ON_THE_DAY = (
    "booking-link", "booking-nudge-1h", "booking-nudge-1d", "booking-nudge-3d", "intake-form", "intake-chase", "deposit-request",
    "confirmation", "change-notice", "cancel-notice", "reminder-48h", "reminder-24h", "morning-of", "running-late", "thank-you",
)  # fmt: skip
"""Every SMS of stages 2 to 4."""
READ = {
    language: {
        part.partition("\n")[0]: part.partition("\n")[2]
        for part in (FOLDER / f"wordings.{language}.txt").read_text(encoding="utf-8").split("\n\n")
    }
    for language in LANGUAGES
}
ANYTHING = st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"]), min_size=1, max_size=30)
SERVICES = st.builds(
    Service,
    service_id=st.just(ServiceId("svc")),
    name=st.sampled_from(sorted(CONFIG.lexicon)) | ANYTHING,
    neutral_label=st.just("appointment"),
    kind=st.sampled_from(ServiceKind),
    deposit_cents=st.none() | st.integers(0, 500_000),
    instructions=st.lists(st.builds(Instruction, lead=st.just(timedelta(days=7)), text=ANYTHING), max_size=2).map(
        tuple
    ),
    preparation=ANYTHING,
    aftercare=ANYTHING,
    names=st.just(()),
    lexicon=st.just(()),
    complements=st.just(()),
    family=st.just(""),
    rebook_after_days=st.none(),
    intake=st.none(),
    sessions=st.none(),
    review_after=st.none(),
)
PROVIDERS = st.builds(
    Provider,
    provider_id=st.just(ProviderId("dr")),
    display_name=ANYTHING,
    credentials=ANYTHING,
    bio=ANYTHING,
    video=st.just(""),
    names=st.just(()),
)


def occasion(name: str, language: str, **changes: object) -> Occasion:
    """A visit on a Friday, with everything the place has."""
    known: dict[str, object] = {
        "template": name,
        "channel": Channel.SMS,
        "language": language,
        "practice": CONFIG.practice,
        "location": DOWNTOWN,
        "first_name": "Ana",
        "visits": (VISIT,),
        "extra": {"delay.minutes": "20"},
    }
    return Occasion(**known | changes)  # type: ignore[arg-type] # by name


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_wording_is_the_one_that_was_read(language: str) -> None:
    """A changed word is a changed line: run `python -m tests.golden` and let somebody read the diff."""
    assert wordings(language) == (FOLDER / f"wordings.{language}.txt").read_text(encoding="utf-8")
    assert neutral_texts(language) == (FOLDER / f"neutral.{language}.txt").read_text(encoding="utf-8")


def test_the_stages_before_the_visit_and_its_day_are_all_there() -> None:
    assert [(n, lang) for n in BEFORE_AND_ON_THE_DAY for lang in LANGUAGES if n not in texts(lang)] == []


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", BEFORE_AND_ON_THE_DAY)
@given(service=SERVICES, provider=PROVIDERS)
def test_c2_a_text_is_the_same_whatever_is_booked_with_whom(
    name: str, language: str, service: Service, provider: Provider
) -> None:
    plain = compose(occasion(name, language), TEMPLATES)
    told = compose(occasion(name, language, services=(service,), providers=(provider,)), TEMPLATES)

    assert told.body == plain.body
    assert told.values["visit.service"] == service.name


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", BEFORE_AND_ON_THE_DAY)
@given(
    first_name=st.sampled_from(["", "Ana", "Zhen"]),
    start=st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31), timezones=st.just(UTC)),  # noqa: DTZ001 - bounds
    links=st.sets(st.sampled_from(["manage", "booking", "intake", "deposit"])),
    carried=st.sets(st.sampled_from(["carries.intake", "carries.deposit"])),
    zone=st.sampled_from([None, "America/Los_Angeles"]),
)
def test_c2_without_its_values_a_text_says_only_words_that_were_read(
    name: str, language: str, first_name: str, start: datetime, links: set[str], carried: set[str], zone: str | None
) -> None:
    """Practice, greeting, time, place, phone and links change, and nothing else."""
    place = DOWNTOWN.model_copy(update={"links": {one: f"https://go.example/{one}/7f3k" for one in links}})
    visits = (Named(start, place), Named(start + timedelta(minutes=30), place))
    given_zone = ZoneInfo(zone) if zone else None
    said = compose(
        occasion(
            name,
            language,
            location=place,
            first_name=first_name,
            visits=visits,
            patient_zone=given_zone,
            extra=dict.fromkeys(carried, "1"),
        ),
        TEMPLATES,
    )

    template = texts(language)[name]
    known = {one for one in template.variables if said.values.get(one)}
    read = READ[language][name]
    without = masked(template, known)
    assert rendered(template.body, {one: said.values[one] for one in known}) == said.body
    assert set(tokens(without)) <= set(tokens(read))


@pytest.mark.parametrize("language, name", SMS)
def test_r28_r51_no_text_costs_more_than_two_segments(language: str, name: str) -> None:
    """At its longest, whatever is missing, and as the first text a phone gets, with the line that says how to stop."""
    template = texts(language)[name]
    may_miss = sorted(template.variables - ALWAYS_THERE)
    for missing in (set(each) for size in range(len(may_miss) + 1) for each in combinations(may_miss, size)):
        body = rendered(template.body, worst_values(template.variables - missing, language))
        cost = measure(f"{body} {stop_and_help(language)}")
        assert (cost.encoding, cost.segments <= MAX_SEGMENTS) == ("GSM-7", True), f"{missing}: {body}"


def test_r28_every_text_is_there_in_both_languages_and_spanish_stays_cheap() -> None:
    both = {(name, channel) for name, channel, language in TEMPLATES.by_key if language == "en"}
    assert both == {(name, channel) for name, channel, language in TEMPLATES.by_key if language == "es"}
    assert TEMPLATES.warnings == (), f"more than {MAX_SEGMENTS} segments, or a character that is not GSM-7"
    dear = {name for name, template in texts("es").items() if set("áíóú") & set(masked(template, template.variables))}
    assert dear == set()


@pytest.mark.parametrize("language", LANGUAGES)
def test_phi_03_no_wording_names_a_treatment_or_looks_like_an_identifier(language: str) -> None:
    lexicon, read = Lexicon.of(CONFIG.lexicon), wordings(language)
    assert lexicon.term_in(read) is None
    assert identifiers_in(read, (f"[{name}]" for name in VARIABLES)) == ()
    subjects = [t for t in TEMPLATES.by_key.values() if t.subject]
    assert subjects
    assert [t.source.path for t in subjects if lexicon.term_in(t.source.text.partition("\n")[0])] == []


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", ["confirmation", "change-notice", "reminder-48h", "reminder-24h", "morning-of"])
def test_phi_03_the_neutral_text_keeps_the_time_place_and_link(name: str, language: str) -> None:
    own = compose(occasion(name, language), TEMPLATES)
    neutral = compose(occasion("neutral", language), TEMPLATES)

    assert own.values["visit.when"] in own.body
    for kept in ("visit.when", "location.address", "practice.sms_name", "location.phone", "links.manage"):
        assert own.values[kept] in neutral.body
    assert "Ana" not in neutral.body


@pytest.mark.parametrize("language", LANGUAGES)
def test_tcpa_04_the_exempt_text_fits_into_160_characters_at_its_longest(language: str) -> None:
    template = texts(language)["exempt"]
    for known in (template.variables, always_known(template)):
        body = rendered(template.body, worst_values(known, language))
        assert len(body) <= 160
        assert "STOP" in body
        assert "HELP" in body
        assert VARIABLES["location.phone"].worst in body


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", ["survey", "survey-follow-up", "review-link", "review-follow-up"])
def test_rev_03_nothing_is_offered_for_a_review_or_an_answer(name: str, language: str) -> None:
    template = texts(language)[name]
    assert not offers_value(masked(template, template.variables))
    assert ("links.review" in template.variables) is name.startswith("review")


@pytest.mark.parametrize("language", LANGUAGES)
def test_rev_06_the_drafted_answer_shows_nobody_to_be_a_patient(language: str) -> None:
    said = compose(occasion("review-reply-task", language, channel=Channel.CRM, visits=()), TEMPLATES).body
    draft = said.split('"')[1]

    assert not implies_a_patient(draft)
    assert "(212) 555-0101" in draft


@pytest.mark.parametrize("language", LANGUAGES)
def test_row_5_1_the_check_in_is_silent_about_what_to_do_at_home(language: str) -> None:
    said = compose(occasion("check-in", language), TEMPLATES).body.casefold()
    assert "aftercare" not in said
    assert "cuidados" not in said
    service = a_service(aftercare="No sport until tomorrow.")
    mail = compose(occasion("aftercare", language, channel=Channel.SECURE_EMAIL, services=(service,)), TEMPLATES)
    assert "No sport until tomorrow." in mail.body
    assert "Peel" in mail.body
    assert "Peel" not in mail.subject


@pytest.mark.parametrize("language", LANGUAGES)
def test_row_5_2_the_photo_is_asked_for_only_where_it_may_be_left(language: str) -> None:
    without = compose(occasion("results-check-in", language, channel=Channel.SECURE_EMAIL), TEMPLATES)
    place = DOWNTOWN.model_copy(update={"links": {"upload": "https://go.example/u/7f3k"}})
    there = compose(occasion("results-check-in", language, channel=Channel.SECURE_EMAIL, location=place), TEMPLATES)

    assert "photo" not in without.body
    assert "foto" not in without.body
    assert "https://go.example/u/7f3k" in there.body


@pytest.mark.parametrize("language", LANGUAGES)
def test_row_5_5_a_campaign_says_by_text_only_what_is_meant_for_a_text(language: str) -> None:
    campaign = Campaign(
        campaign_id=CampaignId("autumn"),
        kind=CampaignKind.OFFER,
        starts_on=datetime(2026, 11, 1, tzinfo=UTC).date(),
        ends_on=datetime(2026, 11, 30, tzinfo=UTC).date(),
        text="Laser sessions are half price.",
        sms_text="Something new is waiting.",
        link="https://go.example/c/7f3k",
    )
    text = compose(occasion("win-back", language, campaign=campaign), TEMPLATES)
    mail = compose(occasion("win-back", language, channel=Channel.SECURE_EMAIL, campaign=campaign), TEMPLATES)

    assert "Something new is waiting. https://go.example/c/7f3k" in text.body
    assert "Laser" not in text.body
    assert "Laser sessions are half price." in mail.body
    assert Lexicon.of(CONFIG.lexicon).term_in(mail.subject) is None


@pytest.mark.parametrize(
    "name", ["booking-nudge-1h", "booking-nudge-1d", "booking-nudge-3d", "nurture-7d", "nurture-21d"]
)
@pytest.mark.parametrize("language", LANGUAGES)
def test_email_01_mail_that_sells_says_where_we_are_and_how_to_leave(name: str, language: str) -> None:
    place = DOWNTOWN.model_copy(update={"links": {"unsubscribe": "https://go.example/x/7f3k"}})
    linked = compose(occasion(name, language, channel=Channel.EMAIL, location=place, visits=()), TEMPLATES).body
    plain = compose(occasion(name, language, channel=Channel.EMAIL, visits=()), TEMPLATES).body

    assert DOWNTOWN.address in linked
    assert "https://go.example/x/7f3k" in linked
    assert "unsubscribe" in plain.casefold() or "darse de baja" in plain.casefold()


def a_service(**changes: object) -> Service:
    """A peel."""
    service = Service(service_id=ServiceId("peel"), name="Peel", neutral_label="appointment")
    return service.model_copy(update=changes)
