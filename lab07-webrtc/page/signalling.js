// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
// What is said to the server by HTTP: GET /help describes it.
//
//	POST /rooms/{room}/participants?name=   offer -> answer, and a resource
//	GET  {resource}/events                  the server's offers, as they come
//	PUT  {resource}/answer, .../subscriptions
//	DELETE {resource}

const LIMIT = 20_000; // ms until there is an answer
const SILENCE = 45_000; // ms; a stream of events has a comment every 15 seconds

// The server has refused: status and a sentence of its own.
export class Refused extends Error {
	constructor(status, detail) {
		super(detail);
		this.name = "Refused";
		this.status = status;
	}
}

// The server can't be reached.
export class Unreachable extends Error {
	constructor() {
		super("The server does not answer.");
		this.name = "Unreachable";
	}
}

async function explain(response) {
	try {
		return (await response.json()).detail;
	} catch {
		return `The server says ${response.status} ${response.statusText}.`;
	}
}

async function ask(method, path, type, body, options = {}) {
	const headers = { ...options.headers, ...(type ? { "Content-Type": type } : {}) };
	let response;

	try {
		response = await fetch(path, { signal: AbortSignal.timeout(LIMIT), ...options, method,
			headers, body, cache: "no-store" });
	} catch (error) {
		throw error.name === "AbortError" ? error : new Unreachable();
	}
	if (!response.ok)
		throw new Refused(response.status, await explain(response));
	return response;
}

export async function fetchRooms() {
	return (await ask("GET", "/rooms")).json();
}

export async function fetchMetrics() {
	return (await ask("GET", "/metrics")).text();
}

// What is read next; a stream that is silent for too long has ended.
async function readNext(reader) {
	let timer;
	const silence = new Promise((done) => {
		timer = setTimeout(() => done({ done: true }), SILENCE);
	});

	try {
		return await Promise.race([reader.read(), silence]);
	} finally {
		clearTimeout(timer);
	}
}

// Cuts a stream of server-sent events into {event, data, id}.
export async function* readEvents(body) {
	const reader = body.pipeThrough(new TextDecoderStream()).getReader();
	let rest = "";

	for (;;) {
		const { value, done } = await readNext(reader);

		if (done) {
			reader.cancel().catch(() => {});
			return;
		}
		const blocks = (rest + value).split("\n\n");

		rest = blocks.pop();
		for (const block of blocks) {
			const event = parseEvent(block);

			if (event.data !== undefined)
				yield event;
		}
	}
}

function parseEvent(block) {
	const fields = {};

	for (const line of block.split("\n")) {
		const [, name, value] = /^(\w*): ?(.*)$/.exec(line) ?? [];

		if (name)
			fields[name] = name in fields ? `${fields[name]}\n${value}` : value;
	}
	return fields;
}

// One participant's resource.
export class Resource {
	// token: what a server with --token-file asks for; else empty.
	static async join(room, name, offer, token) {
		const path = `/rooms/${encodeURIComponent(room)}/participants` +
			`?name=${encodeURIComponent(name)}`;
		const headers = token ? { Authorization: `Bearer ${token}` } : {};
		const response = await ask("POST", path, "application/sdp", offer, { headers });
		const resource = new Resource(response.headers.get("Location"));

		resource.answer = await response.text();
		return resource;
	}

	constructor(path) {
		this.path = path;
		this.abort = new AbortController();
	}

	// Calls back when the stream is open, and for each event; returns at its end.
	async listen(opened, heard) {
		const headers = { Accept: "text/event-stream" };

		if (this.lastEvent)
			headers["Last-Event-ID"] = this.lastEvent;
		const response = await ask("GET", `${this.path}/events`, null, undefined,
			{ headers, signal: this.abort.signal });

		opened();
		try {
			for await (const event of readEvents(response.body)) {
				this.lastEvent = event.id ?? this.lastEvent;
				heard(event);
			}
		} catch (error) {
			if (error.name === "AbortError")
				throw error;
		}
	}

	async sendAnswer(sdp) {
		await ask("PUT", `${this.path}/answer`, "application/sdp", sdp);
	}

	// What is wanted from whom; returns all that is in force.
	async subscribe(wishes) {
		const body = JSON.stringify(wishes);

		return (await ask("PUT", `${this.path}/subscriptions`, "application/json", body)).json();
	}

	// Also while the page is closed, when nobody can wait for the answer.
	async leave() {
		this.abort.abort();
		await ask("DELETE", this.path, null, undefined, { keepalive: true });
	}
}
