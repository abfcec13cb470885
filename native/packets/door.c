// door.c — datagrams in and out of the sockets of Node's own, several at a time, and without a call into JavaScript for each.
#define _GNU_SOURCE // recvmmsg, F_DUPFD_CLOEXEC
#include "packets.h"
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/udp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>
#include <uv.h>

#define MOST_DOORS 1024
#define ADDRESS 28 // bytes of a struct sockaddr_in6, the longer one

napi_value make_address(napi_env env, napi_callback_info info) {
  napi_value given[2], answer = NULL;
  char host[INET6_ADDRSTRLEN + 1];
  size_t length = 0;
  uint32_t port;
  // A longer name is cut off at the end of `host`, and then is no address: the length tells.
  if (!take(env, info, 2, given) || napi_get_value_string_utf8(env, given[0], host, sizeof host, &length) != napi_ok ||
      !word_of(env, given[1], &port) || port == 0 || port > 65535)
    return refuse(env, "address(host, port)");
  struct sockaddr_in four = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
  struct sockaddr_in6 six = {.sin6_family = AF_INET6, .sin6_port = htons((uint16_t)port)};
  if (length == strlen(host) && inet_pton(AF_INET, host, &four.sin_addr) == 1)
    return napi_create_buffer_copy(env, sizeof four, &four, NULL, &answer) == napi_ok ? answer : NULL;
  if (length == strlen(host) && inet_pton(AF_INET6, host, &six.sin6_addr) == 1)
    return napi_create_buffer_copy(env, sizeof six, &six, NULL, &answer) == napi_ok ? answer : NULL;
  return napi_get_null(env, &answer) == napi_ok ? answer : NULL;
}

// The host of an address as listen() tells it; its port stands in the bytes 2 and 3.
napi_value make_host(napi_env env, napi_callback_info info) {
  napi_value given[1], answer;
  Bytes from;
  char host[INET6_ADDRSTRLEN];
  struct sockaddr_in four = {0};
  struct sockaddr_in6 six = {0};
  if (!take(env, info, 1, given) || !bytes_of(env, given[0], &from)) return refuse(env, "host(address)");
  if (from.length == sizeof four) memcpy(&four, from.at, sizeof four);
  else if (from.length == sizeof six) memcpy(&six, from.at, sizeof six);
  else return refuse(env, "no address");
  const void *at = from.length == sizeof four ? (void *)&four.sin_addr : (void *)&six.sin6_addr;
  if (!inet_ntop(from.length == sizeof four ? AF_INET : AF_INET6, at, host, sizeof host)) return refuse(env, "no address");
  return napi_create_string_utf8(env, host, NAPI_AUTO_LENGTH, &answer) == napi_ok ? answer : NULL;
}

// A socket's door: a descriptor of our own, by dup(), so that when the socket is closed no other file gets its number. Doors are known by
// numbers that are never given twice: what was closed cannot be meant by mistake.
typedef struct {
  int32_t id; // 0: free
  int fd;
  struct Listener *listener; // null: nobody listens
  bool is_plain; // rows do not go here
  int32_t stuck; // why what was sent last did not go, within one send()
} Door;

static Door doors[MOST_DOORS];
static int32_t last_door = 0;

static Door *door_of(int32_t id) {
  Door *door = &doors[(size_t)(uint32_t)id % MOST_DOORS]; // so always within doors
  return id > 0 && door->id == id ? door : NULL;
}

napi_value make_door(napi_env env, napi_callback_info info) {
  napi_value given[1];
  int32_t fd;
  if (!take(env, info, 1, given) || napi_get_value_int32(env, given[0], &fd) != napi_ok || fd < 0) return refuse(env, "door(fd)");
  for (int tries = 0; tries < MOST_DOORS && last_door < INT32_MAX; tries++) {
    const int32_t id = ++last_door;
    Door *door = &doors[id % MOST_DOORS];
    if (door->id != 0) continue;
    const int own = fcntl(fd, F_DUPFD_CLOEXEC, 0);
    if (own < 0) return number(env, -errno);
    *door = (Door){.id = id, .fd = own};
    return number(env, id);
  }
  return number(env, -EMFILE);
}

// One datagram to send, five numbers of 32 bits in the order of the machine. It begins at `at` in the arena, and right before it stand
// the ADDRESS bytes of where it goes, of which `to` count.
typedef struct {
  int32_t door, at, length, to, result;
} Order;

#define MOST_ORDERS 256
#define WAITS 1 // no errno: nobody tried yet

static int send_one(const Door *door, const Order *order, const uint8_t *arena) {
  struct sockaddr_storage to; // longer than ADDRESS, and aligned, which the arena is not
  memcpy(&to, arena + order->at - ADDRESS, ADDRESS);
  const ssize_t sent = sendto(door->fd, arena + order->at, (size_t)order->length, MSG_DONTWAIT | MSG_NOSIGNAL, (struct sockaddr *)&to, (socklen_t)order->to);
  return sent < 0 ? -errno : 0;
}

// A row: datagrams through one door to one address that are as long as the first, but for the last, which may be shorter: most of a picture.
// The system takes it in one piece, which goes down through its layers once, and cuts it again (UDP_SEGMENT, udp(7)).
#define LONGEST_ROW 64 // what every system takes that takes rows
#define MOST_BYTES 65000 // a little less than one datagram may have

static size_t row_from(const Order *orders, size_t count, size_t first, const uint8_t *arena, size_t *row) {
  const Order *head = &orders[first];
  size_t many = 0, bytes = 0;
  for (size_t i = first; i < count && many < LONGEST_ROW; i++) {
    const Order *next = &orders[i];
    if (next->door != head->door) continue;
    bytes += (size_t)next->length;
    if (many > 0 && (next->length == 0 || next->length > head->length || bytes > MOST_BYTES)) break;
    if (many > 0 && (next->to != head->to || memcmp(arena + next->at - ADDRESS, arena + head->at - ADDRESS, (size_t)head->to) != 0)) break;
    row[many++] = i;
    if (next->length == 0 || next->length < head->length) break;
  }
  return many;
}

static bool send_together(Door *door, const Order *orders, const size_t *row, size_t many, const uint8_t *arena) {
  const Order *head = &orders[row[0]];
  const uint16_t size = (uint16_t)head->length; // at most MOST_BYTES, see row_from: more stands alone
  struct sockaddr_storage to;
  struct iovec parts[LONGEST_ROW];
  union {
    struct cmsghdr first; // so that it is aligned
    uint8_t bytes[CMSG_SPACE(sizeof size)];
  } beside = {0};
  memcpy(&to, arena + head->at - ADDRESS, ADDRESS);
  for (size_t i = 0; i < many; i++) // many is at most LONGEST_ROW
    parts[i] = (struct iovec){.iov_base = (void *)(uintptr_t)(arena + orders[row[i]].at), .iov_len = (size_t)orders[row[i]].length};
  const struct msghdr message = {
    .msg_name = &to, .msg_namelen = (socklen_t)head->to, .msg_iov = parts, .msg_iovlen = many,
    .msg_control = beside.bytes, .msg_controllen = sizeof beside.bytes};
  beside.first = (struct cmsghdr){.cmsg_level = IPPROTO_UDP, .cmsg_type = UDP_SEGMENT, .cmsg_len = CMSG_LEN(sizeof size)};
  memcpy(CMSG_DATA(&beside.first), &size, sizeof size);
  if (sendmsg(door->fd, &message, MSG_DONTWAIT | MSG_NOSIGNAL) >= 0) return true;
  // No room, or somebody who does not listen, is of this moment; everything else is of this way: too narrow for one, or of an older kind.
  if (errno != EAGAIN && errno != ENOBUFS && errno != ECONNREFUSED) door->is_plain = true;
  return false;
}

// Nothing overtakes a datagram of its own socket that has to wait.
static void send_row(Order *orders, const size_t *row, size_t many, const uint8_t *arena) {
  Door *door = door_of(orders[row[0]].door);
  const bool is_gone = many > 1 && door && door->stuck == 0 && !door->is_plain && send_together(door, orders, row, many, arena);
  for (size_t i = 0; i < many; i++) {
    Order *order = &orders[row[i]];
    order->result = is_gone ? 0 : !door ? -EBADF : door->stuck != 0 ? door->stuck : send_one(door, order, arena);
    if (door) door->stuck = order->result;
  }
}

napi_value send_all(napi_env env, napi_callback_info info) {
  static Order orders[MOST_ORDERS]; // one thread calls, and it is too much for the stack
  napi_value given[3];
  Bytes arena, asked;
  uint32_t count, failed = 0;
  size_t row[LONGEST_ROW];
  if (!take(env, info, 3, given) || !bytes_of(env, given[0], &arena) || !bytes_of(env, given[1], &asked) || !word_of(env, given[2], &count))
    return refuse(env, "send(arena, orders, count)");
  if (count > asked.length / sizeof(Order) || count > MOST_ORDERS) return refuse(env, "more orders than there are");
  if (count > 0) memcpy(orders, asked.at, count * sizeof(Order));
  for (uint32_t i = 0; i < count; i++) { // all of them, before the first one is obeyed. `at` and `length` are at most 2^31, a size_t holds the sum
    const Order *order = &orders[i];
    if (order->at < ADDRESS || order->length < 0 || (size_t)order->at + (size_t)order->length > arena.length) return refuse(env, "an order beyond the arena");
    if (order->to != sizeof(struct sockaddr_in) && order->to != sizeof(struct sockaddr_in6)) return refuse(env, "an order with half an address");
  }
  for (uint32_t i = 0; i < count; i++) {
    Door *door = door_of(orders[i].door);
    if (door) door->stuck = 0;
    orders[i].result = WAITS;
  }
  for (uint32_t i = 0; i < count; i++)
    if (orders[i].result == WAITS) send_row(orders, row, row_from(orders, count, i, arena.at, row), arena.at);
  for (uint32_t i = 0; i < count; i++) failed += orders[i].result != 0;
  if (count > 0) memcpy(asked.at, orders, count * sizeof(Order));
  return number(env, failed);
}

// What came, and how it is told: datagram i lies in `room` from byte i * SLOT on; of it `news` has three numbers of 32 bits: its length (-1: it
// was longer than SLOT, and is lost); how many bytes of the address behind it count, ADDRESS of them kept in `from` at i * ADDRESS, 0 where it is
// the address of the datagram before, through the same door; and how many microseconds it has waited since the system took it, 0 if nobody knows.
#define MANY 16
#define SLOT 4096
typedef struct {
  int32_t length, from, waited;
} News;

// The packets of a picture come one right behind the other, and would wake us one by one. So where more must follow, we wait a moment for it: then they
// are told of together, and what goes out for them goes together, as a row. Sound and reports are told at once.
#define MOMENT 1 // ms, the shortest that libuv knows
#define LEAST_PIECE 500 // bytes
#define MOST_VAIN 4 // moments, one behind the other, in which nothing more came: a narrow line has drawn the picture out
#define REST 64 // times that we do not wait then

typedef struct Listener {
  uv_poll_t poll;
  uv_timer_t moment;
  int handles; // that libuv still has
  napi_env env;
  napi_ref called, room, news, from;
  int fd;
  int vain, rest;
  bool is_full; // there was more than could be read at a time
  socklen_t last_length; // 0: nothing came yet
  struct sockaddr_storage last;
} Listener;

static void forget(uv_handle_t *handle) {
  Listener *of = handle->data;
  if (--of->handles > 0) return;
  const napi_ref held[] = {of->called, of->room, of->news, of->from};
  for (size_t i = 0; i < sizeof held / sizeof held[0]; i++)
    if (held[i]) napi_delete_reference(of->env, held[i]);
  free(of);
}

static bool bytes_behind(napi_env env, napi_ref held, size_t least, uint8_t **at) {
  napi_value value;
  Bytes bytes;
  if (napi_get_reference_value(env, held, &value) != napi_ok || value == NULL) return false;
  if (!bytes_of(env, value, &bytes) || bytes.length < least) return false;
  *at = bytes.at;
  return true;
}

// Room for what the system says of a datagram beside its bytes: when it came.
typedef union {
  struct cmsghdr first; // so that it is aligned
  uint8_t bytes[CMSG_SPACE(sizeof(struct timespec))];
} Beside;

#define LONGEST_WAIT 1000000 // us; more than that is a clock that was set

static int32_t waited_since(struct msghdr *message, const struct timespec *now) {
  for (struct cmsghdr *at = CMSG_FIRSTHDR(message); at; at = CMSG_NXTHDR(message, at)) {
    if (at->cmsg_level != SOL_SOCKET || at->cmsg_type != SCM_TIMESTAMPNS || at->cmsg_len < CMSG_LEN(sizeof(struct timespec))) continue;
    struct timespec came;
    memcpy(&came, CMSG_DATA(at), sizeof came);
    const int64_t waited = ((int64_t)now->tv_sec - (int64_t)came.tv_sec) * 1000000 + ((int64_t)now->tv_nsec - (int64_t)came.tv_nsec) / 1000;
    return waited > 0 && waited <= LONGEST_WAIT ? (int32_t)waited : 0;
  }
  return 0;
}

// Reads what is there, at most MANY; the rest is told by libuv in the next turn of the loop. How many came.
static int read_some(Listener *of, uint8_t *room, uint8_t *news, uint8_t *from) {
  struct mmsghdr messages[MANY];
  struct iovec parts[MANY];
  struct sockaddr_storage senders[MANY];
  Beside beside[MANY];
  struct timespec now;
  memset(messages, 0, sizeof messages);
  for (size_t i = 0; i < MANY; i++) {
    parts[i] = (struct iovec){.iov_base = room + i * SLOT, .iov_len = SLOT}; // `room` has MANY * SLOT bytes
    messages[i].msg_hdr = (struct msghdr){
      .msg_name = &senders[i], .msg_namelen = sizeof senders[i], .msg_iov = &parts[i], .msg_iovlen = 1,
      .msg_control = beside[i].bytes, .msg_controllen = sizeof beside[i].bytes};
  }
  const int count = recvmmsg(of->fd, messages, MANY, MSG_DONTWAIT, NULL);
  clock_gettime(CLOCK_REALTIME, &now); // the clock of those times
  for (int i = 0; i < count; i++) { // count is at most MANY
    const socklen_t length = messages[i].msg_hdr.msg_namelen;
    const bool is_cut = (messages[i].msg_hdr.msg_flags & MSG_TRUNC) != 0 || length == 0 || length > ADDRESS;
    const bool is_same = length == of->last_length && memcmp(&senders[i], &of->last, length) == 0;
    const News one = {
      .length = is_cut ? -1 : (int32_t)messages[i].msg_len, .from = is_cut || is_same ? 0 : (int32_t)length,
      .waited = waited_since(&messages[i].msg_hdr, &now)};
    memcpy(news + (size_t)i * sizeof one, &one, sizeof one);
    if (one.from == 0) continue;
    memcpy(from + (size_t)i * ADDRESS, &senders[i], length); // at most ADDRESS, see is_cut
    of->last_length = length;
    memcpy(&of->last, &senders[i], length);
  }
  return count;
}

// Does a piece of a picture wait there that is not its last? What is RTCP has no such first byte of its type (RFC 5761, section 4).
static bool more_follows(int fd) {
  uint8_t head[2] = {0};
  const ssize_t length = recv(fd, head, sizeof head, MSG_PEEK | MSG_TRUNC | MSG_DONTWAIT);
  return length >= LEAST_PIECE && head[0] >> 6 == 2 && (head[1] & 0x80) == 0;
}

// Reads and tells. How many came.
static int tell(Listener *of) {
  napi_env env = of->env;
  napi_handle_scope scope;
  napi_value called, this, count, problem;
  uint8_t *room, *news, *from;
  if (napi_open_handle_scope(env, &scope) != napi_ok) return 0;
  const bool is_whole = bytes_behind(env, of->room, MANY * SLOT, &room) && bytes_behind(env, of->news, MANY * sizeof(News), &news) &&
                        bytes_behind(env, of->from, MANY * ADDRESS, &from) && napi_get_reference_value(env, of->called, &called) == napi_ok;
  const int came = is_whole ? read_some(of, room, news, from) : 0;
  of->is_full = came == MANY;
  if (came > 0 && napi_create_int32(env, came, &count) == napi_ok && napi_get_global(env, &this) == napi_ok) {
    // The door may be closed in there; `of` is let go only when this turn of the loop is over.
    const napi_status made = napi_make_callback(env, NULL, this, called, 1, &count, NULL);
    if (made == napi_pending_exception && napi_get_and_clear_last_exception(env, &problem) == napi_ok) napi_fatal_exception(env, problem);
  }
  napi_close_handle_scope(env, scope);
  return came;
}

static void on_readable(uv_poll_t *handle, int status, int events);

static void on_moment(uv_timer_t *handle) {
  Listener *of = handle->data;
  (void)uv_poll_start(&of->poll, UV_READABLE, on_readable); // it was started before, and can be
  if (tell(of) > 1) of->vain = 0;
  else if (++of->vain >= MOST_VAIN) {
    of->vain = 0;
    of->rest = REST;
  }
}

static void on_readable(uv_poll_t *handle, int status, int events) {
  (void)status, (void)events; // an error of the socket is taken away by reading
  Listener *of = handle->data;
  if (of->rest > 0) of->rest--;
  else if (!of->is_full && more_follows(of->fd) && uv_timer_start(&of->moment, on_moment, MOMENT, 0) == 0) {
    uv_poll_stop(&of->poll);
    return;
  }
  (void)tell(of);
}

static void let_go(Listener *of) {
  uv_close((uv_handle_t *)&of->poll, forget);
  uv_close((uv_handle_t *)&of->moment, forget);
}

napi_value listen_at(napi_env env, napi_callback_info info) {
  napi_value given[5];
  napi_valuetype type;
  int32_t id;
  Bytes room, news, from;
  uv_loop_t *loop;
  if (!take(env, info, 5, given) || napi_get_value_int32(env, given[0], &id) != napi_ok || !bytes_of(env, given[1], &room) ||
      !bytes_of(env, given[2], &news) || !bytes_of(env, given[3], &from) || napi_typeof(env, given[4], &type) != napi_ok || type != napi_function)
    return refuse(env, "listen(door, room, news, from, called)");
  if (room.length < MANY * SLOT || news.length < MANY * sizeof(News) || from.length < MANY * ADDRESS) return refuse(env, "no room to listen");
  Door *door = door_of(id);
  if (!door || door->listener) return refuse(env, "a door that is closed, or has a listener");
  Listener *of = calloc(1, sizeof *of);
  if (!of) return refuse(env, "no memory");
  of->env = env;
  of->fd = door->fd;
  const int on = 1;
  (void)setsockopt(of->fd, SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof on); // where it cannot be had, nobody knows
  if (napi_get_uv_event_loop(env, &loop) != napi_ok || uv_poll_init(loop, &of->poll, door->fd) != 0) {
    free(of);
    return refuse(env, "the socket cannot be listened to");
  }
  (void)uv_timer_init(loop, &of->moment); // it cannot fail
  of->handles = 2;
  of->poll.data = of->moment.data = of;
  if (napi_create_reference(env, given[1], 1, &of->room) != napi_ok || napi_create_reference(env, given[2], 1, &of->news) != napi_ok ||
      napi_create_reference(env, given[3], 1, &of->from) != napi_ok || napi_create_reference(env, given[4], 1, &of->called) != napi_ok ||
      uv_poll_start(&of->poll, UV_READABLE, on_readable) != 0) {
    let_go(of);
    return refuse(env, "the socket cannot be listened to");
  }
  door->listener = of;
  return NULL;
}

napi_value close_door(napi_env env, napi_callback_info info) {
  napi_value given[1];
  int32_t id;
  if (!take(env, info, 1, given) || napi_get_value_int32(env, given[0], &id) != napi_ok) return refuse(env, "close(door)");
  Door *door = door_of(id);
  if (!door) return NULL;
  // libuv lets go of the descriptor in uv_close(); only then may it be closed.
  if (door->listener) let_go(door->listener);
  close(door->fd);
  *door = (Door){0};
  return NULL;
}
