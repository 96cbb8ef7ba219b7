import CKernels

/// How fast this machine reads memory: what bounds a scan that reads every code.
public enum MemoryRead {
    /// Bytes that the calling thread reads in a second, from `bytes` of memory that it has read before: the median of
    /// several passes. `seconds` tells the thread's time.
    public static func bandwidth(of bytes: Int, seconds: () -> Double) -> Double {
        guard let pages = deja_pages_map(bytes) else { return 0 }
        defer { deja_pages_unmap(pages, bytes) }
        pages.initializeMemory(as: UInt8.self, repeating: 1, count: bytes)
        var checksum: UInt64 = 0
        // At least 64 MiB a pass, so that the clock's steps do not matter.
        let repeats = max(1, (64 << 20) / bytes)
        var times: [Double] = []
        for _ in 0..<9 {
            let start = seconds()
            for _ in 0..<repeats { checksum ^= deja_pages_read(pages, bytes) }
            times.append((seconds() - start) / Double(repeats))
        }
        times.sort()
        // Read, so that the passes are not left out.
        return checksum == 1 ? 0 : Double(bytes) / times[times.count / 2]
    }
}
