// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
// A network that loses one packet in twenty: NACK and RTX (RFC 4585, RFC 4588).

import { execFileSync } from "node:child_process";

import { allSeeAll, check, checkTrue, test, until } from "./harness.mjs";

const ENOUGH = 30; // NACKs, of a packet or more each

// On the host that the browsers are on, so that for the server nothing has failed.
function tc(...words) {
	execFileSync("nsenter", ["--net=/run/netns/alice", "tc", ...words]);
}

function loseSome() {
	tc("qdisc", "add", "dev", "eth0", "clsact");
	tc("filter", "add", "dev", "eth0", "ingress", "bpf", "da", "obj", "build/lab07/loss.bpf.o",
		"sec", "tc");
}

// What one has sent and the other has got of it, until now.
async function countFrom(other, person) {
	const sent = await other.outbound("video"), got = await person.inbound(other.name, "video");

	return {
		sent: sent.framesSent, received: got.framesReceived, decoded: got.framesDecoded,
		packets: got.packetsReceived, nacks: got.nackCount, plis: got.pliCount,
		freezes: got.freezeCount,
	};
}

function differences(before, after) {
	return Object.fromEntries(Object.keys(after).map((key) => [key, after[key] - before[key]]));
}

for (const encrypted of [true, false])
	test(encrypted ? "7.0.bu" : "7.0.bv",
		`one packet in twenty is lost, ${encrypted ? "" : "not "}encrypted: it is repaired`,
		async (world) => {
			const server = await world.server();
			const browser = await world.browser({ encrypted });
			const [alice, bob] = await world.call(browser, "kitchen", "alice", "bob");

			await allSeeAll([alice, bob]);
			try {
				loseSome();
				const before = await countFrom(alice, bob);
				let since;

				await until("Enough is lost", async () => {
					since = differences(before, await countFrom(alice, bob));
					return since.nacks >= ENOUGH;
				});
				world.note(JSON.stringify(since));
				check("Pictures that bob had to ask for anew", since.plis, 0);
			} finally {
				tc("qdisc", "del", "dev", "eth0", "clsact");
			}
			check("Copies that failed", (await server.rooms()).copies.failed, 0);
		});
