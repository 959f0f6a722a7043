#ifndef BINDERY_ROUTER_COMPLIANCE_LEDGER_H
#define BINDERY_ROUTER_COMPLIANCE_LEDGER_H

#include <stdbool.h>

#include "router/compliance/officer.h"

/* `bindery-router ledger …`, argv from behind `ledger`. Return the exit code. */
int ledger_command(const struct officer_place *place, int argc, char **argv);
extern const char ledger_usage[];
/* Whether it needs neither configuration nor Redis, and then ledger_offline() does it. */
bool ledger_is_offline(int argc, char **argv);
int ledger_offline(int argc, char **argv);

#endif
