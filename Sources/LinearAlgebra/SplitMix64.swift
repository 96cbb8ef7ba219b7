import Glibc

/// A small generator with a fixed stream for each seed, the same in every process and on every machine.
///
/// Steele, Lea and Flood, "Fast splittable pseudorandom number generators" (2014).
public struct SplitMix64: RandomNumberGenerator, Sendable {
    private var state: UInt64

    /// The stream of `seed`.
    public init(seed: UInt64) { state = seed }

    public mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }

    /// A number from [0, 1) with 24 random bits.
    public mutating func nextUnit() -> Float { Float(next() >> 40) * 0x1p-24 }

    /// A number of the standard normal distribution (Box and Muller's transform).
    public mutating func nextGaussian() -> Float {
        let radius = (-2 * logf(1 - nextUnit())).squareRoot()
        return radius * cosf(2 * Float.pi * nextUnit())
    }
}
