// HTTP/1.1 messages through libhttp-parser, behind an opaque handle: its struct of bit fields does not import.
#pragma once
#include <stddef.h>
#include <stdint.h>

/// What the parser met; the bytes are valid during the call only and may be a part of the whole.
enum {
    DEJA_HTTP_BEGIN = 0,
    DEJA_HTTP_URL = 1,
    DEJA_HTTP_FIELD = 2,
    DEJA_HTTP_VALUE = 3,
    DEJA_HTTP_HEADERS = 4,
    DEJA_HTTP_BODY = 5,
    DEJA_HTTP_COMPLETE = 6,
};

/// Why a message cannot be read.
enum {
    DEJA_HTTP_OK = 0,
    /// The handler returned non-zero.
    DEJA_HTTP_REFUSED = 1,
    /// The header outgrew the parser's own bound.
    DEJA_HTTP_HEADER_OVERFLOW = 2,
    /// Content-Length is not a number, repeated, or beside Transfer-Encoding.
    DEJA_HTTP_BAD_LENGTH = 3,
    /// Transfer-Encoding does not end in chunked.
    DEJA_HTTP_BAD_ENCODING = 4,
    /// Not HTTP/1.
    DEJA_HTTP_BAD_VERSION = 5,
    /// A method that HTTP does not know.
    DEJA_HTTP_BAD_METHOD = 6,
    /// More bytes after a message that said it was the last.
    DEJA_HTTP_AFTER_CLOSE = 7,
    /// Anything else.
    DEJA_HTTP_MALFORMED = 8,
};

typedef struct deja_http deja_http;
typedef int (*deja_http_handler)(void *context, int event, const uint8_t *bytes, size_t length);

/// A parser of requests (or of responses) that calls handler with context. NULL when out of memory.
deja_http *deja_http_create(int is_response, void *context, deja_http_handler handler);
void deja_http_destroy(deja_http *parser);
/// Reads bytes up to the end of one message and returns how many were read; length 0 says that the peer closed.
size_t deja_http_execute(deja_http *parser, const uint8_t *bytes, size_t length);
/// One of the reasons above.
int deja_http_error(const deja_http *parser);
/// The reason in words.
const char *deja_http_error_text(const deja_http *parser);
/// The method's name ("GET").
const char *deja_http_method(const deja_http *parser);
/// The status of a response.
int deja_http_status(const deja_http *parser);
/// The major version: 1, unless the message is no HTTP/1.
int deja_http_major(const deja_http *parser);
/// The minor version: 0 or 1.
int deja_http_minor(const deja_http *parser);
/// The body's length that Content-Length states; -1 when none does.
int64_t deja_http_content_length(const deja_http *parser);
/// Whether another message may follow on the connection.
int deja_http_keep_alive(const deja_http *parser);
