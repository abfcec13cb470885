// SPDX-License-Identifier: GPL-2.0
/*
 * mosaic.c - makes the small picture out of each raw format the encoder takes.
 *
 * Planes are summed block by block; at the right and lower edge the last pixels stand for those that are missing.
 */
#ifdef __KERNEL__
#include <linux/videodev2.h>
#else
#include <linux/videodev2.h>
#define min(a, b) ((a) < (b) ? (a) : (b))
#endif
#include "mosaic.h"

/* What a Raspberry Pi's encoder takes, with its alignments, but for RGB565 and its own tiled NV12. */
const struct raw_format raw_formats[] = {
	{ V4L2_PIX_FMT_YUV420, LAYOUT_PLANAR, 64, 8, { 0, 1, 2 } },
	{ V4L2_PIX_FMT_YVU420, LAYOUT_PLANAR, 64, 8, { 0, 2, 1 } },
	{ V4L2_PIX_FMT_NV12, LAYOUT_PAIRED, 32, 8, { 0, 0, 1 } },
	{ V4L2_PIX_FMT_NV21, LAYOUT_PAIRED, 32, 8, { 0, 1, 0 } },
	{ V4L2_PIX_FMT_YUYV, LAYOUT_PACKED, 64, 16, { 0, 1, 3 } },
	{ V4L2_PIX_FMT_UYVY, LAYOUT_PACKED, 64, 16, { 1, 0, 2 } },
	{ V4L2_PIX_FMT_YVYU, LAYOUT_PACKED, 64, 16, { 0, 3, 1 } },
	{ V4L2_PIX_FMT_VYUY, LAYOUT_PACKED, 64, 16, { 1, 2, 0 } },
	{ V4L2_PIX_FMT_RGB24, LAYOUT_RGB, 32, 24, { 0, 1, 2 } },
	{ V4L2_PIX_FMT_BGR24, LAYOUT_RGB, 32, 24, { 2, 1, 0 } },
	{ V4L2_PIX_FMT_BGR32, LAYOUT_RGB, 64, 32, { 2, 1, 0 } },
	{ V4L2_PIX_FMT_RGBA32, LAYOUT_RGB, 64, 32, { 0, 1, 2 } },
};
const u32 raw_formats_count = ARRAY_SIZE(raw_formats);

/* One sample of every `step` bytes, `stride` bytes to the next line. */
struct plane {
	const u8 *bytes;
	u32 stride;
	u32 step;
	u32 width;
	u32 height;
};

/* The mean of up to w x h samples at x, y; beyond the edge, the block at the edge. */
static u8 mean(const struct plane *plane, u32 x, u32 y, u32 w, u32 h)
{
	u32 sum = 0, i, j;

	x = x < plane->width ? x : plane->width - 1;
	y = y < plane->height ? y : plane->height - 1;
	w = min(w, plane->width - x);
	h = min(h, plane->height - y);
	for (j = 0; j < h; j++) {
		const u8 *line = plane->bytes + (size_t)(y + j) * plane->stride + x * plane->step;

		for (i = 0; i < w; i++)
			sum += line[i * plane->step];
	}
	return (sum + w * h / 2) / (w * h);
}

/* The 16 luma values of the tile at x, y. */
static void tile_luma(u8 *to, const struct plane *plane, u32 x, u32 y)
{
	u32 i;

	for (i = 0; i < 16; i++)
		to[i] = mean(plane, x + i % 4 * 4, y + i / 4 * 4, 4, 4);
}

static void tile_chroma(u8 *to, const struct plane *plane, u32 x, u32 y, u32 w, u32 h)
{
	u32 i;

	for (i = 0; i < 4; i++)
		to[i] = mean(plane, x + i % 2 * w, y + i / 2 * h, w, h);
}

static u8 limit(s32 v)
{
	return clamp(v, 0, 255);
}

/* BT.601 in the studio range, in 1/256. */
static void tile_rgb(struct tile *tile, const struct plane *rgb, u32 x, u32 y)
{
	s32 cb[4] = { 0 }, cr[4] = { 0 };
	u32 i;

	for (i = 0; i < 16; i++) {
		s32 r = mean(&rgb[0], x + i % 4 * 4, y + i / 4 * 4, 4, 4);
		s32 g = mean(&rgb[1], x + i % 4 * 4, y + i / 4 * 4, 4, 4);
		s32 b = mean(&rgb[2], x + i % 4 * 4, y + i / 4 * 4, 4, 4);
		u32 part = i / 8 * 2 + i % 4 / 2;

		tile->y[i] = limit((66 * r + 129 * g + 25 * b + 128) / 256 + 16);
		cb[part] += -38 * r - 74 * g + 112 * b;
		cr[part] += 112 * r - 94 * g - 18 * b;
	}
	for (i = 0; i < 4; i++) {
		tile->c[0][i] = limit((cb[i] + 128 * 1024 + 512) / 1024);
		tile->c[1][i] = limit((cr[i] + 128 * 1024 + 512) / 1024);
	}
}

static void planes_of(struct plane plane[3], const struct raw_format *format, const u8 *raw, u32 stride, u32 lines, u32 width,
		      u32 height)
{
	const u8 *chroma = raw + (size_t)stride * lines;
	u32 i;

	for (i = 0; i < 3; i++) {
		struct plane *p = &plane[i];
		bool luma = i == 0;

		*p = (struct plane){ raw + format->at[i], stride, format->bits / 8, width, height };
		switch (format->layout) {
		case LAYOUT_PLANAR:
			if (luma)
				break;
			p->bytes = chroma + (format->at[i] == 2 ? (size_t)stride / 2 * (lines / 2) : 0);
			p->stride = stride / 2;
			p->width = width / 2;
			p->height = height / 2;
			break;
		case LAYOUT_PAIRED:
			if (luma)
				break;
			p->bytes = chroma + format->at[i];
			p->step = 2;
			p->width = width / 2;
			p->height = height / 2;
			break;
		case LAYOUT_PACKED:
			if (luma)
				break;
			p->step = 4;
			p->width = width / 2;
			break;
		case LAYOUT_RGB:
			break;
		}
	}
}

/*
 * mosaic_of - makes a small picture: one tile for each macroblock, in raster order.
 * @lines: how many lines the buffer has; @width, @height: how much of it is the picture (even numbers)
 */
void mosaic_of(struct tile *tiles, const struct raw_format *format, const u8 *raw, u32 stride, u32 lines, u32 width, u32 height)
{
	struct plane plane[3];
	u32 x, y, i;

	planes_of(plane, format, raw, stride, lines, width, height);
	for (y = 0; y < height; y += 16)
		for (x = 0; x < width; x += 16, tiles++) {
			if (format->layout == LAYOUT_RGB) {
				tile_rgb(tiles, plane, x, y);
				continue;
			}
			tile_luma(tiles->y, &plane[0], x, y);
			for (i = 0; i < 2; i++) {
				bool packed = format->layout == LAYOUT_PACKED;

				tile_chroma(tiles->c[i], &plane[i + 1], x / 2, packed ? y : y / 2, 4, packed ? 8 : 4);
			}
		}
}
