import Foundation

/// A folder that lives as long as the value.
public final class TemporaryFolder: Sendable {
    /// Its path.
    public let path: String

    /// A fresh folder below the system's temporary one.
    public init() throws {
        var template = Array("\(NSTemporaryDirectory())deja-test-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw CocoaError(.fileWriteUnknown) }
        path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    /// The path of something in it.
    public func file(_ name: String) -> String { "\(path)/\(name)" }

    /// The paths of all files below a folder.
    public static func files(in path: String) throws -> [String] {
        try FileManager.default.subpathsOfDirectory(atPath: path).map { "\(path)/\($0)" }.filter { path in
            var isFolder: ObjCBool = false
            return FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) && !isFolder.boolValue
        }
    }

    /// A file's bytes.
    public static func bytes(of path: String) throws -> [UInt8] { [UInt8](try Data(contentsOf: URL(filePath: path))) }
}
