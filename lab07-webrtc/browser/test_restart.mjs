// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
// The server is killed and started again in the middle of a call, and nobody joins
// again: the same connections go on, with the same keys.
//
//	SWIFTCALL_RESTARTS=20 lab07-webrtc/test_browser 7.0.ch
//
//	... picture  kill -9   start     it serves    packet    picture ...
//	       |                 |           |           |          |
//	       |                 |<- adopts >|           |          |
//	       |                 |<---- media is back -->|          |
//	       |<---------------------- the gap ------------------->|
//
// Limits of time are checked only if somebody asks for a number of restarts: a busy
// computer is slow, and not wrong.

import { readFileSync } from "node:fs";

import { allSeeAll, check, checkTrue, OUTPUT, Skip, test } from "./harness.mjs";

const ASKED = Number(process.env.SWIFTCALL_RESTARTS ?? 0);
const RESTARTS = ASKED || 3;
const LONGEST_GAP = 1.5, LONGEST_DELAY = 1; // s
const WHOLE = 30_000 + RESTARTS * 10_000; // ms
const PICTURES = 15; // after each restart
const PATIENCE_OF_ICE = 10; // s; a browser gives its connection up some time later

// ---- what the page sees ------------------------------------------------------

// Notes when packets of somebody's picture come and when one is decoded, as the time
// of day in seconds. Some pictures wait in the browser, so that it shows a shorter gap.
function watch({ page }, { name }) {
	return page.evaluate(async (who) => {
		const times = window.watched = { packetsReceived: [], framesDecoded: [] };
		let last = {};
		const look = async () => {
			const now = await window.inside.inbound(who, "video") ?? {};

			for (const [what, list] of Object.entries(times))
				if (now[what] > (last[what] ?? 0))
					list.push(Date.now() / 1000);
			last = now;
			setTimeout(look, 10);
		};

		await look();
	}, name);
}

const times = ({ page }) => page.evaluate(() => window.watched);

// What would change with another connection, or another handshake.
const connection = ({ page }) => page.evaluate(async () => {
	const [pc] = window.inside.connections;
	const stats = [...(await pc.getStats()).values()];
	const transport = stats.find(({ type }) => type === "transport");

	return [window.inside.connections.length, pc.iceConnectionState,
		transport.selectedCandidatePairChanges, transport.dtlsState,
		transport.remoteCertificateId].join();
});

// ---- a call --------------------------------------------------------------------

// Some packets are still on their way when the server dies, so it need not be the
// first pause after that.
function longestGap(times, since) {
	const all = times.slice(times.findLastIndex((time) => time <= since));

	return all.slice(1).map((end, i) => ({ gap: end - all[i], end }))
		.reduce((most, one) => (one.gap > most.gap ? one : most));
}

class Gaps {
	constructor(encrypted) {
		this.encrypted = encrypted;
	}

	away = [];
	adopted = [];
	queued = [];
	back = [];
	gaps = [];

	async restart(server, people) {
		await server.end("SIGKILL");
		const killed = Date.now() / 1000;

		await server.start();
		const started = server.started / 1000, ready = server.ready / 1000;

		if (ready - killed > PATIENCE_OF_ICE)
			throw new Skip(`the new server took ${(ready - killed).toFixed(1)} s to start`);
		this.away.push(ready - killed);
		this.adopted.push(ready - started);
		this.queued.push(server.queued / 1000);
		for (const [i, one] of people.entries())
			await one.seesMoreOf(people[1 - i], PICTURES);
		for (const one of people) {
			const { packetsReceived, framesDecoded } = await times(one);

			this.gaps.push(longestGap(framesDecoded, killed).gap);
			if (this.encrypted) // else packets have never stayed away
				this.back.push(longestGap(packetsReceived, killed).end - started);
		}
	}

	// Without what the server has waited for a CPU; there are two people per restart.
	longest(all) {
		const people = all.length / this.queued.length;

		return Math.max(...all.map((s, i) => s - this.queued[Math.floor(i / people)]));
	}

	note(world, name, what) {
		if (!this[name].length)
			return;
		const sorted = this[name].toSorted((a, b) => a - b);
		const [median, most] = [sorted[sorted.length >> 1], sorted.at(-1)];

		world.note(`${what}: ${median.toFixed(2)} s (median), ${most.toFixed(2)} s at most`);
		world.figures({ [`${name}_s`]: median, [`${name}_most_s`]: most });
	}

	report(world) {
		this.note(world, "gaps", `${RESTARTS} restarts, seen by two; no new picture`);
		this.note(world, "away", "from kill -9 until the next server serves");
		this.note(world, "adopted", "from its start until it serves");
		this.note(world, "queued", "of that it has waited for a CPU");
		this.note(world, "back", "from its start until packets come");
		world.figures({ restarts: RESTARTS });
		if (!ASKED)
			return;
		console.log(world.notes.join("\n"));
		checkTrue(`No gap is longer than ${LONGEST_GAP} s`,
			(this.encrypted ? this.longest(this.gaps) : Math.max(...this.gaps)) < LONGEST_GAP);
		checkTrue(`It serves ${LONGEST_DELAY} s after its start`,
			this.longest(this.adopted) < LONGEST_DELAY);
		checkTrue(`Packets come again after ${LONGEST_DELAY} s`,
			this.longest(this.back) < LONGEST_DELAY);
	}
}

// What was decoded, and how often it stood still.
const pictures = (people) => Promise.all(people.map((one, i) =>
	one.inbound(people[1 - i].name, "video")));

function noteFreezes(world, before, after) {
	const sum = (key) => after.reduce((all, one, i) => all + one[key] - before[i][key], 0);

	world.note(`freezes: ${sum("freezeCount")}, of ${sum("totalFreezesDuration").toFixed(2)} s in all`);
	world.figures({ freezes: sum("freezeCount"), frozen_s: sum("totalFreezesDuration") });
}

// What libwebrtc says when it cannot read a packet, and when hands are shaken.
function checkLog(log, encrypted) {
	const text = readFileSync(log, "utf8");

	check("Packets that a browser cannot read", text.match(/Failed to unprotect/g)?.length ?? 0, 0);
	check("Handshakes", text.match(/DTLS handshake complete/g)?.length ?? 0, encrypted ? 2 : 0);
}

async function bear(world, encrypted) {
	const log = `${OUTPUT}/${world.id}-browser.log`;
	const server = await world.server();
	const people = await world.call(await world.browser({ encrypted, log }), "kitchen", "alice", "bob");
	const [alice, bob] = people;
	const gaps = new Gaps(encrypted);

	await allSeeAll(people);
	await watch(alice, bob);
	await watch(bob, alice);
	await alice.seesMoreOf(bob, PICTURES);
	const connections = await Promise.all(people.map(connection));
	const before = await pictures(people);

	for (let i = 0; i < RESTARTS; i++) {
		await gaps.restart(server, people);
		check("The number of participants", (await server.rooms()).rooms[0].participants.length, 2);
	}
	await allSeeAll(people);
	check("Packets that the server cannot read",
		await server.metric('packets_total{verdict="srtp"}'), 0);
	check("The connections", `${await Promise.all(people.map(connection))}`, `${connections}`);
	checkLog(log, encrypted);
	noteFreezes(world, before, await pictures(people));
	gaps.report(world);
}

test("7.0.ch", "an encrypted call goes on after kill -9 and a new server", (world) =>
	bear(world, true), { whole: WHOLE });

test("7.0.ci", "so does a call that is not encrypted", (world) => bear(world, false),
	{ whole: WHOLE });
