#define _GNU_SOURCE
#include "wake.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

/* random(4); its header is none of the C library's. */
#define ADD_ENTROPY 0x40085203
#define RESEED 0x5207
#define MAX_SEED 256

static void stir(const char *seed, uint32_t length) {
    struct {
        int bits, size;
        char bytes[MAX_SEED];
    } pool;
    int fd = open("/dev/urandom", O_WRONLY | O_CLOEXEC);
    if (fd < 0) return;
    if (length > MAX_SEED) length = MAX_SEED;
    pool.bits = (int)length * 8;
    pool.size = (int)length;
    memcpy(pool.bytes, seed, length);
    /* Kernels before 4.14 do not know the second, and reseed by themselves. */
    ioctl(fd, ADD_ENTROPY, &pool);
    ioctl(fd, RESEED);
    close(fd);
}

int wake_up(const char *payload, uint32_t length) {
    int64_t seconds;
    uint32_t nanoseconds;
    if (length < sizeof seconds + sizeof nanoseconds) return EPROTO;
    memcpy(&seconds, payload, sizeof seconds);
    memcpy(&nanoseconds, payload + sizeof seconds, sizeof nanoseconds);
    uint32_t head = sizeof seconds + sizeof nanoseconds;
    stir(payload + head, length - head);
    struct timespec now = {.tv_sec = (time_t)seconds, .tv_nsec = (long)nanoseconds};
    return clock_settime(CLOCK_REALTIME, &now) ? errno : 0;
}
