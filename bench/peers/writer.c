/*
 * The floor: what it costs to write frames to sockets and to do nothing else.
 *
 *     writer ticks < UPSTREAMS         one JSON frame per tick and client, one write each (see world.ts)
 *     writer frames SIZE PER_SECOND    a frame of SIZE bytes to each client, so many times a second, one write each
 *
 * A client is taken in with the bytes that the load client's key wants, and never read. Writes block: where clients
 * do not keep up, neither does it.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#define MAX_CLIENTS 4096
#define MAX_UPSTREAMS 3

struct upstream {
  int fd;
  unsigned char bytes[1 << 17];
  size_t length;
};

static int clients[MAX_CLIENTS];
static int client_count;
static struct upstream upstreams[MAX_UPSTREAMS];

static void fail(const char *what) {
  perror(what);
  exit(1);
}

static void write_all(int fd, const void *bytes, size_t length) {
  for (size_t done = 0; done < length;) {
    ssize_t wrote = send(fd, (const char *)bytes + done, length - done, MSG_NOSIGNAL);
    if (wrote < 0) return;
    done += wrote;
  }
}

/* A text frame to everyone; those who are gone are forgotten. */
static void broadcast(const char *text, size_t length) {
  static unsigned char frame[1 << 20];
  size_t at = 0;
  frame[at++] = 0x81;
  if (length < 126) frame[at++] = length;
  else if (length < 65536) {
    frame[at++] = 126;
    frame[at++] = length >> 8;
    frame[at++] = length;
  } else {
    frame[at++] = 127;
    for (int shift = 56; shift >= 0; shift -= 8) frame[at++] = (uint64_t)length >> shift;
  }
  memcpy(frame + at, text, length);
  at += length;
  for (int i = 0; i < client_count; i++) {
    ssize_t wrote = send(clients[i], frame, at, MSG_NOSIGNAL);
    if (wrote == (ssize_t)at) continue;
    if (wrote > 0) write_all(clients[i], frame + wrote, at - wrote);
    else {
      close(clients[i]);
      clients[i--] = clients[--client_count];
    }
  }
}

static void accept_client(int listener) {
  char request[4096];
  size_t have = 0;
  int fd = accept(listener, NULL, NULL), on = 1;
  if (fd < 0 || client_count == MAX_CLIENTS) return;
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  while (!memmem(request, have, "\r\n\r\n", 4)) {
    ssize_t got = recv(fd, request + have, sizeof request - have, 0);
    if (got <= 0) {
      close(fd);
      return;
    }
    have += got;
  }
  const char *answer =
      "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
      "Sec-WebSocket-Accept: tzTQsmRLxclVlGJI1b4Wne6z/yw=\r\n\r\n";
  write_all(fd, answer, strlen(answer));
  clients[client_count++] = fd;
}

static int64_t int64_at(const unsigned char *at) {
  int64_t value;
  memcpy(&value, at, sizeof value);
  return value;
}

static void send_tick(const unsigned char *packet) {
  static int64_t last_time;
  static char last_text[32];
  char json[512];
  int64_t exchange_time = int64_at(packet + 35), price = int64_at(packet + 43);
  if (exchange_time != last_time) {
    time_t local = (last_time = exchange_time) / 1000 + 19800;
    strftime(last_text, sizeof last_text, "%Y-%m-%d %H:%M:%S", gmtime(&local));
  }
  int length = snprintf(json, sizeof json,
                        "{\"exchange\":\"nse\",\"exchange_type\":%d,\"token\":\"%.25s\",\"mode\":\"ltp\","
                        "\"last_traded_price\":%lld.%02lld,\"timestamp\":\"%s\",\"exchange_timestamp\":%lld,"
                        "\"sequence_number\":%lld}",
                        packet[1], (const char *)packet + 2, (long long)price / 100, (long long)price % 100, last_text,
                        (long long)exchange_time, (long long)int64_at(packet + 27));
  broadcast(json, length);
}

/* Takes the frames that are whole. Packets are shorter than 126 bytes; anything longer is passed over. */
static void read_upstream(struct upstream *up) {
  ssize_t got = recv(up->fd, up->bytes + up->length, sizeof up->bytes - up->length, 0);
  if (got <= 0) fail("upstream");
  up->length += got;
  size_t at = 0;
  for (;;) {
    size_t head = 2;
    if (up->length - at < head) break;
    size_t length = up->bytes[at + 1] & 127;
    if (length == 126) {
      head = 4;
      if (up->length - at < head) break;
      length = up->bytes[at + 2] << 8 | up->bytes[at + 3];
    }
    if (up->length - at < head + length) break;
    if ((up->bytes[at] & 15) == 2 && length == 51) send_tick(up->bytes + at + head);
    at += head + length;
  }
  memmove(up->bytes, up->bytes + at, up->length - at);
  up->length -= at;
}

/* Dials `ws://127.0.0.1:PORT/PATH` and subscribes. */
static void dial(struct upstream *up, const char *url, const char *subscribe) {
  int port = 0;
  char path[2048] = "/", request[4096];
  if (sscanf(url, "ws://127.0.0.1:%d%2047s", &port, path) < 1) fail(url);
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  up->fd = socket(AF_INET, SOCK_STREAM, 0);
  if (connect(up->fd, (void *)&address, sizeof address) < 0) fail("upstream");
  int length = snprintf(request, sizeof request,
                        "GET %s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
                        "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: b3VyIGxvYWQgY2xpZW50Lg==\r\n\r\n",
                        path, port);
  write_all(up->fd, request, length);
  unsigned char *end = NULL;
  while (!end) {
    ssize_t got = recv(up->fd, up->bytes + up->length, sizeof up->bytes - up->length, 0);
    if (got <= 0) fail("upstream");
    up->length += got;
    end = memmem(up->bytes, up->length, "\r\n\r\n", 4);
  }
  size_t rest = up->length - (end + 4 - up->bytes);
  memmove(up->bytes, end + 4, rest);
  up->length = rest;
  size_t text = strlen(subscribe);
  unsigned char head[8] = {0x81, 0x80 | 126, text >> 8, text & 255};
  write_all(up->fd, head, sizeof head);
  write_all(up->fd, subscribe, text);
}

int main(int count, char **arguments) {
  int frames = count == 4 && strcmp(arguments[1], "frames") == 0;
  if (!frames && !(count == 2 && strcmp(arguments[1], "ticks") == 0)) {
    fprintf(stderr, "writer ticks < UPSTREAMS, or writer frames SIZE PER_SECOND\n");
    return 2;
  }
  struct rlimit files;
  getrlimit(RLIMIT_NOFILE, &files);
  files.rlim_cur = files.rlim_max;
  setrlimit(RLIMIT_NOFILE, &files);
  int listener = socket(AF_INET, SOCK_STREAM, 0), epoll = epoll_create1(0);
  struct sockaddr_in address = {.sin_family = AF_INET};
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof address;
  if (bind(listener, (void *)&address, length) < 0 || listen(listener, 1024) < 0) fail("listen");
  getsockname(listener, (void *)&address, &length);
  struct epoll_event event = {.events = EPOLLIN, .data.fd = listener};
  epoll_ctl(epoll, EPOLL_CTL_ADD, listener, &event);

  int timer = -1;
  size_t size = 0;
  char *filler = NULL;
  if (frames) {
    size = atoi(arguments[2]);
    filler = malloc(size + 1);
    memset(filler, 'x', size);
    long every_ns = 1000000000 / atoi(arguments[3]);
    struct timespec every = {every_ns / 1000000000, every_ns % 1000000000};
    struct itimerspec times = {every, every};
    timer = timerfd_create(CLOCK_MONOTONIC, 0);
    timerfd_settime(timer, 0, &times, NULL);
    event.data.fd = timer;
    epoll_ctl(epoll, EPOLL_CTL_ADD, timer, &event);
  } else {
    /* Lines in pairs: address, subscription. */
    char *url = NULL, *text = NULL;
    size_t url_room = 0, text_room = 0;
    for (int i = 0; i < MAX_UPSTREAMS && getline(&url, &url_room, stdin) > 0; i++) {
      ssize_t got = getline(&text, &text_room, stdin);
      if (got < 1) break;
      url[strcspn(url, "\n")] = text[got - 1] = 0;
      dial(&upstreams[i], url, text);
      event.data.fd = upstreams[i].fd;
      epoll_ctl(epoll, EPOLL_CTL_ADD, upstreams[i].fd, &event);
    }
  }
  printf("listening on 127.0.0.1:%d\n", ntohs(address.sin_port));
  fflush(stdout);
  for (;;) {
    struct epoll_event events[16];
    int ready = epoll_wait(epoll, events, 16, -1);
    for (int i = 0; i < ready; i++) {
      int fd = events[i].data.fd;
      if (fd == listener) accept_client(listener);
      else if (fd == timer) {
        uint64_t times;
        if (read(timer, &times, sizeof times) == sizeof times) while (times--) broadcast(filler, size);
      } else {
        for (int u = 0; u < MAX_UPSTREAMS; u++) if (upstreams[u].fd == fd) read_upstream(&upstreams[u]);
      }
    }
  }
}
