// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
// Streams that no a=ssrc has announced: their packets say whose they are.

import { readFileSync } from "node:fs";

import { allSeeAll, check, checkTrue, origin, test } from "./harness.mjs";
import { peopleIn, seeFirstLayer } from "./layers.mjs";

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

for (const encrypted of [true, false])
	test(encrypted ? "7.0.by" : "7.0.bz",
		`three layers, ${encrypted ? "" : "not "}encrypted: the first one is decoded`,
		async (world) => {
			const browser = await world.browser({ encrypted });

			await seeFirstLayer(world, browser, browser);
		});

test("7.0.bq1", "who has not sent yet is shown as waiting", async (world) => {
	await world.server();
	const offer = readFileSync("lab04-signalling/testdata/chromium-plain-offer.sdp", "utf8");
	const [alice] = await world.call(await world.browser(), "kitchen", "alice");

	await fetch(`${origin}/rooms/kitchen/participants?name=dave`, {
		method: "POST",
		headers: { "Content-Type": "application/sdp" },
		body: offer.replace(/^(#|a=ssrc).*\r?\n/gm, ""),
	});
	await alice.page.click("#open-kernel");
	await alice.waitFor("dave waits", () =>
		[...document.querySelectorAll("#streams .badge")].filter((one) =>
			one.textContent === "waiting").length === 2);
	await alice.waitFor("his tile says so", () =>
		document.querySelector('#grid [data-key="dave"] .state').textContent === "has not sent yet");
	await world.screenshot(alice, "waiting");
});
