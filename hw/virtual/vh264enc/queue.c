// SPDX-License-Identifier: GPL-2.0
/*
 * queue.c - the two queues of an instance, and the work that takes a raw picture from one and puts a coded one on the other.
 *
 * Works one after another in an ordered queue, outside of all locks: nobody else touches ctx->encoder between STREAMON and
 * STREAMOFF, as STREAMOFF waits for the running work (v4l2_m2m_cancel_job) before it frees anything.
 */
#include <linux/slab.h>
#include <media/v4l2-event.h>
#include <media/videobuf2-vmalloc.h>

#include "vh264enc.h"

/*
 * What one picture may take of the bit rate follows from the frame rate that S_PARM was told, not from the buffers' times: programs put
 * into those what they like (GStreamer numbers the frames).
 */
static u64 frame_ns(const struct vhe_ctx *ctx)
{
	u64 ns = div_u64(1000000000ull * ctx->frame_time.numerator, ctx->frame_time.denominator);

	return min(ns, 1000000000ull);
}

static bool key_is_due(const struct vhe_ctx *ctx)
{
	return ctx->first || (ctx->key_period && ctx->since_key >= ctx->key_period);
}

/* The raw picture is spent. */
static struct vb2_v4l2_buffer *take_source(struct vhe_ctx *ctx)
{
	struct vb2_v4l2_buffer *source = v4l2_m2m_src_buf_remove(ctx->fh.m2m_ctx);

	source->sequence = ctx->sequence_in++;
	atomic64_inc(&ctx->dev->count.frames_in);
	return source;
}

/* SPS and PPS in a buffer of their own, the picture is coded next; false: not wanted so, or there is but one buffer. */
static bool send_headers_alone(struct vhe_ctx *ctx, bool wanted)
{
	struct v4l2_m2m_ctx *m2m = ctx->fh.m2m_ctx;
	struct vb2_v4l2_buffer *source = v4l2_m2m_next_src_buf(m2m), *coded;
	u32 bytes;

	if (!wanted || !ctx->separate_headers || ctx->headers_sent)
		return false;
	coded = v4l2_m2m_dst_buf_remove(m2m);
	bytes = encoder_headers(&ctx->encoder, vb2_plane_vaddr(&coded->vb2_buf, 0), vb2_plane_size(&coded->vb2_buf, 0));
	vb2_set_plane_payload(&coded->vb2_buf, 0, bytes);
	v4l2_m2m_buf_copy_metadata(source, coded, false);
	coded->flags &= ~(V4L2_BUF_FLAG_KEYFRAME | V4L2_BUF_FLAG_PFRAME | V4L2_BUF_FLAG_BFRAME | V4L2_BUF_FLAG_LAST);
	coded->field = V4L2_FIELD_NONE;
	coded->sequence = ctx->sequence_out++;
	atomic64_add(bytes, &ctx->dev->count.bytes_out);
	v4l2_m2m_buf_done(coded, bytes ? VB2_BUF_STATE_DONE : VB2_BUF_STATE_ERROR);
	ctx->headers_sent = true;
	return true;
}

static struct outcome code_picture(struct vhe_ctx *ctx, struct vb2_v4l2_buffer *source, struct vb2_v4l2_buffer *coded, bool key,
				   bool headers)
{
	struct order order = {
		.key = key,
		.headers = headers && !ctx->headers_sent,
		.bitrate = ctx->bitrate,
		.min_qp = ctx->min_qp,
		.max_qp = ctx->max_qp,
		.ns = frame_ns(ctx),
		.format = ctx->raw,
		.raw = vb2_plane_vaddr(&source->vb2_buf, 0),
		.stride = ctx->stride,
		.lines = ctx->height,
	};
	u8 *to = vb2_plane_vaddr(&coded->vb2_buf, 0);

	if (!order.raw || !to || !vhe_eat(ctx))
		return (struct outcome){ 0 };
	return encoder_picture(&ctx->encoder, &order, to, vb2_plane_size(&coded->vb2_buf, 0));
}

static void count_picture(struct vhe_ctx *ctx, const struct outcome *outcome, bool key, bool forced)
{
	struct vhe_counters *count = &ctx->dev->count;

	if (!outcome->bytes) {
		atomic64_inc(&count->frames_lost);
		return;
	}
	atomic64_inc(&count->frames_out);
	atomic64_add(outcome->bytes, &count->bytes_out);
	if (key)
		atomic64_inc(&count->keyframes);
	if (forced)
		atomic64_inc(&count->keyframes_forced);
	if (outcome->left_out)
		atomic64_inc(&count->frames_left_out);
}

/* Codes the next picture. One that could not be coded comes back as an error; a keyframe is then still owed. */
static void give_picture(struct vhe_ctx *ctx)
{
	struct v4l2_m2m_ctx *m2m = ctx->fh.m2m_ctx;
	bool forced = atomic_xchg(&ctx->force_key, 0), key = forced || key_is_due(ctx);
	bool headers = ctx->first || (key && ctx->repeat_headers);
	struct vb2_v4l2_buffer *source, *coded;
	enum vb2_buffer_state state;
	struct outcome outcome;

	if (send_headers_alone(ctx, headers)) {
		if (forced)
			atomic_set(&ctx->force_key, 1);
		return;
	}
	source = take_source(ctx);
	coded = v4l2_m2m_dst_buf_remove(m2m);
	outcome = code_picture(ctx, source, coded, key, headers);
	count_picture(ctx, &outcome, key, forced);
	state = outcome.bytes ? VB2_BUF_STATE_DONE : VB2_BUF_STATE_ERROR;
	vb2_set_plane_payload(&coded->vb2_buf, 0, outcome.bytes);
	if (outcome.bytes) {
		ctx->since_key = key ? 1 : ctx->since_key + 1;
		ctx->first = false;
		ctx->headers_sent = false;
	} else if (forced) {
		atomic_set(&ctx->force_key, 1);
	}

	v4l2_m2m_buf_copy_metadata(source, coded, false);
	coded->flags &= ~(V4L2_BUF_FLAG_KEYFRAME | V4L2_BUF_FLAG_PFRAME | V4L2_BUF_FLAG_BFRAME | V4L2_BUF_FLAG_LAST);
	coded->flags |= key ? V4L2_BUF_FLAG_KEYFRAME : V4L2_BUF_FLAG_PFRAME;
	coded->field = V4L2_FIELD_NONE;
	coded->sequence = ctx->sequence_out++;
	if (v4l2_m2m_is_last_draining_src_buf(m2m, source)) {
		coded->flags |= V4L2_BUF_FLAG_LAST;
		v4l2_event_queue_fh(&ctx->fh, &vhe_eos);
		v4l2_m2m_mark_stopped(m2m);
	}
	v4l2_m2m_buf_done(source, state);
	v4l2_m2m_buf_done(coded, state);
}

void vhe_work(struct work_struct *work)
{
	struct vhe_ctx *ctx = container_of(work, struct vhe_ctx, work);

	switch (vhe_trouble(ctx)) {
	case VHE_WELL:
		give_picture(ctx);
		break;
	case VHE_SWALLOWS:
		v4l2_m2m_buf_done(take_source(ctx), VB2_BUF_STATE_DONE);
		atomic64_inc(&ctx->dev->count.frames_lost);
		break;
	case VHE_STOPPED:
		break;
	}
	v4l2_m2m_job_finish(ctx->dev->m2m_dev, ctx->fh.m2m_ctx);
}

static void device_run(void *priv)
{
	struct vhe_ctx *ctx = priv;

	queue_work(ctx->dev->wq, &ctx->work);
}

static int job_ready(void *priv)
{
	struct vhe_ctx *ctx = priv;

	return !READ_ONCE(ctx->dev->gone);
}

/* STREAMOFF and close: a work that waits in a mode ends at once. */
static void job_abort(void *priv)
{
	struct vhe_ctx *ctx = priv;

	WRITE_ONCE(ctx->stop, true);
	wake_up_all(&ctx->dev->wake);
}

const struct v4l2_m2m_ops vhe_m2m_ops = {
	.device_run = device_run,
	.job_ready = job_ready,
	.job_abort = job_abort,
};

static u32 plane_bytes(const struct vhe_ctx *ctx, const struct vb2_queue *q)
{
	return V4L2_TYPE_IS_OUTPUT(q->type) ? raw_size(ctx->raw, ctx->stride, ctx->height) : ctx->coded_size;
}

static int queue_setup(struct vb2_queue *q, unsigned int *buffers, unsigned int *planes, unsigned int sizes[],
		       struct device *alloc_devs[])
{
	struct vhe_ctx *ctx = vb2_get_drv_priv(q);
	u32 bytes = plane_bytes(ctx, q);

	if (vhe_starved(ctx->dev))
		return -ENOMEM;
	if (*planes)
		return *planes != 1 || sizes[0] < bytes ? -EINVAL : 0;
	*planes = 1;
	sizes[0] = bytes;
	return 0;
}

static int buf_out_validate(struct vb2_buffer *vb)
{
	to_vb2_v4l2_buffer(vb)->field = V4L2_FIELD_NONE;
	return 0;
}

static int buf_prepare(struct vb2_buffer *vb)
{
	struct vhe_ctx *ctx = vb2_get_drv_priv(vb->vb2_queue);

	if (vb2_plane_size(vb, 0) < plane_bytes(ctx, vb->vb2_queue))
		return -EINVAL;
	if (V4L2_TYPE_IS_CAPTURE(vb->vb2_queue->type))
		vb2_set_plane_payload(vb, 0, 0);
	return 0;
}

static void buf_queue(struct vb2_buffer *vb)
{
	struct vb2_v4l2_buffer *buffer = to_vb2_v4l2_buffer(vb);
	struct vhe_ctx *ctx = vb2_get_drv_priv(vb->vb2_queue);
	struct v4l2_m2m_ctx *m2m = ctx->fh.m2m_ctx;

	/* Draining, with nothing left to code: this buffer says so. */
	if (V4L2_TYPE_IS_CAPTURE(vb->vb2_queue->type) && vb2_is_streaming(vb->vb2_queue) && v4l2_m2m_dst_buf_is_last(m2m)) {
		vb2_set_plane_payload(vb, 0, 0);
		buffer->field = V4L2_FIELD_NONE;
		buffer->sequence = ctx->sequence_out++;
		v4l2_m2m_last_buffer_done(m2m, buffer);
		v4l2_event_queue_fh(&ctx->fh, &vhe_eos);
		return;
	}
	v4l2_m2m_buf_queue(m2m, buffer);
}

static void return_all(struct vb2_queue *q, enum vb2_buffer_state state)
{
	struct vhe_ctx *ctx = vb2_get_drv_priv(q);
	struct vb2_v4l2_buffer *buffer;

	for (;;) {
		if (V4L2_TYPE_IS_OUTPUT(q->type))
			buffer = v4l2_m2m_src_buf_remove(ctx->fh.m2m_ctx);
		else
			buffer = v4l2_m2m_dst_buf_remove(ctx->fh.m2m_ctx);
		if (!buffer)
			return;
		v4l2_m2m_buf_done(buffer, state);
	}
}

static int start_streaming(struct vb2_queue *q, unsigned int count)
{
	struct vhe_ctx *ctx = vb2_get_drv_priv(q);
	struct encoder *e = &ctx->encoder;

	WRITE_ONCE(ctx->stop, false);
	v4l2_m2m_update_start_streaming_state(ctx->fh.m2m_ctx, q);
	if (V4L2_TYPE_IS_CAPTURE(q->type)) {
		ctx->sequence_out = 0;
		return 0;
	}
	e->width = ctx->crop_width;
	e->height = ctx->crop_height;
	e->rate_num = ctx->frame_time.denominator;
	e->rate_den = ctx->frame_time.numerator;
	ctx->tiles = kvcalloc(3 * encoder_tiles(e), sizeof(*ctx->tiles), GFP_KERNEL);
	if (!ctx->tiles) {
		return_all(q, VB2_BUF_STATE_QUEUED);
		return -ENOMEM;
	}
	vhe_describe_stream(ctx);
	encoder_begin(e, ctx->tiles, ctx->min_qp, ctx->max_qp);
	ctx->sequence_in = 0;
	ctx->since_key = 0;
	ctx->first = true;
	ctx->headers_sent = false;
	atomic_set(&ctx->force_key, 0);
	return 0;
}

static void stop_streaming(struct vb2_queue *q)
{
	struct vhe_ctx *ctx = vb2_get_drv_priv(q);
	struct v4l2_m2m_ctx *m2m = ctx->fh.m2m_ctx;

	return_all(q, VB2_BUF_STATE_ERROR);
	v4l2_m2m_update_stop_streaming_state(m2m, q);
	WRITE_ONCE(ctx->stop, false);
	if (V4L2_TYPE_IS_CAPTURE(q->type))
		return;
	if (v4l2_m2m_has_stopped(m2m))
		v4l2_event_queue_fh(&ctx->fh, &vhe_eos);
	kvfree(ctx->tiles);
	ctx->tiles = NULL;
}

static const struct vb2_ops queue_ops = {
	.queue_setup = queue_setup,
	.buf_out_validate = buf_out_validate,
	.buf_prepare = buf_prepare,
	.buf_queue = buf_queue,
	.start_streaming = start_streaming,
	.stop_streaming = stop_streaming,
	.wait_prepare = vb2_ops_wait_prepare,
	.wait_finish = vb2_ops_wait_finish,
};

static int init_queue(struct vhe_ctx *ctx, struct vb2_queue *q, enum v4l2_buf_type type)
{
	q->type = type;
	q->io_modes = VB2_MMAP | VB2_DMABUF;
	q->drv_priv = ctx;
	q->buf_struct_size = sizeof(struct v4l2_m2m_buffer);
	q->ops = &queue_ops;
	q->mem_ops = &vb2_vmalloc_memops;
	q->timestamp_flags = V4L2_BUF_FLAG_TIMESTAMP_COPY;
	q->lock = &ctx->dev->lock;
	q->dev = ctx->dev->v4l2_dev.dev;
	return vb2_queue_init(q);
}

int vhe_init_queues(void *priv, struct vb2_queue *out, struct vb2_queue *cap)
{
	int ret = init_queue(priv, out, V4L2_BUF_TYPE_VIDEO_OUTPUT_MPLANE);

	return ret ? ret : init_queue(priv, cap, V4L2_BUF_TYPE_VIDEO_CAPTURE_MPLANE);
}
