"""``python -m canvas_kit.cli``."""

from canvas_kit.cli import main

main()
