// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
// The panel that shows what the kernel does: figures, drawing, streams, drops.

import { $, keep, make, setText, showFigures } from "./dom.js";
import { Diagram, TITLES } from "./diagram.js";
import { decodeName } from "./names.js";

const MODES = {
	tc: "Mode tc: programs at the network device copy each packet for those who receive " +
		"it; the server is not woken. Encrypted media goes through user space.",
	xdp: "Mode xdp: programs in the network driver copy each packet for those who receive " +
		"it; the server is not woken. Encrypted media goes through user space.",
	user: "Mode user: the server itself copies each packet; no program runs in the kernel.",
};

export function count(number) {
	return number >= 99.5 ? Math.round(number).toLocaleString("en") : String(Math.round(number));
}

export function rate(bits) {
	return bits >= 999_500 ? [(bits / 1e6).toFixed(1), "Mbit/s"] : [count(bits / 1e3), "kbit/s"];
}

function milliseconds(ms) {
	return ms === undefined ? ["–"] : [ms < 10 ? ms.toFixed(1) : Math.round(ms), "ms"];
}

export class Panel {
	constructor() {
		this.diagram = new Diagram($("diagram"));
	}

	show(report, metrics) {
		showFigures($("forward"), [
			["by eBPF", count(report.kernel), undefined, "kernel"],
			["by both", count(report.both), undefined, "both"],
			["by user space", count(report.user), undefined, "user"],
			["copies sent", count(report.copies)],
		]);
		setText($("mode-hint"), MODES[report.mode] ?? `Mode ${report.mode}.`);
		this.diagram.show(report.people);
		this.showStreams(report.people);
		this.showDrops(report.drops);
		this.showServer(metrics);
	}

	showStreams(people) {
		const streams = people.flatMap(({ name, streams }) =>
			streams.map((stream) => ({ ...stream, who: name })));
		const waiting = people.flatMap(({ id, name, waiting }) =>
			waiting.map((kind) => ({ key: `${id}/${kind}`, who: name, kind })));
		const keys = [...streams.map(({ id }) => String(id)), ...waiting.map(({ key }) => key)];
		const rows = keep($("streams"), keys, () =>
			make("article", { class: "stream" },
				make("div", { class: "top" }, make("b"), make("span", { class: "badge" })),
				make("p", { class: "numbers" }), make("p", { class: "why" })));

		streams.forEach((stream, i) => this.showStream(rows[i], stream));
		waiting.forEach((one, i) => this.showWaiting(rows[streams.length + i], one));
	}

	// Its offer has not said by which SSRC it comes.
	showWaiting(row, { who, kind }) {
		setText(row.querySelector("b"), `${decodeName(who)}: ${kind}`);
		setText(row.querySelector(".badge"), "waiting");
		setText(row.querySelector(".why"),
			"Waiting for its first packet, which will show the SSRC.");
	}

	showStream(row, s) {
		const badge = row.querySelector(".badge");
		const idle = !s.packets;
		const failed = s.legs.reduce((sum, leg) => sum + leg.failed, 0);
		const words = [`${s.codec}`, `${count(s.packets)} packets/s`, rate(s.bits).join(" "),
			`${s.legs.length} ${s.legs.length === 1 ? "leg" : "legs"}`, `${s.lost} lost`,
			`jitter ${milliseconds(s.jitter).join(" ")}`];

		if (failed)
			words.push(`${failed} copies failed`);
		for (const { name, loss, rtt } of s.legs)
			if (rtt !== undefined)
				words.push(`${decodeName(name)}: RTT ${milliseconds(rtt).join(" ")}` +
					(loss === undefined ? "" : `, loss ${(100 * loss).toFixed(1)} %`));
		setText(row.querySelector("b"), `${decodeName(s.who)}: ${s.kind}`);
		setText(badge, TITLES[s.path]);
		badge.className = `badge ${idle ? "" : s.path}`;
		setText(row.querySelector(".numbers"), words.join(" · "));
		setText(row.querySelector(".why"), s.why);
	}

	showDrops(drops) {
		const head = make("tr", {}, ...["reason", "per second", "in all"].map((title) =>
			make("th", { scope: "col" }, title)));
		const rows = drops.map(({ text, rate: now, total }) => make("tr", {},
			make("td", {}, text), make("td", { class: now ? "now" : "" }, count(now)),
			make("td", {}, count(total))));

		$("drops").replaceChildren(drops.length
			? make("table", { class: "drops" }, make("thead", {}, head), make("tbody", {}, ...rows))
			: make("p", { class: "hint" }, "No packet was dropped."));
	}

	showMine(mine) {
		showFigures($("mine"), [
			["round trip", ...milliseconds(mine.rtt)],
			["sent", ...rate(mine.sent)],
			["received", ...rate(mine.received)],
			["lost on the way here", mine.lossIn.toFixed(1), "%"],
			["lost on the way there", mine.lossOut === undefined ? "–" : mine.lossOut.toFixed(1),
				mine.lossOut === undefined ? undefined : "%"],
			["pictures", count(mine.frames), "/s"],
		]);
	}

	showServer(metrics) {
		const value = (name) => metrics?.get(name);
		const turn = value("loop_longest_turn_seconds");
		const figures = [["rooms", value("rooms")], ["people", value("participants")],
			["streams", value("streams")]].filter(([, number]) => number !== undefined);

		if (turn !== undefined)
			figures.push(["longest turn of its loop", ...milliseconds(turn * 1000)]);
		showFigures($("server"), figures);
	}
}
