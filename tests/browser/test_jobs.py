"""Jobs in a real JupyterLab: followed in a cell, through a restart of the kernel and a reload."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import expect

from canvas_kit import Batch, Settings
from canvas_kit.job.job import Job, jobs
from tests.browser.lab import LabServer, Notebook

pytestmark = [pytest.mark.browser, pytest.mark.slow]

Open = Callable[[str], Notebook]
PREPARE = """
from canvas_kit import *

canvas = Input("A lamp", id="prompt") >> Generation(id="picture", width=256, height=256)
study = Sweep(
    canvas >> Collector(id="end"),
    {"prompt.text": [f"A lamp and {number} stones" for number in range(20)]},
    seeds=[3],
    name="lamps",
)
"""
START = "job = start_job(study, concurrency=1)\njob"


SHOTS = os.environ.get("CANVAS_KIT_SCREENSHOTS")


def picture_of(notebook: Notebook, name: str) -> None:
    """Save what the page shows, where a folder for that is named."""
    if SHOTS:
        notebook.page.screenshot(path=str(Path(SHOTS) / f"jobs_{name}.png"))


def test_a_job_outlives_the_kernel_and_the_page(open_notebook: Open, server: LabServer) -> None:
    """Live in a cell; the kernel is restarted; found by id, and by its name; static at the end."""
    cells = {"prepare": PREPARE, "start": START}
    notebook = open_notebook(server.add_notebook("jobs.ipynb", cells))
    notebook.run_cell("prepare")
    notebook.run_cell("start")
    shown = notebook.cell("start")
    expect(shown.locator(".ck-live")).to_contain_text("under way")
    expect(shown.locator(".ck-live img").first).to_be_visible()
    picture_of(notebook, "live")
    job_id = notebook.value("job.id").strip("'")
    job = Job(server.exports.parent / "jobs" / job_id)
    process = job.told()["process"]["pid"]
    os.kill(process, signal.SIGSTOP)  # so that it is under way as long as that is looked at

    notebook.page.evaluate("() => window.session.restartKernel()")
    notebook.page.evaluate("() => window.session.session.kernel.info")
    static = shown.locator(".ck-static")
    expect(static).to_be_visible()
    expect(static).to_contain_text(f"Job.open('{job_id}') shows how far it is")
    picture_of(notebook, "kernel_restarted")
    assert job.state == "running", "the restart of the kernel has ended the job"

    notebook.add_cell("attach", f"from canvas_kit import Job\nagain = Job.open('{job_id}')\nagain")
    notebook.run_cell("attach")
    expect(notebook.cell("attach").locator(".ck-live")).to_contain_text("under way")
    notebook.run_cell("prepare")
    notebook.run_cell("start")
    expect(shown.locator(".ck-live")).to_contain_text("under way")
    assert notebook.value("job == again") == "True"
    assert job.state == "running"

    notebook.save()
    notebook.load()
    for cell in ("start", "attach"):
        expect(notebook.cell(cell).locator(".ck-live")).to_contain_text("under way")
    os.kill(process, signal.SIGCONT)
    for cell in ("start", "attach"):
        expect(notebook.cell(cell).locator(".ck-head:visible").first).to_contain_text(
            "20 of 20 runs complete"
        )
        expect(notebook.cell(cell).locator("img:visible").first).to_be_visible()
    notebook.run_cell("attach")
    expect(notebook.cell("attach").locator(".ck-head:visible").first).to_contain_text(
        "20 of 20 runs complete"
    )
    notebook.save()
    notebook.page.evaluate("() => window.session.shutdown()")
    notebook.load()
    kept = notebook.cell("attach")
    expect(kept.locator(".ck-head:visible").first).to_contain_text("20 of 20 runs complete")
    kept.scroll_into_view_if_needed()
    picture_of(notebook, "after_the_end")
    assert "widget-view" not in str(notebook.outputs("attach"))
    batch = job.result(60)
    assert isinstance(batch, Batch)
    assert (batch.complete, batch.verify()) == (True, [])
    settings = Settings.load(jobs_folder=server.exports.parent / "jobs")
    assert [one.name for one in jobs(settings=settings)].count("lamps") == 1


def test_a_batch_of_the_kernel_says_what_is_true_after_a_restart(
    open_notebook: Open, server: LabServer
) -> None:
    """No dead button: what was recorded, where, and what goes on with it; which then does."""
    cells = {
        "prepare": PREPARE.replace('"lamps"', '"kernel"').replace("256", "512"),
        "batch": "batch = run_batch(study, concurrency=1)\nbatch",
        "again": "Batch.open('kernel').resume()",
        "edit": "canvas.edit()",
    }
    notebook = open_notebook(server.add_notebook("restarted.ipynb", cells))
    notebook.run_cell("prepare")
    notebook.run_cell("edit")
    edited = notebook.cell("edit")
    expect(edited.locator(".ckw-editor")).to_be_visible()
    notebook.run_cell("batch")
    shown = notebook.cell("batch")
    expect(shown.locator(".ck-live img").first).to_be_visible()
    notebook.page.evaluate("() => window.session.restartKernel()")
    notebook.page.evaluate("() => window.session.session.kernel.info")
    expect(shown.locator(".ck-static")).to_be_visible()
    expect(shown.locator(".ck-static")).to_contain_text("If the kernel has been restarted")
    expect(shown.locator(".ck-live")).not_to_be_visible()
    expect(edited.locator(".ckw-editor")).not_to_be_visible()
    expect(edited.locator(".ck-static img")).to_be_visible()
    picture_of(notebook, "batch_after_restart")
    before = Batch.open("kernel", server.exports)
    assert 0 < before.completed_runs < 20
    notebook.run_cell("prepare")
    notebook.run_cell("again")
    expect(notebook.cell("again").locator(".ck-live")).to_contain_text("of 20 runs")
    notebook.cell("again").get_by_role("button", name="Abort").click()
    expect(notebook.cell("again").locator(".ck-head:visible").first).to_contain_text("aborted")
    after = Batch.open("kernel", server.exports)
    assert (after.id, after.verify()) == (before.id, [])
    assert after.completed_runs >= before.completed_runs
