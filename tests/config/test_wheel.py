"""The wheel installs and serves where there is no network at all: a fresh environment in a network namespace of its own."""

import os
import shutil
import subprocess
import sys

import pytest

pytestmark = pytest.mark.full

UP = "ip link set lo up && exec "  # in a new namespace even the way to oneself is down
ROOT = os.geteuid() == 0
ALONE = ["unshare", "-n" if ROOT else "-rn", "sh", "-c",
         UP + ("" if ROOT else "unshare --user --map-user=1000 --map-group=1000 ") + 'sh -c "$INSIDE"']  # fmt: skip
INSIDE = """
set -eu
! python3 -c 'import socket; socket.create_connection(("192.0.2.1", 80), 3)' 2>/dev/null
"$PYTHON" -m venv "$HERE/env"
"$HERE/env/bin/python" -m pip install -q --no-index "$WHEELS"/*.whl
cd "$HERE"
"$HERE/env/bin/python" - <<'PY'
import re, subprocess, urllib.request
serve = subprocess.Popen(["env/bin/talkoo", "serve", "--port", "0", "--migrate", "--no-worker"], stdout=subprocess.PIPE, text=True)
try:
    address = next(m.group(1) for line in serve.stdout if (m := re.search(r"ready: (http://\\S+?)/? ", line)))
    page = urllib.request.urlopen(address + "/elements/").read().decode()
    found = sorted(set(re.findall(r'(?:href|src)="(/static/[^"#]+)', page)))
    assert len(found) > 5, found
    for each in found:
        answer = urllib.request.urlopen(address + each)
        assert answer.status == 200 and answer.read(), each
    print("assets", len(found))
finally:
    serve.terminate()
    assert serve.wait(30) == 0
PY
env/bin/talkoo --help | head -1
"""


def test_a_machine_without_network_installs_from_a_wheelhouse_and_serves_pages_with_their_assets(tmp_path):
    assert shutil.which("unshare"), "needs unshare (util-linux)"
    wheels = tmp_path / "wheels"
    python = os.path.realpath(sys.executable)
    subprocess.run(["deploy/wheelhouse", str(wheels)], check=True, timeout=600, env=os.environ | {"PYTHON": python})
    tmp_path.chmod(0o755)
    kept = {
        name: value for name, value in os.environ.items() if not name.startswith(("TALKOO_", "DJANGO_", "PYTHONPATH"))
    }
    done = subprocess.run(
        ALONE, capture_output=True, text=True, timeout=600, check=False,
        env=kept | {"PYTHON": python, "HERE": str(tmp_path), "INSIDE": INSIDE, "WHEELS": str(wheels), "TALKOO_VAR": str(tmp_path / "var"),
                    "TALKOO_INSECURE_HTTP": "1", "HOME": str(tmp_path)},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "assets" in done.stdout
    assert "usage: talkoo COMMAND" in done.stdout
