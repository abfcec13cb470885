// SPDX-License-Identifier: GPL-2.0
/*
 * tvshot - what the TV shows just now, read back from the DRM card. For tests; needs root, disturbs nobody.
 *
 *   tvshot [CARD]                           the picture as PPM (P6) on standard output; CARD is /dev/dri/card0 when it is left out
 *   tvshot part X Y WIDTH HEIGHT [CARD]     only this part of it: the rest is not touched
 *   tvshot state [CARD]                     one line of JSON for each connector: name, status, and the mode when something is shown
 *
 * Ends with 0; with 2 when nothing is shown; with 1 when it cannot be read (why is on standard error).
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "card.h"
#include "picture.h"

/* A picture during which another framebuffer came is taken anew, this often. */
#define TRIES 20

static int fail(const char *what, const char *why)
{
	fprintf(stderr, "tvshot: %s: %s\n", what, why);
	return 1;
}

static int print_state(int card)
{
	struct connector list[MOST_CONNECTORS];
	int many = card_connectors(card, list);

	if (many < 0)
		return fail("connectors", strerror(errno));
	for (int i = 0; i < many; i++) {
		const struct connector *c = &list[i];

		printf("{\"connector\":\"%s\",\"status\":\"%s\",\"mode\":", c->name, c->status);
		if (c->crtc)
			printf("{\"width\":%u,\"height\":%u,\"rate\":%u}}\n", c->width, c->height, c->rate);
		else
			printf("null}\n");
	}
	return 0;
}

/* The first connector that shows something. */
static int find_shown(int card, struct connector *found)
{
	struct connector list[MOST_CONNECTORS];
	int many = card_connectors(card, list);

	for (int i = 0; i < many; i++) {
		if (!list[i].crtc)
			continue;
		*found = list[i];
		return 1;
	}
	return many < 0 ? -1 : 0;
}

static bool same(const struct plane *a, int many_a, const struct plane *b, int many_b)
{
	if (many_a != many_b)
		return false;
	for (int i = 0; i < many_a; i++)
		if (a[i].id != b[i].id || a[i].fb != b[i].fb)
			return false;
	return true;
}

/* One whole picture: the planes before and after must be the same. Gives 0, 1 (failed) or -1 (try again). */
static int take(int card, struct picture *picture, uint32_t crtc)
{
	struct plane before[MOST_PLANES], after[MOST_PLANES];
	int many = card_planes(card, crtc, before);

	if (many < 0)
		return fail("planes", strerror(errno));
	memset(picture->rgb, 0, (size_t)picture->width * picture->height * 3);
	for (int i = 0; i < many; i++) {
		const char *why = picture_add(picture, card, &before[i]);

		/* A framebuffer that went away while we looked is no failure. */
		if (why && same(before, many, after, card_planes(card, crtc, after)))
			return fail("plane", why);
	}
	return same(before, many, after, card_planes(card, crtc, after)) ? 0 : -1;
}

/* @part: x, y, width and height of what is wanted; NULL: all of it */
static int print_picture(int card, const uint32_t *part)
{
	struct picture picture;
	struct connector shown;
	int found = find_shown(card, &shown), taken = -1;

	if (found < 0)
		return fail("connectors", strerror(errno));
	if (!found) {
		fprintf(stderr, "tvshot: nothing is shown\n");
		return 2;
	}
	picture = (struct picture){ .width = shown.width, .height = shown.height };
	if (part)
		picture = (struct picture){ .x = part[0], .y = part[1], .width = part[2], .height = part[3] };
	picture.rgb = malloc((size_t)picture.width * picture.height * 3);
	if (!picture.rgb)
		return fail("memory", strerror(errno));
	for (int i = 0; i < TRIES && taken < 0; i++)
		taken = take(card, &picture, shown.crtc);
	if (taken < 0)
		return fail("picture", "it changes too fast to be read whole");
	if (taken > 0)
		return taken;
	printf("P6\n%u %u\n255\n", picture.width, picture.height);
	fwrite(picture.rgb, 3, (size_t)picture.width * picture.height, stdout);
	free(picture.rgb);
	return 0;
}

/* A number of pixels, up to what no TV has. */
static bool read_pixels(const char *text, uint32_t *to)
{
	char *end;
	unsigned long pixels = strtoul(text, &end, 10);

	*to = pixels;
	return *text && !*end && pixels <= 16384;
}

static int usage(void)
{
	fprintf(stderr, "usage: tvshot [CARD] >PICTURE.ppm\n       tvshot part X Y WIDTH HEIGHT [CARD] >PICTURE.ppm\n       tvshot state [CARD]\n");
	return 1;
}

int main(int argc, char **argv)
{
	bool state = argc > 1 && !strcmp(argv[1], "state"), is_part = argc > 1 && !strcmp(argv[1], "part");
	int words = state ? 2 : is_part ? 6 : 1;
	const char *path = argc > words ? argv[words] : "/dev/dri/card0";
	uint32_t part[4];
	int card, ret;

	if (argc < words || argc > words + 1 || path[0] == '-')
		return usage();
	for (int i = 0; is_part && i < 4; i++)
		if (!read_pixels(argv[2 + i], &part[i]))
			return usage();
	card = card_open(path);
	if (card < 0)
		return fail(path, strerror(errno));
	ret = state ? print_state(card) : print_picture(card, is_part ? part : NULL);
	if (fflush(stdout) || ferror(stdout))
		return fail("output", strerror(errno));
	return ret;
}
