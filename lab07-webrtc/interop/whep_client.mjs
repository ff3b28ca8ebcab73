// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
// A WHEP client as the draft has it (draft-ietf-wish-whep-04), for a page.

// It runs in the browser, so that it can use nothing from outside.
export function whepClient() {
	const FRAGMENT = "application/trickle-ice-sdpfrag";

	async function ask(method, url, type, body, headers = {}) {
		return fetch(url, { method, body, headers: { ...headers, ...(type && { "Content-Type": type }) } });
	}

	function words(sdp) {
		return sdp.match(/^a=ice-(ufrag|pwd):.*\r\n/gm).slice(0, 2).join("");
	}

	// What a PATCH says of ICE: the words, the first m-line, its candidates.
	function fragmentOf(sdp) {
		const [mline] = /^m=.*\r\n/m.exec(sdp);
		const [mid] = /^a=mid:.*\r\n/m.exec(sdp);
		const candidates = sdp.match(/^a=candidate:.*\r\n/gm) ?? [];

		return `${words(sdp)}${mline}${mid}${[...new Set(candidates)].join("")}`;
	}

	class Whep {
		async open(endpoint) {
			this.pc = new RTCPeerConnection({ bundlePolicy: "max-bundle" });
			this.media = new MediaStream();
			this.pc.addEventListener("track", ({ track }) => this.media.addTrack(track));
			this.pc.addTransceiver("audio", { direction: "recvonly" });
			this.pc.addTransceiver("video", { direction: "recvonly" });
			await this.pc.setLocalDescription();
			const response = await ask("POST", endpoint, "application/sdp", this.pc.localDescription.sdp);

			if (response.status !== 201)
				return { status: response.status, retry: response.headers.get("Retry-After") };
			this.resource = new URL(response.headers.get("Location"), endpoint);
			this.etag = response.headers.get("ETag");
			await this.pc.setRemoteDescription({ type: "answer", sdp: await response.text() });
			return { status: 201 };
		}

		// Candidates that came after the offer.
		async trickle() {
			const { status } = await ask("PATCH", this.resource, FRAGMENT,
				fragmentOf(this.pc.localDescription.sdp), { "If-Match": this.etag });

			return status;
		}

		async restart() {
			this.pc.restartIce();
			await this.pc.setLocalDescription();
			const response = await ask("PATCH", this.resource, FRAGMENT,
				fragmentOf(this.pc.localDescription.sdp), { "If-Match": "*" });
			const [ufrag, password] = words(await response.text()).split(/(?<=\n)/);
			const sdp = this.pc.remoteDescription.sdp
				.replace(/^a=ice-ufrag:.*\r\n/gm, ufrag).replace(/^a=ice-pwd:.*\r\n/gm, password);

			this.etag = response.headers.get("ETag");
			await this.pc.setRemoteDescription({ type: "answer", sdp });
			return response.status;
		}

		// Whether media comes by the agreement that was made last.
		async usesNewest() {
			const stats = await this.pc.getStats();
			const transport = [...stats.values()].find(({ type }) => type === "transport");
			const pair = stats.get(transport?.selectedCandidatePairId);
			const { usernameFragment } = stats.get(pair?.localCandidateId) ?? {};

			return words(this.pc.localDescription.sdp).includes(`a=ice-ufrag:${usernameFragment}\r\n`);
		}

		// Twice: what is gone is not there.
		async close() {
			const statuses = [];

			for (let i = 0; i < 2; i++)
				statuses.push((await ask("DELETE", this.resource)).status);
			this.pc.close();
			return statuses.join();
		}
	}

	window.whep = new Whep();
}
