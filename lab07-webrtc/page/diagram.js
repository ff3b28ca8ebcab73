// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
// A drawing of the room: who sends what, who forwards it, and to whom.
//
//	alice  audio ----[ eBPF  ]---- bob
//	       video ----[       ]---- carol
//	bob    audio ----[ user  ]---- alice
//
// It is drawn anew when somebody comes or goes; else only what flows changes.

import { draw } from "./dom.js";
import { decodeName } from "./names.js";

const WIDTH = 352, ROW = 20, GAP = 12, TOP = 6;
const SENDER = 104, LANE = [143, 221], RECEIVER = 261;
export const TITLES = { kernel: "eBPF", both: "eBPF and user", user: "user space" };
const MOST = 12; // people; more make a knot

function shorten(name, most) {
	const letters = [...decodeName(name)];

	return letters.length > most ? `${letters.slice(0, most - 1).join("")}…` : letters.join("");
}

function curve(x1, y1, x2, y2) {
	const middle = (x1 + x2) / 2;

	return `M${x1} ${y1}C${middle} ${y1} ${middle} ${y2} ${x2} ${y2}`;
}

// Where everything goes: y of each stream, of its port in a lane, of each person.
function place(people) {
	const senders = people.filter(({ streams }) => streams.length);
	const streams = senders.flatMap(({ streams }) => streams);
	const layout = { stream: new Map(), port: new Map(), person: new Map(), lanes: [] };
	let y = TOP;

	for (const sender of senders) {
		for (const stream of sender.streams) {
			layout.stream.set(stream.id, y + ROW / 2);
			y += ROW;
		}
		y += GAP;
	}
	layout.height = Math.max(y, TOP + people.length * (ROW + GAP)) + 4;
	placeLanes(layout, streams);
	people.forEach(({ id }, i) => {
		layout.person.set(id, TOP + (layout.height - 2 * TOP) * (i + 0.5) / people.length);
	});
	return layout;
}

function placeLanes(layout, streams) {
	const used = Object.keys(TITLES)
		.map((path) => ({ path, list: streams.filter((s) => s.path === path) }))
		.filter(({ list }) => list.length);
	const needed = streams.length * ROW + used.length * (ROW + GAP);
	let y = Math.max(TOP, (layout.height - needed) / 2);

	for (const { path, list } of used) {
		const lane = { path, y, height: ROW + list.length * ROW };

		list.forEach(({ id }, i) => layout.port.set(id, y + ROW * (i + 1.3)));
		layout.lanes.push(lane);
		y += lane.height + GAP;
	}
	layout.height = Math.max(layout.height, y);
}

function drawLane({ path, y, height }) {
	const x = LANE[0], width = LANE[1] - LANE[0];

	return draw("g", { class: `in-${path}` },
		draw("rect", { class: "lane", x, y, width, height, rx: 9 }),
		draw("text", { class: "lane-name", x: x + width / 2, y: y + 15, "text-anchor": "middle" },
			TITLES[path]));
}

function drawSender({ name, streams }, layout) {
	const group = draw("g");
	const first = layout.stream.get(streams[0].id);
	const height = streams.length * ROW;

	group.append(draw("rect", { class: "box", x: 0.5, y: first - ROW / 2 - 0.5,
		width: SENDER, height: height + 1, rx: 8 }),
	draw("text", { x: 9, y: first + height / 2 - ROW / 2 + 4 }, shorten(name, 8)));
	for (const { id, kind } of streams)
		group.append(draw("text", { class: "faint", x: SENDER - 8, y: layout.stream.get(id) + 4,
			"text-anchor": "end" }, kind));
	return group;
}

function drawReceiver({ id, name }, layout) {
	const y = layout.person.get(id);

	return draw("g", {},
		draw("rect", { class: "box", x: RECEIVER, y: y - 12, width: WIDTH - RECEIVER - 1,
			height: 24, rx: 8 }),
		draw("text", { x: RECEIVER + 9, y: y + 4 }, shorten(name, 10)));
}

function drawStream(stream, layout) {
	const y = layout.stream.get(stream.id), port = layout.port.get(stream.id);
	const group = draw("g", { class: `in-${stream.path}` });
	const line = (key, d) => draw("path", { class: "leg", "data-flow": key, d });

	group.append(line(stream.id, curve(SENDER + 1, y, LANE[0], port)));
	for (const { to, path } of stream.legs)
		if (layout.person.has(to))
			group.append(draw("g", { class: `in-${path}` }, line(`${stream.id}>${to}`,
				curve(LANE[1], port, RECEIVER, layout.person.get(to)))));
	group.append(draw("circle", { class: "port", cx: LANE[0], cy: port, r: 2.5 }),
		draw("circle", { class: "port", cx: LANE[1], cy: port, r: 2.5 }));
	return group;
}

function drawRoom(people) {
	const layout = place(people);
	const svg = draw("svg", { class: "drawing", role: "img",
		viewBox: `0 0 ${WIDTH} ${layout.height}` });

	for (const { streams } of people)
		svg.append(...streams.map((stream) => drawStream(stream, layout)));
	svg.append(...layout.lanes.map(drawLane));
	svg.append(...people.filter(({ streams }) => streams.length)
		.map((person) => drawSender(person, layout)));
	svg.append(...people.map((person) => drawReceiver(person, layout)));
	return svg;
}

function summary(people) {
	const streams = people.flatMap((person) => person.streams);
	const legs = streams.flatMap((stream) => stream.legs);
	const inKernel = streams.filter(({ path }) => path !== "user").length;

	return `${people.length} people send ${streams.length} streams, of which ` +
		`${inKernel} go through eBPF; ${legs.length} legs lead to receivers.`;
}

// All that the drawing depends on, but what flows.
function shape(people) {
	return JSON.stringify(people.map(({ id, name, streams }) =>
		[id, name, streams.map((s) => [s.id, s.kind, s.path, s.legs.map(({ to }) => to)])]));
}

export class Diagram {
	constructor(parent) {
		this.parent = parent;
	}

	show(people) {
		const now = shape(people);

		if (now !== this.shape) {
			this.shape = now;
			this.parent.replaceChildren(this.drawOrExplain(people));
		}
		this.parent.firstChild?.setAttribute?.("aria-label", summary(people));
		this.animate(people);
	}

	drawOrExplain(people) {
		if (!people.some(({ streams }) => streams.length))
			return "Nobody sends anything yet.";
		if (people.length > MOST)
			return summary(people);
		return drawRoom(people);
	}

	animate(people) {
		const flows = new Set();

		for (const stream of people.flatMap(({ streams }) => streams)) {
			if (stream.packets > 0)
				flows.add(String(stream.id));
			for (const leg of stream.legs)
				if (leg.packets > 0)
					flows.add(`${stream.id}>${leg.to}`);
		}
		for (const line of this.parent.querySelectorAll("[data-flow]"))
			line.classList.toggle("flows", flows.has(line.dataset.flow));
	}
}
