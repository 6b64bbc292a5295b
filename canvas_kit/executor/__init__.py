"""Runs one canvas and tells what happens."""
