"""Servers that the checks of a test watch, and that a test breaks and repairs."""

import socketserver
import threading
import time


class Target:
    """A server on a port of its own that answers HTTP, and misbehaves on request.

    Its `mode` is `ok`, `busy` (status 429), `broken` (status 500), `slow` (200 ms), `hang` (no answer) or `garbage`.
    """

    def __init__(self) -> None:
        self.mode = "ok"
        self.port = 0
        self._server: socketserver.ThreadingTCPServer | None = None
        self.start()

    def start(self) -> None:
        """Listens again, on the same port."""
        target = self

        class Handler(socketserver.BaseRequestHandler):
            def handle(self) -> None:
                self.request.settimeout(5)
                try:
                    if self.request.recv(4096):
                        target._answer(self.request)
                except OSError:
                    pass

        class Server(socketserver.ThreadingTCPServer):
            allow_reuse_address = True
            daemon_threads = True
            block_on_close = False
            request_queue_size = 128

        self._server = Server(("127.0.0.1", self.port), Handler)
        self.port = self._server.server_address[1]
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    def stop(self) -> None:
        """Connections are refused from now on."""
        if self._server:
            self._server.shutdown()
            self._server.server_close()
            self._server = None

    @property
    def address(self) -> str:
        """Host and port."""
        return f"127.0.0.1:{self.port}"

    @property
    def url(self) -> str:
        """The address of a page on it."""
        return f"http://{self.address}/health"

    def _answer(self, connection: object) -> None:
        status = {"busy": "429 Too Many Requests", "broken": "500 Internal Server Error"}.get(self.mode, "200 OK")
        if self.mode == "hang":
            time.sleep(5)
            return
        if self.mode == "slow":
            time.sleep(0.2)
        reply = f"HTTP/1.1 {status}\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok"
        connection.sendall(b"\x00\xff\x01garbage\r\n\r\n" if self.mode == "garbage" else reply.encode())
