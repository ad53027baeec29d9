"""A real HTTP receiver of webhooks that can be told how to behave."""

import contextlib
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Receiver(ThreadingHTTPServer):
    """Keeps (headers, body) of what came. `status` is what it answers; `hang` an event it waits for before it does."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), _Handler)
        self.came, self.status, self.hang, self.answer, self.where = [], 204, None, b"", ""

    @property
    def url(self):
        return f"http://localhost:{self.server_address[1]}/hook?for=talkoo"


class _Handler(BaseHTTPRequestHandler):
    server: Receiver

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.came.append((dict(self.headers), body))
        if self.server.hang:
            self.server.hang.wait(20)
        with contextlib.suppress(OSError):
            self.send_response(self.server.status)
            if self.server.where:
                self.send_header("Location", self.server.where)
            self.send_header("Content-Length", str(len(self.server.answer)))
            self.end_headers()
            self.wfile.write(self.server.answer)

    def log_message(self, *words):
        """Nothing is written to the terminal."""


@contextlib.contextmanager
def receiving():
    server = Receiver()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield server
    finally:
        if server.hang:
            server.hang.set()
        server.shutdown()
        server.server_close()
        thread.join()
