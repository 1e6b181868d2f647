#ifndef KILN_WAKE_H
#define KILN_WAKE_H

#include <stdint.h>

/*
 * After a restore from a snapshot: sets the clock, which stood still, and gives the kernel's random numbers a seed of this
 * guest's own, to be used at once: they would be the same in every copy of the snapshot for up to a minute.
 *
 * payload: i64 seconds since 1970, u32 nanoseconds (little endian), then the seed. Returns 0 or an errno.
 */
int wake_up(const char *payload, uint32_t length);

#endif
