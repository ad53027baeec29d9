"""The product's own settings, in an environment made for tests: nothing of the developer's leaks in."""

import os
from pathlib import Path

os.environ.setdefault("REAL_ANSWERS", os.environ.get("TALKOO_DATA", ""))  # what tests/engines reads, if at hand
for _name in [name for name in os.environ if name.startswith("TALKOO_")]:
    del os.environ[_name]
os.environ["TALKOO_VAR"] = str(Path(__file__).resolve().parents[1] / "var" / "test")
os.environ["TALKOO_INSECURE_HTTP"] = "1"
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

from talkoo.config.settings import *  # noqa: E402, F403
from talkoo.config.settings import DATABASES  # noqa: E402

DATABASES["default"]["OPTIONS"].pop("pool")  # race tests open more connections than a pool of the product would
PASSWORD_HASHERS = ["tests.hashing.QuickArgon2"]
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
