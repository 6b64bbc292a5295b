"""The process of a job: ``python -m canvas_kit.job FOLDER``."""

import sys
from pathlib import Path

from canvas_kit.job.process import work

if __name__ == "__main__":
    sys.exit(work(Path(sys.argv[1])))
