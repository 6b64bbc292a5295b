"""Where workflows are kept, and how the user corrects them."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path

import pytest

from canvas_kit.backends.comfyui import (
    Parameter,
    WorkflowError,
    WorkflowFolder,
    add_workflow,
    workflows_folder,
)
from canvas_kit.backends.comfyui.object_info import NodeDeclaration
from canvas_kit.backends.comfyui.workflow_folder import from_toml, to_toml
from canvas_kit.backends.registry import BackendRegistry
from canvas_kit.errors import BackendRejected, UnknownName
from canvas_kit.settings import BackendSettings, Settings
from tests.backends.comfyui.fake import picture_bytes
from tests.backends.comfyui.workflows import HALF_BROKEN, TEXT_TO_IMAGE, changed, node


@pytest.fixture
def exported(tmp_path: Path) -> Path:
    path = tmp_path / "workflow_api.json"
    path.write_text(json.dumps(TEXT_TO_IMAGE, indent=3), encoding="utf-8")
    return path


def test_an_added_flow_is_kept_as_exported_beside_its_bindings(
    exported: Path, tmp_path: Path
) -> None:
    """The workflow byte for byte; the bindings read back to the same."""
    folder = tmp_path / "workflows"
    workflow = add_workflow(exported, "my_picture", folder)
    assert (folder / "my_picture.json").read_bytes() == exported.read_bytes()
    assert sorted(path.name for path in folder.iterdir()) == ["my_picture.json", "my_picture.toml"]
    assert WorkflowFolder(folder).names() == ["my_picture"]
    assert WorkflowFolder(folder).load("my_picture").bindings == workflow.bindings


def test_the_summary_says_what_was_found_and_what_was_not(exported: Path, tmp_path: Path) -> None:
    """Printable: one line a place, then what is missing."""
    summary = add_workflow(exported, "my_picture", tmp_path / "workflows").summary()
    assert summary.splitlines()[0] == "comfyui/my_picture"
    assert "6.text" in summary
    assert "not found: input image" in summary


def test_the_summary_says_what_each_binding_replaces(tmp_path: Path) -> None:
    """The text or number that stood there, or the link."""
    path = tmp_path / "exported.json"
    unknown = changed(
        TEXT_TO_IMAGE,
        n6=node("CLIPTextEncode", text=["60", 0], clip=["4", 1]),
        n60=node("WildcardMachine", file="animals.txt"),
    )
    path.write_text(json.dumps(unknown), encoding="utf-8")
    lines = add_workflow(path, "my_picture", tmp_path / "workflows").summary().splitlines()
    told = {line.split()[-1 if "not found" in line else 0]: line for line in lines}
    assert "was a link to node 60 (WildcardMachine)" in told["prompt"]
    assert "was 'blurry'" in told["negative"]
    assert "was 42" in told["seed"]


def test_a_template_stands_around_a_text(exported: Path, tmp_path: Path) -> None:
    """Trigger word and style stay in the bindings; the prompt comes in between."""
    workflow = add_workflow(exported, "my_picture", tmp_path)
    path = tmp_path / "my_picture.toml"
    text = path.read_text(encoding="utf-8")
    text = text.replace('node = "6"', 'node = "6"\ntemplate = "ohwx {style}, {prompt}, oil"')
    path.write_text(text, encoding="utf-8")
    workflow = WorkflowFolder(tmp_path).load("my_picture")
    filled, _ = workflow.filled({Parameter.PROMPT: "a {cat}"})
    assert filled["6"]["inputs"]["text"] == "ohwx {style}, a {cat}, oil"
    again = from_toml(
        to_toml(workflow).encode(), name="my_picture", graph=workflow.graph, source="x"
    )
    assert again.bindings == workflow.bindings
    assert workflow.prompt_problem() is None


def test_a_correction_by_hand_holds_at_once(exported: Path, tmp_path: Path) -> None:
    """The prompt goes to another node, and a description is shown."""
    add_workflow(exported, "my_picture", tmp_path)
    path = tmp_path / "my_picture.toml"
    text = path.read_text(encoding="utf-8")
    text = text.replace('node = "6"', "node = 7").replace('description = ""', 'description = "Ä"')
    path.write_text(text, encoding="utf-8")
    workflow = WorkflowFolder(tmp_path).load("my_picture")
    assert workflow.places(Parameter.PROMPT)[0].node_id == "7"
    assert workflow.description == "Ä"


def test_a_workflow_without_bindings_is_followed_anew(exported: Path, tmp_path: Path) -> None:
    """Copying the file into the folder is enough."""
    (tmp_path / "copied.json").write_bytes(exported.read_bytes())
    assert WorkflowFolder(tmp_path).load("copied").places(Parameter.SEED)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('[[prompt]]\nnode = "66"\ninput = "text"', "does not have the node .66."),
        ('[[prompt]]\nnode = "6"\ninput = "txt"', "txt.*Did you mean 'text'"),
        ('[[promt]]\nnode = "6"', "promt.*Did you mean 'prompt'"),
        ('prompt = "6.text"', r"\[\[prompt\]\] with node and input"),
        ("[[prompt", "not valid TOML"),
        ("description = 7", "should be a text"),
        ('[[steps]]\nnode = "3"\ninput = "steps"\nshare = "half"', "share should be a number"),
        (
            '[[prompt]]\nnode = "6"\ninput = "text"\ntemplate = "a cat"',
            "where the text goes.*{prompt}",
        ),
        ('[[seed]]\nnode = "3"\ninput = "seed"\ntemplate = "{seed}"', "for texts only"),
    ],
)
def test_a_mistake_in_the_bindings_is_told_with_its_place(
    exported: Path, tmp_path: Path, text: str, says: str
) -> None:
    """File, table and what would be right."""
    add_workflow(exported, "my_picture", tmp_path)
    (tmp_path / "my_picture.toml").write_text(text, encoding="utf-8")
    with pytest.raises(WorkflowError, match=says):
        WorkflowFolder(tmp_path).load("my_picture")


@pytest.mark.parametrize("name", ["", "../evil", "a/b", ".hidden", "con", "x" * 81, "a\n", "dot."])
def test_a_name_that_is_no_file_name_is_refused(exported: Path, tmp_path: Path, name: str) -> None:
    """Nothing is written anywhere."""
    folder = tmp_path / "workflows"
    with pytest.raises(WorkflowError, match="cannot be called"):
        add_workflow(exported, name, folder)
    assert not folder.exists()


UPSCALER = {
    "1": node("LoadImage", image="example.png"),
    "2": node("ImageUpscaleWithModel", upscale_model=["4", 0], image=["1", 0]),
    "3": node("SaveImage", images=["2", 0], filename_prefix="x"),
    "4": node("UpscaleModelLoader", model_name="4x.pth"),
}


def test_a_workflow_that_makes_the_same_of_every_prompt_is_refused(tmp_path: Path) -> None:
    """Unless the user says that it takes none, which is kept beside it."""
    exported = tmp_path / "exported.json"
    exported.write_text(json.dumps(UPSCALER), encoding="utf-8")
    folder = tmp_path / "workflows"
    with pytest.raises(WorkflowError, match=r"All prompts would give.*--without-prompt"):
        add_workflow(exported, "larger", folder)
    assert not folder.exists()
    add_workflow(exported, "larger", folder, takes_prompt=False)
    assert "prompt = []" in (folder / "larger.toml").read_text(encoding="utf-8")
    assert WorkflowFolder(folder).load("larger").prompt_problem() is None


def test_the_proof_that_two_prompts_differ_is_made_with_what_a_server_declares(
    tmp_path: Path,
) -> None:
    """A text that the server would ignore is no place, though it looks like one."""
    exported = tmp_path / "exported.json"
    shown = changed(TEXT_TO_IMAGE, n6=node("Poster", prompt="what was shown last", size=3))
    exported.write_text(json.dumps(shown), encoding="utf-8")
    add_workflow(exported, "unproven", tmp_path)
    declared = {"Poster": NodeDeclaration.parse({"input": {"required": {"size": ["INT", {}]}}})}
    with pytest.raises(WorkflowError, match="All prompts would give"):
        add_workflow(exported, "proven", tmp_path, declared=declared)


def test_a_picture_made_by_comfyui_holds_its_workflow(tmp_path: Path) -> None:
    """A PNG is taken in the place of an export; one from elsewhere is refused."""
    picture = tmp_path / "ComfyUI_00001_.png"
    picture.write_bytes(picture_bytes("a cat", 1, chunk=json.dumps(TEXT_TO_IMAGE)))
    workflow = add_workflow(picture, "again", tmp_path)
    assert workflow.places(Parameter.PROMPT)[0].node_id == "6"
    assert json.loads((tmp_path / "again.json").read_bytes()) == TEXT_TO_IMAGE
    picture.write_bytes(picture_bytes("a cat", 1))
    with pytest.raises(WorkflowError, match="holds no workflow"):
        add_workflow(picture, "other", tmp_path)


def test_the_backend_is_in_use_once_a_workflow_was_added(
    exported: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without a section in the settings; and a misspelt workflow is found without a server."""
    monkeypatch.chdir(tmp_path)
    registry = BackendRegistry(Settings())
    assert "comfyui" not in registry.configured()
    add_workflow(exported, "my_picture", workflows_folder(BackendSettings()))
    assert "comfyui" in registry.configured()
    assert registry.model_problem("comfyui/my_picture") is None
    assert "my_picture" in (registry.model_problem("comfyui/my_pictore") or "")
    assert "Did you mean 'comfyui'?" in (registry.config_problem("confyui/my_picture") or "")
    assert "canvas-kit models add" in (registry.model_problem("comfyui/my_pictore") or "")


def test_a_taken_name_is_not_overwritten_by_accident(exported: Path, tmp_path: Path) -> None:
    """Corrections by hand would be lost; ``replace`` says that they may be."""
    add_workflow(exported, "my_picture", tmp_path)
    with pytest.raises(WorkflowError, match="already a workflow"):
        add_workflow(exported, "my_picture", tmp_path)
    add_workflow(exported, "my_picture", tmp_path, replace=True)


def test_an_unknown_flow_names_the_nearest(exported: Path, tmp_path: Path) -> None:
    """Also when the name tries to leave the folder."""
    add_workflow(exported, "my_picture", tmp_path / "workflows")
    folder = WorkflowFolder(tmp_path / "workflows")
    with pytest.raises(UnknownName, match="my_picture"):
        folder.load("my_pictore")
    with pytest.raises(UnknownName):
        folder.load("../workflow_api")
    assert WorkflowFolder(tmp_path / "nowhere").names() == []


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    """By its name and the reason."""
    with pytest.raises(WorkflowError, match=r"nothing\.json cannot be read"):
        add_workflow(tmp_path / "nothing.json", "x", tmp_path)


def test_the_folder_comes_from_the_settings(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Relative to the settings file, when one is named, else to the working folder."""
    assert workflows_folder(BackendSettings()) == Path("canvas_kit_models/comfyui")
    (tmp_path / "lab.toml").write_text('[backends.comfyui]\nworkflows = "mine"\n')
    configured = Settings.load(tmp_path / "lab.toml").backends["comfyui"]
    assert workflows_folder(configured) == tmp_path / "mine"
    assert workflows_folder(BackendSettings(workflows="/far")) == Path("/far")
    with pytest.raises(WorkflowError, match="should be a folder"):
        workflows_folder(BackendSettings(workflows=7))


def test_options_name_any_input(exported: Path, tmp_path: Path) -> None:
    """By node id, by a class or title that only one node has, or by an input that only one has."""
    workflow = add_workflow(exported, "my_picture", tmp_path)
    filled, _ = workflow.filled(
        {}, options={"3.denoise": 0.5, "KSampler.scheduler": "karras", "sampler_name": "ddim"}
    )
    inputs = filled["3"]["inputs"]
    assert (inputs["denoise"], inputs["scheduler"], inputs["sampler_name"]) == (
        0.5,
        "karras",
        "ddim",
    )
    assert workflow.graph.nodes["3"].inputs["denoise"] == 1.0


def test_options_may_be_written_without_quotes(exported: Path, tmp_path: Path) -> None:
    """TOML then makes tables of them: ``3.denoise = 0.5``, ``KSampler.scheduler = "karras"``."""
    workflow = add_workflow(exported, "my_picture", tmp_path)
    options = tomllib.loads('3.denoise = 0.5\nKSampler.scheduler = "karras"\nsteps = 3')
    inputs = workflow.filled({}, options=options)[0]["3"]["inputs"]
    assert (inputs["denoise"], inputs["scheduler"], inputs["steps"]) == (0.5, "karras", 3)


@pytest.mark.parametrize(
    ("option", "says"),
    [
        ("CLIPTextEncode.text", "Several nodes.*'6.text', '7.text'"),
        ("3.denoize", "denoise"),
        ("33.denoise", "names no input"),
        ("text", "Several nodes"),
    ],
)
def test_an_option_that_names_nothing_is_refused(
    exported: Path, tmp_path: Path, option: str, says: str
) -> None:
    """Before anything is sent; a misspelt option never goes unnoticed."""
    workflow = add_workflow(exported, "my_picture", tmp_path)
    with pytest.raises(BackendRejected, match=says):
        workflow.filled({}, options={option: 1})


def test_savers_get_names_of_their_own(tmp_path: Path) -> None:
    """Two savers never write the same file, and ids with a colon make no odd names."""
    path = tmp_path / "x.json"
    document = changed(HALF_BROKEN, n57_10=node("SaveImage", images=["8", 0], filename_prefix="z"))
    path.write_text(json.dumps(document), encoding="utf-8")
    filled, _ = add_workflow(path, "x", tmp_path / "workflows").filled({}, file_prefix="kit/job")
    prefixes = [filled[node_id]["inputs"].get("filename_prefix") for node_id in ("9", "57:10")]
    assert prefixes == ["kit/job_9", "kit/job_57-10"]
