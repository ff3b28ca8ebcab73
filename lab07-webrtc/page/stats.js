// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
// What this browser measures of its own connection (getStats), as rates.

const sum = (list, field) => list.reduce((all, one) => all + (one[field] ?? 0), 0);

export class ConnectionStats {
	#last;

	// {rtt, sent, received, lossIn, lossOut, frames} since the last call, and
	// alive: the ids of the tracks of which something came in meanwhile.
	async read(pc) {
		const all = [...(await pc.getStats()).values()];
		const of = (type) => all.filter((one) => one.type === type);
		const inbound = of("inbound-rtp"), outbound = of("outbound-rtp");
		const now = {
			time: performance.now(),
			sent: sum(outbound, "bytesSent"),
			received: sum(inbound, "bytesReceived"),
			packets: sum(inbound, "packetsReceived"),
			lost: sum(inbound, "packetsLost"),
			frames: sum(inbound, "framesDecoded"),
			progress: new Map(inbound.map((one) => [one.trackIdentifier,
				one.kind === "video" ? one.framesDecoded : one.packetsReceived])),
		};
		const last = this.#last ?? now;

		this.#last = now;
		return { ...this.#rates(last, now), ...this.#far(all, of("remote-inbound-rtp")) };
	}

	#rates(last, now) {
		const seconds = Math.max(0.05, (now.time - last.time) / 1000);
		const rise = (field) => Math.max(0, now[field] - last[field]);
		const due = rise("packets") + rise("lost");

		return {
			sent: (8 * rise("sent")) / seconds,
			received: (8 * rise("received")) / seconds,
			frames: rise("frames") / seconds,
			lossIn: due ? (100 * rise("lost")) / due : 0,
			alive: new Set([...now.progress].filter(([id, n]) => n > (last.progress.get(id) ?? 0))
				.map(([id]) => id)),
		};
	}

	#far(all, reports) {
		const pair = all.find((one) => one.type === "candidate-pair" && one.nominated &&
			one.state === "succeeded");
		const seconds = pair?.currentRoundTripTime;
		const losses = reports.map((one) => one.fractionLost).filter((n) => n !== undefined);

		return {
			rtt: seconds === undefined ? undefined : seconds * 1000,
			lossOut: losses.length ? 100 * Math.max(...losses) : undefined,
		};
	}
}
