// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Rkstats: a line for each buffer of statistics in a file that the stats node of rkisp1 gave.
 *
 *	rkstats FILE
 */
#include <err.h>
#include <stdio.h>

#include <linux/rkisp1-config.h>

static void show(const struct rkisp1_stat_buffer *stats)
{
	const struct rkisp1_cif_isp_awb_meas *white = &stats->params.awb.awb_mean[0];

	printf("types %u white %u %u %u %u cells", stats->meas_type, white->cnt,
	       white->mean_y_or_g, white->mean_cb_or_b, white->mean_cr_or_r);
	for (int i = 0; i < 25; i++)
		printf(" %u", stats->params.ae.exp_mean[i]);
	printf(" bins");
	for (int i = 0; i < 16; i++)
		printf(" %u", stats->params.hist.hist_bins[i]);
	printf(" sharp %u %u\n", stats->params.af.window[0].sum,
	       stats->params.af.window[0].lum);
}

int main(int argc, char **argv)
{
	struct rkisp1_stat_buffer stats;
	FILE *stream;

	if (argc != 2)
		errx(2, "usage: rkstats FILE");
	stream = fopen(argv[1], "re");
	if (!stream)
		err(2, "%s", argv[1]);
	while (fread(&stats, sizeof(stats), 1, stream) == 1)
		show(&stats);
	fclose(stream);
	return 0;
}
