"""`python -m benchmarks.records` measures what there is, side by side."""

import pytest

from benchmarks import records
from tests.connectors.contract.subject import subjects

TWILIO = next(subject for subject in subjects() if subject.vendor == "twilio")


def test_every_stream_of_a_connector_is_measured_pulled_and_heard() -> None:
    found = {stream.name: stream for stream in records.streams_of(TWILIO)}
    assert set(found) == {"messages", "inbound", "receipts"}
    assert all(stream.records and stream.size > 0 for stream in found.values())


def test_a_connector_costs_what_its_streams_cost_on_average() -> None:
    streams = list(records.streams_of(TWILIO))
    assert records.by_connector(streams, [10.0, 20.0, 60.0]) == {"twilio": 30.0}


@pytest.mark.parametrize("slow,code", [(1.0, 0), (4.0, 1)])
def test_one_that_costs_more_than_three_times_the_median_is_named(
    slow: float, code: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(
        records, "costs", lambda streams: [slow * 10 if each.vendor == "webform" else 10.0 for each in streams]
    )
    assert records.main(["twilio", "webform", "hubspot"]) == code
    assert ("times the median of 10 µs: webform" in capsys.readouterr().out) == bool(code)


def test_a_name_that_is_none_measures_nothing() -> None:
    assert records.main(["fax"]) == 2
