extension OpenAPI {
    /// The endpoints of conversations.
    static let conversationPaths = """

        "/v1/conversations": {"get": {
          "operationId": "listConversations", "summary": "The conversations that a user leads, the latest first.",
          "parameters": [\(place), {"name": "limit", "in": "query", "schema": {"type": "integer", "minimum": 1, "maximum": 1000}}],
          "responses": {
            "200": {"description": "Their names.", "content": {"application/json": {"schema": {"type": "object"}}}},
            "default": {"$ref": "#/components/responses/Problem"}}}},
        "/v1/conversations/{id}": {
          "parameters": [\(name), \(place)],
          "get": {"operationId": "showConversation", "summary": "Show a conversation.",
            "responses": {
              "200": \(conversation),
              "default": {"$ref": "#/components/responses/Problem"}}},
          "delete": {"operationId": "deleteConversation", "summary": "Remove a conversation.",
            "responses": {
              "200": {"description": "Removed.", "content": {"application/json": {"schema": {"type": "object", "required": ["deleted"], "properties": {"deleted": {"const": true}}}}}},
              "default": {"$ref": "#/components/responses/Problem"}}}},
        "/v1/conversations/{id}/messages": {"post": {
          "operationId": "appendToConversation", "summary": "Append turns; none is lost.",
          "parameters": [\(name), \(place)],
          "requestBody": {"required": true, "content": {"application/json": {"schema": {"type": "object", "description": "One message, or messages.",
            "properties": {"messages": {"type": "array", "items": {"$ref": "#/components/schemas/Message"}}}}}}},
          "responses": {
            "200": \(conversation),
            "default": {"$ref": "#/components/responses/Problem"}}}},
        "/v1/conversations/{id}/trim": {"post": {
          "operationId": "trimConversation", "summary": "Keep the newest turns only.",
          "parameters": [\(name), \(place), {"name": "keep", "in": "query", "required": true, "schema": {"type": "integer", "minimum": 1}}],
          "responses": {
            "200": \(conversation),
            "default": {"$ref": "#/components/responses/Problem"}}}}
        """

    /// The report.
    static let reportPaths = """

        "/v1/report": {"get": {
          "operationId": "report", "summary": "What the cache saved, in lookups, tokens and money.",
          "parameters": [
            {"name": "since", "in": "query", "schema": {"type": "string"}, "description": "12h, 7d, 2027-01-15 or milliseconds since 1970; default 7d."},
            {"name": "until", "in": "query", "schema": {"type": "string"}},
            {"name": "by", "in": "query", "schema": {"type": "string"}, "description": "Some of hour, day, month, namespace, provider, model, user, tag, with commas."},
            {"name": "format", "in": "query", "schema": {"enum": ["table", "json", "csv", "markdown", "html"]}},
            {"name": "namespace", "in": "query", "schema": {"$ref": "#/components/schemas/Name"}}],
          "responses": {
            "200": {"description": "The report.", "content": {"application/json": {"schema": {"type": "object"}}}},
            "default": {"$ref": "#/components/responses/Problem"}}}}
        """

    private static let name =
        ##"{"name": "id", "in": "path", "required": true, "schema": {"$ref": "#/components/schemas/Name"}}"##

    private static let place = ["namespace", "tenant", "user"]
        .map { ##"{"name": "\##($0)", "in": "query", "schema": {"$ref": "#/components/schemas/Name"}}"## }
        .joined(separator: ", ")

    private static let conversation =
        #"{"description": "The conversation.", "content": {"application/json": {"schema": {"type": "object", "required": ["id", "messages"]}}}}"#
}
