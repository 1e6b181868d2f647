/*
 * kiln-guest-runner's own parts: the port to the host, the programs that it runs, their terminals and input.
 *
 * A frame is a 12-byte header (little endian: u32 type, u32 channel, u32 length) and `length` bytes. The host gives each
 * request a channel. Sources/Guests/RunnerFrame.swift has the other half.
 */
#ifndef KILN_RUNNER_H
#define KILN_RUNNER_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define MAX_FRAME (16u << 20)
#define MAX_JOBS 64
#define PIECE (64u << 10)
/* What the host may send of a program's input before it is told that some was taken. */
#define INPUT_WINDOW (256u << 10)

enum {
    /* host to guest */
    HELLO = 1,    /* nonce; whatever an earlier connection had under way is ended */
    EXEC = 2,     /* u32 argc, u32 envc, u32 stdin length; cwd, argv.., env.. NUL-terminated; stdin */
    KILL = 3,     /* u32 signal: 9 ends everything that the program started, others reach its process group; 1 (SIGHUP)
                     hangs up a terminal */
    PUT_OPEN = 4, /* u32 mode; path */
    PUT_DATA = 5,
    PUT_CLOSE = 6,
    GET = 7, /* path */
    FILE_OPERATION = 8, /* files.h; answered as a program that was run */
    PUT_ABORT = 9,
    OPEN = 10,      /* u32 argc, u32 envc, u32 rows, u32 columns; cwd, argv.., env..: as EXEC, its input follows. With
                       rows and columns it gets a terminal of its own, and all that it prints is STDOUT */
    INPUT = 11,     /* at most INPUT_WINDOW bytes that were not TAKEN yet */
    INPUT_END = 12,
    RESIZE = 13,    /* u32 rows, u32 columns */
    EXEC_SCRIPT = 14, /* u32 mode, u32 path length, u32 text length; path; text; then as EXEC: one frame for a step */
    WAKE = 15, /* wake.h */
    /* guest to host */
    HELLO_BACK = 64, /* nonce */
    STDOUT = 65,
    STDERR = 66,
    EXIT = 67,  /* u32 0 exited or 1 signalled, u32 status or signal */
    ERROR = 68, /* u32 errno; what was tried */
    DONE = 69,
    DATA = 70,
    END = 71,
    TAKEN = 72, /* u32 bytes of INPUT that the program has been given, or that nobody wants any more */
};

struct job {
    uint32_t channel;
    pid_t pid;     /* 0: the slot is free */
    int out, err;  /* pipes, or the terminal's master and -1; -1 once at their end */
    int in;        /* what INPUT goes to; -1: nowhere */
    int is_terminal, has_input, input_ended;
    int lost;      /* its host has left: nobody is told of it */
    char *input;   /* INPUT_WINDOW bytes, of which `waiting` are to be written */
    size_t waiting;
    int64_t deadline; /* when a job that was asked to end is ended, milliseconds; 0: never */
    char group[64];   /* its control group below CGROUP_ROOT; empty: it has none */
};

/* port.c */
int port_open(void);
void port_close(void); /* in a child */
int port_descriptor(void);
/* Sends nothing while no host listens. */
void send_frame(uint32_t type, uint32_t channel, const void *bytes, uint32_t length);
void send_error(uint32_t channel, int error, const char *what);
/* Reads what there is, up to one whole frame, which goes to `handle`. 0: the host has left. */
int receive(void (*handle)(uint32_t type, uint32_t channel, char *payload, uint32_t length));
/* Whether a host is connected now. */
int host_is_there(void);
/* A host has said HELLO: it is to be told what happens from now on. */
void host_has_come(void);

/* jobs.c */
extern struct job jobs[MAX_JOBS];
void leave_agent_service(void);
struct job *job_of(uint32_t channel);
void start_program(uint32_t type, uint32_t channel, char *payload, uint32_t length);
void start_file_operation(uint32_t channel, char *payload, uint32_t length);
void signal_job(uint32_t channel, int signal);
int forward(int fd, uint32_t type, uint32_t channel, size_t limit);
void reap(void);
/* Asks every job to end, and ends it a moment later: its host has left. */
void lose_jobs(void);
/* Ends those whose time is over. Milliseconds until the next one's is, -1: there is none. */
int end_overdue_jobs(void);
int job_processes(struct job *job, void (*act)(struct job *job, pid_t pid, int argument), int argument);

/* terminal.c */
/* Opens a terminal: 0 and both its ends. The slave is to be closed once the program has it. */
int terminal_open(uint32_t rows, uint32_t columns, int *master, int *slave);
/* In the child, in a session of its own. */
void terminal_adopt(int slave);
void terminal_resize(struct job *job, uint32_t rows, uint32_t columns);
/* As when a terminal's window is closed: SIGHUP to what runs in its session, and no more input and output. */
void terminal_hang_up(struct job *job);
/* Sends a signal to those processes that are still in the terminal's session, all others were made daemons. */
void signal_session(struct job *job, int signal);
void input_add(struct job *job, const char *bytes, uint32_t count);
void input_end(struct job *job);
/* Writes what the program takes now. */
void input_feed(struct job *job);
void input_close(struct job *job);

#endif
