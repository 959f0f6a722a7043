#ifndef BINDERY_GATEWAY_LINGER_H
#define BINDERY_GATEWAY_LINGER_H

struct ev_loop;

#define LINGER_MAX 64 /* connections at once; one more is closed hard */

/* Takes a socket that is to be closed: says that nothing more comes from us, reads and drops what
 * the peer still sends until it closes too, two seconds at the most, then closes. Closing with
 * unread input would reset the connection and take our last answer with it. */
void linger_close(struct ev_loop *loop, int fd);
/* Closes those that are left, before the loop goes. */
void linger_finish(struct ev_loop *loop);

#endif
