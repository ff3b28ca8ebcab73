// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
// People in one room see and hear each other, whoever comes and goes.

import { allSeeAll, check, checkTrue, test, until } from "./harness.mjs";

async function twoMeet(world, encrypted) {
	const server = await world.server();
	const browser = await world.browser({ encrypted });
	const [alice, bob] = await world.call(browser, "kitchen", "alice", "bob");

	await allSeeAll([alice, bob]);
	await alice.seesMoreOf(bob);
	await bob.seesMoreOf(alice);
	world.note(`${Math.round(await bob.joinToFirstPicture())} ms from bob's click to alice's picture`);
	return server;
}

// Who forwards each stream, as GET /rooms says.
async function paths(server) {
	const [{ participants }] = (await server.rooms()).rooms;

	return [...new Set(participants.flatMap(({ streams }) => streams.map((s) => s.path.by)))].join();
}

test("7.0.ba", "two people see and hear each other, encrypted", async (world) => {
	const server = await twoMeet(world, true);

	check("Who forwards", await paths(server), "user space");
});

test("7.0.bb", "two people see and hear each other, not encrypted", async (world) => {
	const server = await twoMeet(world, false);
	const kernel = await server.metric('forwarded_packets_total{by="kernel"}');
	const user = await server.metric('forwarded_packets_total{by="user"}');

	check("Who forwards", await paths(server), "kernel");
	checkTrue("Packets were forwarded by eBPF", kernel > 0);
	world.note(`forwarded by eBPF: ${kernel}, by user space: ${user}`);
});

test("7.0.bt", "one encrypts and two do not: the kernel serves who reads it", async (world) => {
	const server = await world.server();
	const [alice] = await world.call(await world.browser(), "kitchen", "alice");
	const browser = await world.browser({ host: "bob", encrypted: false });
	const [bob, carol] = await world.call(browser, "kitchen", "bob", "carol");

	await allSeeAll([alice, bob, carol]);
	await alice.seesMoreOf(bob);
	await carol.seesMoreOf(bob);
	check("Who forwards", await paths(server), "user space,kernel and user space");
	await until("Packets were forwarded by both", () =>
		server.metric('forwarded_packets_total{by="shared"}'));
	check("Copies that failed", (await server.rooms()).copies.failed, 0);
});

test("7.0.bc", "three meet, of whom one reloads, one leaves, one comes late", async (world) => {
	const server = await world.server();
	const browser = await world.browser();
	const [alice, bob] = await world.call(browser, "kitchen", "alice", "bob");

	await allSeeAll([alice, bob]);
	await bob.join("kitchen"); // the same page, loaded anew
	await allSeeAll([alice, bob]);
	const [carol] = await world.call(browser, "kitchen", "carol");

	await allSeeAll([alice, bob, carol]);
	await alice.leave();
	await bob.seesNothingOf("alice");
	await carol.seesNothingOf("alice");
	await allSeeAll([bob, carol]);
	const [dave] = await world.call(browser, "kitchen", "dave");

	await allSeeAll([bob, carol, dave]);
	check("The number of people", (await server.rooms()).rooms[0].participants.length, 3);
});

test("7.0.bd", "people of two rooms do not meet", async (world) => {
	await world.server();
	const browser = await world.browser();
	const [alice, bob] = await world.call(browser, "kitchen", "alice", "bob");
	const [carol] = await world.call(browser, "cellar", "carol");

	await allSeeAll([alice, bob]);
	check("What carol is told", await carol.page.textContent("#count"), "only you");
	check("carol's tiles", await carol.page.locator("#grid .tile").count(), 1);
});

test("7.0.be", "one whose page is closed is gone at once", async (world) => {
	const server = await world.server();
	const browser = await world.browser();
	const [alice, bob] = await world.call(browser, "kitchen", "alice", "bob");

	await allSeeAll([alice, bob]);
	await bob.page.close({ runBeforeUnload: false });
	await alice.seesNothingOf("bob");
	await until("The room has one participant", async () =>
		(await server.rooms()).rooms[0].participants.length === 1);
});
