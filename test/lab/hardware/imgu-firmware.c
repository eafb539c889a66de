// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Imgu-firmware: write a firmware file that the ipu3-imgu driver accepts and the emulated ImgU
 * understands: headers and tables by the driver's own definitions, and code that is none (imgu-code.h).
 *
 *	imgu-firmware FILE
 *
 * It compiles with the folder of the driver on the include path.
 */
#include <err.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <linux/types.h>

#include "imgu-code.h"

/* What the driver's headers expect of the kernel */
typedef uint8_t u8;
typedef uint16_t u16;
typedef uint64_t u64;
typedef int8_t s8;
typedef int16_t s16;
typedef int32_t s32;
#define BIT(n)             (1u << (n))
#define DIV_ROUND_UP(a, b) (((a) + (b)-1) / (b))
#undef __packed
#undef __aligned
#define __packed     __attribute__((packed))
#define __aligned(n) __attribute__((aligned(n)))
struct imgu_css;
#include "ipu3-abi.h"
#include "ipu3-css-fw.h"

#define FILE_MAX    0x10000
#define CACHE_BYTES 0x200 /* of a program, read through the instruction cache */
#define TEXT_BYTES  0x200 /* that the boot loader copies */
#define DATA_BYTES  0x100
#define DATA_TARGET 0x1000 /* in data memory */
#define BSS_TARGET  0x1400
#define BSS_BYTES   0x400

/* What real binaries take and give, in pixels */
#define INPUT_WIDTH   5120
#define INPUT_HEIGHT  3840
#define OUTPUT_WIDTH  4480
#define OUTPUT_HEIGHT 3500

static u8 file[FILE_MAX];
static u32 used;

static u32 append(const void *bytes, u32 length, u32 alignment)
{
	u32 at = (used + alignment - 1) & ~(alignment - 1);

	if (at + length > FILE_MAX)
		errx(1, "the file gets too large");
	memcpy(file + at, bytes, length);
	used = at + length;
	return at;
}

/* A program: as the cache sees it, text, data. */
static void add_program(struct imgu_fw_info *info, const char *name, struct imgu_code *code)
{
	u8 program[CACHE_BYTES + TEXT_BYTES + DATA_BYTES] = {};
	struct imgu_abi_blob_info *blob = &info->blob;

	code->magic = IMGU_CODE_MAGIC;
	memcpy(program, code, sizeof(*code));
	memcpy(program + CACHE_BYTES, code, sizeof(*code));
	info->header_size = sizeof(*info);
	blob->prog_name_offset = append(name, strlen(name) + 1, 1);
	blob->icache_source = 0;
	blob->icache_size = CACHE_BYTES;
	blob->text_source = CACHE_BYTES;
	blob->text_size = TEXT_BYTES;
	blob->data_source = CACHE_BYTES + TEXT_BYTES;
	blob->data_size = DATA_BYTES;
	blob->data_target = DATA_TARGET;
	blob->bss_target = BSS_TARGET;
	blob->bss_size = BSS_BYTES;
	blob->size = sizeof(program);
	blob->offset = append(program, sizeof(program), 64);
}

static void add_boot_loader(struct imgu_fw_info *info)
{
	struct imgu_code code = {
		.program = IMGU_PROGRAM_BOOT,
		.entry = 0x8,
		.state = 0x20,
		.commands = 0x24,
		.command_list = 0x40,
	};

	info->type = IMGU_FW_BOOTLOADER_FIRMWARE;
	info->info.bl.bl_entry = code.entry;
	info->info.bl.sw_state = code.state;
	info->info.bl.num_dma_cmds = code.commands;
	info->info.bl.dma_cmd_list = code.command_list;
	add_program(info, "lab_boot", &code);
}

static void add_scalar_processor(struct imgu_fw_info *info, int number)
{
	struct imgu_fw_sp_info *sp = &info->info.sp;
	struct imgu_code code = {
		.program = number ? IMGU_PROGRAM_SP1 : IMGU_PROGRAM_SP0,
		.entry = 0x10 + number,
		.init = 0x40,
		.per_frame = 0x80,
		.state = 0x84,
		.output = 0xa0,
		.communication = 0x100,
		.queues = 0x400,
	};

	info->type = number ? IMGU_FW_SP1_FIRMWARE : IMGU_FW_SP_FIRMWARE;
	sp->sp_entry = code.entry;
	sp->init_dmem_data = code.init;
	sp->per_frame_data = code.per_frame;
	sp->sw_state = code.state;
	sp->output = code.output;
	sp->host_sp_com = code.communication;
	sp->host_sp_queue = code.queues;
	sp->host_sp_queues_initialized = 0x88;
	sp->sleep_mode = 0x8c;
	sp->invalidate_tlb = 0x90;
	sp->isp_started = 0x94;
	_Static_assert(0x400 + sizeof(struct imgu_abi_queues) <= DATA_TARGET,
		       "queues lie over the data");
	add_program(info, number ? "lab_sp1" : "lab_sp0", &code);
}

/* Place a parameter of that size behind those before it. */
static void place(struct imgu_fw_isp_parameter *parameter, u32 size, u32 *end)
{
	parameter->offset = *end;
	parameter->size = size;
	*end += (size + 31) & ~31u;
}

/* Where the driver has to put parameters, and how much memory for each class it must provide. */
static void add_parameters(struct imgu_fw_info *info, bool video)
{
	struct imgu_abi_isp_data(*memory)[IMGU_ABI_NUM_MEMORIES] =
		info->info.isp.sp.mem_initializers.params;
	u32 *offsets = info->blob.memory_offsets.offsets;
	struct imgu_fw_param_memory_offsets param = {};
	struct imgu_fw_config_memory_offsets config = {};
	struct imgu_fw_state_memory_offsets state = {};
	u32 vmem = 0, dmem = 0, configs = 0, states = 0;

	place(&param.vmem.lin, sizeof(struct ipu3_uapi_isp_lin_vmem_params), &vmem);
	if (video)
		place(&param.vmem.tnr3, sizeof(struct ipu3_uapi_isp_tnr3_vmem_params), &vmem);
	place(&param.vmem.xnr3, sizeof(struct ipu3_uapi_isp_xnr3_vmem_params), &vmem);
	if (video)
		place(&param.dmem.tnr3, sizeof(struct ipu3_uapi_isp_tnr3_params), &dmem);
	place(&param.dmem.xnr3, sizeof(struct ipu3_uapi_isp_xnr3_params), &dmem);

	place(&config.dmem.iterator, sizeof(struct imgu_abi_isp_iterator_config), &configs);
	place(&config.dmem.dvs, sizeof(struct imgu_abi_isp_dvs_config), &configs);
	place(&config.dmem.ref, sizeof(struct imgu_abi_isp_ref_config), &configs);
	if (video)
		place(&config.dmem.tnr3, sizeof(struct imgu_abi_isp_tnr3_config), &configs);

	place(&state.dmem.ref, sizeof(struct imgu_abi_isp_ref_dmem_state), &states);
	if (video)
		place(&state.dmem.tnr3, sizeof(struct imgu_abi_isp_tnr3_dmem_state), &states);

	memory[IMGU_ABI_PARAM_CLASS_PARAM][IMGU_ABI_MEM_ISP_VMEM0].size = vmem;
	memory[IMGU_ABI_PARAM_CLASS_PARAM][IMGU_ABI_MEM_ISP_DMEM0].size = dmem;
	memory[IMGU_ABI_PARAM_CLASS_CONFIG][IMGU_ABI_MEM_ISP_DMEM0].size = configs;
	memory[IMGU_ABI_PARAM_CLASS_STATE][IMGU_ABI_MEM_ISP_DMEM0].size = states;
	offsets[IMGU_ABI_PARAM_CLASS_PARAM] = append(&param, sizeof(param), 16);
	offsets[IMGU_ABI_PARAM_CLASS_CONFIG] = append(&config, sizeof(config), 16);
	offsets[IMGU_ABI_PARAM_CLASS_STATE] = append(&state, sizeof(state), 16);
}

/* What the picture path can do: of video and still mode, the first has statistics. */
static void add_picture_program(struct imgu_fw_info *info, bool video)
{
	struct imgu_fw_binary_xinfo *isp = &info->info.isp;
	struct imgu_code code = {
		.program = video ? IMGU_PROGRAM_VIDEO : IMGU_PROGRAM_STILL,
	};

	info->type = IMGU_FW_ISP_FIRMWARE;
	/* Numbers and modes as in the real firmware */
	isp->sp.id = video ? 60 : 20;
	isp->sp.pipeline.mode = video ? 3 : 2;
	isp->sp.pipeline.isp_pipe_version = 2;
	isp->sp.input.max_width = INPUT_WIDTH;
	isp->sp.input.max_height = INPUT_HEIGHT;
	isp->sp.input.source = IMGU_ABI_BINARY_INPUT_SOURCE_MEMORY;
	isp->sp.output.min_width = 2;
	isp->sp.output.min_height = 2;
	isp->sp.output.max_width = OUTPUT_WIDTH;
	isp->sp.output.max_height = OUTPUT_HEIGHT;
	isp->sp.internal.max_width = OUTPUT_WIDTH;
	isp->sp.internal.max_height = OUTPUT_HEIGHT;
	isp->sp.iterator.num_stripes = 2;
	isp->sp.block.block_width = 1;
	isp->sp.block.block_height = 32;
	isp->sp.block.output_block_height = 32;
	isp->sp.enable.input_feeder = 1;
	isp->sp.enable.output_system = 1;
	isp->sp.enable.bds_acc = 1;
	isp->sp.enable.params = 1;
	isp->sp.enable.dvs_6axis = 1;
	isp->sp.enable.awb_acc = video;
	isp->sp.enable.awb_fr_acc = video;
	isp->sp.enable.af = video;
	isp->num_output_formats = 1;
	isp->output_formats[0] = IMGU_ABI_FRAME_FORMAT_NV12;
	isp->num_vf_formats = 1;
	isp->vf_formats[0] = IMGU_ABI_FRAME_FORMAT_NV12;
	isp->num_output_pins = 2;
	add_parameters(info, video);
	add_program(info, video ? "lab_video" : "lab_still", &code);
}

int main(int argc, char **argv)
{
	struct imgu_fw_header *header = (void *)file;
	FILE *stream;

	if (argc != 2)
		errx(2, "usage: imgu-firmware FILE");
	strcpy(header->file_header.version, "the lab's, for its emulated ImgU only");
	header->file_header.binary_nr = IMGU_PROGRAMS;
	header->file_header.h_size = sizeof(header->file_header);
	used = sizeof(*header) + IMGU_PROGRAMS * sizeof(header->binary_header[0]);
	add_boot_loader(&header->binary_header[IMGU_PROGRAM_BOOT]);
	add_scalar_processor(&header->binary_header[IMGU_PROGRAM_SP0], 0);
	add_scalar_processor(&header->binary_header[IMGU_PROGRAM_SP1], 1);
	/* The driver takes number 3 before it knows the formats. */
	add_picture_program(&header->binary_header[IMGU_PROGRAM_VIDEO], true);
	add_picture_program(&header->binary_header[IMGU_PROGRAM_STILL], false);
	stream = fopen(argv[1], "we");
	if (!stream || fwrite(file, used, 1, stream) != 1 || fclose(stream))
		err(1, "%s", argv[1]);
	return 0;
}
