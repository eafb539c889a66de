# SPDX-License-Identifier: GPL-2.0-or-later
# libcommon.a.  One folder a floor, from the lowest to the highest: a file includes
# only from its own floor and from those before it in this list (`make lint` checks that).
common_FLOORS := base buffer device stream image ipa sink tool

common_base := clock format json log status sys text

common_buffer := buffer index memory queue

common_device := control control_apply control_assign control_check control_file \
	control_parse control_plan control_print control_query control_unit \
	control_value control_watch discover holder \
	kernel media pipeline rectangle sensor subdev upstream video

common_stream := account companion pool relay request stream

common_image := demosaic demosaic_plain develop dng exif image jpeg kernels kernels_avx2 \
	kernels_neon kernels_sse ljpeg mjpeg picture png ppm preview raster rgb stamp tiff unpack \
	unpack_plain y4m yuv

common_ipa := color curve delays exposure history sensor tuning tuning_file tuning_keys \
	tuning_table white_balance zones

common_sink := direct display draft ffmpeg file frame_copy kind kms kms_find kms_object \
	kms_place kms_plane notes pattern preroll preroll_memory raw recorder recording ring \
	series sidecar sink space store target tee video_out video_out_node video_out_open worker

common_tool := algorithms bench_disk camera capture doctor doctor_driver doctor_graph doctor_memory \
	doctor_node doctor_print doctor_sensor explain flow info lane limits loop open option \
	option_check option_take outlet pairing processor report report_channel report_progress \
	report_record reserve run sensor_plan setup tool trigger

common_SRCS := $(foreach floor,$(common_FLOORS),$(common_$(floor):%=common/$(floor)/%.c))

# The file that prints the version (-DRAWLINE_VERSION).
version_SRCS := common/tool/option.c
