// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
// Rooms of ten, encrypted. No time is measured: what a busy machine makes late is not
// lost. What the receivers have no time to read is, in their sockets, which count it;
// then the room was too large for this machine, and a smaller one is tried.

import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";

import { check, origin, Skip, test, until } from "../browser/harness.mjs";
import { Program } from "./clients.mjs";

const ROOM = fileURLToPath(new URL("wrtc_room.mjs", import.meta.url));
const SIZES = [10, 6, 3], SPEAKERS = 3;
const PICTURES = 200, STEP = 20; // 20 seconds
const TOO_LARGE = "too large";

// Datagrams for which there was no room in a host's sockets.
function overflown(host) {
	const lines = execFileSync("ip", ["netns", "exec", host, "grep", "^Udp:", "/proc/net/snmp"],
		{ encoding: "utf8" }).trim().split("\n");
	const [names, values] = lines.map((line) => line.split(" "));

	return Number(values[names.indexOf("RcvbufErrors")]);
}

class Room extends Program {
	// Where each stands, which is the last that he has said.
	story() {
		const stands = this.lines().map((line) => /^(p\d+): (.*)/.exec(line)).filter(Boolean)
			.map(([, name, words]) => [name, words]);
		const others = this.lines().filter((line) => !/^p\d+: /.test(line)).slice(-20);

		return [`${this.name} ${this.state()}`, ...others,
			...[...new Map(stands)].map((stand) => stand.join(": "))].join("\n");
	}
}

// What a room of so many people reports; or TOO_LARGE.
async function meet(world, size) {
	const before = overflown("alice");
	const room = new Room(world, `room-${size}`)
		.start("alice", "node", ROOM, origin, size, PICTURES);
	const hear = (what, pattern) => until(what, async () =>
		room.find(pattern) ?? (overflown("alice") > before && TOO_LARGE));

	for (let number = 1; number <= size; number++)
		await hear(`p${number} is in the room`, new RegExp(`^p${number} is in the room$`));
	await hear("All see all", /^all see all$/);
	for (let seen = STEP; seen <= PICTURES; seen += STEP)
		await hear(`Each has seen ${seen} pictures of each`, new RegExp(`^${seen}$`));
	const said = await hear("There is a report", /^\{/);
	const isTooLarge = overflown("alice") > before;

	await room.end("SIGTERM");
	return isTooLarge ? TOO_LARGE : JSON.parse(said);
}

test("7.0.ii", "ten meet, each sees nine for 20 seconds, and nothing is lost", async (world) => {
	const server = await world.server();
	let report, size;

	for (size of SIZES) {
		report = await meet(world, size);
		if (report !== TOO_LARGE)
			break;
		world.note(`this machine has no time for a room of ${size}`);
	}
	if (report === TOO_LARGE)
		throw new Skip(`this machine has no time for a room of ${size}`);
	check("The number of streams", report.streams, (size + SPEAKERS) * (size - 1));
	check("The number of streams of which nothing came", report.silent, 0);
	check("The number of pictures of somebody else", report.wrong, 0);
	check("The number of packets that were lost", report.lost, 0);
	check("The copies that failed", await server.metric('copies_total{result="failed"}'), 0);
	world.note(`a room of ${size}: ${report.packets} packets received, ${report.freezes} freezes`);
}, { needs: ["npm/@roamhq/wrtc"] });
