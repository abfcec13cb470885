/* SPDX-License-Identifier: GPL-2.0 */
#ifndef TVSHOT_PICTURE_H
#define TVSHOT_PICTURE_H

#include <stdint.h>

#include "card.h"

/* A part of the screen: packed RGB, 8 bits each, width * 3 bytes a line. */
struct picture {
	uint32_t x, y, width, height;
	uint8_t *rgb;
};

/* Why a plane could not be read. NULL: it was. */
const char *picture_add(struct picture *picture, int card, const struct plane *plane);

#endif
