/* SPDX-License-Identifier: GPL-2.0 */
#ifndef VH264_CAVLC_H
#define VH264_CAVLC_H

#include "bits.h"

void cavlc_luma_dc(struct bits *b, const s32 level[16]);
void cavlc_chroma_dc(struct bits *b, const s32 level[4]);

#endif
