/*
 * hiredis, synchronous and asynchronous: types, pipelines, transactions, scripts, channels, blocking; it reconnects over a kill. The
 * hiredis of Debian 12 knows RESP2 only.
 */
#include <hiredis/async.h>
#include <hiredis/hiredis.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define EXPECT(condition) expect(condition, #condition, __LINE__)

static int port;

static void expect(int condition, const char *text, int line) {
  if (!condition) {
    fprintf(stderr, "line %d: not so: %s\n", line, text);
    exit(1);
  }
}

static redisContext *dial(void) {
  redisContext *context = redisConnectWithTimeout("127.0.0.1", port, (struct timeval){.tv_sec = 30});
  EXPECT(context && !context->err);
  return context;
}

/* What a command answers, which whoever calls frees. */
static redisReply *ask(redisContext *context, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  redisReply *reply = redisvCommand(context, format, arguments);
  va_end(arguments);
  if (!reply) fprintf(stderr, "%s: %s\n", format, context->errstr);
  EXPECT(reply != NULL);
  return reply;
}

static int is_text(const redisReply *reply, int type, const char *text) {
  return reply->type == type && reply->len == strlen(text) && !memcmp(reply->str, text, reply->len);
}

static int is_number(const redisReply *reply, long long number) {
  return reply->type == REDIS_REPLY_INTEGER && reply->integer == number;
}

static void play_types(redisContext *context) {
  redisReply *reply = ask(context, "SET %s %s PX %d NX", "key", "value", 100000);
  EXPECT(is_text(reply, REDIS_REPLY_STATUS, "OK"));
  freeReplyObject(reply);
  reply = ask(context, "SET key other NX");
  EXPECT(reply->type == REDIS_REPLY_NIL);
  freeReplyObject(reply);
  char bytes[256];
  for (int i = 0; i < 256; i++) bytes[i] = (char) i;
  freeReplyObject(ask(context, "SET bytes %b", bytes, sizeof bytes));
  reply = ask(context, "GET bytes");
  EXPECT(reply->len == sizeof bytes && !memcmp(reply->str, bytes, sizeof bytes));
  freeReplyObject(reply);
  size_t size = 20 << 20;
  char *large = malloc(size);
  memset(large, 'x', size);
  const char *arguments[] = {"SET", "large", large};
  size_t lengths[] = {3, 5, size};
  freeReplyObject(redisCommandArgv(context, 3, arguments, lengths));
  reply = ask(context, "GET large");
  EXPECT(reply->len == size && !memcmp(reply->str, large, size));
  freeReplyObject(reply);
  free(large);
  freeReplyObject(ask(context, "HSET hash f v g w"));
  reply = ask(context, "HGETALL hash");
  EXPECT(reply->elements == 4 && is_text(reply->element[3], REDIS_REPLY_STRING, "w"));
  freeReplyObject(reply);
  reply = ask(context, "LPUSH key x");
  EXPECT(reply->type == REDIS_REPLY_ERROR && !strncmp(reply->str, "WRONGTYPE ", 10));
  freeReplyObject(reply);
  reply = ask(context, "EVAL %s 1 k a", "return {KEYS[1], {ARGV[1], 3, false}, {ok='FINE'}, redis.error_reply('MINE bad')}");
  EXPECT(reply->elements == 4 && is_text(reply->element[0], REDIS_REPLY_STRING, "k"));
  EXPECT(reply->element[1]->elements == 3 && reply->element[1]->element[2]->type == REDIS_REPLY_NIL);
  EXPECT(is_text(reply->element[2], REDIS_REPLY_STATUS, "FINE") && is_text(reply->element[3], REDIS_REPLY_ERROR, "MINE bad"));
  freeReplyObject(reply);
}

static void play_pipelines(redisContext *context) {
  for (int i = 0; i < 20000; i++) {
    redisAppendCommand(context, "INCR counter");
    redisAppendCommand(context, "SET pipelined:%d %d", i, i);
  }
  for (int i = 0; i < 20000; i++) {
    redisReply *reply;
    EXPECT(redisGetReply(context, (void **) &reply) == REDIS_OK && is_number(reply, i + 1));
    freeReplyObject(reply);
    EXPECT(redisGetReply(context, (void **) &reply) == REDIS_OK && is_text(reply, REDIS_REPLY_STATUS, "OK"));
    freeReplyObject(reply);
  }
  redisContext *other = dial();
  freeReplyObject(ask(context, "WATCH counter"));
  freeReplyObject(ask(other, "INCR counter"));
  freeReplyObject(ask(context, "MULTI"));
  redisReply *reply = ask(context, "INCR counter");
  EXPECT(is_text(reply, REDIS_REPLY_STATUS, "QUEUED"));
  freeReplyObject(reply);
  reply = ask(context, "EXEC");
  EXPECT(reply->type == REDIS_REPLY_NIL);
  freeReplyObject(reply);
  freeReplyObject(ask(context, "MULTI"));
  freeReplyObject(ask(context, "INCR counter"));
  freeReplyObject(ask(context, "GET key"));
  reply = ask(context, "EXEC");
  EXPECT(reply->elements == 2 && is_number(reply->element[0], 20002) && is_text(reply->element[1], REDIS_REPLY_STRING, "value"));
  freeReplyObject(reply);
  redisFree(other);
}

static void play_blocking(redisContext *context) {
  redisContext *waiting = dial();
  redisAppendCommand(waiting, "BLPOP queue 0");
  int written = 0;
  while (!written) EXPECT(redisBufferWrite(waiting, &written) == REDIS_OK);
  freeReplyObject(ask(context, "RPUSH queue element"));
  redisReply *reply;
  EXPECT(redisGetReply(waiting, (void **) &reply) == REDIS_OK);
  EXPECT(reply->elements == 2 && is_text(reply->element[1], REDIS_REPLY_STRING, "element"));
  freeReplyObject(reply);
  freeReplyObject(ask(waiting, "SUBSCRIBE news"));
  freeReplyObject(ask(context, "PUBLISH news hello"));
  EXPECT(redisGetReply(waiting, (void **) &reply) == REDIS_OK);
  EXPECT(reply->elements == 3 && is_text(reply->element[2], REDIS_REPLY_STRING, "hello"));
  freeReplyObject(reply);
  EXPECT(redisSetTimeout(waiting, (struct timeval){.tv_usec = 100000}) == REDIS_OK);
  EXPECT(redisGetReply(waiting, (void **) &reply) == REDIS_ERR && waiting->err == REDIS_ERR_IO);
  redisFree(waiting);
}

/* The event loop of one asynchronous connection, by poll. */
static int reads, writes, answered, heard, connected, closed;

static void add_read(void *data) { (void) data; reads = 1; }
static void stop_read(void *data) { (void) data; reads = 0; }
static void add_write(void *data) { (void) data; writes = 1; }
static void stop_write(void *data) { (void) data; writes = 0; }
static void clean(void *data) { (void) data; reads = writes = 0; }
static void on_connect(const redisAsyncContext *context, int status) { (void) context; connected = status == REDIS_OK; }
static void on_close(const redisAsyncContext *context, int status) { (void) context; (void) status; closed = 1; }

static void on_answer(redisAsyncContext *context, void *reply, void *data) {
  (void) context;
  if (reply && is_number(reply, (long) data)) answered++;
}

static void on_message(redisAsyncContext *context, void *reply, void *data) {
  (void) context, (void) data;
  redisReply *message = reply;
  if (message && message->elements == 4 && is_text(message->element[3], REDIS_REPLY_STRING, "hello")) heard++;
}

static redisAsyncContext *dial_async(void) {
  redisAsyncContext *context = redisAsyncConnect("127.0.0.1", port);
  EXPECT(context && !context->err);
  connected = closed = 0;
  context->ev.addRead = add_read;
  context->ev.delRead = stop_read;
  context->ev.addWrite = add_write;
  context->ev.delWrite = stop_write;
  context->ev.cleanup = clean;
  redisAsyncSetConnectCallback(context, on_connect);
  redisAsyncSetDisconnectCallback(context, on_close);
  writes = 1;
  return context;
}

/* Handles what the connection is ready for within a tenth of a second. */
static void turn(redisAsyncContext *context) {
  struct pollfd ready = {.fd = context->c.fd, .events = (short) ((reads ? POLLIN : 0) | (writes ? POLLOUT : 0))};
  EXPECT(poll(&ready, 1, 100) >= 0);
  if (ready.revents & (POLLIN | POLLHUP | POLLERR)) redisAsyncHandleRead(context);
  if (!closed && ready.revents & POLLOUT) redisAsyncHandleWrite(context);
}

static void turn_until(redisAsyncContext *context, const int *value, int wanted) {
  for (int turns = 0; *value < wanted; turns++) {
    EXPECT(turns < 100000);
    turn(context);
  }
}

static void play_async(redisContext *other) {
  redisAsyncContext *context = dial_async();
  freeReplyObject(ask(other, "DEL counted"));
  for (long i = 1; i <= 10000; i++) EXPECT(redisAsyncCommand(context, on_answer, (void *) i, "INCR counted") == REDIS_OK);
  turn_until(context, &answered, 10000);
  EXPECT(connected && redisAsyncCommand(context, on_message, NULL, "PSUBSCRIBE news.*") == REDIS_OK);
  for (int receivers = 0; !receivers;) {
    turn(context);
    redisReply *reply = ask(other, "PUBLISH news.today hello");
    receivers = (int) reply->integer;
    freeReplyObject(reply);
  }
  turn_until(context, &heard, 1);
  EXPECT(system(getenv("RESTART")) == 0);
  turn_until(context, &closed, 1);
}

int main(void) {
  port = atoi(getenv("PORT"));
  redisContext *context = dial();
  freeReplyObject(ask(context, "FLUSHALL"));
  play_types(context);
  play_pipelines(context);
  play_blocking(context);
  play_async(context);
  EXPECT(redisCommand(context, "GET key") == NULL && context->err);
  EXPECT(redisReconnect(context) == REDIS_OK);
  redisReply *reply = ask(context, "MGET key counted pipelined:19999");
  EXPECT(is_text(reply->element[0], REDIS_REPLY_STRING, "value") && is_text(reply->element[1], REDIS_REPLY_STRING, "10000"));
  EXPECT(is_text(reply->element[2], REDIS_REPLY_STRING, "19999"));
  freeReplyObject(reply);
  redisFree(context);
  return 0;
}
