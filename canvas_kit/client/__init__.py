"""Drives a canvas-kit on another machine, with the same handles and events as a local run."""
