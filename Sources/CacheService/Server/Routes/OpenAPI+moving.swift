extension OpenAPI {
    /// Moving entries between caches.
    static let movingPaths = """

        "/v1/export": {"get": {
          "operationId": "export", "summary": "Entries in the form in which another cache takes them in.",
          "description": "Needs the right admin of a token that is bound to nothing.",
          "parameters": [
            {"name": "from", "in": "query", "schema": {"type": "integer", "minimum": 0}, "description": "The next of the page before; 0 begins."},
            {"name": "namespace", "in": "query", "schema": {"$ref": "#/components/schemas/Name"}},
            {"name": "limit", "in": "query", "schema": {"type": "integer", "minimum": 0, "maximum": 1000}}],
          "responses": {
            "200": {"description": "Lines of JSON: the version, what digests are made with and where the next page begins, then an entry a line.",
              "content": {"application/x-ndjson": {"schema": {"type": "string"}}}},
            "default": {"$ref": "#/components/responses/Problem"}}}},
        "/v1/import": {"post": {
          "operationId": "import", "summary": "Take entries in as another cache has exported them.",
          "description": "Needs the right admin of a token that is bound to nothing. Taking the same entries in again changes nothing.",
          "requestBody": {"required": true, "content": {"application/json": {"schema": {"type": "object", "required": ["digests", "entries"],
            "properties": {"digests": {"type": "string"}, "entries": {"type": "array", "maxItems": 1000, "items": {"type": "object"}}}}}}},
          "responses": {
            "200": {"description": "How many were taken in, were there already, were over, or are kept out by the policy.",
              "content": {"application/json": {"schema": {"type": "object", "required": ["taken", "present", "over", "refused"],
                "properties": {"taken": {"type": "integer"}, "present": {"type": "integer"}, "over": {"type": "integer"}, "refused": {"type": "integer"}}}}}},
            "default": {"$ref": "#/components/responses/Problem"}}}}
        """
}
