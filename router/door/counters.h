#ifndef BINDERY_ROUTER_DOOR_COUNTERS_H
#define BINDERY_ROUTER_DOOR_COUNTERS_H

#include <stddef.h>
#include <stdint.h>

/*
 * What the door counts; every limit has one (promise 6). X(name, kind, help), kind being the type
 * of the Prometheus metric `bindery_door_<name>`.
 */
#define COUNTERS(X)                                                                                \
	X(connections, gauge, "Connections that are open")                                         \
	X(connections_refused_total, counter, "Connections above the limit")                       \
	X(requests_total, counter, "HTTP requests")                                                \
	X(requests_refused_total, counter, "HTTP requests answered with 4xx")                      \
	X(requests_failed_total, counter, "HTTP requests answered with 5xx")                       \
	X(bodies_too_big_total, counter, "HTTP bodies above the limit")                            \
	X(bodies_too_slow_total, counter, "HTTP bodies that did not come in time")                 \
	X(requests_along_total, counter,                                                           \
	  "Requests with a body that came along with the one before")                              \
	X(streams, gauge, "Answers in pieces that are under way")                                  \
	X(streams_total, counter, "Answers in pieces")                                             \
	X(streams_refused_total, counter, "Answers in pieces above the limit")                     \
	X(streams_broken_total, counter, "Answers in pieces that did not end whole")               \
	X(requests_forged_total, counter, "Requests refused for their Origin or lack of CSRF")     \
	X(sign_ins_total, counter, "Sign-ins that succeeded")                                      \
	X(sign_ins_wrong_total, counter, "Sign-ins with a wrong name or password")                 \
	X(sign_ins_throttled_total, counter, "Sign-ins answered with 429")                         \
	X(sign_ins_busy_total, counter, "Sign-ins refused because too many were waiting")          \
	X(requests_throttled_total, counter, "Requests of clients of the API above their rate")    \
	X(tokens_total, counter, "Tokens granted to clients of the API")                           \
	X(tokens_refused_total, counter, "Askings for a token with wrong credentials")             \
	X(tokens_throttled_total, counter, "Askings for a token answered with 429")                \
	X(agents, gauge, "Agents' sockets that are open")                                          \
	X(supervisors, gauge, "Supervisors' sockets that are open")                                \
	X(frames_received_total, counter, "Frames of agents")                                      \
	X(frames_bad_total, counter, "Frames of agents that were refused")                         \
	X(frames_too_big_total, counter, "Sockets closed for a frame above the limit")             \
	X(frames_sent_total, counter, "Frames to agents")                                          \
	X(sockets_flooding_total, counter, "Sockets closed for sending too fast")                  \
	X(sockets_slow_total, counter, "Sockets closed for a backlog above the limit")             \
	X(sockets_silent_total, counter, "Sockets closed for no hello or no pong")                 \
	X(asks_refused_total, counter, "Frames refused because too many were unanswered")          \
	X(events_unreadable_total, counter, "Events of an agent's stream that are no JSON object") \
	X(snapshots_total, counter, "Snapshots sent")

#define COUNTERS_FIELD(name, kind, help) uint64_t name;
struct counters {
	COUNTERS(COUNTERS_FIELD)
};

/* The text of /metrics: `before` (may be NULL) and the counters. Malloc'd. */
char *counters_text(const struct counters *counters, const char *before);

#endif
