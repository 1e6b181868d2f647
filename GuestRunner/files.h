/*
 * What the runner does to the guest's files, so that it needs no program of the guest's for it: an image may lack
 * coreutils, and no file name has to survive a shell. Sources/Guests/FileOperation.swift has the other half.
 *
 * An operation runs in a process of its own, so that a long copy keeps nothing else waiting and can be ended: records
 * go to standard output, the reason of a failure to standard error, and the exit status is the errno (0: done).
 * SIGTERM ends it in order, with nothing half-written left behind.
 */
#ifndef KILN_FILES_H
#define KILN_FILES_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum operation {
    STAT = 1,      /* path; FOLLOW. Answers one record, below */
    LIST,          /* folder; RECURSIVE. Answers for each entry: its kind, the kind it leads to, relative path, NUL */
    MAKE_FOLDER,   /* path, mode, owner; PARENTS, EXCLUSIVE, HAS_MODE */
    WRITE_FILE,    /* path, mode, owner, content; EXCLUSIVE, HAS_MODE */
    APPEND,        /* path, content */
    COPY_FILE,     /* from, to; EXCLUSIVE */
    COPY_FOLDER,   /* from, to; EXCLUSIVE */
    MOVE_FILE,     /* from, to; EXCLUSIVE */
    MOVE_FOLDER,   /* from, to; EXCLUSIVE */
    LINK,          /* path, target; FORCE */
    REMOVE_FILE,   /* path */
    REMOVE_FOLDER, /* path; FORCE */
    SET_MODE,      /* path, mode; FOLDER, RECURSIVE */
    SET_OWNER,     /* path, owner; FOLDER, RECURSIVE */
    RECODE,        /* path; mode is the encoding: 0 UTF-8, 1 and 2 UTF-16 LE and BE, 3 and 4 UTF-32 LE and BE */
};

enum { FOLLOW = 1, RECURSIVE = 2, EXCLUSIVE = 4, FORCE = 8, HAS_MODE = 16, FOLDER = 32 };

/* In front of the request: the texts (two, NUL-terminated) and the content follow. All little endian. */
struct request_head {
    uint32_t operation, flags, mode, user, group; /* user, group: 0xffffffff leaves it */
};

/* The answer to STAT; the target of a symbolic link follows. */
struct stat_record {
    uint32_t kind, mode, user, group;
    uint64_t size;
};

struct request {
    struct request_head head;
    char *path, *other;
    const char *content;
    size_t length;
};

/* files.c */
int file_operation(char *payload, uint32_t length);
/* Says why on standard error and gives the errno back; `why` NULL stands for strerror's words. */
int fail(int error, const char *path, const char *why);
/* Whether SIGTERM has come. */
int stopping(void);
int put_all(int fd, const void *bytes, size_t count);
char kind_of(mode_t mode);
/* Makes the folders above a path. */
int make_parents(char *path);

/* files-replace.c: a new file beside the old one, to take its place when it is whole. */
struct replacement {
    char final[4200];     /* where links lead to */
    char temporary[4250];
    int fd;
};
int replacement_open(struct replacement *new, const char *path, int exclusive);
/* -1 for what is to be as it was, or as a new file's is. */
int replacement_close(struct replacement *new, int error, int exclusive, int mode, uint32_t user, uint32_t group);
int copy_content(int from, int to, const char *name);
/* Extended ones; best effort, as mv(1): the other file system may know none of them. */
void copy_attributes(int from, int to);
int copy_file(const struct request *request, int preserve);
int recode_file(const struct request *request);

/* files-tree.c: whole folders. Links below the folder are never followed; removing enters no other file system. */
int list_folder(const struct request *request);
int copy_folder(const struct request *request, int preserve);
int move_file(const struct request *request);
int move_folder(const struct request *request);
int remove_folder(const char *path, int force);
int change_tree(const struct request *request);

#endif
