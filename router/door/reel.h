#ifndef BINDERY_ROUTER_DOOR_REEL_H
#define BINDERY_ROUTER_DOOR_REEL_H

#include <stdbool.h>
#include <stddef.h>

#include "router/door/wire.h"

/*
 * An entry of {a:<agent>}:events has frames, a field `j` each, and in `s` which events they are of
 * (screen.lua). The entry's id is that of its last frame; those before it have the numbers below.
 */

/* Frames of an entry at most; every entry's number is a multiple of it. */
#define REEL_STRIDE 1024

/* The id of the entry behind `newest`, unless somebody writes one meanwhile: Redis then refuses it.
 * False where `newest` is no id. */
bool reel_next(const char *newest, char out[WIRE_ID_MAX + 1]);
/* The id of frame i of `count`, from 0. `entry` as it is where it is no id or has no such numbers.
 */
void reel_frame(struct span entry, size_t i, size_t count, char out[WIRE_ID_MAX + 1]);

#endif
