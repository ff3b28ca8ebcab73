// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
// What a test puts into a page before the page's own modules run: a camera that
// shows who it is, and eyes that read it at the others. The page knows nothing of it.

// It runs in the browser, so that it can use nothing from outside.
export function insideThePage({ name, number }) {
	const WIDTH = 640, HEIGHT = 360, FRAMES = 15;
	const BITS = 8, STRIP = 24; // a number of four bits, and its complement
	const connections = [];

	// ---- the camera ----------------------------------------------------

	function paintPortrait(g, beat) {
		const hue = (number * 67) % 360;
		const ground = g.createLinearGradient(0, 0, WIDTH, HEIGHT);

		ground.addColorStop(0, `hsl(${hue} 42% 46%)`);
		ground.addColorStop(1, `hsl(${hue + 50} 45% 24%)`);
		g.fillStyle = ground;
		g.fillRect(0, 0, WIDTH, HEIGHT);
		g.fillStyle = "rgb(255 255 255 / 85%)";
		g.beginPath();
		g.arc(WIDTH / 2, 130 + 4 * Math.sin(beat / 6), 58, 0, 7);
		g.fill();
		g.beginPath();
		g.ellipse(WIDTH / 2, HEIGHT, 132, 146, 0, Math.PI, 0);
		g.fill();
		g.fillStyle = `hsl(${hue + 50} 45% 24%)`;
		g.font = "600 40px sans-serif";
		g.textAlign = "center";
		g.fillText(name, WIDTH / 2, 300);
	}

	function paintNumber(g) {
		const code = number | ((~number & 15) << 4);

		for (let bit = 0; bit < BITS; bit++) {
			g.fillStyle = code & (1 << bit) ? "#fff" : "#000";
			g.fillRect((bit * WIDTH) / BITS, 0, WIDTH / BITS + 1, STRIP);
		}
	}

	function openCamera() {
		const canvas = document.createElement("canvas");
		const g = Object.assign(canvas, { width: WIDTH, height: HEIGHT }).getContext("2d");
		let beat = 0;
		const paint = () => {
			paintPortrait(g, beat++);
			paintNumber(g);
		};
		const timer = setInterval(paint, 1000 / FRAMES);
		const track = canvas.captureStream(FRAMES).getVideoTracks()[0];
		const stop = track.stop.bind(track);

		paint();
		track.stop = () => {
			clearInterval(timer);
			stop();
		};
		return track;
	}

	const devices = navigator.mediaDevices;
	const getUserMedia = devices?.getUserMedia.bind(devices);

	if (devices) {
		devices.getUserMedia = async ({ audio, video }) => {
			const stream = audio ? await getUserMedia({ audio }) : new MediaStream();

			if (video)
				stream.addTrack(openCamera());
			return stream;
		};
		devices.getDisplayMedia = async () => new MediaStream([openCamera()]);
	}

	// ---- what others see and hear ---------------------------------------

	function videoOf(who) {
		return document.querySelector(`#grid [data-key="${who}"] video`);
	}

	// The number in somebody's picture; undefined: there is none to be read.
	function numberSeen(who) {
		const video = videoOf(who);
		const canvas = document.createElement("canvas");
		const g = Object.assign(canvas, { width: BITS, height: HEIGHT })
			.getContext("2d", { willReadFrequently: true });
		let code = 0;

		if (!video || video.readyState < HTMLMediaElement.HAVE_CURRENT_DATA)
			return undefined;
		g.drawImage(video, 0, 0, BITS, HEIGHT);
		for (let bit = 0; bit < BITS; bit++)
			if (g.getImageData(bit, STRIP / 2, 1, 1).data[1] > 127)
				code |= 1 << bit;
		return (code & 15) === (~(code >> 4) & 15) ? code & 15 : undefined;
	}

	async function inbound(who, kind) {
		const track = videoOf(who)?.srcObject?.getTracks().find((one) => one.kind === kind);
		const connection = connections.at(-1);

		if (!track || !connection)
			return undefined;
		for (const one of (await connection.getStats()).values())
			if (one.type === "inbound-rtp" && one.trackIdentifier === track.id)
				return one;
		return undefined;
	}

	// What we send, as getStats() has it.
	async function outbound(kind) {
		for (const one of (await connections.at(-1).getStats()).values())
			if (one.type === "outbound-rtp" && one.kind === kind)
				return one;
		return undefined;
	}

	window.RTCPeerConnection = class extends window.RTCPeerConnection {
		constructor(...options) {
			super(...options);
			connections.push(this);
		}
	};

	// ---- how long it takes -----------------------------------------------

	const inside = { numberSeen, inbound, outbound, connections, joined: NaN, firstPicture: NaN };

	document.addEventListener("submit", () => {
		inside.joined = performance.now();
	}, true);
	document.addEventListener("loadeddata", ({ target }) => {
		if (target.closest("#grid .tile:not(.is-self)") && isNaN(inside.firstPicture) && target.videoWidth)
			inside.firstPicture = performance.now();
	}, true);
	window.inside = inside;
}
