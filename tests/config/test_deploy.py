"""The files of deploy/ are what they claim: units systemd accepts, YAML that parses, settings that exist, nobody root."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

from talkoo.config.cli import COMMANDS
from talkoo.config.environment import DECLARED

DEPLOY = Path("deploy")
UNITS = sorted(DEPLOY.glob("systemd/talkoo-*"))
CHART = DEPLOY / "helm/talkoo"
KNOWN = {name for setting in DECLARED for name in (setting.name, f"{setting.name}_FILE" if setting.secret else "")}


def files():
    return [*(path for path in DEPLOY.rglob("*") if path.is_file()), Path("Dockerfile")]


def test_every_setting_and_command_that_is_used_exists():
    text = {str(path): path.read_text() for path in files()}
    unknown = {(path, name) for path, words in text.items() for name in re.findall(r"\bTALKOO_[A-Z_]+\b", words)
               if name not in KNOWN}  # fmt: skip
    assert unknown == set()
    commands = {
        name for words in text.values() for name in re.findall(r'(?:bin/talkoo|"talkoo",|\[talkoo,) "?([a-z]+)', words)
    }
    assert {"serve", "worker", "migrate", "backup", "verify"} <= commands <= set(COMMANDS)


def test_compose_runs_nobody_as_root_on_a_file_system_that_cannot_be_written():
    services = yaml.safe_load((DEPLOY / "compose.yaml").read_text())["services"]
    for name in ("migrate", "web", "worker"):
        assert services[name]["read_only"] is True
        assert services[name]["user"] == "10001:10001"
        assert services[name]["cap_drop"] == ["ALL"]
    assert "TALKOO_OWNER_DATABASE_URL_FILE" not in services["web"]["environment"]
    assert re.search(r"^USER 10001:10001$", Path("Dockerfile").read_text(), re.MULTILINE)


def test_systemd_accepts_the_units(tmp_path):
    for path in UNITS:
        text = path.read_text().replace("/opt/talkoo/bin/talkoo", shutil.which("true"))
        (tmp_path / path.name).write_text(re.sub(r"^(EnvironmentFile|LoadCredential|User|Group|Documentation)=.*\n", "", text, flags=re.MULTILINE))  # fmt: skip
    named = [str(tmp_path / path.name.replace("@", "@1")) for path in UNITS]
    (tmp_path / "talkoo-worker@1.service").write_text((tmp_path / "talkoo-worker@.service").read_text())
    done = subprocess.run(
        ["systemd-analyze", "verify", *named], capture_output=True, text=True, timeout=60, check=False
    )
    said = [line for line in done.stderr.splitlines() if "talkoo" in line]
    assert said == [], done.stderr


def test_every_unit_gives_up_what_it_does_not_need():
    for path in DEPLOY.glob("systemd/*.service"):
        text = path.read_text()
        for line in ("NoNewPrivileges=yes", "ProtectSystem=strict", "CapabilityBoundingSet=", "User=talkoo"):
            assert f"\n{line}\n" in text, path
        assert ("owner-database-url" in text) is (path.name in {"talkoo-migrate.service", "talkoo-backup.service"}), (
            path
        )


class Chart:
    """As much of Go's templates as this chart uses: define, include, range over a map, if, values and pipes."""

    TAG = re.compile(r"(\s*)\{\{(-?)\s*(.*?)\s*(-?)\}\}", re.DOTALL)

    def __init__(self, values):
        self.root = {
            "Values": values,
            "Release": {"Name": "house"},
            "Chart": {"AppVersion": yaml.safe_load((CHART / "Chart.yaml").read_text())["appVersion"]},
        }
        self.defined = {}
        self.render((CHART / "templates/_pod.tpl").read_text())

    def render(self, text):
        words, at = [], 0
        for found in self.TAG.finditer(text):
            words += [
                ("text", text[at : found.start()] + ("" if found.group(2) else found.group(1))),
                ("tag", found.group(3)),
            ]
            at = found.end()
            if found.group(4):
                at += len(text[at:]) - len(text[at:].lstrip())
        return self._block([*words, ("text", text[at:])], {})[0]

    def _block(self, words, names):
        out = []
        while words:
            kind, what = words.pop(0)
            if kind == "text":
                out.append(what)
            elif what == "end":
                break
            else:
                out.append(self._tag(what, words, names))
        return "".join(out), words

    def _tag(self, what, words, names):
        verb, _space, rest = what.partition(" ")
        if verb == "define":
            depth, body = 1, []
            while depth:
                body.append(words.pop(0))
                depth += (body[-1][0] == "tag") * (body[-1][1].startswith(("if", "range")) - (body[-1][1] == "end"))
            self.defined[rest.strip('"')] = body
            return ""
        if verb in {"if", "range"}:
            body, depth = [], 1
            while depth:
                body.append(words.pop(0))
                depth += (body[-1][0] == "tag") * (body[-1][1].startswith(("if", "range")) - (body[-1][1] == "end"))
            if verb == "if":
                return self._block(list(body), names)[0] if self._value(rest, names) else ""
            every = self._value(rest.partition(":=")[2].strip(), names)
            return "".join(self._block(list(body), names | {"$name": n, "$value": v})[0] for n, v in every.items())
        return str(self._piped(what, names))

    def _piped(self, what, names):
        first, *pipes = (part.strip() for part in what.split("|"))
        verb, _space, rest = first.partition(" ")
        if verb == "include":
            value = self._block(list(self.defined[rest.split()[0].strip('"')]), names)[0].strip("\n")
        elif verb == "toYaml":
            value = yaml.safe_dump(self._value(rest, names)).strip()
        else:
            value = self._value(first, names)
        for pipe in pipes:
            name, _space, argument = pipe.partition(" ")
            if name == "nindent":
                value = "\n" + "\n".join(" " * int(argument) + line for line in value.splitlines())
            elif name == "quote":
                value = '"' + str(value).replace('"', '\\"') + '"'
            elif name == "default":
                value = value or self._value(argument, names)
        return value

    def _value(self, path, names):
        if path.startswith("$"):
            return names[path]
        value = self.root
        for part in path.removeprefix(".").split("."):
            value = value[part]
        return value


@pytest.mark.parametrize("ingress", [False, True])
def test_the_chart_renders_to_what_kubernetes_takes_with_nobody_root(ingress):
    values = yaml.safe_load((CHART / "values.yaml").read_text())
    values["ingress"] |= {"enabled": ingress, "className": "nginx", "tlsSecret": "tls"}
    chart, found = Chart(values), {}
    for path in sorted(CHART.glob("templates/*.yaml")):
        for made in yaml.safe_load_all(chart.render(path.read_text())):
            if made:
                found[made["kind"], made["metadata"]["name"]] = made
    kinds = {kind for kind, _name in found}
    assert {"Deployment", "Service", "Job", "PersistentVolumeClaim", "PodDisruptionBudget"} <= kinds
    assert ("Ingress" in kinds) is ingress
    for (kind, _name), made in found.items():
        if kind not in {"Deployment", "Job"}:
            continue
        pod = made["spec"]["template"]["spec"]
        container, = pod["containers"]  # fmt: skip
        assert pod["securityContext"]["runAsNonRoot"] is True
        assert container["securityContext"]["readOnlyRootFilesystem"] is True
        assert {each["name"] for each in container["env"]} <= KNOWN
        assert container["resources"]["limits"]["memory"]
        if kind == "Deployment":
            labels = made["spec"]["template"]["metadata"]["labels"]
            assert made["spec"]["selector"]["matchLabels"].items() <= labels.items()
    probes = found["Deployment", "house-web"]["spec"]["template"]["spec"]["containers"][0]
    assert probes["readinessProbe"]["httpGet"]["path"] == "/readyz"
