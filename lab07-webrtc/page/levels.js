// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
// How loud somebody is, from 0 to 1, and who speaks.

const SPEAKS = 0.02, QUIET_AFTER = 700; // ms

// Of what we receive, as the browser knows it from the packets.
export function levelOf(receiver) {
	const sources = receiver?.getSynchronizationSources?.() ?? [];

	return Math.max(0, ...sources.map((source) => source.audioLevel ?? 0));
}

// Of our own microphone.
export class Meter {
	follow(track) {
		if (track === this.track)
			return;
		this.track = track;
		this.node?.disconnect();
		this.node = undefined;
		if (!track)
			return;
		this.context ??= new AudioContext();
		this.context.resume();
		this.analyser ??= new AnalyserNode(this.context, { fftSize: 1024 });
		this.samples ??= new Float32Array(this.analyser.fftSize);
		this.node = this.context.createMediaStreamSource(new MediaStream([track]));
		this.node.connect(this.analyser);
	}

	get level() {
		let sum = 0;

		if (!this.node)
			return 0;
		this.analyser.getFloatTimeDomainData(this.samples);
		for (const sample of this.samples)
			sum += sample * sample;
		return Math.sqrt(sum / this.samples.length);
	}
}

// Who speaks goes on to speak between two words.
export class Speakers {
	#heard = new Map();

	note(name, level) {
		if (level > SPEAKS)
			this.#heard.set(name, performance.now());
		return this.speaks(name);
	}

	speaks(name) {
		return performance.now() - (this.#heard.get(name) ?? -Infinity) < QUIET_AFTER;
	}
}
