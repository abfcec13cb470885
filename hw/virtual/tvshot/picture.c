// SPDX-License-Identifier: GPL-2.0
/*
 * picture.c - reads the framebuffer of a plane and lays it on the picture, as the card does.
 *
 * The memory is reached as a dumb buffer, or, where it came from another driver (PRIME), as a dma-buf of its own.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>
#include <drm.h>
#include <drm_fourcc.h>
#include <drm_mode.h>
#include <linux/dma-buf.h>

#include "picture.h"

struct memory {
	uint8_t *bytes;
	size_t size;
	int dmabuf;	/* -1: a dumb buffer */
};

static void sync_dmabuf(int fd, uint64_t what)
{
	struct dma_buf_sync sync = { .flags = DMA_BUF_SYNC_READ | what };

	if (fd >= 0)
		ioctl(fd, DMA_BUF_IOCTL_SYNC, &sync);
}

static int map_dumb(struct memory *memory, int card, uint32_t handle)
{
	struct drm_mode_map_dumb dumb = { .handle = handle };

	memory->dmabuf = -1;
	if (ioctl(card, DRM_IOCTL_MODE_MAP_DUMB, &dumb) < 0)
		return -1;
	memory->bytes = mmap(NULL, memory->size, PROT_READ, MAP_SHARED, card, dumb.offset);
	return memory->bytes == MAP_FAILED ? -1 : 0;
}

static int map_prime(struct memory *memory, int card, uint32_t handle)
{
	struct drm_prime_handle prime = { .handle = handle, .flags = DRM_CLOEXEC };

	if (ioctl(card, DRM_IOCTL_PRIME_HANDLE_TO_FD, &prime) < 0)
		return -1;
	memory->dmabuf = prime.fd;
	memory->bytes = mmap(NULL, memory->size, PROT_READ, MAP_SHARED, prime.fd, 0);
	if (memory->bytes == MAP_FAILED) {
		close(prime.fd);
		return -1;
	}
	sync_dmabuf(prime.fd, DMA_BUF_SYNC_START);
	return 0;
}

static void unmap(const struct memory *memory)
{
	munmap(memory->bytes, memory->size);
	if (memory->dmabuf < 0)
		return;
	sync_dmabuf(memory->dmabuf, DMA_BUF_SYNC_END);
	close(memory->dmabuf);
}

static uint32_t bytes_per_pixel(uint32_t format)
{
	switch (format) {
	case DRM_FORMAT_XRGB8888:
	case DRM_FORMAT_ARGB8888:
	case DRM_FORMAT_XBGR8888:
	case DRM_FORMAT_ABGR8888:
		return 4;
	case DRM_FORMAT_RGB565:
		return 2;
	default:
		return 0;
	}
}

/* Red, green, blue, alpha; colours with alpha are already multiplied by it, as cards take them unless told otherwise. */
static void read_pixel(uint8_t to[4], const uint8_t *from, uint32_t format)
{
	bool blue_last = format == DRM_FORMAT_XBGR8888 || format == DRM_FORMAT_ABGR8888;
	uint32_t v;

	if (format == DRM_FORMAT_RGB565) {
		v = from[0] | from[1] << 8;
		/* Widened so that full stays full: the upper bits again below. */
		to[0] = (v >> 11) << 3 | v >> 13;
		to[1] = (v >> 5 & 63) << 2 | (v >> 9 & 3);
		to[2] = (v & 31) << 3 | (v >> 2 & 7);
		to[3] = 255;
		return;
	}
	to[0] = from[blue_last ? 0 : 2];
	to[1] = from[1];
	to[2] = from[blue_last ? 2 : 0];
	to[3] = format == DRM_FORMAT_ARGB8888 || format == DRM_FORMAT_ABGR8888 ? from[3] : 255;
}

static void lay(uint8_t *under, const uint8_t over[4])
{
	for (int i = 0; i < 3; i++) {
		uint32_t sum = over[i] + (under[i] * (255 - over[3]) + 127) / 255;

		under[i] = sum > 255 ? 255 : sum;
	}
}

static void draw(struct picture *picture, const struct plane *plane, const uint8_t *bytes, const struct drm_mode_fb_cmd2 *fb)
{
	uint32_t pixel = bytes_per_pixel(fb->pixel_format);

	for (uint32_t y = 0; y < plane->height; y++) {
		const uint8_t *line = bytes + fb->offsets[0] + (size_t)(plane->from_y + y) * fb->pitches[0];
		int64_t to_y = (int64_t)plane->y + y - picture->y;

		if (to_y < 0 || to_y >= picture->height)
			continue;
		for (uint32_t x = 0; x < plane->width; x++) {
			int64_t to_x = (int64_t)plane->x + x - picture->x;
			uint8_t rgba[4];

			if (to_x < 0 || to_x >= picture->width)
				continue;
			read_pixel(rgba, line + (size_t)(plane->from_x + x) * pixel, fb->pixel_format);
			lay(picture->rgb + (to_y * picture->width + to_x) * 3, rgba);
		}
	}
}

static void give_back(int card, const struct drm_mode_fb_cmd2 *fb)
{
	for (int i = 0; i < 4; i++) {
		struct drm_gem_close gem = { .handle = fb->handles[i] };
		bool again = false;

		for (int j = 0; j < i; j++)
			again |= fb->handles[j] == fb->handles[i];
		if (gem.handle && !again)
			ioctl(card, DRM_IOCTL_GEM_CLOSE, &gem);
	}
}

static const char *add(struct picture *picture, int card, const struct plane *shown, const struct drm_mode_fb_cmd2 *fb)
{
	struct plane plane = *shown;
	struct memory memory = { .size = fb->offsets[0] + (size_t)fb->pitches[0] * fb->height };

	if (!fb->handles[0])
		return "the card gives no memory of it; only root may look";
	if (!bytes_per_pixel(fb->pixel_format))
		return "its pixel format is not known here";
	if ((fb->flags & DRM_MODE_FB_MODIFIERS) && fb->modifier[0] != DRM_FORMAT_MOD_LINEAR)
		return "it is tiled";
	if (!plane.width || !plane.from_width) {
		plane.width = plane.from_width = fb->width;
		plane.height = plane.from_height = fb->height;
	}
	if (plane.width != plane.from_width || plane.height != plane.from_height)
		return "it is scaled";
	if (plane.from_x + plane.width > fb->width || plane.from_y + plane.height > fb->height)
		return "it reaches beyond its memory";
	if (map_dumb(&memory, card, fb->handles[0]) < 0 && map_prime(&memory, card, fb->handles[0]) < 0)
		return strerror(errno);
	draw(picture, &plane, memory.bytes, fb);
	unmap(&memory);
	return NULL;
}

const char *picture_add(struct picture *picture, int card, const struct plane *plane)
{
	struct drm_mode_fb_cmd2 fb = { .fb_id = plane->fb };
	const char *why;

	if (ioctl(card, DRM_IOCTL_MODE_GETFB2, &fb) < 0)
		return strerror(errno);
	why = add(picture, card, plane, &fb);
	give_back(card, &fb);
	return why;
}
