import CacheModel
import Foundation
import Synchronization

/// One file of a spool: a header of 64 bytes (`DEJASPL1`, the name, and at 32 the bytes of whole records that follow),
/// then records: length, checksum (FNV-1a, 32 bits each), bytes.
///
/// A record is written first and counted in the header afterwards, so that a process that dies in between leaves no half
/// of one.
final class MappedSegment: LedgerSegment, @unchecked Sendable {
    // Unchecked: used by one caller at a time, as the protocol says.
    let id: [UInt8]
    private let path: String
    private let descriptor: Int32
    private let base: UnsafeMutableRawPointer
    private let size: Int
    private var length: Int

    private static let magic = Array("DEJASPL1".utf8)
    private static let headerBytes = 64
    private static let lengthOffset = 32

    init(creating path: String, id: [UInt8], bytes: Int) throws(StoreError) {
        (self.path, self.id, size, length) = (path, id, bytes, 0)
        let descriptor = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw Self.failure(path, errno) }
        // The room is taken now: running out of it later would end the process (SIGBUS).
        let code = posix_fallocate(descriptor, 0, off_t(bytes))
        guard code == 0, flock(descriptor, LOCK_EX | LOCK_NB) == 0, let base = Self.map(descriptor, bytes) else {
            let reason = code != 0 ? code : errno
            close(descriptor)
            unlink(path)
            throw Self.failure(path, reason)
        }
        (self.descriptor, self.base) = (descriptor, base)
        UnsafeMutableRawBufferPointer(start: base + 8, count: 16).copyBytes(from: id)
        atomicMemoryFence(ordering: .releasing)
        UnsafeMutableRawBufferPointer(start: base, count: 8).copyBytes(from: Self.magic)
    }

    /// Takes over a segment that no living process holds; `nil` for one that is held, or no segment at all.
    init?(abandoned path: String) {
        let descriptor = open(path, O_RDWR | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        var status = stat()
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0, fstat(descriptor, &status) == 0, status.st_nlink > 0,
            case let bytes = Int(status.st_size), bytes >= Self.headerBytes, let base = Self.map(descriptor, bytes)
        else {
            close(descriptor)
            return nil
        }
        guard UnsafeRawBufferPointer(start: base, count: 8).elementsEqual(Self.magic) else {
            // Died before it began: there is nothing in it.
            munmap(base, bytes)
            close(descriptor)
            unlink(path)
            return nil
        }
        (self.path, self.descriptor, self.base, size) = (path, descriptor, base, bytes)
        id = Array(UnsafeRawBufferPointer(start: base + 8, count: 16))
        let stored = base.loadUnaligned(fromByteOffset: Self.lengthOffset, as: UInt64.self)
        length = Int(min(stored, UInt64(bytes - Self.headerBytes)))
    }

    deinit {
        munmap(base, size)
        // Closing gives the lock back.
        close(descriptor)
    }

    func append(_ record: [UInt8]) -> Bool {
        let start = Self.headerBytes + length
        guard size - start >= 8 + record.count else { return false }
        base.storeBytes(of: UInt32(record.count), toByteOffset: start, as: UInt32.self)
        base.storeBytes(of: Self.checksum(record), toByteOffset: start + 4, as: UInt32.self)
        UnsafeMutableRawBufferPointer(start: base + start + 8, count: record.count).copyBytes(from: record)
        length += 8 + record.count
        atomicMemoryFence(ordering: .releasing)
        base.storeBytes(of: UInt64(length), toByteOffset: Self.lengthOffset, as: UInt64.self)
        return true
    }

    /// Up to the first record that is damaged, which only a power cut can leave.
    func records() -> [[UInt8]] {
        var found: [[UInt8]] = []
        var position = Self.headerBytes
        let end = Self.headerBytes + length
        while end - position >= 8 {
            let count = Int(base.loadUnaligned(fromByteOffset: position, as: UInt32.self))
            let checksum = base.loadUnaligned(fromByteOffset: position + 4, as: UInt32.self)
            guard count <= end - position - 8 else { break }
            let record = Array(UnsafeRawBufferPointer(start: base + position + 8, count: count))
            guard Self.checksum(record) == checksum else { break }
            found.append(record)
            position += 8 + count
        }
        return found
    }

    func synchronize() { msync(base, size, Int32(MS_SYNC)) }

    func remove() { unlink(path) }

    private static func map(_ descriptor: Int32, _ bytes: Int) -> UnsafeMutableRawPointer? {
        let base = mmap(nil, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0)
        return base == MAP_FAILED ? nil : base
    }

    private static func checksum(_ bytes: [UInt8]) -> UInt32 {
        bytes.withUnsafeBufferPointer { $0.reduce(2_166_136_261) { ($0 ^ UInt32($1)) &* 16_777_619 } }
    }

    private static func failure(_ path: String, _ code: Int32) -> StoreError {
        StoreError(
            code == ENOSPC || code == EDQUOT ? .full : .unavailable,
            "the ledger's spool file \(path) cannot be made", cause: String(cString: strerror(code)))
    }
}
