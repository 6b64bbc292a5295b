"""What the levels of a sweep make of its canvas: checked once a level, made when asked for.

A *row* is a set of levels that a factor sets together; a *cell* is one row of each factor, and
stands for one canvas. Of a cell only what its rows change is made anew. Factors that change
different nodes are checked each by itself: what they make of a node does not depend on the others.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

from canvas_kit.canvas.graph import Canvas
from canvas_kit.canvas.node import KnownNames, Node
from canvas_kit.errors import BatchError, CanvasError, CanvasKitError, MediaError, Problem
from canvas_kit.executor.plan import model_asked
from canvas_kit.sweep.control import without_node
from canvas_kit.sweep.identity import canvas_digest, links_as_values, node_digest
from canvas_kit.sweep.levels import WITHOUT, Label
from canvas_kit.sweep.targets import Target

_KEPT = 10_000
"""How many changed nodes are kept; a sweep of a million prompts holds no million nodes."""

Rows = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Factor:
    """Keys that vary together, and what they are set to.

    Attributes:
        targets: What each of its keys aims at.
        rows: The levels that are set together, one for each key, checked.
        labels: What they are called.
    """

    targets: tuple[Target, ...]
    rows: tuple[tuple[Any, ...], ...]
    labels: tuple[tuple[Label, ...], ...]

    @property
    def name(self) -> str:
        """Its keys in a row."""
        return ", ".join(target.key for target in self.targets)

    @property
    def dear(self) -> bool:
        """Whether another level of it may mean loading another model."""
        return any(
            target.kind == "canvas"
            or target.field == "model"
            or (target.kind == "node" and any(_names_model(row[place]) for row in self.rows))
            for place, target in enumerate(self.targets)
        )


class Change(NamedTuple):
    """What a cell's rows ask of the nodes: which canvas, what goes, what is replaced, what is set.

    Attributes:
        canvas: Which of the canvases.
        without: The nodes that are taken out.
        replaced: The nodes that stand in place of others, by the ids of these.
        fields: Field values by node.
        seed: The seed, where a factor sets it; else 0.
    """

    canvas: int
    without: frozenset[str]
    replaced: Mapping[str, Node]
    fields: Mapping[str, Mapping[str, Any]]
    seed: int


class Skeleton:
    """A canvas of which only field values are still to be set.

    Attributes:
        canvas: The canvas, checked.
        digests: Their digests by id, of those that no factor aims at; made when first asked for.
        links: Its links, as values.
    """

    def __init__(self, canvas: Canvas) -> None:
        """Work out what all cells of this shape share."""
        self.canvas = canvas
        self.nodes = {node.id: node for node in canvas.nodes}
        self.digests: dict[str, str] = {}
        self.links = links_as_values(canvas.nodes, canvas.links)

    def parameter(self, node_id: str, type: str) -> Node:
        """The parameter node of this type that is connected to a node."""
        nodes = self.canvas.nodes
        return next(
            nodes[link.source]
            for link in self.canvas.links
            if nodes[link.target].id == node_id and nodes[link.source].type == type
        )


class Cells:
    """The canvases that factors make of one.

    Attributes:
        folders: Where pictures may be read, besides the folder of the canvas.
    """

    def __init__(self, canvas: Canvas, factors: Sequence[Factor], folders: Sequence[Path]) -> None:
        """Take note; :meth:`check` checks."""
        self.canvas = canvas
        self.factors = tuple(factors)
        self.folders = tuple(folders)
        self._canvases = [
            row[place]
            for factor in self.factors
            for place, target in enumerate(factor.targets)
            if target.kind == "canvas"
            for row in factor.rows
        ] or [canvas]
        self._skeletons: dict[Any, Skeleton] = {}
        self._changed: dict[Any, dict[str, Node]] = {}
        self._digests: dict[Any, dict[str, str]] = {}

    def __getstate__(self) -> dict[str, Any]:
        return self.__dict__ | {"_skeletons": {}, "_changed": {}, "_digests": {}}

    def make(self, rows: Rows) -> tuple[Canvas, str, int]:
        """The canvas of a cell, a hash of it as it takes effect, and the seed if a factor sets it.

        Raises:
            BatchError: When there is none; names the factors and levels.
            CanvasKitError: When a picture that it names cannot be read.
        """
        change = self._change(rows)
        skeleton = self._skeleton(change, rows)
        changed = self._all_changed(skeleton, change, rows)
        canvas = skeleton.canvas
        if changed:
            canvas = canvas.with_nodes(changed.get(node.id, node) for node in canvas.nodes)
        return canvas, self._digest(skeleton, change, rows), change.seed

    def check(
        self, known: KnownNames | None = None, prepare: Callable[[Canvas], object] | None = None
    ) -> dict[tuple[int, ...], dict[Rows, Rows]]:
        """Make every node that differs, and every canvas whose nodes or connections differ.

        Args:
            known: Knows models and output configs; without it those names are not checked.
            prepare: Called with a canvas for each model that is asked; raises if it cannot run.

        Returns:
            For each group of factors, which of their rows make what others make before them, each
            with those that it repeats.

        Raises:
            BatchError: When one cannot be used; names the factors and levels.
        """
        repeats: dict[tuple[int, ...], dict[Rows, Rows]] = {}
        shapes = []
        prepared: set[Any] = set()
        for group in self.groups or ((),):
            of_group: dict[Any, Rows] = {}
            first: dict[Any, Rows] = {}
            shaping = any(index in group for index, _ in self._shaping)
            for rows in self.combinations(group):
                own = tuple(rows[index] for index in group)
                of_group.setdefault(self._skeleton_key(rows), own)
                change = self._change(rows)
                skeleton = self._skeleton(change, rows)
                changed = self._all_changed(skeleton, change, rows)
                for node in changed.values():
                    if found := list(node.problems(known)):
                        raise self._refused(rows, found)
                if prepare is not None:
                    asking = (self._skeleton_key(rows), *map(model_asked, changed.values()))
                    if asking not in prepared:
                        prepared.add(asking)
                        self._prepare(rows, prepare)
                # Where all have the same nodes and connections, their digests need no joining.
                effect: Any = (
                    self._digest(skeleton, change, rows)
                    if shaping or not changed
                    else tuple(self._changed_digests(skeleton, change, rows).items())
                )
                made = first.setdefault((effect, change.seed), own)
                if made != own:
                    repeats.setdefault(group, {})[own] = made
            shapes.append(of_group.values())
        for parts in itertools.product(*shapes):
            merged = [0] * len(self.factors)
            for group, values in zip(self.groups or ((),), parts, strict=True):
                for index, value in zip(group, values, strict=True):
                    merged[index] = value
            rows = tuple(merged)
            canvas = self.make(rows)[0]  # which is checked as a canvas without names
            if known is not None and (found := canvas.problems(known)):
                raise self._refused(rows, found)
        return repeats

    def combinations(self, group: Sequence[int]) -> Iterator[Rows]:
        """Every combination of rows of some factors, with the first row of the others."""
        for chosen in itertools.product(*(range(len(self.factors[i].rows)) for i in group)):
            rows = [0] * len(self.factors)
            for index, row in zip(group, chosen, strict=True):
                rows[index] = row
            yield tuple(rows)

    @cached_property
    def groups(self) -> tuple[tuple[int, ...], ...]:
        """The factors in groups: those of different groups change different nodes."""
        touched = [self._touched(factor) for factor in self.factors]
        groups: list[tuple[list[int], set[str]]] = []
        everything = any(target.kind == "canvas" for f in self.factors for target in f.targets)
        for index, names in enumerate(touched):
            merged, all_names = [index], set(names)
            for other in [g for g in groups if everything or g[1] & names]:
                merged, all_names = [*other[0], *merged], all_names | other[1]
                groups.remove(other)
            groups.append((merged, all_names))
        return tuple(tuple(sorted(group)) for group, _ in groups)

    def told(self, rows: Rows) -> str:
        """What the factors are set to in a cell, for a message; those with several rows."""
        levels = [
            f"{target.key}={label!r}"
            for factor, row in zip(self.factors, rows, strict=True)
            for target, label in zip(factor.targets, factor.labels[row], strict=True)
        ]
        return ", ".join(levels) or "its canvas as it is"

    def _touched(self, factor: Factor) -> set[str]:
        """What a factor changes: ids of nodes, parameter nodes of a node among them."""
        found = set()
        for target in factor.targets:
            found.add(target.node_id or target.kind)
            if target.node_id:
                nodes, links = self.canvas.nodes, self.canvas.links
                found |= {
                    nodes[link.source].id
                    for link in links
                    if nodes[link.target].id == target.node_id
                    and not nodes[link.source].inputs
                    and not nodes[link.source].keeps
                }
        return found

    def _change(self, rows: Rows) -> Change:
        canvas = seed = 0
        without: set[str] = set()
        replaced: dict[str, Node] = {}
        fields: dict[str, dict[str, Any]] = {}
        for factor, row in zip(self.factors, rows, strict=True):
            for target, level in zip(factor.targets, factor.rows[row], strict=True):
                match target.kind:
                    case "canvas":
                        canvas = row
                    case "seed":
                        seed = level
                    case _ if level is WITHOUT:
                        without.add(target.node_id)
                    case "field":
                        fields.setdefault(target.node_id, {})[target.field] = level
                    case "node" if isinstance(level, Node):
                        replaced[target.node_id] = level
                    case "node":
                        own = fields.setdefault(target.node_id, {})
                        fields[target.node_id] = {**level, **own}
        return Change(canvas, frozenset(without), replaced, fields, seed)

    def _targets(self, change: Change) -> list[str]:
        """The nodes that are there and changed."""
        names = dict.fromkeys([*change.replaced, *change.fields])
        return [name for name in names if name not in change.without]

    def _skeleton_key(self, rows: Rows) -> tuple[Any, ...]:
        """What two cells share that differ in field values only."""
        return tuple(shapes[rows[index]] for index, shapes in self._shaping)

    @cached_property
    def _shaping(self) -> list[tuple[int, list[Any]]]:
        """The factors whose rows differ in more than field values, and how each row does."""
        found = []
        for index, factor in enumerate(self.factors):
            shapes: list[Any] = [
                tuple(
                    row if target.kind == "canvas" else _shape_of(level)
                    for target, level in zip(factor.targets, levels, strict=True)
                )
                for row, levels in enumerate(factor.rows)
            ]
            if any(shape != shapes[0] for shape in shapes):
                found.append((index, shapes))
        return found

    def _skeleton(self, change: Change, rows: Rows) -> Skeleton:
        key = self._skeleton_key(rows)
        if key not in self._skeletons:
            try:
                self._skeletons[key] = Skeleton(self._shaped(change))
            except CanvasError as error:
                raise self._refused(rows, error.problems) from None
            except CanvasKitError as error:
                raise BatchError(f"The sweep cannot set {self.told(rows)}: {error}") from None
        return self._skeletons[key]

    def _digest(self, skeleton: Skeleton, change: Change, rows: Rows) -> str:
        changed = self._changed_digests(skeleton, change, rows)
        try:
            found = {**self._unchanged(skeleton), **changed}
        except MediaError as error:
            raise BatchError(f"The canvas of the sweep has no identity: {error}") from None
        return canvas_digest(found, skeleton.links)

    def _changed_digests(self, skeleton: Skeleton, change: Change, rows: Rows) -> Mapping[str, str]:
        """The digests of the nodes that a cell changes."""
        found: dict[str, str] = {}
        try:
            for node_id in self._targets(change):
                found |= self._digests_of(skeleton, change, rows, node_id)
        except MediaError as error:  # a picture that cannot be read has no identity
            raise BatchError(f"The sweep cannot set {self.told(rows)}: {error}") from None
        return found

    def _unchanged(self, skeleton: Skeleton) -> Mapping[str, str]:
        """The digests of the nodes of a skeleton; of those that are changed, it does not matter."""
        if not skeleton.digests:
            aimed = {target.node_id for factor in self.factors for target in factor.targets}
            skeleton.digests = {
                node_id: "" if node_id in aimed else node_digest(node, self.folders)
                for node_id, node in skeleton.nodes.items()
            }
        return skeleton.digests

    def _shaped(self, change: Change) -> Canvas:
        canvas: Canvas = self._canvases[change.canvas]
        for name in self._targets(change):
            node, given = canvas.node(name), change.fields.get(name, {})
            asked: dict[str, Any] = {}
            if name in change.replaced:
                other = change.replaced[name]
                asked = {f: getattr(other, f) for f in _given_parameters(other)}
                node = kept = _placed(other.expanded()[0], node)
                nodes = [kept if one.id == name else one for one in canvas.nodes]
                canvas = canvas.reassembled(nodes, canvas.connections)
            for field in _parameter_fields(type(node)) & given.keys():
                if given[field] is not None:
                    asked[field] = given[field]
                elif field not in asked and (there := _stands_for(canvas, name, field)):
                    message = (
                        f"{name}.{field} is None, but the node {there} sets it. Aim at {there}: "
                        "WITHOUT takes it out."
                    )
                    raise CanvasError([Problem(message, "bad_value", name, field)])
            if asked:
                canvas = canvas.with_fields(name, **asked)
        for name in sorted(change.without):
            canvas = without_node(canvas, name)
        canvas.check()
        return canvas.reassembled(canvas.nodes, canvas.connections)

    def _all_changed(self, skeleton: Skeleton, change: Change, rows: Rows) -> dict[str, Node]:
        found: dict[str, Node] = {}
        for name in self._targets(change):
            nodes = self._changed_by(skeleton, change, rows, name)
            if twice := found.keys() & nodes:
                raise BatchError(
                    f"Two factors set the node {twice.pop()}, one by itself and one as a parameter "
                    f"of {name}: {self.told(rows)}. Aim at it in one way."
                )
            found |= nodes
        return found

    def _changed_by(
        self, skeleton: Skeleton, change: Change, rows: Rows, name: str
    ) -> dict[str, Node]:
        """A node with the field values of its rows, and the parameter nodes that these set."""
        key = self._node_key(skeleton, rows, name)
        if key not in self._changed:
            if len(self._changed) >= _KEPT:
                self._changed.clear()
                self._digests.clear()
            try:
                self._changed[key] = _changed(skeleton, change, name)
            except CanvasError as error:
                problems = [replace(problem, node_id=name) for problem in error.problems]
                raise self._refused(rows, problems) from None
        return self._changed[key]

    def _digests_of(
        self, skeleton: Skeleton, change: Change, rows: Rows, name: str
    ) -> dict[str, str]:
        key = self._node_key(skeleton, rows, name)
        nodes = self._changed_by(skeleton, change, rows, name)
        if key not in self._digests:
            self._digests[key] = {
                node_id: node_digest(node, self.folders) for node_id, node in nodes.items()
            }
        return self._digests[key]

    def _node_key(self, skeleton: Skeleton, rows: Rows, name: str) -> Any:
        aiming = self._aiming.get(name, ())
        return id(skeleton), name, *(rows[index] for index in aiming)

    @cached_property
    def _aiming(self) -> dict[str, tuple[int, ...]]:
        """Which factors aim at a node, by its id."""
        found: dict[str, dict[int, None]] = {}
        for index, factor in enumerate(self.factors):
            for target in factor.targets:
                found.setdefault(target.node_id, {})[index] = None
        return {name: tuple(indices) for name, indices in found.items()}

    def _prepare(self, rows: Rows, prepare: Callable[[Canvas], object]) -> None:
        try:
            prepare(self.make(rows)[0])
        except CanvasError as error:
            raise self._refused(rows, error.problems) from None

    def _refused(self, rows: Rows, problems: Sequence[Problem]) -> BatchError:
        told = " ".join(str(problem) for problem in problems[:5])
        return BatchError(f"The sweep cannot set {self.told(rows)}: {told}")


def _changed(skeleton: Skeleton, change: Change, name: str) -> dict[str, Node]:
    node = skeleton.nodes[name]
    if name in change.replaced:
        node = _placed(change.replaced[name], node)
    if fields := change.fields.get(name):
        node = node.evolve(**fields)
    node, parameters = node.expanded()
    found = {name: node}
    for parameter in parameters:
        old = skeleton.parameter(name, parameter.type)
        values = {field: getattr(parameter, field) for field in parameter.model_fields_set}
        found[old.id] = old.evolve(**values)
    return found


def _shape_of(level: Any) -> Any:
    """What of a level changes more than the values of fields: what is there, of which type."""
    if level is None or level is WITHOUT:
        return level
    if isinstance(level, Node):
        return level.type, _given_parameters(level)
    if isinstance(level, Mapping):
        return tuple(sorted((name, value is None) for name, value in level.items()))
    return ""


def _placed(node: Node, old: Node) -> Node:
    """``node`` with the id and the place of another."""
    return node.model_copy(update={"id": old.id, "x": old.x, "y": old.y})


def _parameter_fields(node: type[Node]) -> frozenset[str]:
    """The fields that stand for nodes connected to one: they are in no file."""
    return frozenset(name for name, field in node.model_fields.items() if field.exclude)


def _given_parameters(node: Node) -> tuple[str, ...]:
    names = _parameter_fields(type(node))
    return tuple(sorted(name for name in names if getattr(node, name) is not None))


def _stands_for(canvas: Canvas, name: str, field: str) -> str:
    """The node connected to another that has the value of one of its parameter fields."""
    nodes = canvas.nodes
    for link in canvas.links:
        source = nodes[link.source]
        if nodes[link.target].id == name and not link.feedback:
            stands = "value" if source.type == field else field
            if not source.inputs and not source.keeps and stands in type(source).model_fields:
                return source.id
    return ""


def _names_model(level: Any) -> bool:
    if isinstance(level, Node):
        return bool(getattr(level, "model", ""))
    return isinstance(level, Mapping) and "model" in level


def count_cells(factors: Sequence[Factor]) -> int:
    """How many cells there are, excluded and repeated ones too."""
    return math.prod(len(factor.rows) for factor in factors)
