# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
"""The course's machinery: what `check`, `explain` and the hand-out have in common."""
