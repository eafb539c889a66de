# SPDX-License-Identifier: GPL-2.0-or-later
# What --doctor finds, for bats files, after lab.bash. The array $doctor is the command:
#
#	doctor=(vimc-capture --doctor)
#	ill 3 driver-not-loaded 'installed, but not loaded' 'modprobe vimc'
#	remedy
#	healthy
#
# shellcheck shell=bash disable=SC2034,SC2154 # variables for tests, and those of lab.bash

# examined STATUS: findings are in the file "findings", one a line: severity, code, cause, remedy, with
# tabs between them
examined() {
	run_tool "-$1" "${doctor[@]}" --json || return
	[ ! -s "$stderr" ] || fail "on standard error: $(cat "$stderr")" || return
	jq -r 'select(.record == "finding") | [.severity, .code, .cause, .remedy] | join("\t")' \
		"$stdout" >findings || return
	jq -es --argjson status "$1" '.[-1] | .record == "end" and .status == $status' "$stdout" >/dev/null ||
		fail "the end is $(tail -n 1 "$stdout")" || return
	faults=$(grep -c ^fault findings) warnings=$(grep -c ^warning findings)
	jq -es --argjson faults "$faults" --argjson warnings "$warnings" \
		'.[-1] | .faults == $faults and .warnings == $warnings' "$stdout" >/dev/null ||
		fail "the end is $(tail -n 1 "$stdout")"
}

# as_text STATUS: the text says the same as JSON did last
as_text() {
	run_tool "-$1" "${doctor[@]}" || return
	matches "$stdout" "^$faults faults?, $warnings warnings?\$" || return
	grep '; remedy: ' "$stdout" | sed 's/^\([a-z]*\): .*; remedy: /\1\t/' >lines
	cut -f 1,4 findings | diff - lines || fail "text and JSON differ"
}

# finding SEVERITY CODE CAUSE REMEDY: there is one, with this in its cause, and this expression in its
# remedy; $remedy is that
finding() {
	local severity code cause
	while IFS=$'\t' read -r severity code cause remedy; do
		if [ "$severity $code" = "$1 $2" ] && [[ $cause == *"$3"* ]]; then
			[[ $remedy =~ $4 ]] || fail "the remedy is '$remedy', wanted '$4'"
			return
		fi
	done <findings
	fail "no $1 $2 with '$3' in: $(cat findings)"
}

# ill STATUS CODE CAUSE REMEDY: exactly one fault, this one, and a capture would end with the status
ill() {
	examined "$1" || return
	equal "$faults" 1 faults || fail "$(cat findings)" || return
	finding fault "$2" "$3" "$4"
}

# ailing CODE CAUSE REMEDY: no fault, and this warning once
ailing() {
	examined 0 || return
	equal "$faults" 0 faults || fail "$(cat findings)" || return
	finding warning "$@"
}

# healthy: no fault; there may be warnings
healthy() {
	examined 0 || return
	equal "$faults" 0 faults
}

# remedy [EXPRESSION...]: carry out $remedy, a command, once sed has taken away what is for people
remedy() {
	local command
	command=$(sed -e 's/ (.*)$//' -e 's/.*; by hand: //' "${@/#/-e}" <<<"$remedy")
	echo "remedy: $command"
	bash -ec "$command"
}
