// agent.c — the hands of a test inside the virtual Pi: runs commands, reads and writes files, over the serial line /dev/ttyS0.
// It belongs to the test bench, not to Parlor. It is in C, and one process for the whole run, because starting a process is slow
// in User-Mode Linux, and what is measured must not be disturbed by what measures. ../agent.ts is the other end.
//
// A frame: "RIG1", length of payload (u32), id (u32), kind (u8), payload; numbers little-endian. The test begins an id with one of
//   r  run          the command, for sh -c, in a session of its own     k  signal       one byte, to all of that session
//   i  input        bytes for the command's stdin; none: end of input
//   g  get file     the path                                              p  put file     mode (u32), length of path (u16), path, content
// and hears about it:
//   o, e  bytes of stdout, stderr, or (o) of the file                    x  over: i32, exit status (128 + signal), or -errno
// At its start the agent says h (hello), id 0, with the seconds since boot.
//
// Called as the first process of all (init=), it mounts the host's folder at /host, moves the files that a test put in its overlay/ over
// the root folder, before systemd reads a single unit, and becomes systemd. The root folder of a card cannot be written: there the files are
// shown over it at each boot, as read-only as what they hide, and those under /state go once to the card's own partition.
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

enum { MOST_CHILDREN = 64, HEAD = 13, MOST_PAYLOAD = 256 << 20, CHUNK = 16384 };
struct child { uint32_t id; pid_t pid; int in, out, err; };
static struct child children[MOST_CHILDREN];
static int line; // the serial line

static void fail(const char *what) {
  perror(what);
  exit(1);
}

static void put_all(const void *bytes, size_t length) {
  for (const char *at = bytes; length > 0;) {
    ssize_t n = write(line, at, length);
    if (n < 0 && errno != EINTR && errno != EAGAIN) fail("writing to the line");
    if (n > 0) at += n, length -= n;
  }
}

static void say(char kind, uint32_t id, const void *payload, uint32_t length) {
  char frame[HEAD + CHUNK];
  memcpy(frame, "RIG1", 4);
  memcpy(frame + 4, &length, 4);
  memcpy(frame + 8, &id, 4);
  frame[12] = kind;
  memcpy(frame + HEAD, payload, length);
  put_all(frame, HEAD + length);
}

static void over(uint32_t id, int32_t result) { say('x', id, &result, 4); }

static void run(uint32_t id, const char *command) {
  struct child *child = children;
  while (child < children + MOST_CHILDREN && child->pid) child++;
  int in[2], out[2], err[2];
  if (child == children + MOST_CHILDREN) return over(id, -EAGAIN);
  if (pipe2(in, O_CLOEXEC) || pipe2(out, O_CLOEXEC) || pipe2(err, O_CLOEXEC)) return over(id, -errno);
  pid_t pid = vfork();
  if (pid < 0) return over(id, -errno);
  if (pid == 0) {
    setsid();
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    dup2(in[0], 0);
    dup2(out[1], 1);
    dup2(err[1], 2);
    execl("/bin/sh", "sh", "-c", command, NULL);
    _exit(127);
  }
  close(in[0]), close(out[1]), close(err[1]);
  fcntl(out[0], F_SETFL, O_NONBLOCK);
  fcntl(err[0], F_SETFL, O_NONBLOCK);
  *child = (struct child){ id, pid, in[1], out[0], err[0] };
}

static struct child *child_of(uint32_t id) {
  for (struct child *child = children; child < children + MOST_CHILDREN; child++)
    if (child->pid && child->id == id) return child;
  return NULL;
}

static void input(uint32_t id, const char *bytes, size_t length) {
  struct child *child = child_of(id);
  if (!child || child->in < 0) return;
  while (length > 0) {
    ssize_t n = write(child->in, bytes, length);
    if (n <= 0) return;
    bytes += n, length -= n;
  }
}

static void end_input(uint32_t id) {
  struct child *child = child_of(id);
  if (child && child->in >= 0) close(child->in), child->in = -1;
}

// Passes on what a command said. Its end is told by its death, not by its pipes: a daemon it left behind may hold those.
static void pass_on(int *fd, char kind, uint32_t id) {
  char bytes[CHUNK];
  while (*fd >= 0) {
    ssize_t n = read(*fd, bytes, sizeof bytes);
    if (n > 0) say(kind, id, bytes, n);
    else if (n < 0 && errno == EAGAIN) return;
    else close(*fd), *fd = -1;
  }
}

static void bury(void) {
  int status;
  for (pid_t pid; (pid = waitpid(-1, &status, WNOHANG)) > 0;)
    for (struct child *child = children; child < children + MOST_CHILDREN; child++)
      if (child->pid == pid) {
        pass_on(&child->out, 'o', child->id);
        pass_on(&child->err, 'e', child->id);
        if (child->in >= 0) close(child->in);
        if (child->out >= 0) close(child->out);
        if (child->err >= 0) close(child->err);
        child->pid = 0;
        over(child->id, WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status));
      }
}

static void get_file(uint32_t id, const char *path) {
  char bytes[CHUNK];
  int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
  if (fd < 0) return over(id, -errno);
  ssize_t n;
  while ((n = read(fd, bytes, sizeof bytes)) > 0) say('o', id, bytes, n);
  over(id, n < 0 ? -errno : 0);
  close(fd);
}

static void put_file(uint32_t id, const char *payload, uint32_t length) {
  uint32_t mode;
  uint16_t path_length;
  if (length < 6) return over(id, -EINVAL);
  memcpy(&mode, payload, 4);
  memcpy(&path_length, payload + 4, 2);
  if (length < 6u + path_length) return over(id, -EINVAL);
  char *path = strndup(payload + 6, path_length);
  const char *at = payload + 6 + path_length;
  size_t left = length - 6 - path_length;
  int32_t result = 0;
  int fd = open(path, O_WRONLY | O_TRUNC | O_CLOEXEC); // what is there (in /sys, say) is not made anew
  if (fd < 0 && errno == ENOENT) {
    fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    if (fd >= 0) fchmod(fd, mode);
  }
  if (fd < 0) result = -errno;
  while (!result && left > 0) {
    ssize_t n = write(fd, at, left);
    if (n < 0) result = -errno;
    else at += n, left -= n;
  }
  if (fd >= 0 && close(fd) && !result) result = -errno;
  free(path);
  over(id, result);
}

static void obey(char kind, uint32_t id, char *payload, uint32_t length) {
  struct child *child;
  payload[length] = 0; // the buffer is one byte longer than what is in it
  switch (kind) {
  case 'r': run(id, payload); break;
  case 'i': if (length) input(id, payload, length); else end_input(id); break;
  case 'k': if ((child = child_of(id)) && length) kill(-child->pid, payload[0]); break;
  case 'g': get_file(id, payload); break;
  case 'p': put_file(id, payload, length); break;
  default: over(id, -ENOSYS);
  }
}

// Takes whole frames off the front of what came; what is no frame is skipped.
static size_t take_frames(char *bytes, size_t length) {
  size_t at = 0;
  while (length - at >= HEAD) {
    uint32_t payload, id;
    memcpy(&payload, bytes + at + 4, 4);
    memcpy(&id, bytes + at + 8, 4);
    if (memcmp(bytes + at, "RIG1", 4) || payload > MOST_PAYLOAD) {
      at++;
      continue;
    }
    if (length - at - HEAD < payload) break;
    char after = bytes[at + HEAD + payload];
    obey(bytes[at + 12], id, bytes + at + HEAD, payload);
    bytes[at + HEAD + payload] = after;
    at += HEAD + payload;
  }
  memmove(bytes, bytes + at, length - at);
  return length - at;
}

static void lay_over(const char *from, const char *to) {
  DIR *folder = opendir(from);
  if (!folder) return;
  for (struct dirent *entry; (entry = readdir(folder));) {
    char source[PATH_MAX], target[PATH_MAX], bytes[CHUNK];
    struct stat is;
    if (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, "..")) continue;
    snprintf(source, sizeof source, "%s/%s", from, entry->d_name);
    snprintf(target, sizeof target, "%s/%s", to, entry->d_name);
    if (stat(source, &is)) continue;
    if (S_ISDIR(is.st_mode)) {
      mkdir(target, 0755);
      lay_over(source, target);
      continue;
    }
    int in = open(source, O_RDONLY | O_CLOEXEC);
    int out = open(target, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    ssize_t n;
    while (in >= 0 && out >= 0 && (n = read(in, bytes, sizeof bytes)) > 0)
      if (write(out, bytes, n) != n) fprintf(stderr, "overlay: %s: %s\n", target, strerror(errno));
    if (out >= 0) fchmod(out, is.st_mode & 0777), close(out);
    if (in >= 0) close(in);
  }
  closedir(folder);
}

// The folder /NAME of a root that cannot be written, with the files of the test over it.
static void show_over(const char *name) {
  char from[PATH_MAX], over[PATH_MAX], place[PATH_MAX], layers[2 * PATH_MAX + 16];
  snprintf(from, sizeof from, "/host/overlay/%s", name);
  snprintf(place, sizeof place, "/%s", name);
  if (!strcmp(name, "run")) return lay_over(from, "/run");
  if (!strcmp(name, "state")) {
    char done[PATH_MAX];
    if (mount("/dev/ubda7", "/state", "ext4", MS_NOATIME, "")) return perror("/state");
    lay_over(from, "/state");
    if (umount("/state")) perror("/state");
    snprintf(done, sizeof done, "/host/laid.%ld", (long)time(NULL));
    if (rename(from, done)) perror(from);
    return;
  }
  snprintf(over, sizeof over, "/run/rig/%s", name);
  mkdir("/run/rig", 0755), mkdir(over, 0755);
  lay_over(from, over);
  snprintf(layers, sizeof layers, "lowerdir=%s:%s", over, place);
  if (mount("overlay", place, "overlay", MS_RDONLY, layers)) perror(place);
}

static void show_all(void) {
  DIR *folder = opendir("/host/overlay");
  if (!folder) return;
  if (mount("tmpfs", "/run", "tmpfs", MS_NOSUID | MS_NODEV, "mode=755")) return perror("/run");
  for (struct dirent *entry; (entry = readdir(folder));)
    if (entry->d_name[0] != '.') show_over(entry->d_name);
  closedir(folder);
}

static int begin(char **argv) {
  struct statvfs root;
  int is_card = statvfs("/", &root) == 0 && (root.f_flag & ST_RDONLY);
  if (mount("none", "/host", "hostfs", 0, "")) perror("/host");
  else if (is_card) show_all();
  else {
    lay_over("/host/overlay", "");
    rename("/host/overlay", "/host/overlay.done");
  }
  execv("/usr/lib/parlor/init", argv); // of a card
  execv("/sbin/init", argv);
  fail("/sbin/init");
  return 1;
}

int main(int argc, char **argv) {
  if (getpid() == 1) return begin(argv);
  if (argc != 2) return fprintf(stderr, "agent TTY\n"), 2;
  line = open(argv[1], O_RDWR | O_NOCTTY | O_CLOEXEC);
  if (line < 0) fail(argv[1]);
  struct termios raw;
  if (tcgetattr(line, &raw)) fail("tcgetattr");
  cfmakeraw(&raw);
  if (tcsetattr(line, TCSANOW, &raw)) fail("tcsetattr");

  signal(SIGPIPE, SIG_IGN);
  sigset_t deaths;
  sigemptyset(&deaths);
  sigaddset(&deaths, SIGCHLD);
  sigprocmask(SIG_BLOCK, &deaths, NULL);
  int dead = signalfd(-1, &deaths, SFD_CLOEXEC | SFD_NONBLOCK);
  if (dead < 0) fail("signalfd");

  struct timespec up;
  char hello[32];
  clock_gettime(CLOCK_BOOTTIME, &up);
  say('h', 0, hello, snprintf(hello, sizeof hello, "%ld.%02ld", (long)up.tv_sec, up.tv_nsec / 10000000));

  size_t length = 0, room = 1 << 16;
  char *bytes = malloc(room + 1);
  for (;;) {
    struct pollfd wait[2 + 2 * MOST_CHILDREN] = { { line, POLLIN, 0 }, { dead, POLLIN, 0 } };
    for (int i = 0; i < MOST_CHILDREN; i++) {
      int there = children[i].pid != 0;
      wait[2 + 2 * i] = (struct pollfd){ there ? children[i].out : -1, POLLIN, 0 };
      wait[3 + 2 * i] = (struct pollfd){ there ? children[i].err : -1, POLLIN, 0 };
    }
    if (poll(wait, 2 + 2 * MOST_CHILDREN, -1) < 0 && errno != EINTR) fail("poll");
    for (int i = 0; i < MOST_CHILDREN; i++)
      if (children[i].pid) {
        pass_on(&children[i].out, 'o', children[i].id);
        pass_on(&children[i].err, 'e', children[i].id);
      }
    if (wait[1].revents) {
      struct signalfd_siginfo info;
      while (read(dead, &info, sizeof info) > 0) continue;
      bury();
    }
    if (wait[0].revents) {
      if (room - length < CHUNK) {
        room *= 2;
        if (!(bytes = realloc(bytes, room + 1))) fail("memory");
      }
      ssize_t n = read(line, bytes + length, room - length);
      if (n < 0 && errno != EINTR && errno != EAGAIN) fail("reading the line");
      if (n > 0) length = take_frames(bytes, length + n);
    }
  }
}
