import CacheModel

/// The fields of feedback.
struct FeedbackFields {
    /// The longest note, bytes.
    static let maximumNoteBytes = 1024
    /// Fields that `setText` takes: all of them.
    static let textFields: Set<String> = ["lookup_id", "verdict", "note"]

    private var lookupID: EntryID?
    private var verdict: Verdict?
    private var note: String?

    /// Sets a field from the next value; one that Deja does not know is passed over.
    mutating func set(_ name: String, _ reader: inout JSONReader) throws(RequestProblem) {
        guard Self.textFields.contains(name) else {
            try reader.pass()
            return
        }
        if try reader.takeNull() { return }
        try setText(name, try reader.text(name))
    }

    /// Sets a field from its text.
    mutating func setText(_ name: String, _ text: String) throws(RequestProblem) {
        switch name {
        case "lookup_id":
            guard let id = EntryID(text) else {
                throw RequestProblem(
                    .invalidValue, field: name, "is not the name of a lookup (26 letters and digits, from its reply)")
            }
            lookupID = id
        case "verdict":
            guard let verdict = Verdict(rawValue: text) else {
                throw RequestProblem(
                    .invalidValue, field: name, "must be \"right\" or \"wrong\", but is \"\(text.prefix(48))\"")
            }
            self.verdict = verdict
        default:
            guard text.utf8.count <= Self.maximumNoteBytes else {
                throw RequestProblem(
                    .invalidValue, field: name,
                    "must be at most \(Self.maximumNoteBytes) bytes, but has \(text.utf8.count)")
            }
            note = text
        }
    }

    /// The feedback.
    func finish() throws(RequestProblem) -> FeedbackRequest {
        guard let lookupID else {
            throw RequestProblem(.missingField, field: "lookup_id", "is missing: give the lookup_id of a hit's reply")
        }
        guard let verdict else {
            throw RequestProblem(.missingField, field: "verdict", "is missing: say \"right\" or \"wrong\"")
        }
        return FeedbackRequest(lookupID: lookupID, verdict: verdict, note: note)
    }
}
