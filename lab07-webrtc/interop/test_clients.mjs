// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
// What a test tells of a program that has failed it.

import { check, checkTrue, test, until } from "../browser/harness.mjs";
import { Program } from "./clients.mjs";

function message(ask) {
	try {
		ask();
	} catch (error) {
		return error.message;
	}
	return undefined;
}

test("7.0.il", "a program's words are kept, whichever output ends first, and its end is told",
	async (world) => {
		const program = new Program(world, "program").start("alice", "sh", "-c",
			"trap 'echo there is more' USR1; exec 2>&-; echo ready; " +
			"sleep 1000 >/dev/null & wait; kill -SEGV $$");

		await program.says("it is ready", /^ready$/);
		await until("One output has ended", async () => program.process.stderr.readableEnded);
		checkTrue("It is told where its threads wait", /^runs: 1 × sh \w+/.test(program.state()));
		program.process.kill("SIGUSR1");
		await program.ended;
		check("What it died of", message(() => program.find(/x/)), "program has ended: SIGSEGV");
		await until("The rest is logged", async () => program.lines().includes("there is more"));
		checkTrue("Its story has its end", program.story().startsWith("program has ended: SIGSEGV\n"));
	});
