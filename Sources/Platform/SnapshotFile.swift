import CShims
import CacheModel
import Foundation

/// A snapshot in one file: written beside its name and renamed over it, checked and mapped into memory when it is read.
///
/// Layout, little-endian: `DEJAIDX` and a zero byte, version and number of parts (32 bits each); for each part its length
/// and its checksum (XXH3, 64 bits each); the checksum of all that; then the parts.
public struct SnapshotFile: SnapshotMedium {
    /// The version that this build reads and writes.
    public static let version: UInt32 = 2
    private static let magic: [UInt8] = Array("DEJAIDX\0".utf8)
    private static let mostParts = 64

    private let path: String

    /// The file at `path`, which need not exist.
    public init(path: String) { self.path = path }

    public var location: String { path }

    /// XXH3 of `bytes`, 64 bits, no seed.
    public static func checksum(_ bytes: UnsafeRawBufferPointer) -> UInt64 {
        deja_checksum(bytes.baseAddress, bytes.count)
    }

    // MARK: Writing

    public func save(_ parts: [SnapshotBytes]) throws(SnapshotProblem) {
        let aside = "\(path).new"
        let folder = (path as NSString).deletingLastPathComponent
        if !folder.isEmpty {
            try? FileManager.default.createDirectory(
                atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        }
        // Prompts are in it: nobody else may read it.
        let file = open(aside, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw Self.failed("cannot be written") }
        do throws(SnapshotProblem) {
            defer { close(file) }
            try Self.write(Self.header(parts).bytes, to: file)
            for part in parts { try Self.write(part.bytes, to: file) }
            guard fsync(file) == 0 else { throw Self.failed("cannot be written") }
        } catch {
            unlink(aside)
            throw error
        }
        guard rename(aside, path) == 0 else { throw Self.failed("cannot be put in its place") }
    }

    private static func header(_ parts: [SnapshotBytes]) -> SnapshotBytes {
        var header = SnapshotBytes()
        magic.withUnsafeBytes { header.append($0) }
        header.append(version)
        header.append(UInt32(parts.count))
        for part in parts {
            header.append(UInt64(part.bytes.count))
            header.append(part.bytes.withUnsafeBytes { checksum($0) })
        }
        header.append(header.bytes.withUnsafeBytes { checksum($0) })
        return header
    }

    private static func write(_ bytes: [UInt8], to file: Int32) throws(SnapshotProblem) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let written = rest.withUnsafeBytes { Foundation.write(file, $0.baseAddress, min($0.count, 1 << 30)) }
            if written < 0 && errno == EINTR { continue }
            guard written > 0 else { throw failed("cannot be written") }
            rest = rest.dropFirst(written)
        }
    }

    private static func failed(_ what: String) -> SnapshotProblem {
        SnapshotProblem("\(what): \(String(cString: strerror(errno)))")
    }

    // MARK: Reading

    public func load<Result>(_ body: ([SnapshotCursor]) throws(SnapshotProblem) -> Result) throws(SnapshotProblem)
        -> Result?
    {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else {
            if errno == ENOENT { return nil }
            throw Self.failed("cannot be read")
        }
        defer { close(file) }
        var status = stat()
        guard fstat(file, &status) == 0 else { throw Self.failed("cannot be read") }
        let length = Int(status.st_size)
        guard length > 0 else { throw .damaged }
        guard let pages = mmap(nil, length, PROT_READ, MAP_PRIVATE, file, 0), pages != MAP_FAILED else {
            throw Self.failed("cannot be mapped")
        }
        defer { munmap(pages, length) }
        madvise(pages, length, MADV_SEQUENTIAL)
        return try body(try Self.parts(UnsafeRawBufferPointer(start: pages, count: length)))
    }

    private static func parts(_ file: UnsafeRawBufferPointer) throws(SnapshotProblem) -> [SnapshotCursor] {
        var cursor = SnapshotCursor(file)
        guard try cursor.take(magic.count).elementsEqual(magic) else {
            throw SnapshotProblem("is no snapshot of an index")
        }
        let found = try cursor.read(UInt32.self)
        guard found == version else { throw SnapshotProblem("is of version \(found); this build reads \(version)") }
        let count = Int(try cursor.read(UInt32.self))
        guard count <= mostParts else { throw .damaged }
        var entries: [(length: UInt64, checksum: UInt64)] = []
        for _ in 0..<count { entries.append((try cursor.read(UInt64.self), try cursor.read(UInt64.self))) }
        let header = UnsafeRawBufferPointer(rebasing: file[..<(magic.count + 8 + count * 16)])
        guard try cursor.read(UInt64.self) == checksum(header) else { throw .damaged }
        var parts: [SnapshotCursor] = []
        for entry in entries {
            guard let length = Int(exactly: entry.length) else { throw .damaged }
            parts.append(SnapshotCursor(try cursor.take(length)))
        }
        guard cursor.remaining == 0 else { throw .damaged }
        let (contents, wanted) = (parts, entries)
        _ = try Parallel.map(parts.count) { (part) throws(SnapshotProblem) in
            var rest = contents[part]
            guard checksum(try rest.take(rest.remaining)) == wanted[part].checksum else { throw .damaged }
        }
        return parts
    }
}
