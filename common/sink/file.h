/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The file sink: frames' bytes or pictures into files, a pipe, or standard output.
 *
 * Bytes go from the mapped buffer into the file with one write(2) a frame in the loop's
 * thread; or directly to the disk, several frames at a time, once sink_prepare() has found that
 * this can be done (recording.h). Pictures, whatever may block (pipes, sockets, terminals, devices), and everything
 * under --overflow=drop go through a thread of the sink's own.
 *
 * Files are drafts until they are whole (draft.h). The program ignores SIGPIPE and SIGXFSZ,
 * so that these failures come back as -EPIPE and -EFBIG.
 */
#ifndef RAWLINE_FILE_H
#define RAWLINE_FILE_H

#include <stdbool.h>
#include <stdint.h>

#include "common/base/status.h"
#include "common/base/text.h"
#include "common/sink/sidecar.h"
#include "common/sink/sink.h"

struct log;
struct video_format;

/* How bytes of frames get into files: --io. */
enum file_io {
	FILE_IO_AUTO,     /* directly where that can be done and pays */
	FILE_IO_DIRECT,   /* past the page cache, or not at all */
	FILE_IO_BUFFERED, /* through it */
};

/* What the user asked for with --file and its friends. Strings are lent until the sink is gone. */
struct file_options {
	const char *pattern; /* see pattern.h; "-" is standard output */
	const char *role;    /* of the stream ("main"), for names and side-cars */
	bool role_in_name;   /* several streams share this pattern */
	unsigned set;        /* the number of a set of files, in their names; 0: no set */
	bool force;          /* replace files that exist */
	bool drop;           /* --overflow=drop: the driver never waits for the writer */
	unsigned quality;    /* of JPEG, 1 to 100; 0: the usual */
	bool fast_demosaic;  /* of pictures made of RAW: less good */
	bool undeveloped;    /* pictures made of RAW keep the sensor's numbers */
	bool dng_lossless;   /* samples in DNG files are compressed */
	enum file_io io;
	bool discard;         /* nothing is kept: for measuring */
	bool count_is_sure;   /* refuse to begin where there is no room for all of it */
	unsigned num_buffers; /* of the stream: so many frames can be held at most */
	uint64_t count;       /* frames that will come, 0: nobody knows */
	struct text_fraction rate; /* of the stream, for video that notes it; 0/0: unknown */
	const char *make, *model; /* of the camera, for pictures that note it; NULL: unknown */
	/* Settings in force for a frame, for side-cars and pictures. NULL: nothing is known. */
	sidecar_settings_fn *settings;
	void *settings_context;
};

/*
 * Checks everything that can be known before the first frame, makes the draft if all frames
 * go to one file, and starts the thread if one is needed. The format is copied.
 *
 * Refused: a suffix that is unknown or can't be made from this stream (-EOPNOTSUPP), files
 * that exist without force (-EEXIST), a directory that is missing, full or not writable, a
 * directory without the trailing "/" (-EISDIR), names that are too long. Each failure, and
 * each later one, is told to the log as one sentence that names the file.
 * Returns 0 or -errno; file_status() says what that means for the tool.
 */
int file_sink_create(struct log *log, const struct file_options *options,
		     const struct video_format *format, sink_done_fn *done,
		     void *done_context, struct sink **sink);

/*
 * Waits until all that was given is on the disk, for measuring: no frame is under way. Returns 0
 * or -errno.
 */
int file_sink_sync(struct sink *sink);

/*
 * The exit status for a failure of file_sink_create(): STATUS_CONFIGURATION for what no file
 * system could help, else STATUS_OUTPUT.
 */
enum status file_status(int error);

/*
 * True if both could write to one name: two --file options that meet. Checked by the caller
 * for each pair, because the second of two files would fail only at the end.
 */
bool file_sinks_meet(const struct sink *one, const struct sink *other);

/* How frames get into the files of a pattern, by its suffix. */
enum file_fit {
	FILE_FIT_AS_IT_IS,
	FILE_FIT_CONVERTED,
	FILE_FIT_NONE, /* they don't */
};

/*
 * For choosing a format before the file is opened, which may still refuse it. A suffix that
 * says nothing takes all.
 */
enum file_fit file_fit(const char *pattern, uint32_t fourcc);

/* Which options have an effect on frames that go into files of a pattern; or-ed together. */
enum {
	FILE_HAS_QUALITY = 1,
	FILE_IS_DEVELOPED = 2, /* if colours are known */
	FILE_IS_DEMOSAICED = 4,
};
unsigned file_effects(const char *pattern, uint32_t fourcc);

/* True if frames written to this pattern go to standard output, so that reports must not. */
bool file_is_stdout(const char *pattern);

#endif
