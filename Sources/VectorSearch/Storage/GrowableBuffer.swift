import CKernels
import CacheModel
import Foundation

/// Memory for elements of a trivial type, which grows by half.
///
/// Small buffers lie on the heap. From 64 KiB on they are mapped pages, which grow without a copy, start on a cache line,
/// and take no memory before they are written. What `reserve` adds is not initialised.
struct GrowableBuffer<Element: BitwiseCopyable>: ~Copyable {
    /// The elements.
    private(set) var base: UnsafeMutablePointer<Element>?
    /// Elements that fit.
    private(set) var capacity = 0
    /// Elements that were asked for.
    private var needed = 0

    init() {}

    deinit {
        guard let base else { return }
        if isMapped { deja_pages_unmap(base, bytes(capacity)) } else { free(base) }
    }

    /// Bytes of memory taken: what is mapped and not yet asked for does not count.
    var memoryBytes: Int { isMapped ? bytes(needed) : bytes(capacity) }

    private static var mappedBytes: Int { 64 * 1024 }
    private var isMapped: Bool { bytes(capacity) >= Self.mappedBytes }
    private func bytes(_ elements: Int) -> Int { elements * MemoryLayout<Element>.stride }

    subscript(_ index: Int) -> Element {
        @inline(__always) get { base.unsafelyUnwrapped[index] }
        @inline(__always) nonmutating set { base.unsafelyUnwrapped[index] = newValue }
    }

    /// Makes room for `count` elements. Amortised O(1) an element; never a copy beyond 64 KiB.
    @inline(__always)
    mutating func reserve(_ count: Int) {
        if count > needed { needed = count }
        if count > capacity { resize(max(count, capacity + capacity / 2)) }
    }

    /// Gives memory back when `count` elements, the only ones still in use, are less than a quarter of what fits.
    mutating func trim(_ count: Int) {
        guard count == 0 || (bytes(capacity) > 4096 && count < capacity / 4) else { return }
        resize(count == 0 ? 0 : max(count, capacity / 2))
        needed = capacity
    }

    /// Writes the first `count` elements down; zeros for those that there was never room for (rows that no vector has
    /// taken yet).
    func encode(_ count: Int, into bytes: inout SnapshotBytes) {
        let held = base == nil ? 0 : Swift.min(count, capacity)
        bytes.append(UnsafeRawBufferPointer(start: base, count: self.bytes(held)))
        if held < count {
            let zeros = [UInt8](repeating: 0, count: self.bytes(count - held))
            zeros.withUnsafeBytes { bytes.append($0) }
        }
    }

    /// Reads `count` elements in place of all.
    mutating func decode(_ count: Int, from cursor: inout SnapshotCursor) throws(SnapshotProblem) {
        guard count <= cursor.remaining / MemoryLayout<Element>.stride else { throw .damaged }
        let source = try cursor.take(bytes(count))
        guard count > 0 else { return }
        reserve(count)
        UnsafeMutableRawPointer(base!).copyMemory(from: source.baseAddress!, byteCount: source.count)
    }

    private mutating func resize(_ wanted: Int) {
        // Whole pages when mapped, so that growth by a few elements costs nothing.
        let page = 16 * 1024 / MemoryLayout<Element>.stride
        let rounded = bytes(wanted) >= Self.mappedBytes ? (wanted + page - 1) / page * page : wanted
        guard rounded != capacity else { return }
        let willMap = bytes(rounded) >= Self.mappedBytes
        let moved: UnsafeMutableRawPointer?
        switch (base, isMapped, willMap) {
        case (let old?, true, true): moved = deja_pages_resize(old, bytes(capacity), bytes(rounded))
        case (_, false, false) where rounded > 0: moved = realloc(base, bytes(rounded))
        default: moved = replace(willMap: willMap, elements: rounded)
        }
        precondition(moved != nil || rounded == 0, "out of memory: \(bytes(rounded)) bytes")
        base = moved?.assumingMemoryBound(to: Element.self)
        capacity = rounded
    }

    /// Moves between the heap and mapped pages, or to nothing.
    private func replace(willMap: Bool, elements: Int) -> UnsafeMutableRawPointer? {
        let fresh = elements == 0 ? nil : willMap ? deja_pages_map(bytes(elements)) : malloc(bytes(elements))
        if let fresh, let base { memcpy(fresh, base, bytes(min(elements, capacity))) }
        if let base { if isMapped { deja_pages_unmap(base, bytes(capacity)) } else { free(base) } }
        return fresh
    }
}
