// SPDX-License-Identifier: GPL-2.0
/*
 * ioctl.c - formats, sizes, frame rate, cropping, events and the drain, as Documentation/userspace-api/media/v4l/dev-encoder.rst wants
 * them of a stateful encoder.
 *
 * The OUTPUT side says what size the pictures have; CAPTURE follows. A queue that has buffers keeps its format.
 */
#include <media/v4l2-event.h>
#include <media/v4l2-ioctl.h>

#include "vh264enc.h"

const struct v4l2_event vhe_eos = { .type = V4L2_EVENT_EOS };

static int query_capability(struct file *file, void *priv, struct v4l2_capability *cap)
{
	strscpy(cap->driver, VHE_DRIVER, sizeof(cap->driver));
	strscpy(cap->card, VHE_CARD, sizeof(cap->card));
	strscpy(cap->bus_info, "platform:" VHE_NAME, sizeof(cap->bus_info));
	return 0;
}

static const struct raw_format *find_raw(u32 fourcc)
{
	u32 i;

	for (i = 0; i < raw_formats_count; i++)
		if (raw_formats[i].fourcc == fourcc)
			return &raw_formats[i];
	return NULL;
}

static int enum_raw(struct file *file, void *priv, struct v4l2_fmtdesc *desc)
{
	if (desc->index >= raw_formats_count)
		return -EINVAL;
	desc->pixelformat = raw_formats[desc->index].fourcc;
	return 0;
}

static int enum_coded(struct file *file, void *priv, struct v4l2_fmtdesc *desc)
{
	if (desc->index)
		return -EINVAL;
	desc->pixelformat = V4L2_PIX_FMT_H264;
	desc->flags = V4L2_FMT_FLAG_COMPRESSED;
	return 0;
}

static int enum_sizes(struct file *file, void *priv, struct v4l2_frmsizeenum *size)
{
	if (size->index || (size->pixel_format != V4L2_PIX_FMT_H264 && !find_raw(size->pixel_format)))
		return -EINVAL;
	size->type = V4L2_FRMSIZE_TYPE_STEPWISE;
	size->stepwise = (struct v4l2_frmsize_stepwise){
		.min_width = VHE_SIZE_MIN,
		.max_width = VHE_SIZE_MAX,
		.step_width = VHE_SIZE_STEP,
		.min_height = VHE_SIZE_MIN,
		.max_height = VHE_SIZE_MAX,
		.step_height = VHE_SIZE_STEP,
	};
	return 0;
}

static u32 even_size(u32 wanted)
{
	return clamp(min(wanted, VHE_SIZE_MAX) + 1, VHE_SIZE_MIN, VHE_SIZE_MAX) & ~1u;
}

static u32 stride_of(const struct raw_format *raw, u32 width, u32 wanted)
{
	u32 least = ALIGN(width * raw->bits / 8, raw->align);

	return max(least, ALIGN(min(wanted, VHE_LINE_MAX), raw->align));
}

/* As there: room for what is unlikely to be exceeded. */
static u32 coded_size_of(u32 width, u32 height)
{
	return width * height > 1280 * 720 ? 768 << 10 : 512 << 10;
}

static void fill_common(struct v4l2_pix_format_mplane *pix, const struct vhe_ctx *ctx)
{
	pix->field = V4L2_FIELD_NONE;
	pix->num_planes = 1;
	pix->flags = 0;
	memset(pix->reserved, 0, sizeof(pix->reserved));
	memset(pix->plane_fmt[0].reserved, 0, sizeof(pix->plane_fmt[0].reserved));
	if (!ctx)
		return;
	pix->colorspace = ctx->colorspace;
	pix->xfer_func = ctx->xfer_func;
	pix->ycbcr_enc = ctx->ycbcr_enc;
	pix->quantization = ctx->quantization;
}

static int get_raw(struct file *file, void *priv, struct v4l2_format *f)
{
	struct v4l2_pix_format_mplane *pix = &f->fmt.pix_mp;
	const struct vhe_ctx *ctx = vhe_ctx_of(file);

	fill_common(pix, ctx);
	pix->width = ctx->width;
	pix->height = ctx->height;
	pix->pixelformat = ctx->raw->fourcc;
	pix->plane_fmt[0].bytesperline = ctx->stride;
	pix->plane_fmt[0].sizeimage = raw_size(ctx->raw, ctx->stride, ctx->height);
	return 0;
}

static int get_coded(struct file *file, void *priv, struct v4l2_format *f)
{
	struct v4l2_pix_format_mplane *pix = &f->fmt.pix_mp;
	const struct vhe_ctx *ctx = vhe_ctx_of(file);

	fill_common(pix, ctx);
	pix->width = ctx->width;
	pix->height = ctx->height;
	pix->pixelformat = V4L2_PIX_FMT_H264;
	pix->plane_fmt[0].bytesperline = 0;
	pix->plane_fmt[0].sizeimage = ctx->coded_size;
	return 0;
}

static int try_raw(struct file *file, void *priv, struct v4l2_format *f)
{
	struct v4l2_pix_format_mplane *pix = &f->fmt.pix_mp;
	const struct raw_format *raw = find_raw(pix->pixelformat);

	if (!raw)
		raw = &raw_formats[0];
	fill_common(pix, NULL);
	pix->pixelformat = raw->fourcc;
	pix->width = even_size(pix->width);
	pix->height = even_size(pix->height);
	pix->plane_fmt[0].bytesperline = stride_of(raw, pix->width, pix->plane_fmt[0].bytesperline);
	pix->plane_fmt[0].sizeimage = raw_size(raw, pix->plane_fmt[0].bytesperline, pix->height);
	if (pix->colorspace == V4L2_COLORSPACE_DEFAULT)
		pix->colorspace = V4L2_COLORSPACE_REC709;
	return 0;
}

static int try_coded(struct file *file, void *priv, struct v4l2_format *f)
{
	struct v4l2_pix_format_mplane *pix = &f->fmt.pix_mp;
	const struct vhe_ctx *ctx = vhe_ctx_of(file);
	u32 wanted = pix->plane_fmt[0].sizeimage;

	get_coded(file, priv, f);
	pix->plane_fmt[0].sizeimage = clamp(wanted, coded_size_of(ctx->width, ctx->height), VHE_CODED_MAX);
	return 0;
}

static bool has_buffers(struct vhe_ctx *ctx, u32 type)
{
	return vb2_is_busy(v4l2_m2m_get_vq(ctx->fh.m2m_ctx, type));
}

static void use_raw(struct vhe_ctx *ctx, const struct v4l2_pix_format_mplane *pix)
{
	ctx->raw = find_raw(pix->pixelformat);
	ctx->width = ctx->crop_width = pix->width;
	ctx->height = ctx->crop_height = pix->height;
	ctx->stride = pix->plane_fmt[0].bytesperline;
	ctx->colorspace = pix->colorspace;
	ctx->xfer_func = pix->xfer_func;
	ctx->ycbcr_enc = pix->ycbcr_enc;
	ctx->quantization = pix->quantization;
}

static int set_raw(struct file *file, void *priv, struct v4l2_format *f)
{
	struct vhe_ctx *ctx = vhe_ctx_of(file);

	if (has_buffers(ctx, f->type))
		return -EBUSY;
	try_raw(file, priv, f);
	use_raw(ctx, &f->fmt.pix_mp);
	if (!has_buffers(ctx, V4L2_BUF_TYPE_VIDEO_CAPTURE_MPLANE))
		ctx->coded_size = max(ctx->coded_size, coded_size_of(ctx->width, ctx->height));
	return 0;
}

static int set_coded(struct file *file, void *priv, struct v4l2_format *f)
{
	struct vhe_ctx *ctx = vhe_ctx_of(file);

	if (has_buffers(ctx, f->type))
		return -EBUSY;
	try_coded(file, priv, f);
	ctx->coded_size = f->fmt.pix_mp.plane_fmt[0].sizeimage;
	return 0;
}

/* What a program finds before it has set anything: as there, the smallest picture. */
void vhe_default_format(struct vhe_ctx *ctx)
{
	ctx->raw = &raw_formats[0];
	ctx->width = ctx->crop_width = VHE_SIZE_MIN;
	ctx->height = ctx->crop_height = VHE_SIZE_MIN;
	ctx->stride = stride_of(ctx->raw, ctx->width, 0);
	ctx->colorspace = V4L2_COLORSPACE_REC709;
	ctx->coded_size = coded_size_of(ctx->width, ctx->height);
	ctx->frame_time = (struct v4l2_fract){ 1, 30 };
}

static int get_parm(struct file *file, void *priv, struct v4l2_streamparm *parm)
{
	if (parm->type != V4L2_BUF_TYPE_VIDEO_OUTPUT_MPLANE)
		return -EINVAL;
	memset(&parm->parm, 0, sizeof(parm->parm));
	parm->parm.output.capability = V4L2_CAP_TIMEPERFRAME;
	parm->parm.output.timeperframe = vhe_ctx_of(file)->frame_time;
	return 0;
}

/* A frame time that is none means the usual one. */
static int set_parm(struct file *file, void *priv, struct v4l2_streamparm *parm)
{
	struct v4l2_fract *wanted = &parm->parm.output.timeperframe;

	if (parm->type != V4L2_BUF_TYPE_VIDEO_OUTPUT_MPLANE)
		return -EINVAL;
	if (!wanted->numerator || !wanted->denominator || wanted->denominator > S32_MAX)
		*wanted = (struct v4l2_fract){ 1, 30 };
	vhe_ctx_of(file)->frame_time = *wanted;
	return get_parm(file, priv, parm);
}

static int get_selection(struct file *file, void *priv, struct v4l2_selection *s)
{
	const struct vhe_ctx *ctx = vhe_ctx_of(file);

	/* The core makes the multi-planar type a plain one. */
	if (s->type != V4L2_BUF_TYPE_VIDEO_OUTPUT)
		return -EINVAL;
	switch (s->target) {
	case V4L2_SEL_TGT_CROP:
		s->r = (struct v4l2_rect){ 0, 0, ctx->crop_width, ctx->crop_height };
		return 0;
	case V4L2_SEL_TGT_CROP_DEFAULT:
	case V4L2_SEL_TGT_CROP_BOUNDS:
		s->r = (struct v4l2_rect){ 0, 0, ctx->width, ctx->height };
		return 0;
	default:
		return -EINVAL;
	}
}

/* Only from the upper left corner, but as small as wanted; not while pictures come. */
static int set_selection(struct file *file, void *priv, struct v4l2_selection *s)
{
	struct vhe_ctx *ctx = vhe_ctx_of(file);

	if (s->type != V4L2_BUF_TYPE_VIDEO_OUTPUT || s->target != V4L2_SEL_TGT_CROP)
		return -EINVAL;
	if (has_buffers(ctx, V4L2_BUF_TYPE_VIDEO_OUTPUT_MPLANE))
		return -EBUSY;
	ctx->crop_width = clamp_t(u32, s->r.width & ~1u, VHE_SIZE_STEP, ctx->width);
	ctx->crop_height = clamp_t(u32, s->r.height & ~1u, VHE_SIZE_STEP, ctx->height);
	s->r = (struct v4l2_rect){ 0, 0, ctx->crop_width, ctx->crop_height };
	return 0;
}

/* STOP drains: the last coded picture carries LAST, and EOS is said. START goes on after that. */
static int encoder_cmd(struct file *file, void *priv, struct v4l2_encoder_cmd *cmd)
{
	struct v4l2_m2m_ctx *m2m = vhe_ctx_of(file)->fh.m2m_ctx;
	struct vb2_queue *out = v4l2_m2m_get_src_vq(m2m), *cap = v4l2_m2m_get_dst_vq(m2m);
	int ret = v4l2_m2m_ioctl_try_encoder_cmd(file, priv, cmd);

	if (ret < 0 || !vb2_is_streaming(out) || !vb2_is_streaming(cap))
		return ret;
	ret = v4l2_m2m_ioctl_encoder_cmd(file, priv, cmd);
	if (ret < 0)
		return ret;
	if (v4l2_m2m_has_stopped(m2m) && cmd->cmd == V4L2_ENC_CMD_STOP)
		v4l2_event_queue_fh(file->private_data, &vhe_eos);
	if (cmd->cmd == V4L2_ENC_CMD_START)
		vb2_clear_last_buffer_dequeued(cap);
	return 0;
}

static int subscribe(struct v4l2_fh *fh, const struct v4l2_event_subscription *sub)
{
	switch (sub->type) {
	case V4L2_EVENT_EOS:
		return v4l2_event_subscribe(fh, sub, 2, NULL);
	default:
		return v4l2_ctrl_subscribe_event(fh, sub);
	}
}

const struct v4l2_ioctl_ops vhe_ioctl_ops = {
	.vidioc_querycap = query_capability,
	.vidioc_enum_fmt_vid_out = enum_raw,
	.vidioc_enum_fmt_vid_cap = enum_coded,
	.vidioc_enum_framesizes = enum_sizes,
	.vidioc_g_fmt_vid_out_mplane = get_raw,
	.vidioc_g_fmt_vid_cap_mplane = get_coded,
	.vidioc_try_fmt_vid_out_mplane = try_raw,
	.vidioc_try_fmt_vid_cap_mplane = try_coded,
	.vidioc_s_fmt_vid_out_mplane = set_raw,
	.vidioc_s_fmt_vid_cap_mplane = set_coded,
	.vidioc_g_parm = get_parm,
	.vidioc_s_parm = set_parm,
	.vidioc_g_selection = get_selection,
	.vidioc_s_selection = set_selection,
	.vidioc_reqbufs = v4l2_m2m_ioctl_reqbufs,
	.vidioc_querybuf = v4l2_m2m_ioctl_querybuf,
	.vidioc_qbuf = v4l2_m2m_ioctl_qbuf,
	.vidioc_dqbuf = v4l2_m2m_ioctl_dqbuf,
	.vidioc_prepare_buf = v4l2_m2m_ioctl_prepare_buf,
	.vidioc_create_bufs = v4l2_m2m_ioctl_create_bufs,
	.vidioc_expbuf = v4l2_m2m_ioctl_expbuf,
	.vidioc_streamon = v4l2_m2m_ioctl_streamon,
	.vidioc_streamoff = v4l2_m2m_ioctl_streamoff,
	.vidioc_try_encoder_cmd = v4l2_m2m_ioctl_try_encoder_cmd,
	.vidioc_encoder_cmd = encoder_cmd,
	.vidioc_subscribe_event = subscribe,
	.vidioc_unsubscribe_event = v4l2_event_unsubscribe,
};
