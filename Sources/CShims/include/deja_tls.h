// TLS through OpenSSL's libssl over sockets that never block: client side only.
#pragma once
#include <stddef.h>
#include <stdint.h>

typedef struct deja_tls_context deja_tls_context;
typedef struct deja_tls deja_tls;

/// What a step came to, where it is no count of bytes.
enum {
    DEJA_TLS_CLOSED = 0,      ///< The other side has closed.
    DEJA_TLS_WANTS_READ = -1, ///< Go on when the socket can be read.
    DEJA_TLS_WANTS_WRITE = -2,///< Go on when the socket can be written.
    DEJA_TLS_FAILED = -3      ///< It is over; deja_tls_problem says why.
};

/// Makes a context: TLS 1.2 or later. `ca_file` (PEM) replaces the system's certificate authorities; `certificate_file`
/// and `key_file` (PEM) prove who we are; any may be NULL. Returns NULL and writes what is wrong to `problem`.
deja_tls_context *deja_tls_context_make(
    const char *ca_file, const char *certificate_file, const char *key_file, int verifies, char *problem, size_t size);
void deja_tls_context_free(deja_tls_context *context);

/// Wraps a connected, non-blocking socket, which stays the caller's. The server's certificate must be for `name` (a host
/// name or an IP address); NULL for any. Returns NULL when there is no memory.
deja_tls *deja_tls_make(deja_tls_context *context, int descriptor, const char *name);
void deja_tls_free(deja_tls *tls);

/// Takes a step of the handshake; 1 when it is done.
int deja_tls_handshake(deja_tls *tls);
/// Reads up to `size` bytes; the count, or one of the above.
long deja_tls_read(deja_tls *tls, void *bytes, size_t size);
/// Writes some of `size` bytes; the count, or one of the above. After "wants" the same bytes must come again.
long deja_tls_write(deja_tls *tls, const void *bytes, size_t size);
/// Whether bytes lie in the library's buffers, of which poll knows nothing.
int deja_tls_has_pending(deja_tls *tls);
/// Whether the handshake failed because of the server's certificate.
int deja_tls_is_untrusted(deja_tls *tls);
/// Writes why the last step failed to `problem`.
void deja_tls_problem(deja_tls *tls, char *problem, size_t size);
