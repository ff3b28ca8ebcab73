// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
// The list of people, in which one chooses whom to see and to hear.

import { $, icon, keep, make, setIcon, setText } from "./dom.js";
import { decodeName, hue, initials } from "./names.js";

const ICONS = { audio: ["sound", "sound-off"], video: ["eye", "eye-off"] };
const WORDS = { audio: "Sound", video: "Picture" };

export class People {
	constructor(wish) {
		this.list = $("people");
		this.wish = wish;
	}

	// [{name, title, self, state, wants: {audio, video}}]
	show(people) {
		const rows = keep(this.list, people.map(({ name }) => name), (key) => this.makeRow(key));

		people.forEach((person, i) => this.update(rows[i], person));
	}

	makeRow(name) {
		const row = make("li", {}, make("span", { class: "dot", "aria-hidden": "true" }),
			make("div", { class: "who" }, make("b"), make("span")));

		for (const kind of ["video", "audio"]) {
			const button = make("button", { type: "button", "data-kind": kind },
				icon(ICONS[kind][0]), make("span", { class: "hidden-text" }));

			button.addEventListener("click", () =>
				this.wish(name, kind, button.getAttribute("aria-pressed") !== "true"));
			row.append(button);
		}
		return row;
	}

	update(row, { name, title, self, state, wants }) {
		setText(row.querySelector(".dot"), initials(title));
		row.style.setProperty("--hue", hue(title));
		setText(row.querySelector("b"), self ? `${title} (you)` : decodeName(name));
		setText(row.querySelector(".who span"), state ?? "");
		for (const button of row.querySelectorAll("button")) {
			const { kind } = button.dataset;
			const wanted = wants?.[kind] ?? true;

			button.hidden = Boolean(self);
			button.setAttribute("aria-pressed", String(wanted));
			setIcon(button, ICONS[kind][wanted ? 0 : 1]);
			setText(button.querySelector("span"), `${WORDS[kind]} of ${title}`);
			button.title = `${WORDS[kind]}: ${wanted ? "received" : "not received"}`;
		}
	}
}
