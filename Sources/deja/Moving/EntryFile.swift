import CacheModel
import Foundation
import Platform

/// A file of exported entries: JSON lines. The first says the version and what digests are made with, each further one
/// holds an entry and a checksum of its text, the last says how many there are.
///
///     {"deja_export":1,"digests":"3f2a…"}
///     {"sum":"0123456789abcdef","entry":{…}}
///     {"end":true,"entries":1}
enum EntryFile {
    static let version = EntryLine.version

    static func head(digests: String) -> [UInt8] {
        JSONWriter.encode(["deja_export": .integer(version), "digests": .string(digests)]) + [0x0A]
    }

    static func line(_ entry: some Collection<UInt8>) -> [UInt8] {
        Array("{\"sum\":\"\(sum(entry))\",\"entry\":".utf8) + entry + Array("}\n".utf8)
    }

    static func end(_ count: Int) -> [UInt8] {
        JSONWriter.encode(["end": true, "entries": .integer(Int64(count))]) + [0x0A]
    }

    /// The first 16 hexadecimal digits of SHA-256: against damage, not against forgery.
    private static func sum(_ entry: some Collection<UInt8>) -> String {
        String(OpenSSLHasher().digest(Array(entry)).description.prefix(16))
    }

    /// What a line is.
    enum Line: Equatable {
        case entry([UInt8])
        case end(Int)
    }

    /// Reads the first line.
    ///
    /// - Returns: what digests are made with.
    static func readHead(_ line: [UInt8], file: String) throws(CommandFailure) -> String {
        guard let value = try? JSONValue(parsing: line), let found = value["deja_export"]?.integer else {
            throw CommandFailure("\(file) is no export of Deja: its first line does not say so")
        }
        guard found <= version else {
            throw CommandFailure(
                "\(file) was written by a newer Deja (format \(found); this one knows up to \(version)): upgrade this one"
            )
        }
        return value["digests"]?.string ?? ""
    }

    /// Reads a further line; `nil` when it is damaged or cut off.
    static func read(_ line: [UInt8]) -> Line? {
        let start = Array("{\"sum\":\"".utf8), middle = Array("\",\"entry\":".utf8)
        let body = start.count + 16 + middle.count
        if line.starts(with: start) {
            guard line.count > body, line.last == UInt8(ascii: "}"),
                line[(start.count + 16)..<body].elementsEqual(middle)
            else { return nil }
            let entry = Array(line[body..<(line.count - 1)])
            let stated = String(decoding: line[start.count..<(start.count + 16)], as: UTF8.self)
            return stated == sum(entry) ? .entry(entry) : nil
        }
        guard let value = try? JSONValue(parsing: line), value["end"]?.bool == true,
            let count = value["entries"]?.integer
        else { return nil }
        return .end(Int(count))
    }

    /// An entry's name, from its text.
    static func id(of entry: [UInt8]) -> String? {
        // It stands first: `{"id":"…26…"`.
        let start = Array("{\"id\":\"".utf8)
        guard entry.starts(with: start), entry.count > start.count + 26 else { return nil }
        return String(decoding: entry[start.count..<(start.count + 26)], as: UTF8.self)
    }
}

/// Reads a file, or standard input, line by line.
final class LineReader {
    private let file: UnsafeMutablePointer<FILE>
    private var buffer: UnsafeMutablePointer<CChar>?
    private var capacity = 0
    /// The number of the last line.
    private(set) var number = 0
    /// The bytes of all lines so far, with their ends.
    private(set) var offset = 0

    /// A reader of a path; standard input for `-`.
    init(_ path: String) throws(UsageError) {
        guard let file = path == "-" ? fdopen(dup(STDIN_FILENO), "r") : fopen(path, "r") else {
            throw UsageError("\(path) cannot be read")
        }
        self.file = file
    }

    deinit {
        free(buffer)
        fclose(file)
    }

    /// The next line without its end; `nil` behind the last. `isWhole` says whether its end was there.
    func next() -> (bytes: [UInt8], isWhole: Bool)? {
        let count = getline(&buffer, &capacity, file)
        guard count > 0, let buffer else { return nil }
        number += 1
        offset += count
        let bytes = UnsafeRawBufferPointer(start: buffer, count: count)
        let isWhole = bytes[count - 1] == 0x0A
        return (Array(bytes[..<(isWhole ? count - 1 : count)]), isWhole)
    }
}
