#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
"""Make the packets an SFU meets: good, bad and strange ones.

A catalogue of named cases (RTP, RTCP, STUN, DTLS, ZRTP, TURN; VLAN tags, IP
options, fragments, extension headers; and everything that can be wrong with
them), each with the outcome the data plane owes it; ordinary RTP streams; and
seeded random packets. To a pcap file, or out of an interface.
"""

import argparse
import inspect
import os
import sys
from collections.abc import Callable

sys.dont_write_bytecode = True  # outputs go under build/ only

from courselib import anywhere  # noqa: E402
from rtpgenlib import EXIT_FAILED, EXIT_INTERRUPTED, Refusal, say  # noqa: E402
from rtpgenlib import commands, options  # noqa: E402

EXAMPLES = """\
examples:
  rtpgen.py list                                 every case and its outcome
  rtpgen.py write --all -o all.pcap --expect all.json
  rtpgen.py write 'rtp_*' vlan_1q -o -  | tcpdump -n -r -
  rtpgen.py write --every-length rtp_everything -o cut.pcap --expect cut.json
  rtpgen.py fuzz --count 100000 --seed 7 -o fuzz.pcap --expect fuzz.json
  rtpgen.py stream --count 500 --loss 2 --reorder 1 --iface eth0
  rtpgen.py read all.pcap

exit status: 0 done, 1 failed, 2 wrong usage, 77 cannot run here (no Scapy, no right)
"""


def command_line() -> argparse.ArgumentParser:
    """Every command and option."""
    parser = argparse.ArgumentParser(
        description=__doc__,
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    subparsers = parser.add_subparsers(required=True, metavar="COMMAND")
    addresses, cases = options.parser_of_addresses(), options.parser_of_cases()

    def command(run: Callable, *parents: argparse.ArgumentParser):
        text = inspect.getdoc(run) or ""
        added = subparsers.add_parser(
            run.__name__.removeprefix("run_"),
            help=text[0].lower() + text.splitlines()[0][1:-1],
            description=text,
            formatter_class=argparse.RawDescriptionHelpFormatter,
            parents=parents,
        )
        added.set_defaults(run=run)
        return added

    lister = command(commands.run_list)
    lister.add_argument("--json", action="store_true", help="JSON instead of a table")

    write = command(commands.run_write, cases, addresses)
    options.add_output(write)
    write.add_argument(
        "--every-length", action="store_true", help="each case cut at every length"
    )

    send = command(commands.run_send, cases, addresses)
    send.add_argument("--iface", required=True, help="where to send")
    options.add_number(send, "--count", options.COUNT, 1, "rounds")
    options.add_number(send, "--pps", options.PPS, 1000, "packets per second")

    options.add_stream(command(commands.run_stream, addresses))

    fuzzer = command(commands.run_fuzz, addresses)
    options.add_output(fuzzer)
    options.add_number(fuzzer, "--count", options.COUNT, 1000, "frames")
    options.add_number(
        fuzzer, "--seed", options.within(0, 2**63), 1, "same seed, same frames"
    )

    options.add_read(command(commands.run_read))
    return parser


def main(argv: list[str] | None = None) -> int:
    """Runs one command; returns the exit status."""
    args = command_line().parse_args(argv)
    try:
        args.run(args)
        sys.stdout.flush()
    except Refusal as refusal:
        status, text = refusal.args
        say(text)
        return status
    except BrokenPipeError:  # the reader, such as head, has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except OSError as error:
        say(f"{error.filename}: {error.strerror}" if error.filename else str(error))
        return EXIT_FAILED
    except KeyboardInterrupt:
        return EXIT_INTERRUPTED
    return 0


if __name__ == "__main__":
    sys.exit(anywhere.run(main))
