#ifndef BINDERY_CONFIG_SECRET_H
#define BINDERY_CONFIG_SECRET_H

#include <stdbool.h>
#include <stddef.h>

/* Secrets that stand outside of bindery.conf: in files, and in systemd's credentials
 * (systemd.exec(5), LoadCredential=), which are there for a unit and while it runs. */

#define SECRET_PLACE_MAX 4400

/* Where `path` leads: for `credential:NAME` the file of that name in the folder that systemd gives
 * this unit; in a process that no unit is, in the folder of the unit that is called as the program,
 * which root may read. Any other path leads to itself. Fills `place` (SECRET_PLACE_MAX) and returns
 * it, or `path`. */
const char *secret_place(const char *path, char *place);

/* Whether `path` is a credential that cannot be told from here: this process is no unit, and no
 * unit of the program has it now. */
bool secret_is_elsewhere(const char *path);

/* The content without the newline at its end, at most 1,023 octets, for free(); or NULL with errno
 * set. */
char *secret_read(const char *path);

#endif
