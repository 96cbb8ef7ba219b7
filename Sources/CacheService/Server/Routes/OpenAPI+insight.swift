extension OpenAPI {
    /// Rate limits, what can be looked at, and the dashboard.
    static let insightPaths = """

        "/v1/ratelimit/{key}": {"post": {
          "operationId": "limitRate", "summary": "Count a call in a sliding window, if it fits.",
          "parameters": [{"name": "key", "in": "path", "required": true, "schema": {"$ref": "#/components/schemas/Name"}}],
          "requestBody": {"required": true, "content": {"application/json": {"schema": {"type": "object", "required": ["limit", "window_s"],
            "properties": {
              "limit": {"type": "integer", "minimum": 0}, "window_s": {"type": "number", "minimum": 0.06, "maximum": 31536000},
              "cost": {"type": "integer", "minimum": 0, "default": 1, "description": "At most the limit; 0 only looks."}}}}}},
          "responses": {
            "200": {"description": "Whether it may go on.", "content": {"application/json": {"schema": {"type": "object", "required": ["allowed", "remaining", "reset_s"],
              "properties": {
                "allowed": {"type": "boolean"}, "remaining": {"type": "integer"}, "retry_after_s": {"type": "number"},
                "reset_s": {"type": "number"}, "degraded": {"const": true, "description": "Only this node was asked."}}}}}},
            "default": {"$ref": "#/components/responses/Problem"}}}},
        \(list("/v1/recent", "recent", "The latest lookups, the newest first.", "lookups", [namespace, limit(1000)])),
        \(list("/v1/matching", "matching", "How candidates of the latest lookups fared, as histograms.", nil, [namespace])),
        \(list("/v1/entries", "listEntries", "A page of entries, the youngest first.", "entries", [
            namespace, name("model"), name("user"), name("tenant"), name("tag"), name("search"),
            query("after", #"{"type": "string"}"#), limit(500),
        ])),
        \(list("/v1/saved", "saved", "The prompts whose hits avoided most.", "prompts", [namespace, days, limit(200)])),
        \(list("/v1/nearmisses", "nearMisses", "The entries that misses were near to, by what the calls after them cost.", "prompts", [namespace, days, limit(200)])),
        \(list("/v1/budgets", "budgets", "How much of budgets is left.", "budgets", [namespace, name("user")])),
        \(list("/v1/alerts", "alerts", "What should be looked at now.", "alerts", [])),
        "/": \(page("dashboard", "text/html")), "/dashboard.css": \(page("dashboardStyle", "text/css")),
        "/dashboard.js": \(page("dashboardScript", "text/javascript"))
        """

    private static let namespace = name("namespace")
    private static let days = query("days", #"{"type": "integer", "minimum": 1, "maximum": 400, "default": 7}"#)

    private static func name(_ name: String) -> String { query(name, ##"{"$ref": "#/components/schemas/Name"}"##) }
    private static func limit(_ most: Int) -> String {
        query("limit", #"{"type": "integer", "minimum": 1, "maximum": \#(most)}"#)
    }
    private static func query(_ name: String, _ schema: String) -> String {
        #"{"name": "\#(name)", "in": "query", "schema": \#(schema)}"#
    }

    /// A GET that answers an object, with a list under `member` where there is one.
    private static func list(
        _ path: String, _ id: String, _ summary: String, _ member: String?, _ parameters: [String]
    ) -> String {
        let schema =
            member.map {
                #"{"type": "object", "required": ["\#($0)"], "properties": {"\#($0)": {"type": "array", "items": {"type": "object"}}}}"#
            } ?? #"{"type": "object"}"#
        return ##"""
            "\##(path)": {"get": {
              "operationId": "\##(id)", "summary": "\##(summary)", "parameters": [\##(parameters.joined(separator: ", "))],
              "responses": {
                "200": {"description": "\##(summary)", "content": {"application/json": {"schema": \##(schema)}}},
                "default": {"$ref": "#/components/responses/Problem"}}}}
            """##
    }

    private static func page(_ id: String, _ type: String) -> String {
        ##"""
        {"get": {"operationId": "\##(id)", "summary": "The dashboard.", "security": [{}], "responses": {
          "200": {"description": "A file that holds no data.", "content": {"\##(type)": {"schema": {"type": "string"}}}}}}}
        """##
    }
}
