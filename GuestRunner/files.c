#define _GNU_SOURCE
#include "files.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

static volatile sig_atomic_t asked_to_stop;

static void note_stop(int signal) {
    (void)signal;
    asked_to_stop = 1;
}

int stopping(void) { return asked_to_stop; }

int put_all(int fd, const void *bytes, size_t count) {
    const char *at = bytes;
    while (count > 0) {
        if (asked_to_stop) return ECANCELED;
        ssize_t n = write(fd, at, count);
        if (n < 0 && errno == EINTR) continue;
        if (n <= 0) return n < 0 ? errno : EIO;
        at += n;
        count -= (size_t)n;
    }
    return 0;
}

int fail(int error, const char *path, const char *why) {
    static int told;
    if (told++) return error; /* the first is the cause */
    char text[2 * PATH_MAX];
    int n = snprintf(text, sizeof text, "%s: %s", path, why ? why : strerror(error));
    if (n > (int)sizeof text - 1) n = (int)sizeof text - 1;
    ssize_t ignored = write(2, text, (size_t)n);
    (void)ignored;
    return error ? error : EIO;
}

char kind_of(mode_t mode) {
    return S_ISREG(mode) ? 'f' : S_ISDIR(mode) ? 'd' : S_ISLNK(mode) ? 'l' : 'o';
}

int make_parents(char *path) {
    for (char *slash = strchr(path + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
        *slash = 0;
        int status = mkdir(path, 0755), error = errno;
        struct stat information;
        if (status && error != EEXIST) return fail(error, path, NULL);
        if (status && (stat(path, &information) || !S_ISDIR(information.st_mode)))
            return fail(ENOTDIR, path, "is in the way: it is not a folder");
        *slash = '/';
    }
    return 0;
}

static int tell_stat(const struct request *request) {
    struct stat information;
    int follow = request->head.flags & FOLLOW;
    if (follow ? stat(request->path, &information) : lstat(request->path, &information))
        return fail(errno, request->path, NULL);
    struct stat_record record = {(uint32_t)kind_of(information.st_mode), information.st_mode & 07777,
                                 information.st_uid, information.st_gid, (uint64_t)information.st_size};
    char target[PATH_MAX];
    ssize_t length = S_ISLNK(information.st_mode) ? readlink(request->path, target, sizeof target) : 0;
    if (length < 0) return fail(errno, request->path, NULL);
    int error = put_all(1, &record, sizeof record);
    return error ? error : put_all(1, target, (size_t)length);
}

static int make_folder(const struct request *request) {
    const struct request_head *head = &request->head;
    char *path = request->path;
    int error = make_parents(path), made = 1;
    if (error) return error;
    if (mkdir(path, head->flags & HAS_MODE ? 0700 : 0777)) {
        struct stat information;
        if (errno != EEXIST) return fail(errno, path, NULL);
        if (stat(path, &information) || !S_ISDIR(information.st_mode))
            return fail(EEXIST, path, "is there already and is not a folder");
        if (head->flags & EXCLUSIVE) return fail(EEXIST, path, "is there already, and overwrite is false");
        made = 0;
    }
    /* The owner first: a change of it takes set-user-id bits away. */
    if ((head->user != UINT32_MAX || head->group != UINT32_MAX) && chown(path, head->user, head->group))
        error = fail(errno, path, NULL);
    else if (head->flags & HAS_MODE && chmod(path, head->mode & 07777)) error = fail(errno, path, NULL);
    if (error && made) rmdir(path);
    return error;
}

static int write_file(const struct request *request) {
    const struct request_head *head = &request->head;
    struct replacement new;
    int exclusive = head->flags & EXCLUSIVE;
    int error = make_parents(request->path);
    if (error || (error = replacement_open(&new, request->path, exclusive))) return error;
    if ((error = put_all(new.fd, request->content, request->length))) fail(error, request->path, NULL);
    int mode = head->flags & HAS_MODE ? (int)(head->mode & 07777) : -1;
    return replacement_close(&new, error, exclusive, mode, head->user, head->group);
}

static int append(const struct request *request) {
    int fd = open(request->path, O_WRONLY | O_APPEND | O_CLOEXEC | O_NONBLOCK);
    struct stat information;
    if (fd < 0) return fail(errno, request->path, NULL);
    if (fstat(fd, &information) || !S_ISREG(information.st_mode))
        return fail(EINVAL, request->path, "is not a regular file");
    int error = put_all(fd, request->content, request->length);
    if (error) {
        fail(error, request->path, NULL);
        if (ftruncate(fd, information.st_size)) return error; /* a half line is worse than none */
    }
    if (close(fd) && !error) error = fail(errno, request->path, NULL);
    return error;
}

static int make_link(const struct request *request) {
    char *path = request->path, *target = request->other;
    struct stat information;
    int error = make_parents(path);
    if (error) return error;
    char *slash = strrchr(path, '/');
    char folder[PATH_MAX], temporary[PATH_MAX + 40];
    snprintf(folder, sizeof folder, "%.*s", slash == path ? 1 : (int)(slash - path), path);
    int at = open(folder, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (at < 0) return fail(errno, folder, NULL);
    if (fstatat(at, target, &information, 0))
        return fail(errno, target, errno == ENOENT ? "the target of the link is not there" : NULL);
    if (symlink(target, path) == 0) return 0;
    if (errno != EEXIST) return fail(errno, path, NULL);
    if (lstat(path, &information) || !S_ISLNK(information.st_mode))
        return fail(EEXIST, path, "is there already and is not a symbolic link");
    if (!(request->head.flags & FORCE)) return fail(EEXIST, path, "is there already, and force is not set");
    snprintf(temporary, sizeof temporary, "%s/.kiln-%d.new", folder, (int)getpid());
    if (symlink(target, temporary)) return fail(errno, path, NULL);
    if (rename(temporary, path)) {
        error = fail(errno, path, NULL);
        unlink(temporary);
    }
    return error;
}

static int remove_file(const char *path) {
    struct stat information;
    if (lstat(path, &information)) return fail(errno, path, NULL);
    if (S_ISDIR(information.st_mode)) return fail(EISDIR, path, "is a folder, not a file");
    return unlink(path) ? fail(errno, path, NULL) : 0;
}

/* NUL-terminated, absolute and short enough for every call; NULL where it is not. */
static char *take_text(char **at, const char *end) {
    char *text = *at, *stop = text < end ? memchr(text, 0, (size_t)(end - text)) : NULL;
    if (!stop || stop - text >= PATH_MAX) return NULL;
    *at = stop + 1;
    return text;
}

int file_operation(char *payload, uint32_t length) {
    struct request request;
    char *at = payload + sizeof request.head;
    const char *end = payload + length;
    if (length < sizeof request.head) return fail(EPROTO, "file operation", NULL);
    memcpy(&request.head, payload, sizeof request.head);
    request.path = take_text(&at, end);
    request.other = request.path ? take_text(&at, end) : NULL;
    if (!request.path || !request.other) return fail(ENAMETOOLONG, "file operation", NULL);
    request.content = at;
    request.length = (size_t)(end - at);
    if (request.path[0] != '/') return fail(EINVAL, request.path, "is not an absolute path");

    struct sigaction stop = {.sa_handler = note_stop};
    sigaction(SIGTERM, &stop, NULL);
    signal(SIGPIPE, SIG_IGN);
    /* One descriptor a level is open while a tree is walked. */
    struct rlimit files;
    if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
        files.rlim_cur = files.rlim_max;
        setrlimit(RLIMIT_NOFILE, &files);
    }
    umask(022);

    uint32_t flags = request.head.flags;
    int names_another = request.head.operation >= COPY_FILE && request.head.operation <= MOVE_FOLDER;
    if (names_another && request.other[0] != '/') return fail(EINVAL, request.other, "is not an absolute path");
    switch (request.head.operation) {
    case STAT: return tell_stat(&request);
    case LIST: return list_folder(&request);
    case MAKE_FOLDER: return make_folder(&request);
    case WRITE_FILE: return write_file(&request);
    case APPEND: return append(&request);
    case COPY_FILE: return copy_file(&request, 0);
    case COPY_FOLDER: return copy_folder(&request, 0);
    case MOVE_FILE: return move_file(&request);
    case MOVE_FOLDER: return move_folder(&request);
    case LINK: return make_link(&request);
    case REMOVE_FILE: return remove_file(request.path);
    case REMOVE_FOLDER: return remove_folder(request.path, flags & FORCE);
    case SET_MODE:
    case SET_OWNER: return change_tree(&request);
    case RECODE: return recode_file(&request);
    default: return fail(EPROTO, "unknown file operation", NULL);
    }
}
