#ifndef BINDERY_ROUTER_COMPLIANCE_CLASSIFY_H
#define BINDERY_ROUTER_COMPLIANCE_CLASSIFY_H

/*
 * `classify [--context marketing|question|agent|opted-out]… [--json] < lines`: what each line of
 * the standard input would mean for consent. `VERDICT <tab> rule <tab> text` a line each; backslash
 * escapes (\n, \r, \t, \\, \uXXXX, \UXXXXXXXX) in a line are read. With --json an object a line
 * that explains the verdict. argv[0] is what follows `classify`. Needs no configuration and no
 * Redis. Returns the exit code: 0 done, 1 no, 2 usage.
 */
int classify_command(int argc, char **argv);

#endif
