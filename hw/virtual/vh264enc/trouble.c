// SPDX-License-Identifier: GPL-2.0
/*
 * trouble.c - the modes that make the encoder slow, hung or hungry, and the counters. All can be read and set at any time:
 *
 *   /sys/module/vh264enc/parameters/   modes
 *   /sys/kernel/debug/vh264enc/        counters, one number a file
 */
#include <linux/debugfs.h>
#include <linux/module.h>
#include <linux/moduleparam.h>
#include <linux/slab.h>

#include "vh264enc.h"

static DEFINE_MUTEX(modes_lock);
static struct vhe_dev *the_dev;

static unsigned int delay_us;
static unsigned int hang;
static unsigned int fail_after;
static unsigned int eat_kb;
static unsigned int memory_kb = 256 << 10;

/* Whoever waits in a mode looks at it anew. */
static int set_mode(const char *text, const struct kernel_param *param)
{
	int ret = param_set_uint(text, param);

	mutex_lock(&modes_lock);
	if (!ret && the_dev)
		wake_up_all(&the_dev->wake);
	mutex_unlock(&modes_lock);
	return ret;
}

static const struct kernel_param_ops mode_ops = {
	.set = set_mode,
	.get = param_get_uint,
};

module_param_cb(delay_us, &mode_ops, &delay_us, 0644);
MODULE_PARM_DESC(delay_us, "every picture takes this many microseconds longer");
module_param_cb(hang, &mode_ops, &hang, 0644);
MODULE_PARM_DESC(hang, "1: pictures go in, nothing comes out; 2: not even a buffer is given back; 0: well");
module_param_cb(fail_after, &mode_ops, &fail_after, 0644);
MODULE_PARM_DESC(fail_after, "after this many more pictures hang becomes 1; 0: never");
module_param_cb(eat_kb, &mode_ops, &eat_kb, 0644);
MODULE_PARM_DESC(eat_kb, "every picture keeps this many KiB until its instance is closed");
module_param_cb(memory_kb, &mode_ops, &memory_kb, 0644);
MODULE_PARM_DESC(memory_kb, "when this much is eaten, pictures come back as errors and no buffers are to be had");

/* Tells the modes which device they speak to; NULL: none any more. */
void vhe_modes_of(struct vhe_dev *dev)
{
	mutex_lock(&modes_lock);
	the_dev = dev;
	mutex_unlock(&modes_lock);
}

static bool given_up(struct vhe_ctx *ctx)
{
	return READ_ONCE(ctx->stop) || READ_ONCE(ctx->dev->gone);
}

static void count_down(void)
{
	mutex_lock(&modes_lock);
	if (fail_after && --fail_after == 0)
		hang = 1;
	mutex_unlock(&modes_lock);
}

/* vhe_trouble - takes the time a picture takes, and says what becomes of it. May sleep long; STREAMOFF, close and unbind end it. */
enum vhe_mood vhe_trouble(struct vhe_ctx *ctx)
{
	struct vhe_dev *dev = ctx->dev;
	unsigned int us = READ_ONCE(delay_us);

	if (us)
		wait_event_hrtimeout(dev->wake, given_up(ctx) || READ_ONCE(delay_us) < us, ns_to_ktime(us * 1000ull));
	if (READ_ONCE(hang) == 2)
		wait_event_idle(dev->wake, given_up(ctx) || READ_ONCE(hang) != 2);
	if (given_up(ctx))
		return VHE_STOPPED;
	if (READ_ONCE(hang))
		return VHE_SWALLOWS;
	count_down();
	return VHE_WELL;
}

/* Memory that is kept; this stands at its beginning. */
struct meal {
	struct list_head entry;
	unsigned int kb;
};

/* Is all memory eaten? */
bool vhe_starved(struct vhe_dev *dev)
{
	return atomic64_read(&dev->count.eaten_kb) >= READ_ONCE(memory_kb);
}

/* vhe_eat - keeps memory if it is in the mode to. False: there is none left for this picture. */
bool vhe_eat(struct vhe_ctx *ctx)
{
	unsigned int kb = min(READ_ONCE(eat_kb), 1u << 20);
	struct meal *meal;

	if (vhe_starved(ctx->dev))
		return false;
	if (!kb)
		return true;
	meal = kvzalloc((size_t)kb << 10, GFP_KERNEL | __GFP_NOWARN | __GFP_NORETRY);
	if (!meal)
		return false;
	meal->kb = kb;
	list_add(&meal->entry, &ctx->eaten);
	atomic64_add(kb, &ctx->dev->count.eaten_kb);
	return true;
}

void vhe_give_back(struct vhe_ctx *ctx)
{
	struct meal *meal, *next;

	list_for_each_entry_safe(meal, next, &ctx->eaten, entry) {
		atomic64_sub(meal->kb, &ctx->dev->count.eaten_kb);
		list_del(&meal->entry);
		kvfree(meal);
	}
}

static int get64(void *data, u64 *value)
{
	*value = atomic64_read((atomic64_t *)data);
	return 0;
}

static int get32(void *data, u64 *value)
{
	*value = atomic_read((atomic_t *)data);
	return 0;
}

DEFINE_DEBUGFS_ATTRIBUTE(fops64, get64, NULL, "%llu\n");
DEFINE_DEBUGFS_ATTRIBUTE(fops32, get32, NULL, "%llu\n");

void vhe_debugfs(struct vhe_dev *dev)
{
	struct vhe_counters *c = &dev->count;
	struct dentry *d = debugfs_create_dir(VHE_NAME, NULL);

	dev->debugfs = d;
	debugfs_create_file_unsafe("instances", 0444, d, &c->instances, &fops32);
	debugfs_create_file_unsafe("bitrate", 0444, d, &c->bitrate, &fops32);
	debugfs_create_file_unsafe("frames_in", 0444, d, &c->frames_in, &fops64);
	debugfs_create_file_unsafe("frames_out", 0444, d, &c->frames_out, &fops64);
	debugfs_create_file_unsafe("frames_left_out", 0444, d, &c->frames_left_out, &fops64);
	debugfs_create_file_unsafe("frames_lost", 0444, d, &c->frames_lost, &fops64);
	debugfs_create_file_unsafe("bytes_out", 0444, d, &c->bytes_out, &fops64);
	debugfs_create_file_unsafe("keyframes", 0444, d, &c->keyframes, &fops64);
	debugfs_create_file_unsafe("keyframes_forced", 0444, d, &c->keyframes_forced, &fops64);
	debugfs_create_file_unsafe("controls_set", 0444, d, &c->controls_set, &fops64);
	debugfs_create_file_unsafe("bitrates_set", 0444, d, &c->bitrates_set, &fops64);
	debugfs_create_file_unsafe("eaten_kb", 0444, d, &c->eaten_kb, &fops64);
}
