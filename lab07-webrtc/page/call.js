// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
// One call, from the first offer to the last goodbye, whatever happens to the
// server and the network meanwhile.
//
//	join ---> joined ---> (away ---> joined)* ---> left
//
// The client offers once: an m-line for its voice and one for its picture, with
// or without a device behind them. All later offers are the server's, so that
// two never cross. What is lost is made anew: a resource that the server does
// not know any more, a transport that has failed.

import { Refused, Resource, Unreachable } from "./signalling.js";
import { sendersIn } from "./sdp.js";

const SHORTEST_WAIT = 500, LONGEST_WAIT = 8000; // ms between attempts
const NAME_TAKEN = 409, GONE = 404;
const PATIENCE_WITH_NAME = 60_000; // ms until the server has forgotten who we were

const sleep = (ms) => new Promise((done) => setTimeout(done, ms));

// Events: "state" (detail: {state, why, wait}), "people".
export class Call extends EventTarget {
	constructor(room, name, token) {
		super();
		this.token = token;
		this.room = room;
		this.name = name;
		this.state = "new";
		this.people = new Map(); // name -> {audio, video: RTCRtpReceiver}
		this.wishes = {};
		this.tracks = { audio: null, video: null };
	}

	// The first attempt: rejects with what the server says.
	async join() {
		await this.connect();
		this.listen();
	}

	async leave() {
		this.set("left");
		this.wakeUp?.();
		this.pc?.close();
		await this.forget(this.resource).catch(() => {}); // nobody is there to be told
	}

	// What is sent from now on; null: nothing.
	async send(kind, track) {
		this.tracks[kind] = track;
		await this.senders?.[kind]?.replaceTrack(track);
	}

	// Audio or video of somebody, wanted or not; it holds over reconnections.
	async want(name, kind, wanted) {
		this.wishes[name] = { ...this.wishes[name], [kind]: wanted };
		await this.resource?.subscribe({ participants: { [name]: { [kind]: wanted } } });
	}

	wants(name, kind) {
		return this.wishes[name]?.[kind] ?? true;
	}

	// ---- the connection --------------------------------------------------

	async connect() {
		const pc = new RTCPeerConnection({ bundlePolicy: "max-bundle" });

		this.pc?.close();
		this.pc = pc;
		this.work = Promise.resolve();
		this.watchTransport(pc);
		this.senders = {};
		for (const kind of ["audio", "video"]) {
			const transceiver = pc.addTransceiver(kind, { direction: "sendonly" });

			this.senders[kind] = transceiver.sender;
			await transceiver.sender.replaceTrack(this.tracks[kind]);
		}
		await pc.setLocalDescription();
		this.resource = await Resource.join(this.room, this.name, pc.localDescription.sdp,
			this.token);
		if (this.state === "left") {
			await this.resource.leave();
			return;
		}
		await pc.setRemoteDescription({ type: "answer", sdp: this.resource.answer });
	}

	// An unencrypted transport stays "connecting", so its ICE state is watched.
	watchTransport(pc) {
		pc.addEventListener("iceconnectionstatechange", () => {
			if (pc !== this.pc || this.state === "left")
				return;
			if (pc.iceConnectionState === "failed")
				this.recover("No packet arrives from the server any more.");
			else if (pc.iceConnectionState === "disconnected")
				this.set("weak");
			else if (this.state === "weak")
				this.set("joined");
		});
	}

	// Until the call ends, or is made anew.
	async listen() {
		const { resource, pc } = this;
		let wait = SHORTEST_WAIT;

		while (this.state !== "left" && resource === this.resource) {
			let why = "The server has closed the connection.";

			try {
				await resource.listen(() => {
					wait = SHORTEST_WAIT;
					this.set("joined");
					this.repeatWishes();
				}, (event) => this.hear(pc, event));
			} catch (error) {
				if (error.name === "AbortError")
					return;
				if (error instanceof Refused && error.status === GONE)
					return this.recover("The server does not know us any more.");
				why = error.message;
			}
			if (this.state === "left" || resource !== this.resource)
				return;
			this.set("away", why, wait);
			await this.pause(wait);
			wait = Math.min(2 * wait, LONGEST_WAIT);
		}
	}

	// Joins again by itself.
	async recover(why) {
		let old = this.resource;
		const start = performance.now();
		let wait = SHORTEST_WAIT;

		if (this.recovering || this.state === "left")
			return;
		this.recovering = true;
		this.resource = undefined;
		this.setPeople([]);
		while (this.state !== "left") {
			this.set("away", why, wait);
			await this.pause(wait);
			try {
				await this.forget(old);
				old = undefined;
				await this.connect();
				break;
			} catch (error) {
				if (this.isFinal(error, start))
					return this.set("refused", error.message);
				why = error.message;
			}
			wait = Math.min(2 * wait, LONGEST_WAIT);
		}
		this.recovering = false;
		if (this.state !== "left")
			this.listen();
	}

	// Who we were would else stand in our own way, with our name.
	async forget(resource) {
		try {
			await resource?.leave();
		} catch (error) {
			if (!(error instanceof Refused))
				throw error;
		}
	}

	// Our old self may still have our name: it goes when its time is up.
	isFinal(error, start) {
		if (!(error instanceof Refused) || error.status >= 500)
			return !(error instanceof Refused || error instanceof Unreachable);
		return error.status !== NAME_TAKEN ||
			performance.now() - start > PATIENCE_WITH_NAME;
	}

	// A wait that ends early: the network is back, or the call is over.
	async pause(ms) {
		await Promise.race([sleep(ms), new Promise((done) => { this.wakeUp = done; })]);
	}

	retryNow() {
		this.wakeUp?.();
	}

	// Of somebody who is not there yet, the server wants to hear none.
	async repeatWishes(names = Object.keys(this.wishes)) {
		for (const name of names)
			await this.resource?.subscribe({ participants: { [name]: this.wishes[name] } })
				.catch(() => {});
	}

	// ---- the server's offers ---------------------------------------------

	// One after the other.
	hear(pc, { event, data }) {
		if (event !== "offer")
			return;
		const { sdp } = JSON.parse(data);

		this.work = this.work.then(() => this.take(pc, sdp)).catch((error) => {
			if (pc === this.pc)
				this.complain(error);
		});
	}

	async take(pc, sdp) {
		const resource = this.resource;

		if (pc !== this.pc || pc.signalingState === "closed" || !resource)
			return;
		await pc.setRemoteDescription({ type: "offer", sdp });
		await pc.setLocalDescription();
		await resource.sendAnswer(pc.localDescription.sdp);
		this.setPeople(sendersIn(sdp));
	}

	// An answer that came too late, or not at all: the server offers again.
	complain(error) {
		if (error instanceof Unreachable ||
		    (error instanceof Refused && error.status === NAME_TAKEN))
			return;
		console.warn(`The page cannot follow the server's offer: ${error.message}`);
	}

	setPeople(senders) {
		const byMid = new Map(this.pc.getTransceivers().map((t) => [t.mid, t.receiver]));
		const people = new Map();

		for (const { mid, kind, name } of senders) {
			const receiver = byMid.get(mid);

			if (receiver)
				people.set(name, { ...people.get(name), [kind]: receiver });
		}
		this.repeatWishes([...people.keys()]
			.filter((name) => this.wishes[name] && !this.people.has(name)));
		this.people = people;
		this.dispatchEvent(new Event("people"));
	}

	set(state, why, wait) {
		if (this.state === "left" || (state === this.state && state === "joined"))
			return;
		this.state = state;
		this.dispatchEvent(new CustomEvent("state", { detail: { state, why, wait } }));
	}
}
