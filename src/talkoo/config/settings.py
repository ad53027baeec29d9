"""All settings of Django, from the environment only. A value that cannot be used stops the start with its remedy."""

import os
import secrets
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote
from zoneinfo import ZoneInfo

from csp.constants import NONE, SELF

from talkoo.access.context import LEVELS
from talkoo.config.environment import DECLARED, PACKAGE, var_folder
from talkoo.lib import languages, postgres, wall
from talkoo.lib.env import BadSetting, Environment, credentials

env = Environment(DECLARED, os.environ, prefix="TALKOO_")
VAR = var_folder(os.environ)
DEMO = env.flag("TALKOO_DEMO")
DEBUG = env.flag("TALKOO_DEBUG")
INSECURE_HTTP = DEMO or env.flag("TALKOO_INSECURE_HTTP")
if DEBUG and not DEMO:
    raise BadSetting(
        "TALKOO_DEBUG: shows source to anybody, so it works in demo mode only; set TALKOO_DEMO=1 or drop it"
    )


def _secret_key() -> str:
    """The operator's, or one generated once; two processes that start together agree on one."""
    given = env.text("TALKOO_SECRET_KEY")
    if given and len(given) < 40:
        raise BadSetting("TALKOO_SECRET_KEY: is too short; use 50 random characters, or leave it out to have one made")
    kept = VAR / "secret-key"
    if not given and not kept.exists():
        draft = VAR / f"secret-key.{os.getpid()}"
        with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            file.write(secrets.token_urlsafe(48))
        try:
            os.link(draft, kept)
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    return given or kept.read_text()


SECRET_KEY = _secret_key()
SECRET_KEY_FALLBACKS = env.text("TALKOO_FORMER_SECRET_KEYS").split()

# --- address -------------------------------------------------------------------------------------------------------
_url = env.url("TALKOO_URL", ["https", "http"])
if _url and _url.scheme == "http" and not INSECURE_HTTP:
    raise BadSetting("TALKOO_URL: begins with http://; use https://, or set TALKOO_INSECURE_HTTP=1 for a trial")
BASE_URL = f"{_url.scheme}://{_url.netloc}" if _url else ""
ALLOWED_HOSTS = ["localhost", "127.0.0.1", "[::1]"] + ([_url.hostname] if _url and _url.hostname else [])
CSRF_TRUSTED_ORIGINS = [BASE_URL] if _url else []
ROOT_URLCONF = "talkoo.config.urls"
WSGI_APPLICATION = "talkoo.config.wsgi.application"
APPEND_SLASH = True

# --- database ------------------------------------------------------------------------------------------------------
ROLE = env.choice("TALKOO_DATABASE_ROLE", ["app", "owner"])
EMBEDDED = not env.text("TALKOO_DATABASE_URL")
APPEND_ONLY_TABLES = (  # web and worker may add rows, never change or delete them
    "audit_event", "audit_leaf", "audit_tile", "audit_checkpoint", "microtasks_answer", "access_councilword",
)  # fmt: skip
READ_ONLY_TABLES = ("django_migrations", "audit_inbox", "microtasks_standing", "microtasks_touched")
WALLED_TABLES = {  # whose rows are shown only where their batch was opened (lib.wall): its column, or by way of what table
    **dict.fromkeys((
        "microtasks_task", "microtasks_answer", "microtasks_result", "microtasks_knownanswer",
        "microtasks_practiceanswer", "microtasks_piece", "microtasks_seen",
    ), ("batch_id",)),
    **dict.fromkeys(("microtasks_picture", "microtasks_firstrows", "microtasks_rejectedrow"), ("upload_id", "microtasks_upload")),
    "microtasks_draft": ("assignment_id", "microtasks_assignment"),
}  # fmt: skip


def _own_database(name: str) -> dict[str, Any]:
    parts = env.url(name, ["postgresql", "postgres"])
    if parts is None:
        raise BadSetting(f"{name}: is empty; give postgresql://user:password@host/database")
    if not parts.path.strip("/"):
        raise BadSetting(f"{name}: names no database; add it after the host, as in postgresql://user@host/talkoo")
    user, password = credentials(parts)
    options: dict[str, Any] = dict(parse_qsl(parts.query))
    host = options.pop("host", "") or unquote(parts.hostname or "")
    return {"NAME": unquote(parts.path.strip("/")), "USER": user, "PASSWORD": password, "HOST": host,
            "PORT": str(parts.port or ""), "OPTIONS": options}  # fmt: skip


def _embedded_database() -> dict[str, Any]:
    role = postgres.OWNER if ROLE == "owner" else postgres.APP
    place = postgres.cluster(VAR / "postgres")
    return {"NAME": postgres.DATABASE, "USER": role, "PASSWORD": place.password(role), "HOST": str(place.sockets),
            "PORT": "", "OPTIONS": {}}  # fmt: skip


def database() -> dict[str, Any]:
    """How to reach the database as things are now: the embedded server gets its passwords when it is made."""
    if EMBEDDED:
        found = _embedded_database()
    elif ROLE == "owner" and env.text("TALKOO_OWNER_DATABASE_URL"):
        found = _own_database("TALKOO_OWNER_DATABASE_URL")
    else:
        found = _own_database("TALKOO_DATABASE_URL")
    # Without health checks a restart of the database gives errors to people; without a pool a request costs 3 x more.
    pool = {"min_size": 2, "max_size": 8, "timeout": 5, "reset": wall.forget}
    return {"ENGINE": "talkoo.lib.database", "CONN_MAX_AGE": 0, "CONN_HEALTH_CHECKS": True, **found,
            "OPTIONS": {**found["OPTIONS"], "pool": pool}}  # fmt: skip


DATABASES = {"default": database()}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- what Talkoo is made of ----------------------------------------------------------------------------------------
INSTALLED_APPS = [
    "talkoo.audit",
    "talkoo.access",
    "talkoo.notify",
    "talkoo.people",
    "talkoo.microtasks",
    "talkoo.desk",
    "talkoo.lib",
    "talkoo.config",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "django_htmx",
    "csp",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "procrastinate.contrib.django",
]
MIDDLEWARE = [
    "talkoo.config.proxies.proxies",  # before anything reads a header
    "talkoo.config.middleware.observed",
    "django.middleware.security.SecurityMiddleware",
    "django.middleware.gzip.GZipMiddleware",  # styles and scripts travel at a fifth; Django pads pages against BREACH
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "talkoo.config.middleware.language",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "talkoo.config.middleware.subject",
    "talkoo.config.calls.calls",
    "talkoo.config.gates.Gates",
    "talkoo.config.middleware.DomainErrors",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [PACKAGE / "templates", PACKAGE / "microtasks" / "task_types"],
        "APP_DIRS": True,
        "OPTIONS": {
            "builtins": [
                "django.templatetags.static",
                "django.templatetags.i18n",
                "talkoo.lib.templatetags.elements",
                "talkoo.lib.templatetags.writing",
            ],
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "talkoo.desk.menu.menu",
                "talkoo.access.kept.kept",
                "talkoo.access.kept.organisation",
            ],
        },
    }
]

# --- sign-in -------------------------------------------------------------------------------------------------------
AUTH_USER_MODEL = "people.Person"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator",
        "OPTIONS": {"user_attributes": ("name", "email")},
    },
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "talkoo.people.passwords.NotOfThisPlace"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "/"
ACCOUNT_ADAPTER = "talkoo.access.adapter.InvitedOnly"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "none"  # the invitation went to that address
ACCOUNT_DEFAULT_HTTP_PROTOCOL = "http" if INSECURE_HTTP else "https"
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False  # else anybody could have mail sent to any address
ACCOUNT_RATE_LIMITS = {  # a whole town hall may share one address; whoever guesses at one account is slowed, not locked out
    "login": "600/m/ip", "login_failed": "30/m/ip,15/300s/key", "reset_password": "30/m/ip,5/m/key",
    "guest_link": "30/m/ip,3/300s/key,12/d/key", "guest_mail": "36/d/key", "look_along": "5/m/user",
}  # fmt: skip
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_EMAIL_NOTIFICATIONS = True  # whoever changes how somebody signs in cannot do it unnoticed
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes", "webauthn"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_WEBAUTHN_USER_VERIFICATION = "required"  # unlocked by a finger, a face or a PIN each time: two factors by itself
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = False  # browsers and the library take http://localhost as it is
MFA_FORMS = {
    "authenticate": "talkoo.access.forms.CodeForm",
    "reauthenticate": "talkoo.access.forms.CodeAgainForm",
    "add_webauthn": "talkoo.access.forms.AddPasskeyForm",
    "edit_webauthn": "talkoo.access.forms.EditPasskeyForm",
}
MFA_RATE_LIMITS = {"webauthn_login": "600/m/ip"}  # there is nothing to guess, and a town hall may share one address
MFA_ADAPTER = "talkoo.access.adapter.SealedSecrets"
MFA_TOTP_ISSUER = "Talkoo"
MFA_ALLOW_UNVERIFIED_EMAIL = True  # as above
CACHES = {  # counts of attempts, shared by all web processes; with Django's 300 entries guessing would throw them out
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "access_cache",
        "OPTIONS": {"MAX_ENTRIES": 20_000},
    }
}
_oidc = env.url("TALKOO_OIDC_ISSUER", ["https", "http"] if INSECURE_HTTP else ["https"])
OIDC_ISSUER = env.text("TALKOO_OIDC_ISSUER")
OIDC_CLIENT_ID = env.text("TALKOO_OIDC_CLIENT_ID")
OIDC_CLIENT_SECRET = env.text("TALKOO_OIDC_CLIENT_SECRET")
OIDC_NAME = env.text("TALKOO_OIDC_NAME") or (_oidc.hostname or "" if _oidc else "")
OIDC_LEVELS = {name: LEVELS[level] for name, level in env.pairs("TALKOO_OIDC_LEVELS", LEVELS)}
if _oidc and not (OIDC_CLIENT_ID and OIDC_CLIENT_SECRET):
    raise BadSetting("TALKOO_OIDC_ISSUER: needs TALKOO_OIDC_CLIENT_ID and TALKOO_OIDC_CLIENT_SECRET beside it")

# --- proxies, and what they say of devices -------------------------------------------------------------------------
ALLAUTH_TRUSTED_PROXY_COUNT = env.number("TALKOO_BEHIND_PROXY")
PROXIES = env.networks("TALKOO_PROXIES")[: None if ALLAUTH_TRUSTED_PROXY_COUNT else 0]  # none stands in front
DEVICE_ISSUER, DEVICE_AUDIENCE = env.text("TALKOO_DEVICE_ISSUER"), env.text("TALKOO_DEVICE_AUDIENCE")
DEVICE_KEYS = env.text("TALKOO_DEVICE_KEYS")
DEVICE_CERTIFICATES = env.choice("TALKOO_DEVICE_CERTIFICATES", ["", "known", "managed"])
if len(list(filter(None, (DEVICE_ISSUER, DEVICE_AUDIENCE, DEVICE_KEYS)))) in {1, 2}:
    raise BadSetting(
        "TALKOO_DEVICE_ISSUER: needs TALKOO_DEVICE_AUDIENCE and TALKOO_DEVICE_KEYS beside it, all three or none"
    )
if (DEVICE_ISSUER or DEVICE_CERTIFICATES) and not ALLAUTH_TRUSTED_PROXY_COUNT:
    raise BadSetting("TALKOO_BEHIND_PROXY: is 0, but proxies are to tell of devices; say how many stand in front")

# --- security ------------------------------------------------------------------------------------------------------
SESSION_ENGINE = "talkoo.access.sessions"
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
SESSION_COOKIE_AGE = 172_800  # when a row goes at the latest; sessions end before that (access.proofs)
_HOST = "" if INSECURE_HTTP else "__Host-"  # browsers take such a cookie from this very host over https only
SESSION_COOKIE_NAME = f"{_HOST}talkoo_session"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = LANGUAGE_COOKIE_SECURE = not INSECURE_HTTP
CSRF_COOKIE_NAME = f"{_HOST}talkoo_csrf"
CSRF_COOKIE_HTTPONLY = True
MESSAGES_COOKIE_NAME = f"{_HOST}talkoo_messages"
MESSAGE_STORAGE = "talkoo.config.cookies.Told"
CSRF_FAILURE_VIEW = "talkoo.config.refusals.forged"
SECURE_SSL_REDIRECT = not INSECURE_HTTP
SECURE_REDIRECT_EXEMPT = [r"^(livez|healthz|readyz|metrics)$", r"^api/v1/."]  # a program that forgot TLS is told so
SECURE_HSTS_SECONDS = 0 if INSECURE_HTTP else 31_536_000
SECURE_HSTS_INCLUDE_SUBDOMAINS = not INSECURE_HTTP and env.flag("TALKOO_HSTS_SUBDOMAINS")
SECURE_HSTS_PRELOAD = False
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if ALLAUTH_TRUSTED_PROXY_COUNT else None
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
SILENCED_SYSTEM_CHECKS = ["security.W005", "security.W021"]  # said by a setting; preload lists are for whole domains
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "object-src": [NONE],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
        "form-action": [SELF],
    }
}

# --- API -----------------------------------------------------------------------------------------------------------
API_CALLS_PER_MINUTE = env.number("TALKOO_API_CALLS_PER_MINUTE")

# --- files ---------------------------------------------------------------------------------------------------------
STATIC_URL = "/static/"
STATICFILES_DIRS = [PACKAGE / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "talkoo.config.assets.StampedStorage"},
}
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = DEBUG
WHITENOISE_MAX_AGE = 0 if DEBUG else 86_400  # every address carries a stamp of the content
WHITENOISE_ROOT = None
MEDIA_ROOT = VAR / "uploads"  # never served by address
FILE_UPLOAD_MAX_MEMORY_SIZE = 2_621_440
DATA_UPLOAD_MAX_MEMORY_SIZE = 2_621_440
UPLOAD_MAX_BYTES = env.number("TALKOO_UPLOAD_MEGABYTES") * 1_000_000
ITEMS_SHOWN_PER_HOUR = env.number("TALKOO_ITEMS_SHOWN_PER_HOUR")
CLAMD = env.place("TALKOO_CLAMD")
BATCH_MOST_ROWS = env.number("TALKOO_BATCH_ROWS")

# --- language and time ---------------------------------------------------------------------------------------------
LOCALE_PATHS = [VAR / "locale", PACKAGE / "locale"]  # what an operator adds stands before what comes along
LANGUAGES = languages.installed(LOCALE_PATHS, pseudo_locales=DEMO)
LANGUAGE_CODE = env.choice("TALKOO_LANGUAGE", [code for code, _name in LANGUAGES])
FORMAT_MODULE_PATH = ["talkoo.lib.formats"]
USE_I18N = USE_TZ = True
TIME_ZONE = env.text("TALKOO_TIME_ZONE")
try:
    ZoneInfo(TIME_ZONE)
except (ValueError, LookupError, OSError):
    raise BadSetting(f"TALKOO_TIME_ZONE: {TIME_ZONE!r} is not a time zone, for example Europe/Helsinki") from None

# --- background jobs -----------------------------------------------------------------------------------------------
PROCRASTINATE_AUTODISCOVER_MODULE_NAME = "jobs"

# --- what people are told: the things it is about, known by the slices above ---------------------------------------
SUBJECT_LOADER = "talkoo.people.queries.subject_of"
NOTICED_THINGS = {
    "arrangement": "talkoo.people.queries.arrangements.noticed_arrangements",
    "batch": "talkoo.microtasks.queries.noticed.noticed_batches",
    "endpoint": "talkoo.notify.queries.webhooks.noticed_endpoints",
    "organisation": "talkoo.people.queries.organisations.noticed_organisations",
    "plan": "talkoo.people.queries.plans.noticed_plans",
}
PROMISES = "talkoo.microtasks.queries.promises.promised"
MEASURES_AGREED = "talkoo.people.queries.council.agreed"
ORGANISATION_NAMES = "talkoo.people.queries.organisations.organisation_names"
WEBHOOK_PRIVATE_NETWORKS = env.flag("TALKOO_WEBHOOK_PRIVATE_NETWORKS")
WEBHOOK_LOOPBACK = DEMO  # a receiver on the same machine, for trying out

# --- mail ----------------------------------------------------------------------------------------------------------
DEFAULT_FROM_EMAIL = SERVER_EMAIL = env.text("TALKOO_MAIL_FROM")
EMAIL_TIMEOUT = 20
_mail = env.url("TALKOO_SMTP_URL", ["smtp", "smtps", "smtp+starttls"])
if _mail:
    EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    EMAIL_HOST = _mail.hostname or "localhost"
    EMAIL_USE_SSL, EMAIL_USE_TLS = _mail.scheme == "smtps", _mail.scheme == "smtp+starttls"
    EMAIL_PORT = _mail.port or {"smtps": 465, "smtp+starttls": 587}.get(_mail.scheme, 25)
    EMAIL_HOST_USER, EMAIL_HOST_PASSWORD = credentials(_mail)
else:
    EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    EMAIL_FILE_PATH = VAR / "mail"

# --- the log: what leaves the database, so that nobody who holds it can change the past ----------------------------
AUDIT_KEY = Path(env.text("TALKOO_AUDIT_KEY") or VAR / "audit-key")
AUDIT_CHECKPOINTS = Path(env.text("TALKOO_AUDIT_CHECKPOINTS") or VAR / "checkpoints")
AUDIT_CHECKPOINT_COMMAND = env.words("TALKOO_AUDIT_CHECKPOINT_COMMAND")
AUDIT_WITNESSES = env.names("TALKOO_AUDIT_WITNESSES")
AUDIT_SYSLOG = env.url("TALKOO_AUDIT_SYSLOG", ["syslog+udp", "syslog+tcp", "syslog+tls", "syslog+unix", "file"])
AUDIT_SYSLOG_FACTS = env.flag("TALKOO_AUDIT_SYSLOG_FACTS")

METRICS_TOKEN = env.text("TALKOO_METRICS_TOKEN")

# --- log -----------------------------------------------------------------------------------------------------------
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {"traced": {"()": "talkoo.config.logs.Traced"}},
    "formatters": {
        "text": {"()": "talkoo.config.logs.Lines", "format": "{asctime} {levelname} {name}: {message}", "style": "{"},
        "json": {"()": "talkoo.config.logs.JsonLines"},
    },
    "handlers": {
        "stderr": {
            "class": "logging.StreamHandler",
            "formatter": env.choice("TALKOO_LOG_FORMAT", ["text", "json"]),
            "filters": ["traced"],
        }
    },
    "root": {
        "handlers": ["stderr"],
        "level": env.choice("TALKOO_LOG_LEVEL", ["debug", "info", "warning", "error"]).upper(),
    },
    "loggers": {
        "django": {"handlers": [], "propagate": True},
        "django.request": {"level": "ERROR"},  # what people are refused is told to them, and in the audit log
        **{
            f"django.security.{name}": {"level": "CRITICAL"}  # told to who sent it; no fault of this server
            for name in ("RequestDataTooBig", "TooManyFieldsSent", "TooManyFilesSent")
        },
    },
}
