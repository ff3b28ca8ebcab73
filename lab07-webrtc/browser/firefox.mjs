// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
// Starts Firefox on a host of the sandbox, for who drives it from another one.
//
//	test, on "server" ---- 10.0.7.1:PORT   this program, on "alice"
//				     |
//			 127.0.0.1:PORT   Firefox; it can be driven from here only
//
// Firefox answers to no other name, so that the head of a connection is rewritten.

import { spawn } from "node:child_process";
import { connect, createServer } from "node:net";
import { networkInterfaces } from "node:os";
import { createInterface } from "node:readline";

const ADDRESS = networkInterfaces().eth0.find(({ family }) => family === "IPv4").address;
const firefox = spawn("firefox-esr", process.argv.slice(2), { stdio: ["ignore", "inherit", "pipe"] });

function relay(outside, port) {
	const inside = connect(port, "127.0.0.1");

	outside.once("data", (head) => {
		inside.write(head.toString("latin1").replace(ADDRESS, "127.0.0.1"), "latin1");
		outside.pipe(inside).pipe(outside);
	});
	outside.on("error", () => inside.destroy());
	inside.on("error", () => outside.destroy());
}

// The line by which a driver learns where to connect comes when it can.
function announce(line, port) {
	const server = createServer((outside) => relay(outside, port));

	server.listen(port, ADDRESS, () =>
		console.error(line.replace("127.0.0.1", ADDRESS)));
}

createInterface({ input: firefox.stderr }).on("line", (line) => {
	const port = /^WebDriver BiDi listening on ws:\/\/127\.0\.0\.1:(\d+)/.exec(line)?.[1];

	if (port)
		announce(line, Number(port));
	else
		console.error(line);
});
firefox.on("exit", (status) => process.exit(status ?? 1));
