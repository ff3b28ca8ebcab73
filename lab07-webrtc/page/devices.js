// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
// Camera, microphone and screen: which are on, and what they give.

const PICTURE = {
	width: { ideal: 1280 },
	height: { ideal: 720 },
	frameRate: { ideal: 30 },
};

const KINDS = { audio: "audioinput", video: "videoinput" };
const WORDS = { audio: "microphone", video: "camera" };

function explain(kind, error) {
	switch (error.name) {
	case "NotAllowedError":
		return `The browser may not use the ${WORDS[kind]}; allow it next to the address bar.`;
	case "NotFoundError":
	case "OverconstrainedError":
		return `There is no ${WORDS[kind]}.`;
	case "NotReadableError":
		return `The ${WORDS[kind]} is in use by another program.`;
	default:
		return `The ${WORDS[kind]} cannot be used: ${error.message}`;
	}
}

// Events: "change" whenever something is on that was off, or the other way round.
export class Devices extends EventTarget {
	constructor() {
		super();
		this.tracks = { audio: null, video: null, screen: null };
		this.chosen = { audio: "", video: "" };
		this.problems = { audio: undefined, video: undefined };
	}

	get possible() {
		return Boolean(navigator.mediaDevices?.getUserMedia);
	}

	get canShareScreen() {
		return Boolean(navigator.mediaDevices?.getDisplayMedia);
	}

	isOn(kind) {
		return this.tracks[kind] !== null;
	}

	// What others see: the screen goes before the camera.
	get picture() {
		return this.tracks.screen ?? this.tracks.video;
	}

	// Both at once, so that the browser asks once; then each by itself.
	async open() {
		const wanted = { audio: this.constraints("audio"), video: this.constraints("video") };

		if (!this.possible)
			return this.explainInsecure();
		try {
			const stream = await navigator.mediaDevices.getUserMedia(wanted);

			for (const track of stream.getTracks())
				this.put(track.kind, track);
		} catch {
			await this.turn("audio", true);
			await this.turn("video", true);
		}
		this.changed();
	}

	explainInsecure() {
		const why = "Browsers give camera and microphone only to localhost and HTTPS; " +
			"here you can see and hear the others.";

		this.problems = { audio: why, video: why };
		this.changed();
	}

	constraints(kind) {
		const device = this.chosen[kind] ? { deviceId: { exact: this.chosen[kind] } } : {};

		return kind === "video" ? { ...PICTURE, ...device } : { ...device };
	}

	async turn(kind, on) {
		if (!on)
			this.put(kind, null);
		else if (!this.possible)
			return this.explainInsecure();
		else
			await this.start(kind);
		this.changed();
	}

	async start(kind) {
		const ask = { [kind]: this.constraints(kind) };

		try {
			const stream = await navigator.mediaDevices.getUserMedia(ask);

			this.put(kind, stream.getTracks()[0]);
		} catch (error) {
			this.put(kind, null);
			this.problems[kind] = explain(kind, error);
		}
	}

	async choose(kind, id) {
		this.chosen[kind] = id;
		if (this.isOn(kind))
			await this.turn(kind, true);
	}

	async shareScreen(on) {
		if (on) {
			try {
				const stream = await navigator.mediaDevices.getDisplayMedia({ video: true });

				this.put("screen", stream.getVideoTracks()[0]);
			} catch (error) {
				if (error.name !== "NotAllowedError")
					throw error;
			}
		} else {
			this.put("screen", null);
		}
		this.changed();
	}

	// The device ends by itself when it is pulled out, or its use is forbidden.
	put(kind, track) {
		const old = this.tracks[kind];

		if (old && old !== track)
			old.stop();
		this.tracks[kind] = track;
		this.problems[kind] = undefined;
		track?.addEventListener("ended", () => {
			if (this.tracks[kind] === track) {
				this.tracks[kind] = null;
				this.changed();
			}
		});
	}

	close() {
		for (const kind of Object.keys(this.tracks))
			this.put(kind, null);
		this.changed();
	}

	changed() {
		this.dispatchEvent(new Event("change"));
	}

	// [{id, label}] of a kind; without permission they have no names.
	async list(kind) {
		const all = await navigator.mediaDevices?.enumerateDevices?.() ?? [];

		return all.filter((device) => device.kind === KINDS[kind] && device.deviceId)
			.map(({ deviceId, label }) => ({ id: deviceId, label: label || WORDS[kind] }));
	}
}

const kindOf = (select) => (select.dataset.kind === KINDS.audio ? "audio" : "video");

// Fills the <select>s of a page, and follows them.
export function connectChoices(devices, selects) {
	const refresh = async () => {
		for (const select of selects) {
			const kind = kindOf(select);
			const list = await devices.list(kind);
			const used = devices.tracks[kind]?.getSettings?.().deviceId;
			const options = list.map(({ id, label }) => new Option(label, id));

			select.disabled = !options.length;
			select.replaceChildren(...(options.length ? options : [new Option("none", "")]));
			select.value = devices.chosen[kind] || used || list[0]?.id || "";
		}
	};

	for (const select of selects)
		select.addEventListener("change", () => devices.choose(kindOf(select), select.value));
	devices.addEventListener("change", refresh);
	navigator.mediaDevices?.addEventListener?.("devicechange", refresh);
	refresh();
}
