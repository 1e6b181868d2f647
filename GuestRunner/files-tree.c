#define _GNU_SOURCE
#include "files.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

/* The path that is worked on, for records and messages. */
static struct {
    char text[64 << 10];
    size_t length;
} trail;

static int push(const char *name) {
    size_t count = strlen(name), slash = trail.length > 0 && trail.text[trail.length - 1] != '/';
    if (trail.length + slash + count >= sizeof trail.text) return fail(ENAMETOOLONG, name, NULL);
    if (slash) trail.text[trail.length++] = '/';
    memcpy(trail.text + trail.length, name, count + 1);
    trail.length += count;
    return 0;
}

static void pop_to(size_t length) {
    trail.length = length;
    trail.text[length] = 0;
}

static int failed(int error) { return fail(error, trail.text, NULL); }

/* What is done with each entry of a folder. */
struct visit {
    int (*entry)(int at, const char *name, const struct stat *information, void *context);
    void *context;
};

/* Visits what is in a folder; takes `fd` over. */
static int each_entry(int fd, struct visit visit) {
    DIR *folder = fdopendir(fd);
    if (!folder) {
        int error = failed(errno);
        close(fd);
        return error;
    }
    size_t length = trail.length;
    int error = 0;
    while (!error) {
        struct stat information;
        errno = 0;
        struct dirent *entry = readdir(folder);
        if (!entry) {
            if (errno) error = failed(errno);
            break;
        }
        const char *name = entry->d_name;
        if (!strcmp(name, ".") || !strcmp(name, "..")) continue;
        if (stopping()) error = failed(ECANCELED);
        else if (!(error = push(name))) {
            if (fstatat(dirfd(folder), name, &information, AT_SYMLINK_NOFOLLOW)) {
                if (errno != ENOENT) error = failed(errno); /* gone meanwhile: as if it had not been listed */
            } else {
                error = visit.entry(dirfd(folder), name, &information, visit.context);
            }
            pop_to(length);
        }
    }
    closedir(folder);
    return error;
}

static int open_folder(int at, const char *name) {
    int fd = openat(at, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    return fd < 0 ? -failed(errno) : fd;
}

/* The folder that a request names; a link to one counts. The negative errno where it is none. */
static int open_top(const char *path, struct stat *information) {
    pop_to(0);
    int error = push(path);
    if (error) return -error;
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) return -fail(errno, path, errno == ENOTDIR ? "is not a folder" : NULL);
    if (fstat(fd, information)) return -failed(errno);
    return fd;
}

/* Listing */

struct listing {
    size_t top; /* how much of the trail is the folder itself */
    int recursive;
    char buffer[64 << 10];
    size_t used;
};

static int flush(struct listing *list) {
    int error = put_all(1, list->buffer, list->used);
    list->used = 0;
    return error;
}

static int list_entry(int at, const char *name, const struct stat *information, void *context) {
    struct listing *list = context;
    const char *relative = trail.text + list->top;
    while (*relative == '/') relative++;
    size_t count = strlen(relative) + 1;
    struct stat leads_to;
    char kinds[2] = {kind_of(information->st_mode), kind_of(information->st_mode)};
    if (kinds[0] == 'l') kinds[1] = fstatat(at, name, &leads_to, 0) ? '-' : kind_of(leads_to.st_mode);
    if (list->used + 2 + count > sizeof list->buffer) {
        int error = flush(list);
        if (error) return error;
    }
    if (2 + count > sizeof list->buffer) return failed(ENAMETOOLONG);
    memcpy(list->buffer + list->used, kinds, 2);
    memcpy(list->buffer + list->used + 2, relative, count);
    list->used += 2 + count;
    if (kinds[0] != 'd' || !list->recursive) return 0;
    int fd = open_folder(at, name);
    return fd < 0 ? -fd : each_entry(fd, (struct visit){list_entry, list});
}

int list_folder(const struct request *request) {
    static struct listing list;
    struct stat information;
    int fd = open_top(request->path, &information);
    if (fd < 0) return -fd;
    list.recursive = request->head.flags & RECURSIVE;
    list.top = trail.length;
    int error = each_entry(fd, (struct visit){list_entry, &list});
    return error ? error : flush(&list);
}

/* Removing */

static int remove_entry(int at, const char *name, const struct stat *information, void *context) {
    const dev_t *device = context;
    if (!S_ISDIR(information->st_mode)) return unlinkat(at, name, 0) && errno != ENOENT ? failed(errno) : 0;
    if (information->st_dev != *device)
        return fail(EBUSY, trail.text, "is on another file system, which is mounted there: unmount it first");
    int fd = open_folder(at, name);
    int error = fd < 0 ? -fd : each_entry(fd, (struct visit){remove_entry, context});
    if (error) return error;
    return unlinkat(at, name, AT_REMOVEDIR) ? failed(errno) : 0;
}

int remove_folder(const char *path, int force) {
    struct stat information;
    if (lstat(path, &information)) return fail(errno, path, NULL);
    if (!S_ISDIR(information.st_mode)) return fail(ENOTDIR, path, "is not a folder");
    if (strcmp(path, "/") == 0) return fail(EBUSY, path, "is the root of the guest and cannot be deleted");
    if (rmdir(path) == 0) return 0;
    if (errno != ENOTEMPTY && errno != EEXIST) return fail(errno, path, NULL);
    if (!force) return fail(ENOTEMPTY, path, "is not empty, and force is not set");
    pop_to(0);
    int error = push(path);
    if (error) return error;
    int fd = open_folder(AT_FDCWD, path);
    if (fd < 0) return -fd;
    dev_t device = information.st_dev;
    error = each_entry(fd, (struct visit){remove_entry, &device});
    return error ? error : rmdir(path) ? failed(errno) : 0;
}

/* Copying and moving */

struct transfer {
    int to;
    int preserve; /* owner, set-user-id bits and times too, as a move keeps them */
};

static void finish_folder(int fd, const struct stat *source, int preserve) {
    if (preserve) {
        struct timespec times[2] = {source->st_atim, source->st_mtim};
        if (fchown(fd, source->st_uid, source->st_gid) == 0) futimens(fd, times);
    }
    fchmod(fd, preserve ? source->st_mode & 07777 : source->st_mode & 0777 & ~022u);
}

static int copy_regular(int at, const char *name, const struct stat *source, int to, const char *temporary,
                        int preserve) {
    struct stat old;
    int keeps = !preserve && fstatat(to, name, &old, AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG(old.st_mode);
    int in = openat(at, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (in < 0) return failed(errno);
    int out = openat(to, temporary, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);
    int error = out < 0 ? failed(errno) : copy_content(in, out, trail.text);
    const struct stat *like = keeps ? &old : source;
    if (!error && (keeps || preserve) && fchown(out, like->st_uid, like->st_gid)) error = failed(errno);
    mode_t mode = keeps || preserve ? like->st_mode & 07777 : like->st_mode & 0777 & ~022u;
    if (!error && fchmod(out, mode)) error = failed(errno);
    if (!error && preserve) {
        struct timespec times[2] = {source->st_atim, source->st_mtim};
        copy_attributes(in, out);
        futimens(out, times);
    }
    if (out >= 0 && close(out) && !error) error = failed(errno);
    close(in);
    return error;
}

static int copy_entry(int at, const char *name, const struct stat *source, void *context) {
    const struct transfer *transfer = context;
    int to = transfer->to, error = 0;
    struct stat there;
    int exists = fstatat(to, name, &there, AT_SYMLINK_NOFOLLOW) == 0;
    if (exists && S_ISDIR(there.st_mode) != S_ISDIR(source->st_mode))
        return fail(EEXIST, trail.text, "is a folder on one side and none on the other");
    if (S_ISDIR(source->st_mode)) {
        if (!exists && mkdirat(to, name, 0700)) return failed(errno);
        int from = open_folder(at, name), into = from < 0 ? -1 : open_folder(to, name);
        if (from < 0 || into < 0) {
            if (from >= 0) close(from);
            return from < 0 ? -from : -into;
        }
        struct transfer below = {into, transfer->preserve};
        error = each_entry(from, (struct visit){copy_entry, &below});
        if (!exists || transfer->preserve) finish_folder(into, source, transfer->preserve);
        close(into);
        return error;
    }
    char temporary[40], target[PATH_MAX + 1];
    snprintf(temporary, sizeof temporary, ".kiln-%d.new", (int)getpid());
    if (S_ISREG(source->st_mode)) {
        error = copy_regular(at, name, source, to, temporary, transfer->preserve);
    } else if (S_ISLNK(source->st_mode)) {
        ssize_t length = readlinkat(at, name, target, PATH_MAX);
        if (length < 0) return failed(errno);
        target[length] = 0;
        if (symlinkat(target, to, temporary)) error = failed(errno);
    } else if (mknodat(to, temporary, source->st_mode, source->st_rdev)) {
        error = failed(errno);
    }
    if (!error && transfer->preserve && !S_ISREG(source->st_mode))
        if (fchownat(to, temporary, source->st_uid, source->st_gid, AT_SYMLINK_NOFOLLOW)) error = failed(errno);
    if (!error && renameat(to, temporary, to, name)) error = failed(errno);
    if (error) unlinkat(to, temporary, 0);
    return error;
}

/* Whether `path`, which need not exist yet, is or would be inside a folder. */
static int lies_inside(const char *path, const struct stat *folder) {
    char text[PATH_MAX];
    snprintf(text, sizeof text, "%s", path);
    int fd;
    while ((fd = open(text, O_PATH | O_DIRECTORY | O_CLOEXEC)) < 0) {
        char *slash = strrchr(text, '/');
        if (!slash || slash == text) return 0;
        *slash = 0;
    }
    struct stat here, above;
    int inside = 0;
    while (!inside && fstat(fd, &here) == 0) {
        inside = here.st_dev == folder->st_dev && here.st_ino == folder->st_ino;
        int next = openat(fd, "..", O_PATH | O_DIRECTORY | O_CLOEXEC);
        close(fd);
        fd = next;
        if (fd < 0 || fstat(fd, &above) || (above.st_dev == here.st_dev && above.st_ino == here.st_ino)) break;
    }
    if (fd >= 0) close(fd);
    return inside;
}

/* Makes the folder that another's content goes to. */
static int open_destination(const struct request *request, const struct stat *source, int *fd, int *made) {
    if (lies_inside(request->other, source))
        return fail(EINVAL, request->other, "is the folder itself or lies inside it");
    int error = make_parents(request->other);
    if (error) return error;
    *made = mkdir(request->other, 0700) == 0;
    if (!*made && errno != EEXIST) return fail(errno, request->other, NULL);
    if (!*made && request->head.flags & EXCLUSIVE)
        return fail(EEXIST, request->other, "is there already, and overwrite is false");
    *fd = open(request->other, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return *fd < 0 ? fail(errno, request->other, "is there already and is not a folder") : 0;
}

int copy_folder(const struct request *request, int preserve) {
    struct stat source;
    int into, made, from = open_top(request->path, &source);
    if (from < 0) return -from;
    int error = open_destination(request, &source, &into, &made);
    if (error) return error;
    struct transfer transfer = {into, preserve};
    error = each_entry(from, (struct visit){copy_entry, &transfer});
    if (made || preserve) finish_folder(into, &source, preserve);
    close(into);
    return error;
}

/* A link, a pipe or a device, made anew on another file system. */
static int copy_special(const char *from, const char *to, const struct stat *source) {
    char target[PATH_MAX + 1], temporary[PATH_MAX + 40];
    snprintf(temporary, sizeof temporary, "%.*s/.kiln-%d.new", (int)(strrchr(to, '/') - to), to, (int)getpid());
    if (S_ISLNK(source->st_mode)) {
        ssize_t length = readlink(from, target, PATH_MAX);
        if (length < 0) return fail(errno, from, NULL);
        target[length] = 0;
        if (symlink(target, temporary)) return fail(errno, to, NULL);
    } else if (mknod(temporary, source->st_mode, source->st_rdev)) {
        return fail(errno, to, NULL);
    }
    if (lchown(temporary, source->st_uid, source->st_gid) == 0 && rename(temporary, to) == 0) return 0;
    int error = fail(errno, to, NULL);
    unlink(temporary);
    return error;
}

int move_file(const struct request *request) {
    const char *from = request->path, *to = request->other;
    struct stat source, old;
    if (lstat(from, &source)) return fail(errno, from, NULL);
    if (S_ISDIR(source.st_mode)) return fail(EISDIR, from, "is a folder, not a file");
    int error = make_parents(request->other), exclusive = request->head.flags & EXCLUSIVE;
    if (error) return error;
    if (lstat(to, &old) == 0) {
        if (exclusive) return fail(EEXIST, to, "is there already, and overwrite is false");
        if (S_ISDIR(old.st_mode))
            return fail(EISDIR, to, "is a folder: a file cannot take its place (end it with / to put the file into it)");
    }
    if (rename(from, to) == 0) return 0;
    if (errno != EXDEV) return fail(errno, to, NULL);
    if (S_ISREG(source.st_mode)) error = copy_file(request, 1);
    else error = copy_special(from, to, &source);
    if (!error && unlink(from)) error = fail(errno, from, NULL);
    return error;
}

static int move_entry(int at, const char *name, const struct stat *source, void *context) {
    const struct transfer *transfer = context;
    struct stat there;
    int both = S_ISDIR(source->st_mode) && fstatat(transfer->to, name, &there, AT_SYMLINK_NOFOLLOW) == 0
               && S_ISDIR(there.st_mode);
    if (!both) return renameat(at, name, transfer->to, name) ? failed(errno) : 0;
    int from = open_folder(at, name), into = from < 0 ? -1 : open_folder(transfer->to, name);
    if (from < 0 || into < 0) {
        if (from >= 0) close(from);
        return from < 0 ? -from : -into;
    }
    struct transfer below = {into, 1};
    int error = each_entry(from, (struct visit){move_entry, &below});
    close(into);
    return error ? error : unlinkat(at, name, AT_REMOVEDIR) ? failed(errno) : 0;
}

int move_folder(const struct request *request) {
    const char *path = request->path, *to = request->other;
    struct stat source, destination;
    if (lstat(path, &source)) return fail(errno, path, NULL);
    if (!S_ISDIR(source.st_mode)) return fail(ENOTDIR, path, "is not a folder");
    if (lies_inside(to, &source)) return fail(EINVAL, to, "is the folder itself or lies inside it");
    int error = make_parents(request->other);
    if (error) return error;
    if (lstat(to, &destination)) {
        if (errno != ENOENT) return fail(errno, to, NULL);
        if (rename(path, to) == 0) return 0;
        if (errno != EXDEV) return fail(errno, path, NULL);
    } else if (request->head.flags & EXCLUSIVE) {
        return fail(EEXIST, to, "is there already, and overwrite is false");
    } else if (stat(to, &destination) == 0 && destination.st_dev == source.st_dev) {
        int into, made, from = open_top(path, &source);
        if (from < 0) return -from;
        if ((error = open_destination(request, &source, &into, &made))) return error;
        struct transfer transfer = {into, 1};
        error = each_entry(from, (struct visit){move_entry, &transfer});
        return error ? error : rmdir(path) ? fail(errno, path, NULL) : 0;
    }
    error = copy_folder(request, 1);
    return error ? error : remove_folder(path, 1);
}

/* Owners and permissions */

static int change(int at, const char *name, const struct stat *information, const struct request_head *head, int flags) {
    if (head->operation == SET_OWNER) return fchownat(at, name, head->user, head->group, flags) ? failed(errno) : 0;
    if (S_ISLNK(information->st_mode)) return 0; /* a link has no permissions of its own */
    return fchmodat(at, name, head->mode & 07777, 0) ? failed(errno) : 0;
}

static int change_entry(int at, const char *name, const struct stat *information, void *context) {
    if (S_ISDIR(information->st_mode)) {
        int fd = open_folder(at, name);
        int error = fd < 0 ? -fd : each_entry(fd, (struct visit){change_entry, context});
        if (error) return error;
    }
    return change(at, name, information, context, AT_SYMLINK_NOFOLLOW);
}

int change_tree(const struct request *request) {
    const char *path = request->path;
    uint32_t flags = request->head.flags;
    struct stat information;
    struct request_head head = request->head;
    if (stat(path, &information)) return fail(errno, path, NULL);
    if (flags & FOLDER && !S_ISDIR(information.st_mode)) return fail(ENOTDIR, path, "is not a folder");
    if (!(flags & FOLDER) && S_ISDIR(information.st_mode)) return fail(EISDIR, path, "is a folder, not a file");
    pop_to(0);
    int error = push(path);
    if (!error && flags & RECURSIVE) {
        int fd = open_top(path, &information);
        error = fd < 0 ? -fd : each_entry(fd, (struct visit){change_entry, &head});
    }
    /* The path's own link is followed: it stands for what it leads to. */
    return error ? error : change(AT_FDCWD, path, &information, &head, 0);
}
