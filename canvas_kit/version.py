"""The version of canvas-kit, in a file that needs nothing else."""

__version__ = "0.5.0"
