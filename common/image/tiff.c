// SPDX-License-Identifier: GPL-2.0-or-later
/* A TIFF file in memory, by libtiff: directories of tags, and strips of pixels. */
#include "common/image/tiff.h"

#ifdef HAVE_LIBTIFF

#include <dlfcn.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <tiffio.h>

struct tiff {
	/* Opened when it is needed, not linked: it brings the C++ library along. */
	void *library;
	__typeof__(&TIFFClientOpen) open;
	__typeof__(&TIFFCleanup) cleanup;
	__typeof__(&TIFFSetField) set;
	__typeof__(&TIFFFieldWithTag) find;
	__typeof__(&TIFFFieldPassCount) passes_count;
	__typeof__(&TIFFWriteRawStrip) write_strip;
	__typeof__(&TIFFWriteDirectory) write_directory;
	__typeof__(&TIFFFreeDirectory) free_directory;
	__typeof__(&TIFFCreateDirectory) create_directory;
	__typeof__(&TIFFCreateEXIFDirectory) create_exif;
	__typeof__(&TIFFWriteCustomDirectory) write_exif;

	TIFF *file; /* NULL: there was no memory to begin one */
	int error;  /* the first of this file */
	/* What libtiff takes for its file has a gap, which is not in memory. */
	uint64_t at, end;
	uint64_t gap_start; /* UINT64_MAX: none yet */
	uint64_t gap_bytes;
	size_t size;
	uint8_t memory[];
};

/* ---- the file that libtiff sees ---- */

/* Pixels that are not here: libtiff hands on their address, and looks at none of them. */
static char left_out;

/* Where the next so many bytes are in memory; NULL if they are not. */
static uint8_t *find_memory(struct tiff *tiff, uint64_t count, uint64_t end)
{
	uint64_t gap_end = tiff->gap_start + tiff->gap_bytes, from = tiff->at;

	if (from > end || count > end - from)
		return NULL;
	if (from >= tiff->gap_start && from < gap_end)
		return NULL;
	return tiff->memory + (from < tiff->gap_start ? from : from - tiff->gap_bytes);
}

static tmsize_t read_bytes(thandle_t handle, void *data, tmsize_t count)
{
	struct tiff *tiff = handle;
	const uint8_t *memory = find_memory(tiff, (uint64_t)count, tiff->end);

	if (!memory)
		return -1;
	memcpy(data, memory, (size_t)count);
	tiff->at += (uint64_t)count;
	return count;
}

static tmsize_t write_bytes(thandle_t handle, void *data, tmsize_t count)
{
	struct tiff *tiff = handle;
	uint8_t *memory;

	if (data == &left_out) {
		tiff->gap_start = tiff->at;
		tiff->gap_bytes = (uint64_t)count;
	} else {
		memory = find_memory(tiff, (uint64_t)count, tiff->size + tiff->gap_bytes);
		if (!memory)
			return -1;
		memcpy(memory, data, (size_t)count);
	}
	tiff->at += (uint64_t)count;
	if (tiff->end < tiff->at)
		tiff->end = tiff->at;
	return count;
}

/* The next one to be added begins where words of any size may. */
static void align_end(struct tiff *tiff)
{
	uint64_t stored;

	for (; tiff->end % 4; tiff->end++) {
		stored = tiff->end - (tiff->end > tiff->gap_start ? tiff->gap_bytes : 0);
		if (stored < tiff->size)
			tiff->memory[stored] = 0;
	}
}

static toff_t seek(thandle_t handle, toff_t offset, int whence)
{
	struct tiff *tiff = handle;

	switch (whence) {
	case SEEK_SET:
		tiff->at = offset;
		break;
	case SEEK_CUR:
		tiff->at += offset;
		break;
	case SEEK_END:
		align_end(tiff);
		tiff->at = tiff->end + offset;
		break;
	}
	return tiff->at;
}

static toff_t get_size(thandle_t handle)
{
	return ((struct tiff *)handle)->end;
}

static int close_file(thandle_t handle)
{
	return 0;
}

/* ---- the library ---- */

static int find_symbols(struct tiff *tiff)
{
	__typeof__(&TIFFSetErrorHandler) set_handler[2];
	const struct {
		const char *name;
		void *where;
	} wanted[] = {
		{ "TIFFClientOpen", &tiff->open },
		{ "TIFFCleanup", &tiff->cleanup },
		{ "TIFFSetField", &tiff->set },
		{ "TIFFFieldWithTag", &tiff->find },
		{ "TIFFFieldPassCount", &tiff->passes_count },
		{ "TIFFWriteRawStrip", &tiff->write_strip },
		{ "TIFFWriteDirectory", &tiff->write_directory },
		{ "TIFFFreeDirectory", &tiff->free_directory },
		{ "TIFFCreateDirectory", &tiff->create_directory },
		{ "TIFFCreateEXIFDirectory", &tiff->create_exif },
		{ "TIFFWriteCustomDirectory", &tiff->write_exif },
		{ "TIFFSetErrorHandler", &set_handler[0] },
		{ "TIFFSetWarningHandler", &set_handler[1] },
	};
	void *symbol;

	for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++) {
		symbol = dlsym(tiff->library, wanted[i].name);
		if (!symbol)
			return -ENOPKG;
		memcpy(wanted[i].where, &symbol, sizeof(symbol));
	}
	/* It would talk on standard error. */
	set_handler[0](NULL);
	set_handler[1](NULL);
	return 0;
}

int tiff_create(size_t most_bytes, struct tiff **tiff)
{
	struct tiff *created = calloc(1, sizeof(*created) + most_bytes);
	int ret;

	if (!created)
		return -ENOMEM;
	created->size = most_bytes;
	created->library = dlopen(LIBTIFF_SONAME, RTLD_LAZY | RTLD_LOCAL);
	ret = created->library ? find_symbols(created) : -ENOPKG;
	if (ret < 0) {
		tiff_destroy(created);
		return ret;
	}
	*tiff = created;
	return 0;
}

void tiff_destroy(struct tiff *tiff)
{
	if (!tiff)
		return;
	if (tiff->file)
		tiff->cleanup(tiff->file);
	if (tiff->library)
		dlclose(tiff->library);
	free(tiff);
}

/* ---- a file ---- */

void tiff_begin(struct tiff *tiff)
{
	if (tiff->file)
		tiff->cleanup(tiff->file);
	tiff->at = tiff->end = 0;
	tiff->gap_start = UINT64_MAX;
	tiff->gap_bytes = 0;
	tiff->error = 0;
	errno = 0;
	tiff->file = tiff->open("memory", "wl", tiff, read_bytes, write_bytes, seek,
				close_file, get_size, NULL, NULL);
}

/* libtiff does not say why; malloc() does. */
static void note(struct tiff *tiff, bool is_done)
{
	if (!is_done && !tiff->error)
		tiff->error = errno == ENOMEM ? -ENOMEM : -EIO;
}

void tiff_text(struct tiff *tiff, uint32_t tag, const char *text)
{
	if (tiff->file && text)
		note(tiff, tiff->set(tiff->file, tag, text));
}

void tiff_number(struct tiff *tiff, uint32_t tag, uint32_t number)
{
	if (tiff->file)
		note(tiff, tiff->set(tiff->file, tag, number));
}

void tiff_real(struct tiff *tiff, uint32_t tag, double number)
{
	if (tiff->file)
		note(tiff, tiff->set(tiff->file, tag, number));
}

/* Whether libtiff wants to be told how many there are differs from one version to another. */
static void set_array(struct tiff *tiff, uint32_t tag, const void *array, size_t count)
{
	const TIFFField *field = tiff->file ? tiff->find(tiff->file, tag) : NULL;

	if (!field)
		note(tiff, false);
	else if (tiff->passes_count(field))
		note(tiff, tiff->set(tiff->file, tag, (int)count, array));
	else
		note(tiff, tiff->set(tiff->file, tag, array));
}

void tiff_bytes(struct tiff *tiff, uint32_t tag, const void *bytes, size_t count)
{
	set_array(tiff, tag, bytes, count);
}

void tiff_shorts(struct tiff *tiff, uint32_t tag, const uint16_t *numbers, size_t count)
{
	set_array(tiff, tag, numbers, count);
}

void tiff_longs(struct tiff *tiff, uint32_t tag, const uint32_t *numbers, size_t count)
{
	set_array(tiff, tag, numbers, count);
}

void tiff_reals(struct tiff *tiff, uint32_t tag, const float *numbers, size_t count)
{
	set_array(tiff, tag, numbers, count);
}

void tiff_strip(struct tiff *tiff, const void *pixels, size_t bytes)
{
	/* libtiff only lacks the const. */
	void *from = pixels ? (void *)(uintptr_t)pixels : &left_out;

	if (tiff->file)
		note(tiff, tiff->write_strip(tiff->file, 0, from, (tmsize_t)bytes) ==
				   (tmsize_t)bytes);
}

void tiff_begin_exif(struct tiff *tiff)
{
	if (tiff->file)
		note(tiff, !tiff->create_exif(tiff->file));
}

void tiff_end_exif(struct tiff *tiff)
{
	uint64_t offset = 0;

	if (!tiff->file)
		return;
	note(tiff, tiff->write_exif(tiff->file, &offset));
	/* It does not do so by itself, as it does behind a directory of pixels. */
	tiff->free_directory(tiff->file);
	note(tiff, !tiff->create_directory(tiff->file));
	note(tiff, tiff->set(tiff->file, TIFFTAG_EXIFIFD, offset));
}

void tiff_expect_sub_directory(struct tiff *tiff)
{
	uint64_t offset = 0; /* libtiff puts it there, when that directory is written */

	set_array(tiff, TIFFTAG_SUBIFD, &offset, 1);
}

void tiff_end_directory(struct tiff *tiff)
{
	if (tiff->file)
		note(tiff, tiff->write_directory(tiff->file));
}

static uint32_t get_word(const uint8_t *bytes, unsigned size)
{
	uint32_t word = 0;

	while (size--)
		word = word << 8 | bytes[size];
	return word;
}

/*
 * DNG and EXIF allow LONG as the type of a directory's place, which all readers know (ffmpeg no
 * other), where libtiff writes IFD.
 */
static void settle_types(struct tiff *tiff)
{
	uint32_t at = get_word(tiff->memory + 4, 4);
	uint8_t *entry = tiff->memory + at + 2;

	if (tiff->error || at + 2 > tiff->gap_start)
		return;
	for (uint32_t count = get_word(tiff->memory + at, 2); count; count--, entry += 12)
		if (get_word(entry + 2, 2) == TIFF_IFD)
			entry[2] = TIFF_LONG;
}

int tiff_end(struct tiff *tiff, struct tiff_part parts[static 2])
{
	uint64_t start = tiff->gap_start < tiff->end ? tiff->gap_start : tiff->end;
	uint64_t behind = tiff->end - start - tiff->gap_bytes;

	if (!tiff->file)
		return -ENOMEM;
	tiff->cleanup(tiff->file);
	tiff->file = NULL;
	settle_types(tiff);
	parts[0] = (struct tiff_part){ tiff->memory, start };
	parts[1] = (struct tiff_part){ tiff->memory + start, behind };
	return tiff->error;
}

#endif
