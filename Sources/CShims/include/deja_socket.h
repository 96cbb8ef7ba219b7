// Sockets and epoll: what does not import (packed structs, accept4, sockaddr unions). Every function returns a value
// of at least 0, or the negative errno.
#pragma once
#include <stddef.h>
#include <stdint.h>

/// One ready descriptor.
typedef struct {
    uint64_t token;
    uint32_t events;
} deja_event;

enum {
    DEJA_READABLE = 0x001,  // EPOLLIN
    DEJA_WRITABLE = 0x004,  // EPOLLOUT
    DEJA_FAILED = 0x008,    // EPOLLERR
    DEJA_HUNG_UP = 0x010,   // EPOLLHUP
};

int deja_epoll_create(void);
int deja_epoll_add(int epoll, int descriptor, uint32_t events, uint64_t token);
int deja_epoll_change(int epoll, int descriptor, uint32_t events, uint64_t token);
int deja_epoll_remove(int epoll, int descriptor);
/// Waits at most timeout_ms (-1: for ever); capacity at most 256. Interrupted waits return 0.
int deja_epoll_wait(int epoll, deja_event *ready, int capacity, int timeout_ms);

/// A non-blocking event counter.
int deja_eventfd(void);

/// The longest path of a Unix socket, bytes.
int deja_unix_path_limit(void);
/// A listening Unix socket whose file has this mode from its first moment.
int deja_listen_unix(const char *path, uint32_t mode, int backlog);
/// A blocking connection to a Unix socket that gives up after timeout_ms.
int deja_connect_unix(const char *path, int timeout_ms);
/// A listening TCP socket. Writes the port it got and whether its address is a loopback one.
int deja_listen_tcp(const char *host, const char *port, int backlog, int *bound_port, int *is_loopback);
/// A blocking TCP connection, without Nagle's delay, that gives up after timeout_ms per address.
int deja_connect_tcp(const char *host, const char *port, int timeout_ms);
/// Accepts one connection, non-blocking and close-on-exec.
int deja_accept(int listener);
/// Sends small writes at once. No effect on a Unix socket.
void deja_no_delay(int descriptor);
/// Sends without raising SIGPIPE.
int64_t deja_send(int descriptor, const void *bytes, size_t length);
/// Who is at the other end of a connected Unix socket: writes its user and up to capacity of its groups (its own first)
/// and returns how many.
int deja_peer(int descriptor, uint32_t *user, uint32_t *groups, int capacity);
/// Writes the numeric address of a TCP socket's peer, without its port, as text. Returns 0.
int deja_peer_address(int descriptor, char *text, int capacity);
/// Sends one datagram to a Unix socket, by its path or, behind an @, its abstract name, without waiting. Returns 0.
int deja_send_datagram(const char *path, const char *bytes, size_t length);
