extension OpenAPI {
    /// The endpoints of values.
    static let valuePaths = """

        "/v1/kv/{namespace}/{key}": {
          "parameters": [\(namespace), \(key), \(tenant)],
          "get": {"operationId": "getValue", "summary": "A value; on a miss, where asked, a lease or what its holder brings.",
            "parameters": [
              {"name": "lease", "in": "query", "schema": {"type": "boolean"}},
              {"name": "wait_ms", "in": "query", "schema": {"type": "integer", "minimum": 0, "maximum": 60000}}],
            "responses": {
              "200": {"description": "The value.", "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Value"}}}},
              "404": {"description": "None; with the lease, if the caller got it.", "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}},
              "default": {"$ref": "#/components/responses/Problem"}}},
          "put": {"operationId": "putValue", "summary": "Write a value.",
            "requestBody": {"required": true, "content": {"application/json": {"schema": {"$ref": "#/components/schemas/ValueWrite"}}}},
            "responses": {
              "200": \(state),
              "409": {"$ref": "#/components/responses/Problem"},
              "default": {"$ref": "#/components/responses/Problem"}}},
          "delete": {"operationId": "deleteValue", "summary": "Remove a value.",
            "responses": {
              "200": {"description": "Removed.", "content": {"application/json": {"schema": {"type": "object", "required": ["deleted"], "properties": {"deleted": {"const": true}}}}}},
              "default": {"$ref": "#/components/responses/Problem"}}}},
        "/v1/kv/{namespace}/{key}/incr": {"post": {
          "operationId": "increaseValue", "summary": "Add to a whole number, which is 0 where there is none.",
          "parameters": [\(namespace), \(key), \(tenant)],
          "requestBody": {"content": {"application/json": {"schema": {"type": "object", "properties": {
            "by": {"type": "integer", "default": 1}, "ttl": {"type": "number", "exclusiveMinimum": 0, "description": "Of a new counter."}}}}}},
          "responses": {
            "200": {"description": "The sum.", "content": {"application/json": {"schema": {"type": "object", "required": ["value", "version"], "properties": {"value": {"type": "integer"}, "version": {"type": "integer"}, "ttl_s": {"type": "integer"}}}}}},
            "409": {"$ref": "#/components/responses/Problem"},
            "default": {"$ref": "#/components/responses/Problem"}}}},
        "/v1/kv/{namespace}/{key}/expire": {"post": {
          "operationId": "expireValue", "summary": "Change how long a value lives; without a body, as long as may be.",
          "parameters": [\(namespace), \(key), \(tenant)],
          "requestBody": {"content": {"application/json": {"schema": {"type": "object", "properties": {"ttl": {"type": "number", "exclusiveMinimum": 0}}}}}},
          "responses": {"200": \(state), "default": {"$ref": "#/components/responses/Problem"}}}},
        "/v1/kv/{namespace}": {
          "parameters": [\(namespace), \(tenant)],
          "post": {"operationId": "manyValues", "summary": "Read many (keys) or write many (values).",
            "requestBody": {"required": true, "content": {"application/json": {"schema": {"type": "object", "properties": {
              "keys": {"type": "array", "maxItems": 1024, "items": {"type": "string"}},
              "values": {"type": "object"}, "ttl": {"type": "number", "exclusiveMinimum": 0}, "tags": {"type": "array", "items": {"type": "string"}}}}}}},
            "responses": {
              "200": {"description": "values in the order of keys, null for none; or how many were stored.", "content": {"application/json": {"schema": {"type": "object"}}}},
              "default": {"$ref": "#/components/responses/Problem"}}},
          "delete": {"operationId": "invalidateValues", "summary": "Remove the values that carry a tag.",
            "parameters": [{"name": "tag", "in": "query", "required": true, "schema": {"$ref": "#/components/schemas/Name"}}],
            "responses": {
              "200": {"description": "How many.", "content": {"application/json": {"schema": {"type": "object", "required": ["removed"], "properties": {"removed": {"type": "integer"}}}}}},
              "default": {"$ref": "#/components/responses/Problem"}}}}
        """

    /// Events.
    static let eventPaths = """

        "/v1/events": {"get": {
          "operationId": "events", "summary": "What happens in the cache, as server-sent events, until one of the two closes.",
          "parameters": [
            {"name": "namespace", "in": "query", "schema": {"$ref": "#/components/schemas/Name"}},
            {"name": "kinds", "in": "query", "schema": {"type": "string"}, "description": "Some of hit, miss, store, delete, expire, error, with commas."},
            {"name": "after", "in": "query", "schema": {"type": "integer"}, "description": "The number of the last event seen; so says Last-Event-ID."}],
          "responses": {
            "200": {"description": "Events.", "content": {"text/event-stream": {"schema": {"type": "string"}}}},
            "default": {"$ref": "#/components/responses/Problem"}}}}
        """

    /// Versions, appointments, answers to be refreshed.
    static let freshnessPaths = """

        "/v1/epochs": {
          "get": {"operationId": "epochs", "summary": "All epochs.",
            "responses": {
              "200": {"description": "The clock, and the epochs.", "content": {"application/json": {"schema": {"type": "object"}}}},
              "default": {"$ref": "#/components/responses/Problem"}}},
          "post": {"operationId": "bumpEpoch", "summary": "Make everything older of a namespace, or of a model or template within it, invisible at once.",
            "requestBody": {"required": true, "content": {"application/json": {"schema": {"type": "object", "required": ["namespace"], "additionalProperties": false,
              "properties": {"namespace": {"$ref": "#/components/schemas/Name"}, "model": {"$ref": "#/components/schemas/Name"}, "template": {"$ref": "#/components/schemas/Name"}}}}}},
            "responses": {
              "200": {"description": "The epoch, and whether the store has it.", "content": {"application/json": {"schema": {"type": "object", "required": ["epoch", "saved"], "properties": {"epoch": {"type": "integer"}, "saved": {"type": "boolean"}}}}}},
              "default": {"$ref": "#/components/responses/Problem"}}}},
        "/v1/invalidations": {"get": {
          "operationId": "scheduledInvalidations", "summary": "Invalidations that are yet to come, soonest first.",
          "responses": {
            "200": {"description": "Them.", "content": {"application/json": {"schema": {"type": "object"}}}},
            "default": {"$ref": "#/components/responses/Problem"}}}},
        "/v1/invalidations/{id}": {"delete": {
          "operationId": "cancelInvalidation", "summary": "Cancel one.",
          "parameters": [{"name": "id", "in": "path", "required": true, "schema": {"$ref": "#/components/schemas/EntryID"}}],
          "responses": {
            "200": {"description": "Cancelled.", "content": {"application/json": {"schema": {"type": "object"}}}},
            "default": {"$ref": "#/components/responses/Problem"}}}},
        "/v1/refresh": {
          "parameters": [{"name": "namespace", "in": "query", "schema": {"$ref": "#/components/schemas/Name"}}, \(tenant), {"name": "limit", "in": "query", "schema": {"type": "integer", "minimum": 1, "maximum": 1000}}],
          "get": {"operationId": "refreshable", "summary": "Popular answers near their end, with the request to ask the model again.",
            "responses": {
              "200": {"description": "Them.", "content": {"application/json": {"schema": {"type": "object"}}}},
              "default": {"$ref": "#/components/responses/Problem"}}},
          "post": {"operationId": "refresh", "summary": "The same, each with a lease, without those that somebody else refreshes.",
            "responses": {
              "200": {"description": "Them.", "content": {"application/json": {"schema": {"type": "object"}}}},
              "default": {"$ref": "#/components/responses/Problem"}}}}
        """

    /// Values and their writes.
    static let valueSchemas = """

        "Value": {"type": "object", "required": ["value", "ttl_s", "version"], "properties": {
          "value": {}, "encoding": {"const": "base64"}, "ttl_s": {"type": "integer"}, "version": {"type": "integer"},
          "tags": {"type": "array", "items": {"type": "string"}}}},
        "ValueWrite": {"type": "object", "required": ["value"], "additionalProperties": false, "properties": {
          "value": {"description": "Any JSON value; a string is kept as its text."},
          "encoding": {"const": "base64"}, "ttl": {"type": "number", "exclusiveMinimum": 0},
          "tags": {"type": "array", "maxItems": 64, "items": {"type": "string"}},
          "version": {"type": "integer", "minimum": 0, "description": "Write over this version only; 0 for none."},
          "only_if": {"enum": ["absent", "present"]}, "lease": {"type": "string"},
          "invalidates": {"type": "array", "maxItems": 64, "items": {"type": "string"}, "description": "Tags whose other values go with this write, from the same place."}}}
        """

    private static let namespace =
        ##"{"name": "namespace", "in": "path", "required": true, "schema": {"$ref": "#/components/schemas/Name"}}"##
    private static let key =
        #"{"name": "key", "in": "path", "required": true, "schema": {"type": "string", "minLength": 1, "maxLength": 1024}}"#
    private static let tenant =
        ##"{"name": "tenant", "in": "query", "schema": {"$ref": "#/components/schemas/Name"}}"##
    private static let state =
        #"{"description": "What is there now.", "content": {"application/json": {"schema": {"type": "object", "required": ["version", "ttl_s"], "properties": {"version": {"type": "integer"}, "ttl_s": {"type": "integer"}}}}}}"#
}
