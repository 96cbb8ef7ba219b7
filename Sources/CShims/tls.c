#include "deja_tls.h"

#include <arpa/inet.h>
#include <errno.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

struct deja_tls_context {
    SSL_CTX *ssl;
    BIO_METHOD *socket_method;
};

struct deja_tls {
    SSL *ssl;
    /// Of the last step that failed.
    unsigned long error;
    int system_error;
};

// OpenSSL's own socket BIO writes with write(), which raises SIGPIPE when the other side is gone. This one does not.

static int bio_write(BIO *bio, const char *bytes, int size) {
    BIO_clear_retry_flags(bio);
    ssize_t count;
    do {
        count = send((int)(intptr_t)BIO_get_data(bio), bytes, (size_t)size, MSG_NOSIGNAL);
    } while (count < 0 && errno == EINTR);
    if (count < 0 && errno == EAGAIN) BIO_set_retry_write(bio);
    return (int)count;
}

static int bio_read(BIO *bio, char *bytes, int size) {
    BIO_clear_retry_flags(bio);
    ssize_t count;
    do {
        count = recv((int)(intptr_t)BIO_get_data(bio), bytes, (size_t)size, 0);
    } while (count < 0 && errno == EINTR);
    if (count < 0 && errno == EAGAIN) BIO_set_retry_read(bio);
    return (int)count;
}

static long bio_control(BIO *bio, int command, long number, void *pointer) {
    (void)bio, (void)number, (void)pointer;
    return command == BIO_CTRL_FLUSH ? 1 : 0;
}

static BIO_METHOD *make_socket_method(void) {
    BIO_METHOD *method = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "deja socket");
    if (!method) return NULL;
    BIO_meth_set_write(method, bio_write);
    BIO_meth_set_read(method, bio_read);
    BIO_meth_set_ctrl(method, bio_control);
    return method;
}

static const char *reason(unsigned long code) {
    const char *text = ERR_reason_error_string(code);
    return text ? text : "unknown reason";
}

/// Never asks for a pass phrase on a terminal: an encrypted key is refused instead.
static int no_pass_phrase(char *bytes, int size, int is_writing, void *data) {
    (void)bytes, (void)size, (void)is_writing, (void)data;
    return 0;
}

static int load(
    SSL_CTX *ssl, const char *ca_file, const char *certificate_file, const char *key_file, char *problem, size_t size) {
    if (ca_file ? !SSL_CTX_load_verify_locations(ssl, ca_file, NULL) : !SSL_CTX_set_default_verify_paths(ssl)) {
        snprintf(problem, size, "the file of certificate authorities cannot be used: %s", reason(ERR_get_error()));
        return 0;
    }
    if (certificate_file && !SSL_CTX_use_certificate_chain_file(ssl, certificate_file)) {
        snprintf(problem, size, "the client's certificate cannot be used: %s", reason(ERR_get_error()));
        return 0;
    }
    if (key_file && (SSL_CTX_use_PrivateKey_file(ssl, key_file, SSL_FILETYPE_PEM) != 1 ||
                     SSL_CTX_check_private_key(ssl) != 1)) {
        snprintf(problem, size, "the client's key cannot be used: %s", reason(ERR_get_error()));
        return 0;
    }
    return 1;
}

deja_tls_context *deja_tls_context_make(
    const char *ca_file, const char *certificate_file, const char *key_file, int verifies, char *problem, size_t size) {
    ERR_clear_error();
    deja_tls_context *context = calloc(1, sizeof *context);
    if (context) context->ssl = SSL_CTX_new(TLS_client_method());
    if (context) context->socket_method = make_socket_method();
    if (!context || !context->ssl || !context->socket_method) {
        snprintf(problem, size, "there is no memory for TLS");
        deja_tls_context_free(context);
        return NULL;
    }
    SSL_CTX_set_min_proto_version(context->ssl, TLS1_2_VERSION);
    SSL_CTX_set_mode(context->ssl, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    SSL_CTX_set_verify(context->ssl, verifies ? SSL_VERIFY_PEER : SSL_VERIFY_NONE, NULL);
    SSL_CTX_set_default_passwd_cb(context->ssl, no_pass_phrase);
    if (!load(context->ssl, ca_file, certificate_file, key_file, problem, size)) {
        deja_tls_context_free(context);
        return NULL;
    }
    return context;
}

void deja_tls_context_free(deja_tls_context *context) {
    if (!context) return;
    SSL_CTX_free(context->ssl);
    BIO_meth_free(context->socket_method);
    free(context);
}

/// Says whom the certificate must be for; a host name is sent along too (SNI), as addresses must not be (RFC 6066).
static int expect(SSL *ssl, const char *name) {
    unsigned char address[sizeof(struct in6_addr)];
    if (inet_pton(AF_INET, name, address) == 1 || inet_pton(AF_INET6, name, address) == 1)
        return X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), name);
    return SSL_set1_host(ssl, name) && SSL_set_tlsext_host_name(ssl, name);
}

deja_tls *deja_tls_make(deja_tls_context *context, int descriptor, const char *name) {
    deja_tls *tls = calloc(1, sizeof *tls);
    BIO *bio = BIO_new(context->socket_method);
    if (tls) tls->ssl = SSL_new(context->ssl);
    if (!tls || !bio || !tls->ssl || (name && !expect(tls->ssl, name))) {
        BIO_free(bio);
        deja_tls_free(tls);
        return NULL;
    }
    BIO_set_data(bio, (void *)(intptr_t)descriptor);
    BIO_set_init(bio, 1);
    SSL_set_bio(tls->ssl, bio, bio);
    SSL_set_connect_state(tls->ssl);
    return tls;
}

void deja_tls_free(deja_tls *tls) {
    if (!tls) return;
    SSL_free(tls->ssl);
    free(tls);
}

/// What became of a step that returned `result`.
static int outcome(deja_tls *tls, int result) {
    int system_error = errno;
    switch (SSL_get_error(tls->ssl, result)) {
    case SSL_ERROR_WANT_READ: return DEJA_TLS_WANTS_READ;
    case SSL_ERROR_WANT_WRITE: return DEJA_TLS_WANTS_WRITE;
    case SSL_ERROR_ZERO_RETURN: return DEJA_TLS_CLOSED;
    default: break;
    }
    tls->error = ERR_peek_error();
    tls->system_error = system_error;
    // Servers that are killed send no farewell.
    int is_end = ERR_GET_REASON(tls->error) == SSL_R_UNEXPECTED_EOF_WHILE_READING || (!tls->error && !system_error);
    return is_end && SSL_is_init_finished(tls->ssl) ? DEJA_TLS_CLOSED : DEJA_TLS_FAILED;
}

int deja_tls_handshake(deja_tls *tls) {
    ERR_clear_error();
    errno = 0;
    int result = SSL_do_handshake(tls->ssl);
    return result == 1 ? 1 : outcome(tls, result);
}

long deja_tls_read(deja_tls *tls, void *bytes, size_t size) {
    ERR_clear_error();
    errno = 0;
    size_t count = 0;
    int result = SSL_read_ex(tls->ssl, bytes, size, &count);
    return result == 1 ? (long)count : outcome(tls, result);
}

long deja_tls_write(deja_tls *tls, const void *bytes, size_t size) {
    ERR_clear_error();
    errno = 0;
    size_t count = 0;
    int result = SSL_write_ex(tls->ssl, bytes, size, &count);
    return result == 1 ? (long)count : outcome(tls, result);
}

int deja_tls_has_pending(deja_tls *tls) { return SSL_has_pending(tls->ssl); }

int deja_tls_is_untrusted(deja_tls *tls) { return SSL_get_verify_result(tls->ssl) != X509_V_OK; }

void deja_tls_problem(deja_tls *tls, char *problem, size_t size) {
    long verdict = SSL_get_verify_result(tls->ssl);
    if (verdict != X509_V_OK && ERR_GET_REASON(tls->error) == SSL_R_CERTIFICATE_VERIFY_FAILED)
        snprintf(problem, size, "%s", X509_verify_cert_error_string(verdict));
    else if (tls->error)
        snprintf(problem, size, "%s", reason(tls->error));
    else if (tls->system_error)
        snprintf(problem, size, "%s", strerror(tls->system_error));
    else
        snprintf(problem, size, "the connection was closed");
}
