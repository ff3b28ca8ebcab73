// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
// Elements: found, made, and changed only where something is new.

const SVG = "http://www.w3.org/2000/svg";

export const $ = (id) => document.getElementById(id);

function fill(element, attributes, children) {
	for (const [name, value] of Object.entries(attributes))
		if (value !== undefined && value !== false)
			element.setAttribute(name, value === true ? "" : value);
	element.append(...children);
	return element;
}

export function make(tag, attributes = {}, ...children) {
	return fill(document.createElement(tag), attributes, children);
}

export function draw(tag, attributes = {}, ...children) {
	return fill(document.createElementNS(SVG, tag), attributes, children);
}

// One of the symbols of index.html.
export function icon(name) {
	return draw("svg", { "aria-hidden": "true" }, draw("use", { href: `#i-${name}` }));
}

export function setIcon(parent, name) {
	const use = parent.querySelector("use");

	if (use.getAttribute("href") !== `#i-${name}`)
		use.setAttribute("href", `#i-${name}`);
}

// A screen reader reads a text again that is set again, so it is set once.
export function setText(element, text) {
	if (element.textContent !== text)
		element.textContent = text;
}

// Shows a text in an element that is hidden without one.
export function tell(element, text) {
	setText(element, text ?? "");
	element.hidden = !text;
}

// Keyed children, in this order: make(key) for the new ones, which stay.
export function keep(parent, keys, makeOne) {
	const old = new Map([...parent.children].map((child) => [child.dataset.key, child]));
	const wanted = keys.map((key) => {
		const child = old.get(key) ?? makeOne(key);

		child.dataset.key = key;
		old.delete(key);
		return child;
	});

	for (const child of old.values())
		child.remove();
	wanted.forEach((child, i) => {
		if (parent.children[i] !== child)
			parent.insertBefore(child, parent.children[i] ?? null);
	});
	return wanted;
}

// <dl> of figures: [name, value, unit, class].
export function showFigures(list, figures) {
	const rows = keep(list, figures.map(([name]) => name), (name) =>
		make("div", {}, make("dt", {}, name), make("dd")));

	figures.forEach(([, value, unit, kind], i) => {
		const dd = rows[i].querySelector("dd");
		const text = unit ? `${value} ${unit}` : `${value}`;

		rows[i].className = kind ?? "";
		if (dd.textContent !== text)
			dd.replaceChildren(`${value}`, ...(unit ? [" ", make("small", {}, unit)] : []));
	});
}
