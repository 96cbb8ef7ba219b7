import CacheModel
import Foundation

/// What a folder below models says of itself.
struct ModelListing {
    let folder: String
    let kind: String
    let name: String
    let licence: String
    /// Bytes of all its files.
    let bytes: Int

    /// `nil` for a folder without a manifest that can be read.
    init?(folder: String) {
        guard let data = FileManager.default.contents(atPath: folder + "/manifest.json"),
            let manifest = try? JSONValue(parsing: [UInt8](data)), let kind = manifest["kind"]?.string
        else { return nil }
        self.folder = folder
        self.kind = kind
        name = (folder as NSString).lastPathComponent
        licence = manifest["licence"]?.string ?? manifest["license"]?.string ?? ""
        bytes = (FileManager.default.subpaths(atPath: folder) ?? []).reduce(0) { sum, file in
            let attributes = try? FileManager.default.attributesOfItem(atPath: "\(folder)/\(file)")
            return sum + (attributes?[.size] as? Int ?? 0)
        }
    }

    var text: String {
        "\(name.padded(to: 20))\(kind.padded(to: 18))\(Format.fixed(Double(bytes) / 1e6, 1).leftPadded(to: 6)) MB  \(licence)"
    }

    var json: JSONValue {
        [
            "name": .string(name), "kind": .string(kind), "bytes": .integer(Int64(bytes)), "licence": .string(licence),
            "folder": .string(folder),
        ]
    }
}
