#ifndef BINDERY_CONFIG_KERNEL_H
#define BINDERY_CONFIG_KERNEL_H

/* What the kernel has to be told for the appliance's Redis (systemd/bindery.sysctl). */
#define KERNEL_OVERCOMMIT "/proc/sys/vm/overcommit_memory"
#define KERNEL_OVERCOMMITS 1 /* what stands there when it was told */

/* The whole number, from 0 on, that stands in such a file; -1 where it cannot be read, as in a
 * sandbox. */
int kernel_setting(const char *path);

#endif
