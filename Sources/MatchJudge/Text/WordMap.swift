/// A table by words' hashes, for what every word of every prompt is looked up in.
///
/// Open addressing on the hash as it is: `Dictionary` would hash it once more, by SipHash, which is most of what a look-up
/// costs. Keys are hashes of words that this program names, so nobody can make them collide. Look-ups O(1).
struct WordMap<Value: Sendable>: Sendable, ExpressibleByDictionaryLiteral {
    /// Where in `keys` the hash of this place stands, plus one; 0 is a free place. A power of two of them, at most half taken.
    private var places: [UInt32] = [0, 0]
    private var keys: [UInt64] = []
    private var values: [Value] = []

    init(dictionaryLiteral elements: (UInt64, Value)...) {
        for (hash, value) in elements { self[hash] = value }
    }

    /// The value of a word.
    @inline(__always)
    subscript(hash: UInt64) -> Value? {
        get {
            let index = find(hash)
            return index < 0 ? nil : values[index]
        }
        set {
            guard let newValue else { preconditionFailure("nothing is removed") }
            values[index(of: hash, or: newValue)] = newValue
        }
    }

    /// The value of a word, `first` where it has none yet.
    subscript(hash: UInt64, default first: @autoclosure () -> Value) -> Value {
        get { self[hash] ?? first() }
        set { self[hash] = newValue }
    }

    /// Whether the word has a value.
    @inline(__always)
    func contains(_ hash: UInt64) -> Bool { find(hash) >= 0 }

    /// Where the hash stands in `keys`; -1 where it does not.
    @inline(__always)
    private func find(_ hash: UInt64) -> Int {
        var place = Self.place(hash, places.count)
        while places[place] != 0 {
            let index = Int(places[place]) - 1
            if keys[index] == hash { return index }
            place = (place + 1) & (places.count - 1)
        }
        return -1
    }

    private mutating func index(of hash: UInt64, or value: Value) -> Int {
        let known = find(hash)
        if known >= 0 { return known }
        keys.append(hash)
        values.append(value)
        if keys.count * 2 > places.count {
            places = Array(repeating: 0, count: places.count * 2)
            for index in keys.indices { take(index) }
        } else {
            take(keys.count - 1)
        }
        return keys.count - 1
    }

    private mutating func take(_ index: Int) {
        var place = Self.place(keys[index], places.count)
        while places[place] != 0 { place = (place + 1) & (places.count - 1) }
        places[place] = UInt32(index + 1)
    }

    @inline(__always)
    private static func place(_ hash: UInt64, _ count: Int) -> Int {
        Int(truncatingIfNeeded: (hash ^ hash >> 32) & UInt64(count - 1))
    }
}
