"""A form that builds a small canvas, runs it, and keeps what was tried: for a first lesson."""
