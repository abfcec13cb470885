// wanem.c — a bad line between two network namespaces: one TAP device in each, and the frames between them delayed, jittered, lost and
// held to a rate. In place of netem, which not every kernel has. Order is kept: jitter does not reorder. ARP is delayed, never lost: a
// neighbour that is not found costs whole seconds, which no line of this loss does to neighbours that know each other.
//
// wanem NS_A DEV_A NS_B DEV_B DELAY_MS JITTER_MS LOSS_PERCENT RATE_KBIT [QUEUE_MS]     SIGUSR1: counters on stderr
//
// On stdin it takes lines, and it ends with them: `rate KBIT` and `loss PERCENT` change the line from now on (what waits already leaves as it would have),
// `watch` makes it tell of every frame on stdout: direction, when it came (us, CLOCK_MONOTONIC), how long it waited for the rate (us), its
// bytes. Waited -1: there was no room for it; -2: it vanished.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/if_ether.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#define QUEUE 16384     // frames that one direction holds
#define BURST 64        // frames read from one device before the other has its turn
#define FRAME_MAX 70000 // bytes
#define SECOND 1000000000ull

typedef struct {
  uint64_t due; // ns
  int length;
  char *bytes;
} Frame;

typedef struct {
  int from, to; // the TAP devices
  Frame queue[QUEUE];
  unsigned head, tail;
  uint64_t free_at;  // when the line has sent all that it holds, ns
  uint64_t last_due; // keeps the order
  uint64_t in, lost, over, out;
} Direction;

/** Times in ns, loss 0 to 1, rate in bits a second (0: no limit). */
typedef struct {
  double delay, jitter, loss, rate, queue;
} Line;

static Direction directions[2];
static volatile sig_atomic_t asked;
static bool watched;

static void on_usr1(int signal) {
  (void)signal;
  asked = 1;
}

static uint64_t now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec * SECOND + time.tv_nsec;
}

static int open_tap(const char *namespace, const char *device) {
  char path[256];
  snprintf(path, sizeof path, "/run/netns/%s", namespace);
  int home = open(path, O_RDONLY | O_CLOEXEC);
  if (home < 0 || setns(home, CLONE_NEWNET)) {
    perror(path);
    exit(1);
  }
  close(home);
  int tap = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
  struct ifreq request = {.ifr_flags = IFF_TAP | IFF_NO_PI};
  strncpy(request.ifr_name, device, IFNAMSIZ - 1);
  if (tap < 0 || ioctl(tap, TUNSETIFF, &request) < 0) {
    perror(device);
    exit(1);
  }
  return tap;
}

static bool is_arp(const char *frame, int length) {
  struct ethhdr header;
  if (length < (int)sizeof header) return false;
  memcpy(&header, frame, sizeof header);
  return header.h_proto == __builtin_bswap16(ETH_P_ARP);
}

#define OVER -1
#define LOST -2
static void report(const Direction *way, uint64_t time, int64_t waited, int length) {
  if (watched) printf("%d %lu %ld %d\n", (int)(way - directions), time / 1000, waited < 0 ? waited : waited / 1000, length);
}

/** Lets one frame onto the line, or loses it. */
static void enter(Direction *way, const Line *line, const char *bytes, int length) {
  uint64_t time = now(), start = time > way->free_at ? time : way->free_at;
  way->in++;
  if (!is_arp(bytes, length) && drand48() < line->loss) {
    way->lost++;
    report(way, time, LOST, length);
    return;
  }
  if (line->rate > 0) {
    if (start - time > line->queue) {
      way->over++;
      report(way, time, OVER, length);
      return;
    }
    report(way, time, start - time, length);
    start += (uint64_t)(length * 8.0 * SECOND / line->rate);
    way->free_at = start;
  }
  if (way->tail - way->head >= QUEUE) {
    way->over++;
    return;
  }
  uint64_t due = start + (uint64_t)(line->delay + line->jitter * drand48());
  if (due < way->last_due) due = way->last_due;
  way->last_due = due;
  Frame *frame = &way->queue[way->tail++ % QUEUE];
  *frame = (Frame){.due = due, .length = length, .bytes = malloc(length)};
  memcpy(frame->bytes, bytes, length);
}

static void leave(Direction *way) {
  for (uint64_t time = now(); way->head != way->tail; way->head++) {
    Frame *frame = &way->queue[way->head % QUEUE];
    if (frame->due > time) return;
    if (write(way->to, frame->bytes, frame->length) > 0) way->out++;
    free(frame->bytes);
  }
}

/** Rings when the next frame is due; never, with an empty line. */
static void set_alarm(int timer) {
  uint64_t next = 0;
  for (int i = 0; i < 2; i++) {
    Direction *way = &directions[i];
    if (way->head == way->tail) continue;
    uint64_t due = way->queue[way->head % QUEUE].due;
    if (next == 0 || due < next) next = due;
  }
  struct itimerspec alarm = {.it_value = {next / SECOND, next % SECOND}};
  timerfd_settime(timer, TFD_TIMER_ABSTIME, &alarm, NULL);
}

static void tell(void) {
  for (int i = 0; i < 2; i++) {
    const Direction *way = &directions[i];
    fprintf(stderr, "dir%d in=%lu lost=%lu over=%lu out=%lu\n", i, way->in, way->lost, way->over, way->out);
  }
}

/** Reads what stdin says; false when it has nothing more to say. */
static bool obey(Line *line) {
  static char text[256];
  static int held;
  int length = read(0, text + held, sizeof text - held - 1);
  if (length <= 0) return false;
  text[held += length] = 0;
  for (char *end; (end = strchr(text, '\n')); memmove(text, end + 1, held + 1)) {
    double value;
    held -= end + 1 - text;
    *end = 0;
    if (sscanf(text, "rate %lf", &value) == 1) line->rate = value * 1000;
    else if (sscanf(text, "loss %lf", &value) == 1) line->loss = value / 100;
    else if (strcmp(text, "watch") == 0) watched = true;
  }
  return held < (int)sizeof text - 1;
}

int main(int count, char **words) {
  if (count < 9) {
    fprintf(stderr, "usage: wanem NS_A DEV_A NS_B DEV_B delay_ms jitter_ms loss_percent rate_kbit [queue_ms]\n");
    return 2;
  }
  int taps[2] = {open_tap(words[1], words[2]), open_tap(words[3], words[4])};
  for (int i = 0; i < 2; i++) directions[i].from = taps[i], directions[i].to = taps[!i];
  Line line = {
      .delay = atof(words[5]) * 1e6,
      .jitter = atof(words[6]) * 1e6,
      .loss = atof(words[7]) / 100,
      .rate = atof(words[8]) * 1000,
      .queue = (count > 9 ? atof(words[9]) : 200) * 1e6,
  };
  const char *seed = getenv("WANEM_SEED");
  srand48(seed ? atol(seed) : (long)now());
  signal(SIGUSR1, on_usr1);
  int timer = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);

  static char bytes[FRAME_MAX];
  for (;;) {
    if (asked) {
      asked = 0;
      tell();
    }
    set_alarm(timer);
    fflush(stdout);
    struct pollfd events[4] = {{taps[0], POLLIN, 0}, {taps[1], POLLIN, 0}, {timer, POLLIN, 0}, {0, POLLIN, 0}};
    if (poll(events, 4, -1) < 0 && errno != EINTR) return 1;
    if (events[3].revents && !obey(&line)) return 0;
    uint64_t rings;
    if (read(timer, &rings, sizeof rings) < 0 && errno != EAGAIN) return 1;
    for (int i = 0; i < 2; i++) {
      if (!(events[i].revents & POLLIN)) continue;
      for (int n = 0; n < BURST; n++) {
        int length = read(taps[i], bytes, sizeof bytes);
        if (length <= 0) break;
        enter(&directions[i], &line, bytes, length);
      }
    }
    for (int i = 0; i < 2; i++) leave(&directions[i]);
  }
}
