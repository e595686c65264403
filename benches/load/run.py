#!/usr/bin/env python3
"""What the server bears: many streams of events, connections that never say what they want, and an
hour of everything at once.

    cargo build --release && python3 benches/load/run.py streams [--streams 10000] [--seconds 600]
    python3 benches/load/run.py slowloris [--connections 5000]
    python3 benches/load/run.py soak [--seconds 3600]

`soak` needs `pip install websockets`; QMLSERVE_PYTHON names an interpreter that has PySide6 and it
(default: this one). Each ends with 1 if anything was lost: a final version on a stream, a message,
an acknowledged object, a client's newest state.
"""

import argparse
import asyncio
import json
import os
import pathlib
import random
import re
import select
import socket
import statistics
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent), str(HERE.parent / "reload")]

import tree
from process import Process

BINARY = HERE.parent.parent / "target" / (os.environ.get("PROFILE") or "release") / "qmlserve"
PYTHON = os.environ.get("QMLSERVE_PYTHON", sys.executable)
CLIENTS = {
    "5.15": ["qmlscene", "--resize-to-root"],
    "6.4": ["/usr/lib/qt6/bin/qml"],
    "PySide6": [PYTHON, str(HERE.parent / "reload" / "runtime.py")],
}
WIDE = """
[limits]
streams = 20000
streams_per_address = 20000
connections_per_address = 20000
"""
VERSION = re.compile(rb'data: \{"version":"([0-9a-f]+)"')


class Server:
    def __init__(self, documents=300, config=""):
        self.folder = tempfile.TemporaryDirectory()
        place = pathlib.Path(self.folder.name)
        self.file, self.content = tree.write(place / "tree", documents, "one")
        (place / "data").mkdir()
        (place / "data" / "notes.json").write_text("[]")
        settings = place / "qmlserve.toml"
        settings.write_text(config)
        self.process = Process([BINARY, place / "tree", "--port", "0", "-q", "--config", settings], "stdout")
        self.port = int(self.process.wait(r"listening on http://[^:]+:(\d+)/")[1][1])
        self.value = 0

    def save(self):
        self.value += 1
        beside = self.file.with_name(self.file.name + "~")
        beside.write_text(self.content(self.value))
        beside.rename(self.file)
        return time.perf_counter()

    def get(self, path, data=None):
        body = None if data is None else json.dumps(data).encode()
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}{path}", body)
        if body is not None:
            request.add_header("Content-Type", "application/json")
        with urllib.request.urlopen(request, timeout=30) as answer:
            return json.loads(answer.read())

    def version(self):
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/@qmlserve/version", timeout=30) as answer:
            return answer.read().decode().strip()

    def client(self, version):
        client = Process([*CLIENTS[version], f"http://localhost:{self.port}/@qmlserve/live.qml"], "stderr")
        client.wait(r"READY \d+$", 60)
        return client

    def close(self):
        self.process.stop()
        self.folder.cleanup()


class Streams(threading.Thread):
    """Streams of events, read by one thread: what each was told last, and when."""

    def __init__(self, port, count):
        super().__init__(daemon=True)
        self.poll = select.epoll()
        self.open = {}
        self.told = {}
        self.at = {}
        self.rest = {}
        self.lost = 0
        ask = f"GET /@qmlserve/events?document=main.qml HTTP/1.1\r\nHost: localhost:{port}\r\n\r\n".encode()
        for number in range(count):
            stream = socket.create_connection(("127.0.0.1", port), 30)
            stream.sendall(ask)
            stream.setblocking(False)
            self.open[stream.fileno()] = stream
            self.poll.register(stream, select.EPOLLIN)
        self.start()

    def run(self):
        while True:
            for number, _ in self.poll.poll(1):
                try:
                    read = self.open[number].recv(1 << 16)
                except OSError:
                    read = b""
                if not read:
                    self.lost += 1
                    self.poll.unregister(number)
                    continue
                text = self.rest.get(number, b"") + read
                if found := VERSION.findall(text):
                    self.told[number] = found[-1].decode()
                    self.at[number] = time.perf_counter()
                self.rest[number] = text[-100:]

    def wait(self, version, seconds=30):
        """Until all have been told of a version; how many have not."""
        end = time.monotonic() + seconds
        while True:
            missing = sum(self.told.get(number) != version for number in self.open)
            if missing == 0 or time.monotonic() > end:
                return missing
            time.sleep(0.05)


def asking(server, rate, stop, counts):
    """Documents, lists and the version, so many a second."""
    paths = ["/main.qml", "/d0/Page0.qml", "/d0/qmldir", "/notes", "/@qmlserve/version"]
    turn = 0
    due = time.perf_counter()
    while not stop.is_set():
        due += 1 / rate
        time.sleep(max(0, due - time.perf_counter()))
        turn += 1
        start = time.perf_counter()
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{server.port}{paths[turn % len(paths)]}", timeout=30) as answer:
                answer.read()
            counts.append((time.perf_counter() - start) * 1000)
        except OSError as error:
            counts.append(error)


def streams(given):
    server = Server(300, WIDE)
    before = server.process.memory()
    crowd = Streams(server.port, given.streams)
    faults = crowd.wait(server.version(), 120)
    settled = server.process.memory()
    print(f"load  {given.streams} streams open: server {before:.1f} -> {settled:.1f} MiB", flush=True)
    stop, counts = threading.Event(), []
    threads = [threading.Thread(target=asking, args=(server, given.rate / 4, stop, counts)) for _ in range(4)]
    for thread in threads:
        thread.start()
    told, memory = [], []
    ends = time.monotonic() + given.seconds
    while time.monotonic() < ends:
        start = server.save()
        # A burst now and then: only the last of it has to arrive.
        if random.random() < 0.2:
            time.sleep(0.01)
            start = server.save()
        time.sleep(0.3)
        version = server.version()
        missing = crowd.wait(version)
        faults += missing
        told.append((max(crowd.at.values()) - start) * 1000)
        memory.append(server.process.memory())
        if missing:
            print(f"load  {missing} streams were not told of {version}", flush=True)
        time.sleep(2)
    stop.set()
    for thread in threads:
        thread.join()
    failed = [count for count in counts if not isinstance(count, float)]
    times = sorted(count for count in counts if isinstance(count, float))
    tenth = max(1, len(memory) // 10)
    print(f"load  {len(told)} changes, save to the last of {given.streams} streams: median "
          f"{statistics.median(told):.0f} ms, largest {max(told):.0f} ms; not told {faults}, closed {crowd.lost}")
    print(f"load  {len(times)} requests in {given.seconds} s, {len(failed)} failed {failed[:3]}; median "
          f"{statistics.median(times):.1f} ms, 99 % {times[int(len(times) * 0.99)]:.1f} ms")
    print(f"load  server {max(memory[:tenth]):.1f} MiB in the first tenth, {max(memory[-tenth:]):.1f} MiB in the last")
    server.close()
    return faults + crowd.lost + len(failed)


def slowloris(given):
    server = Server(300, WIDE)
    client = server.client("5.15")

    def reloads(count):
        times = []
        for _ in range(count):
            start = server.save()
            times.append((client.wait(f"READY {server.value}$")[0] - start) * 1000)
            time.sleep(0.2)
        return statistics.median(times), max(times)

    alone = reloads(30)
    crowd = []
    for _ in range(given.connections):
        one = socket.create_connection(("127.0.0.1", server.port), 30)
        one.sendall(b"GET /main.qml HTTP/1.1\r\nHost: localhost\r\n")
        crowd.append(one)
    stop = threading.Event()

    def drip():
        while not stop.is_set():
            for one in crowd:
                try:
                    one.send(b"X-A: b\r\n")
                except OSError:
                    pass
            stop.wait(2)

    thread = threading.Thread(target=drip)
    thread.start()
    beside = reloads(30)
    stop.set()
    thread.join()
    print(f"slowloris  {given.connections} connections: a reload takes {alone[0]:.1f} ms (largest {alone[1]:.1f}) "
          f"without them, {beside[0]:.1f} ms (largest {beside[1]:.1f}) beside them")
    client.stop()
    server.close()
    return 0


async def talk(server, number, stop, faults, counts):
    """Hears what it says, in order."""
    import websockets

    async with websockets.connect(f"ws://127.0.0.1:{server.port}/echo") as one:
        said = 0
        while not stop.is_set():
            await one.send(f"{number} {said}")
            heard = await asyncio.wait_for(one.recv(), 30)
            if heard != f"{number} {said}":
                faults.append(f"socket: {heard} instead of {number} {said}")
            said += 1
            counts["messages"] += 1
            await asyncio.sleep(0.5 + random.random())


def write(server, stop, kept, faults, counts):
    """Objects that come and go; those acknowledged are there."""
    while not stop.is_set():
        try:
            made = server.get("/notes", {"text": str(random.random())})
            kept[made["id"]] = made["text"]
            counts["objects"] += 1
            some = random.choice(list(kept))
            if server.get(f"/notes/{some}")["text"] != kept[some]:
                faults.append(f"object {some} is another one")
            if len(kept) > 500:
                gone = random.choice(list(kept))
                request = urllib.request.Request(f"http://127.0.0.1:{server.port}/notes/{gone}", method="DELETE")
                urllib.request.urlopen(request, timeout=30).close()
                del kept[gone]
        except (OSError, ValueError) as error:
            faults.append(f"collection: {error}")
        stop.wait(0.2)


def soak(given):
    server = Server(300, WIDE)
    clients = {version: server.client(version) for version in CLIENTS}
    stop, faults, kept = threading.Event(), [], {}
    counts = {"messages": 0, "objects": 0, "edits": 0, "reloads": 0}

    async def sockets():
        await asyncio.gather(*(talk(server, number, stop, faults, counts) for number in range(20)))

    threads = [threading.Thread(target=write, args=(server, stop, kept, faults, counts)),
               threading.Thread(target=asyncio.run, args=(sockets(),))]
    for thread in threads:
        thread.start()
    start = time.monotonic()
    told = 0
    memory = []
    while time.monotonic() - start < given.seconds:
        for _ in range(random.choice([1, 1, 1, 3])):
            server.save()
            counts["edits"] += 1
            time.sleep(0.02)
        for version, client in clients.items():
            client.wait(f"READY {server.value}$", 60)
            counts["reloads"] += 1
        memory.append(server.process.memory())
        if time.monotonic() - start > told * given.seconds / 10:
            told += 1
            shown = "   ".join(f"{version} {client.memory():.1f}" for version, client in clients.items())
            print(f"soak  {time.monotonic() - start:6.0f} s   server {memory[-1]:.1f} MiB   clients {shown}   "
                  f"{counts}   faults {len(faults)}", flush=True)
        time.sleep(3)
    stop.set()
    for thread in threads:
        thread.join()
    there = {note["id"]: note["text"] for note in server.get("/notes?_limit=100000")["data"]}
    if there != kept:
        faults.append(f"{len(kept)} objects were acknowledged, {len(there)} are there")
    tenth = max(1, len(memory) // 10)
    print(f"soak  {given.seconds} s: {counts}, server {max(memory[tenth:2 * tenth]):.1f} MiB in the second tenth, "
          f"{max(memory[-tenth:]):.1f} MiB in the last, {len(faults)} faults")
    for fault in faults[:10]:
        print(fault)
    for client in clients.values():
        client.stop()
    server.close()
    return len(faults)


def main():
    parser = argparse.ArgumentParser()
    parts = parser.add_subparsers(required=True)
    for part, seconds in ((streams, 600), (slowloris, 0), (soak, 3600)):
        one = parts.add_parser(part.__name__)
        one.set_defaults(part=part)
        one.add_argument("--seconds", type=int, default=seconds)
        one.add_argument("--streams", type=int, default=10_000)
        one.add_argument("--rate", type=float, default=200)
        one.add_argument("--connections", type=int, default=5_000)
    given = parser.parse_args()
    raise SystemExit(bool(given.part(given)))


main()
