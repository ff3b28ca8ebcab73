// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
// Names of people and rooms: how they are written, sent, and shown.
//
// The server's names are printable ASCII without space, '/' and '"'. People have
// other names, so that the rest is sent percent-encoded, and shown decoded.

export const MAX_NAME = 31;

export function encodeName(text) {
	const name = text.trim().replace(/\s+/g, " ").toWellFormed?.() ?? text.trim();

	if (name === "." || name === "..")
		return name.replaceAll(".", "%2E");
	return name.replace(/[^!-~]+|[/"%]/g, encodeURIComponent);
}

export function decodeName(name) {
	try {
		return decodeURIComponent(name);
	} catch {
		return name;
	}
}

// Why a name won't do, or undefined.
export function objection(what, text) {
	if (!text.trim())
		return `The ${what} is empty.`;
	if (encodeName(text).length > MAX_NAME)
		return `The ${what} is too long: the server has room for ${MAX_NAME} letters, ` +
			"and a letter outside of English counts as several.";
	return undefined;
}

// "alice" and then "alice-2", "alice-3": the next one to try.
export function nextName(text) {
	const [, stem, number] = /^(.*?)(?:-(\d+))?$/s.exec(text);

	return `${stem}-${Number(number ?? 1) + 1}`;
}

export function initials(text) {
	const words = text.trim().split(/[\s._-]+/).filter(Boolean);
	const letters = words.slice(0, 2).map((word) => [...word][0]);

	return letters.join("").toUpperCase();
}

// The same person has the same colour at everybody's.
export function hue(text) {
	let sum = 0;

	for (const letter of text)
		sum = (sum * 31 + letter.codePointAt(0)) % 360;
	return sum;
}
