// SPDX-License-Identifier: GPL-2.0
/*
 * control.c - the controls of a Raspberry Pi's encoder, with the same ranges, and what they mean for the stream.
 *
 * A control may be set at any time; the picture coded next obeys.
 */
#include "vh264enc.h"

static int set_control(struct v4l2_ctrl *control)
{
	struct vhe_ctx *ctx = container_of(control->handler, struct vhe_ctx, controls);
	struct vhe_counters *count = &ctx->dev->count;

	if (ctx->fh.m2m_ctx)
		atomic64_inc(&count->controls_set);
	switch (control->id) {
	case V4L2_CID_MPEG_VIDEO_BITRATE:
		ctx->bitrate = control->val;
		if (ctx->fh.m2m_ctx) {
			atomic_set(&count->bitrate, control->val);
			atomic64_inc(&count->bitrates_set);
		}
		return 0;
	case V4L2_CID_MPEG_VIDEO_FORCE_KEY_FRAME:
		if (ctx->fh.m2m_ctx)
			atomic_set(&ctx->force_key, 1);
		return 0;
	case V4L2_CID_MPEG_VIDEO_REPEAT_SEQ_HEADER:
		ctx->repeat_headers = control->val;
		return 0;
	case V4L2_CID_MPEG_VIDEO_HEADER_MODE:
		ctx->separate_headers = control->val == V4L2_MPEG_VIDEO_HEADER_MODE_SEPARATE;
		return 0;
	case V4L2_CID_MPEG_VIDEO_H264_I_PERIOD:
		/* As there: every I-frame is an IDR frame, so this is another name for the GOP size. */
		return __v4l2_ctrl_s_ctrl(ctx->gop_size, control->val);
	case V4L2_CID_MPEG_VIDEO_GOP_SIZE:
		ctx->key_period = control->val;
		return 0;
	case V4L2_CID_MPEG_VIDEO_H264_MIN_QP:
		ctx->min_qp = control->val;
		return 0;
	case V4L2_CID_MPEG_VIDEO_H264_MAX_QP:
		ctx->max_qp = control->val;
		return 0;
	case V4L2_CID_MPEG_VIDEO_H264_PROFILE:
		ctx->profile = control->val;
		return 0;
	case V4L2_CID_MPEG_VIDEO_H264_LEVEL:
		ctx->level = control->val;
		return 0;
	case V4L2_CID_MPEG_VIDEO_BITRATE_MODE:
	case V4L2_CID_MPEG_VIDEO_B_FRAMES:
		return 0;
	default:
		return -EINVAL;
	}
}

static const struct v4l2_ctrl_ops control_ops = {
	.s_ctrl = set_control,
};

#define PROFILES (BIT(V4L2_MPEG_VIDEO_H264_PROFILE_BASELINE) | BIT(V4L2_MPEG_VIDEO_H264_PROFILE_CONSTRAINED_BASELINE) | \
		  BIT(V4L2_MPEG_VIDEO_H264_PROFILE_MAIN) | BIT(V4L2_MPEG_VIDEO_H264_PROFILE_HIGH))

int vhe_add_controls(struct vhe_ctx *ctx)
{
	struct v4l2_ctrl_handler *h = &ctx->controls;
	const struct v4l2_ctrl_ops *ops = &control_ops;

	v4l2_ctrl_handler_init(h, 14);
	/* Before I_PERIOD, which sets it too. */
	ctx->gop_size = v4l2_ctrl_new_std(h, ops, V4L2_CID_MPEG_VIDEO_GOP_SIZE, 0, 0x7fffffff, 1, 60);
	v4l2_ctrl_new_std_menu(h, ops, V4L2_CID_MPEG_VIDEO_BITRATE_MODE, V4L2_MPEG_VIDEO_BITRATE_MODE_CBR, 0,
			       V4L2_MPEG_VIDEO_BITRATE_MODE_VBR);
	v4l2_ctrl_new_std(h, ops, V4L2_CID_MPEG_VIDEO_BITRATE, 25000, 25000000, 25000, 10000000);
	v4l2_ctrl_new_std_menu(h, ops, V4L2_CID_MPEG_VIDEO_HEADER_MODE, V4L2_MPEG_VIDEO_HEADER_MODE_JOINED_WITH_1ST_FRAME, 0,
			       V4L2_MPEG_VIDEO_HEADER_MODE_JOINED_WITH_1ST_FRAME);
	v4l2_ctrl_new_std(h, ops, V4L2_CID_MPEG_VIDEO_REPEAT_SEQ_HEADER, 0, 1, 1, 0);
	v4l2_ctrl_new_std(h, ops, V4L2_CID_MPEG_VIDEO_H264_I_PERIOD, 0, 0x7fffffff, 1, 60);
	v4l2_ctrl_new_std_menu(h, ops, V4L2_CID_MPEG_VIDEO_H264_LEVEL, V4L2_MPEG_VIDEO_H264_LEVEL_5_1, 0,
			       V4L2_MPEG_VIDEO_H264_LEVEL_4_0);
	v4l2_ctrl_new_std_menu(h, ops, V4L2_CID_MPEG_VIDEO_H264_PROFILE, V4L2_MPEG_VIDEO_H264_PROFILE_HIGH, ~PROFILES,
			       V4L2_MPEG_VIDEO_H264_PROFILE_HIGH);
	v4l2_ctrl_new_std(h, ops, V4L2_CID_MPEG_VIDEO_H264_MIN_QP, 0, 51, 1, 20);
	v4l2_ctrl_new_std(h, ops, V4L2_CID_MPEG_VIDEO_H264_MAX_QP, 0, 51, 1, 51);
	v4l2_ctrl_new_std(h, ops, V4L2_CID_MPEG_VIDEO_FORCE_KEY_FRAME, 0, 0, 0, 0);
	v4l2_ctrl_new_std(h, ops, V4L2_CID_MPEG_VIDEO_B_FRAMES, 0, 0, 1, 0);
	v4l2_ctrl_new_std(h, ops, V4L2_CID_MIN_BUFFERS_FOR_OUTPUT, 1, 1, 1, 1);
	if (h->error)
		return h->error;
	ctx->fh.ctrl_handler = h;
	return v4l2_ctrl_handler_setup(h);
}

/* Profile and level as the stream says them (ITU-T H.264, A.2 and A.3). */
void vhe_describe_stream(struct vhe_ctx *ctx)
{
	static const u8 levels[] = { 10, 11, 11, 12, 13, 20, 21, 22, 30, 31, 32, 40, 41, 42, 50, 51 };
	struct encoder *e = &ctx->encoder;
	bool level_1b = ctx->level == V4L2_MPEG_VIDEO_H264_LEVEL_1B;

	e->level_idc = levels[min_t(u32, ctx->level, ARRAY_SIZE(levels) - 1)];
	switch (ctx->profile) {
	case V4L2_MPEG_VIDEO_H264_PROFILE_BASELINE:
		e->profile_idc = 66;
		e->constraints = 0x80;
		break;
	case V4L2_MPEG_VIDEO_H264_PROFILE_CONSTRAINED_BASELINE:
		e->profile_idc = 66;
		e->constraints = 0xc0;
		break;
	case V4L2_MPEG_VIDEO_H264_PROFILE_MAIN:
		e->profile_idc = 77;
		e->constraints = 0x40;
		break;
	default:
		e->profile_idc = 100;
		e->constraints = 0;
		if (level_1b)
			e->level_idc = 9;
		return;
	}
	/* Level 1b is 11 with constraint_set3_flag. */
	if (level_1b)
		e->constraints |= 0x10;
}
