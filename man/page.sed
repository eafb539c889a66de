# SPDX-License-Identifier: GPL-2.0-or-later
# Makes TOOL.1 from TOOL.1.in: puts shared options where the page wants them.
/^\.\\" @OPTIONS@$/ {
	r man/options.inc
	d
}
/^\.\\" @OPTIONS-3A@$/ {
	r man/options-3a.inc
	d
}
