/* SPDX-License-Identifier: GPL-2.0 */
#ifndef VH264_MACROBLOCK_H
#define VH264_MACROBLOCK_H

#include "mosaic.h"

/* A picture while it is coded: tiles in raster order. */
struct canvas {
	u32 across;		/* macroblocks in a row */
	u32 down;
	const struct tile *seen;	/* what the camera saw */
	const struct tile *before;	/* what the decoder has from the picture before */
	struct tile *now;		/* what the decoder will have */
};

bool tile_unchanged(const struct canvas *canvas, u32 at, u32 qp);
void tile_write(struct bits *b, const struct canvas *canvas, u32 at, u32 qp, u32 first_type);

#endif
