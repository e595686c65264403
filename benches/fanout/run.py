"""Fan-out beside Node's `ws`, in one run: messages of 100 bytes to every socket.

    cargo build --release && cargo bench --bench fanout --no-run
    npm install --prefix benches/fanout
    python benches/fanout/run.py [--sockets 1000 5000] [--messages 200]

For each server and number of sockets: messages delivered a second with a
window of 1 (each message everywhere before the next one) and of 32, the
latency at a quiet pace, the same with one reader that is stuck, and the memory
of an idle socket. The load runs on the same machine, so it takes its share of
the processor from both servers alike.
"""

import argparse
import json
import os
import pathlib
import re
import socket
import subprocess
import tempfile
import time

HERE = pathlib.Path(__file__).parent
ROOT = HERE.parent.parent
CONFIG = """
[websockets]
sockets = 20000
per_address = 20000
rate = 1000000
"""


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait(port):
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except OSError:
            time.sleep(0.05)
    raise SystemExit("a server did not start")


def memory(pid):
    """Resident memory in KiB, of the process itself."""
    status = pathlib.Path(f"/proc/{pid}/status").read_text()
    return int(re.search(r"VmRSS:\s+(\d+)", status)[1])


def load(binary, port, path, **options):
    command = [binary, "--address", f"127.0.0.1:{port}", "--path", path]
    for name, value in options.items():
        command += [f"--{name.replace('_', '-')}", str(value)]
    out = subprocess.run(command, check=True, capture_output=True, text=True, timeout=400)
    return json.loads(out.stdout.splitlines()[-1])


def idle(binary, port, path, sockets, pid):
    before = memory(pid)
    command = [binary, "--address", f"127.0.0.1:{port}", "--path", path]
    command += ["--sockets", str(sockets), "--messages", "1", "--hold", "yes"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as run:
        assert run.stdout.readline().strip() == "open"
        time.sleep(1)
        after = memory(pid)
        run.stdin.write("\n")
        run.stdin.close()
    return (after - before) / sockets


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--sockets", type=int, nargs="+", default=[1000, 5000])
    arguments.add_argument("--messages", type=int, default=200)
    arguments.add_argument("--only", choices=["qmlserve", "ws"])
    given = arguments.parse_args()
    target = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")) / "release"
    benches = (target / "deps").glob("fanout-*")
    binary = max((b for b in benches if not b.suffix), key=lambda b: b.stat().st_mtime)

    rows = []
    for sockets in given.sockets:
        for name in ["ws", "qmlserve"]:
            if given.only not in (None, name):
                continue
            port = free_port()
            with tempfile.TemporaryDirectory() as place:
                if name == "ws":
                    command, path = ["node", HERE / "peer.mjs", str(port)], "/"
                else:
                    pathlib.Path(place, "qmlserve.toml").write_text(CONFIG)
                    command, path = [target / "qmlserve", "--port", str(port)], "/rooms/bench"
                server = subprocess.Popen(
                    command, cwd=place, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
                )
                try:
                    wait(port)
                    per_idle = idle(binary, port, path, sockets, server.pid)
                    time.sleep(1)
                    row = {"server": name, "sockets": sockets, "KiB per idle socket": per_idle}
                    many = {"sockets": sockets, "messages": given.messages}
                    paced = {"sockets": sockets, "messages": 50, "pause_ms": sockets // 20, "window": 50}
                    one = load(binary, port, path, window=1, **many)
                    row["delivered/s, one at a time"] = one["per_second"]
                    full = load(binary, port, path, window=32, **many)
                    row["delivered/s, 32 on their way"] = full["per_second"]
                    stuck = load(binary, port, path, window=32, stuck=1, **many)
                    row["the same, one reader stuck"] = stuck["per_second"]
                    quiet = load(binary, port, path, **paced)
                    row["p50 ms, paced"], row["p99 ms, paced"] = quiet["p50_ms"], quiet["p99_ms"]
                    beside = load(binary, port, path, stuck=1, **paced)
                    row["p99 ms, paced, one stuck"] = beside["p99_ms"]
                finally:
                    server.terminate()
                    server.wait()
                rows.append(row)
                print(json.dumps(row), flush=True)
    for key in rows[0]:
        print(f"{key:32}", *(f"{r[key]:>14,.1f}" if isinstance(r[key], float) else f"{r[key]:>14}" for r in rows))


main()
