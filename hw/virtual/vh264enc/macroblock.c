// SPDX-License-Identifier: GPL-2.0
/*
 * macroblock.c - codes one macroblock as Intra16x16 with DC levels only, and knows exactly what a decoder makes of it.
 *
 * With no AC level and no deblocking every 4x4 block comes out in one value, so all arithmetic is on tiles: predictions (8.3.3
 * and 8.3.4), the two Hadamard transforms and their scaling (8.5.10 and 8.5.11). Any difference from what a decoder does
 * would grow from macroblock to macroblock; the tests compare pixel by pixel.
 */
#include "cavlc.h"
#include "macroblock.h"

/* normAdjust4x4(m, 0, 0), 8.5.9. */
static const u8 norm[6] = { 10, 11, 13, 14, 16, 18 };
/* Table 8-15 from 30 on, with chroma_qp_index_offset 0. */
static const u8 chroma_qp[22] = { 29, 30, 31, 32, 32, 33, 34, 34, 35, 35, 36, 36, 37, 37, 37, 38, 38, 38, 39, 39, 39, 39 };

enum luma_mode { VERTICAL, HORIZONTAL, MEAN };

static s32 distance(s32 a, s32 b)
{
	return a > b ? a - b : b - a;
}

static u8 pixel(s32 v)
{
	return clamp(v, 0, 255);
}

/* Rounded to the nearest; halves towards zero. */
static s32 nearest(s32 a, s32 by)
{
	return a < 0 ? -((-a * 2 + by - 1) / (2 * by)) : (a * 2 + by - 1) / (2 * by);
}

/* Is the tile so near to what the decoder already has that it need not be sent? */
bool tile_unchanged(const struct canvas *canvas, u32 at, u32 qp)
{
	const struct tile *seen = &canvas->seen[at], *before = &canvas->before[at];
	s32 limit = qp < 26 ? 2 : 2 + (s32)(qp - 20) / 6;
	u32 i;

	for (i = 0; i < 16; i++)
		if (distance(seen->y[i], before->y[i]) > limit)
			return false;
	for (i = 0; i < 8; i++)
		if (distance(seen->c[i / 4][i % 4], before->c[i / 4][i % 4]) > limit)
			return false;
	return true;
}

/* h is its own transpose: rows, then columns. */
static void hadamard4(s32 m[16])
{
	u32 i;

	for (i = 0; i < 4; i++) {
		s32 *r = m + 4 * i;
		s32 a = r[0] + r[1], b = r[0] - r[1], c = r[2] + r[3], d = r[2] - r[3];

		r[0] = a + c;
		r[1] = a - c;
		r[2] = b - d;
		r[3] = b + d;
	}
	for (i = 0; i < 4; i++) {
		s32 *r = m + i;
		s32 a = r[0] + r[4], b = r[0] - r[4], c = r[8] + r[12], d = r[8] - r[12];

		r[0] = a + c;
		r[4] = a - c;
		r[8] = b - d;
		r[12] = b + d;
	}
}

static void hadamard2(s32 m[4])
{
	s32 a = m[0] + m[1], b = m[0] - m[1], c = m[2] + m[3], d = m[2] - m[3];

	m[0] = a + c;
	m[1] = b + d;
	m[2] = a - c;
	m[3] = b - d;
}

/* Sixteen predicted values; left and above are the neighbours or NULL. */
static void predict_luma(s32 to[16], enum luma_mode mode, const struct tile *left, const struct tile *above)
{
	s32 sum = 0;
	u32 i;

	for (i = 0; i < 4; i++)
		sum += (left ? left->y[4 * i + 3] : 0) + (above ? above->y[12 + i] : 0);
	/* Each value stands for four pixels of the edge: (4 sum + 16) >> 5 with both edges, (4 sum + 8) >> 4 with one. */
	if (left && above)
		sum = (4 * sum + 16) >> 5;
	else if (left || above)
		sum = (4 * sum + 8) >> 4;
	else
		sum = 128;
	for (i = 0; i < 16; i++)
		to[i] = mode == VERTICAL ? above->y[12 + i % 4] : mode == HORIZONTAL ? left->y[i / 4 * 4 + 3] : sum;
}

static enum luma_mode best_mode(s32 to[16], const struct tile *seen, const struct tile *left, const struct tile *above)
{
	enum luma_mode mode, best = MEAN;
	s32 least = 1 << 30, trial[16];

	for (mode = VERTICAL; mode <= MEAN; mode++) {
		s32 cost = 0;
		u32 i;

		if ((mode == VERTICAL && !above) || (mode == HORIZONTAL && !left))
			continue;
		predict_luma(trial, mode, left, above);
		for (i = 0; i < 16; i++)
			cost += distance(seen->y[i], trial[i]);
		if (cost < least) {
			least = cost;
			best = mode;
			memcpy(to, trial, sizeof(trial));
		}
	}
	return best;
}

/* Intra chroma DC, 8.3.4.1 to 8.3.4.3: the corner blocks take the mean of both edges, the others prefer their own. */
static s32 predict_chroma(u32 part, u32 block, const struct tile *left, const struct tile *above)
{
	u32 x = block % 2, y = block / 2;
	s32 l = left ? left->c[part][2 * y + 1] : -1, a = above ? above->c[part][2 + x] : -1;

	if (l < 0 && a < 0)
		return 128;
	if (x == y)
		return l < 0 ? a : a < 0 ? l : (4 * l + 4 * a + 4) >> 3;
	if (x > y)
		return a < 0 ? l : a;
	return l < 0 ? a : l;
}

static void code_luma(struct tile *now, const struct tile *seen, const s32 predicted[16], u32 qp, s32 level[16])
{
	s32 scale = norm[qp % 6], m[16];
	u32 shift = qp / 6, i;

	for (i = 0; i < 16; i++)
		m[i] = seen->y[i] - predicted[i];
	hadamard4(m);
	for (i = 0; i < 16; i++)
		m[i] = level[i] = nearest(m[i] * 16, scale << shift);
	hadamard4(m);
	for (i = 0; i < 16; i++) {
		/* LevelScale is 16 times the norm, as all scaling lists are flat. */
		s32 dc = shift >= 6 ? (m[i] * 16 * scale) << (shift - 6) : (m[i] * 16 * scale + (1 << (5 - shift))) >> (6 - shift);

		now->y[i] = pixel(predicted[i] + ((dc + 32) >> 6));
	}
}

/* Returns whether there is anything to send. */
static bool code_chroma(u8 now[4], const u8 seen[4], const s32 predicted[4], u32 qp, s32 level[4])
{
	s32 scale, m[4];
	bool any = false;
	u32 i;

	qp = qp < 30 ? qp : chroma_qp[qp - 30];
	scale = norm[qp % 6];
	for (i = 0; i < 4; i++)
		m[i] = seen[i] - predicted[i];
	hadamard2(m);
	for (i = 0; i < 4; i++) {
		m[i] = level[i] = nearest(m[i] * 32, scale << (qp / 6));
		any |= m[i] != 0;
	}
	hadamard2(m);
	for (i = 0; i < 4; i++) {
		s32 dc = ((m[i] * 16 * scale) << (qp / 6)) >> 5;

		now[i] = pixel(predicted[i] + ((dc + 32) >> 6));
	}
	return any;
}

/*
 * tile_write - codes a macroblock and leaves in canvas->now what a decoder has.
 * @first_type: mb_type of an Intra16x16 with mode 0 and no levels but DC: 1 in an I slice, 6 in a P slice
 */
void tile_write(struct bits *b, const struct canvas *canvas, u32 at, u32 qp, u32 first_type)
{
	const struct tile *left = at % canvas->across ? &canvas->now[at - 1] : NULL;
	const struct tile *above = at >= canvas->across ? &canvas->now[at - canvas->across] : NULL;
	const struct tile *seen = &canvas->seen[at];
	struct tile *now = &canvas->now[at];
	s32 predicted[16], luma[16], chroma[2][4];
	enum luma_mode mode = best_mode(predicted, seen, left, above);
	bool colour = false;
	u32 part, i;

	code_luma(now, seen, predicted, qp, luma);
	for (part = 0; part < 2; part++) {
		for (i = 0; i < 4; i++)
			predicted[i] = predict_chroma(part, i, left, above);
		colour |= code_chroma(now->c[part], seen->c[part], predicted, qp, chroma[part]);
	}

	bits_ue(b, first_type + mode + (colour ? 4 : 0));
	bits_ue(b, 0);	/* intra_chroma_pred_mode: DC */
	bits_se(b, 0);	/* mb_qp_delta */
	cavlc_luma_dc(b, luma);
	if (colour) {
		cavlc_chroma_dc(b, chroma[0]);
		cavlc_chroma_dc(b, chroma[1]);
	}
}
