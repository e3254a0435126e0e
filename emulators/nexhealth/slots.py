"""Free slots: the office's hours, less what stands in the calendar."""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from emulators.kit.exchange import Answer, Call, Json
from emulators.nexhealth.institution import Institution, Place, Provider
from emulators.nexhealth.problems import Refusal, envelope

OPENS, CLOSES = 9, 17
SATURDAY = 5


def slots(institution: Institution, call: Call, now: datetime) -> Answer:
    """What can still be booked from a day on, by place and provider."""
    places = [place for wanted in call.listed("lids[]") if (place := institution.place(int(wanted)))]
    named = {int(each) for each in call.listed("pids[]")}
    kind = (
        institution.kind(int(call.arguments["appointment_type_id"]))
        if "appointment_type_id" in call.arguments
        else None
    )
    if not places or not (named or kind):
        raise Refusal(400, "lids[] and one of pids[] or appointment_type_id are required")
    length = timedelta(minutes=int(call.arguments.get("slot_length") or (kind.minutes if kind else 15)))
    try:
        first, days = date.fromisoformat(call.arguments["start_date"]), int(call.arguments["days"])
    except (KeyError, ValueError) as problem:
        raise Refusal(400, "start_date and days are required") from problem
    found = [
        _of(institution, place, provider, list(_free(institution, place, provider, first, days, length, now)))
        for place in places
        for provider in institution.providers
        if not named or provider.id in named
    ]
    return Answer(200, envelope(found, count=len(found)))


def _of(institution: Institution, place: Place, provider: Provider, free: list[Json]) -> Json:
    del institution
    return {"lid": place.id, "pid": provider.id, "slots": free, "next_available_date": None}


def _free(
    institution: Institution, place: Place, provider: Provider, first: date, days: int, length: timedelta, now: datetime
) -> Iterator[Json]:
    for day in (first + timedelta(days=number) for number in range(days)):
        if day.weekday() >= SATURDAY:
            continue
        start = datetime.combine(day, time(OPENS), ZoneInfo(place.zone))
        end_of_day = datetime.combine(day, time(CLOSES), ZoneInfo(place.zone))
        while start + length <= end_of_day:
            end = start + length
            if start > now and not institution.taken(provider.id, start, end):
                yield {
                    "time": start.isoformat(timespec="milliseconds"),
                    "end_time": end.isoformat(timespec="milliseconds"),
                    "provider_id": provider.id,
                }
            start = end
