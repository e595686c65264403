#!/usr/bin/env python3
"""Requests per second beside json-server 0.17, on the same 10,000 objects, in one run.

    npm install --prefix /tmp/json-server json-server@0.17
    benches/collections.py [--qmlserve target/release/qmlserve] [--seconds 3] [--postgres URL]
                           [--json-server /tmp/json-server/node_modules/.bin/json-server]
                           [--former OTHER_QMLSERVE]

Each server runs by itself while it is measured, with the same clients: 32 connections, kept
open, each asking for the next thing when it has its answer. What is answered is checked by its
status, and the writes are counted afterwards. json-server answers a write before it is on the
disk; qmlserve after it.
"""

import argparse
import http.client
import json
import multiprocessing
import os
import random
import socket
import subprocess
import tempfile
import time

OBJECTS = 10_000
CONNECTIONS = 32
PROCESSES = 4


def objects():
    chosen = random.Random(1)
    return [
        {
            "id": str(n),
            "name": f"color-{n}",
            "value": f"#{chosen.randrange(1 << 24):06x}",
            "weight": chosen.randrange(1000),
        }
        for n in range(OBJECTS)
    ]


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Server:
    def __init__(self, name, command, port, folder):
        self.name, self.port = name, port
        self.log = open(os.path.join(folder, "log"), "w")
        self.process = subprocess.Popen(
            command, cwd=folder, stdout=self.log, stderr=self.log
        )
        deadline = time.time() + 60
        while True:
            try:
                if ask(connect(port), "GET", "/colors/1") == 200:
                    return
            except OSError:
                pass
            if time.time() > deadline:
                raise SystemExit(f"{name} does not answer")
            time.sleep(0.1)

    def stop(self):
        self.process.terminate()
        self.process.wait()


class Connection:
    """HTTP/1.1 by hand: the client must not be what is measured."""

    def __init__(self, port):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=60)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.buffer = b""

    def send(self, method, path, body=b""):
        head = f"{method} {path} HTTP/1.1\r\nHost: localhost\r\n"
        if body:
            head += f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n"
        self.socket.sendall(head.encode() + b"\r\n" + body)

    def receive(self):
        while b"\r\n\r\n" not in self.buffer:
            self.read()
        head, _, rest = self.buffer.partition(b"\r\n\r\n")
        lower = head.lower()
        if b"transfer-encoding: chunked" in lower:
            while not rest.endswith(b"0\r\n\r\n"):
                self.buffer = b""
                self.read()
                rest += self.buffer
            self.buffer = b""
        else:
            start = lower.index(b"content-length:") + 15
            length = int(lower[start:].split(b"\r\n")[0])
            missing = length - len(rest)
            while missing > 0:
                self.buffer = b""
                self.read()
                missing -= len(self.buffer)
            self.buffer = b""
        return int(head.split(b" ", 2)[1])

    def read(self):
        more = self.socket.recv(1 << 20)
        if not more:
            raise ConnectionError("closed")
        self.buffer += more


def connect(port):
    return Connection(port)


def ask(connection, method, path, body=b""):
    connection.send(method, path, body)
    return connection.receive()


def read_one(chosen, _):
    return "GET", f"/colors/{chosen.randrange(OBJECTS)}", b"", 200


def read_page(chosen, _):
    return "GET", f"/colors?_page={chosen.randrange(1, 400)}&_limit=25", b"", 200


def read_filtered(chosen, _):
    return "GET", f"/colors?weight={chosen.randrange(1000)}&_sort=name", b"", 200


def read_sorted_page(chosen, _):
    page = chosen.randrange(1, 400)
    return "GET", f"/colors?_sort=name&_page={page}&_limit=25", b"", 200


def read_range_page(chosen, _):
    least, page = chosen.randrange(10) * 100, chosen.randrange(1, 5)
    query = f"weight_gte={least}&_sort=name&_page={page}&_limit=20"
    return "GET", f"/colors?{query}", b"", 200


def read_filtered_page(chosen, _):
    query = f"weight={chosen.randrange(1000)}&_sort=name&_page=1&_limit=5"
    return "GET", f"/colors?{query}", b"", 200


def create(_, unique):
    body = json.dumps({"id": f"new-{unique}", "name": "new", "value": "#fff"})
    return "POST", "/colors", body.encode(), 201


def update(chosen, unique):
    body = json.dumps({"value": f"#{unique[-6:]}"})
    return "PATCH", f"/colors/{chosen.randrange(OBJECTS)}", body.encode(), 200


LOADS = [
    ("read one", read_one),
    ("read a page of 25", read_page),
    ("filter and sort", read_filtered),
    ("filter, sort, page", read_filtered_page),
    ("range, sort, page", read_range_page),
    ("sort, page", read_sorted_page),
    ("create", create),
    ("update", update),
]


def client(port, load, seconds, number, results):
    """Several connections in one process, each with one request under way."""
    import selectors

    chosen = random.Random(number)
    selector = selectors.DefaultSelector()
    made = 0
    latencies = []

    def begin(connection):
        nonlocal made
        made += 1
        unique = f"{load.__name__}-{number}-{made}"
        method, path, body, connection.expected = load(chosen, unique)
        connection.began = time.perf_counter()
        connection.send(method, path, body)

    for _ in range(CONNECTIONS // PROCESSES):
        connection = connect(port)
        selector.register(connection.socket, selectors.EVENT_READ, connection)
        begin(connection)
    end = time.perf_counter() + seconds
    open_connections = CONNECTIONS // PROCESSES
    while open_connections:
        for key, _ in selector.select():
            connection = key.data
            status = connection.receive()
            now = time.perf_counter()
            assert status == connection.expected, (load.__name__, status)
            if now < end:
                latencies.append(now - connection.began)
                begin(connection)
            else:
                latencies.append(now - connection.began)
                selector.unregister(connection.socket)
                open_connections -= 1
    results.put(latencies)


def measure(server, load, seconds):
    results = multiprocessing.Queue()
    began = time.perf_counter()
    clients = [
        multiprocessing.Process(
            target=client, args=(server.port, load, seconds, n, results)
        )
        for n in range(PROCESSES)
    ]
    for process in clients:
        process.start()
    latencies = sorted(sum((results.get() for _ in clients), []))
    took = time.perf_counter() - began
    for process in clients:
        process.join()
    median = latencies[len(latencies) // 2] * 1000
    late = latencies[int(len(latencies) * 0.99)] * 1000
    return len(latencies) / took, median, late


def count(port):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    connection.request("GET", "/colors")
    body = json.loads(connection.getresponse().read())
    return len(body if isinstance(body, list) else body["data"])


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--qmlserve", default="target/release/qmlserve")
    parser.add_argument("--json-server", default="json-server")
    parser.add_argument("--postgres", help="an empty database to measure as well")
    parser.add_argument("--former", help="another qmlserve to measure as well")
    parser.add_argument("--seconds", type=float, default=3)
    arguments = parser.parse_args()
    binary = os.path.abspath(arguments.qmlserve)

    with tempfile.TemporaryDirectory() as folder:
        os.makedirs(f"{folder}/www")
        os.makedirs(f"{folder}/data")
        with open(f"{folder}/data/colors.json", "w") as seed:
            json.dump(objects(), seed)
        with open(f"{folder}/db.json", "w") as seed:
            json.dump({"colors": objects()}, seed)
        servers = [
            ("qmlserve, SQLite", [binary, "-qq", "--port", "{port}"]),
            (
                "json-server 0.17",
                [arguments.json_server, "--quiet", "--port", "{port}", "db.json"],
            ),
        ]
        if arguments.former:
            former = os.path.abspath(arguments.former)
            command = [former, "-qq", "--port", "{port}", "--data", "former.db"]
            servers.append(("qmlserve before", command))
        if arguments.postgres:
            command = [binary, "-qq", "--port", "{port}", "--data", arguments.postgres]
            servers.insert(1, ("qmlserve, PostgreSQL", command))
        table = {}
        for name, command in servers:
            port = free_port()
            server = Server(name, [part.format(port=port) for part in command], port, folder)
            before = count(port)
            created = 0
            for title, load in LOADS:
                measured = measure(server, load, arguments.seconds)
                table[title, name] = measured
                if load is create:
                    created = count(port) - before
            print(f"{name}: {before} objects before, {created} more after", flush=True)
            server.stop()

    print(f"\nrequests per second (median ms / 99 % ms), {CONNECTIONS} connections")
    names = [name for name, _ in servers]
    print(f"{'':20}" + "".join(f"{name:>34}" for name in names))
    for title, _ in LOADS:
        cells = ""
        for name in names:
            rate, median, late = table[title, name]
            cells += f"{rate:>14,.0f} ({median:.1f} / {late:.1f})".rjust(34)
        print(f"{title:20}" + cells)


if __name__ == "__main__":
    main()
