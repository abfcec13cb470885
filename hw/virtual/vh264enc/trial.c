// SPDX-License-Identifier: GPL-2.0
/*
 * trial.c - the encoder without a kernel, for tests: raw pictures in, an H.264 byte stream out.
 *
 *   trial FOURCC WIDTH HEIGHT FPS BITRATE KEY_EVERY <raw >h264
 *   trial ... decoded 3>tiles      what a decoder must show, as I420, on descriptor 3
 *
 * Lines are packed without padding.
 */
#include <stdio.h>
#include <unistd.h>
#include "encoder.h"

static const struct raw_format *find(const char *name)
{
	u32 i;

	for (i = 0; i < raw_formats_count; i++)
		if (strlen(name) == 4 && !memcmp(&raw_formats[i].fourcc, name, 4))
			return &raw_formats[i];
	return NULL;
}

/* Writes a mosaic as the pixels it stands for. */
static void write_plane(FILE *to, const struct encoder *e, int part)
{
	u32 width = part ? e->width / 2 : e->width, height = part ? e->height / 2 : e->height, side = part ? 8 : 16, x, y;

	for (y = 0; y < height; y++)
		for (x = 0; x < width; x++) {
			const struct tile *tile = &e->tiles[1][y / side * e->canvas.across + x / side];
			u32 i = x % side / 4, j = y % side / 4;

			putc(part ? tile->c[part - 1][2 * j + i] : tile->y[4 * j + i], to);
		}
}

int main(int argc, char **argv)
{
	const struct raw_format *format = argc >= 7 ? find(argv[1]) : NULL;
	struct encoder e = { .profile_idc = 66, .constraints = 0xc0, .level_idc = 40 };
	FILE *decoded = argc == 8 ? fdopen(3, "wb") : NULL;
	struct order order = { 0 };
	u32 key_every, count, size, space = 4 << 20;
	u8 *raw, *out = malloc(space);

	if (!format || !out || (argc == 8 && !decoded)) {
		fprintf(stderr, "usage: trial FOURCC WIDTH HEIGHT FPS BITRATE KEY_EVERY [decoded 3>FILE] <RAW >H264\n");
		return 2;
	}
	e.width = atoi(argv[2]);
	e.height = atoi(argv[3]);
	e.rate_num = atoi(argv[4]);
	e.rate_den = 1;
	order.format = format;
	order.bitrate = atoi(argv[5]);
	key_every = atoi(argv[6]);
	order.min_qp = 20;
	order.max_qp = 51;
	order.stride = e.width * format->bits / 8;
	order.lines = e.height;
	order.ns = 1000000000u / e.rate_num;
	size = raw_size(format, order.stride, e.height);
	raw = malloc(size);
	order.raw = raw;
	encoder_begin(&e, calloc(3 * encoder_tiles(&e), sizeof(struct tile)), 20, 51);
	for (count = 0; fread(raw, 1, size, stdin) == size; count++) {
		struct outcome outcome;

		order.key = count % key_every == 0;
		order.headers = order.key;
		outcome = encoder_picture(&e, &order, out, space);
		if (!outcome.bytes || fwrite(out, 1, outcome.bytes, stdout) != outcome.bytes)
			return 1;
		if (decoded) {
			write_plane(decoded, &e, 0);
			write_plane(decoded, &e, 1);
			write_plane(decoded, &e, 2);
		}
		if (outcome.left_out)
			fprintf(stderr, "%u left out\n", count);
	}
	return decoded && fclose(decoded) ? 1 : 0;
}
