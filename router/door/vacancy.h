#ifndef BINDERY_ROUTER_DOOR_VACANCY_H
#define BINDERY_ROUTER_DOOR_VACANCY_H

#include "router/door/api.h"

struct directory_entity;

/*
 * A queue is deleted only once no conversation is in it: none waits there, rings, is being talked
 * in or is parked. After-call work is its leg's alone, and stands in nobody's way.
 */

/* What is to be done where it is empty; `id` and `who` are borrowed for the time of the call. */
typedef void vacancy_empty(const struct api *api, struct http_request *request, const char *id,
			   const char *who);

/* Counts them, and calls `empty`, or answers with how many there are. Copies what it is given. */
void vacancy_look(const struct api *api, struct http_request *request,
		  const struct directory_entity *queue, const char *who, vacancy_empty *empty);

#endif
