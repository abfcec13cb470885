// SPDX-License-Identifier: GPL-2.0
/*
 * encoder.c - parameter sets and slices (ITU-T H.264, 7.3.2 and 7.3.3), and what is done with one picture.
 */
#include "encoder.h"

#define SPS 0x67
#define PPS 0x68
#define SLICE_IDR 0x65
#define SLICE 0x61
#define SLICE_I 7
#define SLICE_P 5

/*
 * encoder_begin - a new stream. Size, rate, profile and level are set.
 * @memory: three times encoder_tiles(), which the caller frees after the last picture
 */
void encoder_begin(struct encoder *e, struct tile *memory, u32 min_qp, u32 max_qp)
{
	size_t many = encoder_tiles(e);
	u32 i;

	e->frame_num = 0;
	e->idr_id = 0;
	e->canvas.across = (e->width + 15) / 16;
	e->canvas.down = (e->height + 15) / 16;
	for (i = 0; i < 3; i++)
		e->tiles[i] = memory + i * many;
	rate_begin(&e->rate, min_qp, max_qp);
}

static void write_sps(const struct encoder *e, struct bits *b)
{
	u32 right = e->canvas.across * 16 - e->width, below = e->canvas.down * 16 - e->height;

	bits_nal(b, SPS);
	bits_put(b, 8, e->profile_idc);
	bits_put(b, 8, e->constraints);
	bits_put(b, 8, e->level_idc);
	bits_ue(b, 0);			/* seq_parameter_set_id */
	if (e->profile_idc >= 100) {
		bits_ue(b, 1);		/* chroma_format_idc: 4:2:0 */
		bits_ue(b, 0);		/* 8 bits of luma */
		bits_ue(b, 0);		/* 8 bits of chroma */
		bits_put(b, 2, 0);	/* no bypass, no scaling matrix */
	}
	bits_ue(b, 0);			/* frame_num has 4 bits */
	bits_ue(b, 2);			/* pic_order_cnt_type: shown as decoded */
	bits_ue(b, 1);			/* one reference */
	bits_put(b, 1, 0);		/* no gaps in frame_num */
	bits_ue(b, e->canvas.across - 1);
	bits_ue(b, e->canvas.down - 1);
	bits_put(b, 1, 1);		/* frame_mbs_only_flag */
	bits_put(b, 1, 1);		/* direct_8x8_inference_flag */
	bits_put(b, 1, right || below);
	if (right || below) {
		bits_ue(b, 0);
		bits_ue(b, right / 2);
		bits_ue(b, 0);
		bits_ue(b, below / 2);
	}
	bits_put(b, 1, 1);		/* VUI, annex E */
	bits_put(b, 4, 0);		/* no aspect ratio, overscan, video signal type, chroma location */
	bits_put(b, 1, 1);		/* timing */
	bits_put32(b, e->rate_den);
	bits_put32(b, 2 * e->rate_num);
	bits_put(b, 1, 0);		/* fixed_frame_rate_flag */
	bits_put(b, 3, 0);		/* no HRD, no pic_struct */
	bits_put(b, 1, 1);		/* bitstream restriction */
	bits_put(b, 1, 1);
	bits_ue(b, 0);
	bits_ue(b, 0);
	bits_ue(b, 10);
	bits_ue(b, 10);
	bits_ue(b, 0);			/* max_num_reorder_frames: a decoder need not hold back any */
	bits_ue(b, 1);			/* max_dec_frame_buffering */
	bits_end(b);
}

static void write_pps(struct bits *b)
{
	bits_nal(b, PPS);
	bits_ue(b, 0);
	bits_ue(b, 0);
	bits_put(b, 2, 0);		/* CAVLC; no field order */
	bits_ue(b, 0);			/* one slice group */
	bits_ue(b, 0);			/* one reference in list 0 */
	bits_ue(b, 0);
	bits_put(b, 3, 0);		/* no weighted prediction */
	bits_se(b, 0);			/* pic_init_qp 26 */
	bits_se(b, 0);
	bits_se(b, 0);			/* chroma_qp_index_offset */
	bits_put(b, 1, 1);		/* deblocking is said in each slice */
	bits_put(b, 2, 0);		/* no constrained intra prediction, no redundant pictures */
	bits_end(b);
}

static void write_slice_header(const struct encoder *e, struct bits *b, bool key, u32 qp)
{
	bits_nal(b, key ? SLICE_IDR : SLICE);
	bits_ue(b, 0);			/* first_mb_in_slice */
	bits_ue(b, key ? SLICE_I : SLICE_P);
	bits_ue(b, 0);
	bits_put(b, 4, key ? 0 : e->frame_num);
	if (key) {
		bits_ue(b, e->idr_id);
		bits_put(b, 2, 0);	/* no_output_of_prior_pics_flag, long_term_reference_flag */
	} else {
		bits_put(b, 3, 0);	/* references as they are; no adaptive marking */
	}
	bits_se(b, (s32)qp - 26);
	bits_ue(b, 1);			/* no deblocking */
}

/* Codes the slice; `still`: as "nothing changed". */
static void write_slice(const struct encoder *e, struct bits *b, bool key, bool still)
{
	const struct canvas *canvas = &e->canvas;
	u32 many = canvas->across * canvas->down, qp = e->rate.qp, skipped = 0, i;

	write_slice_header(e, b, key, qp);
	for (i = 0; i < many; i++) {
		if (!key && (still || tile_unchanged(canvas, i, qp))) {
			canvas->now[i] = canvas->before[i];
			skipped++;
			continue;
		}
		if (!key) {
			bits_ue(b, skipped);
			skipped = 0;
		}
		tile_write(b, canvas, i, qp, key ? 1 : 6);
	}
	if (skipped)
		bits_ue(b, skipped);
	bits_end(b);
}

/* SPS and PPS alone; returns their bytes, or 0 if they do not fit. */
u32 encoder_headers(const struct encoder *e, u8 *out, u32 size)
{
	struct bits b;

	bits_open(&b, out, size);
	write_sps(e, &b);
	write_pps(&b);
	return b.full ? 0 : bits_size(&b);
}

/* One picture in, one access unit out. */
struct outcome encoder_picture(struct encoder *e, const struct order *order, u8 *out, u32 size)
{
	bool still = rate_picture(&e->rate, order->bitrate, order->ns, order->min_qp, order->max_qp) && !order->key;
	u32 head = order->headers ? encoder_headers(e, out, size) : 0;
	struct tile *swap;
	struct bits b;

	e->canvas.seen = e->tiles[0];
	e->canvas.before = e->tiles[1];
	e->canvas.now = e->tiles[2];
	mosaic_of(e->tiles[0], order->format, order->raw, order->stride, order->lines, e->width, e->height);
	do {
		bits_open(&b, out + head, size - head);
		write_slice(e, &b, order->key, still);
	} while (!still && rate_again(&e->rate, head + bits_size(&b), order->key));
	if (!still && !order->key && rate_hopeless(&e->rate, bits_size(&b))) {
		still = true;
		bits_open(&b, out + head, size - head);
		write_slice(e, &b, false, still);
	}
	if (b.full || (order->headers && !head))
		return (struct outcome){ 0 };

	swap = e->tiles[1];
	e->tiles[1] = e->tiles[2];
	e->tiles[2] = swap;
	e->frame_num = order->key ? 1 : (e->frame_num + 1) & 15;
	if (order->key)
		e->idr_id ^= 1;
	rate_spent(&e->rate, head + bits_size(&b));
	return (struct outcome){ .bytes = head + bits_size(&b), .left_out = still };
}
