"""Notebooks for tests, written cell by cell."""

from __future__ import annotations

from pathlib import Path

import nbformat

from canvas_kit.notebook_runs.kernels import Kernels


def write(path: Path, *sources: str, parameters: str = "", kernel: str = "python3") -> Path:
    """A notebook of these cells of code, after one of parameters if there are any."""
    cells = [nbformat.v4.new_code_cell(source, id=f"c{i}") for i, source in enumerate(sources)]
    if parameters:
        tagged = {"tags": ["parameters"]}
        cells.insert(0, nbformat.v4.new_code_cell(parameters, metadata=tagged, id="parameters"))
    spec = {"name": kernel, "display_name": kernel, "language": "python"}
    nbformat.write(nbformat.v4.new_notebook(cells=cells, metadata={"kernelspec": spec}), path)
    return path


def texts(path: Path) -> list[str]:
    """What each cell of code of an executed notebook has printed, or shown as its value."""
    return [
        "".join(
            output.get("text", "") or output.get("data", {}).get("text/plain", "")
            for output in cell.outputs
        )
        for cell in nbformat.read(path, as_version=4).cells
        if cell.cell_type == "code"
    ]


def living(kernels: Kernels) -> list[int]:
    """The processes that ``kernels`` has preloaded."""
    return [preloaded._process.pid for preloaded in kernels._preloaded]
