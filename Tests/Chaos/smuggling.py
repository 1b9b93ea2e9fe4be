"""Requests that two servers could understand in two ways (RFC 9112 §6.3, §11.2), and what one server has to do with them.

Each is followed by a request that must not be answered: a server refuses the first and closes, or reads what follows as a body.
"""

import re

#: Follows every one of them; whoever answers it was fooled.
SECOND = "GET /smuggled HTTP/1.1\r\nHost: HOST\r\n\r\n"

_HEAD = "GET /livez HTTP/1.1\r\nHost: HOST\r\n"
_POST = "POST /livez HTTP/1.1\r\nHost: HOST\r\n"
_CHUNKED = "Transfer-Encoding: chunked\r\n"

#: What must be refused with 400 or hung up on: name and bytes, `HOST` for the authority.
REFUSED = {
    "length and chunks": f"{_POST}Content-Length: 5\r\n{_CHUNKED}\r\n0\r\n\r\n",
    "chunks and length": f"{_POST}{_CHUNKED}Content-Length: 5\r\n\r\n0\r\n\r\n",
    "two lengths": f"{_POST}Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello",
    "two lengths in one field": f"{_POST}Content-Length: 5, 6\r\n\r\nhello",
    "a length with a plus": f"{_POST}Content-Length: +5\r\n\r\nhello",
    "a negative length": f"{_POST}Content-Length: -1\r\n\r\n",
    "a length of letters": f"{_POST}Content-Length: five\r\n\r\n",
    "a length in hexadecimal": f"{_POST}Content-Length: 0x5\r\n\r\nhello",
    "a length beyond numbers": f"{_POST}Content-Length: 99999999999999999999\r\n\r\n",
    "two hosts": f"{_HEAD}Host: elsewhere.example\r\n\r\n",
    "no host": "GET /livez HTTP/1.1\r\n\r\n",
    "a folded field": f"{_HEAD}X-Folded: one\r\n two\r\n\r\n",
    "a space before the colon": f"{_POST}Content-Length : 5\r\n\r\nhello",
    "a name with a space": f"{_HEAD}Bad Name: x\r\n\r\n",
    "a name with a null": f"{_HEAD}Bad\0Name: x\r\n\r\n",
    "a value with a null": f"{_HEAD}Name: a\0b\r\n\r\n",
    "a value with a bare CR": f"{_HEAD}Name: a\rb\r\n\r\n",
    "a field without a name": f"{_HEAD}: x\r\n\r\n",
    "a field without a colon": f"{_HEAD}nonsense\r\n\r\n",
    "a first field that is folded": "GET /livez HTTP/1.1\r\n Host: HOST\r\n\r\n",
    "chunks of no known size": f"{_POST}{_CHUNKED}\r\nzz\r\nhello\r\n0\r\n\r\n",
    "a chunk beyond numbers": f"{_POST}{_CHUNKED}\r\nfffffffffffffffff\r\nhello\r\n0\r\n\r\n",
    "a negative chunk": f"{_POST}{_CHUNKED}\r\n-5\r\nhello\r\n0\r\n\r\n",
    "a chunk in 0x": f"{_POST}{_CHUNKED}\r\n0x5\r\nhello\r\n0\r\n\r\n",
    "a chunk longer than it says": f"{_POST}{_CHUNKED}\r\n3\r\nhello\r\n0\r\n\r\n",
    "an encoding after chunks": f"{_POST}Transfer-Encoding: chunked, gzip\r\n\r\n0\r\n\r\n",
    "chunks twice": f"{_POST}Transfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n",
    "an unknown encoding": f"{_POST}Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
    "a version of another protocol": "GET /livez HTTQ/1.1\r\nHost: HOST\r\n\r\n",
    "a version that is not there yet": "GET /livez HTTP/9.9\r\nHost: HOST\r\n\r\n",
    "no version": "GET /livez\r\n\r\n",
    "no path": "GET  HTTP/1.1\r\nHost: HOST\r\n\r\n",
    "a path with a null": "GET /liv\0ez HTTP/1.1\r\nHost: HOST\r\n\r\n",
    "a method of control characters": "G\x01T /livez HTTP/1.1\r\nHost: HOST\r\n\r\n",
}

#: What may be answered once, or refused; but never more than one answer beside that of the second request.
ONE_ANSWER = {
    "bare line feeds": "GET /livez HTTP/1.1\nHost: HOST\n\n",
    "a chunk with an extension": f"{_POST}{_CHUNKED}\r\n5;name=value\r\nhello\r\n0\r\n\r\n",
    "a chunk with a long extension": f"{_POST}{_CHUNKED}\r\n5;{'x' * 20000}\r\nhello\r\n0\r\n\r\n",
    "chunks with a trailer": f"{_POST}{_CHUNKED}\r\n0\r\nContent-Length: 500\r\n\r\n",
    "a body of a read": f"{_HEAD}Content-Length: 5\r\n\r\nhello",
    "an address of another host": "GET http://elsewhere.example/livez HTTP/1.1\r\nHost: HOST\r\n\r\n",
    "an upgrade": f"{_HEAD}Connection: Upgrade\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA\r\n\r\n",
    "an expectation": f"{_POST}Expect: 100-continue\r\nContent-Length: 5\r\n\r\nhello",
}


def payload(text: str, authority: str, authorization: str) -> bytes:
    """The bytes of one of them with the second request behind it, for an authority."""
    line = f"Authorization: {authorization}\r\n" if authorization else ""
    host = f"Host: {authority}\r\n{line}"
    return (text + SECOND).replace("Host: HOST\r\n", host).replace("HOST", authority).encode("latin-1")


def verdict(name: str, answer: bytes) -> str | None:
    """What is wrong with the answer to one of them; None when nothing is."""
    # A body need not end with a line: the next answer begins wherever it begins.
    codes = [int(code) for code in re.findall(rb"HTTP/1\.1 (\d{3}) ", answer) if code != b"100"]
    if name in REFUSED:
        if len(codes) > 1 or any(not 400 <= code < 600 for code in codes):
            return f"{name} was answered with {codes}, expected one refusal and the end"
    elif len(codes) > 2:
        return f"{name} was answered with {codes}: more answers than requests"
    return None
