/* SPDX-License-Identifier: GPL-2.0 */
#ifndef VH264_RATE_H
#define VH264_RATE_H

#include "bits.h"

/*
 * Below this the levels would not fit the codes of constrained baseline (12 bits of escape); and as only DC levels are
 * sent, a finer one would not look better.
 */
#define QP_FINEST 12
#define QP_COARSEST 51

struct rate {
	u32 qp;
	u32 finest;	/* what was asked for, kept within QP_FINEST..QP_COARSEST */
	u32 coarsest;
	s64 debt;	/* bytes sent beyond what the bit rate allowed; below zero: saved */
	u32 share;	/* bytes this picture may take */
	u32 second;	/* bytes a second may take */
};

void rate_begin(struct rate *rate, u32 min_qp, u32 max_qp);
bool rate_picture(struct rate *rate, u32 bitrate, u64 ns, u32 min_qp, u32 max_qp);
bool rate_again(struct rate *rate, u32 bytes, bool key);
bool rate_hopeless(const struct rate *rate, u32 bytes);
void rate_spent(struct rate *rate, u32 bytes);

#endif
