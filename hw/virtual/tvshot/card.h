/* SPDX-License-Identifier: GPL-2.0 */
/*
 * card.h - what a DRM card says about its connectors and planes, by the kernel's own calls (no libdrm).
 *
 * Nothing is changed on the card: no probing, no mode, and the right to set modes is given back at once.
 */
#ifndef TVSHOT_CARD_H
#define TVSHOT_CARD_H

#include <stdbool.h>
#include <stdint.h>

#define MOST_PLANES 32
#define MOST_CONNECTORS 16

enum plane_type { OVERLAY, PRIMARY, CURSOR };	/* the kernel's numbers */

/* A plane that shows something. Sizes and places are pixels. */
struct plane {
	uint32_t id;
	uint32_t fb;
	uint32_t crtc;
	enum plane_type type;
	uint64_t zpos;
	int32_t x, y;			/* on the screen */
	uint32_t width, height;
	uint32_t from_x, from_y;	/* in the framebuffer */
	uint32_t from_width, from_height;
};

struct connector {
	char name[32];
	const char *status;		/* connected, disconnected, unknown */
	uint32_t crtc;			/* 0: nothing is shown on it */
	uint32_t width, height, rate;	/* of its mode, when there is a crtc */
};

int card_open(const char *path);
int card_connectors(int card, struct connector *list);
int card_planes(int card, uint32_t crtc, struct plane *list);

#endif
