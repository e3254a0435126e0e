"""A run that failed tells somebody. Where no mail can be sent yet, the daemon's log says it."""

import dagster as dg

from orchestration.installed import Installed


@dg.run_failure_sensor(default_status=dg.DefaultSensorStatus.RUNNING, monitor_all_code_locations=False)
def failed_runs(context: dg.RunFailureSensorContext, installed: dg.ResourceParam[Installed]) -> None:
    """Name the run, and what failed in it, for whoever `alerts:` in installation.yaml names."""
    context.log.error(alert(context, installed))


def alert(context: dg.RunFailureSensorContext, installed: Installed) -> str:
    """Whom to tell, and what failed in the words of the run itself, which hold counts and ids only."""
    run = context.dagster_run
    said = [
        event.step_failure_data.user_failure_data.description or event.step_key or ""
        for event in context.get_step_failure_events()
        if event.step_failure_data.user_failure_data
    ]
    whom = installed.hub().installation.alerts or "nobody, until installation.yaml says `alerts:`"
    return f"To {whom}: run {run.run_id} of {run.job_name} failed. " + " ".join(said)
