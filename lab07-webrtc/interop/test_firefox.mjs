// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
// Firefox and Chromium number payload types and header extensions differently: a
// packet of the one means nothing to the other, before the server has translated it.

import { allSeeAll, checkTrue, test } from "../browser/harness.mjs";
import { seeFirstLayer } from "../browser/layers.mjs";

// What a browser's own offer calls VP8 and each header extension of its video.
async function numbersOf({ page }) {
	const sdp = await page.evaluate(() => window.inside.connections.at(-1).localDescription.sdp);
	const video = /^m=video[^]*?(?=^m=|$(?![^]))/m.exec(sdp)[0];
	const extensions = [...video.matchAll(/^a=extmap:(\d+)\S* (\S+)/gm)];

	return {
		vp8: /^a=rtpmap:(\d+) VP8/m.exec(video)[1],
		extensions: new Map(extensions.map(([, id, name]) => [name, id])),
	};
}

// Else the test would show nothing.
async function checkThatTheyDiffer(one, other) {
	const [a, b] = [await numbersOf(one), await numbersOf(other)];
	const common = [...a.extensions.keys()].filter((name) => b.extensions.has(name));

	checkTrue("They number VP8 differently", a.vp8 !== b.vp8);
	checkTrue("They number a header extension differently",
		common.some((name) => a.extensions.get(name) !== b.extensions.get(name)));
}

test("7.0.ia", "Firefox and Chromium see and hear each other", async (world) => {
	await world.server();
	const [alice] = await world.call(await world.browser({ host: "alice" }), "kitchen", "alice");
	const [bob] = await world.call(await world.firefox("bob"), "kitchen", "bob");

	await allSeeAll([alice, bob]);
	await alice.seesMoreOf(bob);
	await bob.seesMoreOf(alice);
	await checkThatTheyDiffer(alice, bob);
}, { needs: ["firefox-esr"] });

// It announces the SSRCs of its layers as well, and does not say which is which.
test("7.0.ij", "Firefox sends three layers: Chromium decodes the first one", async (world) => {
	await seeFirstLayer(world, await world.firefox("bob"), await world.browser({ host: "alice" }));
}, { needs: ["firefox-esr"] });
