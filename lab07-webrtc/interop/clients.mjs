// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
// Clients that are no browsers: programs on a host of the sandbox, and a picture
// that they can send.

import { spawn } from "node:child_process";
import { createWriteStream, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { createInterface } from "node:readline";

import { OUTPUT, until } from "../browser/harness.mjs";

const WIDTH = 320, HEIGHT = 180, FRAMES = 15; // of the picture
const BITS = 8, STRIP = 12; // a number of four bits, and its complement

// One frame, I420, in which others read the number: see ../browser/inside.mjs.
function paintFrame(path, number) {
	const frame = Buffer.alloc((WIDTH * HEIGHT * 3) / 2, 128);
	const code = number | ((~number & 15) << 4);

	for (let row = 0; row < STRIP; row++)
		for (let bit = 0; bit < BITS; bit++)
			frame.fill(code & (1 << bit) ? 235 : 16,
				row * WIDTH + (bit * WIDTH) / BITS, row * WIDTH + ((bit + 1) * WIDTH) / BITS);
	writeFileSync(path, frame);
}

// A camera that sees a number, in GStreamer's words.
export function cameraOf(world, number) {
	const path = `${OUTPUT}/${world.id}-${number}.i420`;

	paintFrame(path, number);
	return `filesrc location=${path} ! rawvideoparse format=i420 width=${WIDTH} ` +
		`height=${HEIGHT} framerate=${FRAMES}/1 ! imagefreeze is-live=true ! ` +
		`video/x-raw,framerate=${FRAMES}/1`;
}

// What the threads of a program are, and where in the kernel they wait (0: they run).
function threadsOf(pid) {
	const count = new Map();

	for (const thread of readdirSync(`/proc/${pid}/task`)) {
		const [name, where] = ["comm", "wchan"].map((file) =>
			readFileSync(`/proc/${pid}/task/${thread}/${file}`, "utf8").trim());

		count.set(`${name} ${where}`, (count.get(`${name} ${where}`) ?? 0) + 1);
	}
	return [...count].map(([what, times]) => `${times} × ${what}`).join(", ");
}

// Somebody who is a program: others see the number and know the name.
export class Program {
	constructor(world, name, number) {
		Object.assign(this, { name, number, said: [] });
		this.log = `${OUTPUT}/${world.id}-${name}.log`;
		world.programs.push(this);
	}

	// What it prints on its standard output is said, the rest is logged.
	start(host, ...command) {
		const log = createWriteStream(this.log);

		this.process = spawn("ip", ["netns", "exec", host, ...command],
			{ stdio: ["ignore", "pipe", "pipe"] });
		// A pipe that ends would end the log, for which the other may have more.
		this.process.stderr.pipe(log, { end: false });
		this.process.stdout.pipe(log, { end: false });
		this.process.once("close", () => log.end());
		createInterface({ input: this.process.stdout }).on("line", (line) => this.said.push(line));
		this.ended = new Promise((done) => this.process.once("exit", done));
		return this;
	}

	hasEnded() {
		return this.process.exitCode !== null || this.process.signalCode !== null;
	}

	// How it has ended, or what keeps it.
	state() {
		const { exitCode, pid, signalCode } = this.process;

		if (this.hasEnded())
			return `has ended: ${signalCode ?? `status ${exitCode}`}`;
		try {
			return `runs: ${threadsOf(pid)}`;
		} catch { // a thread has ended while we looked
			return "runs";
		}
	}

	// A line that it has said, if it has.
	find(pattern) {
		if (this.hasEnded())
			throw new Error(`${this.name} ${this.state()}`);
		return this.said.find((line) => pattern.test(line));
	}

	async says(what, pattern) {
		return until(`${this.name}: ${what}`, async () => this.find(pattern));
	}

	async end(signal) {
		this.process.kill(signal);
		await this.ended;
	}

	async close() {
		if (this.process && !this.hasEnded())
			await this.end("SIGKILL");
	}

	// All that it has said and complained of.
	lines() {
		return readFileSync(this.log, "utf8").trim().split("\n");
	}

	story() {
		return [`${this.name} ${this.state()}`, ...this.lines().slice(-20)].join("\n");
	}
}
