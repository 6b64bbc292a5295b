"""The only place that imports torch and diffusers, and the face it shows to the rest.

Everything here blocks, and is called from the backend's worker thread.
"""

from __future__ import annotations

import gc
import importlib
import importlib.metadata
import importlib.util
import threading
from typing import Any

import numpy as np
import numpy.typing as npt

from canvas_kit.errors import (
    BackendError,
    BackendRejected,
    BackendUnavailable,
    MissingPrerequisite,
    ModelNotFound,
    SettingsError,
    UnsupportedRequest,
    shorten,
)

PACKAGES = ("torch", "diffusers", "transformers")

Floats = npt.NDArray[np.float32]

DTYPES = ("float32", "float16", "bfloat16")

_device_locks: dict[str, threading.Lock] = {}
"""One generation at a time per device, whichever backends of this process share it."""


def device_lock(device: str) -> threading.Lock:
    """The lock of a device, such as ``"cuda:0"``; one for the whole process."""
    return _device_locks.setdefault(device, threading.Lock())


def missing_packages() -> list[str]:
    """Which of the needed packages are not installed. Imports none of them."""
    return [name for name in PACKAGES if importlib.util.find_spec(name) is None]


def installed_version() -> str | None:
    """The installed version of diffusers, or None. Does not import it."""
    try:
        return f"diffusers {importlib.metadata.version('diffusers')}"
    except importlib.metadata.PackageNotFoundError:
        return None


def missing_message(missing: list[str]) -> str:
    """What to do about missing packages, in a sentence."""
    return (
        f"Drawing with a diffusers pipeline needs {' and '.join(missing)}, which is not installed. "
        "Install with: pip install 'canvas-kit[diffusers]'"
    )


class TorchEngine:
    """What is needed of torch and diffusers. Made on first use: importing torch takes seconds.

    Attributes:
        device: ``"cuda"``, ``"cuda:1"``, ``"mps"`` or ``"cpu"``.
    """

    def __init__(
        self, *, device: str = "", dtype: str = "", offload: bool = False, only_local: bool = False
    ) -> None:
        """Import torch and diffusers and choose the device; see :class:`DiffusersSettings`.

        Raises:
            MissingPrerequisite: When a package is not installed.
            SettingsError: When the device or dtype does not exist.
        """
        if missing := missing_packages():
            raise MissingPrerequisite(missing_message(missing))
        self._torch = importlib.import_module("torch")
        self._diffusers = importlib.import_module("diffusers")
        self.device = device or self._best_device()
        try:
            self._torch.empty(1, device=self.device)
        except (RuntimeError, AssertionError) as error:
            raise SettingsError(
                f"The device {self.device!r} of the diffusers backend cannot be used here: "
                f"{first_line(error)} Leave 'device' out to have one chosen."
            ) from error
        if dtype and dtype not in DTYPES:
            raise SettingsError(f"dtype is {dtype!r}, but must be one of {', '.join(DTYPES)}.")
        self._dtype = getattr(self._torch, dtype or self._best_dtype())
        self._offload = offload
        self._only_local = only_local

    def _best_device(self) -> str:
        if self._torch.cuda.is_available():
            return "cuda"
        return "mps" if self._torch.backends.mps.is_available() else "cpu"

    def _best_dtype(self) -> str:
        kind = self.device.partition(":")[0]
        if kind == "cuda":  # bfloat16 has the range of float32: float16 turns some models black
            return "bfloat16" if self._torch.cuda.is_bf16_supported() else "float16"
        return "float16" if kind == "mps" else "float32"

    def open(self, source: str) -> Any:
        """The pipeline at ``source``, on the device, ready to be called.

        Raises:
            ModelNotFound: When there is no such pipeline, or it cannot be fetched.
            MissingPrerequisite: When the pipeline needs a further package.
            BackendUnavailable: When it cannot be loaded, for instance for want of memory.
        """
        dtype_name = "dtype" if self._version() >= (0, 40) else "torch_dtype"
        try:
            pipeline = self._diffusers.DiffusionPipeline.from_pretrained(
                source, local_files_only=self._only_local, **{dtype_name: self._dtype}
            )
            if self._offload:
                pipeline.enable_model_cpu_offload(device=self.device)
            else:
                pipeline = pipeline.to(self.device)
        except ImportError as error:
            raise MissingPrerequisite(
                f"The pipeline {source!r} needs a package that is not installed: "
                f"{first_line(error)}"
            ) from error
        except OSError as error:
            hint = (
                " Nothing is fetched from the hub because the settings say local_only."
                if self._only_local
                else ""
            )
            raise ModelNotFound(
                f"The pipeline {source!r} cannot be found or fetched: {first_line(error)}{hint}"
            ) from error
        except Exception as error:
            if self.out_of_memory(error):
                raise
            raise BackendUnavailable(
                f"The pipeline {source!r} cannot be loaded: {type(error).__name__}: "
                f"{first_line(error)}"
            ) from error
        pipeline.set_progress_bar_config(disable=True)
        return pipeline

    def for_start_image(self, pipeline: Any) -> Any:
        """A pipeline of the same parts that starts from a picture.

        Raises:
            UnsupportedRequest: When diffusers knows no such pipeline.
        """
        try:
            converted = self._diffusers.AutoPipelineForImage2Image.from_pipe(pipeline)
        except (ValueError, TypeError) as error:
            raise UnsupportedRequest(
                f"{type(pipeline).__name__} cannot start from a picture, and diffusers knows no "
                "pipeline of the same parts that can. Disconnect the picture, or choose another "
                "pipeline."
            ) from error
        converted.set_progress_bar_config(disable=True)
        return converted

    def generator(self, seed: int) -> Any:
        """A source of noise for one picture: on the CPU, where it is the same on every machine."""
        return self._torch.Generator("cpu").manual_seed(seed)

    def latents(self, pipeline: Any, latents: Any, size: tuple[int, int]) -> Floats | None:
        """The first picture's latents as (channels, height, width), where they can be shown.

        Transformer pipelines pack theirs into patches; ``size``, the picture's width and height in
        pixels, is needed to unpack them.
        """
        if latents.ndim == 3 and hasattr(pipeline, "_unpack_latents"):
            width, height = size
            latents = pipeline._unpack_latents(latents, height, width, pipeline.vae_scale_factor)
        if latents.ndim != 4:
            return None
        array: Floats = latents[0].detach().float().cpu().numpy()
        return array

    def decode(self, pipeline: Any, latents: Floats) -> Floats | None:
        """What the pipeline's own decoder makes of ``latents``: (3, height, width), about -1..1.

        None where there is no such decoder, or where parts move between memories.
        """
        vae: Any = getattr(pipeline, "vae", None)
        if self._offload or getattr(vae, "decoder", None) is None:
            return None
        scale = getattr(vae.config, "scaling_factor", None) or 1.0
        shift = getattr(vae.config, "shift_factor", None) or 0.0
        with self._torch.inference_mode():
            tensor = self._torch.from_numpy(latents)[None].to(vae.device, vae.dtype)
            decoded = vae.decode(tensor / scale + shift, return_dict=False)[0]
            if decoded.ndim != 4 or decoded.shape[1] != 3:
                return None
            array: Floats = decoded[0].float().cpu().numpy()
        return array

    def stopped(self, pipeline: Any) -> None:
        """Tidy up a pipeline whose call was broken off."""
        pipeline.maybe_free_model_hooks()

    def out_of_memory(self, error: BaseException) -> bool:
        """Whether memory was not enough; on MPS and CPU torch says it in words only."""
        if isinstance(error, (MemoryError, self._torch.OutOfMemoryError)):
            return True
        text = str(error).lower()
        return isinstance(error, RuntimeError) and (
            "out of memory" in text or "can't allocate memory" in text
        )

    def free(self) -> None:
        """Give unused memory back to the device."""
        gc.collect()
        if self.device.startswith("cuda"):
            self._torch.cuda.empty_cache()
        elif self.device == "mps":
            self._torch.mps.empty_cache()

    def _version(self) -> tuple[int, int]:
        major, minor, *_ = self._diffusers.__version__.split(".")
        return int(major), int(minor)


def first_line(error: BaseException) -> str:
    """The first line of what an exception says, shortened, as a sentence."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    text = shorten(lines[0], 300).strip("'\"") if lines else type(error).__name__
    return text if text.endswith((".", "…", "!")) else f"{text}."


def refused_by_pipeline(error: Exception, pipeline: Any, *, backend: str) -> BackendError:
    """What an exception out of a pipeline's call means."""
    kind = BackendRejected if isinstance(error, (TypeError, ValueError)) else BackendUnavailable
    return kind(
        f"{type(pipeline).__name__} broke off: {type(error).__name__}: {first_line(error)}",
        backend=backend,
        details={"error": type(error).__name__, "message": shorten(str(error), 2000)},
    )
