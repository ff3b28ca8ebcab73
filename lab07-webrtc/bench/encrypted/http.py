# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
"""How long a server takes for HTTP while it is busy with media."""

import os
import threading
import time
from collections.abc import Callable
from typing import Any

from benchlib.call import Client
from benchlib.hosts import HTTP_PORT, Network

RATE = 20_000  # packets a second for 20 receivers: more than a core can do
PERIOD = 0.02  # seconds from request to request
PRIORITY = 30  # SCHED_FIFO: it is the server that is waited for, not this program


class Asker:
    """GET /rooms at a pace, by one connection; how late each answer was."""

    def __init__(self, net: Network) -> None:
        self.client = Client(net.server, (net.server_ip, HTTP_PORT))
        self.times: list[float] = []  # seconds, from when the request was due
        self.done = threading.Event()

    def run(self) -> None:
        os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(PRIORITY))
        start = time.monotonic()
        while not self.done.is_set():
            due = start + len(self.times) * PERIOD
            time.sleep(max(0, due - time.monotonic()))
            self.client.request("GET", "/rooms")
            self.times.append(time.monotonic() - due)

    def during(self, work: Callable[[], dict[str, Any]]) -> dict[str, Any]:
        """Ask until some work is done; what that returns."""
        thread = threading.Thread(target=self.run)
        thread.start()
        try:
            return work()
        finally:
            self.done.set()
            thread.join()

    def percentiles(self) -> dict[str, float]:
        """In ns: nearest rank."""
        ranked = sorted(self.times)
        last = len(ranked) - 1
        at = {"p50": last * 50 // 100, "p99": -(-last * 99 // 100), "max": last}
        return {f"rooms_{name}_ns": ranked[rank] * 1e9 for name, rank in at.items()}
