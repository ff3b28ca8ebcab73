// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
// Another site, whose pages use libraries from npm to publish and to play. It is on
// another port, so that browsers ask the server first whether pages of it may (CORS).

import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { createRequire } from "node:module";

import { ADDRESS, FOR_EVERYTHING, OUTPUT, SITE_PORT } from "../browser/harness.mjs";

const LIBRARIES = ["@eyevinn/whip-web-client", "@eyevinn/webrtc-player"];
const LEFT_OUT = ["@eyevinn/csai-manager"]; // advertisements

// Modules for Node, and those that they need, as one script for a page.
function bundle(names) {
	const modules = new Map();
	const add = (path) => {
		const code = readFileSync(path, "utf8");
		const resolve = createRequire(path).resolve;
		const needs = {};

		modules.set(path, "");
		for (const [, name] of code.matchAll(/\brequire\(["']([^"']+)["']\)/g)) {
			if (LEFT_OUT.includes(name))
				continue;
			needs[name] = resolve(name.startsWith(".") ? name : `${name}/`);
			if (!modules.has(needs[name]))
				add(needs[name]);
		}
		modules.set(path, `${JSON.stringify(path)}: [${JSON.stringify(needs)}, ` +
			`(module, exports, require) => {${code}\n}]`);
	};
	const roots = names.map((name) => createRequire(`${OUTPUT}/`).resolve(name));

	roots.forEach(add);
	return `const modules = {${[...modules.values()].join(",\n")}}, loaded = {};
		function load(path) {
			if (!(path in loaded)) {
				const module = loaded[path] = { exports: {} };
				const [needs, code] = modules[path];
				code(module, module.exports, (name) => needs[name] ? load(needs[name]) : {});
			}
			return loaded[path].exports;
		}
		window.libraries = Object.assign({}, ...${JSON.stringify(roots)}.map(load));`;
}

const PAGE = `<!doctype html><title>another site</title><meta charset="utf-8">
	<link rel="icon" href="data:,"><div id="grid"></div><script src="/libraries.js"></script>`;

function serve({ url }, response) {
	const script = url === "/libraries.js";

	response.setHeader("Content-Type", script ? "text/javascript" : "text/html");
	response.end(script ? bundle(LIBRARIES) : PAGE);
}

// Runs until the test ends.
export async function openSite(world) {
	const server = createServer(serve);

	await new Promise((done) => server.listen(SITE_PORT, ADDRESS, done));
	world.programs.push({ close: () => server.close(), story: () => "" });
}
