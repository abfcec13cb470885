/* SPDX-License-Identifier: GPL-2.0 */
/*
 * bits.h - writes the bits of an H.264 byte stream (ITU-T H.264, 7.3.1 and annex B).
 *
 * Knows start codes, the byte that keeps payload from looking like one, and the Exp-Golomb codes.
 * It never writes past the end: what does not fit is left out and said by bits_full().
 * Used inside the kernel and by the user-space trial alike.
 */
#ifndef VH264_BITS_H
#define VH264_BITS_H

#ifdef __KERNEL__
#include <linux/kernel.h>
#include <linux/string.h>
#include <linux/types.h>
#else
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef uint64_t u64;
typedef int32_t s32;
typedef int64_t s64;
#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))
#define clamp(v, lo, hi) ((v) < (lo) ? (lo) : (v) > (hi) ? (hi) : (v))
#endif

struct bits {
	u8 *start;
	u8 *next;
	u8 *end;
	u32 held;	/* bits not yet written, right aligned */
	u32 count;	/* how many of them, below 8 */
	u32 zeros;	/* zero bytes just written */
	bool full;
};

static inline void bits_open(struct bits *b, u8 *out, size_t size)
{
	memset(b, 0, sizeof(*b));
	b->start = out;
	b->next = out;
	b->end = out + size;
}

static inline size_t bits_size(const struct bits *b)
{
	return b->next - b->start;
}

static inline void bits_raw(struct bits *b, u8 byte)
{
	if (b->next == b->end)
		b->full = true;
	else
		*b->next++ = byte;
}

/* One byte of payload: after two zeros a 3 is put in before anything up to 3 (7.4.1.1). */
static inline void bits_byte(struct bits *b, u8 byte)
{
	if (b->zeros == 2 && byte <= 3) {
		bits_raw(b, 3);
		b->zeros = 0;
	}
	bits_raw(b, byte);
	b->zeros = byte ? 0 : b->zeros + 1;
}

/* The lowest n bits of value, n up to 24. */
static inline void bits_put(struct bits *b, u32 n, u32 value)
{
	b->held = b->held << n | (value & ((1u << n) - 1));
	b->count += n;
	while (b->count >= 8) {
		b->count -= 8;
		bits_byte(b, b->held >> b->count);
	}
}

static inline void bits_put32(struct bits *b, u32 value)
{
	bits_put(b, 16, value >> 16);
	bits_put(b, 16, value & 0xffff);
}

/* ue(v), 9.1; value below 2^16 - 1. */
static inline void bits_ue(struct bits *b, u32 value)
{
	u32 length = 0;

	while ((value + 1) >> (length + 1))
		length++;
	bits_put(b, length, 0);
	bits_put(b, length + 1, value + 1);
}

/* se(v), 9.1.1. */
static inline void bits_se(struct bits *b, s32 value)
{
	bits_ue(b, value > 0 ? 2 * value - 1 : -2 * value);
}

/* Begins a NAL unit with a start code of four bytes. */
static inline void bits_nal(struct bits *b, u8 header)
{
	bits_raw(b, 0);
	bits_raw(b, 0);
	bits_raw(b, 0);
	bits_raw(b, 1);
	bits_raw(b, header);
	b->zeros = 0;
	b->held = 0;
	b->count = 0;
}

/* rbsp_trailing_bits(): a one, then zeros to the end of the byte. */
static inline void bits_end(struct bits *b)
{
	bits_put(b, 1, 1);
	if (b->count)
		bits_put(b, 8 - b->count, 0);
}

#endif
