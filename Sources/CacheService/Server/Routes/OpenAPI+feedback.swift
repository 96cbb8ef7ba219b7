extension OpenAPI {
    /// The endpoint of feedback.
    static let feedbackPaths = """

        "/v1/feedback": {"post": {
          "operationId": "feedback", "summary": "Say whether the answer of a hit was right. Saying the same twice changes nothing.",
          "requestBody": {"required": true, "content": {"application/json": {"schema": {"type": "object", "required": ["lookup_id", "verdict"],
            "properties": {"lookup_id": {"$ref": "#/components/schemas/EntryID"}, "verdict": {"enum": ["right", "wrong"]},
              "note": {"type": "string", "description": "At most 1024 bytes, kept with the verdict."}}}}}},
          "responses": {
            "200": {"description": "What it changed.", "content": {"application/json": {"schema": {"type": "object", "required": ["lookup_id", "entry_id", "hit_type", "verdict", "effect"], "properties": {
              "lookup_id": {"$ref": "#/components/schemas/EntryID"}, "entry_id": {"$ref": "#/components/schemas/EntryID"},
              "hit_type": {"enum": ["exact", "semantic"]}, "verdict": {"enum": ["right", "wrong"]},
              "effect": {"enum": ["pair_refused", "pair_restored", "entry_removed", "counted", "unchanged"]}}}}}},
            "default": {"$ref": "#/components/responses/Problem"}}}}
        """
}
