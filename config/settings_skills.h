#ifndef BINDERY_CONFIG_SETTINGS_SKILLS_H
#define BINDERY_CONFIG_SETTINGS_SKILLS_H

#include <stdbool.h>
#include <stddef.h>

struct settings;

/* How many different skills the file names: those that numbers ask for and that rings drop. */
size_t settings_skills(const struct settings *settings);
/* Whether that is one of them. */
bool settings_has_skill(const struct settings *settings, const char *skill);

#endif
