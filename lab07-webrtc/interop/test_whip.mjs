// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
// Programs that know WHIP (RFC 9725), and nothing of rooms, publish to people.

import { execFileSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";

import { check, checkTrue, origin, OUTPUT, site, test, until } from "../browser/harness.mjs";
import { cameraOf, Program } from "./clients.mjs";
import { openSite } from "./site.mjs";
import { whepClient } from "./whep_client.mjs";

const CAMERA = { name: "camera", number: 9 };
const WHIP_CLIENT = ["simple-whip-client", "gstreamer1.0-nice", "gstreamer1.0-plugins-bad",
	"gstreamer1.0-plugins-good"];

function pipelines(camera) {
	return [
		"-V", `${camera} ! vp8enc deadline=1 ! rtpvp8pay pt=96 ssrc=2 ! queue ! ` +
			"application/x-rtp,media=video,encoding-name=VP8,payload=96",
		"-A", "audiotestsrc is-live=true ! audioconvert ! audioresample ! queue ! opusenc ! " +
			"rtpopuspay pt=100 ssrc=1 ! queue ! " +
			"application/x-rtp,media=audio,encoding-name=OPUS,payload=100",
	];
}

// Debian's client ends at once without this library: see there.
function withoutUpnp() {
	const folder = `${OUTPUT}/no-upnp`;

	mkdirSync(folder, { recursive: true });
	execFileSync("gcc", ["-shared", "-fPIC", "-o", `${folder}/libgupnp-igd-1.0.so.4`,
		fileURLToPath(new URL("no_upnp.c", import.meta.url))]);
	return ["env", `LD_LIBRARY_PATH=${folder}`, `GST_REGISTRY=${folder}/registry`];
}

function publish(world, { name, number }, ...options) {
	const url = `${origin}/whip/kitchen?name=${name}`;

	return new Program(world, name, number).start("bob", ...withoutUpnp(),
		"whip-client", "-u", url, "-o", ...options, ...pipelines(cameraOf(world, number)));
}

async function oneIsLeft(server) {
	await until("The room has one participant", async () =>
		(await server.rooms()).rooms[0].participants.length === 1);
}

test("7.0.ic", "simple-whip-client trickles, or gathers first: a page sees and hears both", async (world) => {
	const server = await world.server();
	const [alice] = await world.call(await world.browser(), "kitchen", "alice");
	const cameras = [publish(world, CAMERA), publish(world, { name: "second", number: 10 }, "-n")];

	for (const camera of cameras) {
		await alice.sees(camera);
		await alice.hears(camera);
		await alice.seesMoreOf(camera);
	}
	for (const camera of cameras) {
		await camera.end("SIGINT");
		await alice.seesNothingOf(camera.name);
	}
	await oneIsLeft(server);
}, { needs: WHIP_CLIENT });

// ---- pages of another site -----------------------------------------------------

async function visit(world, browser, name) {
	const person = await world.person(browser, name);

	await person.page.goto(site);
	return person;
}

async function ingest({ name, page }) {
	await page.evaluate(async ([endpoint]) => {
		const media = await navigator.mediaDevices.getUserMedia({ audio: true, video: true });
		const client = new window.libraries.WHIPClient({ endpoint, opts: { iceServers: [] } });

		window.client = client;
		await client.ingest(media);
	}, [`${origin}/whip/kitchen?name=${name}`]);
}

// A tile as our own page has it, which is looked at in the same way.
async function addTile({ page }, name) {
	await page.evaluate((key) => {
		document.querySelector("#grid").innerHTML =
			`<div data-key="${key}"><video autoplay></video></div>`;
	}, name);
}

async function play(viewer, other) {
	await addTile(viewer, other.name);
	await viewer.page.evaluate(async ([channel]) => {
		window.player = new window.libraries.WebRTCPlayer({
			video: document.querySelector("video"), type: "whep", iceServers: [] });
		await window.player.load(new URL(channel));
	}, [`${origin}/whep/kitchen/${other.name}`]);
}

const PLAYER = "npm/@eyevinn/webrtc-player", PUBLISHER = "npm/@eyevinn/whip-web-client";

test("7.0.ie", "pages of another site publish by WHIP and play by WHEP", async (world) => {
	const server = await world.server();
	const browser = await world.browser();

	await openSite(world);
	const [alice] = await world.call(browser, "kitchen", "alice");
	const bob = await visit(world, browser, "bob");

	await ingest(bob);
	await alice.sees(bob);
	await alice.hears(bob);
	const carol = await visit(world, browser, "carol");

	await play(carol, bob);
	await carol.sees(bob);
	await carol.hears(bob);
	await carol.seesMoreOf(bob);
	await bob.page.evaluate(() => window.client.destroy());
	await alice.seesNothingOf("bob");
	await carol.page.evaluate(() => window.player.destroy());
	await oneIsLeft(server);
}, { needs: [PUBLISHER, PLAYER] });

test("7.0.if", "Firefox plays by WHEP what simple-whip-client publishes", async (world) => {
	const server = await world.server();
	const camera = publish(world, CAMERA);

	await openSite(world);
	await until("The camera is there", async () => (await server.rooms()).rooms.length);
	const alice = await visit(world, await world.firefox("alice"), "alice");

	await play(alice, camera);
	await alice.sees(camera);
	await alice.hears(camera);
	// This client sends no checks any more, so only its media renews consent (30 s).
	await sleep(35_000);
	await alice.seesMoreOf(camera);
}, { needs: ["firefox-esr", PLAYER, ...WHIP_CLIENT] });

test("7.0.ig", "WHEP as its draft has it: not live yet, trickle, ICE restart", async (world) => {
	const server = await world.server();
	const browser = await world.browser();
	const whep = (method, ...words) => carol.page.evaluate(
		([name, options]) => window.whep[name](...options), [method, words]);

	await openSite(world);
	const carol = await visit(world, browser, "carol");

	await carol.page.evaluate(whepClient);
	const early = await whep("open", `${origin}/whep/kitchen`);

	check("The status before anybody publishes", early.status, 409);
	checkTrue("It says when to try again", early.retry > 0);
	const [alice] = await world.call(browser, "kitchen", "alice");

	await addTile(carol, alice.name);
	check("The status", (await whep("open", `${origin}/whep/kitchen`)).status, 201);
	await carol.page.evaluate(() => {
		document.querySelector("video").srcObject = window.whep.media;
	});
	check("The status of a PATCH", await whep("trickle"), 204);
	await carol.sees(alice);
	await carol.hears(alice);
	check("The status of a restart", await whep("restart"), 200);
	check("The status of a PATCH after it", await whep("trickle"), 204);
	await until("ICE has restarted", () => whep("usesNewest"));
	await carol.seesMoreOf(alice);
	check("The statuses of two DELETEs", await whep("close"), "200,404");
	await oneIsLeft(server);
});
