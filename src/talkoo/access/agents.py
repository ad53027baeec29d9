"""What kind of program asks, in two words: enough for somebody to know their own devices, too little to follow them."""

BROWSERS = (  # the first that is named: most call themselves Chrome and Safari as well
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser/", "Samsung Internet"),
    ("Firefox/", "Firefox"),
    ("FxiOS/", "Firefox"),
    ("CriOS/", "Chrome"),
    ("Chromium/", "Chromium"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
)
SYSTEMS = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("CrOS", "ChromeOS"),
    ("Mac OS X", "macOS"),
    ("Linux", "Linux"),
)


def agent_of(header: str) -> str:
    """Browser and system of a User-Agent header, as in “Firefox, Windows”, without versions: an update changes nothing.

    It can be forged by whoever sends it, and proves nothing; that it changed within a session is worth a question.
    """
    browser = next((name for sign, name in BROWSERS if sign in header), "")
    system = next((name for sign, name in SYSTEMS if sign in header), "")
    return ", ".join(filter(None, (browser, system)))
