// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
#include "history/recall.h"

#include <stdlib.h>
#include <string.h>

static int make_place(struct recall *recall, uint32_t process)
{
	uint32_t more = recall->place_count ? recall->place_count : 64;
	uint32_t *places;

	if (process < recall->place_count)
		return 0;
	while (more <= process)
		more *= 2;
	places = reallocarray(recall->places, more, sizeof(*places));
	if (!places)
		return -1;
	memset(places + recall->place_count, 0, (more - recall->place_count) * sizeof(*places));
	recall->places = places;
	recall->place_count = more;
	return 0;
}

static int make_room(struct recall *recall)
{
	uint32_t more = recall->room ? recall->room * 2 : 16;
	struct recall_event *events;

	if (recall->count < recall->room)
		return 0;
	events = reallocarray(recall->events, more, sizeof(*events));
	if (!events)
		return -1;
	recall->events = events;
	recall->room = more;
	return 0;
}

struct recall_event *recall_process(struct recall *recall, uint32_t process)
{
	if (process < recall->place_count && recall->places[process])
		return &recall->events[recall->places[process] - 1];
	if (make_place(recall, process) || make_room(recall))
		return NULL;
	recall->events[recall->count] = (struct recall_event){ 0 };
	recall->places[process] = ++recall->count;
	return &recall->events[recall->count - 1];
}

void recall_name(struct recall_event *event, const char *name, size_t size)
{
	event->name_size = (uint32_t)(size < RECALL_NAME ? size : RECALL_NAME);
	memcpy(event->name, name, event->name_size);
}

void recall_reset(struct recall *recall)
{
	if (recall->places)
		memset(recall->places, 0, recall->place_count * sizeof(*recall->places));
	recall->count = 0;
	memset(recall->seq, 0, sizeof(recall->seq));
	recall->time = 0;
}

void recall_free(struct recall *recall)
{
	free(recall->events);
	free(recall->places);
	*recall = (struct recall){ 0 };
}
