// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
// The pictures: one tile for everybody, as large as the place allows.

import { $, icon, keep, make, setIcon, setText } from "./dom.js";
import { decodeName, hue, initials } from "./names.js";

export const SELF = "\0self"; // no participant has such a name
const RATIO = 16 / 9, GAP = 12;
const AS_GOOD = 0.94; // so much smaller may tiles be, to stand side by side

// Columns and width with which so many tiles are largest in a box.
export function arrange(count, width, height) {
	let best = { columns: 1, tile: 0 };

	for (let columns = 1; columns <= count; columns++) {
		const rows = Math.ceil(count / columns);
		const tile = Math.min((width - GAP * (columns - 1)) / columns,
			((height - GAP * (rows - 1)) / rows) * RATIO);

		if (tile > best.tile * AS_GOOD)
			best = { columns, tile };
	}
	return best;
}

export class Tiles {
	// wish(name, kind, wanted) is called when somebody is (not) to be seen, and
	// seen(track) when the first picture of a track is there.
	constructor(wish, seen) {
		this.grid = $("grid");
		this.wish = wish;
		this.seen = seen;
		new ResizeObserver(() => this.layOut()).observe(this.grid);
	}

	// Everybody in order: {name, audio, video: tracks, state, self, screen, wanted}.
	show(people) {
		const elements = keep(this.grid, people.map(({ name }) => name), (key) =>
			this.makeTile(key));

		people.forEach((person, i) => this.update(elements[i], person));
		this.layOut();
	}

	makeTile(key) {
		const self = key === SELF;
		const tile = make("article", { class: "tile", role: "listitem" },
			make("video", { autoplay: true, playsinline: true }),
			make("div", { class: "avatar", "aria-hidden": "true" }, make("span")),
			make("p", { class: "tag" }, icon("mic-off"), make("b"),
				make("span", { class: "state" })));

		const video = tile.querySelector("video");

		video.muted = self;
		video.addEventListener("loadeddata", () =>
			video.srcObject?.getVideoTracks().forEach(this.seen));
		if (!self)
			tile.append(this.makeTools(key));
		return tile;
	}

	makeTools(name) {
		const button = make("button", { type: "button" }, icon("eye"),
			make("span", { class: "hidden-text" }));

		button.addEventListener("click", () =>
			this.wish(name, "video", button.getAttribute("aria-pressed") !== "true"));
		return make("div", { class: "tools" }, button);
	}

	update(tile, person) {
		const shown = person.self ? `${person.title} (you)` : decodeName(person.name);
		const silent = !person.audio || person.silent;

		setText(tile.querySelector("b"), shown);
		setText(tile.querySelector(".state"), person.state ?? "");
		setText(tile.querySelector(".avatar span"), initials(person.title));
		tile.style.setProperty("--hue", hue(person.title));
		tile.setAttribute("aria-label", this.describe(shown, person, silent));
		tile.querySelector(".tag svg").style.display = silent ? "" : "none";
		tile.classList.toggle("is-self", Boolean(person.self));
		tile.classList.toggle("is-screen", Boolean(person.screen));
		tile.classList.toggle("has-picture", Boolean(person.video) && !person.dark);
		this.play(tile.querySelector("video"), person, shown);
		if (!person.self)
			this.updateTools(tile.querySelector(".tools button"), shown, person.wanted);
	}

	describe(shown, person, silent) {
		const picture = person.video && !person.dark ? "" : ", no picture";

		return `${shown}${silent ? ", silent" : ""}${picture}${person.state ? `, ${person.state}` : ""}`;
	}

	updateTools(button, shown, wanted) {
		button.setAttribute("aria-pressed", String(wanted));
		setIcon(button, wanted ? "eye" : "eye-off");
		setText(button.querySelector("span"), `Picture of ${shown}`);
		button.title = wanted ? "Do not receive this picture" : "Receive this picture";
	}

	// A new MediaStream only for new tracks: it would flicker.
	play(video, { audio, video: picture, self }, shown) {
		const tracks = [picture, self ? null : audio].filter(Boolean);
		const playing = video.srcObject?.getTracks() ?? [];

		video.setAttribute("aria-label", `Picture of ${shown}`);
		if (tracks.length === playing.length && tracks.every((t) => playing.includes(t)))
			return;
		video.srcObject = tracks.length ? new MediaStream(tracks) : null;
		if (tracks.length)
			video.play().catch(() => {}); // it was replaced meanwhile
	}

	speaks(name, yes) {
		this.find(name)?.classList.toggle("speaks", yes);
	}

	find(name) {
		return [...this.grid.children].find((tile) => tile.dataset.key === name);
	}

	layOut() {
		const { clientWidth: width, clientHeight: height } = this.grid;
		const { columns, tile } = arrange(this.grid.childElementCount, width, height);

		this.grid.style.setProperty("--columns", columns);
		this.grid.style.setProperty("--tile-width", `${Math.floor(tile)}px`);
		this.grid.style.setProperty("--tile-height", `${Math.floor(tile / RATIO)}px`);
	}
}
