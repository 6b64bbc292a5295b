"""The headers of a backend: where its keys come from, and what must never be shown."""

from __future__ import annotations

import asyncio
import base64
import os
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import SplitResult, unquote, urlsplit, urlunsplit

from pydantic import SecretStr

from canvas_kit.backends.transport.redaction import forms_of, names_secret, redacted
from canvas_kit.errors import SettingsError, shorten
from canvas_kit.network import host_and_port, public_url

if TYPE_CHECKING:
    from canvas_kit.settings import BackendSettings


class Credentials:
    """The headers of one backend, read anew for each request, and the memory of its secrets."""

    def __init__(
        self,
        name: str,
        options: BackendSettings,
        *,
        headers: Mapping[str, str],
        variables: Mapping[str, str],
        basic: tuple[str, str] | None,
        key_headers: Callable[[str], Mapping[str, str]],
    ) -> None:
        """Nothing is read yet.

        Args:
            name: The backend's name in the settings.
            options: Its settings, which know where the key is.
            headers: Sent as they are.
            variables: Header names, and the environment variables that hold their values.
            basic: User and password for HTTP Basic.
            key_headers: The headers that carry a key.
        """
        self._name = name
        self._options = options
        self._plain = dict(headers)
        self._variables = dict(variables)
        self._basic = _basic_header(basic)
        self._key_headers = key_headers
        self._stored_key: SecretStr | None = None
        self._asked_keyring = False
        self._secrets: set[SecretStr] = set()

    async def headers(self) -> dict[str, str]:
        """All headers, keys included.

        Raises:
            SettingsError: When an environment variable that should hold one is not set.
        """
        headers = dict(self._plain)
        if self._basic is not None:
            headers["Authorization"] = self._basic.get_secret_value()
        key = await self._key()
        if key is not None:
            self.remember(key)
            headers.update(self._key_headers(key))
        for name, variable in self._variables.items():
            value = os.environ.get(variable, "")
            if not value:
                raise SettingsError(
                    f"The backend {self._name!r} takes the header {name} from the environment "
                    f"variable {variable}, which is not set."
                )
            self.remember(value)
            headers[name] = value
        for name, value in headers.items():
            if names_secret(name):
                self.remember(value)
        return headers

    def remember(self, secret: str) -> None:
        """Have :meth:`redact` take out ``secret``, and what is secret inside of it.

        That is the token of a value like ``Bearer …``, and the password of HTTP Basic.
        """
        scheme, _, token = secret.rpartition(" ")
        found = {secret, token}
        if scheme.lower() == "basic":
            found.add(_password(token))
        for item in found:
            self._secrets.update(map(SecretStr, forms_of(item)))

    def redact(self, value: Any) -> Any:
        """``value`` without any secret that was ever sent."""
        return redacted(value, [secret.get_secret_value() for secret in self._secrets])

    async def _key(self) -> str | None:
        if self._options.key_env:
            key = self._options.secret(self._name)
            return key.get_secret_value() if key else None
        if not self._asked_keyring:
            # The system keyring may ask its owner to unlock it, which takes as long as it takes.
            self._stored_key = await asyncio.to_thread(self._options.secret, self._name)
            self._asked_keyring = True
        return self._stored_key.get_secret_value() if self._stored_key else None


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


def _basic_header(credentials: tuple[str, str] | None) -> SecretStr | None:
    if credentials is None:
        return None
    token = base64.b64encode(":".join(credentials).encode()).decode()
    return SecretStr(f"Basic {token}")


def _password(token: str) -> str:
    """The password in the token of HTTP Basic; empty if it is no such token."""
    try:
        return base64.b64decode(token).decode().partition(":")[2]
    except ValueError:
        return ""
