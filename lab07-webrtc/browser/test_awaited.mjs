// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
// Streams that no a=ssrc has announced: their packets say whose they are.

import { allSeeAll, check, checkTrue, test, until } from "./harness.mjs";

// What some clients leave out of their offers, a page's do, too, from now on.
function leaveOutSources() {
	const original = window.fetch;

	window.fetch = (path, options) => {
		const type = new Headers(options?.headers).get("content-type");

		if (options?.method !== "POST" || type !== "application/sdp")
			return original(path, options);
		const body = options.body.replace(/^a=ssrc(-group)?:.*\r\n/gm, "");

		window.inside.leftOut = options.body.length - body.length;
		return original(path, { ...options, body });
	};
}

async function callWithoutSources(world, browser) {
	const people = [];

	for (const name of ["alice", "bob"]) {
		people.push(await world.person(browser, name));
		await people.at(-1).page.addInitScript(leaveOutSources);
		await people.at(-1).join("kitchen");
	}
	await allSeeAll(people);
	for (const { page, name } of people)
		checkTrue(`${name} has left something out`, await page.evaluate(() => window.inside.leftOut));
}

async function peopleIn(server) {
	return (await server.rooms()).rooms.flatMap(({ participants }) => participants);
}

for (const encrypted of [true, false])
	test(encrypted ? "7.0.bw" : "7.0.bx",
		`offers without a=ssrc, ${encrypted ? "" : "not "}encrypted: all see each other`,
		async (world) => {
			const server = await world.server();

			await callWithoutSources(world, await world.browser({ encrypted }));
			for (const { name, streams, waiting } of await peopleIn(server)) {
				check(`The streams of ${name}`, streams.map((s) => s.kind).sort().join(), "audio,video");
				check(`What ${name} has yet to send`, waiting.length, 0);
			}
			if (!encrypted)
				checkTrue("eBPF has forwarded",
					await server.metric('forwarded_packets_total{by="kernel"}'));
		});

// Publishes its camera in three layers, and nothing else.
async function publishLayers() {
	const [track] = (await navigator.mediaDevices.getUserMedia({ video: true })).getVideoTracks();
	const connection = new RTCPeerConnection();

	connection.addTransceiver(track, {
		direction: "sendonly",
		sendEncodings: [
			{ rid: "q", scaleResolutionDownBy: 4 },
			{ rid: "h", scaleResolutionDownBy: 2 },
			{ rid: "f" },
		],
	});
	await connection.setLocalDescription();
	const answer = await fetch("/whip/kitchen", {
		method: "POST",
		headers: { "Content-Type": "application/sdp" },
		body: connection.localDescription.sdp,
	});

	await connection.setRemoteDescription({ type: "answer", sdp: await answer.text() });
	window.publisher = connection;
}

// What it has sent of each layer.
async function sentLayers() {
	const all = [...(await window.publisher.getStats()).values()];

	return Object.fromEntries(all.filter(({ type }) => type === "outbound-rtp")
		.map(({ rid, packetsSent }) => [rid, packetsSent]));
}

async function seeFirstLayer(world, encrypted) {
	const server = await world.server();
	const browser = await world.browser({ encrypted });
	const [bob] = await world.call(browser, "kitchen", "bob");
	const alice = await world.person(browser, "alice");

	await alice.open("kitchen");
	await alice.page.evaluate(publishLayers);
	const name = await until("Somebody sends", async () =>
		(await peopleIn(server)).find((one) => one.name !== "bob" && one.streams.length)?.name);

	await bob.seesMoreOf({ name });
	await until("Packets of other layers are counted", async () =>
		await server.metric('packets_total{verdict="other_layer"}') > 0);
	await bob.seesMoreOf({ name });
	const seen = await bob.inbound(name, "video");

	check("The width of what bob sees", seen.frameWidth, 160);
	world.note(`layers sent: ${JSON.stringify(await alice.page.evaluate(sentLayers))}`);
	check("The streams", (await peopleIn(server)).find((one) => one.name === name).streams.length, 1);
}

test("7.0.by", "three layers: the first one is decoded", (world) => seeFirstLayer(world, true));
test("7.0.bz", "three layers, not encrypted: the first one is decoded", (world) =>
	seeFirstLayer(world, false));
