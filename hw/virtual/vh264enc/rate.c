// SPDX-License-Identifier: GPL-2.0
/*
 * rate.c - keeps the stream near the bit rate that was asked for. Pure arithmetic.
 *
 * Every picture brings its share of bytes; what is sent beyond it is a debt. First the picture is made coarser (a higher QP);
 * where that is not enough, whole pictures are sent as "nothing changed" until the debt is paid. A keyframe may cost several
 * shares. The encoder is cheap, so a picture that came out much too large is coded again, coarser.
 */
#ifdef __KERNEL__
#include <linux/math64.h>
#else
#define div_u64(a, b) ((a) / (b))
#endif
#include "rate.h"

static void set_limits(struct rate *rate, u32 min_qp, u32 max_qp)
{
	rate->coarsest = clamp(max_qp, (u32)QP_FINEST, (u32)QP_COARSEST);
	rate->finest = clamp(min_qp, (u32)QP_FINEST, rate->coarsest);
	rate->qp = clamp(rate->qp, rate->finest, rate->coarsest);
}

void rate_begin(struct rate *rate, u32 min_qp, u32 max_qp)
{
	*rate = (struct rate){ .qp = 26 };
	set_limits(rate, min_qp, max_qp);
}

/*
 * rate_picture - a picture comes, which stands for `ns` of time.
 * Returns true if it should be left out (sent as "nothing changed"), because too much was spent before it.
 */
bool rate_picture(struct rate *rate, u32 bitrate, u64 ns, u32 min_qp, u32 max_qp)
{
	set_limits(rate, min_qp, max_qp);
	rate->second = bitrate / 8;
	rate->share = div_u64((u64)rate->second * ns, 1000000000);
	rate->debt -= rate->share;
	/* What was not used is not saved for long, and no debt outlives a change of the rate by more than two seconds. */
	rate->debt = clamp(rate->debt, -(s64)rate->second / 4, (s64)rate->second * 2);
	return rate->debt > rate->second / 4;
}

/* What this picture should not exceed. */
static u32 goal(const struct rate *rate, bool key)
{
	s64 bytes = key ? 8 * (s64)rate->share : rate->share - rate->debt / 16;

	return clamp(bytes, (s64)rate->share / 2 + 1, (s64)rate->second + 1);
}

/* It came out this large: must it be coded again with the new, coarser QP? */
bool rate_again(struct rate *rate, u32 bytes, bool key)
{
	u32 most = goal(rate, key);
	u32 qp = rate->qp;

	if (bytes <= most + most / 4) {
		/* Finer again, slowly. */
		if (bytes < most / 2 && !key && rate->qp > rate->finest)
			rate->qp--;
		return false;
	}
	rate->qp = clamp(qp + (bytes > 2 * most ? 6 : 2), rate->finest, rate->coarsest);
	return rate->qp > qp && bytes > most + most / 2;
}

/* Even the coarsest picture is far too large: leave it out? */
bool rate_hopeless(const struct rate *rate, u32 bytes)
{
	return rate->debt + bytes > rate->second / 2 && bytes > 4 * (rate->share + 16);
}

void rate_spent(struct rate *rate, u32 bytes)
{
	rate->debt += bytes;
}
