/*
 * The port to the host: a virtio-serial port that QEMU gives to one client of a socket at a time.
 *
 * Hosts come and go: a kiln that is killed leaves half a frame in either direction. Frames to a host that has left are
 * dropped, half a frame of it is forgotten at its end, and the next host looks for the answer to its own HELLO first.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "runner.h"

#define PORT_NAME "org.kiln.runner.0"
#define HEADER 12

static int port = -1;
static int is_silent;

/* The frame that is being read. */
static char header[HEADER];
static char *payload;
static size_t got;
/* What came is no frame: nothing more of this host's is one. */
static int is_garbled;

static uint32_t word(int index) {
    uint32_t value;
    memcpy(&value, header + 4 * index, 4);
    return value;
}

int port_open(void) {
    int flags = O_RDWR | O_CLOEXEC | O_NONBLOCK;
    port = open("/dev/virtio-ports/" PORT_NAME, flags);
    /* Without udev's links: by the name that the kernel gives. */
    DIR *folder = port < 0 ? opendir("/sys/class/virtio-ports") : NULL;
    struct dirent *entry;
    while (folder && (entry = readdir(folder))) {
        char path[512], name[128] = "";
        snprintf(path, sizeof path, "/sys/class/virtio-ports/%s/name", entry->d_name);
        FILE *file = fopen(path, "re");
        if (!file) continue;
        if (fscanf(file, "%127s", name) == 1 && strcmp(name, PORT_NAME) == 0) {
            snprintf(path, sizeof path, "/dev/%s", entry->d_name);
            port = open(path, flags);
        }
        fclose(file);
        if (port >= 0) break;
    }
    if (folder) closedir(folder);
    if (port < 0) fprintf(stderr, "kiln-guest-runner: no virtio port " PORT_NAME ": %s\n", strerror(errno));
    return port;
}

void port_close(void) { close(port); }

int port_descriptor(void) { return port; }

int host_is_there(void) {
    struct pollfd look = {.fd = port, .events = POLLIN};
    return poll(&look, 1, 0) >= 0 && !(look.revents & POLLHUP);
}

void host_has_come(void) { is_silent = 0; }

static void send_bytes(const char *at, size_t count) {
    while (count > 0 && !is_silent) {
        ssize_t n = write(port, at, count);
        if (n > 0) {
            at += n;
            count -= (size_t)n;
        } else if (n < 0 && errno == EAGAIN) {
            /* A slow host slows what runs here; one that has left does not stop it. */
            struct pollfd wait = {.fd = port, .events = POLLOUT};
            poll(&wait, 1, -1);
            if (wait.revents & POLLHUP) is_silent = 1;
        } else if (n < 0 && errno != EINTR) {
            exit(1); /* the port itself is gone */
        }
    }
}

void send_frame(uint32_t type, uint32_t channel, const void *bytes, uint32_t length) {
    static char whole[HEADER + PIECE];
    uint32_t words[3] = {type, channel, length};
    memcpy(whole, words, HEADER);
    /* In one piece where it fits: each write is a way out of the virtual machine and back. */
    uint32_t with = length <= PIECE ? length : 0;
    memcpy(whole + HEADER, bytes, with);
    send_bytes(whole, HEADER + with);
    send_bytes((const char *)bytes + with, length - with);
}

void send_error(uint32_t channel, int error, const char *what) {
    char buffer[4300];
    uint32_t number = (uint32_t)error;
    memcpy(buffer, &number, 4);
    int n = snprintf(buffer + 4, sizeof buffer - 4, "%s: %s", what, strerror(error));
    if (n > (int)sizeof buffer - 5) n = (int)sizeof buffer - 5;
    send_frame(ERROR, channel, buffer, 4 + (uint32_t)n);
}

static void forget_frame(void) {
    free(payload);
    payload = NULL;
    got = 0;
}

int receive(void (*handle)(uint32_t, uint32_t, char *, uint32_t)) {
    static char dropped[PIECE];
    for (;;) {
        size_t length = got >= HEADER ? word(2) : 0;
        if (got >= HEADER && got == HEADER + length) break;
        char *to = got < HEADER ? header + got : payload + (got - HEADER);
        size_t want = got < HEADER ? HEADER - got : HEADER + length - got;
        ssize_t n = is_garbled ? read(port, dropped, sizeof dropped) : read(port, to, want);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0 && errno == EAGAIN) return 1;
        if (n < 0) exit(1);
        if (n == 0) {
            forget_frame();
            is_garbled = 0;
            is_silent = 1;
            return 0;
        }
        if (is_garbled) continue;
        got += (size_t)n;
        if (got != HEADER) continue;
        if (word(2) <= MAX_FRAME) payload = malloc(word(2) + 1u);
        if (!payload) {
            forget_frame();
            is_garbled = 1;
        }
    }
    char *whole = payload;
    uint32_t type = word(0), channel = word(1), length = word(2);
    payload = NULL;
    got = 0;
    handle(type, channel, whole, length);
    free(whole);
    return 1;
}
