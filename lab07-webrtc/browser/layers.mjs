// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
// A camera that is sent in three sizes (simulcast), of which one is passed on.

import { check, until } from "./harness.mjs";

export async function peopleIn(server) {
	return (await server.rooms()).rooms.flatMap(({ participants }) => participants);
}

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

// Somebody publishes by one browser, and bob sees the smallest picture in the other.
export async function seeFirstLayer(world, publisher, watcher) {
	const server = await world.server();
	const [bob] = await world.call(watcher, "kitchen", "bob");
	const alice = await world.person(publisher, "alice");

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
