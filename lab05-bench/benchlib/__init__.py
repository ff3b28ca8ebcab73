# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
"""What lab05-bench/bench is made of, a subject a file.

hosts      the machines that take part: namespaces, links, interrupts
cpu        who runs on which core, and for how long
call       senders and receivers join a server, by HTTP and SDP
modes      the table of forwarders: how to start one, how to read its counters
scenarios  what is measured, in which order
record     one run, and the raw record of it
later      scenarios of later labs, which are found by looking
prices     what this machine charges, before anything is measured
pace       rounds in which the machine did not stay the same are refused
findings   claims, their targets, and the prices that they rest on
compare    two results side by side
progress   telling how far it is

What is the same as in a call that people can watch comes from tools/demolib.
"""

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
BUILD = ROOT / "build"
SANDBOX = BUILD / "common/sandbox"
SERVER = BUILD / "lab04/swiftcall"
LOAD = BUILD / "lab05/rtp_load"
SINK = BUILD / "lab05/rtp_sink"
LINK_SINK = BUILD / "lab05/link_sink"
ROWS = BUILD / "lab05/bench_rows"
STEP_COST = BUILD / "lab05/step_cost"
MACHINE_PRICES = BUILD / "lab05/machine_prices"
PROGRAMS = [SANDBOX, SERVER, LOAD, SINK, LINK_SINK, ROWS, STEP_COST, MACHINE_PRICES]

sys.path.insert(0, str(ROOT / "tools"))
