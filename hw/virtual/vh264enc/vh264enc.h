/* SPDX-License-Identifier: GPL-2.0 */
/*
 * vh264enc.h - a virtual H.264 encoder that shows itself as the Raspberry Pi's: what its parts share.
 *
 * One device, many instances (open files), each with queues, controls and an encoder of its own. The device codes one picture at a time.
 */
#ifndef VH264ENC_H
#define VH264ENC_H

#include <linux/atomic.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/platform_device.h>
#include <linux/wait.h>
#include <linux/workqueue.h>
#include <media/media-device.h>
#include <media/v4l2-ctrls.h>
#include <media/v4l2-device.h>
#include <media/v4l2-fh.h>
#include <media/v4l2-mem2mem.h>

#include "encoder.h"

#define VHE_NAME "vh264enc"
/* What programs on a Pi are told. */
#define VHE_DRIVER "bcm2835-codec"
#define VHE_CARD "bcm2835-codec-encode"

#define VHE_SIZE_MIN 32u
#define VHE_SIZE_MAX 1920u
#define VHE_SIZE_STEP 2u
#define VHE_LINE_MAX 16384u
#define VHE_CODED_MAX (16u << 20)

/* Counted over all instances since the device came. */
struct vhe_counters {
	atomic_t instances;
	atomic64_t frames_in;
	atomic64_t frames_out;
	atomic64_t frames_left_out;
	atomic64_t frames_lost;
	atomic64_t bytes_out;
	atomic64_t keyframes;
	atomic64_t keyframes_forced;
	atomic64_t controls_set;
	atomic64_t bitrates_set;
	atomic_t bitrate;
	atomic64_t eaten_kb;
};

struct vhe_dev {
	struct v4l2_device v4l2_dev;
	struct video_device vfd;
	struct media_device mdev;
	struct v4l2_m2m_dev *m2m_dev;
	/* Serialises the calls on the device; the work runs without it. */
	struct mutex lock;
	struct workqueue_struct *wq;
	/* Where a slow or hung device sleeps; woken when a mode changes, an instance stops, the device goes. */
	wait_queue_head_t wake;
	bool gone;
	struct list_head open;
	struct vhe_counters count;
	struct dentry *debugfs;
};

struct vhe_ctx {
	struct v4l2_fh fh;
	struct v4l2_ctrl_handler controls;
	struct v4l2_ctrl *gop_size;
	struct vhe_dev *dev;
	struct list_head entry;		/* in dev->open, under dev->lock */
	struct work_struct work;
	bool stop;			/* the work should give up its wait */

	/* OUTPUT: raw pictures in. */
	const struct raw_format *raw;
	u32 width, height, stride;
	u32 crop_width, crop_height;
	struct v4l2_fract frame_time;
	enum v4l2_colorspace colorspace;
	enum v4l2_xfer_func xfer_func;
	enum v4l2_ycbcr_encoding ycbcr_enc;
	enum v4l2_quantization quantization;
	/* CAPTURE: coded pictures out. */
	u32 coded_size;

	/* What the controls say; each is one word that the work reads as it goes. */
	u32 bitrate, min_qp, max_qp, profile, level;
	u32 key_period;
	bool repeat_headers, separate_headers;
	atomic_t force_key;

	/* Between STREAMON and STREAMOFF of OUTPUT. */
	struct encoder encoder;
	struct tile *tiles;
	u32 sequence_in, sequence_out;
	u32 since_key;
	bool first, headers_sent;
	struct list_head eaten;
};

static inline struct vhe_ctx *vhe_ctx_of(struct file *file)
{
	return container_of(file->private_data, struct vhe_ctx, fh);
}

/* ioctl.c */
extern const struct v4l2_ioctl_ops vhe_ioctl_ops;
extern const struct v4l2_event vhe_eos;
void vhe_default_format(struct vhe_ctx *ctx);

/* control.c */
int vhe_add_controls(struct vhe_ctx *ctx);
void vhe_describe_stream(struct vhe_ctx *ctx);

/* queue.c */
extern const struct v4l2_m2m_ops vhe_m2m_ops;
int vhe_init_queues(void *priv, struct vb2_queue *out, struct vb2_queue *cap);
void vhe_work(struct work_struct *work);

/* trouble.c */
enum vhe_mood { VHE_WELL, VHE_SWALLOWS, VHE_STOPPED };
enum vhe_mood vhe_trouble(struct vhe_ctx *ctx);
bool vhe_eat(struct vhe_ctx *ctx);
void vhe_give_back(struct vhe_ctx *ctx);
bool vhe_starved(struct vhe_dev *dev);
void vhe_modes_of(struct vhe_dev *dev);
void vhe_debugfs(struct vhe_dev *dev);

#endif
