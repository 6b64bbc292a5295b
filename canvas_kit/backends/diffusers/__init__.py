"""Pictures from a diffusers pipeline in this very process: any pipeline that the user has.

``[backends.diffusers.models]`` in the settings gives each pipeline a name: a folder with a
``model_index.json``, or an id on the Hugging Face hub. Only pipelines named there are ever loaded,
so that a canvas from elsewhere cannot fetch one.

torch and diffusers are imported when the first picture is wanted. Checked with diffusers 0.42 and
torch 2.13 on a CPU; on CUDA and MPS the same calls are made, but were not tried here.
"""

from canvas_kit.backends.diffusers.backend import DiffusersBackend

__all__ = ["DiffusersBackend"]
