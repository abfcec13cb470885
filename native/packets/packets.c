// packets.c — seals, opens and sends the packets of a call without a trip through JavaScript's own crypto and sockets, which cost more than
// the work itself. Loaded only by src/lib/packets.ts; what it does not do, or fails to do, is done there as ever.
//
//   suite(isGcm, cipher, auth, salt)                              -> a suite: the session keys of one direction
//   seal(suite, into, headerLength, payload, ssrc, high, low)     -> length of the sealed packet, -1 when it failed
//   open(suite, packet, headerLength, into, ssrc, high, low)      -> length of the payload, -1 when the packet is not genuine
//   sealControl(suite, packet, word, into, ssrc, high, low)       -> the same for RTCP, `word` behind the body
//   openControl(suite, packet, into, ssrc, high, low)             -> the same for RTCP
//   address(host, port)                                           -> a Buffer that send() knows, null when host is no plain address
//   host(address)                                                 -> the host of such a Buffer
//   door(fd)                                                      -> a number for this socket; -errno when there is none
//   send(arena, orders, count)                                    -> how many of these datagrams did not go (see Order); never waits
//   listen(door, room, news, from, called)                        -> nothing; called(count) when datagrams came (see News)
//   close(door)                                                   -> nothing is sent through it any more
//
// No state but keys and descriptors: who may send, which number was seen before and what a header says is decided in srtp.ts, which is tested
// for it. Nothing here reads a length out of a packet: lengths are those of the Buffers and of our own orders, each checked in its function
// before anything is read or written. A wrong call throws, and then nothing was done.
#include "packets.h"

NAPI_MODULE_INIT() {
  const struct {
    const char *name;
    napi_callback call;
  } all[] = {{"suite", make_suite}, {"seal", seal},     {"open", open_packet}, {"sealControl", seal_control}, {"openControl", open_control},
             {"address", make_address}, {"host", make_host}, {"door", make_door}, {"send", send_all}, {"listen", listen_at}, {"close", close_door}};
  for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
    napi_value function;
    if (napi_create_function(env, all[i].name, NAPI_AUTO_LENGTH, all[i].call, NULL, &function) != napi_ok) return NULL;
    if (napi_set_named_property(env, exports, all[i].name, function) != napi_ok) return NULL;
  }
  return exports;
}
