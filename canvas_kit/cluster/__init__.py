"""Batches on several machines, by Dask. See README.md in this folder."""
