"""A canvas as a user builds it on the original's page: what it drops, what its ports name.

Written from what the page sends. Every test that builds a canvas with it holds, without the page,
that the page's canvases run.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from typing import Any

SOURCES = ("input", "image_input", "seed", "resolution", "quality")
"""Types whose nodes have nothing to connect to on the page."""
ENDS = ("collector", "display")
"""Types whose nodes have nothing to connect from."""
PARAMETERS = ("seed", "resolution", "quality")
"""Types that the page connects to a generation only."""
FEEDBACK = ("interception", "translation")
"""Types with a port for feedback."""
NUMBERED = {"generation": 2, "comparison_evaluator": 3}
"""Types with numbered ports, which they have in place of a plain one, and how many."""
OUTPUTS = {"evaluation": ("pass", "fail", "commentary")}
"""Types with several ports to connect from."""
TYPES = (
    *SOURCES,
    *("random_prompt", "interception", "translation", "model_adaption", "generation"),
    *("evaluation", "image_evaluation", "comparison_evaluator", *ENDS),
)


def entries(kind: str) -> tuple[str, ...]:
    """The ports that a node of this type shows for what comes in."""
    if kind in SOURCES:
        return ()
    numbered = tuple(f"input-{number + 1}" for number in range(NUMBERED.get(kind, 0)))
    return (*(numbered or ("input",)), *(("feedback-input",) if kind in FEEDBACK else ()))


def outputs(kind: str) -> tuple[str, ...]:
    """The ports that a node of this type shows for what goes out."""
    return () if kind in ENDS else OUTPUTS.get(kind, ("output",))


@dataclass
class PageCanvas:
    """A canvas that is being built.

    Attributes:
        model: The default of the page's list of text models.
        vision: A choice from its list of vision models.
        config: A choice from its list of output configs.
        image: What the page was told of an uploaded picture.
    """

    model: str = "lab"
    vision: str = "lab/v"
    config: str = "lab/p"
    image: dict[str, Any] = field(default_factory=dict)
    nodes: list[dict[str, Any]] = field(default_factory=list)
    connections: list[dict[str, Any]] = field(default_factory=list)

    def add(self, kind: str, **changes: Any) -> str:
        """Drop a node, as it is or with changes; gives its id."""
        node: dict[str, Any] = {
            "id": f"{kind}_17000000000{len(self.nodes):02}_abc",
            "type": kind,
            "x": 400 + 10 * len(self.nodes),
            "y": 200,
            "config": {"source": "text"} if kind == "input" else {},
        }
        match kind:
            case "input":
                node["promptText"] = "a market at dawn"
            case "image_input":
                node["imageData"] = dict(self.image)
            case "random_prompt":
                node |= {"randomPromptModel": self.model, "randomPromptPreset": "clean_image"}
            case "interception" | "translation" | "evaluation":
                node["llmModel"] = self.model
            case "comparison_evaluator":
                node["comparisonLlmModel"] = self.model
            case "image_evaluation":
                node["visionModel"] = self.vision
            case "generation":
                node["configId"] = self.config
            case "resolution":
                node |= {
                    "resolutionPreset": "square_1024",
                    "resolutionWidth": 1024,
                    "resolutionHeight": 1024,
                }
            case "quality":
                node |= {"qualitySteps": 25, "qualityCfg": 5.5}
        self.nodes.append(node | changes)
        return str(node["id"])

    def connect(self, source: str, target: str, entry: str = "", output: str = "") -> None:
        """Draw a connection between two ports; without a name, the first that are shown."""
        kinds = {node["id"]: node["type"] for node in self.nodes}
        entry = entry or entries(kinds[target])[0]
        output = output or outputs(kinds[source])[0]
        connection = {"sourceId": source, "targetId": target}
        # A numbered port and one for feedback take the place of what the other end is called.
        if entry == "feedback-input":
            connection["label"] = "feedback"
        elif entry != "input":
            connection["label"] = entry
        elif output != "output":
            connection["label"] = output
        self.connections.append(connection)

    def chain(self, *ids: str) -> None:
        """Connect nodes one after the other, by the first ports that are shown."""
        for source, target in itertools.pairwise(ids):
            self.connect(source, target)

    def body(self, name: str = "New Workflow") -> dict[str, Any]:
        """What the page sends to run it."""
        return {
            "nodes": self.nodes,
            "connections": self.connections,
            "device_id": "d6f5b6b0-8c38-4d4d-9d0e-0d6a3e6a1c11_2026-01-31",
            "workflow": {"id": "workflow_1700000000000", "name": name},
        }

    def batch(self, count: int, base_seed: int | None = None) -> dict[str, Any]:
        """What the page sends to run it several times."""
        body: dict[str, Any] = {
            "workflow": {"nodes": self.nodes, "connections": self.connections},
            "device_id": "d6f5b6b0-8c38-4d4d-9d0e-0d6a3e6a1c11_2026-01-31",
            "count": count,
        }
        return body if base_seed is None else body | {"base_seed": base_seed}
