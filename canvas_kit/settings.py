"""What a user can set, once, typed: from ``canvas_kit.toml`` and the environment.

Precedence, strongest first: what code passes in, the environment (``CANVAS_KIT_EXPORTS``,
``CANVAS_KIT_BACKENDS__COMFYUI__ADDRESS``, …), the file, the defaults. The file is the one that
``CANVAS_KIT_CONFIG`` names, else ``canvas_kit.toml`` in the working folder or the nearest folder
above it, else the one in the user's configuration folder. One that was found beside or above the
working folder, and neither named nor agreed to (``canvas-kit trust``), may set no backends, hosts
and folders: see :mod:`canvas_kit.trust`.

Keys are not settings. A backend names the environment variable that holds its key (``key_env``), or
the key lies in the system keyring under the service ``canvas-kit`` and the backend's name. A key is
read when a request needs it and is kept in no object that can be printed, pickled or recorded.
"""

from __future__ import annotations

import difflib
import os
import shlex
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Literal

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    PrivateAttr,
    SecretStr,
    ValidationError,
    field_validator,
    model_validator,
)
from pydantic_core import ErrorDetails
from pydantic_settings import (
    BaseSettings,
    InitSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

from canvas_kit.errors import SettingsError, name_hint, printable
from canvas_kit.media import MAX_IMAGE_PIXELS
from canvas_kit.network.policy import public_url
from canvas_kit.redaction import Redactor
from canvas_kit.trust import is_trusted, needing_trust, own_folder, trust

CONFIG_VARIABLE = "CANVAS_KIT_CONFIG"
CONFIG_NAME = "canvas_kit.toml"
KEYRING_SERVICE = "canvas-kit"

MEBIBYTE = 2**20

_KEY_NAMES = frozenset({"key", "api_key", "apikey", "token", "password", "secret"})

_PATHS = (
    "exports", "index_folder", "jobs_folder", "output_configs", "allowed_folders", "cache_folder",
)  # fmt: skip
_ALIKE = 0.85
"""How alike a field must be to a common one to be its misspelling: stall_timeout_seconds is not."""


WORKFLOWS_FOLDER = Path("canvas_kit_models/comfyui")
"""Where workflows exported from ComfyUI are kept, unless the settings say otherwise."""


class BackendSettings(BaseModel):
    """One backend as configured, under ``[backends.NAME]``.

    Fields that only one kind of backend knows are kept in ``model_extra`` and read by it.
    """

    model_config = ConfigDict(extra="allow", frozen=True)

    kind: str = Field("", description="What kind of server it is; empty means: as it is named.")
    address: str = Field("", description="Base URL; a reverse proxy's path prefix belongs to it.")
    capacity: int | None = Field(None, ge=1, le=1024, description="Requests at a time.")
    timeout_seconds: float = Field(600, gt=0, description="The longest a request may take.")
    connect_timeout_seconds: float = Field(10, gt=0, description="The longest to connect.")
    key_env: str = Field("", description="The environment variable that holds the key.")
    default_model: str = Field("", description="The model, if a canvas names only the backend.")
    settings_folder: Path = Field(
        Path(), description="Where relative paths begin: beside the settings file, if there is one."
    )
    leaves_machine: bool | None = Field(
        None, description="Whether words and pictures leave; None works it out from the address."
    )
    paid: bool | None = Field(
        None,
        description="Whether requests are charged for; None: a service like OpenAI's, not here.",
    )

    @model_validator(mode="before")
    @classmethod
    def _no_keys(cls, data: Any) -> Any:
        """Refuse a key in a settings file: it would be printed, copied and shared with it."""
        if isinstance(data, Mapping):
            for name in data:
                if str(name).lower() in _KEY_NAMES:
                    raise ValueError(
                        f"{name} does not belong in a settings file; name the environment variable "
                        "that holds the key with key_env"
                    )
        return data

    def __repr_args__(self) -> Iterable[tuple[str | None, Any]]:
        """Show no password of an address and no header that holds a key."""
        redact = Redactor()
        for name, value in super().__repr_args__():
            yield name, public_url(value) if name == "address" else redact.for_record(value)

    def misspelt_field(self) -> str:
        """What is wrong with the first field that looks like a typing error; or nothing.

        Only the kind of backend knows its own fields, and refuses what is not one of them when it
        is made; but a mistyped common field should be told even if no canvas needs the backend.
        """
        common = set(type(self).model_fields) - {"settings_folder"}
        for field in self.model_extra or {}:
            if close := difflib.get_close_matches(field, common, n=1, cutoff=_ALIKE):
                return f"there is no setting {field!r}. Did you mean {close[0]!r}?"
        return ""

    def secret(self, name: str) -> SecretStr | None:
        """The key for the backend ``name``, from the environment or the system keyring.

        Returns:
            The key, wrapped so that it cannot be printed by accident, or None if there is none.

        Raises:
            SettingsError: When ``key_env`` names a variable that is not set.
        """
        if self.key_env:
            value = os.environ.get(self.key_env, "")
            if not value:
                raise SettingsError(
                    f"The backend {name!r} takes its key from the environment variable "
                    f"{self.key_env}, which is not set. Set it, or store the key with "
                    f"'keyring set {KEYRING_SERVICE} {name}' and drop key_env."
                )
            return SecretStr(value)
        try:
            import keyring
        except ImportError:
            return None
        try:
            stored = keyring.get_password(KEYRING_SERVICE, name)
        except keyring.errors.KeyringError:  # no keyring service on this machine
            return None
        return SecretStr(stored) if stored else None


class Settings(BaseSettings):
    """Everything that can be set. Immutable; derive with :meth:`model_copy`.

    Relative paths begin in the folder of the settings file, where they are written in one; else in
    the working folder of the moment when the settings are made.
    """

    model_config = SettingsConfigDict(
        env_prefix="CANVAS_KIT_",
        env_nested_delimiter="__",
        extra="forbid",
        frozen=True,
        validate_default=True,
    )

    exports: Path = Field(Path("exports"), description="Where records are written.")
    index_folder: Path | None = Field(
        None,
        description="Where the index of the records and the thumbnails lie, if not in the user's "
        "cache folder.",
    )
    jobs_folder: Path | None = Field(
        None, description="Where jobs lie, if not in the user's folder for the state of programs."
    )
    device_id: str = Field("local", min_length=1, description="Names this device in the records.")
    rater: str = Field(
        "", description="Names you beside your ratings; empty means the name of your login."
    )
    language: Literal["en", "de"] = Field("en", description="Language of presets and messages.")
    text_model: str = Field("embedded/writer", description="Where a canvas names no text model.")
    vision_model: str = Field("embedded/critic", description="Where no vision model is named.")
    judge_model: str = Field("embedded/critic", description="Where an evaluation names no model.")
    media_model: str = Field("embedded/sketch", description="Where a generation names no config.")
    models: dict[str, str] = Field(
        default_factory=dict,
        description="What stands here for models and configs of other installations, by their "
        'names or patterns of them: "openrouter/*" = "ollama/mistral-nemo".',
    )
    deadline_seconds: float | None = Field(
        None, gt=0, description="The longest a run may take; what was made until then is kept."
    )
    local_only: bool = Field(
        False, description="Refuse every backend that is neither here nor an allowed host."
    )
    allowed_hosts: tuple[str, ...] = Field(
        (), description="Further hosts that may be talked to and downloaded from, as host[:port]."
    )
    allowed_folders: tuple[Path, ...] = Field(
        (), description="Folders that a canvas may take pictures from, besides its own."
    )
    output_configs: Path | None = Field(
        None, description="Folder of further output configs (TOML files)."
    )
    max_download_bytes: int = Field(256 * MEBIBYTE, gt=0, description="The largest file accepted.")
    max_image_pixels: int = Field(
        MAX_IMAGE_PIXELS, gt=0, description="The largest picture decoded, as width x height."
    )
    max_run_bytes: int = Field(
        1024 * MEBIBYTE, gt=0, description="The largest that all files made in a run may be."
    )
    cache: bool | Literal["all"] = Field(
        False,
        description="Reuse what a model has answered to the very same request: true where a seed "
        'decides on it, "all" also what is drawn by chance.',
    )
    cache_folder: Path | None = Field(
        None, description="Where the cache lies; None for the user's cache folder."
    )
    cache_max_bytes: int = Field(
        4096 * MEBIBYTE, gt=0, description="How much the cache may hold; the oldest goes first."
    )
    thumbnails_max_bytes: int = Field(
        2048 * MEBIBYTE, gt=0, description="How much the thumbnails of the gallery may hold."
    )
    backends: dict[str, BackendSettings] = Field(
        default_factory=dict, description="Backends by name."
    )
    _source: Path | None = PrivateAttr(None)

    @property
    def source(self) -> Path | None:
        """The settings file that was read; None if there was none."""
        return self._source

    @field_validator("exports")
    @classmethod
    def _stays(cls, value: Path) -> Path:
        """Make it absolute at once: a later change of the working folder must not split a batch."""
        return value.expanduser().absolute()

    @field_validator("backends")
    @classmethod
    def _known_sections(cls, value: dict[str, BackendSettings]) -> dict[str, BackendSettings]:
        for name, section in value.items():
            if not name or "/" in name or name != name.strip():
                raise ValueError(f"a backend cannot be called {name!r}: use letters and digits")
            if wrong := section.misspelt_field():
                raise ValueError(f"[backends.{name}]: {wrong}")
        return value

    @classmethod
    def load(cls, path: Path | None = None, **overrides: Any) -> Settings:
        """The settings that hold here and now.

        Args:
            path: The file to read, instead of looking for one.
            overrides: Values that win over file and environment; None counts as not given.

        Raises:
            SettingsError: When the file cannot be read or a value cannot be used.
        """
        given = {key: value for key, value in overrides.items() if value is not None}
        source = path or find_settings_file()
        content = _read(source) if source else b""
        document = _parsed(content, source) if source else {}
        asking = needing_trust(document)
        if source is not None:
            source = source.absolute()
            _place(document, source.parent)
        try:
            settings = _with_file(document)(**given)
        except ValidationError as error:
            where = f"{source} or the environment" if source else "the environment"
            lines = "\n".join(
                f"  - {_told(item, document)}"
                for item in error.errors(include_input=False, include_url=False)
            )
            raise SettingsError(f"The settings from {where} cannot be used:\n{lines}") from None
        if asking and source is not None and path is None:
            _check_trusted(source, content, asking)
        settings._source = source
        return settings


def find_settings_file() -> Path | None:
    """The settings file that holds here, if there is one.

    A file above the working folder counts only if it belongs to this user (or to the system):
    in a shared folder such as ``/tmp`` anyone could put one.
    """
    if named := os.environ.get(CONFIG_VARIABLE):
        return Path(named)
    here = Path.cwd()
    for folder in (here, *here.parents):
        file = folder / CONFIG_NAME
        if file.is_file() and (folder == here or _is_own(file)):
            return file
    file = own_folder() / CONFIG_NAME
    return file if file.is_file() else None


def agree(file: Path) -> tuple[str, ...]:
    """Note the user's agreement to a settings file, as it stands now.

    Returns:
        What in it needed the agreement, a line for each.

    Raises:
        SettingsError: When it cannot be read, or the agreement cannot be noted.
    """
    content = _read(file)
    document = _parsed(content, file)
    asking = needing_trust(document)
    trust(file, content)
    lines = []
    for name in asking:
        value = document.get(name)
        if name not in document:
            value = document["backends"][name.removeprefix("[backends.").removesuffix("]")]
        shown = Redactor().for_record(value)
        lines.append(printable(f"{name} = {shown}", 1000))
    return tuple(lines)


def _check_trusted(source: Path, content: bytes, asking: tuple[str, ...]) -> None:
    """Refuse a file that came with a folder, and sets what could carry words and keys away.

    Raises:
        SettingsError: When the user neither named it nor keeps it in the own folder nor agreed.
    """
    if os.environ.get(CONFIG_VARIABLE) or source.parent == own_folder().absolute():
        return
    if not is_trusted(source, content):
        what = printable(", ".join(asking), 300)
        raise SettingsError(
            f"The settings file {source} sets {what}, which can send your words and keys "
            "elsewhere. As it was found in the working folder or above it, and could have come "
            "with the folder, it is used only after you have looked at it and agreed, once:\n"
            f"    canvas-kit trust {shlex.quote(str(source))}\n"
            "(in a notebook, with ! before it). Changed or moved, it has to be agreed to again."
        )


def _is_own(file: Path) -> bool:
    return not hasattr(os, "getuid") or file.stat().st_uid in (0, os.getuid())


def _told(item: ErrorDetails, document: Mapping[str, Any]) -> str:
    """What is wrong with a setting of a file, in a line."""
    place = ".".join(str(part) for part in item["loc"])
    if item["type"] != "extra_forbidden":
        return f"{place}: {item['msg'].removeprefix('Value error, ')}"
    if item["loc"][0] == "backend":
        return "backend: the section of a backend is called [backends.NAME]"
    if isinstance(document.get(place), Mapping):
        return f"{place}: there is no such section. That of a backend is called [backends.{place}]."
    return f"{place}: there is no such setting. {name_hint(place, Settings.model_fields)}"


def _with_file(document: Mapping[str, Any]) -> type[Settings]:
    """Settings whose weakest source is ``document``.

    pydantic-settings takes its sources from the class, not from a call.
    """

    class SettingsWithFile(Settings):
        @classmethod
        def settings_customise_sources(
            cls,
            settings_cls: type[BaseSettings],
            init_settings: PydanticBaseSettingsSource,
            env_settings: PydanticBaseSettingsSource,
            dotenv_settings: PydanticBaseSettingsSource,
            file_secret_settings: PydanticBaseSettingsSource,
        ) -> tuple[PydanticBaseSettingsSource, ...]:
            file = InitSettingsSource(settings_cls, init_kwargs=dict(document))
            return init_settings, env_settings, file

    SettingsWithFile.__name__ = SettingsWithFile.__qualname__ = "Settings"
    return SettingsWithFile


def _place(document: dict[str, Any], folder: Path) -> None:
    """Let the relative paths of a settings file begin in its folder."""
    for name in _PATHS:
        match document.get(name):
            case str(path):
                document[name] = _placed(path, folder)
            case [*paths]:
                document[name] = [
                    _placed(path, folder) if isinstance(path, str) else path for path in paths
                ]
    sections = document.get("backends")
    if isinstance(sections, dict):
        for section in sections.values():
            if isinstance(section, dict):
                section.setdefault("settings_folder", str(folder))


def _placed(path: str, folder: Path) -> str:
    place = folder / Path(path).expanduser()
    return str(place.resolve() if ".." in place.parts else place)


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise SettingsError(f"The settings file {path} cannot be read: {error.strerror}.") from None


def _parsed(content: bytes, path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(content.decode())
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
        raise SettingsError(f"The settings file {path} is not valid TOML: {error}.") from None
