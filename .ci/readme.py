#!/usr/bin/env python3
"""Runs the commands of the README, and of the pages behind it, as they stand there.

Each fenced `sh` block follows a comment that says what kind of commands it has:

  <!-- ci: run -->      each line runs and has to succeed
  <!-- ci: server -->   the line starts a server, which stays up for what follows in the file
  <!-- ci: client -->   each line starts a program with a window, which has to stay up
  <!-- ci: skip WHY --> not run here
"""

import os
import re
import signal
import subprocess
import sys
import time

CLIENT_SECONDS = 4
SERVER_SECONDS = 600
OFFSCREEN = {"QT_QPA_PLATFORM": "offscreen", "QT_QUICK_BACKEND": "software"}


def blocks(name, text):
    kind = None
    for match in re.finditer(r"<!-- ci: (.*?) -->|^```(\w*)\n(.*?)^```", text, re.M | re.S):
        if match[1]:
            kind = match[1]
        else:
            if match[2] == "sh":
                if kind is None:
                    sys.exit(f"{name}: a block without a ci comment:\n{match[3]}")
                yield kind, [line for line in match[3].splitlines() if line.strip() and not line.startswith("#")]
            kind = None


def start(line, **options):
    return subprocess.Popen(["bash", "-c", line], start_new_session=True, **options)


def stop(process):
    os.killpg(process.pid, signal.SIGTERM)
    process.wait(10)


def serve(name, line):
    server = start(line, stdout=subprocess.PIPE, text=True)
    deadline = time.monotonic() + SERVER_SECONDS
    for printed in server.stdout:
        if printed.startswith("qmlserve listening on "):
            return server
        if time.monotonic() > deadline:
            break
    sys.exit(f"{name}: no server came up: {line}")


def show(name, line):
    path = os.environ["PATH"] + ":/usr/lib/qt6/bin"
    client = start(line, env={**os.environ, **OFFSCREEN, "PATH": path})
    time.sleep(CLIENT_SECONDS)
    if client.poll() is not None:
        sys.exit(f"{name}: the client ended with {client.returncode}: {line}")
    stop(client)


def run_all(name):
    """Runs the commands of one file; how many there were."""
    with open(name, encoding="utf-8") as page:
        text = page.read()
    server = None
    ran = 0
    # A server left behind by a failure would answer the next run's commands.
    try:
        for kind, lines in blocks(name, text):
            for line in lines:
                print(f"{name} [{kind}] $ {line}", flush=True)
                if kind == "run":
                    subprocess.run(["bash", "-ec", line], check=True)
                elif kind == "client":
                    show(name, line)
                elif kind == "server":
                    if server:
                        stop(server)
                    server = serve(name, line)
                elif not kind.startswith("skip "):
                    sys.exit(f"{name}: unknown kind of block: {kind}")
                ran += not kind.startswith("skip ")
    finally:
        if server:
            stop(server)
    return ran


def main():
    for name in sys.argv[1:]:
        ran = run_all(name)
        if not ran and name == sys.argv[1]:
            sys.exit(f"{name}: no command was run")
        print(f"{name}: {ran} commands ran")


main()
