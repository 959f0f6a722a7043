#ifndef BINDERY_CONFIG_SETTINGS_SKILLS_H
#define BINDERY_CONFIG_SETTINGS_SKILLS_H

#include <stddef.h>

struct settings;

/* How many different skills the file names: those that numbers ask for and that rings drop. */
size_t settings_skills(const struct settings *settings);

#endif
