// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
// Runs the tests one after the other, and says of each how it went: see
// ../test_browser, which brings us into the sandbox.

import { readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

import { limit, tests, World } from "./harness.mjs";

const here = dirname(fileURLToPath(import.meta.url));
const WHOLE_TEST = 90_000; // ms, on an idle computer

for (const file of readdirSync(here).filter((name) => /^test_.*\.mjs$/.test(name)).sort())
	await import(join(here, file));

function late(ms) {
	return new Promise((_, reject) => setTimeout(() =>
		reject(new Error(`It is not done after ${ms / 1000} s.`)), ms).unref());
}

async function run({ id, title, body }) {
	const world = new World(id);
	const start = performance.now();

	try {
		await Promise.race([body(world), late(limit(WHOLE_TEST))]);
		world.checkConsoles();
		console.log(`  ✓ ${id.padEnd(8)} ${title} (${((performance.now() - start) / 1000).toFixed(1)} s)`);
		world.notes.forEach((note) => console.log(`      ${note}`));
		return true;
	} catch (error) {
		console.log(`  ✗ ${id.padEnd(8)} ${title}`);
		console.log(`${error.stack ?? error}`.replace(/^/gm, "      "));
		console.log((await world.story()).replace(/^/gm, "      "));
		return false;
	} finally {
		await world.close();
	}
}

const wanted = process.argv.slice(2);
const chosen = tests.filter(({ id }) => !wanted.length || wanted.some((w) => id.startsWith(w)));
let passed = 0;

for (const test of chosen)
	passed += await run(test);
console.log(`${passed} passed, ${chosen.length - passed} failed`);
process.exit(chosen.length && passed === chosen.length ? 0 : 1);
