// SPDX-License-Identifier: GPL-2.0
/*
 * vh264enc - a virtual H.264 encoder for tests, which shows itself as the Raspberry Pi's (bcm2835-codec).
 *
 * main.c comes and goes: the module, the device, and each open file. A device that is unbound while files are open refuses every call,
 * wakes who waits for it, and is freed with the last file.
 */
#include <linux/debugfs.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <media/v4l2-ioctl.h>

#include "vh264enc.h"

static int video_nr = -1;
module_param(video_nr, int, 0444);
MODULE_PARM_DESC(video_nr, "number of the video device; -1: the next free one");

static void free_instance(struct vhe_ctx *ctx)
{
	v4l2_ctrl_handler_free(&ctx->controls);
	v4l2_fh_exit(&ctx->fh);
	kfree(ctx);
}

static int open_instance(struct file *file)
{
	struct vhe_dev *dev = video_drvdata(file);
	struct v4l2_m2m_ctx *m2m;
	struct vhe_ctx *ctx;
	int ret;

	ctx = kzalloc(sizeof(*ctx), GFP_KERNEL);
	if (!ctx)
		return -ENOMEM;
	ctx->dev = dev;
	INIT_WORK(&ctx->work, vhe_work);
	INIT_LIST_HEAD(&ctx->eaten);
	v4l2_fh_init(&ctx->fh, video_devdata(file));
	vhe_default_format(ctx);
	ret = vhe_add_controls(ctx);
	if (ret)
		goto fail;
	m2m = v4l2_m2m_ctx_init(dev->m2m_dev, ctx, vhe_init_queues);
	if (IS_ERR(m2m)) {
		ret = PTR_ERR(m2m);
		goto fail;
	}
	ctx->fh.m2m_ctx = m2m;
	file->private_data = &ctx->fh;
	mutex_lock(&dev->lock);
	list_add_tail(&ctx->entry, &dev->open);
	mutex_unlock(&dev->lock);
	v4l2_fh_add(&ctx->fh);
	atomic_inc(&dev->count.instances);
	return 0;
fail:
	free_instance(ctx);
	return ret;
}

static int close_instance(struct file *file)
{
	struct vhe_ctx *ctx = vhe_ctx_of(file);
	struct vhe_dev *dev = ctx->dev;

	v4l2_fh_del(&ctx->fh);
	mutex_lock(&dev->lock);
	list_del(&ctx->entry);
	v4l2_m2m_ctx_release(ctx->fh.m2m_ctx);
	mutex_unlock(&dev->lock);
	vhe_give_back(ctx);
	atomic_dec(&dev->count.instances);
	free_instance(ctx);
	return 0;
}

static const struct v4l2_file_operations file_ops = {
	.owner = THIS_MODULE,
	.open = open_instance,
	.release = close_instance,
	.poll = v4l2_m2m_fop_poll,
	.unlocked_ioctl = video_ioctl2,
	.mmap = v4l2_m2m_fop_mmap,
};

/* With the last file, or when probing failed. */
static void free_device(struct vhe_dev *dev)
{
	v4l2_device_unregister(&dev->v4l2_dev);
	v4l2_m2m_release(dev->m2m_dev);
	destroy_workqueue(dev->wq);
	media_device_cleanup(&dev->mdev);
	kfree(dev);
}

static void release_video(struct video_device *vfd)
{
	free_device(container_of(vfd, struct vhe_dev, vfd));
}

static void describe_video(struct vhe_dev *dev)
{
	struct video_device *vfd = &dev->vfd;

	strscpy(vfd->name, VHE_CARD, sizeof(vfd->name));
	vfd->vfl_dir = VFL_DIR_M2M;
	vfd->fops = &file_ops;
	vfd->ioctl_ops = &vhe_ioctl_ops;
	vfd->minor = -1;
	vfd->release = release_video;
	vfd->lock = &dev->lock;
	vfd->v4l2_dev = &dev->v4l2_dev;
	vfd->device_caps = V4L2_CAP_STREAMING | V4L2_CAP_VIDEO_M2M_MPLANE;
	video_set_drvdata(vfd, dev);
}

static struct vhe_dev *new_device(struct device *parent)
{
	struct vhe_dev *dev = kzalloc(sizeof(*dev), GFP_KERNEL);
	int ret = -ENOMEM;

	if (!dev)
		return ERR_PTR(-ENOMEM);
	mutex_init(&dev->lock);
	init_waitqueue_head(&dev->wake);
	INIT_LIST_HEAD(&dev->open);
	dev->mdev.dev = parent;
	strscpy(dev->mdev.model, VHE_DRIVER, sizeof(dev->mdev.model));
	strscpy(dev->mdev.bus_info, "platform:" VHE_NAME, sizeof(dev->mdev.bus_info));
	media_device_init(&dev->mdev);
	dev->v4l2_dev.mdev = &dev->mdev;
	dev->wq = alloc_ordered_workqueue(VHE_NAME, WQ_FREEZABLE);
	if (!dev->wq)
		goto fail_media;
	dev->m2m_dev = v4l2_m2m_init(&vhe_m2m_ops);
	if (IS_ERR(dev->m2m_dev)) {
		ret = PTR_ERR(dev->m2m_dev);
		goto fail_queue;
	}
	ret = v4l2_device_register(parent, &dev->v4l2_dev);
	if (ret)
		goto fail_m2m;
	describe_video(dev);
	return dev;
fail_m2m:
	v4l2_m2m_release(dev->m2m_dev);
fail_queue:
	destroy_workqueue(dev->wq);
fail_media:
	media_device_cleanup(&dev->mdev);
	kfree(dev);
	return ERR_PTR(ret);
}

static int probe(struct platform_device *pdev)
{
	struct vhe_dev *dev = new_device(&pdev->dev);
	int ret;

	if (IS_ERR(dev))
		return PTR_ERR(dev);
	ret = video_register_device(&dev->vfd, VFL_TYPE_VIDEO, video_nr);
	if (ret) {
		free_device(dev);
		return ret;
	}
	ret = v4l2_m2m_register_media_controller(dev->m2m_dev, &dev->vfd, MEDIA_ENT_F_PROC_VIDEO_ENCODER);
	if (ret)
		goto fail_video;
	ret = media_device_register(&dev->mdev);
	if (ret)
		goto fail_controller;
	vhe_debugfs(dev);
	vhe_modes_of(dev);
	platform_set_drvdata(pdev, dev);
	v4l2_info(&dev->v4l2_dev, "registered as %s\n", video_device_node_name(&dev->vfd));
	return 0;
fail_controller:
	v4l2_m2m_unregister_media_controller(dev->m2m_dev);
fail_video:
	video_unregister_device(&dev->vfd);
	return ret;
}

static void fail_waiting(struct vhe_dev *dev)
{
	struct vhe_ctx *ctx;

	mutex_lock(&dev->lock);
	WRITE_ONCE(dev->gone, true);
	wake_up_all(&dev->wake);
	list_for_each_entry(ctx, &dev->open, entry) {
		vb2_queue_error(v4l2_m2m_get_src_vq(ctx->fh.m2m_ctx));
		vb2_queue_error(v4l2_m2m_get_dst_vq(ctx->fh.m2m_ctx));
	}
	mutex_unlock(&dev->lock);
}

static int remove(struct platform_device *pdev)
{
	struct vhe_dev *dev = platform_get_drvdata(pdev);

	vhe_modes_of(NULL);
	debugfs_remove_recursive(dev->debugfs);
	media_device_unregister(&dev->mdev);
	v4l2_m2m_unregister_media_controller(dev->m2m_dev);
	fail_waiting(dev);
	video_unregister_device(&dev->vfd);
	return 0;
}

static struct platform_driver driver = {
	.probe = probe,
	.remove = remove,
	.driver = { .name = VHE_NAME },
};
static struct platform_device *the_pdev;

static int __init vhe_init(void)
{
	int ret = platform_driver_register(&driver);

	if (ret)
		return ret;
	the_pdev = platform_device_register_simple(VHE_NAME, -1, NULL, 0);
	if (!IS_ERR(the_pdev))
		return 0;
	platform_driver_unregister(&driver);
	return PTR_ERR(the_pdev);
}

static void __exit vhe_exit(void)
{
	platform_device_unregister(the_pdev);
	platform_driver_unregister(&driver);
}

module_init(vhe_init);
module_exit(vhe_exit);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("virtual H.264 encoder that shows itself as the Raspberry Pi's");
