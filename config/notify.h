#ifndef BINDERY_CONFIG_NOTIFY_H
#define BINDERY_CONFIG_NOTIFY_H

#include <stdint.h>

/* What systemd is told (sd_notify(3), Type=notify). Without systemd all of it does nothing. */

void notify_ready(void);
/* `within_ms`: it may take so long, even where TimeoutStopSec= is less; 0 = leave it at that. */
void notify_stopping(uint64_t within_ms);
void notify_reloading(void);
/* A line for `systemctl status`, without a newline. */
void notify_status(const char *text);

/* How often notify_watchdog() is to be called, in ms: half of WatchdogSec. 0 = never. */
uint64_t notify_watchdog_ms(void);
void notify_watchdog(void);

#endif
