// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
// The server is killed in the middle of a call that is not encrypted, and nobody
// starts it again for a while. In mode xdp the kernel does all that the call needs:
//
//	media          fanout() goes on
//	ICE            checks are answered, so consent (30 s) is renewed
//	RTCP           PLI and NACK go on to the publisher, an SR is answered by an RR
//
//	SWIFTCALL_ALONE=600 lab07-webrtc/test_browser 7.0.cj     ten minutes of it
//
// Each second is a line of build/browser/7.0.cj-alone.csv.

import { writeFileSync } from "node:fs";

import { allSeeAll, check, checkTrue, OUTPUT, test } from "./harness.mjs";

const ASKED = Number(process.env.SWIFTCALL_ALONE ?? 0);
const ALONE = ASKED || 45; // s: longer than a consent lasts
const BEFORE = 5; // s, with the server
const COLUMNS = ["second", "alice_kbps", "bob_kbps", "alice_may_kbps", "bob_may_kbps",
	"lost", "frames", "plis", "nacks"];

// How many kbit/s the browser believes that it may send.
const estimate = ({ page }) => page.evaluate(async () => {
	const stats = [...(await window.inside.connections[0].getStats()).values()];
	const pair = stats.find(({ type, nominated, state }) => type === "candidate-pair" &&
		nominated && state === "succeeded");

	return Math.round((pair?.availableOutgoingBitrate ?? 0) / 1000);
});

// What the browser counts, of both people together but for the bytes they send.
async function look(people) {
	const [sent, may, received] = await Promise.all([
		Promise.all(people.map((one) => one.outbound("video"))),
		Promise.all(people.map(estimate)),
		Promise.all(people.map((one, i) => one.inbound(people[1 - i].name, "video"))),
	]);
	const sum = (all, key) => all.reduce((total, one) => total + (one[key] ?? 0), 0);

	return {
		bytes: sent.map((one) => one.bytesSent),
		may,
		lost: sum(received, "packetsLost"),
		frames: sum(received, "framesDecoded"),
		plis: sum(sent, "pliCount"),
		nacks: sum(sent, "nackCount"),
	};
}

function line(second, before, now) {
	const kbps = now.bytes.map((bytes, i) => Math.round((bytes - before.bytes[i]) * 8 / 1000));

	return [second, ...kbps, ...now.may, now.lost, now.frames, now.plis, now.nacks];
}

async function watch(people, from, to) {
	const lines = [];
	let before = await look(people);

	for (let second = from; second <= to; second++) {
		await new Promise((done) => setTimeout(done, 1000));
		const now = await look(people);

		lines.push(line(second, before, now));
		before = now;
	}
	return lines;
}

const median = (values) => values.toSorted((a, b) => a - b)[values.length >> 1];
const both = (lines, column) => lines.flatMap((values) => values.slice(column, column + 2));

function rates(what, lines, column) {
	const all = both(lines, column);

	return `${what} ${median(all)} kbit/s (median), ${Math.min(...all)} at least`;
}

function report(world, before, lines) {
	const [first, last] = [before.at(-1), lines.at(-1)];
	const more = COLUMNS.map((_, i) => last[i] - first[i]);

	writeFileSync(`${OUTPUT}/${world.id}-alone.csv`,
		[COLUMNS, ...before, ...lines].map((values) => values.join()).join("\n") + "\n");
	world.note(`${ALONE} s without a server: ${more[6]} pictures, ${more[5]} packets lost, ` +
		`${more[7]} PLI and ${more[8]} NACK heard by publishers`);
	world.note(`with it: ${rates("sent", before, 1)}; ${rates("may send", before, 3)}`);
	world.note(`without: ${rates("sent", lines, 1)}; ${rates("may send", lines, 3)}`);
	world.figures({
		seconds: ALONE, lost: more[5], decoded: more[6], plis: more[7], nacks: more[8],
		kbps_before: median(both(before, 1)), kbps: median(both(lines, 1)),
		may_kbps_before: median(both(before, 3)), may_kbps: median(both(lines, 3)),
	});
	if (ASKED)
		console.log(world.notes.join("\n"));
}

test("7.0.cj", "a call that is not encrypted goes on while there is no server", async (world) => {
	const server = await world.server("--mode", "xdp");
	const people = await world.call(await world.browser({ encrypted: false }), "kitchen",
		"alice", "bob");
	const [alice, bob] = people;

	await allSeeAll(people);
	const before = await watch(people, 1 - BEFORE, 0);

	await server.end("SIGKILL");
	const lines = await watch(people, 1, ALONE);

	await alice.seesMoreOf(bob);
	await bob.seesMoreOf(alice);
	report(world, before, lines);
	checkTrue("Publishers hear of what they send", (await Promise.all(people.map((one) =>
		one.page.evaluate(async () => [...(await window.inside.connections[0].getStats()).values()]
			.some(({ type, kind }) => type === "remote-inbound-rtp" && kind === "video")))))
		.every(Boolean));
	await server.start();
	check("The number of participants", (await server.rooms()).rooms[0].participants.length, 2);
	await allSeeAll(people);
}, { whole: 90_000 + ALONE * 1000 });
