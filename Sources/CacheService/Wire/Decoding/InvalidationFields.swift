import CacheModel

/// The fields of an invalidation.
///
/// Unlike elsewhere an unknown field is a problem: a misspelt condition would remove more than was meant.
struct InvalidationFields {
    private var request = InvalidationRequest()
    private var all = false

    private static let known = [
        "namespace", "model", "user", "tenant", "tags", "prompt", "older_than_s", "id", "dry_run", "all",
        "template", "kv", "at",
    ]

    /// Sets a field from the next value.
    mutating func set(_ name: String, _ reader: inout JSONReader) throws(RequestProblem) {
        guard Self.known.contains(name) else {
            throw RequestProblem(
                .invalidValue, field: name, "is not a condition; known are \(Self.known.joined(separator: ", "))")
        }
        if try reader.takeNull() { return }
        switch name {
        case "tags": request.tags = try FieldRules.tags(try reader.texts(name), name)
        case "older_than_s": request.olderThan = try reader.number(name, in: .notNegative)
        case "dry_run": request.dryRun = try reader.flag(name)
        case "all": all = try reader.flag(name)
        case "kv": request.includesValues = try reader.flag(name)
        case "at": request.at = try Self.moment(&reader, name)
        default: try setText(name, try reader.text(name))
        }
    }

    /// Sets a field whose value is text.
    mutating func setText(_ name: String, _ text: String) throws(RequestProblem) {
        switch name {
        case "namespace": request.namespace = try FieldRules.name(text, name, allowEmpty: false)
        case "model": request.model = try FieldRules.name(text, name)
        case "user": request.user = try FieldRules.name(text, name)
        case "tenant": request.tenant = try FieldRules.name(text, name)
        case "template": request.template = try FieldRules.name(text, name, allowEmpty: false)
        case "prompt": request.prompt = text
        default: request.id = try Self.entryID(text, name)
        }
    }

    /// Fields that `setText` takes.
    static let textFields: Set<String> = ["namespace", "model", "user", "tenant", "template", "prompt", "id"]

    /// The request. Without any condition it would empty the cache, which must be said: `"all": true`.
    func finish() throws(RequestProblem) -> InvalidationRequest {
        if request.isUnrestricted && !all {
            throw RequestProblem(
                .missingField, field: "all",
                "is missing: without a condition every entry goes; give a condition or say \"all\": true")
        }
        if all && !request.isUnrestricted {
            throw RequestProblem(.invalidValue, field: "all", "stands beside a condition; give one of the two")
        }
        if request.includesValues {
            // Values know tags alone, and which tenants' are meant is told by the namespace.
            if request.tags.isEmpty {
                throw RequestProblem(
                    .missingField, field: "tags", "is missing: values (kv) are known by their tags alone")
            }
            if request.tenant != nil && request.namespace == nil {
                throw RequestProblem(.missingField, field: "namespace", "is missing: kv with a tenant needs it")
            }
        }
        return request
    }

    /// Milliseconds since 1970, or `2027-01-15T08:00:00Z`.
    private static func moment(_ reader: inout JSONReader, _ field: String) throws(RequestProblem) -> Timestamp {
        if try reader.kind() == .number {
            return Timestamp(milliseconds: Int64(try reader.integer(field, in: 0...253_402_300_799_999)))
        }
        if let moment = CivilDate.moment(try reader.text(field)) { return moment }
        throw RequestProblem(
            .invalidValue, field: field, "must be a moment such as 2027-01-15T08:00:00Z, or milliseconds since 1970")
    }

    /// An entry's name from its text.
    static func entryID(_ text: String, _ field: String) throws(RequestProblem) -> EntryID {
        if let id = EntryID(text) { return id }
        throw RequestProblem(.invalidValue, field: field, "is not the name of an entry (26 letters and digits)")
    }
}
