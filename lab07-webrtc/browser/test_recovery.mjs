// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
// What goes wrong: the server ends, is killed, or is not reached for a while.

import { execFileSync } from "node:child_process";

import { allSeeAll, test, until } from "./harness.mjs";

for (const [id, signal] of [["7.0.bl", "SIGTERM"], ["7.0.bk", "SIGKILL"]])
	test(id, `people are together again after ${signal} and a new server`, async (world) => {
		const server = await world.server();
		const browser = await world.browser();
		const people = await world.call(browser, "kitchen", "alice", "bob");
		const [alice] = people;

		await allSeeAll(people);
		await server.end(signal);
		await alice.page.waitForSelector("#banner:not([hidden])");
		await server.start();
		await until("Both are in the room", async () =>
			(await server.rooms()).rooms[0]?.participants.length === 2);
		await allSeeAll(people);
		await alice.page.waitForSelector("#banner", { state: "hidden" });
	});

test("7.0.bm", "the choice whom to see outlives the server, and whom it is about", async (world) => {
	const server = await world.server();
	const browser = await world.browser();
	const people = await world.call(browser, "kitchen", "alice", "bob");
	const [alice, bob] = people;
	const noPicture = () => alice.waitFor("no picture of bob", () => {
		const media = document.querySelector('[data-key="bob"] video')?.srcObject;

		return media?.getAudioTracks().length && !media.getVideoTracks().length;
	});

	await allSeeAll(people);
	await alice.page.click("#open-people");
	await alice.page.click('#people [data-key="bob"] [data-kind="video"]');
	await noPicture();
	await server.end("SIGTERM");
	await server.start();
	await bob.sees(alice);
	await noPicture();
	const notSent = () => until("The server sends it no more", async () =>
		(await server.receivers("bob", "video")) === "");

	await notSent();
	await bob.leave();
	await alice.seesNothingOf("bob");
	await bob.join("kitchen");
	await bob.sees(alice);
	await noPicture();
	await notSent();
});

function setLink(host, state) {
	execFileSync("ip", ["-n", host, "link", "set", "eth0", state]);
}

test("7.0.bn", "people join again by themselves after their network was away", async (world) => {
	const server = await world.server();
	const browser = await world.browser({ host: "alice" });
	const people = await world.call(browser, "kitchen", "alice", "bob");
	const [alice] = people;

	await allSeeAll(people);
	setLink("alice", "down");
	await alice.page.waitForSelector("#banner:not([hidden])");
	setLink("alice", "up");
	await alice.page.waitForSelector("#banner", { state: "hidden" });
	await until("Both are in the room", async () =>
		(await server.rooms()).rooms[0]?.participants.length === 2);
	await allSeeAll(people);
});
