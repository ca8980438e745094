"""Sends the requests that the logs in this directory are of: requests.py PORT, of a server on 127.0.0.1 and ::1."""

import socket
import sys

AGENT = b'User-Agent: test/1.0 ("quoted" \\ back)\r\nReferer: http://www.example.com/from?a="b"\r\n'


def send(data, source):
    family = socket.AF_INET6 if ":" in source else socket.AF_INET
    with socket.socket(family) as client:
        client.settimeout(2)
        client.bind((source, 0))
        client.connect(("::1" if ":" in source else "127.0.0.1", int(sys.argv[1])))
        client.sendall(data)
        try:
            while client.recv(65536):
                pass
        except OSError:
            pass


def request(line, source, fields=AGENT):
    send(line + b"\r\nHost: www.example.com\r\nConnection: close\r\n" + fields + b"\r\n", source)


request(b"GET /index.html HTTP/1.1", "127.1.2.3")
request(b"GET /dir/page.html?q=1&r=%22x%22 HTTP/1.1", "127.2.0.1")
request(b"GET /caf\xc3\xa9.html HTTP/1.1", "127.2.0.1")
request(b"GET /caf%C3%A9.html HTTP/1.1", "127.2.0.1")
request(b'GET /say"hello".txt HTTP/1.1', "127.3.0.1")
request(b"GET /back\\slash\\x41.txt HTTP/1.1", "127.3.0.1")
request(b"GET /a;b=c/d;e?f#g HTTP/1.1", "127.3.0.1")
request(b"GET //two//slashes/../up/./x HTTP/1.1", "127.4.0.1")
request(b"GET http://other.example:8080/absolute?x=1 HTTP/1.1", "127.4.0.1")
request(b"HEAD / HTTP/1.0", "127.4.0.1")
request(b"OPTIONS * HTTP/1.1", "127.4.0.1")
request(b"GET /with space.html HTTP/1.1", "127.5.0.1")
request(b"POST /form HTTP/1.1", "127.5.0.1", b"Content-Length: 0\r\n")
send(b"GET /old\r\n", "127.5.0.1")
request(b"CONNECT other.example:443 HTTP/1.1", "127.5.0.1")
send(b'\x16\x03\x01\x00\xc8\x01\x00\x00\xc4\x03\x03"\\\x00\x01\xff\r\n\r\n', "127.6.0.1")
send(b"garbage\r\n\r\n", "127.6.0.1")
send(b"\r\n\r\n", "127.6.0.1")
request(b"GET /" + b"long/" * 400 + b" HTTP/1.1", "127.6.0.1")
request(b"GET /too" + b"long/" * 4000 + b" HTTP/1.1", "127.6.0.1")
request(b"GET /v6?from=loopback HTTP/1.1", "::1")
request(b"GET /auth HTTP/1.1", "127.1.2.3", b"Authorization: Basic am9obiBzbWl0aCBbeDp4\r\n")
request(b"GET /forwarded HTTP/1.1", "127.1.2.3", b"X-Forwarded-For: 192.0.2.7, 198.51.100.2\r\n")
request(b"GET /nul%00/%0a/%7Fx HTTP/1.1", "127.1.2.3")
