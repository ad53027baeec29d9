"""Typed reading of environment variables that were declared, and loud failure on those that were not.

An operator who mistypes a name or a value must hear of it at the start, with the remedy, not weeks later.
"""

import difflib
import shlex
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import TypeVar
from urllib.parse import SplitResult, unquote, urlsplit

T = TypeVar("T")

Network = IPv4Network | IPv6Network
WIDEST = {4: 8, 6: 32}  # the shortest prefix of a network that is somebody's own

FROM_FILE = "_FILE"
YES = {"1", "true", "yes", "on"}
NO = {"", "0", "false", "no", "off"}


class BadSetting(Exception):
    """A setting cannot be used; the text names the variable, what is wrong and the remedy."""


@dataclass(frozen=True)
class Setting:
    """One documented variable; `default` is what the guide prints, `example` a value that works."""

    name: str
    kind: str
    default: str
    why: str
    example: str = ""

    @property
    def secret(self) -> bool:
        """A secret may also come in a file, named by the variable with _FILE at its end."""
        return "secret" in self.kind

    def row(self) -> str:
        """The line of the operator's guide."""
        default = f"`{self.default}`" if self.default else ""
        example = f"`{self.example}`" if self.example else ""
        return f"| `{self.name}` | {self.kind} | {default} | {self.why} | {example} |"


def _flag(text: str) -> bool:
    if text.lower() in YES:
        return True
    if text.lower() in NO:
        return False
    raise ValueError("use 1 or 0")


def _number(text: str) -> int:
    if not text.isascii() or not text.isdigit():
        raise ValueError("use a whole number")
    return int(text)


def _names(text: str) -> list[str]:
    return [name.strip() for name in text.split(",") if name.strip()]


def _network(text: str) -> Network:
    found = ip_network(text)
    if found.prefixlen < WIDEST[found.version]:
        raise ValueError(f"{found} takes in too much of the world")
    return found


def _url(schemes: Iterable[str]) -> Callable[[str], SplitResult]:
    def parse(text: str) -> SplitResult:
        parts = urlsplit(text)
        if parts.scheme not in schemes:
            raise ValueError(f"start it with {' or '.join(f'{scheme}://' for scheme in schemes)}")
        _ = parts.port
        return parts

    return parse


def _place(text: str) -> tuple[str, int] | str:
    if text.startswith("/"):
        return text
    host, _colon, port = text.rpartition(":")
    if not host or not port.isascii() or not port.isdigit() or not 0 < int(port) < 65_536:
        raise ValueError("write HOST:PORT, or the path of a socket from / on")
    return host.removeprefix("[").removesuffix("]"), int(port)


class Environment:
    """The declared settings of one program, read from `values` (normally os.environ)."""

    def __init__(self, declared: Iterable[Setting], values: Mapping[str, str], prefix: str) -> None:
        self.declared = {setting.name: setting for setting in declared}
        self.values = dict(values)
        for name in sorted(values):
            base = self.declared.get(name.removesuffix(FROM_FILE))
            if name.startswith(prefix) and name not in self.declared and base and base.secret:
                self.values[base.name] = self._from_file(name, base.name)
            elif name.startswith(prefix) and name not in self.declared:
                near = difflib.get_close_matches(name, self.declared, n=1)
                hint = f"did you mean {near[0]}?" if near else "remove it, or see docs/guide/operator.md for the list"
                raise BadSetting(f"{name} is not a setting of Talkoo: {hint}")

    def _from_file(self, name: str, base: str) -> str:
        if self.values.get(base, "").strip():
            raise BadSetting(f"{name}: {base} is set as well; leave one of the two out")
        try:
            return Path(self.values[name]).read_text().strip()
        except (OSError, UnicodeDecodeError) as error:
            raise BadSetting(
                f"{name}: {self.values[name]} cannot be read ({error}); name a file with the secret in it"
            ) from None

    def text(self, name: str) -> str:
        """The value as written, or the declared default."""
        return self.values.get(name, "").strip() or self.declared[name].default

    def flag(self, name: str) -> bool:
        return self._parsed(name, _flag)

    def number(self, name: str) -> int:
        return self._parsed(name, _number)

    def names(self, name: str) -> list[str]:
        """A list written with commas."""
        return self._parsed(name, _names)

    def networks(self, name: str) -> list[Network]:
        """Networks written with commas; a single address is a network of one."""
        return self._parsed(name, lambda text: [_network(each) for each in _names(text)])

    def words(self, name: str) -> list[str]:
        """A command in its words, quoted as a shell would have it; no shell runs it."""
        return self._parsed(name, shlex.split)

    def pairs(self, name: str, values: Iterable[str]) -> list[tuple[str, str]]:
        """A list of NAME=VALUE written with commas, each value one of those given."""
        allowed = list(values)

        def parse(text: str) -> list[tuple[str, str]]:
            found = [each.rpartition("=") for each in _names(text)]
            if any(not left or right not in allowed for left, _equals, right in found):
                raise ValueError(f"write NAME=VALUE with commas between; a value is one of {', '.join(allowed)}")
            return [(left, right) for left, _equals, right in found]

        return self._parsed(name, parse)

    def choice(self, name: str, options: Iterable[str]) -> str:
        allowed = list(options)

        def parse(text: str) -> str:
            if text not in allowed:
                raise ValueError(f"use one of {', '.join(allowed)}")
            return text

        return self._parsed(name, parse)

    def url(self, name: str, schemes: Iterable[str]) -> SplitResult | None:
        """The address in parts, or None when it is not set."""
        return self._parsed(name, _url(list(schemes))) if self.text(name) else None

    def place(self, name: str) -> tuple[str, int] | str | None:
        """Where a service listens: host and port, or the path of a socket; None when it is not set."""
        return self._parsed(name, _place) if self.text(name) else None

    def _parsed(self, name: str, parse: Callable[[str], T]) -> T:
        text = self.text(name)
        try:
            return parse(text)
        except ValueError as error:
            shown = "its value" if self.declared[name].secret else repr(text)
            example = self.declared[name].example
            hint = f", for example {example}" if example else ""
            raise BadSetting(f"{name}: {shown} cannot be used; {error}{hint}") from None


def credentials(parts: SplitResult) -> tuple[str, str]:
    """User and password of an address, with percent signs undone."""
    return unquote(parts.username or ""), unquote(parts.password or "")
