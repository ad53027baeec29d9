"""Every variable Talkoo reads, declared once: settings.py reads them, docs/guide/operator.md prints them."""

from collections.abc import Mapping
from pathlib import Path

from talkoo.lib.env import BadSetting, Setting

PACKAGE = Path(__file__).resolve().parents[1]

DECLARED = (
    Setting("TALKOO_DEMO", "flag", "0", "Demo mode: personas by one click, plain http, mail into files. For trying out only."),
    Setting("TALKOO_URL", "address", "", "The public address. People reach Talkoo only by its host name, links in mail begin with it.", "https://talkoo.example.org"),
    Setting("TALKOO_VAR", "folder", "", "Folder of what changes: embedded database, uploads, mail of the demo, the generated key. Default: ./var.", "/var/lib/talkoo"),
    Setting("TALKOO_SECRET_KEY", "secret", "", "Signs sessions and links; 50 random characters. Default: generated once into the file secret-key of TALKOO_VAR."),
    Setting("TALKOO_FORMER_SECRET_KEYS", "secret", "", "Secret keys of before, separated by spaces: what they signed or sealed still opens. Run `talkoo reseal`, then take them out."),
    Setting("TALKOO_DATABASE_URL", "secret address", "", "A PostgreSQL 15 or newer of your own, as the role of web and worker. Default: the embedded server.", "postgresql://talkoo_app:password@db.example.org/talkoo?sslmode=verify-full"),
    Setting("TALKOO_OWNER_DATABASE_URL", "secret address", "", "The same database as the role that owns the tables, used only by `talkoo migrate`. Default: TALKOO_DATABASE_URL.", "postgresql://talkoo_owner:password@db.example.org/talkoo"),
    Setting("TALKOO_DATABASE_ROLE", "app or owner", "app", "Which of the two roles this process uses. `talkoo migrate` sets it; leave it alone.", "app"),
    Setting("TALKOO_BEHIND_PROXY", "number", "0", "How many reverse proxies of yours stand in front; they must set X-Forwarded-For and X-Forwarded-Proto.", "1"),
    Setting("TALKOO_PROXIES", "networks", "127.0.0.0/8,::1/128", "From which networks your proxies call, with commas between: only there what they say counts (X-Forwarded-For, X-Forwarded-Proto, of devices). Every proxy in the chain must be in one; nobody else should.", "10.20.0.5/32,10.20.0.6/32"),
    Setting("TALKOO_DEVICE_ISSUER", "name", "", "Who signs what your proxies say of devices in the header TalkooDevice: the `iss` of their tokens, exactly.", "https://devices.example.org"),
    Setting("TALKOO_DEVICE_AUDIENCE", "name", "", "What those tokens call this Talkoo in `aud`.", "talkoo"),
    Setting("TALKOO_DEVICE_KEYS", "file", "", "The public keys (P-256) of that signer, as PEM, JWK or JWK set; read anew when the file changes.", "/etc/talkoo/device-keys.json"),
    Setting("TALKOO_DEVICE_CERTIFICATES", "managed or known", "", "What a device is whose certificate your proxies verified (header TalkooCertificate: SUCCESS and the fingerprint). Empty: certificates say nothing.", "managed"),
    Setting("TALKOO_INSECURE_HTTP", "flag", "0", "Allow plain http: no redirect to https, cookies without Secure. Demo mode implies it."),
    Setting("TALKOO_HSTS_SUBDOMAINS", "flag", "1", "Tell browsers that everything below the host name of TALKOO_URL speaks https only, too. Set it to 0 where something below it does not."),
    Setting("TALKOO_SMTP_URL", "secret address", "", "Mail server; smtps for TLS from the start, smtp+starttls, or smtp. Without it mail is written to files in TALKOO_VAR.", "smtp+starttls://user:password@mail.example.org:587"),
    Setting("TALKOO_MAIL_FROM", "address", "Talkoo <talkoo@localhost>", "Sender of all mail.", "Talkoo <talkoo@example.org>"),
    Setting("TALKOO_OIDC_ISSUER", "address", "", "OpenID provider at which people sign in: its issuer, exactly as its discovery document spells it. Its redirect address here is /accounts/organisation/back/.", "https://login.example.org/realms/staff"),
    Setting("TALKOO_OIDC_CLIENT_ID", "name", "", "What the provider calls this Talkoo.", "talkoo"),
    Setting("TALKOO_OIDC_CLIENT_SECRET", "secret", "", "The secret that goes with it."),
    Setting("TALKOO_OIDC_NAME", "words", "", "What the button of the sign-in page calls the provider. Default: its host name.", "Harbour Region login"),
    Setting("TALKOO_OIDC_LEVELS", "list of acr:VALUE=LEVEL or amr:VALUE=LEVEL", "", "What the provider's acr and amr mean: 1 one factor, 2 two, 2+ two of which a false page gets nothing, 3 a security key. What is not listed is one.", "acr:urn:example:two-factor=2,amr:hwk=3"),
    Setting("TALKOO_WEBHOOK_PRIVATE_NETWORKS", "flag", "0", "Let webhooks go to addresses of private networks (10.0.0.0/8 and the like). Never to this machine itself or to link-local addresses."),
    Setting("TALKOO_AUDIT_KEY", "file", "", "File with the private key that signs the log, made by `talkoo audit key`; only the account running Talkoo may read it. Default: audit-key in TALKOO_VAR.", "/etc/talkoo/audit-key"),
    Setting("TALKOO_AUDIT_CHECKPOINTS", "folder", "", "Where signed checkpoints of the log go each minute: best on a disk whose files cannot be changed. Default: checkpoints in TALKOO_VAR.", "/var/lib/talkoo-log"),
    Setting("TALKOO_AUDIT_CHECKPOINT_COMMAND", "command", "", "Run with the file of each new checkpoint as its last word, to carry it to an object store; run again until it ends well.", "rclone copy --immutable --no-traverse"),
    Setting("TALKOO_AUDIT_WITNESSES", "addresses", "", "Who gets the newest checkpoint by mail each day, with commas between them: other organisations, auditors.", "audit@court.example.org,log@archive.example.org"),
    Setting("TALKOO_AUDIT_SYSLOG", "address", "", "Where every event goes as a line of JSON (RFC 5424): syslog+udp, syslog+tcp or syslog+tls with host and port, syslog+unix or file with a path.", "syslog+tls://siem.example.org:6514"),
    Setting("TALKOO_AUDIT_SYSLOG_FACTS", "flag", "0", "Send the facts of each event along. What has left cannot be erased here any more."),
    Setting("TALKOO_LANGUAGE", "language code", "en", "Language for people whose browser asks for none that Talkoo speaks.", "en"),
    Setting("TALKOO_TIME_ZONE", "time zone", "UTC", "Time zone in which times are shown and days begin, those of roles and reorganisations too.", "Europe/Helsinki"),
    Setting("TALKOO_UPLOAD_MEGABYTES", "number", "200", "Largest file that may be uploaded.", "200"),
    Setting("TALKOO_CLAMD", "HOST:PORT or socket", "", "A clamd that scans every file before anything reads it. Without one, files for confidential and restricted items are refused.", "/run/clamav/clamd.ctl"),
    Setting("TALKOO_BATCH_ROWS", "number", "1000000", "Most items of one batch; a file with more rows is refused as a whole.", "1000000"),
    Setting("TALKOO_API_CALLS_PER_MINUTE", "number", "1200", "How many calls of the API one token may make in a minute.", "1200"),
    Setting("TALKOO_ITEMS_SHOWN_PER_HOUR", "number", "300", "How many different confidential or restricted items one person is shown within an hour; past that a polite refusal.", "300"),
    Setting("TALKOO_WEB_WORKERS", "number", "2", "Web processes of `talkoo serve`, each with two threads.", "2"),
    Setting("TALKOO_LOG_LEVEL", "level", "warning", "Least level of messages written to standard error.", "info"),
    Setting("TALKOO_LOG_FORMAT", "text or json", "text", "One line of words, or one JSON object a line; at level info each request is a line.", "json"),
    Setting("TALKOO_METRICS_TOKEN", "secret", "", "Who asks for /metrics must send it as `Authorization: Bearer …`. Default: only this very machine may ask."),
    Setting("TALKOO_DRAIN_SECONDS", "number", "0", "After SIGTERM: how long to say on /readyz that no more requests should come, before stopping.", "5"),
    Setting("TALKOO_DEBUG", "flag", "0", "For developers, in demo mode only: error pages with source, files read anew at each request."),
)  # fmt: skip


def var_folder(values: Mapping[str, str]) -> Path:
    """Where everything that changes lies: beside the sources in a checkout, else under the current folder."""
    named = values.get("TALKOO_VAR", "").strip()
    checkout = PACKAGE.parents[1]
    base = checkout if (checkout / "pyproject.toml").exists() else Path.cwd()
    folder = Path(named).expanduser().absolute() if named else base / "var"
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise BadSetting(
            f"TALKOO_VAR: {folder} cannot be created ({error.strerror}); choose a folder you own"
        ) from None
    return folder
