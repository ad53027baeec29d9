"""An OpenID provider that is not ours (oidc-provider-mock), in a process of its own."""

import contextlib
import socket
import subprocess
import sys
import time

import urllib3


@contextlib.contextmanager
def running():
    """The address of a fresh provider; it answers until the block ends."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    words = [sys.executable, "-W", "ignore", "-m", "oidc_provider_mock", "--port", str(port), "--require-nonce", "true"]
    with subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            yield _ready(f"http://localhost:{port}", process)
        finally:
            process.terminate()


def _ready(address, process):
    for _attempt in range(600):
        assert process.poll() is None, "the provider ended"
        with contextlib.suppress(urllib3.exceptions.HTTPError):
            urllib3.request("GET", f"{address}/.well-known/openid-configuration", retries=False, timeout=5)
            return address
        time.sleep(0.1)
    raise AssertionError("the provider does not answer")


def introduce(provider, sub, **claims):
    """Tell the provider what it knows of somebody."""
    answer = urllib3.request("PUT", f"{provider}/users/{sub}", json=claims)
    assert answer.status == 204, answer.data
    return sub
