"""The loggers of canvas-kit: whatever they are told, what they write cannot steer a terminal."""

from __future__ import annotations

import logging

from canvas_kit.errors import printable_lines

_FORMATTER = logging.Formatter()


def logger_for(name: str) -> logging.Logger:
    """The logger of a module. Names, models and errors come from anywhere, and so it cleans them.

    Args:
        name: The module's ``__name__``.
    """
    log = logging.getLogger(name)
    log.addFilter(_cleaned)
    return log


def _cleaned(record: logging.LogRecord) -> bool:
    record.msg, record.args = printable_lines(record.getMessage()), None
    if record.exc_info and not record.exc_text:
        # What a formatter finds here, it does not make itself.
        record.exc_text = printable_lines(_FORMATTER.formatException(record.exc_info))
    return True
