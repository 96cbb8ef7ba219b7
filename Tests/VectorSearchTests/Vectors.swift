import CacheModel
import VectorSearch

/// SplitMix64: the same numbers in every run (S. Vigna, 2015, public domain).
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64
    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }

    /// Nearly normal: the sum of four uniform numbers, scaled to variance 1.
    mutating func gaussian() -> Float {
        let bits = next()
        var sum: Float = 0
        for shift in [0, 16, 32, 48] { sum += Float((bits >> UInt64(shift)) & 0xFFFF) / 65_536 - 0.5 }
        return sum * 1.7320508
    }

    mutating func unitVector(_ dimension: Int) -> [Float] { unit((0..<dimension).map { _ in gaussian() }) }

    /// A unit vector whose cosine with the unit vector `vector` is about `similarity`.
    mutating func near(_ vector: [Float], similarity: Float) -> [Float] {
        let noise = unitVector(vector.count)
        let other = (1 - similarity * similarity).squareRoot()
        return unit(zip(vector, noise).map { similarity * $0 + other * $1 })
    }
}

/// `vector` scaled to length 1; zeros stay zeros.
func unit(_ vector: [Float]) -> [Float] {
    let norm = vector.reduce(Float(0)) { $0 + $1 * $1 }.squareRoot()
    return norm > 0 ? vector.map { $0 / norm } : vector
}

/// Brute force in double precision over the vectors as they are stored: 8 bits a component.
struct Oracle {
    private(set) var rows: [UInt32: [Double]] = [:]

    mutating func insert(_ vector: [Float], slot: UInt32) {
        let codes = vector.withUnsafeBufferPointer {
            StoredVector(embedder: "", quantizing: $0).components.map(Double.init)
        }
        let norm = codes.reduce(0) { $0 + $1 * $1 }.squareRoot()
        rows[slot] = norm > 0 ? codes.map { $0 / norm } : codes
    }

    mutating func remove(_ slot: UInt32) { rows[slot] = nil }

    /// The similarity of every vector.
    func similarities(_ query: [Float]) -> [UInt32: Double] {
        rows.mapValues { row in
            var sum = 0.0
            query.withUnsafeBufferPointer { a in
                row.withUnsafeBufferPointer { b in
                    var i = 0
                    while i < a.count {
                        sum += Double(a[i]) * b[i]
                        i += 1
                    }
                }
            }
            return sum
        }
    }
}

extension VectorIndex {
    func insert(_ vector: [Float], slot: UInt32) { vector.withUnsafeBufferPointer { insert($0, slot: slot) } }

    func search(_ query: [Float], limit: Int, minimumSimilarity: Float = -1, exhaustive: Bool = false) -> [Neighbor] {
        query.withUnsafeBufferPointer {
            search($0, limit: limit, minimumSimilarity: minimumSimilarity, exhaustive: exhaustive)
        }
    }

    func search(batch: [[Float]], limit: Int, minimumSimilarity: Float = -1, exhaustive: Bool = false) -> [[Neighbor]] {
        Array(batch.joined()).withUnsafeBufferPointer {
            search(batch: $0, limit: limit, minimumSimilarity: minimumSimilarity, exhaustive: exhaustive)
        }
    }
}
