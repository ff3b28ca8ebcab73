// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
// What tests with browsers are made of: a server, browsers, and people in them.
//
//	sandbox host "server" .254     build/swiftcall/swiftcall, and this program
//	sandbox hosts alice, bob, ...  a browser each, as far as a test wants them
//
// A person's camera is a canvas with the name, and above it a number in black and
// white fields, which is read from the pixels that others receive: so who is seen
// is known. The microphone is Chromium's, which beeps. Nothing is waited for by
// time: what must come is waited for, with a limit that only ends what hangs.

import { spawn } from "node:child_process";
import { appendFileSync, chmodSync, createWriteStream, mkdirSync, readFileSync, writeFileSync }
	from "node:fs";
import { createRequire } from "node:module";
import { resolve } from "node:path";
import { fileURLToPath } from "node:url";

import { insideThePage } from "./inside.mjs";

export const OUTPUT = resolve("build/browser");
const FIREFOX = fileURLToPath(new URL("firefox.mjs", import.meta.url));
export const ADDRESS = "10.0.7.254", SITE_PORT = 8081;
const PORT = 8080;
const PATIENCE = Number(process.env.SWIFTCALL_PATIENCE ?? 1);

const { chromium, firefox } = createRequire(`${OUTPUT}/`)("playwright-core");

export const tests = [];
export const origin = `http://${ADDRESS}:${PORT}`;
export const site = `http://${ADDRESS}:${SITE_PORT}`; // another one, of a test's own
export const limit = (ms) => ms * PATIENCE;
export const FOR_EVERYTHING = limit(20_000);

// needs: packages of `tools/setup --clients` without which it cannot run.
// whole: ms that it may take, on an idle computer.
export function test(id, title, body, { needs = [], whole = 90_000 } = {}) {
	tests.push({ id, title, body, needs, whole });
}

// A test throws it that cannot be done here.
export class Skip extends Error {}

export function check(what, found, wanted) {
	if (found !== wanted)
		throw new Error(`${what} is ${JSON.stringify(found)}, and not ${JSON.stringify(wanted)}.`);
}

export function checkTrue(what, found) {
	if (!found)
		throw new Error(`${what}: no.`);
}

// Asks again and again; for what no page can wait for.
export async function until(what, ask) {
	const end = performance.now() + FOR_EVERYTHING;
	let last;

	while (performance.now() < end) {
		last = await ask();
		if (last)
			return last;
		await new Promise((done) => setTimeout(done, 50));
	}
	throw new Error(`${what}: not within ${FOR_EVERYTHING / 1000} s.`);
}

// ---- the server ------------------------------------------------------------

class Server {
	constructor(id, options) {
		this.log = `${OUTPUT}/${id}-server.log`;
		this.options = ["--iface", "eth0", "--http", `${ADDRESS}:${PORT}`, ...options];
		writeFileSync(this.log, "");
	}

	async start() {
		this.started = Date.now();
		this.process = spawn("build/swiftcall/swiftcall", this.options,
			{ stdio: ["ignore", "ignore", "pipe"] });
		this.process.stderr.pipe(createWriteStream(this.log, { flags: "a" }));
		this.process.stderr.on("data", (words) => {
			if (`${words}`.includes("signalling:"))
				this.serves(); // it says so
		});
		this.ended = new Promise((done) => this.process.once("exit", done));
		await until("The server answers", async () => {
			if (this.process.exitCode !== null)
				throw new Error(`The server has ended: ${readFileSync(this.log, "utf8")}`);
			return fetch(`${origin}/help`).then((r) => r.ok, () => false);
		});
	}

	// queued: ms that it has waited for a CPU which others had.
	serves() {
		const [, queued] = readFileSync(`/proc/${this.process.pid}/schedstat`, "utf8").split(" ");

		Object.assign(this, { ready: Date.now(), queued: queued / 1e6 });
	}

	async end(signal) {
		this.process.kill(signal);
		await this.ended;
	}

	async rooms() {
		return (await fetch(`${origin}/rooms`)).json();
	}

	// Who receives somebody's audio or video.
	async receivers(name, kind) {
		const people = (await this.rooms()).rooms.flatMap(({ participants }) => participants);
		const streams = people.filter((one) => one.name === name).flatMap((one) => one.streams);

		return streams.filter((one) => one.kind === kind)
			.flatMap(({ legs }) => legs.map((leg) => leg.name)).join();
	}

	async metric(series) {
		const text = await (await fetch(`${origin}/metrics`)).text();
		const line = text.split("\n").find((one) => one.startsWith(`swiftcall_${series} `));

		return Number(line?.split(" ")[1]);
	}
}

// ---- browsers --------------------------------------------------------------

// A browser, started on a host of the sandbox.
function browserOn(host, command, log = "") {
	const path = `${OUTPUT}/browser-${host}-${command.length}${log && "-log"}`;
	const to = log && `2>${log}`;

	writeFileSync(path, `#!/bin/sh\nexec ip netns exec ${host} ${command.join(" ")} "$@" ${to}\n`);
	chmodSync(path, 0o755);
	return path;
}

// encrypted false: as developers start it, who want to see their media.
// log: a file for what libwebrtc has to say of its packets.
export async function openBrowser({ host, encrypted, log }) {
	return chromium.launch({
		executablePath: browserOn(host, ["chromium"], log),
		timeout: FOR_EVERYTHING,
		args: [
			"--disable-gpu",
			"--disable-quic",
			"--use-fake-device-for-media-stream",
			"--use-fake-ui-for-media-stream",
			"--autoplay-policy=no-user-gesture-required",
			`--unsafely-treat-insecure-origin-as-secure=${origin},${site}`,
			...(encrypted ? [] : ["--disable-webrtc-encryption"]),
			...(log ? ["--enable-logging=stderr", "--vmodule=*/webrtc/*=2"] : []),
		],
	});
}

// Firefox as Mozilla makes it, driven by WebDriver BiDi.
async function openFirefox({ host }) {
	return firefox.launch({
		channel: "moz-firefox",
		executablePath: browserOn(host, ["node", FIREFOX]),
		timeout: limit(60_000), // it makes a profile first
		firefoxUserPrefs: {
			"media.navigator.streams.fake": true,
			"media.navigator.permission.disabled": true,
			"media.devices.insecure.enabled": true,
			"media.getusermedia.insecure.enabled": true,
			"media.autoplay.default": 0,
		},
	});
}

// ---- people ----------------------------------------------------------------

export class Person {
	constructor(page, name, number) {
		Object.assign(this, { page, name, number, complaints: [] });
		page.setDefaultTimeout(FOR_EVERYTHING);
		page.on("pageerror", (error) => this.complaints.push(error.message));
		page.on("console", (message) => {
			// The browser itself reports each request that the API refuses.
			const refused = /\/(rooms|whip|whep)/.test(message.location().url);

			if (["error", "warning"].includes(message.type()) && !refused)
				this.complaints.push(message.text());
		});
	}

	async open(room) {
		await this.page.goto(`${origin}/?room=${encodeURIComponent(room)}`);
	}

	async join(room) {
		await this.open(room);
		await this.page.fill("#name", this.name);
		await this.page.click("#join-button");
		await this.page.waitForSelector("#call:not([hidden])");
	}

	async leave() {
		await this.page.click("#leave");
		await this.page.waitForSelector("#lobby:not([hidden])");
	}

	tile(name) {
		return this.page.locator(`#grid [data-key="${name}"]`);
	}

	async waitFor(what, inside, argument) {
		try {
			return await this.page.waitForFunction(inside, argument,
				{ timeout: FOR_EVERYTHING, polling: 50 });
		} catch (error) {
			throw new Error(`${this.name} waits for this in vain: ${what}.`, { cause: error });
		}
	}

	// The number in the picture, read from its pixels, is the other's.
	async sees(other) {
		await this.waitFor(`to see ${other.name}`, ([name, number]) =>
			window.inside.numberSeen(name) === number, [other.name, other.number]);
	}

	async seesNothingOf(name) {
		await this.waitFor(`${name} is gone`, (gone) =>
			!document.querySelector(`#grid [data-key="${gone}"]`), name);
	}

	async hears(other) {
		await this.waitFor(`to hear ${other.name}`, async (name) => {
			const heard = (await window.inside.inbound(name, "audio"))?.totalAudioEnergy;

			return heard > 0 && heard;
		}, other.name);
	}

	// Some more pictures of somebody are decoded.
	async seesMoreOf(other, frames = 10) {
		const decoded = () => this.inbound(other.name, "video").then((s) => s?.framesDecoded ?? 0);
		const before = await decoded();

		await until(`${this.name} sees more of ${other.name}`, async () =>
			(await decoded()) >= before + frames);
	}

	// getStats() of what comes from somebody.
	async inbound(name, kind) {
		return this.page.evaluate(([who, what]) => window.inside.inbound(who, what), [name, kind]);
	}

	// getStats() of what goes to everybody.
	async outbound(kind) {
		return this.page.evaluate((what) => window.inside.outbound(what), kind);
	}

	async joinToFirstPicture() {
		return this.page.evaluate(() => window.inside.firstPicture - window.inside.joined);
	}
}

// Everybody sees and hears everybody else.
export async function allSeeAll(people) {
	for (const one of people)
		for (const other of people)
			if (one !== other) {
				await one.sees(other);
				await one.hears(other);
			}
}

// ---- a test's world --------------------------------------------------------

export class World {
	constructor(id) {
		this.id = id;
		this.people = [];
		this.browsers = [];
		this.programs = []; // which have close(), and story()
		this.notes = [];
		mkdirSync(OUTPUT, { recursive: true });
	}

	async server(...options) {
		this.theServer = new Server(this.id, options);
		await this.theServer.start();
		return this.theServer;
	}

	async browser(options = {}) {
		const browser = await openBrowser({ host: "alice", encrypted: true, ...options });

		this.browsers.push(browser);
		return browser;
	}

	async firefox(host) {
		const browser = await openFirefox({ host });

		this.browsers.push(browser);
		return browser;
	}

	// Somebody with a page of a browser, and nothing done yet.
	async person(browser, name, options = {}) {
		const number = this.people.length + 1;
		const context = await browser.newContext({
			viewport: { width: 1280, height: 800 },
			// Firefox is told by its preferences.
			...(browser.browserType() === chromium ? { permissions: ["camera", "microphone"] } : {}),
			...options,
		});

		await context.addInitScript(insideThePage, { name, number });
		const person = new Person(await context.newPage(), name, number);

		this.people.push(person);
		return person;
	}

	// Some people of one browser, who have joined a room.
	async call(browser, room, ...names) {
		const people = [];

		for (const name of names) {
			people.push(await this.person(browser, name));
			await people.at(-1).join(room);
		}
		return people;
	}

	note(words) {
		this.notes.push(words);
	}

	// What was measured, for programs to read; common/test.h has the same.
	figures(numbers) {
		const { SWIFTCALL_FIGURES: path } = process.env;

		for (const [name, value] of path ? Object.entries(numbers) : [])
			appendFileSync(path, `${JSON.stringify({ test: this.id, name, value })}\n`);
	}

	async screenshot(person, name) {
		await person.page.screenshot({ path: `${OUTPUT}/${name}.png` });
	}

	// Pages say nothing that a developer should look at.
	checkConsoles() {
		for (const { name, complaints } of this.people)
			if (complaints.length)
				throw new Error(`The page of ${name} complains: ${complaints.join("\n")}`);
	}

	// What may explain a failure.
	async story() {
		const lines = [];

		for (const person of this.people) {
			lines.push(...person.complaints.map((words) => `${person.name}'s page: ${words}`));
			await this.screenshot(person, `${this.id}-${person.name}`).catch(() => {});
		}
		lines.push(...this.programs.map((program) => program.story()));
		if (this.theServer)
			lines.push(...readFileSync(this.theServer.log, "utf8").trim().split("\n").slice(-20));
		return lines.join("\n");
	}

	async close() {
		for (const browser of this.browsers)
			await browser.close().catch(() => {});
		for (const program of this.programs)
			await program.close();
		if (this.theServer?.process.exitCode === null)
			await this.theServer.end("SIGTERM");
	}
}
