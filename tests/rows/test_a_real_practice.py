"""What a practice that is no demo may do: send, once its tools are in the modes the law wants, and not before (BAA-03)."""

from tests.rows.clinic import ANA, MAIL, Clinic


def live(clinic: Clinic, email: str = MAIL, **modes: str) -> None:
    """The practice is no demo any more; `modes` are what it says of its Twilio project."""
    clinic.settings("practice", demo=False)
    twilio = clinic.tool("twilio")
    clinic.settings("connections", twilio=twilio | {"settings": twilio["settings"] | modes})
    ana = clinic.person("Ana Reyes", ANA, email=email)
    clinic.visit(ana, "2026-11-20 10:00")
    clinic.run_at("2026-11-18 10:05", "2026-11-19 10:05", "2026-11-20 08:05")


def test_baa_03_a_real_practice_reminds_once_its_project_is_in_hipaa_mode(clinic: Clinic) -> None:
    live(clinic, hipaa_mode="designated")
    assert clinic.steps("3.1", "3.2", "4.1") == [
        "3.1-reminder-48h",
        "3.1-reminder-48h-email",
        "3.2-reminder-24h",
        "4.1-morning-of",
    ]
    assert len(clinic.texts(ANA)) == 3


def test_baa_03_without_it_no_text_leaves_and_the_visit_is_on_the_call_list_r57(clinic: Clinic) -> None:
    live(clinic, email="")
    assert clinic.texts(ANA) == []
    assert clinic.steps("3.1", "3.2", "4.1") == []
    assert "call_list" in {task["kind"] for task in clinic.table("tasks")}
