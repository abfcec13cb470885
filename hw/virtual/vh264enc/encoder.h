/* SPDX-License-Identifier: GPL-2.0 */
/*
 * encoder.h - a small, true H.264 encoder: any decoder shows its pictures, as a mosaic of 4x4 blocks.
 *
 * Constrained baseline in all but name: CAVLC, one slice, one reference, no B-frames; whatever was asked for is written as the profile.
 */
#ifndef VH264_ENCODER_H
#define VH264_ENCODER_H

#include "macroblock.h"
#include "rate.h"

struct encoder {
	u32 width;		/* of the picture, even */
	u32 height;
	u32 rate_num;		/* pictures a second, for the header */
	u32 rate_den;
	u32 profile_idc;
	u32 constraints;	/* constraint_set flags, set0 uppermost */
	u32 level_idc;
	/* kept by the encoder */
	u32 frame_num;
	u32 idr_id;
	struct canvas canvas;
	struct tile *tiles[3];	/* seen, before, now */
	struct rate rate;
};

/* What is wanted of one picture. */
struct order {
	bool key;
	bool headers;
	u32 bitrate;
	u32 min_qp;
	u32 max_qp;
	u64 ns;			/* of one picture */
	const struct raw_format *format;
	const u8 *raw;
	u32 stride;
	u32 lines;
};

/* What became of it. */
struct outcome {
	u32 bytes;		/* 0: it did not fit */
	bool left_out;		/* sent as "nothing changed" */
};

static inline size_t encoder_tiles(const struct encoder *e)
{
	return (size_t)((e->width + 15) / 16) * ((e->height + 15) / 16);
}

void encoder_begin(struct encoder *e, struct tile *memory, u32 min_qp, u32 max_qp);
u32 encoder_headers(const struct encoder *e, u8 *out, u32 size);
struct outcome encoder_picture(struct encoder *e, const struct order *order, u8 *out, u32 size);

#endif
