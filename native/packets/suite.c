// suite.c — seals and opens single packets: AEAD_AES_128_GCM (RFC 7714) and AES_CM_128_HMAC_SHA1_80 (RFC 3711), with the OpenSSL that Node
// brings. No state but session keys: which number was seen before, and what a header says, is decided in srtp.ts. Nothing here reads a
// length out of a packet.
#include "packets.h"
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

#define KEY 16
#define AUTH 20
#define GCM_TAG 16
#define CM_TAG 10
#define SHA1 20
#define CONTROL_HEAD 8
#define WORD 4

typedef struct {
  bool is_gcm;
  EVP_CIPHER_CTX *cipher;
  EVP_MAC_CTX *mac; // null with GCM
  uint8_t salt[14];
} Suite;

// The only externals that src/lib/packets.ts has are the suites made here.
static Suite *suite_of(napi_env env, napi_value value) {
  void *suite = NULL;
  napi_valuetype type;
  if (napi_typeof(env, value, &type) != napi_ok || type != napi_external) return NULL;
  return napi_get_value_external(env, value, &suite) == napi_ok ? suite : NULL;
}

// What encrypts one packet, as three numbers: source, and its index in 32 bits and 16.
typedef struct {
  uint32_t ssrc, high, low;
} Turn;

static bool turn_of(napi_env env, const napi_value *given, Turn *turn) {
  return word_of(env, given[0], &turn->ssrc) && word_of(env, given[1], &turn->high) && word_of(env, given[2], &turn->low);
}

// What sealing and opening are given in one order: (suite, bytes, word, bytes, ssrc, high, low).
typedef struct {
  Suite *suite;
  Bytes first, second;
  uint32_t word;
  Turn turn;
} Given;

static bool given_of(napi_env env, napi_callback_info info, Given *to) {
  napi_value given[7];
  return take(env, info, 7, given) && (to->suite = suite_of(env, given[0])) && bytes_of(env, given[1], &to->first) &&
         word_of(env, given[2], &to->word) && bytes_of(env, given[3], &to->second) && turn_of(env, given + 4, &to->turn);
}

static void put32(uint8_t *at, uint32_t value) {
  at[0] = (uint8_t)(value >> 24);
  at[1] = (uint8_t)(value >> 16);
  at[2] = (uint8_t)(value >> 8);
  at[3] = (uint8_t)value;
}

// RFC 3711 §4.1.1 (16 bytes, source at 4) and RFC 7714 §8.1 (12 bytes, source at 2). `iv` has 16 bytes; the last one written is 4 + 9 = 13.
static void vector_of(const Suite *suite, const Turn *turn, uint8_t iv[16]) {
  const size_t at = suite->is_gcm ? 2 : 4, salt = suite->is_gcm ? 12 : 14;
  memset(iv, 0, 16);
  put32(iv + at, turn->ssrc);
  put32(iv + at + 4, turn->high);
  iv[at + 8] = (uint8_t)(turn->low >> 8);
  iv[at + 9] = (uint8_t)turn->low;
  for (size_t i = 0; i < salt; i++) iv[i] ^= suite->salt[i];
}

// AES-GCM of `text` into `out`, which has as many bytes; signed with it: `head`, then `tail`. `tag` has GCM_TAG bytes: written or compared.
static bool gcm(Suite *suite, const Turn *turn, bool seals, Bytes head, Bytes tail, Bytes text, uint8_t *out, uint8_t *tag) {
  EVP_CIPHER_CTX *c = suite->cipher;
  uint8_t iv[16];
  int done = 0;
  vector_of(suite, turn, iv);
  if (EVP_CipherInit_ex(c, NULL, NULL, NULL, iv, seals ? 1 : 0) != 1) return false;
  if (head.length > 0 && EVP_CipherUpdate(c, NULL, &done, head.at, (int)head.length) != 1) return false;
  if (tail.length > 0 && EVP_CipherUpdate(c, NULL, &done, tail.at, (int)tail.length) != 1) return false;
  if (text.length > 0 && EVP_CipherUpdate(c, out, &done, text.at, (int)text.length) != 1) return false;
  if (!seals && EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_AEAD_SET_TAG, GCM_TAG, tag) != 1) return false;
  uint8_t rest[16]; // GCM is a stream: final() writes nothing, but may
  if (EVP_CipherFinal_ex(c, rest, &done) != 1) return false;
  return !seals || EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_AEAD_GET_TAG, GCM_TAG, tag) == 1;
}

// AES in counter mode: the same both ways. `out` has text.length bytes.
static bool counter(Suite *suite, const Turn *turn, Bytes text, uint8_t *out) {
  uint8_t iv[16];
  int done = 0;
  vector_of(suite, turn, iv);
  if (EVP_CipherInit_ex(suite->cipher, NULL, NULL, NULL, iv, 1) != 1) return false;
  return text.length == 0 || EVP_CipherUpdate(suite->cipher, out, &done, text.at, (int)text.length) == 1;
}

// HMAC-SHA1 over `body` and then `tail`. `mac` has SHA1 bytes, of which CM_TAG go with the packet.
static bool sign(Suite *suite, Bytes body, Bytes tail, uint8_t mac[SHA1]) {
  size_t length = 0;
  if (EVP_MAC_init(suite->mac, NULL, 0, NULL) != 1) return false;
  if (EVP_MAC_update(suite->mac, body.at, body.length) != 1 || EVP_MAC_update(suite->mac, tail.at, tail.length) != 1) return false;
  return EVP_MAC_final(suite->mac, mac, &length, SHA1) == 1 && length == SHA1;
}

static size_t tag_of(const Suite *suite) { return suite->is_gcm ? GCM_TAG : CM_TAG; }
static const Bytes NONE = {(uint8_t *)"", 0};

static void free_suite(napi_env env, void *data, void *hint) {
  (void)env, (void)hint;
  Suite *suite = data;
  EVP_CIPHER_CTX_free(suite->cipher);
  EVP_MAC_CTX_free(suite->mac);
  OPENSSL_cleanse(suite, sizeof *suite);
  free(suite);
}

// Keys are expanded once, here. Null when OpenSSL will not.
static EVP_MAC_CTX *mac_of(Bytes auth) {
  EVP_MAC *hmac = EVP_MAC_fetch(NULL, "HMAC", NULL);
  EVP_MAC_CTX *mac = hmac ? EVP_MAC_CTX_new(hmac) : NULL;
  EVP_MAC_free(hmac);
  char name[] = "SHA1";
  const OSSL_PARAM with[] = {OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, name, 0), OSSL_PARAM_construct_end()};
  if (mac && EVP_MAC_init(mac, auth.at, auth.length, with) == 1) return mac;
  EVP_MAC_CTX_free(mac);
  return NULL;
}

napi_value make_suite(napi_env env, napi_callback_info info) {
  napi_value given[4], answer;
  bool is_gcm = false;
  Bytes key, auth, salt;
  if (!take(env, info, 4, given) || napi_get_value_bool(env, given[0], &is_gcm) != napi_ok) return refuse(env, "suite(isGcm, cipher, auth, salt)");
  if (!bytes_of(env, given[1], &key) || key.length != KEY) return refuse(env, "the key has not 16 bytes");
  if (!bytes_of(env, given[2], &auth) || auth.length != AUTH) return refuse(env, "the key of the signature has not 20 bytes");
  if (!bytes_of(env, given[3], &salt) || salt.length != (is_gcm ? 12u : 14u)) return refuse(env, "the salt has another length");
  Suite *suite = calloc(1, sizeof *suite);
  if (!suite) return refuse(env, "no memory");
  suite->is_gcm = is_gcm;
  memcpy(suite->salt, salt.at, salt.length); // 12 or 14, and there is room for 14
  suite->cipher = EVP_CIPHER_CTX_new();
  if (!is_gcm) suite->mac = mac_of(auth);
  const EVP_CIPHER *with = is_gcm ? EVP_aes_128_gcm() : EVP_aes_128_ctr();
  const bool is_ready = suite->cipher && (is_gcm || suite->mac) && EVP_CipherInit_ex(suite->cipher, with, NULL, key.at, NULL, 1) == 1;
  if (is_ready && napi_create_external(env, suite, free_suite, NULL, &answer) == napi_ok) return answer;
  free_suite(env, suite, NULL);
  return refuse(env, "the keys are not taken");
}

napi_value seal(napi_env env, napi_callback_info info) {
  Given given;
  if (!given_of(env, info, &given)) return refuse(env, "seal(suite, into, headerLength, payload, ssrc, high, low)");
  Suite *const suite = given.suite;
  const Bytes into = given.first, payload = given.second;
  const uint32_t header = given.word;
  // Header, payload and tag lie behind one another in `into`; each term is at most LONGEST, so the sum is true.
  if (header > into.length || (size_t)header + payload.length + tag_of(suite) > into.length) return refuse(env, "no room to seal in");
  const Bytes head = {into.at, header};
  uint8_t *body = into.at + header, *end = body + payload.length;
  if (suite->is_gcm) {
    if (!gcm(suite, &given.turn, true, head, NONE, payload, body, end)) return number(env, -1);
  } else {
    uint8_t mac[SHA1], rollovers[WORD];
    put32(rollovers, given.turn.high);
    if (!counter(suite, &given.turn, payload, body)) return number(env, -1);
    if (!sign(suite, (Bytes){into.at, header + payload.length}, (Bytes){rollovers, WORD}, mac)) return number(env, -1);
    memcpy(end, mac, CM_TAG);
  }
  return number(env, (int64_t)(header + payload.length + tag_of(suite)));
}

napi_value open_packet(napi_env env, napi_callback_info info) {
  Given given;
  if (!given_of(env, info, &given)) return refuse(env, "open(suite, packet, headerLength, into, ssrc, high, low)");
  Suite *const suite = given.suite;
  const Bytes packet = given.first, into = given.second;
  const uint32_t header = given.word;
  const size_t tag = tag_of(suite);
  if (header > packet.length || packet.length - header < tag) return number(env, -1); // shorter than header and tag
  const Bytes text = {packet.at + header, packet.length - header - tag};
  if (text.length > into.length) return refuse(env, "no room to open in");
  uint8_t *const at = text.at + text.length; // the tag: the last `tag` bytes of the packet
  if (suite->is_gcm) {
    if (!gcm(suite, &given.turn, false, (Bytes){packet.at, header}, NONE, text, into.at, at)) return number(env, -1);
  } else {
    uint8_t mac[SHA1], rollovers[WORD];
    put32(rollovers, given.turn.high);
    if (!sign(suite, (Bytes){packet.at, packet.length - tag}, (Bytes){rollovers, WORD}, mac)) return number(env, -1);
    if (CRYPTO_memcmp(mac, at, CM_TAG) != 0 || !counter(suite, &given.turn, text, into.at)) return number(env, -1);
  }
  return number(env, (int64_t)text.length);
}

// RTCP: eight bytes of head, the body, and in GCM the tag before the word, else behind it (RFC 3711 §3.4, RFC 7714 §9.2).
napi_value seal_control(napi_env env, napi_callback_info info) {
  Given given;
  if (!given_of(env, info, &given)) return refuse(env, "sealControl(suite, packet, word, into, ssrc, high, low)");
  Suite *const suite = given.suite;
  const Bytes packet = given.first, into = given.second;
  const uint32_t word = given.word;
  const size_t length = packet.length + WORD + tag_of(suite);
  if (packet.length < CONTROL_HEAD || into.length < length) return refuse(env, "no room to seal in");
  const Bytes text = {packet.at + CONTROL_HEAD, packet.length - CONTROL_HEAD};
  uint8_t *end = into.at + packet.length, last[WORD], mac[SHA1];
  memcpy(into.at, packet.at, CONTROL_HEAD);
  put32(last, word);
  if (suite->is_gcm) {
    if (!gcm(suite, &given.turn, true, (Bytes){into.at, CONTROL_HEAD}, (Bytes){last, WORD}, text, into.at + CONTROL_HEAD, end)) return number(env, -1);
    memcpy(end + GCM_TAG, last, WORD);
  } else {
    if (!counter(suite, &given.turn, text, into.at + CONTROL_HEAD)) return number(env, -1);
    memcpy(end, last, WORD);
    if (!sign(suite, (Bytes){into.at, packet.length + WORD}, NONE, mac)) return number(env, -1);
    memcpy(end + WORD, mac, CM_TAG);
  }
  return number(env, (int64_t)length);
}

napi_value open_control(napi_env env, napi_callback_info info) {
  napi_value given[6];
  Suite *suite;
  Bytes packet, into;
  Turn turn;
  if (!take(env, info, 6, given) || !(suite = suite_of(env, given[0])) || !bytes_of(env, given[1], &packet) ||
      !bytes_of(env, given[2], &into) || !turn_of(env, given + 3, &turn))
    return refuse(env, "openControl(suite, packet, into, ssrc, high, low)");
  const size_t added = WORD + tag_of(suite);
  if (packet.length < CONTROL_HEAD + added) return number(env, -1);
  const size_t length = packet.length - added; // of head and body: at least CONTROL_HEAD
  if (into.length < length) return refuse(env, "no room to open in");
  const Bytes text = {packet.at + CONTROL_HEAD, length - CONTROL_HEAD};
  uint8_t *const end = packet.at + length; // `added` bytes follow: tag and word, or word and tag
  uint8_t mac[SHA1];
  if (suite->is_gcm) {
    const Bytes word = {end + GCM_TAG, WORD};
    if (!gcm(suite, &turn, false, (Bytes){packet.at, CONTROL_HEAD}, word, text, into.at + CONTROL_HEAD, end)) return number(env, -1);
  } else {
    if (!sign(suite, (Bytes){packet.at, length + WORD}, NONE, mac)) return number(env, -1);
    if (CRYPTO_memcmp(mac, end + WORD, CM_TAG) != 0 || !counter(suite, &turn, text, into.at + CONTROL_HEAD)) return number(env, -1);
  }
  memcpy(into.at, packet.at, CONTROL_HEAD);
  return number(env, (int64_t)length);
}
