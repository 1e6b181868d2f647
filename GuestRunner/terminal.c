/* Programs on a terminal of their own, and the input of those that are not given all of it at once. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include "runner.h"

static struct winsize size_of(uint32_t rows, uint32_t columns) {
    return (struct winsize){.ws_row = (unsigned short)rows, .ws_col = (unsigned short)columns};
}

int terminal_open(uint32_t rows, uint32_t columns, int *master, int *slave) {
    int unlocked = 0, number;
    char path[32];
    *master = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK);
    if (*master < 0) return -1;
    if (ioctl(*master, TIOCSPTLCK, &unlocked) || ioctl(*master, TIOCGPTN, &number)) return -1;
    snprintf(path, sizeof path, "/dev/pts/%d", number);
    *slave = open(path, O_RDWR | O_NOCTTY | O_CLOEXEC);
    if (*slave < 0) return -1;
    struct winsize size = size_of(rows, columns);
    ioctl(*master, TIOCSWINSZ, &size);
    struct termios modes;
    if (tcgetattr(*slave, &modes) == 0) {
        modes.c_iflag |= IUTF8; /* erasing takes a whole character */
        tcsetattr(*slave, TCSANOW, &modes);
    }
    return 0;
}

void terminal_adopt(int slave) {
    ioctl(slave, TIOCSCTTY, 0);
    for (int i = 0; i < 3; i++) dup2(slave, i);
}

void terminal_resize(struct job *job, uint32_t rows, uint32_t columns) {
    struct winsize size = size_of(rows, columns);
    if (job->is_terminal && job->out >= 0) ioctl(job->out, TIOCSWINSZ, &size);
}

static void signal_member(struct job *job, pid_t pid, int signal) {
    if (getsid(pid) == job->pid) kill(pid, signal);
}

void signal_session(struct job *job, int signal) {
    if (job_processes(job, signal_member, signal) < 0) kill(-job->pid, signal);
}

void terminal_hang_up(struct job *job) {
    input_close(job);
    if (job->out >= 0) close(job->out);
    job->out = -1;
    signal_session(job, SIGHUP);
    signal_session(job, SIGCONT);
}

static void taken(struct job *job, uint32_t count) {
    if (count && !job->lost) send_frame(TAKEN, job->channel, &count, sizeof count);
}

void input_close(struct job *job) {
    if (job->in >= 0) close(job->in);
    job->in = -1;
    taken(job, (uint32_t)job->waiting); /* nobody wants it any more */
    job->waiting = 0;
    free(job->input);
    job->input = NULL;
}

void input_add(struct job *job, const char *bytes, uint32_t count) {
    if (job->in < 0 || job->input_ended) return taken(job, count);
    if (!job->input) job->input = malloc(INPUT_WINDOW);
    if (!job->input || count > INPUT_WINDOW - job->waiting) return send_error(job->channel, ENOBUFS, "input");
    memcpy(job->input + job->waiting, bytes, count);
    job->waiting += count;
    input_feed(job);
}

void input_end(struct job *job) {
    job->input_ended = 1;
    input_feed(job);
}

void input_feed(struct job *job) {
    uint32_t written = 0;
    while (job->in >= 0 && written < job->waiting) {
        ssize_t n = write(job->in, job->input + written, job->waiting - written);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0 && errno != EAGAIN) return input_close(job); /* the program has closed it */
        if (n <= 0) break;
        written += (uint32_t)n;
    }
    if (written) memmove(job->input, job->input + written, job->waiting - written);
    job->waiting -= written;
    taken(job, written);
    if (!job->input_ended || job->waiting || job->in < 0) return;
    struct termios modes;
    if (job->is_terminal && tcgetattr(job->in, &modes) == 0) {
        /* A terminal has no end but the character for it. */
        ssize_t ignored = write(job->in, &modes.c_cc[VEOF], 1);
        (void)ignored;
    }
    input_close(job);
}
