"""What the nodes of a run have made in their last rounds, and what of it the others get."""

from __future__ import annotations

from dataclasses import dataclass, field

from canvas_kit.executor.plan import Plan
from canvas_kit.executor.schedule import NewRound, Schedule
from canvas_kit.nodes.base import Feedback, Inputs, InputValue, NodeResult
from canvas_kit.values import Collected, Entity, Media, NodeState, Output, Verdict

_NOTHING = NodeResult()
_NO_INPUTS = Inputs()


@dataclass(slots=True)
class Made:
    """What a node made in its last round.

    Attributes:
        result: As the node gave it.
        entities: What of it was recorded.
        outputs: What came out of its ports, as it is told: a medium as the entities that hold it.
        verdict: For a judge, what it found.
        reused_from: The run that it was made in, if it was not made now.
    """

    result: NodeResult = _NOTHING
    entities: tuple[Entity, ...] = ()
    outputs: dict[str, Output] = field(default_factory=dict)
    verdict: Verdict | None = None
    reused_from: str = ""

    def take(self, entities: tuple[Entity, ...]) -> None:
        """Note what was recorded of the result."""
        self.entities = entities
        for artifact in self.result.artifacts:
            if isinstance(artifact.content, Verdict):
                self.verdict = artifact.content
            if artifact.provenance is not None and artifact.provenance.reused_from:
                self.reused_from = artifact.provenance.reused_from.get("run_id", "")


class Results:
    """What each node has made, by its position in the canvas.

    Attributes:
        told_by: The judge that has sent a node back, by the node's position.
        feedback: What it was told then.
    """

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._made: list[Made | None] = [None] * len(plan.nodes)
        self.told_by: dict[int, int] = {}
        self.feedback: dict[int, Feedback] = {}

    def put(self, index: int, made: Made | None) -> None:
        """Note what a node has made; None for nothing."""
        self._made[index] = made

    @property
    def lacking(self) -> bool:
        """Whether something is missing of what was made."""
        return any(made is not None and made.result.missing for made in self._made)

    def feed_back(self, new_round: NewRound) -> None:
        """Give the targets of a loop their drafts back, with what the judge said of them."""
        loop = new_round.loop
        made = self._made[loop.judge]
        assert made is not None
        commentary = str(made.result.outputs.get("commentary", ""))
        for index in new_round.region:  # what another loop had told it was said of another draft
            self.feedback.pop(index, None)
            self.told_by.pop(index, None)
        for target in loop.targets:
            draft = self._made[target]
            value = next(iter(draft.result.outputs.values()), "") if draft else ""
            self.feedback[target] = Feedback(value if isinstance(value, str) else "", commentary)
            self.told_by[target] = loop.judge

    def inputs(self, index: int) -> Inputs:
        """What has come in at a node's ports."""
        feeds = self._plan.feeds[index]
        if not feeds:
            return _NO_INPUTS
        found: dict[str, list[InputValue]] = {}
        for source, output, port, source_id, label in feeds:
            made = self._made[source]
            if made is None or output not in made.result.outputs:
                continue
            arrived = InputValue(made.result.outputs[output], source_id, label)
            if port in found:
                found[port].append(arrived)
            else:
                found[port] = [arrived]
        return Inputs(found)

    def parents(self, index: int) -> tuple[str, ...]:
        """The files that a node's results are made from."""
        found: dict[str, None] = {}
        for link in self._plan.incoming[index]:
            made = self._made[link.source]
            if made is None or link.output.name not in made.result.outputs:
                continue
            for entity in made.entities:
                found[entity.file] = None
        if index in self.told_by and (judge := self._made[self.told_by[index]]) is not None:
            found |= dict.fromkeys(entity.file for entity in judge.entities)
        return tuple(found)

    def tell_outputs(self, index: int) -> None:
        """Note what came out of a node's ports, as it is told."""
        made = self._made[index]
        assert made is not None
        for port, value in made.result.outputs.items():
            if isinstance(value, Media):
                made.outputs[port] = self._entities_of(value, index, made)
            elif not isinstance(value, Verdict):
                made.outputs[port] = value

    def collected(self, schedule: Schedule) -> tuple[Collected, ...]:
        """What the collectors received, and what they did not, in canvas order."""
        items = []
        for index in self._plan.collectors:
            for link in self._plan.incoming[index]:
                state = schedule.state[link.source]
                made = self._made[link.source] or Made()
                completed = state is NodeState.COMPLETED
                not_taken = completed and link.output.name not in made.result.outputs
                if state is NodeState.SKIPPED or not_taken:
                    continue
                items.append(
                    Collected(
                        *self._plan.names[link.source],
                        state,
                        "" if completed else schedule.reason[link.source],
                        made.outputs.get(link.output.name),
                        made.verdict if completed else None,
                    )
                )
        return tuple(items)

    def _entities_of(self, medium: Media, index: int, made: Made) -> tuple[Entity, ...]:
        """The entities that hold a medium which came out of a node's port."""
        kept = zip(made.result.artifacts, made.entities, strict=True)
        own = tuple(entity for artifact, entity in kept if isinstance(artifact.content, Media))
        if own:
            return own
        for link in self._plan.incoming[index]:  # passed on, as by a judge
            source = self._made[link.source]
            if source is not None and source.result.outputs.get(link.output.name) is medium:
                told = source.outputs.get(link.output.name)
                return told if isinstance(told, tuple) else ()
        return ()
