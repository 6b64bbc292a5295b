"""Batches: the points of a sweep run, recorded, and finished when they were broken off."""
