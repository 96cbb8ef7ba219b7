extension OpenAPI {
    /// The specification of every endpoint in the table of routes.
    static let document = """
        {
        "openapi": "3.1.0",
        "info": {
          "title": "Deja", "version": "1",
          "description": "A semantic cache for LLM responses. Errors are RFC 9457 problem documents.",
          "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"}
        },
        "security": [{}, {"token": []}],
        "paths": {\(paths), \(conversationPaths), \(valuePaths), \(eventPaths), \(freshnessPaths), \(reportPaths), \(feedbackPaths), \(insightPaths), \(movingPaths)},
        "components": {
          "securitySchemes": {"token": {"type": "http", "scheme": "bearer", "description": "Required over TCP when the server has a token."}},
          "responses": {
            "Problem": {"description": "The request was not answered as asked.", "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}}
          },
          "schemas": {\(requestSchemas), \(replySchemas), \(valueSchemas)}
        }
        }
        """

    private static let paths = """

        "/v1/lookup": {"post": {
          "operationId": "lookup", "summary": "Ask for an answer before a model is called.",
          "requestBody": {"required": true, "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Request"}}}},
          "responses": {
            "200": {"description": "A hit or a miss.",
              "headers": {
                "Cache-Status": {"schema": {"type": "string"}, "description": "RFC 9211: deja; hit; ttl=3588; detail=semantic"},
                "Age": {"schema": {"type": "integer"}, "description": "The entry's age in seconds, on a hit."},
                "X-Cache": {"schema": {"enum": ["HIT", "MISS", "STALE", "BYPASS"]}}},
              "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Lookup"}}}},
            "default": {"$ref": "#/components/responses/Problem"}}}},
        "/v1/lookup/batch": {"post": {
          "operationId": "lookupBatch", "summary": "Ask for many answers, each for itself.",
          "requestBody": {"required": true, "content": {"application/json": {"schema": {"type": "object", "required": ["requests"],
            "properties": {"requests": {"type": "array", "maxItems": 1024, "items": {"$ref": "#/components/schemas/Request"}}}}}}},
          "responses": {
            "200": {"description": "One result for each request, in order.", "content": {"application/json": {"schema": {"type": "object", "required": ["results"],
              "properties": {"results": {"type": "array", "items": {"anyOf": [{"$ref": "#/components/schemas/Lookup"}, {"$ref": "#/components/schemas/Failed"}]}}}}}}},
            "default": {"$ref": "#/components/responses/Problem"}}}},
        "/v1/store": {"post": {
          "operationId": "store", "summary": "Keep a model's answer.",
          "requestBody": {"required": true, "content": {"application/json": {"schema": {"$ref": "#/components/schemas/StoreRequest"}}}},
          "responses": {
            "200": {"description": "Kept, or refused with a reason.", "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Stored"}}}},
            "default": {"$ref": "#/components/responses/Problem"}}}},
        "/v1/store/batch": {"post": {
          "operationId": "storeBatch", "summary": "Keep many answers, each for itself.",
          "requestBody": {"required": true, "content": {"application/json": {"schema": {"type": "object", "required": ["requests"],
            "properties": {"requests": {"type": "array", "maxItems": 1024, "items": {"$ref": "#/components/schemas/StoreRequest"}}}}}}},
          "responses": {
            "200": {"description": "One result for each request, in order.", "content": {"application/json": {"schema": {"type": "object", "required": ["results"],
              "properties": {"results": {"type": "array", "items": {"anyOf": [{"$ref": "#/components/schemas/Stored"}, {"$ref": "#/components/schemas/Failed"}]}}}}}}},
            "default": {"$ref": "#/components/responses/Problem"}}}},
        "/v1/lease/release": {"post": {
          "operationId": "releaseLease", "summary": "Give a lease back without an answer.",
          "requestBody": {"required": true, "content": {"application/json": {"schema": {"type": "object", "required": ["token"],
            "properties": {"token": {"type": "string", "minLength": 1, "maxLength": 256}}}}}},
          "responses": {
            "200": {"description": "Whether it was held.", "content": {"application/json": {"schema": {"type": "object", "required": ["released"], "properties": {"released": {"type": "boolean"}}}}}},
            "default": {"$ref": "#/components/responses/Problem"}}}},
        "/v1/entries/{id}": {
          "parameters": [{"name": "id", "in": "path", "required": true, "schema": {"$ref": "#/components/schemas/EntryID"}}],
          "get": {"operationId": "showEntry", "summary": "Show an entry.",
            "responses": {
              "200": {"description": "The entry.", "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Entry"}}}},
              "default": {"$ref": "#/components/responses/Problem"}}},
          "delete": {"operationId": "deleteEntry", "summary": "Remove an entry.",
            "responses": {
              "200": {"description": "Removed.", "content": {"application/json": {"schema": {"type": "object", "required": ["deleted"], "properties": {"deleted": {"const": true}}}}}},
              "default": {"$ref": "#/components/responses/Problem"}}}},
        "/v1/invalidate": {"post": {
          "operationId": "invalidate", "summary": "Remove, or count, the entries that meet all conditions.",
          "requestBody": {"required": true, "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Invalidation"}}}},
          "responses": {
            "200": {"description": "How many.", "content": {"application/json": {"schema": {"type": "object", "required": ["matched", "removed", "sample"],
              "properties": {"matched": {"type": "integer"}, "removed": {"type": "integer"}, "sample": {"type": "array", "items": {"$ref": "#/components/schemas/EntryID"}}}}}}},
            "default": {"$ref": "#/components/responses/Problem"}}}},
        "/v1/stats": {"get": {
          "operationId": "statistics", "summary": "Counters since the start.",
          "responses": {
            "200": {"description": "The counters.", "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Statistics"}}}},
            "default": {"$ref": "#/components/responses/Problem"}}}},
        "/healthz": {"get": {
          "operationId": "health", "summary": "Whether the process is alive.", "security": [{}],
          "responses": {"200": {"description": "It is.", "content": {"application/json": {"schema": {"type": "object", "properties": {"status": {"const": "alive"}}}}}}}}},
        "/readyz": {"get": {
          "operationId": "readiness", "summary": "Whether the index is built and the store answers.", "security": [{}],
          "responses": {
            "200": {"description": "Ready, or degraded: without its store the cache still hits in memory.", "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Readiness"}}}},
            "503": {"description": "The index is being built.", "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Readiness"}}}}}}},
        "/metrics": {"get": {
          "operationId": "metrics", "summary": "Counters in Prometheus' text format.",
          "responses": {"200": {"description": "Metrics.", "content": {"text/plain": {"schema": {"type": "string"}}}}, "default": {"$ref": "#/components/responses/Problem"}}}},
        "/openapi.json": {"get": {
          "operationId": "openapi", "summary": "This document.",
          "responses": {"200": {"description": "The document.", "content": {"application/json": {"schema": {"type": "object"}}}}, "default": {"$ref": "#/components/responses/Problem"}}}}
        """

    private static let requestSchemas = """

        "Name": {"type": "string", "maxLength": 256, "description": "At most 256 bytes, no control characters."},
        "EntryID": {"type": "string", "pattern": "^[0-7][0-9A-HJKMNP-TV-Z]{25}$"},
        "Message": {"type": "object", "required": ["role"], "description": "A turn in OpenAI's or Anthropic's shape. A user's has content; members that are not listed count as part of it.",
          "properties": {
            "role": {"type": "string"}, "name": {"type": ["string", "null"]},
            "content": {"anyOf": [{"type": "string"}, {"type": "null"}, {"type": "array", "items": {"anyOf": [{"type": "string"}, {"type": "object", "required": ["type"], "properties": {"type": {"type": "string"}}}]}}]},
            "tool_calls": {"type": ["array", "null"], "items": {"type": "object"}},
            "tool_call_id": {"type": ["string", "null"]}}},
        "Controls": {"type": "object", "properties": {
          "mode": {"enum": ["off", "exact", "semantic"]},
          "no-cache": {"type": "boolean"}, "no-store": {"type": "boolean"},
          "ttl": {"type": "number", "exclusiveMinimum": 0}, "s-maxage": {"type": "number", "minimum": 0},
          "max-stale": {"type": "number", "minimum": 0},
          "max_false_hit_rate": {"type": "number", "minimum": 0, "maximum": 1},
          "min_similarity": {"type": "number", "minimum": -1, "maximum": 1},
          "exhaustive": {"type": "boolean"}}},
        "Usage": {"type": "object", "properties": {
          "prompt_tokens": {"type": "integer", "minimum": 0}, "completion_tokens": {"type": "integer", "minimum": 0},
          "prompt_tokens_details": {"type": "object", "properties": {"cached_tokens": {"type": "integer", "minimum": 0}}},
          "completion_tokens_details": {"type": "object", "properties": {"reasoning_tokens": {"type": "integer", "minimum": 0}}}}},
        "Request": {"type": "object", "description": "Either prompt or messages. The body of a chat completion request is one, too.",
          "anyOf": [{"required": ["prompt"]}, {"required": ["messages"]}],
          "properties": {
            "namespace": {"$ref": "#/components/schemas/Name"}, "tenant": {"$ref": "#/components/schemas/Name"},
            "user": {"$ref": "#/components/schemas/Name"}, "conversation": {"$ref": "#/components/schemas/Name"},
            "provider": {"$ref": "#/components/schemas/Name"}, "model": {"$ref": "#/components/schemas/Name"},
            "prompt": {"type": "string"},
            "messages": {"type": "array", "minItems": 1, "items": {"$ref": "#/components/schemas/Message"}},
            "system": {"anyOf": [{"type": "string"}, {"type": "array"}]},
            "params": {"type": "object", "description": "Whatever else changes the answer."},
            "template": {"$ref": "#/components/schemas/Name"}, "template_version": {"$ref": "#/components/schemas/Name"},
            "cache": {"$ref": "#/components/schemas/Controls"},
            "lease": {"type": ["boolean", "string"], "description": "Of a lookup: whether a miss may hand out a lease. Of a store: the lease's token."},
            "wait_ms": {"type": "integer", "minimum": 0, "maximum": 60000},
            "append": {"type": "boolean", "description": "Append the exchange to the conversation."},
            "explain": {"type": "boolean"}}},
        "StoreRequest": {"allOf": [{"$ref": "#/components/schemas/Request"}, {"type": "object", "required": ["response"],
          "properties": {
            "response": {"description": "The answer, any JSON value: returned byte for byte."},
            "usage": {"$ref": "#/components/schemas/Usage"},
            "latency_ms": {"type": "number", "minimum": 0}, "status_code": {"type": "integer", "minimum": 100, "maximum": 599},
            "finish_reason": {"$ref": "#/components/schemas/Name"}, "complete": {"type": "boolean"},
            "confidence": {"type": "number", "minimum": 0, "maximum": 1},
            "cost_usd": {"type": "number", "minimum": 0, "maximum": 9000000000},
            "tags": {"anyOf": [{"type": "string"}, {"type": "array", "maxItems": 64, "items": {"$ref": "#/components/schemas/Name"}}]},
            "depends_on": {"anyOf": [{"type": "string"}, {"type": "array", "maxItems": 64, "items": {"$ref": "#/components/schemas/Name"}}]},
            "epoch": {"type": "integer", "minimum": 0, "maximum": 9007199254740991}, "counted": {"type": "boolean"},
            "ttl": {"type": "number", "exclusiveMinimum": 0}, "lease": {"$ref": "#/components/schemas/Name"}}}]},
        "Invalidation": {"type": "object", "additionalProperties": false, "minProperties": 1,
          "description": "At least one condition, or all: true.",
          "properties": {
            "namespace": {"$ref": "#/components/schemas/Name"}, "model": {"$ref": "#/components/schemas/Name"},
            "user": {"$ref": "#/components/schemas/Name"}, "tenant": {"$ref": "#/components/schemas/Name"},
            "tags": {"anyOf": [{"type": "string"}, {"type": "array", "items": {"$ref": "#/components/schemas/Name"}}]},
            "template": {"$ref": "#/components/schemas/Name"}, "kv": {"type": "boolean"},
            "at": {"anyOf": [{"type": "string", "format": "date-time"}, {"type": "integer"}], "description": "Done then, not now."},
            "prompt": {"type": "string"}, "older_than_s": {"type": "number", "minimum": 0},
            "id": {"$ref": "#/components/schemas/EntryID"}, "dry_run": {"type": "boolean"}, "all": {"type": "boolean"}}}
        """

    private static let replySchemas = """

        "Lookup": {"type": "object", "required": ["status", "lookup_id"], "properties": {
          "status": {"enum": ["hit", "stale", "miss", "bypass"]}, "hit_type": {"enum": ["exact", "semantic"]},
          "reason": {"type": "string", "description": "Why there is no hit: empty, no_candidate, guard:numbers, …"},
          "entry_id": {"$ref": "#/components/schemas/EntryID"}, "lookup_id": {"$ref": "#/components/schemas/EntryID"},
          "similarity": {"type": "number", "minimum": -1, "maximum": 1}, "probability": {"type": "number", "minimum": 0, "maximum": 1},
          "nearest": {"type": "object", "required": ["entry_id", "similarity"], "properties": {
            "entry_id": {"$ref": "#/components/schemas/EntryID"}, "similarity": {"type": "number"}, "probability": {"type": "number"}}},
          "response": {"description": "The stored answer, byte for byte."}, "model": {"type": "string"},
          "age_s": {"type": "integer"}, "ttl_s": {"type": "integer"}, "usage": {"$ref": "#/components/schemas/Usage"},
          "avoided": {"allOf": [{"$ref": "#/components/schemas/Usage"}, {"type": "object", "properties": {"cost_usd": {"type": "number"}, "latency_ms": {"type": "number"}}}]},
          "lease": {"type": "object", "required": ["token", "expires_ms"], "properties": {
            "token": {"type": "string"}, "expires_ms": {"type": "integer"}}},
          "epoch": {"type": "integer", "description": "Of a miss or a stale answer: goes back in the store."},
          "appended": {"type": "boolean"}, "budget": {"type": "object", "description": "The budget with the least left."},
          "explain": {"type": "object", "properties": {
            "scope": {"type": "string"}, "exact_key": {"type": "string"}, "folded_bytes": {"type": "integer"}, "partition_entries": {"type": "integer"},
            "required_probability": {"type": "number"}, "required_similarity": {"type": "number"},
            "candidates": {"type": "array", "items": {"type": "object", "properties": {
              "entry_id": {"$ref": "#/components/schemas/EntryID"}, "similarity": {"type": "number"}, "probability": {"type": "number"},
              "guard": {"type": "string"}, "detail": {"type": "string"}, "features": {"type": "object", "additionalProperties": {"type": "number"}}}}},
            "stages_ns": {"type": "object", "additionalProperties": {"type": "integer"}},
            "unknown_fields": {"type": "array", "items": {"type": "string"}}}}}},
        "Stored": {"type": "object", "required": ["status"], "properties": {
          "status": {"enum": ["stored", "refused"]}, "entry_id": {"$ref": "#/components/schemas/EntryID"}, "reason": {"type": "string"}}},
        "Failed": {"type": "object", "required": ["status", "problem"], "properties": {
          "status": {"const": "error"}, "problem": {"$ref": "#/components/schemas/Problem"}}},
        "Entry": {"type": "object", "required": ["entry_id", "namespace", "prompt", "response", "created_at"], "properties": {
          "entry_id": {"$ref": "#/components/schemas/EntryID"}, "namespace": {"type": "string"}, "prompt": {"type": "string"},
          "semantic": {"type": "boolean"}, "model": {"type": "string"}, "provider": {"type": "string"},
          "tenant": {"type": "string"}, "user": {"type": "string"}, "tags": {"type": "array", "items": {"type": "string"}},
          "scope": {"type": "string"}, "exact_key": {"type": "string"},
          "created_at": {"type": "string", "format": "date-time"}, "age_s": {"type": "integer"},
          "expires_at": {"type": "string", "format": "date-time"}, "ttl_s": {"type": "integer"},
          "stale_at": {"type": "string", "format": "date-time"}, "epoch": {"type": "integer"}, "template": {"type": "string"},
          "depends_on": {"type": "array", "items": {"type": "string"}}, "embedder": {"type": "string"},
          "response": {}, "usage": {"$ref": "#/components/schemas/Usage"}, "usage_estimated": {"type": "boolean"},
          "cost_usd": {"type": "number"}, "latency_ms": {"type": "number"}}},
        "Statistics": {"type": "object", "properties": {
          "lookups": {"type": "integer"}, "hits": {"type": "integer"}, "exact_hits": {"type": "integer"}, "semantic_hits": {"type": "integer"},
          "hit_rate": {"type": "number"}, "bypasses": {"type": "integer"},
          "misses": {"type": "object", "additionalProperties": {"type": "integer"}}, "stored": {"type": "integer"},
          "refused": {"type": "object", "additionalProperties": {"type": "integer"}},
          "avoided": {"type": "object"}, "entries": {"type": "integer"}, "scopes": {"type": "integer"}, "index_bytes": {"type": "integer"},
          "memory_tier_bytes": {"type": "integer"}, "memory_tier_limit_bytes": {"type": "integer"}, "store": {"type": "string"},
          "store_errors": {"type": "integer"},
          "breaker": {"enum": ["closed", "half_open", "open"]}, "pending_writes": {"type": "integer"},
          "pending_write_bytes": {"type": "integer"}, "lost_writes": {"type": "integer"},
          "evidence": {"type": "object", "description": "What is known of the answers, a member a namespace.", "additionalProperties": {"type": "object"}},
          "shadow": {"type": "object", "description": "What namespaces in shadow would have done.", "additionalProperties": {"type": "object"}},
          "arms": {"type": "object", "description": "How arms in shadow decided, a member a namespace.", "additionalProperties": {"type": "object"}}, "server": {"type": "object"}}},
        "Readiness": {"type": "object", "required": ["status", "index_built", "store_reachable"], "properties": {
          "status": {"enum": ["ready", "degraded", "starting"]}, "index_built": {"type": "boolean"},
          "store_reachable": {"type": "boolean"}, "breaker": {"enum": ["closed", "half_open", "open"]}, "detail": {"type": "string"}}},
        "Problem": {"type": "object", "required": ["type", "title", "status", "detail"], "properties": {
          "type": {"type": "string", "description": "urn:deja:problem:wrong-type and so on: stable."},
          "title": {"type": "string"}, "status": {"type": "integer"}, "detail": {"type": "string"},
          "field": {"type": "string", "description": "The field that is meant, as a path: cache.ttl"}}}
        """
}
