#define _GNU_SOURCE
#include "deja_socket.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stddef.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

_Static_assert(DEJA_READABLE == EPOLLIN && DEJA_WRITABLE == EPOLLOUT, "epoll's bits");
_Static_assert(DEJA_FAILED == EPOLLERR && DEJA_HUNG_UP == EPOLLHUP, "epoll's bits");

static int checked(int result) { return result < 0 ? -errno : result; }

/// Closes descriptor and returns the error that was there before.
static int give_up(int descriptor) {
    int error = errno;
    close(descriptor);
    return -error;
}

int deja_epoll_create(void) { return checked(epoll_create1(EPOLL_CLOEXEC)); }

static int control(int epoll, int operation, int descriptor, uint32_t events, uint64_t token) {
    struct epoll_event event = {.events = events, .data.u64 = token};
    return checked(epoll_ctl(epoll, operation, descriptor, &event));
}

int deja_epoll_add(int epoll, int descriptor, uint32_t events, uint64_t token) {
    return control(epoll, EPOLL_CTL_ADD, descriptor, events, token);
}

int deja_epoll_change(int epoll, int descriptor, uint32_t events, uint64_t token) {
    return control(epoll, EPOLL_CTL_MOD, descriptor, events, token);
}

int deja_epoll_remove(int epoll, int descriptor) { return control(epoll, EPOLL_CTL_DEL, descriptor, 0, 0); }

int deja_epoll_wait(int epoll, deja_event *ready, int capacity, int timeout_ms) {
    struct epoll_event events[256];
    if (capacity > 256) capacity = 256;
    int count = epoll_wait(epoll, events, capacity, timeout_ms);
    if (count < 0) return errno == EINTR ? 0 : -errno;
    for (int i = 0; i < count; i++) ready[i] = (deja_event){.token = events[i].data.u64, .events = events[i].events};
    return count;
}

int deja_eventfd(void) { return checked(eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)); }

int deja_unix_path_limit(void) { return (int)sizeof(((struct sockaddr_un *)0)->sun_path) - 1; }

static int unix_address(const char *path, struct sockaddr_un *address) {
    memset(address, 0, sizeof *address);
    address->sun_family = AF_UNIX;
    size_t length = strlen(path);
    if (length == 0) return -ENOENT;
    if (length > (size_t)deja_unix_path_limit()) return -ENAMETOOLONG;
    memcpy(address->sun_path, path, length);
    return 0;
}

int deja_listen_unix(const char *path, uint32_t mode, int backlog) {
    struct sockaddr_un address;
    int error = unix_address(path, &address);
    if (error) return error;
    int descriptor = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (descriptor < 0) return -errno;
    // Linux gives the file the mode of the unbound socket, so there is no moment at which it is open to others.
    if (fchmod(descriptor, mode) < 0) return give_up(descriptor);
    if (bind(descriptor, (struct sockaddr *)&address, sizeof address) < 0) return give_up(descriptor);
    if (chmod(path, mode) < 0 || listen(descriptor, backlog) < 0) {
        int failure = give_up(descriptor);
        unlink(path);
        return failure;
    }
    return descriptor;
}

/// Connects, giving up after timeout_ms: Linux applies the send timeout to connect().
static int connect_within(int descriptor, const struct sockaddr *address, socklen_t size, int timeout_ms) {
    struct timeval limit = {.tv_sec = timeout_ms / 1000, .tv_usec = timeout_ms % 1000 * 1000};
    setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
    if (connect(descriptor, address, size) == 0) return descriptor;
    if (errno == EINPROGRESS || errno == EAGAIN) errno = ETIMEDOUT;
    return give_up(descriptor);
}

int deja_connect_unix(const char *path, int timeout_ms) {
    struct sockaddr_un address;
    int error = unix_address(path, &address);
    if (error) return error;
    int descriptor = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (descriptor < 0) return -errno;
    return connect_within(descriptor, (struct sockaddr *)&address, sizeof address, timeout_ms);
}

static int resolve(const char *host, const char *port, int flags, struct addrinfo **found) {
    struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM, .ai_flags = flags};
    switch (getaddrinfo(host, port, &hints, found)) {
    case 0: return 0;
    case EAI_MEMORY: return -ENOMEM;
    case EAI_SYSTEM: return -errno;
    default: return -EADDRNOTAVAIL;
    }
}

static int is_loopback_address(const struct sockaddr *address) {
    if (address->sa_family == AF_INET)
        return ntohl(((const struct sockaddr_in *)address)->sin_addr.s_addr) >> 24 == 127;
    return IN6_IS_ADDR_LOOPBACK(&((const struct sockaddr_in6 *)address)->sin6_addr);
}

static int listen_at(const struct addrinfo *at, int backlog) {
    int descriptor = socket(at->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (descriptor < 0) return -errno;
    int on = 1;
    setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (at->ai_family == AF_INET6) setsockopt(descriptor, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on);
    if (bind(descriptor, at->ai_addr, at->ai_addrlen) < 0) return give_up(descriptor);
    if (listen(descriptor, backlog) < 0) return give_up(descriptor);
    return descriptor;
}

int deja_listen_tcp(const char *host, const char *port, int backlog, int *bound_port, int *is_loopback) {
    struct addrinfo *found = NULL;
    int result = resolve(host, port, AI_PASSIVE | AI_NUMERICSERV, &found);
    if (result) return result;
    result = -EADDRNOTAVAIL;
    for (const struct addrinfo *at = found; at && result < 0; at = at->ai_next) {
        result = listen_at(at, backlog);
        if (result >= 0) *is_loopback = is_loopback_address(at->ai_addr);
    }
    freeaddrinfo(found);
    if (result < 0) return result;
    struct sockaddr_storage bound;
    socklen_t size = sizeof bound;
    if (getsockname(result, (struct sockaddr *)&bound, &size) < 0) return give_up(result);
    *bound_port = ntohs(bound.ss_family == AF_INET ? ((struct sockaddr_in *)&bound)->sin_port
                                                   : ((struct sockaddr_in6 *)&bound)->sin6_port);
    return result;
}

static int connect_at(const struct addrinfo *at, int timeout_ms) {
    int descriptor = socket(at->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (descriptor < 0) return -errno;
    deja_no_delay(descriptor);
    return connect_within(descriptor, at->ai_addr, at->ai_addrlen, timeout_ms);
}

int deja_connect_tcp(const char *host, const char *port, int timeout_ms) {
    struct addrinfo *found = NULL;
    int result = resolve(host, port, AI_NUMERICSERV, &found);
    if (result) return result;
    result = -EADDRNOTAVAIL;
    for (const struct addrinfo *at = found; at && result < 0; at = at->ai_next) result = connect_at(at, timeout_ms);
    freeaddrinfo(found);
    return result;
}

int deja_accept(int listener) { return checked(accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)); }

void deja_no_delay(int descriptor) {
    int on = 1;
    setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

int64_t deja_send(int descriptor, const void *bytes, size_t length) {
    ssize_t sent = send(descriptor, bytes, length, MSG_NOSIGNAL);
    return sent < 0 ? -errno : sent;
}

int deja_peer(int descriptor, uint32_t *user, uint32_t *groups, int capacity) {
    struct ucred peer;
    socklen_t size = sizeof peer;
    if (getsockopt(descriptor, SOL_SOCKET, SO_PEERCRED, &peer, &size) < 0) return -errno;
    // A socket that has no peer, such as one of TCP, has these marks in place of numbers.
    if (peer.uid == (uid_t)-1 || capacity < 1) return -ENOTCONN;
    *user = peer.uid;
    groups[0] = peer.gid;
    size = (socklen_t)(capacity - 1) * sizeof *groups;
    // Supplementary groups; when there are more than fit, or an older kernel does not tell, only its own counts.
    if (getsockopt(descriptor, SOL_SOCKET, SO_PEERGROUPS, groups + 1, &size) < 0) return 1;
    return 1 + (int)(size / sizeof *groups);
}

int deja_peer_address(int descriptor, char *text, int capacity) {
    struct sockaddr_storage peer;
    socklen_t size = sizeof peer;
    if (getpeername(descriptor, (struct sockaddr *)&peer, &size) < 0) return -errno;
    return getnameinfo((struct sockaddr *)&peer, size, text, (socklen_t)capacity, NULL, 0, NI_NUMERICHOST) ? -EINVAL : 0;
}

int deja_send_datagram(const char *path, const char *bytes, size_t length) {
    struct sockaddr_un address;
    int error = unix_address(path, &address);
    if (error) return error;
    if (path[0] == '@') address.sun_path[0] = 0;
    int descriptor = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (descriptor < 0) return -errno;
    socklen_t size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(path));
    ssize_t sent = sendto(descriptor, bytes, length, MSG_NOSIGNAL | MSG_DONTWAIT, (struct sockaddr *)&address, size);
    error = sent < 0 ? -errno : 0;
    close(descriptor);
    return error;
}
