#include "deja_http.h"

#include <http_parser.h>
#include <stdlib.h>

struct deja_http {
    http_parser parser;
    void *context;
    deja_http_handler handler;
};

static int tell(http_parser *p, int event, const char *bytes, size_t length) {
    deja_http *self = p->data;
    return self->handler(self->context, event, (const uint8_t *)bytes, length);
}

static int on_begin(http_parser *p) { return tell(p, DEJA_HTTP_BEGIN, NULL, 0); }
static int on_url(http_parser *p, const char *at, size_t n) { return tell(p, DEJA_HTTP_URL, at, n); }
static int on_field(http_parser *p, const char *at, size_t n) { return tell(p, DEJA_HTTP_FIELD, at, n); }
static int on_value(http_parser *p, const char *at, size_t n) { return tell(p, DEJA_HTTP_VALUE, at, n); }
static int on_body(http_parser *p, const char *at, size_t n) { return tell(p, DEJA_HTTP_BODY, at, n); }

static int on_headers(http_parser *p) {
    // An offer to upgrade is ignored, as RFC 9110 7.8 allows: the connection stays HTTP/1.1.
    p->upgrade = 0;
    // -1, not 1: to the parser 1 means "this message has no body".
    return tell(p, DEJA_HTTP_HEADERS, NULL, 0) ? -1 : 0;
}

static int on_complete(http_parser *p) {
    if (tell(p, DEJA_HTTP_COMPLETE, NULL, 0)) return -1;
    // One message at a time: the caller answers it before it reads on.
    http_parser_pause(p, 1);
    return 0;
}

static const http_parser_settings settings = {
    .on_message_begin = on_begin,
    .on_url = on_url,
    .on_header_field = on_field,
    .on_header_value = on_value,
    .on_headers_complete = on_headers,
    .on_body = on_body,
    .on_message_complete = on_complete,
};

deja_http *deja_http_create(int is_response, void *context, deja_http_handler handler) {
    deja_http *self = calloc(1, sizeof *self);
    if (!self) return NULL;
    http_parser_init(&self->parser, is_response ? HTTP_RESPONSE : HTTP_REQUEST);
    self->parser.data = self;
    self->context = context;
    self->handler = handler;
    return self;
}

void deja_http_destroy(deja_http *self) { free(self); }

size_t deja_http_execute(deja_http *self, const uint8_t *bytes, size_t length) {
    if (HTTP_PARSER_ERRNO(&self->parser) == HPE_PAUSED) http_parser_pause(&self->parser, 0);
    return http_parser_execute(&self->parser, &settings, (const char *)bytes, length);
}

int deja_http_error(const deja_http *self) {
    switch (HTTP_PARSER_ERRNO(&self->parser)) {
    case HPE_OK:
    case HPE_PAUSED: return DEJA_HTTP_OK;
    case HPE_CB_message_begin:
    case HPE_CB_url:
    case HPE_CB_header_field:
    case HPE_CB_header_value:
    case HPE_CB_headers_complete:
    case HPE_CB_body:
    case HPE_CB_message_complete: return DEJA_HTTP_REFUSED;
    case HPE_HEADER_OVERFLOW: return DEJA_HTTP_HEADER_OVERFLOW;
    case HPE_INVALID_CONTENT_LENGTH:
    case HPE_UNEXPECTED_CONTENT_LENGTH: return DEJA_HTTP_BAD_LENGTH;
    case HPE_INVALID_TRANSFER_ENCODING: return DEJA_HTTP_BAD_ENCODING;
    case HPE_INVALID_VERSION: return DEJA_HTTP_BAD_VERSION;
    case HPE_INVALID_METHOD: return DEJA_HTTP_BAD_METHOD;
    case HPE_CLOSED_CONNECTION: return DEJA_HTTP_AFTER_CLOSE;
    default: return DEJA_HTTP_MALFORMED;
    }
}

const char *deja_http_error_text(const deja_http *self) {
    return http_errno_description(HTTP_PARSER_ERRNO(&self->parser));
}

const char *deja_http_method(const deja_http *self) { return http_method_str((enum http_method)self->parser.method); }
int deja_http_status(const deja_http *self) { return (int)self->parser.status_code; }
int deja_http_major(const deja_http *self) { return self->parser.http_major; }
int deja_http_minor(const deja_http *self) { return self->parser.http_minor; }

int64_t deja_http_content_length(const deja_http *self) {
    if (!(self->parser.flags & F_CONTENTLENGTH)) return -1;
    uint64_t length = self->parser.content_length;
    return length > INT64_MAX ? INT64_MAX : (int64_t)length;
}

int deja_http_keep_alive(const deja_http *self) { return http_should_keep_alive(&self->parser); }
