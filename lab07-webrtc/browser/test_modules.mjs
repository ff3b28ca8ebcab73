// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
// The page's modules one by one, in the browser that will run them.

import { readFileSync } from "node:fs";

import { check, test } from "./harness.mjs";

async function openModules(world) {
	await world.server();
	const person = await world.person(await world.browser(), "alice");

	await person.open("");
	return person.page;
}

test("7.0.bo", "names of all kinds are sent as the server wants them, and come back", async (world) => {
	const page = await openModules(world);
	const said = await page.evaluate(async () => {
		const { decodeName, encodeName, nextName, objection } = await import("/page/names.js");
		const names = ["alice", "Zoë", "a/b", '"', "100%", "%41", "..", "李", "a  b ", "\u{1f600}"];

		return {
			sent: names.map(encodeName),
			back: names.map((name) => decodeName(encodeName(name))),
			next: ["alice", "alice-2", "2"].map(nextName),
			empty: objection("name", " \t"),
			long: objection("name", "李李李李") !== undefined,
			good: objection("name", "李李李"),
		};
	});

	check("What is sent", said.sent.join(" "),
		"alice Zo%C3%AB a%2Fb %22 100%25 %2541 %2E%2E %E6%9D%8E a%20b %F0%9F%98%80");
	check("What comes back", said.back.join("|"), 'alice|Zoë|a/b|"|100%|%41|..|李|a b|\u{1f600}');
	check("The next names", said.next.join(), "alice-2,alice-3,2-2");
	check("An empty name", said.empty, "The name is empty.");
	check("A name of 36 bytes is refused", said.long, true);
	check("A name of 27 bytes", said.good, undefined);
});

test("7.0.bp", "events are read, however the network has cut them", async (world) => {
	const page = await openModules(world);
	const read = await page.evaluate(async () => {
		const { readEvents } = await import("/page/signalling.js");
		const bytes = new TextEncoder().encode(
			': connected\n\nevent: offer\nid: 7\ndata: {"sdp":"ü: 1"}\n\n:\n\ndata: a\ndata: b\n\ndata: cut');
		const all = [];

		for (const size of [1, 2, 7, bytes.length]) {
			const body = new ReadableStream({
				start(controller) {
					for (let at = 0; at < bytes.length; at += size)
						controller.enqueue(bytes.slice(at, at + size));
					controller.close();
				},
			});

			for await (const event of readEvents(body))
				all.push(JSON.stringify(event));
		}
		return all;
	});

	check("The events, cut in four ways", read.join("\n"), Array(4).fill(
		'{"event":"offer","id":"7","data":"{\\"sdp\\":\\"ü: 1\\"}"}\n{"data":"a\\nb"}').join("\n"));
});

test("7.0.bq", "an offer of the server tells who sends what in which m-line", async (world) => {
	const page = await openModules(world);
	const offer = readFileSync("lab04-signalling/testdata/server-srtp-reoffer.sdp", "utf8");
	const senders = await page.evaluate(async (sdp) => {
		const { sendersIn } = await import("/page/sdp.js");

		return [sdp, sdp.replaceAll("a=sendonly", "a=inactive")].map(sendersIn);
	}, offer);

	check("Those who send", senders[0].map(({ mid, kind, name }) => [mid, kind, name].join(" ")).join(),
		"s0 audio bob,s1 video bob");
	check("Those who do not", senders[1].length, 0);
});

test("7.0.br", "counters become rates, and begin anew with a new server", async (world) => {
	const page = await openModules(world);
	const rates = await page.evaluate(async () => {
		const { Report } = await import("/page/report.js");
		const report = new Report();
		const at = (seconds, packets, drops) => report.read({
			mode: "tc",
			rooms: [{ name: "r", participants: [{ id: 1, name: "a", streams: [{ id: 1, ssrc: 5,
				kind: "audio", codec: "opus", packets, bytes: 100 * packets, lost: 0, jitter_us: 0,
				path: { by: "user space", why: "it comes encrypted" }, legs: [{ to: 2, name: "b",
					sent: packets, failed: 0, skipped: 0, unreachable: false }] }] }] }],
			forwarded: { kernel: 2 * packets, shared: 0, user: 0 },
			copies: { sent: packets },
			verdicts: { rtp: packets, stun: 9, unknown_source: drops, new_reason: drops },
		}, "r", 1000 * seconds);
		const [first, second, restarted] = [at(1, 100, 0), at(3, 300, 4), at(4, 10, 0)];

		return { first, second, restarted };
	});
	const [stream] = rates.second.people[0].streams;

	check("The first rate", rates.first.kernel, 0);
	check("Packets per second by the kernel", rates.second.kernel, 200);
	check("Bits per second of a stream", stream.bits, 80_000);
	check("Copies per second of a leg", stream.legs[0].packets, 100);
	check("Its path", `${stream.path}: ${stream.why}`, "user: It comes encrypted.");
	check("Drops per second", rates.second.drops.map((d) => `${d.text} ${d.rate}`).join("|"),
		"No participant sends from this address. 2|new reason 2");
	check("The rate after a restart", rates.restarted.kernel, 0);
});

test("7.0.bs", "tiles are as large as the place allows", async (world) => {
	const page = await openModules(world);
	const columns = await page.evaluate(async () => {
		const { arrange } = await import("/page/tiles.js");

		return [[1, 1200, 700], [2, 1200, 700], [4, 1200, 700], [3, 360, 700], [9, 1200, 700]]
			.map((box) => arrange(...box).columns);
	});

	check("Columns", columns.join(), "1,2,2,1,3");
});
