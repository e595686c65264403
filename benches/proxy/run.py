#!/usr/bin/env python3
"""A proxy beside nginx as one, and a recording beside Mockoon's CLI, in one run.

    apt-get install nginx-light wrk
    npm install --prefix /tmp/mockoon @mockoon/cli
    benches/proxy/run.py [--qmlserve target/release/qmlserve] [--seconds 5]
                         [--mockoon /tmp/mockoon/node_modules/.bin/mockoon-cli]

The target is an nginx of its own. Each server runs by itself while it is measured, between the same
wrk and the same target, with as many processes or threads as it takes by itself; the rounds of the
proxies alternate. Small answers are counted by the second, with their latency at one connection;
large ones by the megabyte.
"""

import argparse
import json
import os
import pathlib
import re
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time

CONNECTIONS = 32
ROUNDS = 3


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Server:
    def __init__(self, command, port, folder):
        self.port = port
        self.log = open(folder / f"log-{port}", "w")
        self.process = subprocess.Popen(command, cwd=folder, stdout=self.log, stderr=self.log,
                                        stdin=subprocess.DEVNULL)
        end = time.time() + 60
        while True:
            try:
                socket.create_connection(("127.0.0.1", port), 1).close()
                return
            except OSError:
                if time.time() > end or self.process.poll() is not None:
                    sys.exit(f"{command} does not listen; see {self.log.name}")
                time.sleep(0.05)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait()


def nginx(folder, name, port, server):
    own = folder / name
    own.mkdir()
    user = "user root;" if os.geteuid() == 0 else ""
    paths = "".join(f"{kind}_temp_path {own};" for kind in
                    ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"])
    (own / "nginx.conf").write_text(
        f"{user} daemon off; worker_processes auto; pid {own}/pid; error_log {own}/error.log;\n"
        f"events {{ worker_connections 1024; }}\n"
        f"http {{ access_log off; keepalive_requests 1000000; {paths} {server} }}\n")
    return Server(["nginx", "-c", str(own / "nginx.conf")], port, folder)


def wrk(url, seconds, connections):
    threads = min(2, connections)
    told = subprocess.run(["wrk", "-t", str(threads), "-c", str(connections), "-d", f"{seconds}s",
                           "--latency", url], capture_output=True, text=True, check=True).stdout
    if "Non-2xx" in told or "Socket errors" in told:
        sys.exit(f"{url}\n{told}")
    rate = float(re.search(r"Requests/sec:\s+([\d.]+)", told)[1])
    number, unit = re.search(r"50%\s+([\d.]+)(us|ms|s)", told).groups()
    return rate, float(number) * {"us": 1, "ms": 1e3, "s": 1e6}[unit]


def measured(base, seconds):
    rate, _ = wrk(base + "/small.json", seconds, CONNECTIONS)
    _, latency = wrk(base + "/small.json", seconds, 1)
    large, _ = wrk(base + "/large.bin", seconds, 4)
    return rate, latency, large * 10


def show(name, rows):
    rate, latency, large = (statistics.median(column) for column in zip(*rows))
    print(f"{name:24} {rate:9,.0f} requests/s {latency:8,.0f} µs {large:9,.0f} MB/s", flush=True)
    return rate


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--qmlserve", default="target/release/qmlserve")
    parser.add_argument("--mockoon", default="/tmp/mockoon/node_modules/.bin/mockoon-cli")
    parser.add_argument("--seconds", type=int, default=5)
    args = parser.parse_args()
    for needed in ["nginx", "wrk"]:
        if not shutil.which(needed):
            sys.exit(f"there is no {needed}: apt-get install nginx-light wrk")
    qmlserve = pathlib.Path(args.qmlserve).resolve()
    folder = pathlib.Path(tempfile.mkdtemp(prefix="qmlserve-proxy-"))
    try:
        run(args, qmlserve, folder)
    finally:
        shutil.rmtree(folder)


def run(args, qmlserve, folder):
    base = folder / "files" / "base"
    base.mkdir(parents=True)
    small = json.dumps({"items": [{"title": f"photo {n}", "n": n} for n in range(20)]})
    (base / "small.json").write_text(small)
    (base / "large.bin").write_bytes(os.urandom(10_000_000))
    (folder / "www").mkdir()
    target_port, nginx_port, own_port = free_port(), free_port(), free_port()
    to = f"http://127.0.0.1:{target_port}/base"
    (folder / "qmlserve.toml").write_text(f'[[proxy]]\npath = "/x"\nto = "{to}"\n')
    target = f"server {{ listen 127.0.0.1:{target_port}; root {folder}/files; }}"
    proxy = (f"upstream target {{ server 127.0.0.1:{target_port}; keepalive 64; }}\n"
             f"server {{ listen 127.0.0.1:{nginx_port}; location /x/ {{\n"
             'proxy_http_version 1.1; proxy_set_header Connection "";\n'
             "proxy_pass http://target/base/; } }")
    command = [qmlserve, "www", "--port", str(own_port), "-q"]
    direct, ours, theirs = [], [], []
    with nginx(folder, "target", target_port, target):
        for _ in range(ROUNDS):
            direct.append(measured(to, args.seconds))
            with nginx(folder, f"proxy-{len(theirs)}", nginx_port, proxy):
                theirs.append(measured(f"http://127.0.0.1:{nginx_port}/x", args.seconds))
            with Server(command, own_port, folder):
                ours.append(measured(f"http://127.0.0.1:{own_port}/x", args.seconds))
        print(f"the target, a small answer of {len(small)} bytes, a large one of 10 MB; medians of "
              f"{ROUNDS} rounds")
        show("the target itself", direct)
        rate = show("by way of nginx", theirs)
        own = show("by way of qmlserve", ours)
        print(f"qmlserve has {own / rate:.0%} of nginx's requests")
        # One answer is recorded, for what follows.
        (folder / "qmlserve.toml").write_text(
            f'[[proxy]]\npath = "/x"\nto = "{to}"\nmode = "auto"\n')
        with Server(command, own_port, folder):
            subprocess.run(["curl", "-sf", "-o", folder / "out",
                            f"http://127.0.0.1:{own_port}/x/small.json"], check=True)
            time.sleep(1)
    with Server([*command, "--offline"], own_port, folder):
        replay, _ = wrk(f"http://127.0.0.1:{own_port}/x/small.json", args.seconds, CONNECTIONS)
    print(f"{'replayed by qmlserve':24} {replay:9,.0f} requests/s")
    if not shutil.which(args.mockoon):
        print(f"Mockoon is left out: there is no {args.mockoon}")
        return
    port = free_port()
    headers = [{"key": "Content-Type", "value": "application/json"}]
    response = {"uuid": "c", "body": small, "latency": 0, "statusCode": 200, "label": "",
                "headers": headers, "bodyType": "INLINE", "filePath": "", "databucketID": "",
                "sendFileAsBody": False, "rules": [], "rulesOperator": "OR",
                "disableTemplating": True, "fallbackTo404": False, "default": True,
                "crudKey": "id", "callbacks": []}
    route = {"uuid": "b", "type": "http", "documentation": "", "method": "get",
             "endpoint": "x/small.json", "responses": [response], "responseMode": None}
    mock = {"uuid": "a", "lastMigration": 33, "name": "bench", "endpointPrefix": "",
            "latency": 0, "port": port, "hostname": "127.0.0.1", "folders": [],
            "routes": [route], "rootChildren": [{"type": "route", "uuid": "b"}],
            "proxyMode": False, "proxyHost": "", "proxyRemovePrefix": False,
            "tlsOptions": {"enabled": False}, "cors": False, "headers": [],
            "proxyReqHeaders": [], "proxyResHeaders": [], "data": [], "callbacks": []}
    (folder / "mock.json").write_text(json.dumps(mock))
    command = [args.mockoon, "start", "--data", "mock.json", "--port", str(port),
               "--disable-log-to-file", "--disable-admin-api"]
    with Server(command, port, folder):
        theirs, _ = wrk(f"http://127.0.0.1:{port}/x/small.json", args.seconds, CONNECTIONS)
    print(f"{'the same by Mockoon':24} {theirs:9,.0f} requests/s; qmlserve has "
          f"{replay / theirs:.1f} times as many")


if __name__ == "__main__":
    main()
