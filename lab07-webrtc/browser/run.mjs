// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
// Runs a folder's tests one after the other, and says of each how it went: see
// ../test_browser and ../test_interop, which bring us into the sandbox.
//
//	node run.mjs FOLDER [beginning of an id]...

import { readdirSync } from "node:fs";
import { join, resolve } from "node:path";

import { limit, Skip, tests, World } from "./harness.mjs";

const [folder, ...wanted] = process.argv.slice(2);
const LACKING = (process.env.SWIFTCALL_LACKS ?? "").split(" ");
const NEEDED = (process.env.SWIFTCALL_NEEDS ?? "").split(" "); // in CI
const PASSED = "passed", FAILED = "failed", SKIPPED = "skipped";

for (const file of readdirSync(folder).filter((name) => /^test_.*\.mjs$/.test(name)).sort())
	await import(join(resolve(folder), file));

function late(ms) {
	return new Promise((_, reject) => setTimeout(() =>
		reject(new Error(`It is not done after ${ms / 1000} s.`)), ms).unref());
}

// It names what is not installed. What could be, is in CI.
function lack({ id, title, needs }) {
	const lacking = needs.filter((name) => LACKING.includes(name));
	const why = `${lacking.join(", ")} not found; \`tools/setup --clients\` installs it`;

	if (!lacking.length)
		return undefined;
	if (lacking.some((name) => NEEDED.includes(name))) {
		console.log(`  ✗ ${id.padEnd(8)} ${title}\n      ${why}`);
		return FAILED;
	}
	return skip({ id, title }, why);
}

function skip({ id, title }, why) {
	console.log(`  - ${id.padEnd(8)} ${title}: skipped, ${why}`);
	return SKIPPED;
}

async function run(test) {
	const { id, title, body, whole } = test;
	const world = new World(id);
	const start = performance.now();
	const without = lack(test);

	if (without)
		return without;
	try {
		await Promise.race([body(world), late(limit(whole))]);
		world.checkConsoles();
		console.log(`  ✓ ${id.padEnd(8)} ${title} (${((performance.now() - start) / 1000).toFixed(1)} s)`);
		world.notes.forEach((note) => console.log(`      ${note}`));
		return PASSED;
	} catch (error) {
		if (error instanceof Skip)
			return skip(test, error.message);
		console.log(`  ✗ ${id.padEnd(8)} ${title}`);
		console.log(`${error.stack ?? error}`.replace(/^/gm, "      "));
		console.log((await world.story()).replace(/^/gm, "      "));
		return FAILED;
	} finally {
		await world.close();
	}
}

const chosen = tests.filter(({ id }) => !wanted.length || wanted.some((w) => id.startsWith(w)));
const count = { [PASSED]: 0, [FAILED]: 0, [SKIPPED]: 0 };

for (const test of chosen)
	count[await run(test)]++;
console.log(`${count.passed} passed, ${count.failed} failed` +
	(count.skipped ? `, ${count.skipped} skipped` : ""));
process.exit(chosen.length && !count.failed ? 0 : 1);
