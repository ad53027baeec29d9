"""The bill of materials names everything that is pinned."""

import json
import re
import subprocess
from pathlib import Path

import pytest

LISTS = {"base": ("base",), "tools": ("dev", "uv", "node", "sbom")}
PINNED = re.compile(r"^([a-z0-9][a-z0-9._-]*)==([^ ;\\]+)", re.MULTILINE)


def pinned(name):
    return set(PINNED.findall(Path(f"requirements/{name}.txt").read_text()))


def test_every_tool_of_the_bill_is_pinned_with_its_hash():
    lines = Path("requirements/sbom.txt").read_text().replace("\\\n", "").splitlines()
    assert any(line.startswith("cyclonedx-bom==") for line in lines)
    assert [line for line in lines if "==" not in line or "--hash=sha256:" not in line] == []


@pytest.mark.full
def test_every_pinned_package_stands_in_the_bill_with_its_version(tmp_path):
    subprocess.run(["requirements/sbom", tmp_path], check=True, capture_output=True)
    bills = {path.name.split(".")[0]: json.loads(path.read_text()) for path in tmp_path.iterdir()}
    found = {name: {(each["name"], each["version"]) for each in bill["components"]} for name, bill in bills.items()}
    for bill, lists in LISTS.items():
        assert set.union(*map(pinned, lists)) <= found[bill]
    locked = json.loads(Path("frontend/package-lock.json").read_text())["packages"]
    assert {(path.split("node_modules/")[-1], each["version"]) for path, each in locked.items() if path} == found["npm"]
    assert all(bill["bomFormat"] == "CycloneDX" for bill in bills.values())
