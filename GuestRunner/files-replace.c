#define _GNU_SOURCE
#include "files.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#define PIECE (64u << 10)

int replacement_open(struct replacement *new, const char *path, int exclusive) {
    struct stat information;
    int there = lstat(path, &information) == 0;
    if (there && exclusive && !S_ISDIR(information.st_mode))
        return fail(EEXIST, path, "is there already, and overwrite is false");
    snprintf(new->final, sizeof new->final, "%s", path);
    if (there && S_ISLNK(information.st_mode)) {
        /* What the link leads to is written, as by any program that opens it; a dangling one is replaced. */
        char *leads_to = realpath(path, NULL);
        if (leads_to) {
            snprintf(new->final, sizeof new->final, "%s", leads_to);
            free(leads_to);
            there = lstat(new->final, &information) == 0;
        }
    }
    if (there && S_ISDIR(information.st_mode))
        return fail(EISDIR, path, "is a folder: a file cannot take its place (end it with / to put the file into it)");
    if (there && !S_ISREG(information.st_mode) && !S_ISLNK(information.st_mode))
        return fail(EINVAL, path, "is not a regular file");
    char *slash = strrchr(new->final, '/');
    snprintf(new->temporary, sizeof new->temporary, "%.*s/.kiln-%d.new", (int)(slash - new->final), new->final,
             (int)getpid());
    new->fd = open(new->temporary, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);
    return new->fd < 0 ? fail(errno, path, NULL) : 0;
}

void copy_attributes(int from, int to) {
    char names[4096], value[4096];
    ssize_t length = flistxattr(from, names, sizeof names);
    for (char *name = names; length > 0 && name < names + length; name += strlen(name) + 1) {
        ssize_t size = fgetxattr(from, name, value, sizeof value);
        if (size >= 0 && fsetxattr(to, name, value, (size_t)size, 0)) continue;
    }
}

int replacement_close(struct replacement *new, int error, int exclusive, int mode, uint32_t user, uint32_t group) {
    struct stat old;
    int there = lstat(new->final, &old) == 0 && S_ISREG(old.st_mode);
    if (there && user == UINT32_MAX) user = old.st_uid;
    if (there && group == UINT32_MAX) group = old.st_gid;
    if (mode < 0) mode = there ? (int)(old.st_mode & 07777) : 0644;
    if (!error && (user != UINT32_MAX || group != UINT32_MAX) && fchown(new->fd, user, group))
        error = fail(errno, new->final, NULL);
    if (!error && fchmod(new->fd, (mode_t)mode)) error = fail(errno, new->final, NULL);
    if (close(new->fd) && !error) error = fail(errno, new->final, NULL);
    if (!error && exclusive) {
        /* link(2) does not replace, whoever came between. */
        if (link(new->temporary, new->final) == 0) unlink(new->temporary);
        else if (errno == EEXIST) error = fail(errno, new->final, "is there already, and overwrite is false");
        else if (rename(new->temporary, new->final)) error = fail(errno, new->final, NULL);
    } else if (!error && rename(new->temporary, new->final)) {
        error = fail(errno, new->final, NULL);
    }
    if (error) unlink(new->temporary);
    return error;
}

/* Copies what lies between two offsets; `end` < 0: all that can be read. */
static int copy_run(int from, int to, off_t start, off_t end, const char *name) {
    static char buffer[PIECE];
    if ((start > 0 || end >= 0) && (lseek(from, start, SEEK_SET) < 0 || lseek(to, start, SEEK_SET) < 0))
        return fail(errno, name, NULL);
    while (end < 0 || start < end) {
        size_t wanted = end >= 0 && end - start < (off_t)PIECE ? (size_t)(end - start) : PIECE;
        if (stopping()) return fail(ECANCELED, name, NULL);
        ssize_t n = read(from, buffer, wanted);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return fail(errno, name, NULL);
        if (n == 0) break;
        int error = put_all(to, buffer, (size_t)n);
        if (error) return fail(error, name, NULL);
        start += n;
    }
    return 0;
}

int copy_content(int from, int to, const char *name) {
    struct stat information;
    if (fstat(from, &information)) return fail(errno, name, NULL);
    off_t at = 0;
    /* Holes stay holes: a disk image in the guest may be larger, written out, than the guest's disk. */
    while (information.st_size > 0) {
        off_t data = lseek(from, at, SEEK_DATA);
        if (data < 0 && errno == ENXIO) break;
        off_t end = data < 0 ? -1 : lseek(from, data, SEEK_HOLE);
        if (data < 0 || end < 0) {
            if (lseek(from, at, SEEK_SET) < 0) return fail(errno, name, NULL);
            return copy_run(from, to, at, -1, name);
        }
        int error = copy_run(from, to, data, end, name);
        if (error) return error;
        at = end;
    }
    if (information.st_size > 0) return ftruncate(to, information.st_size) ? fail(errno, name, NULL) : 0;
    return copy_run(from, to, 0, -1, name); /* such as in /proc: no size, but content */
}

/* A descriptor, or the negative errno. */
static int open_source(const char *path) {
    struct stat information;
    /* O_NONBLOCK: a named pipe would keep us for ever. */
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0) return -fail(errno, path, NULL);
    if (fstat(fd, &information) == 0 && S_ISREG(information.st_mode)) return fd;
    close(fd);
    if (S_ISDIR(information.st_mode)) return -fail(EISDIR, path, "is a folder, not a file");
    return -fail(EINVAL, path, "is not a regular file");
}

int copy_file(const struct request *request, int preserve) {
    struct replacement new;
    struct stat source, old;
    int exclusive = request->head.flags & EXCLUSIVE;
    int from = open_source(request->path);
    if (from < 0) return -from;
    fstat(from, &source);
    if (stat(request->other, &old) == 0 && old.st_dev == source.st_dev && old.st_ino == source.st_ino)
        return fail(EINVAL, request->other, "is the file to be copied itself");
    int error = make_parents(request->other);
    if (error || (error = replacement_open(&new, request->other, exclusive))) return error;
    error = copy_content(from, new.fd, request->path);
    /* A new file gets the mode of its source, as by cp(1); one that is replaced keeps its own. */
    int there = lstat(new.final, &old) == 0 && S_ISREG(old.st_mode);
    int mode = preserve ? (int)(source.st_mode & 07777) : there ? -1 : (int)(source.st_mode & 0777 & ~022u);
    if (!preserve)
        error = replacement_close(&new, error, exclusive, mode, UINT32_MAX, UINT32_MAX);
    else {
        struct timespec times[2] = {source.st_atim, source.st_mtim};
        copy_attributes(from, new.fd);
        futimens(new.fd, times);
        error = replacement_close(&new, error, exclusive, mode, source.st_uid, source.st_gid);
    }
    close(from);
    return error;
}

/* The length of the character at `at`, its number in `value`; 0: it is cut off there, -1: not UTF-8. */
static int decode(const unsigned char *at, size_t count, uint32_t *value) {
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    int length = at[0] < 0x80 ? 1 : at[0] >> 5 == 6 ? 2 : at[0] >> 4 == 14 ? 3 : at[0] >> 3 == 30 ? 4 : -1;
    if (length < 0) return -1;
    *value = length == 1 ? at[0] : at[0] & (0x7fu >> length);
    for (int i = 1; i < length; i++) {
        if ((size_t)i >= count) return 0;
        if (at[i] >> 6 != 2) return -1;
        *value = *value << 6 | (at[i] & 0x3fu);
    }
    return *value < least[length] || *value > 0x10ffff || (*value >> 11) == 0x1b ? -1 : length;
}

static size_t put_unit(unsigned char *out, uint32_t unit, size_t width, int big) {
    for (size_t i = 0; i < width; i++) out[i] = (unsigned char)(unit >> 8 * (big ? width - 1 - i : i));
    return width;
}

static size_t encode(unsigned char *out, uint32_t value, uint32_t encoding) {
    int big = encoding == 2 || encoding == 4;
    if (encoding >= 3) return put_unit(out, value, 4, big);
    if (value < 0x10000) return put_unit(out, value, 2, big);
    put_unit(out, 0xd800 + ((value - 0x10000) >> 10), 2, big);
    return 2 + put_unit(out + 2, 0xdc00 + ((value - 0x10000) & 0x3ff), 2, big);
}

static int recode(int from, int to, const char *path, uint32_t encoding) {
    static unsigned char in[PIECE], out[4 * PIECE];
    size_t held = 0;
    uint64_t offset = 0;
    for (;;) {
        ssize_t n = read(from, in + held, sizeof in - held);
        if (n < 0 && errno == EINTR && !stopping()) continue;
        if (n < 0) return fail(errno, path, NULL);
        size_t count = held + (size_t)n, at = 0, made = 0;
        while (at < count) {
            uint32_t value;
            int length = decode(in + at, count - at, &value);
            if (length == 0 && n > 0) break;
            if (length <= 0) {
                char why[80];
                snprintf(why, sizeof why, "is not UTF-8 text: byte %llu", (unsigned long long)(offset + at));
                return fail(EILSEQ, path, why);
            }
            if (encoding == 0) memcpy(out + made, in + at, (size_t)length), made += (size_t)length;
            else made += encode(out + made, value, encoding);
            at += (size_t)length;
        }
        int error = put_all(to, out, made);
        if (error) return fail(error, path, NULL);
        if (n == 0) return 0;
        offset += at;
        held = count - at;
        memmove(in, in + at, held);
    }
}

int recode_file(const struct request *request) {
    struct replacement new;
    if (request->head.mode > 4) return fail(EPROTO, "unknown encoding", NULL);
    int from = open_source(request->path);
    if (from < 0) return -from;
    int error = replacement_open(&new, request->path, 0);
    if (error) return error;
    error = recode(from, new.fd, request->path, request->head.mode);
    close(from);
    return replacement_close(&new, error, 0, -1, UINT32_MAX, UINT32_MAX);
}
