"""What pages ask of jobs: to start one, to stop it, how far it is, to forget it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import Any

from canvas_kit.errors import JobError, shorten
from canvas_kit.executor.engine import Engine
from canvas_kit.job.begin import start_job
from canvas_kit.job.job import Job, forget_jobs, jobs
from canvas_kit.workbench.methods import BadQuestion, Method, Parameters
from canvas_kit.workbench.varying import work_of

MAX_JOBS = 64
"""How many may be under way when a page asks for another."""
_LISTED = 200
_NAME_CHARACTERS = 200


def methods(engine: Engine) -> Mapping[str, Method]:
    """The methods by name. Of the engine the settings count: each job has an engine of its own."""

    def method(answer: Callable[[Engine, Parameters], Any]) -> Method:
        async def asked(parameters: Parameters) -> Any:
            # In a thread: folders are read and processes begun.
            return await asyncio.to_thread(answer, engine, parameters)

        return asked

    answers = {"start": _start, "stop": _stop, "jobs": _jobs, "job": _job, "forget": _forget}
    return {name: method(answer) for name, answer in answers.items()}


def _start(engine: Engine, parameters: Parameters) -> Any:
    under_way = sum(not job.done for job in jobs(settings=engine.settings))
    if under_way >= MAX_JOBS:
        raise JobError(
            f"{under_way} jobs are under way, the most that a page may ask for. Let one end, or "
            "stop one."
        )
    name = _text(parameters, "name")[:_NAME_CHARACTERS]
    folders = engine.settings.allowed_folders
    what, seed = work_of(parameters.get("document"), parameters, folders=folders)
    return {"job": start_job(what, seed=seed, name=name, engine=engine).id}


def _stop(engine: Engine, parameters: Parameters) -> Any:
    _found(engine, parameters).cancel()
    return {}


def _jobs(engine: Engine, parameters: Parameters) -> Any:
    without: dict[str, Any] = {"nodes": {}, "runs": [], "messages": []}
    listed = []
    for job in jobs(settings=engine.settings)[:_LISTED]:
        told = {key: value for key, value in job.told().items() if key not in ("process", "resume")}
        listed.append(told | without)
    return {"jobs": listed}


def _job(engine: Engine, parameters: Parameters) -> Any:
    return _found(engine, parameters).snapshot()


def _forget(engine: Engine, parameters: Parameters) -> Any:
    match parameters.get("jobs"):
        case "ended":
            forget_jobs(settings=engine.settings)
        case list() as ids if all(isinstance(one, str) for one in ids):
            for one in ids:
                Job.open(one, settings=engine.settings).forget()
        case other:
            raise BadQuestion(
                f"The jobs to forget are 'ended' or a list of ids, not {shorten(other)}."
            )
    return {}


def _found(engine: Engine, parameters: Parameters) -> Job:
    return Job.open(_text(parameters, "job"), settings=engine.settings)


def _text(parameters: Parameters, key: str) -> str:
    value = parameters.get(key) or ""
    if not isinstance(value, str):
        raise BadQuestion(f"{key} should be a text, but is {shorten(value)}.")
    return value
