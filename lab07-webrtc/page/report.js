// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
// What GET /rooms and /metrics count, as rates: two reports and the time between.

// Verdicts of packets that are passed on; all others are drops.
const PASSED = new Set(["other", "fragment", "ip_options", "gso", "udp", "stun", "zrtp",
	"dtls", "turn", "rtp", "rtcp", "user_space"]);

const DROPS = {
	ip_length: "The IP header's length is wrong.",
	udp_length: "The UDP header's length is wrong.",
	udp_checksum: "It came over IPv6 without a UDP checksum.",
	empty: "It has no payload.",
	unknown_class: "It is not STUN, DTLS, RTP or RTCP.",
	stun_malformed: "It is broken STUN.",
	dtls_malformed: "It is broken DTLS.",
	rtp_truncated: "The RTP header is cut off.",
	rtp_csrc: "The RTP header is too short for its list of sources.",
	rtp_extension: "The RTP header extension is broken.",
	rtp_padding: "RTP padding is broken.",
	rtcp_malformed: "It is broken RTCP.",
	unknown_source: "No participant sends from this address.",
	unknown_ssrc: "No participant has announced this stream.",
	unknown_pt: "Its sender has not announced this payload type.",
	other_layer: "It belongs to a layer that is not forwarded.",
	srtp: "Its SRTP is forged or repeated.",
	ttl: "Its TTL leaves no hop for a copy.",
	source_route: "Its sender has chosen the route.",
	stale_leg: "A receiver left while it was copied.",
};

// Each series of /metrics: name{labels} -> number.
export function readMetrics(text) {
	const metrics = new Map();

	for (const line of text.split("\n")) {
		const found = /^(swiftcall_\S+?(?:\{.*\})?) (\S+)$/.exec(line);

		if (found)
			metrics.set(found[1].replace("swiftcall_", ""), Number(found[2]));
	}
	return metrics;
}

const IN_KERNEL = "Nobody encrypts it, so programs in the kernel copy it.";

const PATHS = { kernel: "kernel", "kernel and user space": "both" };

// Who forwards a stream, and if it is not the kernel alone, why not.
function pathOf({ by, why }) {
	const words = why && `${why[0].toUpperCase()}${why.slice(1)}.`;

	return { path: PATHS[by] ?? "user", why: words ?? IN_KERNEL };
}

export class Report {
	#last = new Map();
	#time = 0;
	#next = new Map();
	#seconds = 1;

	// From the JSON of GET /rooms: the room that we are in, per second.
	read(rooms, name, now = performance.now()) {
		this.#seconds = Math.max(0.05, (now - this.#time) / 1000);
		this.#next = new Map();
		const room = rooms.rooms.find((one) => one.name === name);
		const people = (room?.participants ?? []).map((p) => this.#person(p));
		const report = {
			mode: rooms.mode,
			people,
			kernel: this.#rate("kernel", rooms.forwarded.kernel),
			both: this.#rate("both", rooms.forwarded.shared),
			user: this.#rate("user", rooms.forwarded.user),
			copies: this.#rate("copies", rooms.copies.sent),
			drops: this.#drops(rooms.verdicts),
		};

		this.#last = this.#next;
		this.#time = now;
		return report;
	}

	// Counters begin anew with a new server.
	#rate(key, value) {
		const old = this.#last.get(key);

		this.#next.set(key, value);
		return old === undefined || value < old ? 0 : (value - old) / this.#seconds;
	}

	#person(participant) {
		const { id, name, streams, waiting } = participant;

		return {
			id,
			name,
			streams: streams.map((s) => this.#stream(s)),
			waiting: waiting ?? [],
		};
	}

	#stream(s) {
		const key = `s${s.id}/${s.ssrc}`;
		const way = pathOf(s.path);

		return {
			id: s.id,
			kind: s.kind,
			codec: s.codec,
			packets: this.#rate(`${key}/p`, s.packets),
			bits: 8 * this.#rate(`${key}/b`, s.bytes),
			lost: s.lost,
			jitter: s.jitter_us / 1000,
			...way,
			legs: s.legs.map((leg) => this.#leg(key, leg, way)),
		};
	}

	#leg(key, leg, { path }) {
		const byOne = leg.encrypted ? "user" : "kernel";

		return {
			path: path === "both" ? byOne : path,
			to: leg.to,
			name: leg.name,
			packets: this.#rate(`${key}>${leg.to}`, leg.sent),
			failed: leg.failed,
			skipped: leg.skipped,
			unreachable: leg.unreachable,
			loss: leg.report?.loss,
			rtt: leg.report?.round_trip_us ? leg.report.round_trip_us / 1000 : undefined,
		};
	}

	#drops(verdicts) {
		return Object.entries(verdicts)
			.filter(([verdict]) => !PASSED.has(verdict))
			.map(([verdict, total]) => ({
				verdict,
				total,
				text: DROPS[verdict] ?? verdict.replaceAll("_", " "),
				rate: this.#rate(`v/${verdict}`, total),
			}))
			.filter(({ total }) => total)
			.sort((a, b) => b.total - a.total);
	}
}
