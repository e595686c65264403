#!/usr/bin/env python3
"""How a save would reach very many devices: relays that hold their streams, caches that hold the
documents, one server behind both. A simulation, not a measurement: docs/scale.md has its results.

    python3 benches/scale/simulate.py [--devices 1000000] [--spread 0] [--shield] [--places 200]

What is measured goes in as it is (MEASURED); what a network gives is assumed (ASSUMED). Devices,
relays and places of the caches are all played one by one; requests for one URL at one place that
the place does not have yet are one request to what is behind it, as caches do it.
"""

import argparse
import heapq
import math
import random

MEASURED = {
    # benches/load/run.py streams: 217 ms to the last of 10,000 streams.
    "a stream told": 217e-3 / 10_000,
    # The same run: median of a request beside 10,000 streams.
    "a request answered": 2.0e-3,
    # One leaf of 300 documents (benches/reload/run.py): what is asked for after a save.
    "requests": 5,
    "streams of a relay": 10_000,
}
ASSUMED = {
    "to a relay by the broker": 2e-3,
    "from a device to its cache and back": 20e-3,
    "from a cache to the server and back": 80e-3,
    # Lognormal: half of all take the time above, one of a hundred ten times that.
    "sigma": math.log(10) / 2.326,
}


class Server:
    """Answers one request after the other; each waits for those before it."""

    def __init__(self):
        self.free = 0.0
        self.requests = 0
        self.longest = 0.0

    def answer(self, at):
        self.requests += 1
        start = max(at, self.free)
        self.longest = max(self.longest, start - at)
        self.free = start + MEASURED["a request answered"]
        return self.free


class Cache:
    """Asks what is behind it once for each URL."""

    def __init__(self, behind, way):
        self.behind, self.way = behind, way
        self.there = {}

    def answer(self, at, url):
        if url not in self.there:
            asked = at + self.way / 2
            got = self.behind.answer(asked, url) if isinstance(self.behind, Cache) else self.behind.answer(asked)
            self.there[url] = got + self.way / 2
        return max(at, self.there[url])


def simulate(options):
    chance = random.Random(options.seed)
    way = lambda median: chance.lognormvariate(math.log(median), ASSUMED["sigma"])
    server = Server()
    far = ASSUMED["from a cache to the server and back"]
    behind = Cache(server, far / 10) if options.shield else server
    places = [Cache(behind, way(far)) for _ in range(options.places)]

    # When each device hears of the new version.
    waiting = []
    per_relay = MEASURED["streams of a relay"]
    for first in range(0, options.devices, per_relay):
        relay = way(ASSUMED["to a relay by the broker"]) + chance.random() * options.spread
        for place in range(min(per_relay, options.devices - first)):
            trip = way(ASSUMED["from a device to its cache and back"])
            told = relay + (place + 1) * MEASURED["a stream told"] + trip / 2
            waiting.append((told, first + place, 0, trip))
    told = sorted(at for at, *_ in waiting)

    # Its requests, one after the other: each document names the next.
    heapq.heapify(waiting)
    shown = []
    while waiting:
        at, device, url, trip = heapq.heappop(waiting)
        if url == MEASURED["requests"]:
            shown.append(at)
            continue
        place = places[device % len(places)]
        heapq.heappush(waiting, (place.answer(at + trip / 2, url) + trip / 2, device, url + 1, trip))
    return told, shown, server


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--devices", type=int, default=1_000_000)
    parser.add_argument("--places", type=int, default=200, help="of the caches, each with its part of the devices")
    parser.add_argument("--spread", type=float, default=0.0, help="seconds over which relays are told")
    parser.add_argument("--shield", action="store_true", help="one more cache between the places and the server")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    told, shown, server = simulate(options)
    at = lambda times, share: f"{times[min(len(times) - 1, int(share * len(times)))]:.2f} s"
    print(f"{options.devices} devices, {options.places} places, spread {options.spread} s, shield {options.shield}")
    for name, times in [("told", told), ("shown", shown)]:
        print(f"  {name}: half {at(times, 0.5)}, 99 % {at(times, 0.99)}, the last {at(times, 1)}")
    print(f"  the server: {server.requests} requests, the longest wait in it {server.longest * 1e3:.0f} ms")


main()
