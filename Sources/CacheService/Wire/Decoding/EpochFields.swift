import CacheModel

/// What a bump names: a namespace, or a model or a template within it. An unknown field is a problem: a misspelt one would
/// bump more than was meant.
struct EpochFields {
    private var namespace: String?
    private var model: String?
    private var template: String?

    static func read(_ body: UnsafeBufferPointer<UInt8>) throws(RequestProblem) -> EpochSubject {
        try RequestDecoder.whole(body) { (reader) throws(RequestProblem) in
            var fields = EpochFields()
            try reader.givenMembers(["namespace", "model", "template"]) { (reader, name) throws(RequestProblem) in
                try fields.set(name, try reader.text(name))
            }
            return try fields.finish()
        }
    }

    /// Sets a field.
    mutating func set(_ name: String, _ text: String) throws(RequestProblem) {
        switch name {
        case "namespace": namespace = try FieldRules.name(text, name, allowEmpty: false)
        case "model": model = try FieldRules.name(text, name, allowEmpty: false)
        case "template": template = try FieldRules.name(text, name, allowEmpty: false)
        default:
            throw RequestProblem(
                .invalidValue, field: name, "has no epoch; known are namespace, model, template")
        }
    }

    func finish() throws(RequestProblem) -> EpochSubject {
        guard let namespace else {
            throw RequestProblem(.missingField, field: "namespace", "is missing: whose epoch is over?")
        }
        switch (model, template) {
        case (nil, nil): return .namespace(namespace)
        case (let model?, nil): return .model(model, namespace: namespace)
        case (nil, let template?): return .template(template, namespace: namespace)
        default:
            throw RequestProblem(.invalidValue, field: "template", "stands beside model; bump one at a time")
        }
    }
}
