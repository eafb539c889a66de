// SPDX-License-Identifier: GPL-2.0-or-later
/* The block of the probe and commit controls. */
#include "test/lab/uvc/negotiate.h"

#include <stdlib.h>
#include <string.h>

#include "test/lab/uvc/wire.h"

/* Places in the block: USB Video Class 1.5, table 4-75. */
enum {
	AT_HINT = 0,
	AT_FORMAT = 2,
	AT_SIZE = 3,
	AT_INTERVAL = 4,
	AT_FRAME_BYTES = 18,
	AT_PAYLOAD = 22,
	AT_CLOCK = 26,
	AT_FRAMING = 30,
	AT_VERSIONS = 31,
};

enum { HINT_INTERVAL = 1, FRAMING_FID_EOF = 3, CLOCK_HZ = 1000000 };
enum { MICROFRAMES = 8000, FRAMES = 1000, COMPRESSION = 8 };

size_t negotiate_bytes(const struct profile *profile)
{
	if (profile->version < 0x0110)
		return 26;
	return profile->version < 0x0150 ? 34 : 48;
}

static const struct profile_format *find_format(const struct profile_stream *stream,
						uint8_t index)
{
	for (unsigned i = 0; i < stream->format_count; i++)
		if (stream->formats[i].index == index)
			return &stream->formats[i];
	return &stream->formats[0];
}

static const struct profile_size *find_size(const struct profile_format *format, uint8_t index)
{
	for (unsigned i = 0; i < format->size_count; i++)
		if (format->sizes[i].index == index)
			return &format->sizes[i];
	return &format->sizes[0];
}

static uint32_t nearest_step(const struct profile_size *size, uint32_t wanted)
{
	uint32_t low = size->intervals[0], high = size->intervals[1],
		 step = size->intervals[2];

	if (wanted <= low)
		return low;
	if (wanted >= high)
		return high;
	return step ? low + (wanted - low + step / 2) / step * step : wanted;
}

static uint32_t nearest_interval(const struct profile_size *size, uint32_t wanted)
{
	uint32_t best = size->intervals[0];

	/* Not said: the default, which is the first. */
	if (!wanted || !size->interval_count)
		return best ? best : 333333;
	if (size->stepwise)
		return nearest_step(size, wanted);
	for (unsigned i = 1; i < size->interval_count; i++)
		if (llabs((long long)size->intervals[i] - wanted) <
		    llabs((long long)best - wanted))
			best = size->intervals[i];
	return best;
}

static uint32_t altsetting_bytes(uint16_t packet)
{
	return (packet & 0x7ff) * (1 + (packet >> 11 & 3));
}

/* The smallest altsetting that carries so much each second, else the largest there is. */
static uint32_t iso_payload(const struct profile *profile,
			    const struct profile_stream *stream, uint64_t bytes_per_second)
{
	unsigned packets = profile->speed == SPEED_FULL ? FRAMES : MICROFRAMES;
	uint64_t need = bytes_per_second / packets + 1 + profile->header_bytes;
	uint32_t best = 0;

	for (unsigned i = 0; i < stream->altsetting_count; i++) {
		uint32_t bytes = altsetting_bytes(stream->altsettings[i]);

		if (best < need ? bytes > best : bytes >= need && bytes < best)
			best = bytes;
	}
	return best;
}

static uint32_t payload_bytes(const struct profile *profile,
			      const struct profile_stream *stream,
			      const struct kind *kind, size_t frame, uint32_t interval)
{
	uint32_t whole = (uint32_t)frame + profile->jpeg.padding + profile->header_bytes;

	if (profile->isochronous && stream->payload)
		return stream->payload;
	if (profile->isochronous)
		return iso_payload(profile, stream,
				   (kind_compressed(kind) ? frame / COMPRESSION : frame) *
					   10000000ull / interval);
	return stream->payload && stream->payload < whole ? stream->payload : whole;
}

void negotiate(const struct profile *profile, unsigned stream, uint8_t *block)
{
	const struct profile_stream *interface = &profile->streams[stream];
	const struct profile_format *format = find_format(interface, block[AT_FORMAT]);
	const struct profile_size *size = find_size(format, block[AT_SIZE]);
	uint32_t interval = nearest_interval(size, get_le32(block + AT_INTERVAL));
	size_t bytes = kind_frame_bytes(format->kind, size->width, size->height);

	memset(block, 0, NEGOTIATE_BYTES);
	block[AT_HINT] = HINT_INTERVAL;
	block[AT_FORMAT] = format->index;
	block[AT_SIZE] = size->index;
	put_le32(block + AT_INTERVAL, interval);
	put_le32(block + AT_FRAME_BYTES,
		 size->claims_bytes ? size->claimed_bytes : (uint32_t)bytes);
	put_le32(block + AT_PAYLOAD,
		 payload_bytes(profile, interface, format->kind, bytes, interval));
	put_le32(block + AT_CLOCK, CLOCK_HZ);
	block[AT_FRAMING] = FRAMING_FID_EOF;
	memset(block + AT_VERSIONS, 1, 3);
}

struct negotiated negotiate_result(const struct profile *profile, unsigned stream,
				   const uint8_t *block)
{
	const struct profile_stream *interface = &profile->streams[stream];
	struct negotiated result = { .interval = get_le32(block + AT_INTERVAL),
				     .payload = get_le32(block + AT_PAYLOAD) };

	result.format = find_format(interface, block[AT_FORMAT]);
	result.size = find_size(result.format, block[AT_SIZE]);
	return result;
}
