# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
# shellcheck shell=bash
#
# What courselib/anywhere.py is for Python: sourced by the tools in bash.

# bpftool, tc and others are in folders that are not in every user's PATH.
export LC_ALL=C PATH="$PATH:/usr/sbin:/sbin"

# How somebody here runs a command as root.
as_root() {
	if [ "$(id -u)" = 0 ]; then echo "$1"
	elif [ -x "$(command -v sudo)" ]; then echo "sudo $1"
	else echo "su -c '$1'"; fi
}

# Whether colours, and lines that overwrite others, are wanted on stdout.
colours() {
	[ -t 1 ] && [ -z "${NO_COLOR-}" ] && [ "${TERM:-dumb}" != dumb ]
}

# A file or folder in build/, or this folder, that cannot be written; or nothing.
unwritable() {
	if [ -d build ]; then find build ! -writable ! -type l -print -quit
	elif [ ! -w . ]; then echo .; fi
}
