#!/usr/bin/env python3
"""What a reload costs, in real clients.

    cargo build --release && python3 benches/reload/run.py [requests|time|tls|local|memory|server]...
    python3 benches/reload/run.py corpus DIR...      how many documents of these trees are open
    python3 benches/reload/run.py beside BINARY      this build and another one, in turn

QMLSERVE_PYTHON names an interpreter that has PySide6 (default: this one).
"""

import json
import os
import pathlib
import shutil
import ssl
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))

import tree
from process import Process
from slow_network import SlowNetwork

HERE = pathlib.Path(__file__).resolve().parent
BINARY = HERE.parent.parent / "target" / (os.environ.get("PROFILE") or "release") / "qmlserve"
PYTHON = os.environ.get("QMLSERVE_PYTHON", sys.executable)
ROUND_TRIP = 0.020
CLIENTS = {
    "5.15": ["qmlscene", "--resize-to-root"],
    "6.4": ["/usr/lib/qt6/bin/qml"],
    "PySide6": [PYTHON, str(HERE / "runtime.py")],
}


LOADER = """import QtQuick 2.12
Item {
    width: 400; height: 400
    property double began
    Loader {
        id: loader
        asynchronous: true
        onLoaded: console.log("LOADED " + Math.round(Date.now() - began))
    }
    Timer {
        interval: 300; running: true
        onTriggered: { began = Date.now(); loader.source = "URL" }
    }
}
"""


class Bench:
    def __init__(self, documents, *flags, shows="all", binary=BINARY):
        self.folder = tempfile.TemporaryDirectory()
        root = pathlib.Path(self.folder.name) / "tree"
        self.file, self.content = tree.write(root, documents, shows)
        self.main = root / "main.qml"
        self.around = root.parent
        # A CA of --tls is this folder's, and goes with it.
        own = ["env", f"XDG_DATA_HOME={root.parent}", f"CAROOT={root.parent / 'none'}"]
        self.server = Process([*own, str(binary), str(root), "--port", "0", "-q", *flags], "stdout")
        match = self.server.wait(r"listening on (https?)://[^:]+:(\d+)/")[1]
        self.scheme, self.port = match[1], int(match[2])
        self.value = 0

    def save(self):
        self.value += 1
        temporary = self.file.with_name(self.file.name + "~")
        temporary.write_text(self.content(self.value))
        at = time.perf_counter()
        temporary.rename(self.file)
        return at

    def reloads(self, client, count, pause=0.15):
        """Milliseconds from save to Component.onCompleted of the root."""
        times = []
        for _ in range(count):
            start = self.save()
            times.append((client.wait(f"READY {self.value}$")[0] - start) * 1000)
            time.sleep(pause)
        return times

    def open(self, command, port=None):
        url = f"{self.scheme}://localhost:{port or self.port}/@qmlserve/live.qml"
        client = Process([*command, url], "stderr")
        client.wait(f"READY {self.value}$", 60)
        time.sleep(0.5)
        return client

    def trusting(self):
        """What comes before a command so that the server's CA is the only one that it trusts: Qt
        reads the system's, and no variable names others."""
        if self.scheme == "http":
            return []
        certs = self.around / "certs"
        if not certs.exists():
            certs.mkdir()
            shutil.copy(self.around / "qmlserve/ca/ca.pem", certs)
            subprocess.run(["openssl", "rehash", certs], check=True)
        mount = 'mount --bind "$0" /etc/ssl/certs && exec "$@"'
        return ["unshare", "--map-root-user", "--mount", "sh", "-c", mount, str(certs)]

    def loader(self, url):
        """A local document that loads a URL, and says how many milliseconds that took."""
        file = self.around / "loader.qml"
        file.write_text(LOADER.replace("URL", url))
        return file.as_uri()

    def version(self):
        context = ssl.create_default_context(cafile=self.around / "qmlserve/ca/ca.pem") if self.scheme == "https" else None
        url = f"{self.scheme}://localhost:{self.port}/@qmlserve/version"
        with urllib.request.urlopen(url, context=context) as answer:
            return answer.read().decode().strip()

    def close(self):
        self.server.stop()
        self.folder.cleanup()


def spread(times):
    times = sorted(times)
    return f"median {statistics.median(times):7.1f} ms   max {times[-1]:7.1f} ms   ({len(times)} reloads)"


def each_granularity():
    for granularity in ("document", "tree"):
        yield granularity, ("--granularity", granularity)


def requests():
    for documents in (300, 1000, 3000):
        for granularity, flags in each_granularity():
            bench = Bench(documents, *flags)
            network = SlowNetwork(bench.port, 0)
            client = bench.open(CLIENTS["5.15"], network.port)
            first = len(network.requests)
            network.requests.clear()
            bench.reloads(client, 1, 0.5)
            paths = [path for path in network.requests if path.startswith("/@") and not path.startswith("/@qmlserve")]
            qmldirs = sum(path.endswith("/qmldir") for path in paths)
            print(f"requests  {documents:5} documents  {granularity:8}  first {first:5}   "
                  f"one leaf {len(paths):5}, of them qmldirs {qmldirs}", flush=True)
            client.stop()
            bench.close()


def timing():
    """From 300 to 3,000 documents. Where all of them are shown, each reload makes
    all of their objects, whatever changed: without the network is how long that
    takes. Where one page is shown, it is what the reload itself takes."""
    for documents in (300, 1000, 3000):
        for shows, granularity, versions in (("all", "document", CLIENTS), ("one", "document", CLIENTS),
                                             ("all", "tree", CLIENTS if documents == 300 else ())):
            for version in versions:
                bench = Bench(documents, "--granularity", granularity, shows=shows)
                for round_trip in (ROUND_TRIP, 0):
                    network = SlowNetwork(bench.port, round_trip)
                    client = bench.open(CLIENTS[version], network.port)
                    times = bench.reloads(client, 10)
                    print(f"{round_trip * 1000:2.0f} ms network  {documents:5} documents, {shows:3} shown  {granularity:8}  "
                          f"Qt {version:8} {spread(times)}", flush=True)
                    client.stop()
                bench.close()


def tls():
    """A cold load, from the start of the request for the first document to the last: plainly,
    and over TLS by whatever the client chooses. Each in a client of its own, since the first load
    of a process is the one that opens connections; the client's own start is not in it."""
    for documents in (300,):
        for scheme, flags in (("http", ()), ("https", ("--tls",))):
            bench = Bench(documents, *flags)
            for round_trip in (ROUND_TRIP, 0):
                network = SlowNetwork(bench.port, round_trip)
                url = f"{bench.scheme}://localhost:{network.port}/@{bench.version()}/main.qml"
                for version, loader in CLIENTS.items():
                    times = []
                    for _ in range(7):
                        client = Process([*bench.trusting(), *loader, bench.loader(url)], "stderr")
                        times.append(float(client.wait(r"LOADED (\d+)$", 60)[1][1]))
                        client.stop()
                    print(f"cold load  {round_trip * 1000:2.0f} ms network  {documents:5} documents  {scheme:5}  "
                          f"Qt {version:8} {spread(times)}", flush=True)
            bench.close()


def local():
    for documents in (40, 300):
        bench = Bench(documents)
        ours = bench.open(CLIENTS["PySide6"])
        theirs = Process([PYTHON, str(HERE / "local_reloader.py"), str(bench.main)], "stderr")
        theirs.wait(f"READY {bench.value}$")
        time.sleep(0.5)
        pairs = {"qmlserve": [], "local": []}
        for _ in range(20):
            # Both see the same save, on one machine: let neither go first for ever.
            start = bench.save()
            for name, client in (("qmlserve", ours), ("local", theirs)):
                pairs[name].append((client.wait(f"READY {bench.value}$")[0] - start) * 1000)
            time.sleep(0.15)
        theirs.stop()
        alone = bench.reloads(ours, 20)
        ours.stop()
        theirs = Process([PYTHON, str(HERE / "local_reloader.py"), str(bench.main)], "stderr")
        theirs.wait(f"READY {bench.value}$")
        time.sleep(0.5)
        local_alone = bench.reloads(theirs, 20)
        theirs.stop()
        for name, times in (("qmlserve beside it", pairs["qmlserve"]), ("local beside it", pairs["local"]),
                            ("qmlserve alone", alone), ("local alone", local_alone)):
            print(f"loopback  {documents:5} documents  {name:18} {spread(times)}", flush=True)
        bench.close()


def memory():
    clients = {**CLIENTS, "PySide6 --trim": CLIENTS["PySide6"] + ["--trim"]}
    for granularity, flags in each_granularity():
        for version, command in clients.items():
            bench = Bench(40, *flags)
            client = bench.open(command)
            bench.reloads(client, 20, 0.02)
            before = client.memory()
            bench.reloads(client, 300, 0.02)
            print(f"memory  300 reloads of one leaf of 40  {granularity:8}  Qt {version:14} "
                  f"{before:6.1f} -> {client.memory():6.1f} MiB", flush=True)
            client.stop()
            bench.close()


def server():
    for documents in (300, 3000):
        folder = tempfile.TemporaryDirectory()
        file, content = tree.write(pathlib.Path(folder.name) / "tree", documents)
        log = Process([str(BINARY), str(file.parent.parent), "--port", "0", "-v", "--log-format", "json"], "stderr")
        _, match = log.wait(r"(\{.*analysed.*\})")
        start = json.loads(match[1])["fields"]
        print(f"server  {documents} documents  at start: {start}", flush=True)
        took = []
        for value in range(1, 21):
            file.write_text(content(value))
            _, match = log.wait(r"(\{.*analysed.*\})")
            took.append(json.loads(match[1])["fields"])
            time.sleep(0.05)
        for key in ("read_ms", "analysed_ms"):
            print(f"server  {documents} documents  one changed: {key} median "
                  f"{statistics.median(float(t[key]) for t in took):.2f}", flush=True)
        log.stop()
        folder.cleanup()


def corpus(folders):
    totals = [0, 0, 0]
    for folder in folders:
        log = Process([str(BINARY), folder, "--port", "0", "-v", "--log-format", "json"], "stderr")
        _, match = log.wait(r"(\{.*documents by what they lead to.*\})", 120)
        fields = json.loads(match[1])["fields"]
        counts = [fields[key] for key in ("read_off", "open_for_assets", "open")]
        totals = [total + count for total, count in zip(totals, counts)]
        print(f"corpus  {pathlib.Path(folder).name:32} read off {counts[0]:5}   open for assets {counts[1]:4}   open {counts[2]:4}", flush=True)
        log.stop()
    print(f"corpus  {'all':32} read off {totals[0]:5}   open for assets {totals[1]:4}   open {totals[2]:4}")


def beside(other):
    """Each figure of this build and of another one, measured in turn, so that a busy moment
    meets both."""
    binaries = {"this": BINARY, "other": other}

    def row(what, figures):
        this, that = (statistics.median(figures[name]) for name in binaries)
        print(f"beside  {what:58} this {this:8.2f}   other {that:8.2f}   this/other {this / that:5.3f}", flush=True)

    for documents in (300, 1000, 3000):
        counts = {}
        for name, binary in binaries.items():
            bench = Bench(documents, binary=binary)
            network = SlowNetwork(bench.port, 0)
            client = bench.open(CLIENTS["5.15"], network.port)
            first = len(network.requests)
            network.requests.clear()
            bench.reloads(client, 1, 0.5)
            served = [path for path in network.requests if path.startswith("/@") and not path.startswith("/@qmlserve")]
            counts[name] = (first, len(served))
            client.stop()
            bench.close()
        for at, what in enumerate(("first load", "one leaf")):
            row(f"requests, {documents} documents, {what}", {name: [count[at]] for name, count in counts.items()})
    for documents, shows, round_trip in ((300, "all", ROUND_TRIP), (300, "all", 0), (3000, "one", ROUND_TRIP), (3000, "one", 0)):
        for version, command in CLIENTS.items():
            benches = {name: Bench(documents, shows=shows, binary=binary) for name, binary in binaries.items()}
            clients = {name: bench.open(command, SlowNetwork(bench.port, round_trip).port) for name, bench in benches.items()}
            times = {name: [] for name in binaries}
            for _ in range(20):
                for name, bench in benches.items():
                    times[name] += bench.reloads(clients[name], 1)
            row(f"ms, {documents} documents, {shows} shown, {round_trip * 1000:.0f} ms network, Qt {version}", times)
            for name, bench in benches.items():
                clients[name].stop()
                bench.close()
    for version, command in CLIENTS.items():
        grown = {}
        for name, binary in binaries.items():
            bench = Bench(40, binary=binary)
            client = bench.open(command)
            bench.reloads(client, 20, 0.02)
            before = client.memory()
            bench.reloads(client, 300, 0.02)
            grown[name] = [client.memory() - before]
            client.stop()
            bench.close()
        row(f"MiB that a client grows by in 300 reloads of 40, Qt {version}", grown)
    for documents in (300, 3000):
        figures = {(name, key): [] for name in binaries for key in ("read_ms", "analysed_ms", "memory")}
        for _ in range(3):
            for name, binary in binaries.items():
                folder = tempfile.TemporaryDirectory()
                file, content = tree.write(pathlib.Path(folder.name) / "tree", documents)
                log = Process([str(binary), str(file.parent.parent), "--port", "0", "-v", "--log-format", "json"], "stderr")
                log.wait(r"(\{.*analysed.*\})")
                for value in range(1, 21):
                    file.write_text(content(value))
                    _, match = log.wait(r"(\{.*analysed.*\})")
                    for key in ("read_ms", "analysed_ms"):
                        figures[name, key].append(float(json.loads(match[1])["fields"][key]))
                    time.sleep(0.05)
                figures[name, "memory"].append(log.memory())
                log.stop()
                folder.cleanup()
        for key, unit in (("read_ms", "ms to read"), ("analysed_ms", "ms to analyse"), ("memory", "MiB of the server after")):
            row(f"{unit} one changed of {documents}", {name: figures[name, key] for name in binaries})


PARTS = {"requests": requests, "time": timing, "tls": tls, "local": local, "memory": memory, "server": server}

if __name__ == "__main__":
    if sys.argv[1:2] == ["corpus"]:
        corpus(sys.argv[2:])
    elif sys.argv[1:2] == ["beside"]:
        beside(sys.argv[2])
    else:
        for part in sys.argv[1:] or PARTS:
            PARTS[part]()
