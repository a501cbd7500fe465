/*
 * The load client: many WebSocket clients in one process that costs little, so that what is measured is the server.
 *
 *     load PORT PATH CLIENTS COMMANDS SETTLE_MS RUN_MS SAMPLES SERVER_PID OUT
 *
 * Connects CLIENTS to 127.0.0.1:PORT, sends the lines of the file COMMANDS (client i gets line i, from the first again
 * when they run out; an empty file sends nothing), waits until every client has had a data frame and SETTLE_MS more,
 * then counts frames and bytes for RUN_MS. Pings are answered. Of SAMPLES clients, spread evenly, each data frame of
 * that time goes into the file OUT with the moment of its reading:
 *
 *     int64 microseconds since 1970, uint32 client, uint32 length, the payload
 *
 * Says `ready` when the counting begins, and ends with one line of JSON. With an empty COMMANDS nothing is waited for
 * but the time. CPU and memory are those of SERVER_PID, read from /proc at both ends of the run.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { OP_CLOSE = 8, OP_PING = 9 };

/* Longest header of a frame that a server sends: two bytes and a length of eight. */
#define MAX_HEAD 10

/* What the samples may take; the clients go on being counted when it is full. */
#define MAX_SAMPLES (512u << 20)

/* A client that has no data frame after this never will. */
#define FIRST_FRAME_MS 15000

/* A handshake that takes longer has no end on a server that cannot keep up. */
#define HANDSHAKE_S 5

struct client {
  int fd;
  unsigned char head[MAX_HEAD];
  int head_length;
  /* Bytes of the present payload that are yet to come. */
  uint64_t left;
  uint64_t length;
  int opcode;
  /* The payload, of sampled clients and of control frames. */
  unsigned char *payload;
  size_t room;
  uint64_t data_frames;
  int sampled;
};

static struct client *clients;
static uint32_t client_count, open_count, waiting_count;
static int counting;
static uint64_t frames, bytes;
static unsigned char *samples;
static size_t samples_length;
static int samples_full;

static void fail(const char *what) {
  fprintf(stderr, "%s: %s\n", what, errno ? strerror(errno) : "not as expected");
  exit(1);
}

static int64_t clock_us(clockid_t id) {
  struct timespec now;
  clock_gettime(id, &now);
  return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

/* User and kernel time of a process, all its threads, in microseconds. */
static int64_t cpu_us(int pid) {
  char path[64], text[1024];
  snprintf(path, sizeof path, "/proc/%d/stat", pid);
  FILE *file = fopen(path, "r");
  if (!file) return 0;
  size_t length = fread(text, 1, sizeof text - 1, file);
  fclose(file);
  text[length] = 0;
  /* The name may hold spaces; the numbers begin after its parenthesis. */
  char *rest = strrchr(text, ')');
  unsigned long long user = 0, kernel = 0;
  if (rest) sscanf(rest + 2, "%*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %llu %llu", &user, &kernel);
  return (int64_t)(user + kernel) * 1000000 / sysconf(_SC_CLK_TCK);
}

static long resident_kb(int pid) {
  char path[64];
  long pages = 0;
  snprintf(path, sizeof path, "/proc/%d/statm", pid);
  FILE *file = fopen(path, "r");
  if (!file) return 0;
  if (fscanf(file, "%*d %ld", &pages) != 1) pages = 0;
  fclose(file);
  return pages * (sysconf(_SC_PAGESIZE) / 1024);
}

/* A client's frame, with a mask of zeros. */
static void send_frame(int fd, int opcode, const char *payload, size_t length) {
  unsigned char *frame = malloc(length + 14);
  size_t at = 0;
  frame[at++] = 0x80 | opcode;
  if (length < 126) frame[at++] = 0x80 | length;
  else if (length < 65536) {
    frame[at++] = 0x80 | 126;
    frame[at++] = length >> 8;
    frame[at++] = length;
  } else {
    frame[at++] = 0x80 | 127;
    for (int shift = 56; shift >= 0; shift -= 8) frame[at++] = (uint64_t)length >> shift;
  }
  memset(frame + at, 0, 4);
  at += 4;
  memcpy(frame + at, payload, length);
  at += length;
  for (size_t sent = 0; sent < at;) {
    ssize_t wrote = send(fd, frame + sent, at - sent, MSG_NOSIGNAL);
    if (wrote > 0) sent += wrote;
    else if (errno == EAGAIN) usleep(200);
    else break;
  }
  free(frame);
}

static void sample(struct client *client, int64_t at) {
  uint32_t number = client - clients, length = client->length;
  if (samples_length + 16 + length > MAX_SAMPLES) {
    samples_full = 1;
    return;
  }
  memcpy(samples + samples_length, &at, 8);
  memcpy(samples + samples_length + 8, &number, 4);
  memcpy(samples + samples_length + 12, &length, 4);
  memcpy(samples + samples_length + 16, client->payload, length);
  samples_length += 16 + length;
}

static void frame_ended(struct client *client, int64_t at) {
  client->head_length = 0;
  if (client->opcode == OP_PING) return send_frame(client->fd, 10, (char *)client->payload, client->length);
  if (client->opcode >= OP_CLOSE) return;
  /* Ticks are long or an array or an object of their own; what comes before them is one welcome and one answer. */
  if (client->data_frames++ == 2) waiting_count--;
  if (!counting) return;
  frames++;
  bytes += client->length;
  if (client->sampled) sample(client, at);
}

/* Takes what was read; frames may begin and end anywhere in it. */
static void take(struct client *client, const unsigned char *in, size_t length, int64_t at) {
  while (length > 0) {
    if (client->left == 0) {
      client->head[client->head_length++] = *in++;
      length--;
      if (client->head_length < 2) continue;
      int coded = client->head[1] & 127;
      int wanted = coded < 126 ? 2 : coded == 126 ? 4 : MAX_HEAD;
      if (client->head_length < wanted) continue;
      client->length = coded;
      if (coded >= 126) {
        client->length = 0;
        for (int i = 2; i < wanted; i++) client->length = client->length << 8 | client->head[i];
      }
      client->opcode = client->head[0] & 15;
      client->left = client->length;
      if (client->left == 0) frame_ended(client, at);
      continue;
    }
    size_t part = client->left < length ? client->left : length;
    if (client->sampled || client->opcode >= OP_CLOSE) {
      if (client->length > client->room) client->payload = realloc(client->payload, client->room = client->length);
      memcpy(client->payload + client->length - client->left, in, part);
    }
    in += part;
    length -= part;
    client->left -= part;
    if (client->left == 0) frame_ended(client, at);
  }
}

static void connect_client(struct client *client, int port, const char *path) {
  static unsigned char answer[1 << 16];
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  client->fd = socket(AF_INET, SOCK_STREAM, 0);
  if (client->fd < 0 || connect(client->fd, (void *)&address, sizeof address) < 0) fail("connect");
  int on = 1;
  struct timeval patience = {.tv_sec = HANDSHAKE_S};
  setsockopt(client->fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  setsockopt(client->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  char request[512];
  int length = snprintf(request, sizeof request,
                        "GET %s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
                        "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: b3VyIGxvYWQgY2xpZW50Lg==\r\n\r\n",
                        path, port);
  if (send(client->fd, request, length, 0) != length) fail("handshake");
  size_t have = 0;
  unsigned char *end = NULL;
  while (!end) {
    ssize_t got = recv(client->fd, answer + have, sizeof answer - have, 0);
    if (got <= 0) fail("handshake");
    have += got;
    end = memmem(answer, have, "\r\n\r\n", 4);
  }
  if (memcmp(answer, "HTTP/1.1 101", 12) != 0) fail("handshake");
  fcntl(client->fd, F_SETFL, O_NONBLOCK);
  take(client, end + 4, have - (end + 4 - answer), clock_us(CLOCK_REALTIME));
}

/* The lines of a file; how many there are is written to `count`. */
static char **lines_of(const char *path, uint32_t *count) {
  FILE *file = fopen(path, "r");
  if (!file) fail(path);
  char **lines = NULL, *line = NULL;
  size_t room = 0;
  ssize_t length;
  *count = 0;
  while ((length = getline(&line, &room, file)) > 0) {
    if (line[length - 1] == '\n') line[length - 1] = 0;
    lines = realloc(lines, (*count + 1) * sizeof *lines);
    lines[(*count)++] = line;
    line = NULL;
    room = 0;
  }
  fclose(file);
  return lines;
}

/* Reads what there is, for at most so long. */
static void turn(int epoll, int wait_ms) {
  static unsigned char buffer[1 << 18];
  struct epoll_event events[512];
  int count = epoll_wait(epoll, events, 512, wait_ms);
  for (int i = 0; i < count; i++) {
    struct client *client = events[i].data.ptr;
    ssize_t got = recv(client->fd, buffer, sizeof buffer, 0);
    if (got > 0) take(client, buffer, got, clock_us(CLOCK_REALTIME));
    else if (got == 0 || errno != EAGAIN) {
      epoll_ctl(epoll, EPOLL_CTL_DEL, client->fd, NULL);
      open_count--;
    }
  }
}

int main(int count, char **arguments) {
  if (count != 10) {
    fprintf(stderr, "load PORT PATH CLIENTS COMMANDS SETTLE_MS RUN_MS SAMPLES SERVER_PID OUT\n");
    return 2;
  }
  int port = atoi(arguments[1]), settle_ms = atoi(arguments[5]), run_ms = atoi(arguments[6]);
  uint32_t sampled = atoi(arguments[7]), line_count;
  int server = atoi(arguments[8]);
  char **lines = lines_of(arguments[4], &line_count);
  client_count = atoi(arguments[3]);
  clients = calloc(client_count, sizeof *clients);
  samples = malloc(MAX_SAMPLES);
  if (!clients || !samples) fail("memory");
  struct rlimit files;
  getrlimit(RLIMIT_NOFILE, &files);
  files.rlim_cur = files.rlim_max;
  setrlimit(RLIMIT_NOFILE, &files);
  for (uint32_t i = 0; i < sampled && i < client_count; i++) {
    clients[sampled < 2 ? 0 : (uint64_t)i * (client_count - 1) / (sampled - 1)].sampled = 1;
  }

  int epoll = epoll_create1(0);
  long before_kb = resident_kb(server);
  waiting_count = client_count;
  for (uint32_t i = 0; i < client_count; i++) {
    connect_client(&clients[i], port, arguments[2]);
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = &clients[i]};
    epoll_ctl(epoll, EPOLL_CTL_ADD, clients[i].fd, &event);
    open_count++;
  }
  /* Only now, since a server that is busy already takes its time for each handshake. */
  for (uint32_t i = 0; line_count > 0 && i < client_count; i++) {
    char *line = lines[i % line_count];
    send_frame(clients[i].fd, 1, line, strlen(line));
    if (i % 16 == 15) turn(epoll, 0);
  }
  int64_t begun = clock_us(CLOCK_MONOTONIC);
  while (line_count > 0 && waiting_count > 0) {
    turn(epoll, 20);
    if (open_count == 0 || clock_us(CLOCK_MONOTONIC) - begun > FIRST_FRAME_MS * 1000ll) break;
  }
  begun = clock_us(CLOCK_MONOTONIC);
  while (clock_us(CLOCK_MONOTONIC) - begun < settle_ms * 1000ll) turn(epoll, 20);

  puts("ready");
  fflush(stdout);
  counting = 1;
  begun = clock_us(CLOCK_MONOTONIC);
  int64_t cpu_begun = cpu_us(server), own_begun = cpu_us(getpid()), took;
  while ((took = clock_us(CLOCK_MONOTONIC) - begun) < run_ms * 1000ll) turn(epoll, 10);
  int64_t cpu = cpu_us(server) - cpu_begun, own = cpu_us(getpid()) - own_begun;
  long after_kb = resident_kb(server);

  FILE *out = fopen(arguments[9], "w");
  if (!out || fwrite(samples, 1, samples_length, out) != samples_length || fclose(out)) fail(arguments[9]);
  printf("{\"ms\":%.1f,\"cpu_us\":%lld,\"own_cpu_us\":%lld,\"frames\":%llu,\"bytes\":%llu,\"open\":%u,\"waiting\":%u,"
         "\"kb_before\":%ld,\"kb_after\":%ld,\"samples_full\":%d}\n",
         took / 1e3, (long long)cpu, (long long)own, (unsigned long long)frames, (unsigned long long)bytes, open_count,
         waiting_count, before_kb, after_kb, samples_full);
  return 0;
}
