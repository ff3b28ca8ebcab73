// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
// GStreamer's webrtcbin, which has nothing of a browser's code, meets people.

import { fileURLToPath } from "node:url";

import { origin, OUTPUT, test, until } from "../browser/harness.mjs";
import { cameraOf, Program } from "./clients.mjs";

const PARTICIPANT = fileURLToPath(new URL("gst_participant.py", import.meta.url));

test("7.0.ih", "GStreamer and Chromium see and hear each other", async (world) => {
	const server = await world.server();
	const [alice] = await world.call(await world.browser(), "kitchen", "alice");
	const bob = new Program(world, "bob", 9).start("bob", "env",
		`GST_REGISTRY=${OUTPUT}/gstreamer-registry`, "/usr/bin/python3", PARTICIPANT,
		origin, "kitchen", "bob", cameraOf(world, 9));

	await alice.sees(bob);
	await alice.hears(bob);
	await bob.says("sees alice", /^sees alice 1$/);
	await bob.says("hears alice", /^hears alice$/);
	await bob.says("sees more of alice", /^frames alice 30$/);
	await alice.seesMoreOf(bob);
	await alice.leave();
	const [carol] = await world.call(alice.page.context().browser(), "kitchen", "carol");

	await bob.says("sees carol, in the m-lines that alice had", /^sees carol 2$/);
	await carol.sees(bob);
	await bob.end("SIGTERM");
	await carol.seesNothingOf("bob");
	await until("The room has one participant", async () =>
		(await server.rooms()).rooms[0].participants.length === 1);
}, { needs: ["gstreamer1.0-nice", "gstreamer1.0-plugins-bad", "gstreamer1.0-plugins-good",
	"python3-gst-1.0", "gir1.2-gst-plugins-bad-1.0"] });
