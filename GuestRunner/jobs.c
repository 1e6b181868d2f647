/* The programs that run for the host, each in a control group of its own, and their end. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "files.h"
#include "runner.h"

#define CGROUP_ROOT "/sys/fs/cgroup/kiln"
/* After the program's end, what it wrote is drained; a daemon that it left must not keep us at that for ever. */
#define DRAIN_LIMIT (4u << 20)
/* What a program has from being asked to end until it is ended, once nobody waits for it. */
#define GRACE_MILLISECONDS 2000

struct job jobs[MAX_JOBS];
/* Hosts count their channels from 1; the groups of an earlier one may still have a daemon in them. */
static uint32_t generation;

static int64_t now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (int64_t)time.tv_sec * 1000 + time.tv_nsec / 1000000;
}

static void write_text(const char *path, const char *text) {
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    if (fd < 0) return;
    ssize_t ignored = write(fd, text, strlen(text));
    (void)ignored;
    close(fd);
}

static void write_fully(int fd, const char *at, size_t count) {
    while (count > 0) {
        ssize_t n = write(fd, at, count);
        if (n < 0 && errno == EINTR) continue;
        if (n <= 0) return;
        at += n;
        count -= (size_t)n;
    }
}

/* A group of our own: the agent's service may be restarted by the very packages that a build upgrades. */
void leave_agent_service(void) {
    mkdir(CGROUP_ROOT, 0755);
    mkdir(CGROUP_ROOT "/runner", 0755);
    write_text(CGROUP_ROOT "/runner/cgroup.procs", "0");
}

static void name_group(char *name, size_t size, uint32_t channel) {
    snprintf(name, size, "%d-%u-%u", (int)getpid(), generation, channel);
}

static void group_path(char *path, size_t size, const char *group, const char *file) {
    snprintf(path, size, CGROUP_ROOT "/%s/%s", group, file);
}

/* Each process of a job's group; how many there are, -1 where the job has no group. */
int job_processes(struct job *job, void (*act)(struct job *, pid_t, int), int argument) {
    char path[128];
    int pid, found = 0;
    if (!*job->group) return -1;
    group_path(path, sizeof path, job->group, "cgroup.procs");
    FILE *file = fopen(path, "re");
    if (!file) return -1;
    while (fscanf(file, "%d", &pid) == 1) {
        act(job, pid, argument);
        found++;
    }
    fclose(file);
    return found;
}

static void signal_process(struct job *job, pid_t pid, int signal) {
    (void)job;
    kill(pid, signal);
}

/* Ends all that a program started, also what left its process group or session. */
static void kill_everything(struct job *job) {
    char path[128];
    if (job->pid) kill(-job->pid, SIGKILL);
    if (!*job->group) return;
    group_path(path, sizeof path, job->group, "cgroup.kill");
    if (access(path, W_OK) == 0) {
        write_text(path, "1");
        return;
    }
    /* Kernels before 5.14: by number, again while new ones appear. */
    for (int round = 0; round < 100 && job_processes(job, signal_process, SIGKILL) > 0; round++) usleep(10000);
}

struct job *job_of(uint32_t channel) {
    for (int i = 0; i < MAX_JOBS; i++)
        if (jobs[i].pid && !jobs[i].lost && jobs[i].channel == channel) return &jobs[i];
    return NULL;
}

static struct job *free_job(void) {
    for (int i = 0; i < MAX_JOBS; i++)
        if (!jobs[i].pid) return &jobs[i];
    return NULL;
}

static void ask_to_end(struct job *job) {
    if (job->deadline) return;
    job->deadline = now() + GRACE_MILLISECONDS;
    if (job->is_terminal) terminal_hang_up(job);
    else kill(-job->pid, SIGTERM);
}

void signal_job(uint32_t channel, int signal) {
    struct job *job = job_of(channel), ended = {0};
    if (signal == SIGKILL && !job) {
        /* The program has ended already: its children's group stays while they live. */
        name_group(ended.group, sizeof ended.group, channel);
        job = &ended;
    }
    if (!job) return;
    if (signal == SIGKILL) kill_everything(job);
    else if (signal == SIGHUP && job->is_terminal) ask_to_end(job);
    else kill(-job->pid, signal);
}

void lose_jobs(void) {
    for (int i = 0; i < MAX_JOBS; i++) {
        if (!jobs[i].pid || jobs[i].lost) continue;
        jobs[i].lost = 1;
        ask_to_end(&jobs[i]);
    }
    generation++;
}

int end_overdue_jobs(void) {
    int64_t time = now(), next = -1;
    for (int i = 0; i < MAX_JOBS; i++) {
        struct job *job = &jobs[i];
        if (!job->pid || !job->deadline) continue;
        if (job->deadline <= time) {
            if (job->is_terminal) signal_session(job, SIGKILL);
            else kill_everything(job);
            job->deadline = time + GRACE_MILLISECONDS; /* until it is reaped */
        }
        if (next < 0 || job->deadline - time < next) next = job->deadline - time;
    }
    return (int)next;
}

static void close_pair(int pair[2]) {
    for (int i = 0; i < 2; i++) {
        if (pair[i] >= 0) close(pair[i]);
        pair[i] = -1;
    }
}

static void in_child(void) {
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
}

void start_file_operation(uint32_t channel, char *payload, uint32_t length) {
    struct job *job = free_job();
    if (!job) return send_error(channel, EAGAIN, "too many programs at once");
    int out[2] = {-1, -1}, err[2] = {-1, -1};
    pid_t pid = pipe2(out, O_CLOEXEC) || pipe2(err, O_CLOEXEC) ? -1 : fork();
    if (pid == 0) {
        in_child();
        setpgid(0, 0);
        port_close();
        dup2(out[1], 1);
        dup2(err[1], 2);
        _exit(file_operation(payload, length));
    }
    int error = errno;
    if (pid < 0) {
        close_pair(out);
        close_pair(err);
        return send_error(channel, error, "cannot start a file operation");
    }
    close(out[1]);
    close(err[1]);
    setpgid(pid, pid); /* from both sides, so that a KILL which comes at once finds the group */
    fcntl(out[0], F_SETFL, O_NONBLOCK);
    fcntl(err[0], F_SETFL, O_NONBLOCK);
    *job = (struct job){.channel = channel, .pid = pid, .out = out[0], .err = err[0], .in = -1};
}

/* What EXEC and OPEN say, in place. */
struct order {
    uint32_t rows, columns;
    char *cwd, **argv, **env;
    char *input;
    uint32_t input_length;
};

static int read_order(uint32_t type, char *payload, uint32_t length, struct order *order) {
    uint32_t words[4] = {0};
    size_t head = type == OPEN ? 16 : 12;
    if (length < head) return -1;
    memcpy(words, payload, head);
    uint32_t argc = words[0], envc = words[1];
    if (type == OPEN) order->rows = words[2], order->columns = words[3];
    else order->input_length = words[2];
    if (argc == 0 || argc > 65536 || envc > 65536 || order->input_length > length - head) return -1;
    char *at = payload + head, *end = payload + length - order->input_length;
    order->input = end;
    order->argv = calloc(argc + 1, sizeof *order->argv);
    order->env = calloc(envc + 1, sizeof *order->env);
    for (uint32_t i = 0; i < 1 + argc + envc; i++) {
        char *stop = at < end ? memchr(at, 0, (size_t)(end - at)) : NULL;
        if (!stop || !order->argv || !order->env) return -1;
        if (i == 0) order->cwd = at;
        else if (i <= argc) order->argv[i - 1] = at;
        else order->env[i - 1 - argc] = at;
        at = stop + 1;
    }
    return 0;
}

/*
 * Forks a child that begins in a cgroup (its folder, -1: none). A child that is moved there later waits for all of the
 * kernel's processors, which costs more than the rest of a short step.
 */
static pid_t fork_into(int group) {
    /* struct clone_args of linux/sched.h, as far as CLONE_INTO_CGROUP (Linux 5.7). */
    struct {
        uint64_t flags, pidfd, child_tid, parent_tid, exit_signal, stack, stack_size, tls, set_tid, set_tid_size, cgroup;
    } arguments = {.flags = 0x200000000, .exit_signal = SIGCHLD, .cgroup = (uint64_t)group};
    return group < 0 ? -1 : (pid_t)syscall(SYS_clone3, &arguments, sizeof arguments);
}

/* group: what is still to be joined; empty: nothing. */
static void run_order(const struct order *order, int in, int out, int err, int terminal, const char *group, int report) {
    in_child();
    signal(SIGPIPE, SIG_DFL);
    setsid();
    if (*group) {
        char path[128];
        group_path(path, sizeof path, group, "cgroup.procs");
        write_text(path, "0");
    }
    if (terminal >= 0) {
        terminal_adopt(terminal);
    } else {
        dup2(in, 0);
        dup2(out, 1);
        dup2(err, 2);
    }
    if (chdir(order->cwd) == 0) {
        environ = order->env;
        execvp(order->argv[0], order->argv);
    }
    int number = errno;
    ssize_t ignored = write(report, &number, sizeof number);
    (void)ignored;
    _exit(127);
}

/* All of it at once is a file in memory, so that nothing has to be fed to the program. */
static int open_input(uint32_t type, const struct order *order, int in[2]) {
    if (type == OPEN) return pipe2(in, O_CLOEXEC);
    in[0] = memfd_create("stdin", MFD_CLOEXEC);
    if (in[0] < 0) return -1;
    write_fully(in[0], order->input, order->input_length);
    lseek(in[0], 0, SEEK_SET);
    return 0;
}

void start_program(uint32_t type, uint32_t channel, char *payload, uint32_t length) {
    struct job *job = free_job();
    struct order order = {0};
    if (!job) return send_error(channel, EAGAIN, "too many programs at once");
    if (read_order(type, payload, length, &order)) {
        send_error(channel, EPROTO, "exec");
        goto done;
    }
    int is_terminal = order.rows && order.columns;
    /* [0] is the program's end of the terminal, [1] ours. */
    int in[2] = {-1, -1}, out[2] = {-1, -1}, err[2] = {-1, -1}, report[2] = {-1, -1}, terminal[2] = {-1, -1};
    int failed = is_terminal ? terminal_open(order.rows, order.columns, &terminal[1], &terminal[0])
                             : open_input(type, &order, in) || pipe2(out, O_CLOEXEC) || pipe2(err, O_CLOEXEC);
    if (failed || pipe2(report, O_CLOEXEC)) {
        send_error(channel, errno, is_terminal ? "cannot open a terminal" : "cannot make pipes");
        goto close;
    }
    struct job new = {.channel = channel, .in = -1, .out = -1, .err = -1, .is_terminal = is_terminal};
    char path[128];
    name_group(new.group, sizeof new.group, channel);
    group_path(path, sizeof path, new.group, "");
    if (mkdir(path, 0755)) *new.group = 0;
    int folder = *new.group ? open(path, O_PATH | O_DIRECTORY | O_CLOEXEC) : -1;
    new.pid = fork_into(folder);
    int is_inside = new.pid >= 0;
    if (!is_inside) new.pid = fork(); /* a kernel that does not know it */
    if (new.pid == 0) run_order(&order, in[0], out[1], err[1], terminal[0], is_inside ? "" : new.group, report[1]);
    int number = errno;
    if (folder >= 0) close(folder);
    close(report[1]);
    report[1] = -1;
    if (new.pid < 0) {
        send_error(channel, number, "cannot fork");
        if (*new.group) rmdir(path);
        goto close;
    }
    /* exec closes it unwritten where all is well */
    ssize_t n;
    while ((n = read(report[0], &number, sizeof number)) < 0 && errno == EINTR) {}
    if (n > 0) {
        waitpid(new.pid, NULL, 0);
        send_error(channel, number, order.argv[0]);
        if (*new.group) rmdir(path);
        goto close;
    }
    if (is_terminal) {
        new.out = terminal[1];
        new.in = fcntl(terminal[1], F_DUPFD_CLOEXEC, 0);
        terminal[1] = -1;
    } else {
        new.out = out[0];
        new.err = err[0];
        if (type == OPEN) new.in = in[1], in[1] = -1;
        out[0] = err[0] = -1;
        fcntl(new.out, F_SETFL, O_NONBLOCK);
        fcntl(new.err, F_SETFL, O_NONBLOCK);
        if (new.in >= 0) fcntl(new.in, F_SETFL, O_NONBLOCK);
    }
    *job = new;
close:
    close_pair(in);
    close_pair(out);
    close_pair(err);
    close_pair(report);
    close_pair(terminal);
done:
    free(order.argv);
    free(order.env);
}

/* Sends what a pipe has; 0 when it is at its end, 1 when it may have more later. A terminal's end is EIO. */
int forward(int fd, uint32_t type, uint32_t channel, size_t limit) {
    static char buffer[PIECE];
    size_t total = 0;
    while (total < limit) {
        ssize_t n = read(fd, buffer, sizeof buffer);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return errno == EAGAIN;
        if (n == 0) return 0;
        if (type) send_frame(type, channel, buffer, (uint32_t)n);
        total += (size_t)n;
    }
    return 1;
}

static void finish(struct job *job, int status) {
    if (job->out >= 0) forward(job->out, job->lost ? 0 : STDOUT, job->channel, DRAIN_LIMIT);
    if (job->err >= 0) forward(job->err, job->lost ? 0 : STDERR, job->channel, DRAIN_LIMIT), close(job->err);
    /* What the user has made a daemon of (setsid), or told to stay (nohup), stays. */
    if (job->is_terminal) terminal_hang_up(job);
    else if (job->out >= 0) close(job->out);
    input_close(job);
    uint32_t how[2] = {WIFSIGNALED(status) ? 1 : 0,
                       (uint32_t)(WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status))};
    if (*job->group) {
        char path[128];
        group_path(path, sizeof path, job->group, "");
        rmdir(path); /* stays while a daemon lives in it */
    }
    job->pid = 0;
    if (!job->lost) send_frame(EXIT, job->channel, how, sizeof how);
}

void reap(void) {
    int status;
    pid_t pid;
    while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
        for (int i = 0; i < MAX_JOBS; i++)
            if (jobs[i].pid == pid) finish(&jobs[i], status);
    }
}
