"""What there is to choose from, as tables."""

from __future__ import annotations

import pytest

import canvas_kit
from canvas_kit.backends.base import BackendStatus, Capability, ModelInfo
from canvas_kit.backends.scripted import ScriptedBackend
from canvas_kit.errors import UnknownName
from canvas_kit.preset_files.catalogue import PresetKind, preset_ids
from tests.conftest import EngineMaker


def test_presets_are_a_table() -> None:
    """Of all kinds or of one, in the order of the lists; for a terminal and a notebook."""
    found = canvas_kit.presets("interception")
    assert {preset.id for preset in found} == set(preset_ids(PresetKind.INTERCEPTION))
    assert found[0].id == "user_defined"
    assert str(found).splitlines()[0].split() == ["preset", "kind", "name", "what", "it", "does"]
    assert len(str(found).splitlines()) == len(found) + 1
    assert found._repr_html_().count("<tr>") == len(found) + 1
    assert 'white-space:nowrap">user_defined</td>' in found._repr_html_()
    assert len(canvas_kit.presets()) > len(found)
    with pytest.raises(UnknownName, match="Did you mean 'interception'"):
        canvas_kit.presets("interceptions")


def test_models_are_a_table(make_engine: EngineMaker, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each by the name that a node takes; hostile names do no harm."""
    engine, _ = make_engine()
    images = frozenset({Capability.IMAGE})

    async def status(self: ScriptedBackend) -> BackendStatus:
        offered = (ModelInfo("painter", images, "Paints"), ModelInfo("<b>\x1b[2J"))
        return BackendStatus("lab", "scripted", reachable=True, models=offered)

    monkeypatch.setattr(ScriptedBackend, "status", status)
    found = canvas_kit.models(engine=engine)
    names = [item.name for item in found if item.name.startswith("lab/")]
    assert names == ["lab/painter", "lab/<b>\x1b[2J"]
    assert "lab/painter" in str(found)
    assert "\x1b" not in str(found) + found._repr_html_()
    assert "<b>" not in found._repr_html_()
