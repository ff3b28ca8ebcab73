// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
// The page: from the lobby into a call, and back.
//
//	lobby.js ---> call.js ---> signalling.js     what is said to the server
//	              room.js ---> tiles.js, people.js, panel.js
//	devices.js, levels.js      camera, microphone; who speaks
//	report.js, stats.js        what the server and the browser count

import { Call } from "./call.js";
import { $ } from "./dom.js";
import { connectChoices, Devices } from "./devices.js";
import { Meter } from "./levels.js";
import { linkTo, Lobby, roomInAddress } from "./lobby.js";
import { decodeName } from "./names.js";
import { Room } from "./room.js";

const devices = new Devices();
const meter = new Meter();
const lobby = new Lobby(devices, meter, join);
let call, room;

async function join(roomName, name, token) {
	const next = new Call(roomName, name, token);

	await next.send("audio", devices.tracks.audio);
	await next.send("video", devices.picture);
	await next.join();
	call = next;
	room = new Room(call, devices, meter);
	lobby.close();
	history.replaceState(null, "", linkTo(decodeName(roomName)));
	room.open();
}

async function leave() {
	const was = call;

	room?.close();
	call = room = undefined;
	lobby.open(decodeName(was.room), `You have left ${decodeName(was.room)}.`);
	await was.leave();
}

$("leave").addEventListener("click", leave);

// A page that is closed can still say good-bye; one that comes back starts anew.
window.addEventListener("pagehide", () => call?.leave());
window.addEventListener("pageshow", (event) => {
	if (event.persisted)
		location.reload();
});

connectChoices(devices, [...document.querySelectorAll("select[data-kind]")]);
setInterval(() => $("lobby").hidden || lobby.showLevel(), 100);
lobby.open(roomInAddress());
