"""Runs and batches in processes of their own, which outlive page, kernel and server."""
