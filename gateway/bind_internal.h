#ifndef BINDERY_GATEWAY_BIND_INTERNAL_H
#define BINDERY_GATEWAY_BIND_INTERNAL_H

#include "gateway/bind.h"

/* Between bind.c, which keeps a bind's clock and window, and bind_session.c, which does what the
 * session's table says and hears what comes in. */

extern const struct link_events bind_link_events;

/* Moves the session and does what it asks for; `request` is the PDU at hand, or NULL. */
void bind_step(struct bind *bind, enum session_event event, const struct pdu_header *request);
void bind_carry_out(struct bind *bind, const struct session_step *step,
		    const struct pdu_header *request);
void bind_check_drained(struct bind *bind);
/* Begins anew once a bind that is to be made with other settings has ended. */
void bind_check_again(struct bind *bind);
void bind_arm(struct bind *bind);
void bind_send_answer(struct bind *bind, const struct pdu_header *request, uint32_t status);

#endif
