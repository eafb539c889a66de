# SPDX-License-Identifier: GPL-2.0-or-later
# What a tool says with -v that it set, beside what is so, for bats files, after lab.bash:
#
#	run_tool rkisp1-capture -v …
#	as_said rkisp1
#
# shellcheck shell=bash disable=SC2154 # variables that lab.bash sets

# graph DRIVER: what media-ctl sees of its media device, in the words of the tool's -v
graph() {
	MEDIA_DRIVER=$1 media -p | awk '
		/^- entity/ {
			name = $0
			sub(/^- entity [0-9]+: /, "", name)
			sub(/ \([0-9]+ pad.*/, "", name)
		}
		/^\tpad/ { pad = $1; gsub(/[^0-9]/, "", pad) }
		match($0, /\[fmt:[^ \]]+/) {
			print name " pad " pad ": " substr($0, RSTART + 5, RLENGTH - 5)
		}
		match($0, /[^a-z.]crop:[^ \]]+/) {
			print name " pad " pad " crop: " substr($0, RSTART + 6, RLENGTH - 6)
		}
		match($0, /[^a-z.]compose:[^ \]]+/) {
			print name " pad " pad " compose: " substr($0, RSTART + 9, RLENGTH - 9)
		}
		/^\t\t-> / {
			gsub(/"/, "", $0)
			sub(/^\t\t-> /, "", $0)
			state = /ENABLED/ ? "on" : "off"
			sub(/ \[.*/, "", $0)
			print "link " name ":" pad " -> " $0 ": " state
		}'
}

# nodes FILE: the same of the video nodes that are named in it, as "NAME (/dev/videoN): …"
nodes() {
	local name node
	sed -n 's/^\(.*\) (\(\/dev\/video[0-9]*\)): .*/\1|\2/p' "$1" | while IFS='|' read -r name node; do
		v4l2-ctl -d "$node" --get-fmt-video --get-fmt-video-out 2>/dev/null |
			awk -v name="$name ($node)" '
				/Width\/Height/ { size = $3; sub("/", "x", size) }
				/Pixel Format/ { match($0, /\047.*\047/); code = substr($0, RSTART + 1, 4) }
				END { print name ": " code "/" size }'
	done
}

# as_said DRIVER...: all that the tool said it set is so. What counts is what it said last of each.
as_said() {
	local driver
	sed -n 's/^[a-z0-9]*-capture: \(.*: .*\)$/\1/p' "$stderr" |
		sed -n '/ pad [0-9]/p; /^link /p; / (\/dev\/video/s/ ([A-Z][A-Za-z0-9_]*)\//\//p' |
		awk '{ key = $0; sub(/: [^:]*$/, "", key); said[key] = $0 }
			END { for (key in said) print said[key] }' >said
	for driver; do
		graph "$driver"
	done >seen
	nodes said >>seen
	[ "$(wc -l <said)" -ge 10 ] || fail "it said only: $(cat said)" || return
	grep -vxF -f seen said >differs || return 0
	fail "said, but not so: $(cat differs)"$'\n'"seen: $(cat seen)"
}
