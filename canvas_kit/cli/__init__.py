"""The command line: ``canvas-kit run``, ``batch``, ``check``, ``backends``, ``runs`` and others.

Progress goes to stderr; the last line of stdout is the folder of the run or batch; ``--json``
prints results for programs. Exit status: 0 everything was made, 1 something was not (and what), 2
wrong use or a canvas that does not pass its check.
"""

from canvas_kit.cli.main import main

__all__ = ["main"]
