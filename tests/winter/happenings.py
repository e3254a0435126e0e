"""What happens in a winter, one function each: it picks whom it concerns, changes the tools, and says when to look."""

from datetime import date, datetime, time, timedelta

from canonical.pauses import PauseScope
from ledger.pauses import release_pause, set_pause
from tests.winter.facts import Patient, Place, Span, Story
from tests.winter.practice import DOWNTOWN
from tests.winter.season import Happening, Season

FOREVER = timedelta(days=400)
LATELY = timedelta(days=3)
NEAR = timedelta(days=4)
AT_ONCE = timedelta(minutes=2)
TALK = timedelta(hours=36)
"""At least so long somebody's follow-ups wait for a person (R20: two business days)."""
HARMLESS = ("YES see you then", "👍", "Thanks!", "Liked “See you at Lumen”", "running 10 min late", "8/10", "9", "3")
FOR_A_PERSON = ("Could you tell me what it costs?", "8 or 9", "is parking free?", "puedo llevar a mi hija?")
RED_FLAGS = ("my lip is turning white and it hurts a lot", "no puedo respirar bien")
STOPS = ("STOP", "please stop texting me", "ALTO", "Unsubscribe", "no más mensajes")


def _patients(season: Season) -> list[Patient]:
    """Those who can be told: the others have their visits from the start."""
    return [one for one in season.record.patients.values() if one.consent and one.reached_at == one.phone]


def session(season: Season) -> None:
    """The desk and the website take a few bookings."""
    desk = season.desk
    clinics = desk.next_clinics()[:4]
    wanted = season.random.randint(3, 6) if clinics else 0
    for patient in desk.free_patients(_patients(season)):
        if not wanted:
            break
        wall = desk.slot(desk.homes[patient.number], season.random.choice(clinics))
        if desk.book(patient, wall, by_patient=season.random.random() < 0.4):
            wanted -= 1
    season.note("bookings")
    season.soon()


def late_booking(season: Season) -> None:
    """Somebody books in the morning for the afternoon (R13)."""
    desk, today = season.desk, DOWNTOWN.wall(season.now).date()
    for patient in desk.free_patients(_patients(season)):
        wall = datetime.combine(today, time(17, season.random.choice((0, 30))))
        if desk.book(patient, wall, by_patient=True):
            break
    season.note("booked for today")
    season.soon()


def _some(season: Season, within: timedelta = NEAR) -> Story | None:
    """A visit that stands, mostly one whose person has been told of it."""
    found = season.desk.standing(within) or season.desk.standing()
    return season.random.choice(found) if found else None


def move(season: Season) -> None:
    """To another time; now and then twice before anything has settled (R9)."""
    story = _some(season)
    if story and season.desk.move(story, season.desk.another_slot(story)):
        season.note(f"moved {story.numbers[-1]} to {story.states[-1].start}")
        if season.random.random() < 0.3:
            season.plan(season.now + AT_ONCE, lambda later: _move_again(later, story))
        season.soon()


def _move_again(season: Season, story: Story) -> None:
    if story in season.desk.standing() and season.desk.move(story, season.desk.another_slot(story)):
        season.note(f"moved {story.numbers[-1]} again, to {story.states[-1].start}")
        season.soon()


def there_and_back(season: Season) -> None:
    """A → B → A: before it was told, or after (R10)."""
    story = _some(season)
    before = story.states[-1].start if story else None
    if story is None or before is None or not season.desk.move(story, season.desk.another_slot(story)):
        return
    season.note(f"moved {story.numbers[-1]} to {story.states[-1].start}, and later back")
    season.soon()

    def back(later: Season) -> None:
        if story in later.desk.standing() and story.place.instant(before) > later.now + timedelta(hours=5):
            later.desk.move(story, before)
            later.note(f"moved {story.numbers[-1]} back to {before}")
            later.soon()

    season.plan(season.now + season.random.choice((AT_ONCE, timedelta(minutes=50), timedelta(hours=4))), back)


def cancel(season: Season) -> None:
    """It is off, and nobody books again."""
    story = _some(season)
    if story:
        season.desk.cancel(story)
        season.note(f"cancelled {story.numbers[-1]}")
        season.soon()


def cancel_and_rebook(season: Season) -> None:
    """Off, and within a day on again: at once, after the notice, or the next morning (R12)."""
    story = _some(season)
    if story is None:
        return
    season.desk.cancel(story)
    season.note(f"cancelled {story.numbers[-1]}, to be booked again")
    season.soon()

    def again(later: Season) -> None:
        day = later.random.choice(later.desk.next_clinics()[:2] or [DOWNTOWN.wall(later.now).date()])
        if later.desk.book_again(story, later.desk.slot(story.place, day)):
            later.note(f"booked again as {story.numbers[-1]} for {story.states[-1].start}")
            later.soon()

    season.plan(season.now + season.random.choice((AT_ONCE, timedelta(minutes=45), timedelta(hours=20))), again)


def _reader(season: Season) -> Story | None:
    """Somebody who has read something lately, alone on their phone; None while nobody's words would arrive."""
    lately = {text.phone for text in season.record.texts if season.now - text.at < LATELY}
    if any(season.now in span for span in season.record.down):
        return None  # a vendor that is gone delivers nothing
    phones = [one.reached_at for one in season.record.patients.values()]
    found = [
        one
        for one in season.record.stories
        if one.patient.reached_at in lately - season.record.stopped.keys() and phones.count(one.patient.reached_at) == 1
    ]
    return season.random.choice(found) if found else None


def _write(season: Season, story: Story, text: str) -> None:
    phone = story.patient.reached_at
    season.practice.twilio.do("inbound", from_=phone, to=story.place.sender, body=text)
    season.record.heard.setdefault(phone, []).append(season.now)
    season.note(f"{phone} wrote {text!r}")
    season.soon()


def reply(season: Season) -> None:
    """A yes, a thumb, a score: nothing stops for it."""
    story = _reader(season)
    if story:
        _write(season, story, season.random.choice(HARMLESS))


def question(season: Season) -> None:
    """Something a person must answer: what follows visits waits for them (R20)."""
    story = _reader(season)
    if story:
        _write(season, story, season.random.choice(FOR_A_PERSON))
        season.record.talks.setdefault(story.patient.reached_at, []).append(Span(season.now, season.now + TALK))


def red_flag(season: Season) -> None:
    """A possible complication: the fixed text, and nothing that follows visits until a clinician has closed it (7.3)."""
    story = _reader(season)
    if story:
        _write(season, story, season.random.choice(RED_FLAGS))
        season.record.talks.setdefault(story.patient.reached_at, []).append(Span(season.now, season.now + FOREVER))


def stop(season: Season) -> None:
    """No more texts, in somebody's own words (R34)."""
    story = _reader(season)
    if story:
        _write(season, story, season.random.choice(STOPS))
        season.record.stopped.setdefault(story.patient.reached_at, season.now)


def stop_in_a_tool(season: Season) -> None:
    """The booking tool has the person as opted out."""
    story = _reader(season)
    if story:
        season.practice.people[story.patient.number]["sms_opt_out"] = "yes"
        season.record.stopped.setdefault(story.patient.reached_at, season.now)
        season.note(f"{story.patient.number} opted out at the desk")
        season.soon()


def flag(season: Season) -> None:
    """Somebody died, or was dismissed (R37)."""
    story = _reader(season)
    if story:
        season.practice.people[story.patient.number]["flags"] = season.random.choice(("deceased", "dismissed"))
        season.record.flagged[story.patient.number] = season.now
        season.note(f"{story.patient.number} flagged")
        season.soon()


def evening(day: date) -> Happening:
    """The desk marks what became of a day's visits (R14, R16)."""

    def marks(season: Season) -> None:
        for story in season.record.stories:
            start = story.states[-1].start
            if start is not None and start.date() == day:
                what = season.random.choices(("completed", "checked out", "no show", "booked"), [6, 2, 1, 1])[0]
                out = {"checked_out_at": f"{start + timedelta(minutes=30):%Y-%m-%d %H:%M}"} if "out" in what else {}
                season.practice.edit(story.numbers[-1], status=what, **out)

    return marks


def outage(mode: str) -> Happening:
    """The vendor is gone for two days (R46)."""

    def begins(season: Season) -> None:
        season.run(season.now)
        season.practice.twilio.begin_outage(mode)  # type: ignore[arg-type] # both are outages
        season.record.down.append(Span(season.now, season.now + timedelta(hours=48)))
        season.note(f"the vendor is gone: {mode}")
        season.plan(season.now + timedelta(hours=48), ends)

    def ends(season: Season) -> None:
        season.practice.twilio.end_outage()
        season.note("the vendor is back")
        season.soon()

    return begins


def agreement_ends(day: date) -> Happening:
    """The agreement runs out with a day, and is renewed in the morning after the next (BAA-02, R47)."""
    over = DOWNTOWN.instant(datetime.combine(day + timedelta(days=1), time(0)))
    renewed = DOWNTOWN.instant(datetime.combine(day + timedelta(days=2), time(9, 3)))

    def renews(season: Season) -> None:
        season.practice.agreement_ends("2028-01-14")
        season.note("the agreement is renewed")
        season.soon()

    def announced(season: Season) -> None:
        season.practice.agreement_ends(day.isoformat())
        season.record.unsigned.append(Span(over, renewed))
        season.note(f"the agreement ends with {day}")
        season.plan(renewed, renews)

    return announced


def pause(season: Season) -> None:
    """Somebody pulls the switch for three hours (R45)."""
    with season.practice.opened().store.writing(business_now=season.now) as session_:
        made = set_pause(session_, PauseScope.PRACTICE, "", who="maria", why="a look", now=season.now)
    season.record.paused.append(Span(season.now, season.now + timedelta(hours=3)))
    season.note("paused")

    def resumes(later: Season) -> None:
        with later.practice.opened().store.writing(business_now=later.now) as session_:
            release_pause(session_, made.pause_id, who="maria", now=later.now)
        later.note("resumed")
        later.soon()

    season.plan(season.now + timedelta(hours=3), resumes)


def sick(provider: str, day: date, *, approved: bool) -> Happening:
    """A provider calls in sick for a day: everybody is cancelled within minutes, and waits for somebody's look (R17)."""

    def calls_in(season: Season) -> None:
        season.approves = approved
        theirs = [one for one in season.desk.standing() if _is_with(season, one, provider, day)]
        for story in theirs:
            season.desk.cancel(story)
            if len(theirs) >= 5:
                story.held.append(Span(season.now, season.now + FOREVER))
        season.note(f"{provider} is sick on {day}: {[one.numbers[-1] for one in theirs]}")
        season.soon()

    return calls_in


def _is_with(season: Season, story: Story, provider: str, day: date) -> bool:
    return season.practice.calendar[story.numbers[-1]]["provider"] == provider and _is_on(story, day)


def shut(place: Place, day: date) -> Happening:
    """A location will be closed on a day; the desk moves everybody in small lots before (R38)."""

    def announced(season: Season) -> None:
        season.practice.closes(place, day.isoformat())
        theirs = [one for one in season.record.stories if one.place == place and _is_on(one, day)]
        for story in theirs:
            story.held.append(Span(season.now, season.now + FOREVER))
        season.note(f"{place.name} will be closed on {day}: {[one.numbers[-1] for one in theirs]}")
        season.soon()
        for at, lot in enumerate(theirs[first : first + 3] for first in range(0, len(theirs), 3)):
            season.plan(season.now + timedelta(days=1, hours=1.5 * at), _moved_away(lot))

    return announced


def _moved_away(lot: list[Story]) -> Happening:
    def moves(season: Season) -> None:
        for story in lot:
            wall = season.desk.slot(story.place, season.random.choice(season.desk.next_clinics()))
            if story.states[-1].start is None or not season.desk.move(story, wall):
                season.desk.cancel(story)
            story.held = [Span(span.since, min(span.until, season.now)) for span in story.held]
            season.note(f"{story.numbers[-1]} of the closed day: {story.states[-1].start}")
        season.soon()

    return moves


def _is_on(story: Story, day: date) -> bool:
    start = story.states[-1].start
    return start is not None and start.date() == day
