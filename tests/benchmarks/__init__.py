"""Measurements of speed: ``make bench``. Ratios within one run; nothing here passes or fails."""
