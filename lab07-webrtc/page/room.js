// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
// During the call: who is there, what is on, and how it goes.

import { $, setIcon, setText, tell } from "./dom.js";
import { levelOf, Speakers } from "./levels.js";
import { linkTo } from "./lobby.js";
import { decodeName } from "./names.js";
import { Panel } from "./panel.js";
import { People } from "./people.js";
import { readMetrics, Report } from "./report.js";
import { Side } from "./side.js";
import { fetchMetrics, fetchRooms } from "./signalling.js";
import { ConnectionStats } from "./stats.js";
import { SELF, Tiles } from "./tiles.js";

const SECOND = 1000, LOOK_AT_LEVELS = 150, SILENCE = 3000; // ms
const RARELY = 3; // seconds between reports while nobody looks at them

const STATES = {
	weak: () => "The connection is weak.",
	away: ({ why }) => `${why} Trying again…`,
	refused: ({ why }) => `${why} Leave, and join again.`,
};

export class Room {
	constructor(call, devices, meter) {
		const wish = (name, kind, wanted) => this.wish(name, kind, wanted);

		Object.assign(this, { call, devices, meter });
		this.tiles = new Tiles(wish, (track) => this.see(track));
		this.people = new People(wish);
		this.panel = new Panel();
		this.side = new Side(() => this.look(true));
		this.speakers = new Speakers();
		this.stats = new ConnectionStats();
		this.report = new Report();
		this.roster = [];
		this.heard = new Map(); // ids of tracks, and when something came last
		this.known = new Set();
		this.listeners = new AbortController();
		this.follow();
	}

	follow() {
		const { signal } = this.listeners;
		const on = (target, type, handler) => target.addEventListener(type, handler, { signal });

		on(this.call, "people", () => this.show());
		on(this.call, "state", ({ detail }) => this.showState(detail));
		on(this.devices, "change", () => this.sendDevices());
		on($("mic"), "click", () => this.toggle("audio"));
		on($("camera"), "click", () => this.toggle("video"));
		on($("screen"), "click", () => this.toggleScreen());
		on($("share"), "click", () => this.copyLink());
		on(document, "keydown", (event) => this.key(event));
		on(window, "online", () => this.call.retryNow());
	}

	open() {
		const title = decodeName(this.call.room);

		$("call").hidden = false;
		setText($("room-title"), title);
		setText($("link"), linkTo(title));
		document.title = `${title} – SwiftCall`;
		$("room-title").focus({ preventScroll: true });
		$("screen").hidden = !this.devices.canShareScreen;
		this.timers = [
			setInterval(() => this.look(false), SECOND),
			setInterval(() => this.showSpeakers(), LOOK_AT_LEVELS),
		];
		this.sendDevices();
		this.look(true);
	}

	close() {
		this.timers?.forEach(clearInterval);
		this.listeners.abort();
		this.side.close();
		this.side.stop();
		this.tiles.show([]);
		tell($("banner"), "");
		$("call").hidden = true;
		document.title = "SwiftCall";
	}

	// ---- what is on ------------------------------------------------------

	async toggle(kind) {
		await this.devices.turn(kind, !this.devices.isOn(kind));
		if (this.devices.problems[kind])
			this.say(this.devices.problems[kind]);
	}

	async toggleScreen() {
		await this.devices.shareScreen(!this.devices.isOn("screen"));
	}

	async sendDevices() {
		const { devices } = this;

		for (const [id, kind, symbol] of [["mic", "audio", "mic"], ["camera", "video", "camera"]]) {
			$(id).setAttribute("aria-pressed", String(devices.isOn(kind)));
			setIcon($(id), devices.isOn(kind) ? symbol : `${symbol}-off`);
		}
		$("screen").setAttribute("aria-pressed", String(devices.isOn("screen")));
		this.meter.follow(devices.tracks.audio);
		this.show();
		await this.call.send("audio", devices.tracks.audio);
		await this.call.send("video", devices.picture);
	}

	async wish(name, kind, wanted) {
		try {
			await this.call.want(name, kind, wanted);
		} catch (error) {
			this.say(error.message);
		}
		this.show();
	}

	async copyLink() {
		const link = linkTo(decodeName(this.call.room));

		try {
			await navigator.clipboard.writeText(link);
			this.say("The link is copied.");
		} catch {
			this.say(`The link is ${link}`);
		}
	}

	key(event) {
		const actions = {
			m: () => this.toggle("audio"),
			v: () => this.toggle("video"),
			s: () => !$("screen").hidden && this.toggleScreen(),
			p: () => this.side.toggle("people"),
			k: () => this.side.toggle("kernel"),
		};

		if (event.ctrlKey || event.altKey || event.metaKey || event.repeat ||
		    event.target.closest?.("input, select, textarea"))
			return;
		if (event.key === "Escape")
			this.side.close();
		actions[event.key.toLowerCase()]?.();
	}

	// ---- who is there ----------------------------------------------------

	// Those who are sent to us, and those of whom the server knows.
	names() {
		const names = new Set(this.roster.map(({ name }) => name));

		for (const name of this.call.people.keys())
			names.add(name);
		names.delete(this.call.name);
		return [...names].sort();
	}

	show() {
		const names = this.names();
		const others = names.map((name) => this.describe(name));
		const self = this.describeSelf();

		this.tiles.show([self, ...others]);
		this.people.show([self, ...others]);
		$("alone").hidden = names.length > 0 || this.call.state !== "joined";
		setText($("count"), names.length ? `${names.length + 1} people` : "only you");
		this.announce(names);
	}

	describe(name) {
		const receivers = this.call.people.get(name) ?? {};
		const wants = { audio: this.call.wants(name, "audio"), video: this.call.wants(name, "video") };
		const known = this.roster.find((one) => one.name === name);
		const audio = receivers.audio?.track;
		const video = wants.video ? receivers.video?.track : undefined;
		const dark = !video || !this.isLively(video);
		let state;

		if (!wants.video)
			state = "not received";
		else if (known && !known.streams.length)
			state = known.waiting.length ? "has not sent yet" : "listens";
		return {
			name,
			title: decodeName(name),
			audio,
			video,
			dark,
			silent: audio && !this.isLively(audio),
			wanted: wants.video,
			wants,
			state,
		};
	}

	describeSelf() {
		const { tracks, picture } = this.devices;

		return {
			name: SELF,
			title: decodeName(this.call.name),
			self: true,
			audio: tracks.audio,
			video: picture,
			screen: tracks.screen !== null,
			state: tracks.screen ? "your screen" : undefined,
		};
	}

	see(track) {
		this.heard.set(track.id, performance.now());
		this.show();
	}

	isLively(track) {
		return performance.now() - (this.heard.get(track.id) ?? -Infinity) < SILENCE;
	}

	announce(names) {
		const came = names.filter((name) => !this.known.has(name));
		const went = [...this.known].filter((name) => !names.includes(name));

		this.known = new Set(names);
		if (came.length || went.length)
			this.read([...came.map((name) => `${decodeName(name)} is here.`),
				...went.map((name) => `${decodeName(name)} has left.`)].join(" "));
	}

	// ---- how it goes -----------------------------------------------------

	showState(detail) {
		const words = STATES[detail.state]?.(detail);

		if (!words && !$("banner").hidden)
			this.read("The connection is back.");
		clearTimeout(this.hush);
		tell($("banner"), words);
		this.show();
	}

	// For some seconds, unless something more important is said.
	say(words) {
		if (STATES[this.call.state])
			return;
		tell($("banner"), words);
		clearTimeout(this.hush);
		this.hush = setTimeout(() => tell($("banner"), ""), 5 * SECOND);
	}

	// To those who listen to a screen reader only.
	read(words) {
		setText($("live"), words);
	}

	showSpeakers() {
		this.tiles.speaks(SELF, this.speakers.note(SELF, this.meter.level));
		for (const [name, { audio }] of this.call.people)
			this.tiles.speaks(name, this.speakers.note(name, levelOf(audio)));
	}

	// Once a second: our own connection, and what the server says.
	async look(now) {
		this.seconds = (this.seconds ?? 0) + 1;
		if (document.hidden || this.looking)
			return;
		this.looking = true;
		try {
			await this.lookAtConnection();
			if (now || this.side.shows("kernel") || this.seconds % RARELY === 0)
				await this.lookAtServer();
		} catch {
			// the next look is in a second, and the call says what is wrong
		} finally {
			this.looking = false;
		}
	}

	async lookAtConnection() {
		const mine = await this.stats.read(this.call.pc);

		mine.alive.forEach((id) => this.heard.set(id, performance.now()));
		this.panel.showMine(mine);
		this.show();
	}

	async lookAtServer() {
		const rooms = await fetchRooms();
		const metrics = this.side.shows("kernel") ? readMetrics(await fetchMetrics()) : undefined;
		const report = this.report.read(rooms, this.call.room);

		this.roster = report.people;
		if (metrics)
			this.panel.show(report, metrics);
		this.show();
	}
}
