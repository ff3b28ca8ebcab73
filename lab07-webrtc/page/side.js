// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
// The details at the side, or on a phone below: one of several panes.

import { $ } from "./dom.js";

const PANES = ["people", "kernel", "devices"];
const STEPS = { ArrowRight: 1, ArrowLeft: -1 };

export class Side {
	constructor(opened) {
		const listeners = new AbortController();
		const on = (target, type, handler) =>
			target.addEventListener(type, handler, { signal: listeners.signal });

		this.opened = opened;
		this.stop = () => listeners.abort();
		this.pane = undefined;
		for (const pane of PANES) {
			on($(`open-${pane}`), "click", () => this.toggle(pane));
			on($(`tab-${pane}`), "click", () => this.open(pane));
			on($(`tab-${pane}`), "keydown", (event) => this.step(pane, event));
		}
		on($("close-side"), "click", () => this.close());
	}

	shows(pane) {
		return this.pane === pane;
	}

	toggle(pane) {
		if (this.shows(pane))
			this.close();
		else
			this.open(pane);
	}

	open(pane) {
		this.pane = pane;
		this.show();
		$(`tab-${pane}`).focus({ preventScroll: true });
		this.opened();
	}

	// The focus goes back to what has opened it.
	close() {
		const was = this.pane;

		this.pane = undefined;
		this.show();
		if (was && !$("call").hidden)
			$(`open-${was}`).focus({ preventScroll: true });
	}

	show() {
		$("side").hidden = !this.pane;
		for (const pane of PANES) {
			const chosen = pane === this.pane;

			$(`pane-${pane}`).hidden = !chosen;
			$(`tab-${pane}`).setAttribute("aria-selected", String(chosen));
			$(`tab-${pane}`).tabIndex = chosen ? 0 : -1;
			$(`open-${pane}`).setAttribute("aria-expanded", String(chosen));
		}
	}

	step(pane, event) {
		const step = STEPS[event.key];

		if (step)
			this.open(PANES[(PANES.indexOf(pane) + step + PANES.length) % PANES.length]);
	}
}
