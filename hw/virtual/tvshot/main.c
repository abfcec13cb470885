// SPDX-License-Identifier: GPL-2.0
/*
 * tvshot - what the TV shows just now, read back from the DRM card. For tests; needs root, disturbs nobody.
 *
 *   tvshot [CARD]          the picture as PPM (P6) on standard output; CARD is /dev/dri/card0 when it is left out
 *   tvshot state [CARD]    one line of JSON for each connector: name, status, and the mode when something is shown
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

static int print_picture(int card)
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
	picture = (struct picture){ shown.width, shown.height, malloc((size_t)shown.width * shown.height * 3) };
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

int main(int argc, char **argv)
{
	bool state = argc > 1 && !strcmp(argv[1], "state");
	const char *path = argc > 1 + state ? argv[1 + state] : "/dev/dri/card0";
	int card, ret;

	if (argc > 2 + state || (path[0] == '-')) {
		fprintf(stderr, "usage: tvshot [CARD] >PICTURE.ppm\n       tvshot state [CARD]\n");
		return 1;
	}
	card = card_open(path);
	if (card < 0)
		return fail(path, strerror(errno));
	ret = state ? print_state(card) : print_picture(card);
	if (fflush(stdout) || ferror(stdout))
		return fail("output", strerror(errno));
	return ret;
}
