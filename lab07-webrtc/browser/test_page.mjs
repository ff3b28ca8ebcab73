// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
// The page itself, as somebody uses it who clicks, types, or listens to it.

import { allSeeAll, check, checkTrue, test, until } from "./harness.mjs";

const DESKTOP = { width: 1280, height: 800 }, PHONE = { width: 390, height: 844 };

test("7.0.bf", "join, mute, hide, choose whom to see, and leave, by clicks", async (world) => {
	const server = await world.server();
	const browser = await world.browser();
	const [alice, bob] = await world.call(browser, "kitchen", "alice", "bob");

	await allSeeAll([alice, bob]);
	await bob.page.click("#mic");
	await alice.waitFor("bob's silence", () =>
		document.querySelector('[data-key="bob"]').ariaLabel.includes("silent"));
	await bob.page.click("#camera");
	await alice.waitFor("bob without a picture", () =>
		document.querySelector('[data-key="bob"]').ariaLabel.includes("no picture"));
	await bob.page.click("#mic");
	await bob.page.click("#camera");
	await allSeeAll([alice, bob]);
	await alice.waitFor("bob's voice and picture", () =>
		document.querySelector('[data-key="bob"]').ariaLabel === "bob");

	await alice.page.click("#open-people");
	await alice.page.click('#people [data-key="bob"] [data-kind="video"]');
	await alice.waitFor("that bob's picture is not received", () =>
		!document.querySelector('[data-key="bob"] video').srcObject?.getVideoTracks().length);
	await until("The server sends it no more", async () =>
		(await server.receivers("bob", "video")) === "");
	check("Who hears bob", await server.receivers("bob", "audio"), "alice");
	await alice.page.click('#people [data-key="bob"] [data-kind="video"]');
	await alice.sees(bob);

	await bob.page.click("#leave");
	await alice.seesNothingOf("bob");
	check("What bob is told", await bob.page.textContent("#lead"), "You have left kitchen.");
});

test("7.0.bg", "a screen is seen in place of the camera, and the camera again", async (world) => {
	await world.server();
	const browser = await world.browser();
	const [alice, bob] = await world.call(browser, "kitchen", "alice", "bob");

	await allSeeAll([alice, bob]);
	await alice.page.click("#screen");
	await alice.waitFor("the own screen", () => document.querySelector(".tile.is-self.is-screen"));
	await bob.seesMoreOf(alice);
	await alice.page.click("#screen");
	await alice.waitFor("the own camera", () => !document.querySelector(".tile.is-screen"));
	await bob.seesMoreOf(alice);
	await bob.sees(alice);
});

test("7.0.bh", "all of it works by keyboard, and is said to those who listen", async (world) => {
	await world.server();
	const browser = await world.browser();
	const alice = await world.person(browser, "alice");
	const { page } = alice;

	await alice.open("kitchen");
	await page.keyboard.type("alice");
	await page.keyboard.press("Enter");
	await page.waitForSelector("#call:not([hidden])");
	check("What has the focus", await page.evaluate(() => document.activeElement.id), "room-title");
	const [bob] = await world.call(browser, "kitchen", "bob");

	await allSeeAll([alice, bob]);
	await alice.waitFor("that bob's coming is read out", () =>
		document.getElementById("live").textContent === "bob is here.");
	await page.keyboard.press("m");
	await page.waitForSelector('#mic[aria-pressed="false"]');
	await page.keyboard.press("k");
	await page.waitForSelector("#pane-kernel:not([hidden])");
	await page.keyboard.press("ArrowLeft");
	await page.waitForSelector("#pane-people:not([hidden])");
	await page.keyboard.press("Escape");
	check("What has the focus", await page.evaluate(() => document.activeElement.id), "open-people");
	const tree = await page.locator("body").ariaSnapshot();

	for (const part of ['heading "kitchen"', 'listitem "bob"', 'button "Picture of bob" [pressed]',
		'toolbar "Call"', 'button "Leave"'])
		checkTrue(`The accessibility tree has ${part} in it:\n${tree}`, tree.includes(part));
	checkTrue("Each button has a name", await page.evaluate(() =>
		[...document.querySelectorAll("button")].every((b) => b.textContent.trim() || b.hidden)));
});

test("7.0.bi", "a name that is taken, and names of all kinds", async (world) => {
	await world.server();
	const browser = await world.browser();
	const [zoe] = await world.call(browser, "Café №1", "Zoë Müller");
	const again = await world.person(browser, "Zoë Müller");

	await again.open("Café №1");
	await again.page.fill("#name", again.name);
	await again.page.click("#join-button");
	await again.page.waitForSelector("#join-problem:not([hidden])");
	checkTrue("It says why", (await again.page.textContent("#join-problem")).startsWith(
		"Somebody in this room is called Zoë Müller already."));
	await again.page.click("#join-other");
	await again.page.waitForSelector("#call:not([hidden])");
	await zoe.waitFor("the other one", () =>
		[...document.querySelectorAll(".tag b")].some((b) => b.textContent === "Zoë Müller-2"));
	check("The room's name", await zoe.page.textContent("#room-title"), "Café №1");
	check("The link", await zoe.page.evaluate(() => location.search), "?room=Caf%C3%A9%20%E2%84%961");
});

// Whatever is on the screen, at two widths, light and dark.
async function lookAt(world, person, what) {
	for (const [size, viewport] of [["desktop", DESKTOP], ["phone", PHONE]])
		for (const colorScheme of ["light", "dark"]) {
			await person.page.setViewportSize(viewport);
			await person.page.emulateMedia({ colorScheme });
			await person.waitFor(`that nothing is wider than a ${size}`, () =>
				document.documentElement.scrollWidth <= innerWidth);
			await world.screenshot(person, `${size}-${colorScheme}-${what}`);
		}
}

test("7.0.bj", "it fits on a desktop and on a phone; screenshots, light and dark", async (world) => {
	await world.server();
	const browser = await world.browser({ encrypted: false });
	const alice = await world.person(browser, "alice");

	await alice.open("kitchen");
	await lookAt(world, alice, "lobby");
	await alice.join("kitchen");
	await alice.page.waitForSelector("#alone:not([hidden])");
	await lookAt(world, alice, "alone");
	const [bob, carol] = await world.call(browser, "kitchen", "bob", "carol");

	await alice.sees(bob);
	await alice.sees(carol);
	await alice.waitFor("three pictures", () =>
		document.querySelectorAll("#grid .has-picture").length === 3);
	await lookAt(world, alice, "call");
	await alice.page.click("#open-kernel");
	await alice.waitFor("a drawing in which everything flows", () =>
		document.querySelectorAll("#diagram .flows").length === 18);
	await alice.waitFor("figures of the server", () =>
		document.querySelectorAll("#server dd").length >= 4);
	await lookAt(world, alice, "kernel");
	await alice.page.click("#tab-people");
	await lookAt(world, alice, "people");
});
