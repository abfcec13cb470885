/* SPDX-License-Identifier: GPL-2.0 */
/*
 * mosaic.h - a picture made small: one value for each 4x4 block of luma and for each 4x4 block of chroma.
 *
 * This is all the encoder looks at. Per macroblock (16x16) that is 16 values of luma and 4 of each chroma part, kept together.
 */
#ifndef VH264_MOSAIC_H
#define VH264_MOSAIC_H

#include "bits.h"

/* One macroblock: raster order within. */
struct tile {
	u8 y[16];
	u8 c[2][4];	/* Cb, Cr */
};

enum layout {
	LAYOUT_PLANAR,	/* Y, then one plane for each chroma part, at half the stride */
	LAYOUT_PAIRED,	/* Y, then one plane of chroma pairs */
	LAYOUT_PACKED,	/* four bytes for two pixels */
	LAYOUT_RGB,	/* each pixel by itself */
};

/* Where the parts of a raw format lie. */
struct raw_format {
	u32 fourcc;
	enum layout layout;
	u32 align;	/* of a line, in bytes */
	u32 bits;	/* of a pixel in the first plane */
	u8 at[3];	/* Y, Cb, Cr within a group (planar: which plane), or R, G, B within a pixel */
};

extern const struct raw_format raw_formats[];
extern const u32 raw_formats_count;

static inline u32 raw_size(const struct raw_format *format, u32 stride, u32 height)
{
	return format->layout <= LAYOUT_PAIRED ? stride * height * 3 / 2 : stride * height;
}

void mosaic_of(struct tile *tiles, const struct raw_format *format, const u8 *raw, u32 stride, u32 lines, u32 width, u32 height);

#endif
