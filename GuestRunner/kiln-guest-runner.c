/*
 * kiln-guest-runner: what Kiln runs inside a guest to start programs and to move files.
 *
 * It speaks frames over one virtio-serial port, so that output is live, binary-safe and apart by stream, and so that an
 * exit status can only come from waitpid(2): a guest or a channel that ends early never looks like success.
 *
 * A frame is a 12-byte header (little endian: u32 type, u32 channel, u32 length) and `length` bytes. The types are in
 * the enum below; Sources/Guests/RunnerFrame.swift has the other half.
 *
 * As process 1 (the initramfs of the acceleration probe) it prints a marker on the console and powers off.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/reboot.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "files.h"

#define PORT_NAME "org.kiln.runner.0"
#define CGROUP_ROOT "/sys/fs/cgroup/kiln"
#define MAX_FRAME (16u << 20)
#define MAX_JOBS 64
#define PIECE (64u << 10)
/* After the program's end, what it wrote is drained; a daemon that it left must not keep us at that for ever. */
#define DRAIN_LIMIT (4u << 20)

enum {
    /* host to guest */
    HELLO = 1,    /* nonce */
    EXEC = 2,     /* u32 argc, u32 envc, u32 stdin length; cwd, argv.., env.. NUL-terminated; stdin */
    KILL = 3,     /* u32 signal: 9 ends everything that the program started, others reach its process group */
    PUT_OPEN = 4, /* u32 mode; path */
    PUT_DATA = 5,
    PUT_CLOSE = 6,
    GET = 7, /* path */
    FILE_OPERATION = 8, /* files.h; answered as a program that was run */
    PUT_ABORT = 9,
    /* guest to host */
    HELLO_BACK = 64, /* nonce */
    STDOUT = 65,
    STDERR = 66,
    EXIT = 67,  /* u32 0 exited or 1 signalled, u32 status or signal */
    ERROR = 68, /* u32 errno; what was tried */
    DONE = 69,
    DATA = 70,
    END = 71,
};

struct job {
    uint32_t channel;
    pid_t pid;     /* 0: the slot is free */
    int out, err;  /* pipes, -1 once at their end */
    int has_cgroup;
};

struct put {
    uint32_t channel;
    int fd; /* -1: the slot is free */
    char path[4096], temporary[4128];
    mode_t mode;
    int error;
};

static int port = -1;
static struct job jobs[MAX_JOBS];
static struct put puts_open[MAX_JOBS];

static void write_all(int fd, const void *bytes, size_t count) {
    const char *at = bytes;
    while (count > 0) {
        ssize_t n = write(fd, at, count);
        if (n < 0 && (errno == EINTR || errno == EAGAIN)) continue;
        if (n <= 0) exit(1); /* the host is gone, and with it whoever wanted this */
        at += n;
        count -= (size_t)n;
    }
}

static void send_frame(uint32_t type, uint32_t channel, const void *bytes, uint32_t length) {
    uint32_t header[3] = {type, channel, length};
    write_all(port, header, sizeof header);
    write_all(port, bytes, length);
}

static void send_error(uint32_t channel, int error, const char *what) {
    char buffer[4300];
    uint32_t number = (uint32_t)error;
    memcpy(buffer, &number, 4);
    int n = snprintf(buffer + 4, sizeof buffer - 4, "%s: %s", what, strerror(error));
    if (n > (int)sizeof buffer - 5) n = (int)sizeof buffer - 5;
    send_frame(ERROR, channel, buffer, 4 + (uint32_t)n);
}

static int read_all(int fd, void *bytes, size_t count) {
    char *at = bytes;
    while (count > 0) {
        ssize_t n = read(fd, at, count);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0 && errno == EAGAIN) {
            struct pollfd wait = {.fd = fd, .events = POLLIN};
            poll(&wait, 1, -1);
            continue;
        }
        if (n <= 0) return -1;
        at += n;
        count -= (size_t)n;
    }
    return 0;
}

static void write_text(const char *path, const char *text) {
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    if (fd < 0) return;
    ssize_t ignored = write(fd, text, strlen(text));
    (void)ignored;
    close(fd);
}

/* A group of our own: the agent's service may be restarted by the very packages that a build upgrades. */
static void leave_agent_service(void) {
    mkdir(CGROUP_ROOT, 0755);
    mkdir(CGROUP_ROOT "/runner", 0755);
    write_text(CGROUP_ROOT "/runner/cgroup.procs", "0");
}

static void cgroup_path(char *path, size_t size, uint32_t channel, const char *file) {
    snprintf(path, size, CGROUP_ROOT "/%u%s%s", channel, *file ? "/" : "", file);
}

/*
 * Ends all that a program started, also what left its process group or session, and also when the program itself has
 * ended already (job is NULL then): its children's group stays while they live.
 */
static void kill_everything(uint32_t channel, struct job *job) {
    char path[128];
    if (job) kill(-job->pid, SIGKILL);
    if (job && !job->has_cgroup) return;
    cgroup_path(path, sizeof path, channel, "cgroup.kill");
    if (access(path, W_OK) == 0) {
        write_text(path, "1");
        return;
    }
    /* Kernels before 5.14: by number, again while new ones appear. */
    cgroup_path(path, sizeof path, channel, "cgroup.procs");
    for (int round = 0; round < 100; round++) {
        FILE *file = fopen(path, "re");
        int found = 0, pid;
        if (!file) return;
        while (fscanf(file, "%d", &pid) == 1) {
            kill(pid, SIGKILL);
            found = 1;
        }
        fclose(file);
        if (!found) return;
        usleep(10000);
    }
}

static struct job *job_of(uint32_t channel) {
    for (int i = 0; i < MAX_JOBS; i++)
        if (jobs[i].pid && jobs[i].channel == channel) return &jobs[i];
    return NULL;
}

static struct job *free_job(void) {
    for (int i = 0; i < MAX_JOBS; i++)
        if (!jobs[i].pid) return &jobs[i];
    return NULL;
}

static void start_file_operation(uint32_t channel, char *payload, uint32_t length) {
    struct job *job = free_job();
    if (!job) return send_error(channel, EAGAIN, "too many programs at once");
    int out[2] = {-1, -1}, err[2] = {-1, -1};
    pid_t pid = pipe2(out, O_CLOEXEC) || pipe2(err, O_CLOEXEC) ? -1 : fork();
    if (pid == 0) {
        sigset_t none;
        sigemptyset(&none);
        sigprocmask(SIG_SETMASK, &none, NULL);
        setpgid(0, 0);
        close(port);
        dup2(out[1], 1);
        dup2(err[1], 2);
        _exit(file_operation(payload, length));
    }
    int error = errno;
    if (out[1] >= 0) close(out[1]);
    if (err[1] >= 0) close(err[1]);
    if (pid < 0) {
        if (out[0] >= 0) close(out[0]);
        if (err[0] >= 0) close(err[0]);
        return send_error(channel, error, "cannot start a file operation");
    }
    setpgid(pid, pid); /* from both sides, so that a KILL which comes at once finds the group */
    fcntl(out[0], F_SETFL, O_NONBLOCK);
    fcntl(err[0], F_SETFL, O_NONBLOCK);
    *job = (struct job){.channel = channel, .pid = pid, .out = out[0], .err = err[0], .has_cgroup = 0};
}

static void start_job(uint32_t channel, char *payload, uint32_t length) {
    uint32_t counts[3];
    struct job *job = free_job();
    if (!job) return send_error(channel, EAGAIN, "too many programs at once");
    if (length < sizeof counts) return send_error(channel, EPROTO, "exec");
    memcpy(counts, payload, sizeof counts);
    uint32_t argc = counts[0], envc = counts[1], stdin_length = counts[2];
    if (argc == 0 || argc > 65536 || envc > 65536 || stdin_length > length - sizeof counts)
        return send_error(channel, EPROTO, "exec");
    char *at = payload + sizeof counts, *end = payload + length - stdin_length;
    char **argv = calloc(argc + 1, sizeof *argv), **env = calloc(envc + 1, sizeof *env), *cwd = NULL;
    for (uint32_t i = 0; i < 1 + argc + envc; i++) {
        char *stop = at < end ? memchr(at, 0, (size_t)(end - at)) : NULL;
        if (!stop) {
            free(argv);
            free(env);
            return send_error(channel, EPROTO, "exec");
        }
        if (i == 0) cwd = at;
        else if (i <= argc) argv[i - 1] = at;
        else env[i - 1 - argc] = at;
        at = stop + 1;
    }
    int out[2] = {-1, -1}, err[2] = {-1, -1}, report[2] = {-1, -1};
    int in = memfd_create("stdin", MFD_CLOEXEC);
    if (in < 0 || pipe2(out, O_CLOEXEC) || pipe2(err, O_CLOEXEC) || pipe2(report, O_CLOEXEC)) {
        send_error(channel, errno, "cannot make pipes");
        goto done;
    }
    if (stdin_length) {
        write_all(in, end, stdin_length);
        lseek(in, 0, SEEK_SET);
    }
    char group[128];
    cgroup_path(group, sizeof group, channel, "");
    int has_cgroup = mkdir(group, 0755) == 0;
    cgroup_path(group, sizeof group, channel, "cgroup.procs");
    pid_t pid = fork();
    if (pid == 0) {
        sigset_t none;
        sigemptyset(&none);
        sigprocmask(SIG_SETMASK, &none, NULL);
        signal(SIGPIPE, SIG_DFL);
        setsid();
        if (has_cgroup) write_text(group, "0");
        dup2(in, 0);
        dup2(out[1], 1);
        dup2(err[1], 2);
        if (chdir(cwd) == 0) {
            environ = env;
            execvp(argv[0], argv);
        }
        int number = errno;
        ssize_t ignored = write(report[1], &number, sizeof number);
        (void)ignored;
        _exit(127);
    }
    if (pid < 0) {
        send_error(channel, errno, "cannot fork");
        goto done;
    }
    close(report[1]);
    report[1] = -1;
    int number = 0;
    if (read_all(report[0], &number, sizeof number) == 0) { /* exec closes it unwritten where all is well */
        waitpid(pid, NULL, 0);
        send_error(channel, number, argv[0]);
        if (has_cgroup) {
            cgroup_path(group, sizeof group, channel, "");
            rmdir(group);
        }
        goto done;
    }
    fcntl(out[0], F_SETFL, O_NONBLOCK);
    fcntl(err[0], F_SETFL, O_NONBLOCK);
    *job = (struct job){.channel = channel, .pid = pid, .out = out[0], .err = err[0], .has_cgroup = has_cgroup};
    out[0] = err[0] = -1;
done:
    for (int i = 0; i < 2; i++) {
        if (out[i] >= 0) close(out[i]);
        if (err[i] >= 0) close(err[i]);
        if (report[i] >= 0) close(report[i]);
    }
    if (in >= 0) close(in);
    free(argv);
    free(env);
}

/* Sends what a pipe has; 0 when it is at its end, 1 when it may have more later. */
static int forward(int fd, uint32_t type, uint32_t channel, size_t limit) {
    static char buffer[PIECE];
    size_t total = 0;
    while (total < limit) {
        ssize_t n = read(fd, buffer, sizeof buffer);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return errno == EAGAIN;
        if (n == 0) return 0;
        send_frame(type, channel, buffer, (uint32_t)n);
        total += (size_t)n;
    }
    return 1;
}

static void reap(void) {
    int status;
    pid_t pid;
    while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
        for (int i = 0; i < MAX_JOBS; i++) {
            struct job *job = &jobs[i];
            if (job->pid != pid) continue;
            if (job->out >= 0) forward(job->out, STDOUT, job->channel, DRAIN_LIMIT), close(job->out);
            if (job->err >= 0) forward(job->err, STDERR, job->channel, DRAIN_LIMIT), close(job->err);
            uint32_t how[2] = {WIFSIGNALED(status) ? 1 : 0,
                               (uint32_t)(WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status))};
            if (job->has_cgroup) {
                char path[128];
                cgroup_path(path, sizeof path, job->channel, "");
                rmdir(path); /* stays while a daemon lives in it */
            }
            job->pid = 0;
            send_frame(EXIT, job->channel, how, sizeof how);
        }
    }
}

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

static void put_close(uint32_t channel) {
    struct put *put = put_of(channel, 0);
    if (!put) return; /* the open has already been refused */
    int error = put->error;
    if (!error && fchmod(put->fd, put->mode)) error = errno;
    if (close(put->fd) && !error) error = errno;
    put->fd = -1;
    if (!error && rename(put->temporary, put->path)) error = errno;
    if (error) {
        unlink(put->temporary);
        return send_error(channel, error, put->path);
    }
    send_frame(DONE, channel, "", 0);
}

static void put_abort(uint32_t channel) {
    struct put *put = put_of(channel, 0);
    if (!put) return;
    close(put->fd);
    put->fd = -1;
    unlink(put->temporary);
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

static void handle(uint32_t type, uint32_t channel, char *payload, uint32_t length) {
    struct job *job;
    uint32_t number;
    switch (type) {
    case HELLO: send_frame(HELLO_BACK, channel, payload, length); break;
    case EXEC: start_job(channel, payload, length); break;
    case KILL:
        job = job_of(channel);
        if (length < 4) break;
        memcpy(&number, payload, 4);
        if (number == SIGKILL) kill_everything(channel, job);
        else if (job) kill(-job->pid, (int)number);
        break;
    case PUT_OPEN: put_open(channel, payload, length); break;
    case PUT_DATA: put_data(channel, payload, length); break;
    case PUT_CLOSE: put_close(channel); break;
    case PUT_ABORT: put_abort(channel); break;
    case GET: get_file(channel, payload, length); break;
    case FILE_OPERATION: start_file_operation(channel, payload, length); break;
    default: send_error(channel, EPROTO, "unknown frame");
    }
}

static int open_port(void) {
    int fd = open("/dev/virtio-ports/" PORT_NAME, O_RDWR | O_CLOEXEC);
    if (fd >= 0) return fd;
    /* Without udev's links: by the name that the kernel gives. */
    DIR *folder = opendir("/sys/class/virtio-ports");
    struct dirent *entry;
    while (folder && (entry = readdir(folder))) {
        char path[512], name[128] = "";
        snprintf(path, sizeof path, "/sys/class/virtio-ports/%s/name", entry->d_name);
        FILE *file = fopen(path, "re");
        if (!file) continue;
        if (fscanf(file, "%127s", name) == 1 && strcmp(name, PORT_NAME) == 0) {
            snprintf(path, sizeof path, "/dev/%s", entry->d_name);
            fd = open(path, O_RDWR | O_CLOEXEC);
        }
        fclose(file);
        if (fd >= 0) break;
    }
    if (folder) closedir(folder);
    return fd;
}

static void probe_as_init(void) {
    static const char marker[] = "\nkiln-probe-reached-user-space\n";
    ssize_t ignored = write(1, marker, sizeof marker - 1);
    (void)ignored;
    usleep(100000);
    reboot(RB_POWER_OFF);
    for (;;) pause();
}

int main(void) {
    if (getpid() == 1) probe_as_init();
    port = open_port();
    if (port < 0) {
        fprintf(stderr, "kiln-guest-runner: no virtio port " PORT_NAME ": %s\n", strerror(errno));
        return 1;
    }
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

    for (;;) {
        struct pollfd set[2 + 2 * MAX_JOBS];
        struct job *owner[2 + 2 * MAX_JOBS];
        nfds_t count = 2;
        set[0] = (struct pollfd){.fd = port, .events = POLLIN};
        set[1] = (struct pollfd){.fd = ended, .events = POLLIN};
        for (int i = 0; i < MAX_JOBS; i++) {
            if (!jobs[i].pid) continue;
            int pipes[2] = {jobs[i].out, jobs[i].err};
            for (int p = 0; p < 2; p++) {
                if (pipes[p] < 0) continue;
                owner[count] = &jobs[i];
                set[count++] = (struct pollfd){.fd = pipes[p], .events = POLLIN};
            }
        }
        if (poll(set, count, -1) < 0) continue;
        for (nfds_t i = 2; i < count; i++) {
            if (!set[i].revents) continue;
            int is_out = set[i].fd == owner[i]->out;
            if (!forward(set[i].fd, is_out ? STDOUT : STDERR, owner[i]->channel, PIECE)) {
                close(set[i].fd);
                *(is_out ? &owner[i]->out : &owner[i]->err) = -1;
            }
        }
        if (set[1].revents) {
            struct signalfd_siginfo information;
            while (read(ended, &information, sizeof information) > 0) {}
            reap();
        }
        /* While no host is connected a port polls as readable and at its end: that is no reason to leave. */
        if (set[0].revents & POLLHUP) {
            usleep(20000);
        } else if (set[0].revents & POLLIN) {
            uint32_t header[3];
            if (read_all(port, header, sizeof header) || header[2] > MAX_FRAME) return 1;
            char *payload = malloc(header[2] + 1u);
            if (!payload || read_all(port, payload, header[2])) return 1;
            handle(header[0], header[1], payload, header[2]);
            free(payload);
        }
    }
}
