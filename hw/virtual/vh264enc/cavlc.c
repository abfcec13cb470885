// SPDX-License-Identifier: GPL-2.0
/*
 * cavlc.c - writes a block of quantised levels with the variable length codes of ITU-T H.264, 9.2.
 *
 * Only two kinds of block exist in this encoder, the 16 DC levels of a macroblock's luma and the 4 of each chroma
 * part, and as no AC level is ever sent, the neighbours always count zero (nC = 0). So of table 9-5 two columns do.
 */
#include "cavlc.h"

struct code {
	u8 length;
	u8 value;
};

/* Table 9-5, 0 <= nC < 2: [levels that are not zero][ones at the end]. */
static const struct code luma_token[17][4] = {
	{ { 1, 1 } },
	{ { 6, 5 }, { 2, 1 } },
	{ { 8, 7 }, { 6, 4 }, { 3, 1 } },
	{ { 9, 7 }, { 8, 6 }, { 7, 5 }, { 5, 3 } },
	{ { 10, 7 }, { 9, 6 }, { 8, 5 }, { 6, 3 } },
	{ { 11, 7 }, { 10, 6 }, { 9, 5 }, { 7, 4 } },
	{ { 13, 15 }, { 11, 6 }, { 10, 5 }, { 8, 4 } },
	{ { 13, 11 }, { 13, 14 }, { 11, 5 }, { 9, 4 } },
	{ { 13, 8 }, { 13, 10 }, { 13, 13 }, { 10, 4 } },
	{ { 14, 15 }, { 14, 14 }, { 13, 9 }, { 11, 4 } },
	{ { 14, 11 }, { 14, 10 }, { 14, 13 }, { 13, 12 } },
	{ { 15, 15 }, { 15, 14 }, { 14, 9 }, { 14, 12 } },
	{ { 15, 11 }, { 15, 10 }, { 15, 13 }, { 14, 8 } },
	{ { 16, 15 }, { 15, 1 }, { 15, 9 }, { 15, 12 } },
	{ { 16, 11 }, { 16, 14 }, { 16, 13 }, { 15, 8 } },
	{ { 16, 7 }, { 16, 10 }, { 16, 9 }, { 16, 12 } },
	{ { 16, 4 }, { 16, 6 }, { 16, 5 }, { 16, 8 } },
};

/* Table 9-5, nC = -1. */
static const struct code chroma_token[5][4] = {
	{ { 2, 1 } },
	{ { 6, 7 }, { 1, 1 } },
	{ { 6, 4 }, { 6, 6 }, { 3, 1 } },
	{ { 6, 3 }, { 7, 3 }, { 7, 2 }, { 6, 5 } },
	{ { 6, 2 }, { 8, 3 }, { 8, 2 }, { 7, 0 } },
};

/* Tables 9-7 and 9-8: [levels that are not zero - 1][zeros before the last of them]. */
static const struct code luma_zeros[15][16] = {
	{ { 1, 1 }, { 3, 3 }, { 3, 2 }, { 4, 3 }, { 4, 2 }, { 5, 3 }, { 5, 2 }, { 6, 3 },
	  { 6, 2 }, { 7, 3 }, { 7, 2 }, { 8, 3 }, { 8, 2 }, { 9, 3 }, { 9, 2 }, { 9, 1 } },
	{ { 3, 7 }, { 3, 6 }, { 3, 5 }, { 3, 4 }, { 3, 3 }, { 4, 5 }, { 4, 4 }, { 4, 3 },
	  { 4, 2 }, { 5, 3 }, { 5, 2 }, { 6, 3 }, { 6, 2 }, { 6, 1 }, { 6, 0 } },
	{ { 4, 5 }, { 3, 7 }, { 3, 6 }, { 3, 5 }, { 4, 4 }, { 4, 3 }, { 3, 4 }, { 3, 3 },
	  { 4, 2 }, { 5, 3 }, { 5, 2 }, { 6, 1 }, { 5, 1 }, { 6, 0 } },
	{ { 5, 3 }, { 3, 7 }, { 4, 5 }, { 4, 4 }, { 3, 6 }, { 3, 5 }, { 3, 4 }, { 4, 3 },
	  { 3, 3 }, { 4, 2 }, { 5, 2 }, { 5, 1 }, { 5, 0 } },
	{ { 4, 5 }, { 4, 4 }, { 4, 3 }, { 3, 7 }, { 3, 6 }, { 3, 5 }, { 3, 4 }, { 3, 3 },
	  { 4, 2 }, { 5, 1 }, { 4, 1 }, { 5, 0 } },
	{ { 6, 1 }, { 5, 1 }, { 3, 7 }, { 3, 6 }, { 3, 5 }, { 3, 4 }, { 3, 3 }, { 3, 2 },
	  { 4, 1 }, { 3, 1 }, { 6, 0 } },
	{ { 6, 1 }, { 5, 1 }, { 3, 5 }, { 3, 4 }, { 3, 3 }, { 2, 3 }, { 3, 2 }, { 4, 1 },
	  { 3, 1 }, { 6, 0 } },
	{ { 6, 1 }, { 4, 1 }, { 5, 1 }, { 3, 3 }, { 2, 3 }, { 2, 2 }, { 3, 2 }, { 3, 1 },
	  { 6, 0 } },
	{ { 6, 1 }, { 6, 0 }, { 4, 1 }, { 2, 3 }, { 2, 2 }, { 3, 1 }, { 2, 1 }, { 5, 1 } },
	{ { 5, 1 }, { 5, 0 }, { 3, 1 }, { 2, 3 }, { 2, 2 }, { 2, 1 }, { 4, 1 } },
	{ { 4, 0 }, { 4, 1 }, { 3, 1 }, { 3, 2 }, { 1, 1 }, { 3, 3 } },
	{ { 4, 0 }, { 4, 1 }, { 2, 1 }, { 1, 1 }, { 3, 1 } },
	{ { 3, 0 }, { 3, 1 }, { 1, 1 }, { 2, 1 } },
	{ { 2, 0 }, { 2, 1 }, { 1, 1 } },
	{ { 1, 0 }, { 1, 1 } },
};

/* Table 9-9 (a). */
static const struct code chroma_zeros[3][4] = {
	{ { 1, 1 }, { 2, 1 }, { 3, 1 }, { 3, 0 } },
	{ { 1, 1 }, { 2, 1 }, { 2, 0 } },
	{ { 1, 1 }, { 1, 0 } },
};

/* Table 9-10 up to six zeros left; above, [6] and then one more zero bit for each step. */
static const struct code run_before[7][7] = {
	{ { 1, 1 }, { 1, 0 } },
	{ { 1, 1 }, { 2, 1 }, { 2, 0 } },
	{ { 2, 3 }, { 2, 2 }, { 2, 1 }, { 2, 0 } },
	{ { 2, 3 }, { 2, 2 }, { 2, 1 }, { 3, 1 }, { 3, 0 } },
	{ { 2, 3 }, { 2, 2 }, { 3, 3 }, { 3, 2 }, { 3, 1 }, { 3, 0 } },
	{ { 2, 3 }, { 3, 0 }, { 3, 1 }, { 3, 3 }, { 3, 2 }, { 3, 5 }, { 3, 4 } },
	{ { 3, 7 }, { 3, 6 }, { 3, 5 }, { 3, 4 }, { 3, 3 }, { 3, 2 }, { 3, 1 } },
};

static void put(struct bits *b, struct code code)
{
	bits_put(b, code.length, code.value);
}

static void put_run(struct bits *b, u32 left, u32 run)
{
	if (left > 6 && run > 6)
		bits_put(b, run - 3, 1);
	else
		put(b, run_before[left > 6 ? 6 : left - 1][run]);
}

/* One level that is not a trailing one, 9.2.2.1 the other way round. Fits 12 bits of escape: see QP_FINEST. */
static void put_level(struct bits *b, u32 code, u32 suffix)
{
	if (suffix == 0 && code < 14) {
		bits_put(b, code + 1, 1);
	} else if (suffix == 0 && code < 30) {
		bits_put(b, 15, 1);
		bits_put(b, 4, code - 14);
	} else if (suffix > 0 && code < 15u << suffix) {
		bits_put(b, (code >> suffix) + 1, 1);
		bits_put(b, suffix, code);
	} else {
		bits_put(b, 16, 1);
		bits_put(b, 12, code - (suffix ? 15u << suffix : 30));
	}
}

/* The levels in scan order; `many` is 16 or 4. */
static void put_block(struct bits *b, const s32 *level, u32 many)
{
	s32 value[16];
	u32 run[16], total = 0, zeros = 0, gap = 0, ones = 0, suffix, i;

	for (i = 0; i < many; i++) {
		if (!level[i]) {
			gap++;
			continue;
		}
		value[total] = level[i];
		run[total++] = gap;
		zeros += gap;
		gap = 0;
	}
	while (ones < 3 && ones < total && (value[total - 1 - ones] == 1 || value[total - 1 - ones] == -1))
		ones++;
	put(b, many == 16 ? luma_token[total][ones] : chroma_token[total][ones]);
	if (!total)
		return;

	for (i = 0; i < ones; i++)
		bits_put(b, 1, value[total - 1 - i] < 0);
	suffix = total > 10 && ones < 3;
	for (i = ones; i < total; i++) {
		s32 v = value[total - 1 - i];
		u32 size = v < 0 ? -v : v;
		u32 code = 2 * size - 2 + (v < 0);

		/* The first that is no trailing one cannot be 1 or -1, unless there are three of those. */
		if (i == ones && ones < 3)
			code -= 2;
		put_level(b, code, suffix);
		if (!suffix)
			suffix = 1;
		if (size > 3u << (suffix - 1) && suffix < 6)
			suffix++;
	}

	if (total < many)
		put(b, many == 16 ? luma_zeros[total - 1][zeros] : chroma_zeros[total - 1][zeros]);
	for (i = total - 1; i > 0 && zeros; i--) {
		put_run(b, zeros, run[i]);
		zeros -= run[i];
	}
}

/* Sixteen luma DC levels, given in raster order. */
void cavlc_luma_dc(struct bits *b, const s32 level[16])
{
	static const u8 scan[16] = { 0, 1, 4, 8, 5, 2, 3, 6, 9, 12, 13, 10, 7, 11, 14, 15 };
	s32 ordered[16];
	u32 i;

	for (i = 0; i < 16; i++)
		ordered[i] = level[scan[i]];
	put_block(b, ordered, 16);
}

/* Four DC levels of one chroma part, in raster order, which is their scan order too. */
void cavlc_chroma_dc(struct bits *b, const s32 level[4])
{
	put_block(b, level, 4);
}
