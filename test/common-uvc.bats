# SPDX-License-Identifier: GPL-2.0-or-later
# lab: uvc vim2m
# shellcheck disable=SC2154 # variables that lab.bash and uvc.bash set
# Frame memory of USB cameras: given to others by descriptor, and taken from them.

bats_require_minimum_version 1.5.0
load lab/lab
load lab/uvc
load ctest/ctest

# exports CASE: of the test program, with a camera
exports() {
	uvc_plug formats
	UVC_NODE=$uvc_node UVC_COMMANDS=$BATS_TEST_TMPDIR/.uvc-0/commands ctest uvc_export "$1"
	dmesg_clean
}

@test "export: another process maps each frame, also when the camera is gone" {
	exports other-process
	uvc_pull
	equal "$(dma_buffers)" 0
}

@test "export: a frame can be mapped when the camera is gone" {
	exports unplugged
}

@test "export: another driver takes the frames" {
	exports other-driver
	equal "$(dma_buffers)" 0
}

@test "import: frames in memory of ours are those that were sent" {
	local memory
	uvc_plug default
	for memory in udmabuf heap:system heap; do
		run_tool uvc-capture --json --memory="$memory" -s 640x480:YUYV -c 12 -F a.raw --force
		equal "$(jq -r 'select(.record == "start") | .streams[0].memory' "$stdout" | cut -d: -f1)" \
			"${memory%%:*}"
		uvc_check a.raw
		equal "$(uvc_sum frames)" 12
		run_tool uvc-capture -q --memory="$memory" -s 640x480:MJPG -c 12 -F a.mjpeg --force
		uvc_check a.mjpeg
	done
	equal "$(dma_buffers)" 0
	dmesg_clean
}
