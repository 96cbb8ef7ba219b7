import CacheModel
import Foundation

/// A folder of memory-mapped segments.
///
/// A record is copied into shared memory: no system call on the way, and the kernel has it even when the process is
/// killed the moment after. A power cut may lose what was not yet `synchronize`d. A process holds a lock on its segments;
/// a lock that can be had belongs to one that is gone.
public final class MappedSpool: LedgerSpool {
    private let folder: String
    private let segmentBytes: Int

    /// A spool in `folder`, which is made with mode 0700 when it is missing.
    public init(folder: String, segmentBytes: Int = 4 << 20) throws(StoreError) {
        self.folder = folder
        self.segmentBytes = max(4096, segmentBytes)
        do {
            try FileManager.default.createDirectory(
                atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        } catch {
            throw StoreError(
                .unavailable, "the ledger's spool folder \(folder) cannot be made", cause: error.localizedDescription)
        }
    }

    public func makeSegment() throws(StoreError) -> any LedgerSegment {
        let id = (0..<16).map { _ in UInt8.random(in: 0...255) }
        let path = "\(folder)/\(Hexadecimal.encode(id)).spool"
        return try MappedSegment(creating: path, id: id, bytes: segmentBytes)
    }

    public func abandonedSegments() throws(StoreError) -> [any LedgerSegment] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        var found: [any LedgerSegment] = []
        for name in names.sorted() where name.hasSuffix(".spool") {
            if let segment = MappedSegment(abandoned: "\(folder)/\(name)") { found.append(segment) }
        }
        return found
    }
}
