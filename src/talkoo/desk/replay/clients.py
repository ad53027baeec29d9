"""Recorded people at work: each claims and answers in their own order, over one connection, cookies and all."""

import http.client
import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from http.cookies import SimpleCookie
from queue import Empty, SimpleQueue
from urllib.parse import urlencode, urlsplit
from uuid import uuid4

from talkoo.lib.errors import Conflict

REDIRECTS = {302, 303}


@dataclass(frozen=True)
class Place:
    """Where the clients go: the address of the server, the code of the batch, the names of its cookies."""

    address: str
    batch: str
    session_cookie: str
    csrf_cookie: str


@dataclass
class Work:
    """One recorded person: (number of the task, number of the option), in order."""

    session: str
    answers: list[tuple[int, int]]


@dataclass
class Count:
    """How far all clients are; stops them when asked to."""

    total: int
    sent: int = 0
    stop: threading.Event = field(default_factory=threading.Event)
    lock: threading.Lock = field(default_factory=threading.Lock)
    error: BaseException | None = None

    def one(self) -> None:
        with self.lock:
            self.sent += 1


class Client:
    """One browser, as far as the server can tell: keeps its connection and its cookies."""

    def __init__(self, place: Place, session: str) -> None:
        address = urlsplit(place.address)
        secure = address.scheme == "https"
        kind = http.client.HTTPSConnection if secure else http.client.HTTPConnection
        self.connection = kind(address.hostname or "127.0.0.1", address.port, timeout=60)
        self.origin = f"{address.scheme}://{address.netloc}"
        self.cookies = {place.session_cookie: session}
        self.csrf_cookie = place.csrf_cookie

    def ask(
        self,
        method: str,
        path: str,
        fields: Mapping[str, object] | None = None,
        more: Mapping[str, str] | None = None,
    ) -> http.client.HTTPResponse:
        """Send a form (or nothing) and read the answer to its end, so that the connection can be used again."""
        headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items()), **(more or {})}
        body = None
        if fields is not None:
            body = urlencode({"csrfmiddlewaretoken": self.cookies.get(self.csrf_cookie, ""), **fields})
            headers |= {
                "Content-Type": "application/x-www-form-urlencoded",
                "Origin": self.origin,
                "Referer": self.origin + path,
            }
        self.connection.request(method, path, body, headers)
        response = self.connection.getresponse()
        self.text = response.read()
        for name, morsel in SimpleCookie("; ".join(response.headers.get_all("Set-Cookie") or [])).items():
            self.cookies[name] = morsel.value
        return response

    def move(self, path: str, fields: Mapping[str, object]) -> str:
        """Post, and return where it leads. Raises Conflict with the first words of any other answer."""
        response = self.ask("POST", path, fields)
        if response.status not in REDIRECTS:
            raise Conflict(
                f"POST {path} was answered with {response.status}: {self.text[:300].decode(errors='replace')!r}"
            )
        return urlsplit(response.headers["Location"]).path


def answer_all(client: Client, code: str, answers: list[tuple[int, int]], count: Count) -> None:
    """Claim the first task, then send each answer while naming the next: one request an answer."""
    start = f"/work/{code}/"
    client.ask("GET", start)
    place = client.move(start, {"task": answers[0][0]})
    for (number, option), following in zip(answers, [*(task for task, _option in answers[1:]), None], strict=True):
        if count.stop.is_set():
            return
        if not place.startswith("/assignments/"):
            raise Conflict(f"Task {number} was not handed out to the person on record: sent to {place}.")
        leave = {"next_task": following} if following else {"stop": "1"}
        place = client.move(place, {"key": uuid4(), "choice": option, **leave})
        count.one()


def run_clients(place: Place, people: Iterable[Work], clients: int, count: Count, watch: Callable[[], None]) -> None:
    """Let `clients` people answer at a time until all did; `watch` is called twice a second meanwhile."""
    queue: SimpleQueue[Work] = SimpleQueue()
    for work in people:
        queue.put(work)
    threads = [threading.Thread(target=_work, args=(place, queue, count)) for _ in range(clients)]
    for thread in threads:
        thread.start()
    try:
        while busy := [thread for thread in threads if thread.is_alive()]:
            busy[0].join(0.5)
            watch()
    finally:
        count.stop.set()
        for thread in threads:
            thread.join()
    if count.error:
        raise count.error


def _work(place: Place, queue: "SimpleQueue[Work]", count: Count) -> None:
    while not count.stop.is_set():
        try:
            work = queue.get_nowait()
        except Empty:
            return
        client = Client(place, work.session)
        try:
            answer_all(client, place.batch, work.answers, count)
        except BaseException as error:  # noqa: BLE001 - handed to the main thread, which raises it
            count.error = count.error or error
            count.stop.set()
        finally:
            client.connection.close()
