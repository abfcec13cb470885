// ioctl.c — the one system call that Node lacks. Loaded only by src/hw/ioctl.ts.
//
//   ioctl(fd, request, argument) -> what the system call returned, or -errno
//
// argument: a Buffer (the kernel reads and writes it in place) or a number (passed as it is, as EVIOCGRAB wants it). Errors of the
// device never throw; only a wrong call does: that is a fault of the program, and no system call is made then. The size that stands
// in the request number (bits 16 to 29) is checked against the buffer, so that the kernel cannot write past its end. Requests older
// than that scheme (FIONREAD, TIOC...) name no size: whoever asks those gives a buffer that is large enough.
// An interrupted call (EINTR) is repeated. Buffers with pointers inside are not for this door.
#include <errno.h>
#include <node_api.h>
#include <stdint.h>
#include <sys/ioctl.h>

static napi_value refuse(napi_env env, const char *why) {
  napi_throw_type_error(env, NULL, why);
  return NULL;
}

static napi_value call_ioctl(napi_env env, napi_callback_info info) {
  size_t count = 3;
  napi_value given[3];
  if (napi_get_cb_info(env, info, &count, given, NULL, NULL) != napi_ok || count < 3) return refuse(env, "ioctl(fd, request, argument)");

  int32_t fd;
  uint32_t request;
  if (napi_get_value_int32(env, given[0], &fd) != napi_ok || fd < 0) return refuse(env, "fd is no file descriptor");
  if (napi_get_value_uint32(env, given[1], &request) != napi_ok) return refuse(env, "request is no number");

  bool is_buffer = false;
  uintptr_t argument;
  napi_is_buffer(env, given[2], &is_buffer);
  if (is_buffer) {
    void *bytes = NULL;
    size_t length = 0;
    if (napi_get_buffer_info(env, given[2], &bytes, &length) != napi_ok) return refuse(env, "the buffer cannot be read");
    if (length == 0 || length < ((request >> 16) & 0x3fff)) return refuse(env, "the buffer is shorter than the request says");
    argument = (uintptr_t)bytes;
  } else {
    uint32_t number;
    if (napi_get_value_uint32(env, given[2], &number) != napi_ok) return refuse(env, "argument is neither a Buffer nor a number");
    argument = number;
  }

  int result;
  do {
    result = ioctl(fd, (unsigned long)request, argument);
  } while (result == -1 && errno == EINTR);
  if (result == -1) result = -errno;

  napi_value answer;
  return napi_create_int32(env, result, &answer) == napi_ok ? answer : NULL;
}

NAPI_MODULE_INIT() {
  napi_value function;
  if (napi_create_function(env, "ioctl", NAPI_AUTO_LENGTH, call_ioctl, NULL, &function) != napi_ok) return NULL;
  if (napi_set_named_property(env, exports, "ioctl", function) != napi_ok) return NULL;
  return exports;
}
