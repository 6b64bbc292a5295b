"""ComfyUI: every workflow that a user exports in API format is a model ``comfyui/<name>``.

* ``graph``, ``workflow``, ``tracing``, ``workflow_folder``: the workflow, the places where values
  belong, how they are found, and the folder where workflows are kept.
* ``api``, ``history``, ``object_info``, ``websocket``, ``messages``: the server's routes, what it
  tells of jobs and nodes, and what its complaints mean.
* ``fitting``: the workflow fitted to what the server declares, and what keeps it from working.
* ``job``, ``reconnect``: one request from beginning to end, whatever happens to the server.
* ``backend``: all of it as a backend.
"""

from canvas_kit.backends.comfyui.backend import ComfyUIBackend
from canvas_kit.backends.comfyui.fitting import workflow_problems
from canvas_kit.backends.comfyui.graph import WorkflowError
from canvas_kit.backends.comfyui.workflow import Binding, Parameter, Workflow
from canvas_kit.backends.comfyui.workflow_folder import (
    WorkflowFolder,
    add_workflow,
    read_workflow,
    workflows_folder,
)

__all__ = [
    "Binding",
    "ComfyUIBackend",
    "Parameter",
    "Workflow",
    "WorkflowError",
    "WorkflowFolder",
    "add_workflow",
    "read_workflow",
    "workflow_problems",
    "workflows_folder",
]
