import Foundation

/// A value of the settings file, which people write: JSON5, with comments, trailing commas and bare names.
enum JSON5Value: Decodable, Equatable {
    case text(String)
    case number(Double)
    case bool(Bool)
    case object([String: JSON5Value])
    case array([JSON5Value])
    case other

    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if let bool = try? container.decode(Bool.self) {
            self = .bool(bool)
        } else if let number = try? container.decode(Double.self) {
            self = .number(number)
        } else if let text = try? container.decode(String.self) {
            self = .text(text)
        } else if let members = try? container.decode([String: JSON5Value].self) {
            self = .object(members)
        } else if let elements = try? container.decode([JSON5Value].self) {
            self = .array(elements)
        } else {
            self = .other
        }
    }

    /// Reads a file's text.
    ///
    /// - Parameter file: what the file is called in an error.
    /// - Throws: `UsageError` when it is not JSON5.
    init(parsing data: Data, file: String, kind: String = "settings") throws(UsageError) {
        let decoder = JSONDecoder()
        decoder.allowsJSON5 = true
        do {
            self = try decoder.decode(JSON5Value.self, from: data)
        } catch DecodingError.dataCorrupted(let context) {
            let reason = (context.underlyingError as NSError?)?.userInfo["NSDebugDescription"] as? String
            throw UsageError("the \(kind) file \(file) is not JSON5: \(reason ?? context.debugDescription)")
        } catch {
            throw UsageError("the \(kind) file \(file) is not JSON5")
        }
    }
}
