/// Writes numbers as decimal digits straight into bytes, without a `String` between.
public enum DecimalText {
    /// Appends an integer.
    public static func append(_ value: Int, to bytes: inout [UInt8]) {
        if value >= 0 && value < 10 {
            bytes.append(0x30 + UInt8(value))
            return
        }
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 20) { digits in
            var magnitude = value.magnitude
            var start = 20
            repeat {
                start -= 1
                digits[start] = 0x30 + UInt8(magnitude % 10)
                magnitude /= 10
            } while magnitude > 0
            if value < 0 {
                start -= 1
                digits[start] = UInt8(ascii: "-")
            }
            bytes.append(contentsOf: UnsafeBufferPointer(rebasing: digits[start...]))
        }
    }

    /// Appends a number rounded to at most six decimal places, without zeros at its end; `false` (and nothing
    /// appended) when it is not finite or too large for this way of writing.
    public static func append(_ value: Double, places: Int, to bytes: inout [UInt8]) -> Bool {
        guard value.magnitude < 1e9, places >= 0, places <= 6 else { return false }
        var scale = 1
        for _ in 0..<places { scale *= 10 }
        let scaled = Int((value.magnitude * Double(scale)).rounded())
        if value < 0 && scaled > 0 { bytes.append(UInt8(ascii: "-")) }
        append(scaled / scale, to: &bytes)
        var fraction = scaled % scale
        guard fraction > 0 else { return true }
        bytes.append(UInt8(ascii: "."))
        while fraction > 0 {
            scale /= 10
            bytes.append(0x30 + UInt8(fraction / scale))
            fraction %= scale
        }
        return true
    }
}
