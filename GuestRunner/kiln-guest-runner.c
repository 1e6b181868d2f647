/*
 * kiln-guest-runner: what Kiln runs inside a guest to start programs and to move files.
 *
 * It speaks frames over one virtio-serial port, so that output is live, binary-safe and apart by stream, and so that an
 * exit status can only come from waitpid(2): a guest or a channel that ends early never looks like success.
 *
 * This file has the loop and the files that come and go; port.c the frames, jobs.c the programs, terminal.c their
 * terminals, files.c and its like the file operations.
 *
 * As process 1 (the initramfs of the acceleration probe) it prints a marker on the console and powers off.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/reboot.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <unistd.h>

#include "runner.h"
#include "wake.h"

struct put {
    uint32_t channel;
    int fd; /* -1: the slot is free */
    char path[4096], temporary[4128];
    mode_t mode;
    int error;
};

static struct put puts_open[MAX_JOBS];

static void make_folders(char *path) {
    for (char *slash = strchr(path + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
        *slash = 0;
        mkdir(path, 0755);
        *slash = '/';
    }
}

static struct put *put_of(uint32_t channel, int opening) {
    for (int i = 0; i < MAX_JOBS; i++) {
        if (opening ? puts_open[i].fd < 0 : puts_open[i].fd >= 0 && puts_open[i].channel == channel) return &puts_open[i];
    }
    return NULL;
}

static void put_open(uint32_t channel, const char *payload, uint32_t length) {
    struct put *put = put_of(channel, 1);
    if (!put) return send_error(channel, EAGAIN, "too many files at once");
    uint32_t mode;
    if (length < 5 || length - 4 >= sizeof put->path) return send_error(channel, ENAMETOOLONG, "put");
    memcpy(&mode, payload, 4);
    memcpy(put->path, payload + 4, length - 4);
    put->path[length - 4] = 0;
    memcpy(put->temporary, put->path, length - 4);
    snprintf(put->temporary + length - 4, 32, ".kiln-%u", channel);
    make_folders(put->path);
    int fd = open(put->temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (fd < 0) return send_error(channel, errno, put->path);
    put->fd = fd;
    put->channel = channel;
    put->mode = mode & 07777;
    put->error = 0;
}

static void put_data(uint32_t channel, const char *payload, uint32_t length) {
    struct put *put = put_of(channel, 0);
    if (!put || put->error) return; /* told at the close */
    while (length > 0) {
        ssize_t n = write(put->fd, payload, length);
        if (n < 0 && errno == EINTR) continue;
        if (n <= 0) {
            put->error = n < 0 ? errno : EIO;
            return;
        }
        payload += n;
        length -= (uint32_t)n;
    }
}

/* Puts the file in its place, or tells why it cannot be: 0 and -1. */
static int put_finish(struct put *put) {
    int error = put->error;
    if (!error && fchmod(put->fd, put->mode)) error = errno;
    if (close(put->fd) && !error) error = errno;
    put->fd = -1;
    if (!error && rename(put->temporary, put->path)) error = errno;
    if (!error) return 0;
    unlink(put->temporary);
    send_error(put->channel, error, put->path);
    return -1;
}

static void put_close(uint32_t channel) {
    struct put *put = put_of(channel, 0);
    if (!put) return; /* the open has already been refused */
    if (put_finish(put) == 0) send_frame(DONE, channel, "", 0);
}

static void abandon(struct put *put) {
    close(put->fd);
    put->fd = -1;
    unlink(put->temporary);
}

static void put_abort(uint32_t channel) {
    struct put *put = put_of(channel, 0);
    if (put) abandon(put);
}

static void start_script(uint32_t channel, char *payload, uint32_t length) {
    uint32_t head[3], rest = length - sizeof head;
    if (length < sizeof head) return send_error(channel, EPROTO, "exec script");
    memcpy(head, payload, sizeof head);
    uint32_t mode = head[0], path_length = head[1], text_length = head[2];
    if (path_length > rest || text_length > rest - path_length) return send_error(channel, EPROTO, "exec script");
    char *path = payload + sizeof head - 4; /* put_open wants the mode before the path */
    char *text = path + 4 + path_length;
    memcpy(path, &mode, 4);
    put_open(channel, path, 4 + path_length);
    put_data(channel, text, text_length);
    struct put *put = put_of(channel, 0);
    if (!put || put_finish(put)) return;
    start_program(EXEC, channel, text + text_length, rest - path_length - text_length);
}

static void get_file(uint32_t channel, const char *payload, uint32_t length) {
    static char buffer[PIECE];
    char path[4096];
    if (length == 0 || length >= sizeof path) return send_error(channel, ENAMETOOLONG, "get");
    memcpy(path, payload, length);
    path[length] = 0;
    /* O_NONBLOCK: a named pipe that nobody writes to would stop all that runs here. */
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    struct stat information;
    if (fd < 0) return send_error(channel, errno, path);
    if (fstat(fd, &information) == 0 && !S_ISREG(information.st_mode)) {
        close(fd);
        return send_error(channel, S_ISDIR(information.st_mode) ? EISDIR : EINVAL, path);
    }
    for (;;) {
        ssize_t n = read(fd, buffer, sizeof buffer);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) {
            send_error(channel, errno, path);
            break;
        }
        if (n == 0) {
            send_frame(END, channel, "", 0);
            break;
        }
        send_frame(DATA, channel, buffer, (uint32_t)n);
    }
    close(fd);
}

/* Whoever wanted what is under way has left. */
static void host_has_left(void) {
    lose_jobs();
    for (int i = 0; i < MAX_JOBS; i++)
        if (puts_open[i].fd >= 0) abandon(&puts_open[i]);
}

static void handle(uint32_t type, uint32_t channel, char *payload, uint32_t length) {
    uint32_t words[2] = {0};
    struct job *job = job_of(channel);
    memcpy(words, payload, length < sizeof words ? length : sizeof words);
    switch (type) {
    case HELLO:
        host_has_left(); /* one may have come so soon after another that its end was not seen */
        host_has_come();
        send_frame(HELLO_BACK, channel, payload, length);
        break;
    case EXEC:
    case OPEN: start_program(type, channel, payload, length); break;
    case KILL: signal_job(channel, (int)words[0]); break;
    case INPUT:
        if (job) input_add(job, payload, length);
        break;
    case INPUT_END:
        if (job) input_end(job);
        break;
    case RESIZE:
        if (job) terminal_resize(job, words[0], words[1]);
        break;
    case EXEC_SCRIPT: start_script(channel, payload, length); break;
    case PUT_OPEN: put_open(channel, payload, length); break;
    case PUT_DATA: put_data(channel, payload, length); break;
    case PUT_CLOSE: put_close(channel); break;
    case PUT_ABORT: put_abort(channel); break;
    case GET: get_file(channel, payload, length); break;
    case FILE_OPERATION: start_file_operation(channel, payload, length); break;
    case WAKE:
        words[0] = (uint32_t)wake_up(payload, length);
        if (words[0]) send_error(channel, (int)words[0], "cannot set the clock");
        else send_frame(DONE, channel, "", 0);
        break;
    default: send_error(channel, EPROTO, "unknown frame");
    }
}

static void probe_as_init(void) {
    static const char marker[] = "\nkiln-probe-reached-user-space\n";
    ssize_t ignored = write(1, marker, sizeof marker - 1);
    (void)ignored;
    usleep(100000);
    reboot(RB_POWER_OFF);
    for (;;) pause();
}

/* The descriptors of a job that are waited for. */
static nfds_t watch(struct job *job, struct pollfd *set, struct job **owner) {
    nfds_t count = 0;
    struct pollfd wanted[3] = {
        {.fd = job->out, .events = POLLIN},
        {.fd = job->err, .events = POLLIN},
        {.fd = job->waiting ? job->in : -1, .events = POLLOUT},
    };
    for (int i = 0; i < 3; i++) {
        if (wanted[i].fd < 0) continue;
        owner[count] = job;
        set[count++] = wanted[i];
    }
    return count;
}

static void serve(struct job *job, int fd) {
    if (fd == job->in) return input_feed(job);
    int *end = fd == job->out ? &job->out : &job->err;
    if (fd != *end) return; /* closed since it was waited for */
    uint32_t type = job->lost ? 0 : end == &job->out ? STDOUT : STDERR;
    if (forward(fd, type, job->channel, PIECE)) return;
    close(fd);
    *end = -1;
}

static int smaller(int one, int other) { return one < 0 || (other >= 0 && other < one) ? other : one; }

static void run(int ended) {
    struct pollfd set[2 + 3 * MAX_JOBS];
    struct job *owner[2 + 3 * MAX_JOBS];
    /* A port without a host polls as readable and at its end all the time: it is looked at now and then instead, more
       often at first, for a host that connects anew comes soon. */
    int is_alone = 0, looks = 0;
    for (;;) {
        nfds_t count = 2;
        set[0] = (struct pollfd){.fd = is_alone ? -1 : port_descriptor(), .events = POLLIN};
        set[1] = (struct pollfd){.fd = ended, .events = POLLIN};
        for (int i = 0; i < MAX_JOBS; i++)
            if (jobs[i].pid) count += watch(&jobs[i], set + count, owner + count);
        int wait = end_overdue_jobs();
        if (is_alone) wait = smaller(wait, looks++ < 500 ? 20 : 200);
        if (poll(set, count, wait) < 0) continue;
        for (nfds_t i = 2; i < count; i++)
            if (set[i].revents) serve(owner[i], set[i].fd);
        if (set[1].revents) {
            struct signalfd_siginfo information;
            while (read(ended, &information, sizeof information) > 0) {}
            reap();
        }
        if (is_alone) {
            is_alone = !host_is_there();
        } else if (set[0].revents && !receive(handle)) {
            host_has_left();
            is_alone = 1;
            looks = 0;
        }
    }
}

int main(void) {
    if (getpid() == 1) probe_as_init();
    if (port_open() < 0) return 1;
    /* The agent's guest-exec waits for us otherwise: the child goes on alone. */
    pid_t child = fork();
    if (child != 0) return child < 0;
    setsid();
    int null = open("/dev/null", O_RDWR);
    for (int i = 0; i < 3; i++) dup2(null, i);
    if (null > 2) close(null);
    signal(SIGPIPE, SIG_IGN);
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    leave_agent_service();
    for (int i = 0; i < MAX_JOBS; i++) puts_open[i].fd = -1;
    sigset_t children;
    sigemptyset(&children);
    sigaddset(&children, SIGCHLD);
    sigprocmask(SIG_BLOCK, &children, NULL);
    int ended = signalfd(-1, &children, SFD_CLOEXEC | SFD_NONBLOCK);

    run(ended);
}
