// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
// A room full of people who are libwebrtc without a browser (npm's @roamhq/wrtc), all
// of this process. Each sends a small picture with his number in it, and reads the
// numbers of all others; the first three speak.
//
//	node wrtc_room.mjs ORIGIN PEOPLE PICTURES
//
// It prints who is in the room, and "all see all", counts to so many PICTURES that each
// has received of each other since then, and prints a line of JSON: what was received
// meanwhile. Whenever somebody gets further, it logs where that participant stands.

import { createRequire } from "node:module";

const wrtc = createRequire(`${process.cwd()}/build/browser/`)("@roamhq/wrtc");
const { RTCVideoSource, RTCVideoSink, RTCAudioSource } = wrtc.nonstandard;
const [origin, people, pictures] = process.argv.slice(2);
const fetchByUrl = globalThis.fetch;

// The page asks by paths. It gives up after a while, as we do not: the test has a limit.
globalThis.fetch = (path, options) =>
	fetchByUrl(new URL(path, origin), { ...options, signal: undefined });
const { Resource } = await import("../page/signalling.js");
const { sendersIn } = await import("../page/sdp.js");

const WIDTH = 160, HEIGHT = 96, STRIP = 16, BITS = 8;
const FRAME = 100, SOUND = 10, LOOK = 500; // ms
const SPEAKERS = 3, STEP = 20; // pictures
const RATE = 48_000, PITCH = 400; // Hz: a whole number of waves
const TONE = Int16Array.from({ length: (RATE * SOUND) / 1000 }, (_, i) =>
	8000 * Math.sin((i * 2 * Math.PI * PITCH) / RATE));

// ---- what is sent --------------------------------------------------------------

function paint(number, beat) {
	const data = new Uint8ClampedArray((WIDTH * HEIGHT * 3) / 2).fill(128);
	const code = number | ((~number & 15) << 4);

	for (let row = 0; row < STRIP; row++)
		for (let x = 0; x < WIDTH; x++)
			data[row * WIDTH + x] = code & (1 << Math.floor((x * BITS) / WIDTH)) ? 235 : 16;
	for (let row = STRIP; row < HEIGHT; row++) // something that moves
		data[row * WIDTH + ((beat + row) % WIDTH)] = 235;
	return { width: WIDTH, height: HEIGHT, data };
}

function tone() {
	return { samples: TONE, sampleRate: RATE, bitsPerSample: 16, channelCount: 1,
		numberOfFrames: TONE.length };
}

// ---- what is seen --------------------------------------------------------------

function numberIn({ width, height, data }) {
	let code = 0;

	for (let bit = 0; bit < BITS; bit++)
		if (data[Math.floor((height * STRIP) / HEIGHT / 2) * width +
			Math.floor(((2 * bit + 1) * width) / (2 * BITS))] > 127)
			code |= 1 << bit;
	return (code & 15) === (~(code >> 4) & 15) ? code & 15 : undefined;
}

// What goes to the server is what createOffer() and createAnswer() have returned, and
// localDescription is never read. node-webrtc writes it out in Node's thread, while a
// thread of libwebrtc adds candidates to it: that has ended this process by SIGSEGV, in
// one of some hundred rooms (see node-webrtc's issues 696 and 710). The server is an
// ICE-lite one; it needs no candidates, since it learns addresses from checks.
class Participant {
	constructor(number) {
		this.number = number;
		this.name = `p${number}`;
		this.seen = new Map(); // names, and whether the right number was seen
		this.wrong = 0;
		this.pc = new wrtc.RTCPeerConnection({ bundlePolicy: "max-bundle" });
		this.work = Promise.resolve();
		this.did = "is not in the room";
		this.pc.oniceconnectionstatechange = () => this.tell();
		this.pc.onconnectionstatechange = () => this.tell();
		this.tell();
	}

	// Logs where this one stands, if that has changed. A connection is ICE and DTLS.
	tell(did = this.did) {
		const { iceConnectionState: ice, connectionState } = this.pc;
		const seen = [...this.seen].filter(([, right]) => right).map(([name]) => name);
		const stand = `${did}; ICE is ${ice}, the connection ${connectionState}; ` +
			`sees ${seen.join(" ") || "nobody"}`;

		if (stand !== this.stand)
			console.error(`${this.name}: ${stand}`);
		Object.assign(this, { did, stand });
	}

	async join() {
		const video = new RTCVideoSource(), audio = new RTCAudioSource();
		const speaks = this.number <= SPEAKERS;
		let beat = 0;

		if (speaks)
			this.pc.addTransceiver(audio.createTrack(), { direction: "sendonly" });
		this.pc.addTransceiver(video.createTrack(), { direction: "sendonly" });
		const offer = await this.pc.createOffer();

		await this.pc.setLocalDescription(offer);
		this.tell("offers");
		this.resource = await Resource.join(`room-of-${people}`, this.name, offer.sdp);
		await this.pc.setRemoteDescription({ type: "answer", sdp: this.resource.answer });
		this.tell("has joined");
		setInterval(() => video.onFrame(paint(this.number, beat++)), FRAME);
		if (speaks)
			setInterval(() => audio.onData(tone()), SOUND);
		this.resource.listen(() => {}, ({ data }) => {
			this.work = this.work.then(() => this.take(JSON.parse(data).sdp));
		}).then(() => this.tell("hears of no more offers, for the stream of events has ended"));
	}

	async take(sdp) {
		this.tell("takes an offer");
		await this.pc.setRemoteDescription({ type: "offer", sdp });
		const answer = await this.pc.createAnswer();

		await this.pc.setLocalDescription(answer);
		await this.resource.sendAnswer(answer.sdp);
		for (const { mid, kind, name } of sendersIn(sdp))
			if (kind === "video")
				this.watch(mid, name);
		this.tell("has answered");
	}

	// Until it has been seen who it is: later pictures are only counted.
	watch(mid, name) {
		const { receiver } = this.pc.getTransceivers().find((one) => one.mid === mid);

		if (this.seen.has(name))
			return;
		this.seen.set(name, false);
		const sink = new RTCVideoSink(receiver.track);

		sink.onframe = ({ frame }) => {
			const number = numberIn(frame);

			this.wrong += number !== undefined && number !== Number(name.slice(1));
			if (number === Number(name.slice(1))) {
				this.seen.set(name, true);
				sink.stop();
				this.tell();
			}
		};
	}

	seesAll() {
		return this.seen.size === people - 1 && [...this.seen.values()].every(Boolean);
	}

	// Of all that comes in.
	async report() {
		const stats = [...(await this.pc.getStats()).values()];
		const inbound = stats.filter(({ type }) => type === "inbound-rtp");
		const sum = (key, of = inbound) => of.reduce((all, one) => all + (one[key] ?? 0), 0);
		const pictures = inbound.filter(({ kind }) => kind === "video").map((one) => one.framesDecoded);

		return {
			streams: inbound.length,
			silent: inbound.filter(({ packetsReceived }) => !packetsReceived).length,
			packets: sum("packetsReceived"),
			lost: sum("packetsLost"),
			freezes: sum("freezeCount", stats),
			wrong: this.wrong,
			fewest: Math.min(...pictures),
			most: Math.max(...pictures),
		};
	}
}

const SUMS = ["streams", "silent", "packets", "lost", "freezes", "wrong"];

async function total(room) {
	const reports = await Promise.all(room.map((one) => one.report()));
	const sum = (key) => reports.reduce((all, one) => all + one[key], 0);

	return {
		...Object.fromEntries(SUMS.map((key) => [key, sum(key)])),
		fewest: Math.min(...reports.map(({ fewest }) => fewest)),
		most: Math.max(...reports.map(({ most }) => most)),
	};
}

async function until(ask) {
	for (;;) {
		const found = await ask();

		if (found)
			return found;
		await new Promise((done) => setTimeout(done, LOOK));
	}
}

const room = Array.from({ length: people }, (_, i) => new Participant(i + 1));

for (const one of room) {
	await one.join();
	console.log(`${one.name} is in the room`);
}
await until(() => room.every((one) => one.seesAll()));
console.log("all see all");
const before = await total(room);

for (let more = STEP; more <= pictures; more += STEP) {
	await until(async () => (await total(room)).fewest >= before.most + more);
	console.log(more);
}
const after = await total(room);

for (const key of ["packets", "lost", "freezes"])
	after[key] -= before[key];
console.log(JSON.stringify(after)); // and it stays until it is ended
