"""ComfyUI: every workflow that a person exports in API format is a model ``comfyui/<name>``.

* ``graph``, ``flow``, ``tracing``, ``models``: the workflow, the places where values belong, how
  they are found, and the folder where flows are kept.
* ``wire``, ``watch``, ``words``: the server's routes, its socket, and what its complaints mean.
* ``job``, ``patience``, ``files``: one request from beginning to end, whatever happens to the
  server.
* ``backend``: all of it as a backend.
"""

from canvas_kit.backends.comfyui.backend import ComfyUIBackend
from canvas_kit.backends.comfyui.flow import Binding, Flow, Parameter
from canvas_kit.backends.comfyui.graph import FlowError
from canvas_kit.backends.comfyui.models import FlowFolder, add_flow, flows_folder

__all__ = [
    "Binding",
    "ComfyUIBackend",
    "Flow",
    "FlowError",
    "FlowFolder",
    "Parameter",
    "add_flow",
    "flows_folder",
]
