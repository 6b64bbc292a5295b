"""The headers of a backend: where its keys come from."""

from __future__ import annotations

import asyncio
import base64
import os
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING
from urllib.parse import SplitResult, unquote, urlsplit, urlunsplit

from pydantic import SecretStr

from canvas_kit.errors import SettingsError, shorten
from canvas_kit.network import host_and_port, public_url
from canvas_kit.redaction import Redactor, names_secret

if TYPE_CHECKING:
    from canvas_kit.settings import BackendSettings


class Credentials:
    """The headers of one backend, read anew for each request."""

    def __init__(
        self,
        name: str,
        options: BackendSettings,
        redactor: Redactor,
        *,
        headers: Mapping[str, str],
        variables: Mapping[str, str],
        basic: tuple[str, str] | None,
        key_headers: Callable[[str], Mapping[str, str]],
    ) -> None:
        """Read nothing yet.

        Args:
            name: The backend's name in the settings.
            options: Its settings, which know where the key is.
            redactor: Is told every secret.
            headers: Sent as they are.
            variables: Header names, and the environment variables that hold their values.
            basic: User and password for HTTP Basic.
            key_headers: The headers that carry a key.
        """
        self._name = name
        self._options = options
        self._redactor = redactor
        self._plain = {name: SecretStr(value) for name, value in headers.items()}
        if basic is not None:
            token = base64.b64encode(":".join(basic).encode()).decode()
            self._plain["Authorization"] = SecretStr(f"Basic {token}")
        self._variables = dict(variables)
        self._key_headers = key_headers
        self._stored_key: SecretStr | None = None
        self._asked_keyring = False
        for header, value in self._plain.items():
            if names_secret(header):
                redactor.add(value.get_secret_value())

    async def headers(self) -> dict[str, str]:
        """All headers, keys included.

        Raises:
            SettingsError: When an environment variable that should hold one is not set.
        """
        headers = {name: value.get_secret_value() for name, value in self._plain.items()}
        secrets: dict[str, str] = {}
        if (key := await self._key()) is not None:
            self._redactor.add(key.get_secret_value())
            secrets.update(self._key_headers(key.get_secret_value()))
        for name, variable in self._variables.items():
            secrets[name] = os.environ.get(variable, "")
            if not secrets[name]:
                raise SettingsError(
                    f"The backend {self._name!r} takes the header {name} from the environment "
                    f"variable {variable}, which is not set."
                )
        for value in secrets.values():
            self._redactor.add(value)
        return headers | secrets

    async def _key(self) -> SecretStr | None:
        if self._options.key_env:
            return self._options.secret(self._name)
        if not self._asked_keyring:
            # The system keyring may ask its owner to unlock it, which takes as long as it takes.
            self._stored_key = await asyncio.to_thread(self._options.secret, self._name)
            self._asked_keyring = True
        return self._stored_key


def split_address(address: str, name: str) -> tuple[str, tuple[str, str] | None]:
    """The address without credentials, query and final slash; and the credentials, if any.

    Raises:
        SettingsError: When it is no http or https address.
    """
    try:
        parts = urlsplit(address.strip())
        host, _ = host_and_port(address)
        if parts.scheme not in ("http", "https") or not host:
            raise ValueError("it should begin with http:// or https:// and name a host")
        _ = parts.port  # raises when it is not a number
    except ValueError as error:
        raise SettingsError(
            f"The address {shorten(public_url(address))} of the backend {name!r} cannot be used: "
            f"{error}. Write it like 'http://127.0.0.1:8188'."
        ) from None
    netloc = parts.netloc.rpartition("@")[2]
    plain = urlunsplit(SplitResult(parts.scheme, netloc, parts.path.rstrip("/"), "", ""))
    if parts.username is None:
        return plain, None
    return plain, (unquote(parts.username), unquote(parts.password or ""))
