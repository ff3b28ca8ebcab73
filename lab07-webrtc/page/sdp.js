// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
// What the page reads in the server's offers: who sends in which m-line.

function attribute(section, name) {
	return new RegExp(`^a=${name}:(\\S+)`, "m").exec(section)?.[1];
}

// [{mid, kind, name}] of the m-lines in which somebody is sent to us.
export function sendersIn(sdp) {
	return sdp.split(/^(?=m=)/m).slice(1)
		.filter((section) => /^a=sendonly\r?$/m.test(section))
		.map((section) => ({
			mid: attribute(section, "mid"),
			kind: /^m=(\w+)/.exec(section)[1],
			name: attribute(section, "msid"),
		}))
		.filter(({ mid, name }) => mid !== undefined && name !== undefined);
}
