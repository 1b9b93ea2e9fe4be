"""Thousands of connections that are held open and say little or nothing, with one epoll."""

import select
import socket
import time

from doors import Door

#: How many connections are opened at most in a second, so that the client does not take the machine for itself.
OPENED_PER_SECOND = 500


class Holder:
    """Holds so many connections to a door; those that end are replaced."""

    def __init__(self, door: Door, count: int, first: bytes = b"", drip: bytes = b"", receive_buffer: int = 0) -> None:
        self.door, self.count, self.first, self.drip = door, count, first, drip
        self.receive_buffer = receive_buffer
        self.poll = select.epoll()
        self.held: dict[int, socket.socket] = {}
        self.connecting: set[int] = set()
        self.opened = self.ended = self.refused = 0
        #: How many it opens in a second.
        self.pace: float = OPENED_PER_SECOND
        self.allowance = 0.0
        self.last = time.monotonic()

    def step(self, seconds: float) -> None:
        """Opens what is missing, and handles what happens for so long."""
        now = time.monotonic()
        self.allowance = min(max(1, self.pace / 4), self.allowance + (now - self.last) * self.pace)
        self.last = now
        while self.allowance >= 1 and len(self.held) < self.count:
            self.allowance -= 1
            self._open()
        for number, event in self.poll.poll(seconds):
            self._handle(number, event)

    def _open(self) -> None:
        try:
            client = self.door.socket(self.receive_buffer)
        except OSError:
            self.refused += 1
            return
        try:
            client.connect(self.door.address)
        except BlockingIOError:
            pass
        except OSError:
            self.refused += 1
            client.close()
            return
        self.opened += 1
        self.held[client.fileno()] = client
        self.connecting.add(client.fileno())
        # Who never reads wants to hear of nothing but the end.
        interest = select.EPOLLRDHUP if self.receive_buffer else select.EPOLLIN | select.EPOLLRDHUP
        self.poll.register(client.fileno(), interest | select.EPOLLOUT)

    def _handle(self, number: int, event: int) -> None:
        client = self.held[number]
        if event & (select.EPOLLERR | select.EPOLLHUP):
            return self._drop(number)
        if event & select.EPOLLOUT and number in self.connecting:
            self.connecting.discard(number)
            self.poll.modify(number, select.EPOLLRDHUP | (0 if self.receive_buffer else select.EPOLLIN))
            self._send(client, self.first)
        if event & select.EPOLLIN and not self._is_open(client):
            return self._drop(number)
        if event & select.EPOLLRDHUP and not event & select.EPOLLIN:
            self._drop(number)

    @staticmethod
    def _is_open(client: socket.socket) -> bool:
        try:
            return client.recv(65536) != b""
        except BlockingIOError:
            return True
        except OSError:
            return False

    @staticmethod
    def _send(client: socket.socket, data: bytes) -> None:
        try:
            if data:
                client.send(data)
        except OSError:
            pass  # The poll tells of its end.

    def _drop(self, number: int) -> None:
        self.poll.unregister(number)
        self.connecting.discard(number)
        self.held.pop(number).close()
        self.ended += 1

    def say_little(self, share: float) -> None:
        """Sends the next drop to a share of the connections, the oldest first."""
        for number in list(self.held)[: int(len(self.held) * share)]:
            self._send(self.held[number], self.drip)
            # To the end of the row.
            self.held[number] = self.held.pop(number)

    def end(self) -> None:
        """Closes all of them at once."""
        for client in self.held.values():
            client.close()
        self.held.clear()
        self.poll.close()
