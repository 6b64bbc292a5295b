"""``canvas-kit jobs``: what is under way in processes of their own, to look at and to stop."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from canvas_kit.cli.options import (
    AsJson,
    argument,
    complain,
    load_settings,
    option,
    print_json,
    say,
)

if TYPE_CHECKING:
    from canvas_kit.job.job import Job

app = typer.Typer(help="List, show, stop and forget jobs: work that outlives its terminal.")

JobId = Annotated[str, argument("The job's id, or its beginning.", "ID")]
Detach = Annotated[
    bool, option("--detach", "Do it in a process of its own, and return when it has begun.")
]


@app.callback(invoke_without_command=True)
def jobs_command(context: typer.Context, as_json: AsJson = False) -> None:
    """List the jobs, the newest first."""
    from canvas_kit.job.job import jobs

    if context.invoked_subcommand is not None:
        return
    listed = jobs(settings=load_settings(context))
    if as_json:
        print_json([job.told() for job in listed])
    else:
        say(listed or "There are no jobs.")


@app.command("show")
def show_command(context: typer.Context, job_id: JobId, as_json: AsJson = False) -> None:
    """Show how far a job is, and what its process has said."""
    from canvas_kit.job.folder import LOG, last_words

    job = _found(context, job_id)
    snapshot = job.snapshot()
    if as_json:
        print_json(snapshot)
        return
    say(job)
    if snapshot["seconds_left"] is not None:
        say(f"about {round(snapshot['seconds_left'])} s left")
    complain([*([snapshot["error"]] if snapshot["error"] else []), *snapshot["messages"]])
    if words := last_words(job.folder):
        say(f"{LOG}:\n{words}")
    if job.state == "lost":
        say(f"Its process was killed. Go on with it: canvas-kit jobs resume {job.id}")
    say(snapshot["folder"] or job.folder)


@app.command("stop")
def stop_command(context: typer.Context, job_id: JobId) -> None:
    """Stop a job. What was made is kept, and its records are closed."""
    job = _found(context, job_id)
    over = job.done
    job.cancel()
    say(job if over else f"{job}: asked to stop")


@app.command("resume")
def resume_command(
    context: typer.Context,
    job_id: JobId,
    pay_again: Annotated[
        bool, option("--pay-again", "Ask again for what may have been paid for already.")
    ] = False,
) -> None:
    """Go on with a job that was killed or stopped, in a new process."""
    job = _found(context, job_id)
    say(job.resume(**({"pay_again": True} if pay_again else {})))


@app.command("forget")
def forget_command(
    context: typer.Context,
    job_ids: Annotated[
        list[str] | None, argument("Which; all that have ended if left out.", "[ID]…")
    ] = None,
) -> None:
    """Forget jobs that have ended. What they made stays where it is."""
    from canvas_kit.errors import counted
    from canvas_kit.job.job import forget_jobs

    for job_id in job_ids or ():
        _found(context, job_id).forget()
    number = len(job_ids) if job_ids else forget_jobs(settings=load_settings(context))
    say(f"{counted(number, 'job')} forgotten.")


def tell_started(job: Job) -> None:
    """Say how a job that has begun is followed."""
    say(f"Follow it with: canvas-kit jobs show {job.id}")
    say(job.id)


def _found(context: typer.Context, job_id: str) -> Job:
    from canvas_kit.job.job import Job

    return Job.open(job_id, settings=load_settings(context))
