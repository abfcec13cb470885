// SPDX-License-Identifier: GPL-2.0
/*
 * card.c - asks a DRM card. Every function gives -1 with errno when the card refuses.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <drm.h>
#include <drm_mode.h>

#include "card.h"

static int ask(int card, unsigned long request, void *what)
{
	int ret;

	do {
		ret = ioctl(card, request, what);
	} while (ret < 0 && (errno == EINTR || errno == EAGAIN));
	return ret;
}

/*
 * Opens a card to look at. Whoever opens a card that nobody drives becomes its master; that is given back at once, or nobody could
 * drive it while we look.
 */
int card_open(const char *path)
{
	struct drm_set_client_cap all = { DRM_CLIENT_CAP_UNIVERSAL_PLANES, 1 }, places = { DRM_CLIENT_CAP_ATOMIC, 1 };
	int card = open(path, O_RDWR | O_CLOEXEC);

	if (card < 0)
		return -1;
	ioctl(card, DRM_IOCTL_DROP_MASTER, 0);
	if (ask(card, DRM_IOCTL_SET_CLIENT_CAP, &all) < 0)
		return -1;
	/* Without atomic the places of planes are not told; they then fill the screen. */
	ask(card, DRM_IOCTL_SET_CLIENT_CAP, &places);
	return card;
}

/* The kernel's names (drm_connector.c); a number for what came later. */
static void name_connector(char *to, size_t size, uint32_t type, uint32_t number)
{
	static const char *const names[] = { "Unknown", "VGA", "DVI-I", "DVI-D", "DVI-A", "Composite", "SVIDEO", "LVDS", "Component", "DIN",
					     "DP", "HDMI-A", "HDMI-B", "TV", "eDP", "Virtual", "DSI", "DPI", "Writeback", "SPI", "USB" };

	if (type < sizeof(names) / sizeof(*names))
		snprintf(to, size, "%s-%u", names[type], number);
	else
		snprintf(to, size, "%u-%u", type, number);
}

static uint32_t crtc_of(int card, uint32_t encoder)
{
	struct drm_mode_get_encoder e = { .encoder_id = encoder };

	return encoder && ask(card, DRM_IOCTL_MODE_GETENCODER, &e) == 0 ? e.crtc_id : 0;
}

static void add_mode(int card, struct connector *c)
{
	struct drm_mode_crtc crtc = { .crtc_id = c->crtc };

	if (!c->crtc || ask(card, DRM_IOCTL_MODE_GETCRTC, &crtc) < 0 || !crtc.mode_valid) {
		c->crtc = 0;
		return;
	}
	c->width = crtc.mode.hdisplay;
	c->height = crtc.mode.vdisplay;
	c->rate = crtc.mode.vrefresh;
}

/* Fills up to MOST_CONNECTORS; gives how many. Writeback connectors are no screens and are left out. */
int card_connectors(int card, struct connector *list)
{
	static const char *const states[] = { "unknown", "connected", "disconnected" };
	uint32_t ids[MOST_CONNECTORS] = { 0 };
	struct drm_mode_card_res res = { .connector_id_ptr = (uintptr_t)ids, .count_connectors = MOST_CONNECTORS };
	int many = 0;

	if (ask(card, DRM_IOCTL_MODE_GETRESOURCES, &res) < 0)
		return -1;
	for (uint32_t i = 0; i < res.count_connectors && i < MOST_CONNECTORS; i++) {
		/* One mode of room: to ask for none would mean "probe anew". */
		struct drm_mode_modeinfo room;
		struct drm_mode_get_connector c = { .connector_id = ids[i], .count_modes = 1, .modes_ptr = (uintptr_t)&room };

		if (ask(card, DRM_IOCTL_MODE_GETCONNECTOR, &c) < 0 || c.connector_type == DRM_MODE_CONNECTOR_WRITEBACK)
			continue;
		struct connector *to = &list[many++];
		*to = (struct connector){ .status = states[c.connection < 3 && c.connection ? c.connection : 0], .crtc = crtc_of(card, c.encoder_id) };
		name_connector(to->name, sizeof(to->name), c.connector_type, c.connector_type_id);
		add_mode(card, to);
	}
	return many;
}

static void take_property(struct plane *plane, const char *name, uint64_t value)
{
	if (!strcmp(name, "type"))
		plane->type = value;
	else if (!strcmp(name, "zpos"))
		plane->zpos = value;
	else if (!strcmp(name, "CRTC_X"))
		plane->x = (int32_t)value;
	else if (!strcmp(name, "CRTC_Y"))
		plane->y = (int32_t)value;
	else if (!strcmp(name, "CRTC_W"))
		plane->width = value;
	else if (!strcmp(name, "CRTC_H"))
		plane->height = value;
	else if (!strcmp(name, "SRC_X"))
		plane->from_x = value >> 16;
	else if (!strcmp(name, "SRC_Y"))
		plane->from_y = value >> 16;
	else if (!strcmp(name, "SRC_W"))
		plane->from_width = value >> 16;
	else if (!strcmp(name, "SRC_H"))
		plane->from_height = value >> 16;
}

static int add_place(int card, struct plane *plane)
{
	uint32_t ids[64];
	uint64_t values[64];
	struct drm_mode_obj_get_properties all = {
		.props_ptr = (uintptr_t)ids,
		.prop_values_ptr = (uintptr_t)values,
		.count_props = 64,
		.obj_id = plane->id,
		.obj_type = DRM_MODE_OBJECT_PLANE,
	};

	if (ask(card, DRM_IOCTL_MODE_OBJ_GETPROPERTIES, &all) < 0)
		return -1;
	for (uint32_t i = 0; i < all.count_props && i < 64; i++) {
		struct drm_mode_get_property property = { .prop_id = ids[i] };

		if (ask(card, DRM_IOCTL_MODE_GETPROPERTY, &property) == 0)
			take_property(plane, property.name, values[i]);
	}
	return 0;
}

static int lower_first(const void *a, const void *b)
{
	const struct plane *one = a, *other = b;
	/* Without zpos: primary, overlays, cursor. */
	static const int rank[] = { [PRIMARY] = 0, [OVERLAY] = 1, [CURSOR] = 2 };

	if (one->zpos != other->zpos)
		return one->zpos < other->zpos ? -1 : 1;
	return rank[one->type] - rank[other->type];
}

/* The planes that show something on this crtc, the lowest first; fills up to MOST_PLANES and gives how many. */
int card_planes(int card, uint32_t crtc, struct plane *list)
{
	uint32_t ids[MOST_PLANES] = { 0 };
	struct drm_mode_get_plane_res res = { .plane_id_ptr = (uintptr_t)ids, .count_planes = MOST_PLANES };
	int many = 0;

	if (ask(card, DRM_IOCTL_MODE_GETPLANERESOURCES, &res) < 0)
		return -1;
	for (uint32_t i = 0; i < res.count_planes && i < MOST_PLANES; i++) {
		struct drm_mode_get_plane p = { .plane_id = ids[i] };

		if (ask(card, DRM_IOCTL_MODE_GETPLANE, &p) < 0 || p.crtc_id != crtc || !p.fb_id)
			continue;
		list[many] = (struct plane){ .id = ids[i], .fb = p.fb_id, .crtc = crtc, .type = OVERLAY };
		if (add_place(card, &list[many]) == 0)
			many++;
	}
	qsort(list, many, sizeof(*list), lower_first);
	return many;
}
