"""The record: one run's folder on disk, written and read back."""
