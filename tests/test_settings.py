"""Settings: one object, from a file and the environment; keys never in it."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from canvas_kit.backends.a1111.backend import A1111Settings
from canvas_kit.backends.diffusers.backend import DiffusersSettings
from canvas_kit.backends.ollama import OllamaSettings
from canvas_kit.backends.openai.image_job import OpenAISettings
from canvas_kit.errors import SettingsError
from canvas_kit.executor.engine import Engine
from canvas_kit.settings import BackendSettings, Settings, agree

KEY = "sk-very-secret-0123456789"


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working folder, and a configuration folder of the user's own besides."""
    monkeypatch.setattr("canvas_kit.trust.own_folder", lambda: tmp_path / "own")
    monkeypatch.setattr("canvas_kit.settings.own_folder", lambda: tmp_path / "own")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_nothing_has_to_be_set() -> None:
    """The embedded backends are the default."""
    settings = Settings.load()
    assert settings.exports == Path("exports").absolute()
    assert settings.source is None
    assert settings.media_model == "embedded/sketch"
    assert settings.backends == {}


def test_the_strongest_word_counts(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Code over environment over file over default."""
    (here / "canvas_kit.toml").write_text(
        'device_id = "file"\nlanguage = "de"\ntext_model = "a/file"\n'
        '[backends.comfy]\nkind = "comfyui"\naddress = "http://file:1"\ncapacity = 2\n'
    )
    agree(here / "canvas_kit.toml")
    monkeypatch.setenv("CANVAS_KIT_DEVICE_ID", "environment")
    monkeypatch.setenv("CANVAS_KIT_TEXT_MODEL", "a/environment")
    monkeypatch.setenv("CANVAS_KIT_BACKENDS__COMFY__ADDRESS", "http://environment:2")
    settings = Settings.load(text_model="a/code", vision_model=None)
    assert settings.text_model == "a/code"
    assert settings.device_id == "environment"
    assert settings.language == "de"
    assert settings.vision_model == "embedded/critic"
    assert settings.backends["comfy"].address == "http://environment:2"
    assert settings.backends["comfy"].capacity == 2


def test_a_file_is_named_by_argument_or_environment(
    here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And one that is named must be there."""
    other = here / "other.toml"
    other.write_text('device_id = "other"')
    assert Settings.load(other).device_id == "other"
    monkeypatch.setenv("CANVAS_KIT_CONFIG", str(other))
    assert Settings.load().device_id == "other"
    monkeypatch.setenv("CANVAS_KIT_CONFIG", str(here / "none.toml"))
    with pytest.raises(SettingsError, match=r"none\.toml cannot be read"):
        Settings.load()


def test_a_file_is_found_above_the_working_folder_and_then_in_the_users_own(
    here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The nearest one counts, and says where it lies; its relative paths begin beside it."""
    personal = here / "own"
    study = here / "study"
    deep = study / "notebooks" / "first"
    for folder, name in ((personal, "personal"), (deep, ""), (study, "study")):
        folder.mkdir(parents=True, exist_ok=True)
        if name:
            (folder / "canvas_kit.toml").write_text(f'device_id = "{name}"\nexports = "made"')
    monkeypatch.chdir(deep)
    settings = Settings.load()
    assert (settings.device_id, settings.source) == ("study", study / "canvas_kit.toml")
    assert settings.exports == study / "made"
    (study / "canvas_kit.toml").write_text('exports = "../made"')
    assert Settings.load().exports == (here / "made").resolve()  # shown without the detour
    (study / "canvas_kit.toml").unlink()
    assert Settings.load().source == personal / "canvas_kit.toml"


def test_a_file_of_another_user_above_the_working_folder_is_passed_over(
    here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In a folder that many may write to, anyone could have put it there."""
    (here / "canvas_kit.toml").write_text('device_id = "theirs"')
    (here / "mine").mkdir()
    monkeypatch.chdir(here / "mine")
    monkeypatch.setattr("canvas_kit.settings._is_own", lambda _: False)
    assert Settings.load().device_id == "local"


def test_a_change_of_the_working_folder_does_not_move_the_exports(
    here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = Settings.load()
    (here / "elsewhere").mkdir()
    monkeypatch.chdir(here / "elsewhere")
    assert settings.exports == here / "exports"
    assert Settings(exports=Path("out")).exports == here / "elsewhere" / "out"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("device_id = ", "not valid TOML"),
        ('language = "fr"', "language"),
        ('exprots = "x"', "Did you mean 'exports'?"),
        ('[backend.a]\naddress = "x"', "[backends.NAME]"),
        ('[backends.ollama]\nadress = "x"', "Did you mean 'address'"),
        ('[backends.lab]\nkind = "of_another_package"\nadress = "x"', "Did you mean 'address'"),
        ("deadline_seconds = -1", "deadline_seconds"),
        ("max_image_pixels = 0", "max_image_pixels"),
        ('[backends.a]\ncapacity = "many"', "backends.a.capacity"),
        ('[backends."a/b"]', "cannot be called 'a/b'"),
        ('[backends.a]\nextra = "kept"\ncapacity = 0', "backends.a.capacity"),
    ],
)
def test_what_cannot_be_used_is_named(here: Path, text: str, words: str) -> None:
    """With the file and the field, and never with a value that could be a key."""
    (here / "canvas_kit.toml").write_text(text + f"\n# {KEY}\n")
    with pytest.raises(SettingsError) as caught:
        Settings.load()
    assert words in str(caught.value)
    assert "canvas_kit.toml" in str(caught.value)
    assert KEY not in str(caught.value)


def test_a_key_is_in_nothing_that_can_be_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    """Not printed, not pickled, not dumped: it is read when a request needs it."""
    monkeypatch.setenv("LAB_KEY", KEY)
    backend = BackendSettings(kind="openai", key_env="LAB_KEY")
    settings = Settings.load(backends={"lab": backend})
    secret = settings.backends["lab"].secret("lab")
    assert secret is not None
    assert secret.get_secret_value() == KEY
    for shown in (repr(settings), str(settings), repr(secret), str(secret), f"{secret}"):
        assert KEY not in shown
    assert KEY not in settings.model_dump_json()
    assert KEY.encode() not in pickle.dumps(backend)


def test_a_key_that_is_not_set_says_where_to_put_it() -> None:
    """The variable, and the keyring as the other way."""
    with pytest.raises(SettingsError, match=r"LAB_KEY.*not set.*keyring set canvas-kit lab"):
        BackendSettings(key_env="LAB_KEY").secret("lab")


@pytest.mark.parametrize("change", [{"exports": Path("x")}, {"language": "de"}])
def test_settings_cannot_be_changed(change: dict[str, Any]) -> None:
    """They are shared by all runs; another set is another object."""
    settings = Settings.load()
    for name, value in change.items():
        with pytest.raises(ValidationError):
            setattr(settings, name, value)
    assert settings.model_copy(update=change) != settings


@pytest.mark.parametrize("name", ["api_key", "token", "Password"])
def test_a_key_in_a_settings_file_is_refused(tmp_path: Path, name: str) -> None:
    """The message names key_env and does not repeat the key."""
    file = tmp_path / "canvas_kit.toml"
    file.write_text(f'[backends.openai]\n{name} = "sk-very-secret"\n')
    with pytest.raises(SettingsError, match="key_env") as caught:
        Settings.load(file)
    assert "sk-very-secret" not in str(caught.value)


def test_no_setting_of_a_backends_own_is_taken_for_a_misspelling() -> None:
    for model in (A1111Settings, DiffusersSettings, OllamaSettings, OpenAISettings):
        section = BackendSettings.model_validate(dict.fromkeys(model.model_fields))
        assert section.misspelt_field() == ""


def test_a_section_of_a_backend_without_its_prefix_is_told_the_right_name(here: Path) -> None:
    (here / "canvas_kit.toml").write_text('[comfyui]\naddress = "http://127.0.0.1:8188"\n')
    with pytest.raises(SettingsError, match=r"called \[backends\.comfyui\]"):
        Settings.load()


# --- a folder that somebody sent -----------------------------------------------------------------

MAILED = '[backends.openai]\naddress = "http://stranger.example/v1"\nkey_env = "LAB_KEY"\n'


@pytest.mark.parametrize(
    "text",
    [
        MAILED,
        '[backends.openai]\naddress = "http://stranger.example/v1"',  # gets the keyring's key
        '[backends.lab]\nkind = "a1111"\nheaders_env = {X-Key = "LAB_KEY"}',
        '[backends.diffusers]\nfolder = "models"',
        'allowed_folders = ["/"]',
        'allowed_hosts = ["stranger.example"]',
        'output_configs = "configs"',
        "max_image_pixels = 9000000000",
    ],
)
def test_a_file_that_came_with_a_folder_chooses_neither_addresses_nor_keys_nor_folders(
    here: Path, text: str
) -> None:
    """Not before the user has agreed to it; the message says exactly how."""
    file = here / "canvas_kit.toml"
    file.write_text(text)
    with pytest.raises(SettingsError, match=f"canvas-kit trust {file}"):
        Settings.load()
    with pytest.raises(SettingsError, match="canvas-kit trust"):
        Engine()
    agree(file)
    assert Settings.load().source == file


def test_a_changed_or_moved_file_has_to_be_agreed_to_again(
    here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And the agreement to one file leaves those to others alone."""
    first, second = here / "first", here / "second"
    for folder in (first, second):
        folder.mkdir()
        (folder / "canvas_kit.toml").write_text(MAILED)
    agree(first / "canvas_kit.toml")
    monkeypatch.chdir(second)
    with pytest.raises(SettingsError, match="canvas-kit trust"):
        Settings.load()
    agree(second / "canvas_kit.toml")
    for folder in (first, second):
        monkeypatch.chdir(folder)
        assert Settings.load().backends
    (second / "canvas_kit.toml").write_text(MAILED + "# changed")
    with pytest.raises(SettingsError, match="canvas-kit trust"):
        Settings.load()


def test_a_file_that_is_named_or_the_users_own_needs_no_agreement(
    here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = here / "own" / "canvas_kit.toml"
    own.parent.mkdir()
    own.write_text(MAILED)
    assert Settings.load().source == own
    file = here / "canvas_kit.toml"
    file.write_text(MAILED)
    assert Settings.load(file).backends
    monkeypatch.setenv("CANVAS_KIT_CONFIG", str(file))
    assert Settings.load().backends


def test_a_file_that_only_says_how_to_work_needs_no_agreement(here: Path) -> None:
    """Where records go, and which models hold where none is named."""
    (here / "canvas_kit.toml").write_text(
        'exports = "../out"\ndevice_id = "desk"\nlanguage = "de"\nlocal_only = true\n'
        'text_model = "embedded/writer"\ndeadline_seconds = 60\n'
    )
    assert Settings.load().device_id == "desk"


def test_a_password_in_an_address_is_not_shown(here: Path) -> None:
    """Neither are headers that hold a key."""
    section = BackendSettings(
        address="http://alice:sk-very-secret@host:1/sd", headers={"Authorization": f"Bearer {KEY}"}
    )
    settings = Settings(backends={"lab": section})
    for shown in (repr(settings), str(settings), repr(section)):
        assert "sk-very-secret" not in shown
        assert "http://host:1/sd" in shown
