// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
// Before the call: a room, a name, and a look at oneself.

import { $, setIcon, setText, tell } from "./dom.js";
import { encodeName, hue, initials, nextName, objection } from "./names.js";

const NAME_KEY = "swiftcall.name";
const NAME_TAKEN = 409, NEEDS_TOKEN = 401;

function remembered() {
	try {
		return localStorage.getItem(NAME_KEY) ?? "";
	} catch {
		return ""; // the browser keeps nothing
	}
}

function remember(name) {
	try {
		localStorage.setItem(NAME_KEY, name);
	} catch {
		// the browser keeps nothing
	}
}

// /?room=x, or /#x.
export function roomInAddress(address = location) {
	const given = new URLSearchParams(address.search).get("room");

	if (given)
		return given;
	try {
		return decodeURIComponent(address.hash.slice(1));
	} catch {
		return "";
	}
}

export function linkTo(room) {
	return `${location.origin}/?room=${encodeURIComponent(room)}`;
}

export class Lobby {
	// join(room, name, token) rejects with what the server says.
	constructor(devices, meter, join) {
		this.devices = devices;
		this.meter = meter;
		this.join = join;
		$("name").value = remembered();
		$("name").addEventListener("input", () => this.showPreview());
		$("join-form").addEventListener("submit", (event) => {
			event.preventDefault();
			this.submit();
		});
		$("join-other").addEventListener("click", () => {
			$("name").value = nextName($("name").value);
			this.submit();
		});
		for (const [id, kind] of [["preview-mic", "audio"], ["preview-camera", "video"]])
			$(id).addEventListener("click", () => {
				this.asked = true;
				devices.turn(kind, !devices.isOn(kind));
			});
		devices.addEventListener("change", () => this.showPreview());
	}

	open(room, words) {
		$("lobby").hidden = false;
		$("room").value = room;
		if (words ?? room)
			setText($("lead"), words ?? `You are invited to the room “${room}”. Choose a name, and join.`);
		$(room ? "name" : "room").focus({ preventScroll: true });
		this.showPreview();
		this.openIfAllowed();
	}

	close() {
		$("lobby").hidden = true;
	}

	// Without a question: where the browser has been allowed to before.
	async openIfAllowed() {
		try {
			const states = await Promise.all(["camera", "microphone"].map((name) =>
				navigator.permissions.query({ name })));

			if (states.every(({ state }) => state === "granted"))
				await this.ask();
		} catch {
			// Firefox before 131 can't be asked
		}
	}

	async ask() {
		if (this.asked)
			return;
		this.asked = true;
		await this.devices.open();
	}

	async submit() {
		const room = $("room").value.trim(), name = $("name").value.trim();
		const why = objection("room's name", room) ?? objection("name", name);

		tell($("join-problem"), why);
		$("join-other").hidden = true;
		if (why)
			return;
		$("join-button").disabled = true;
		setText($("join-button"), "Joining…");
		try {
			await this.ask();
			await this.join(encodeName(room), encodeName(name), $("token").value.trim());
			remember(name);
		} catch (error) {
			this.explain(error, name);
		} finally {
			$("join-button").disabled = false;
			setText($("join-button"), "Join");
		}
	}

	explain(error, name) {
		const taken = error.status === NAME_TAKEN;

		tell($("join-problem"), taken
			? `Somebody in this room is called ${name} already. If it is you in another ` +
				"tab, close that tab and join here; otherwise choose another name."
			: error.message);
		$("join-other").hidden = !taken;
		if (error.status === NEEDS_TOKEN) {
			$("token-row").hidden = false;
			$("token").focus();
		}
		if (taken)
			setText($("join-other"), `Join as ${nextName(name)}`);
	}

	showPreview() {
		const { devices } = this;
		const name = $("name").value;
		const video = devices.tracks.video;
		const { problems } = devices;

		for (const [id, kind, symbol] of [["preview-mic", "audio", "mic"],
			["preview-camera", "video", "camera"]]) {
			$(id).setAttribute("aria-pressed", String(devices.isOn(kind)));
			setIcon($(id), devices.isOn(kind) ? symbol : `${symbol}-off`);
			$(id).title = `${symbol === "mic" ? "Microphone" : "Camera"} ${devices.isOn(kind) ? "on" : "off"}`;
		}
		if ($("preview").srcObject?.getVideoTracks()[0] !== (video ?? undefined))
			$("preview").srcObject = video ? new MediaStream([video]) : null;
		$("preview-tile").classList.toggle("has-picture", Boolean(video));
		$("preview-tile").style.setProperty("--hue", hue(name));
		setText($("preview-initials"), initials(name));
		tell($("device-hint"), problems.video === problems.audio
			? problems.video
			: [problems.video, problems.audio].filter(Boolean).join(" "));
		this.meter.follow(devices.tracks.audio);
	}

	showLevel() {
		$("preview-level").style.width = `${Math.min(100, 400 * this.meter.level)}%`;
	}
}
