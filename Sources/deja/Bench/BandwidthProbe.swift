import CacheModel
import Foundation
import VectorSearch

/// How fast one core of this machine reads: the floor under every scan.
struct BandwidthProbe {
    /// Gigabytes a second, by how many bytes are read again and again.
    let rows: [(bytes: Int, gigabytes: Double)]

    /// A nearest cache's worth, the sketches of 100,000 and of 1,000,000 vectors, their one-bit codes, and their rows.
    static func measure() -> BandwidthProbe {
        BandwidthProbe(
            rows: [256 << 10, 1_000_000, 10_000_000, 36_000_000, 256_000_000].map { bytes in
                (bytes, MemoryRead.bandwidth(of: bytes, seconds: ThreadTime.seconds) / 1e9)
            })
    }

    var text: String {
        let cells = rows.map { "\(Format.grouped($0.bytes / 1000)) kB at \(Format.fixed($0.gigabytes, 1))" }
        return "one core reads, GB/s: " + cells.joined(separator: ", ")
    }

    var json: JSONValue {
        .array(rows.map { ["bytes": .integer(Int64($0.bytes)), "gb_per_s": .number($0.gigabytes)] })
    }
}
