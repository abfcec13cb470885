// packets.h — how the parts of this addon take what a call brings: each length is known, and checked, before anything is read or written.
#pragma once
#include <node_api.h>
#include <stdbool.h>
#include <stdint.h>

#define LONGEST 262144 // a batch of datagrams; sums of a few such lengths fit into an int

typedef struct {
  uint8_t *at; // may be null when there are no bytes
  size_t length; // at most LONGEST
} Bytes;

static inline napi_value refuse(napi_env env, const char *why) {
  napi_throw_type_error(env, NULL, why);
  return NULL;
}

static inline napi_value number(napi_env env, int64_t value) {
  napi_value answer;
  return napi_create_int64(env, value, &answer) == napi_ok ? answer : NULL;
}

static inline bool take(napi_env env, napi_callback_info info, size_t wanted, napi_value *given) {
  size_t count = wanted;
  return napi_get_cb_info(env, info, &count, given, NULL, NULL) == napi_ok && count >= wanted;
}

static inline bool bytes_of(napi_env env, napi_value value, Bytes *bytes) {
  bool is_buffer = false;
  void *at = NULL;
  if (napi_is_buffer(env, value, &is_buffer) != napi_ok || !is_buffer) return false;
  if (napi_get_buffer_info(env, value, &at, &bytes->length) != napi_ok) return false;
  bytes->at = at;
  return bytes->length <= LONGEST;
}

static inline bool word_of(napi_env env, napi_value value, uint32_t *word) { return napi_get_value_uint32(env, value, word) == napi_ok; }

napi_value make_suite(napi_env env, napi_callback_info info);
napi_value seal(napi_env env, napi_callback_info info);
napi_value open_packet(napi_env env, napi_callback_info info);
napi_value seal_control(napi_env env, napi_callback_info info);
napi_value open_control(napi_env env, napi_callback_info info);
napi_value make_address(napi_env env, napi_callback_info info);
napi_value make_host(napi_env env, napi_callback_info info);
napi_value make_door(napi_env env, napi_callback_info info);
napi_value send_all(napi_env env, napi_callback_info info);
napi_value listen_at(napi_env env, napi_callback_info info);
napi_value close_door(napi_env env, napi_callback_info info);
