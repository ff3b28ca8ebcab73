// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
// The browsers of tools/demo_browsers, which has started the server already:
//
//	node demo.mjs ROOM SCREENSHOT OTHER [--unencrypted]
//
// alice and bob join by the page, and wait until they see and hear each other, and
// get sound and pictures of OTHER, who has no browser. What they say of it is a line
// of JSON each; they stay until the standard input ends.

import { checkTrue, openBrowser, Person, until } from "./harness.mjs";
import { insideThePage } from "./inside.mjs";

const NAMES = ["alice", "bob"];
const [room, screenshot, other, option] = process.argv.slice(2);

function tell(event) {
	console.log(JSON.stringify(event));
}

async function join(name, number) {
	const browser = await openBrowser({ host: name, encrypted: option !== "--unencrypted" });
	const context = await browser.newContext({
		viewport: { width: 1280, height: 800 },
		permissions: ["camera", "microphone"],
	});

	await context.addInitScript(insideThePage, { name, number });
	const person = new Person(await context.newPage(), name, number);

	await person.join(room);
	tell({ who: name, text: "joins by the page" });
	return person;
}

async function gets(person, name, kind) {
	await until(`${person.name} gets the ${kind} of ${name}`, async () =>
		(await person.inbound(name, kind))?.packetsReceived > 10);
}

const [alice, bob] = [await join(NAMES[0], 1), await join(NAMES[1], 2)];

for (const [one, two] of [[alice, bob], [bob, alice]]) {
	await one.sees(two);
	await one.hears(two);
	await gets(one, other, "audio");
	await one.seesMoreOf({ name: other });
	tell({ who: one.name, text: `sees and hears ${two.name} and ${other}` });
}
tell({ who: "alice", text: `${Math.round(await alice.joinToFirstPicture())} ms from joining to the first picture` });
await alice.page.click("#open-kernel");
await alice.waitFor("a drawing in which something flows", () =>
	document.querySelectorAll("#diagram .flows").length > 0);
await alice.seesMoreOf({ name: other });
await alice.seesMoreOf(bob);
await alice.page.screenshot({ path: screenshot });
checkTrue("Nothing is wrong with the pages", !alice.complaints.length && !bob.complaints.length);
tell({ done: true });
process.stdin.resume();
await new Promise((ended) => process.stdin.once("end", ended));
for (const person of [bob, alice]) {
	await person.leave();
	await person.page.context().browser().close();
}
process.exit(0);
