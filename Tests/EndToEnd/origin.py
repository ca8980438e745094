"""An origin server for the proxies of the tests."""

from __future__ import annotations

import http.client
import http.server
import threading

from waiting import HANG_SECONDS



class Origin:
    """An origin server that answers everything with 200 and counts the requests.

    A cache may keep answers under /cached/ for an hour, and no others.
    """

    BODY = b"origin\n"

    def __init__(self) -> None:
        origin = self
        self.requests = 0
        self.last_headers = http.client.HTTPMessage()
        self._lock = threading.Lock()

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            timeout = HANG_SECONDS

            def answer(self) -> None:
                with origin._lock:
                    origin.requests += 1
                    origin.last_headers = self.headers
                length = int(self.headers.get("Content-Length") or 0)
                if length:
                    self.rfile.read(length)
                self.send_response(200)
                self.send_header("Content-Type", "text/plain")
                self.send_header("Content-Length", str(len(Origin.BODY)))
                kept = self.path.startswith("/cached/")
                self.send_header("Cache-Control", "public, max-age=3600" if kept else "no-store")
                self.send_header("X-Origin", "yes")
                self.end_headers()
                if self.command != "HEAD":
                    self.wfile.write(Origin.BODY)

            do_GET = do_HEAD = do_POST = do_PUT = do_DELETE = do_OPTIONS = answer

            def log_message(self, *_: object) -> None:
                pass

        class Server(http.server.ThreadingHTTPServer):
            daemon_threads = True
            request_queue_size = 128

        self._server = Server(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}/"

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(HANG_SECONDS)
