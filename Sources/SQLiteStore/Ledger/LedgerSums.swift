import CacheModel

/// Adds up what a query asks for: each key of the ledger is given its group once, and rows then find it by an index.
struct LedgerSums {
    private struct Sum {
        var values = SIMD32<Int64>()
        var reasons: [Int64] = []
    }

    private let query: LedgerQuery
    /// The groups' keys, without a time.
    private var groups: [LedgerKey] = []
    private var groupNumbers: [LedgerKey: Int32] = [:]
    /// The group of each key of the ledger; -1 for those that the query leaves out.
    private var groupOfKey: [Int32] = []
    /// The sums by time, then by group.
    private var sums: [Int64: [Sum?]] = [:]
    private var reasons: [String] = []
    private var reasonNumbers: [String: Int] = [:]

    /// Nothing added up yet.
    init(_ query: LedgerQuery) { self.query = query }

    /// Says what the key of this number is.
    mutating func name(_ number: Int64, _ key: LedgerKey) {
        guard number >= 0, number < 1 << 31 else { return }
        while groupOfKey.count <= number { groupOfKey.append(-1) }
        if let namespace = query.namespace, namespace != key.namespace { return }
        var group = query.reduced(key)
        group.hour = 0
        if groupNumbers[group] == nil {
            groupNumbers[group] = Int32(groups.count)
            groups.append(group)
        }
        groupOfKey[Int(number)] = groupNumbers[group]!
    }

    /// The numbers that `add` takes for reasons.
    mutating func numbers(of names: [String]) -> [Int] {
        names.map { name in
            if let number = reasonNumbers[name] { return number }
            reasonNumbers[name] = reasons.count
            reasons.append(name)
            return reasons.count - 1
        }
    }

    /// Rows of one time; `each` is called with what adds one of them.
    mutating func add(hour: Int64, _ each: ((Int64, SIMD32<Int64>, [(number: Int, count: Int64)]) -> Void) -> Void) {
        let time = query.reduced(LedgerKey(hour: hour, namespace: "")).hour
        var row = sums.removeValue(forKey: time) ?? []
        if row.count < groups.count { row += [Sum?](repeating: nil, count: groups.count - row.count) }
        row.withUnsafeMutableBufferPointer { row in
            groupOfKey.withUnsafeBufferPointer { groupOfKey in
                each { key, values, counted in
                    guard key >= 0, key < groupOfKey.count else { return }
                    let group = Int(groupOfKey[Int(key)])
                    if group < 0 { return }
                    if row[group] == nil { row[group] = Sum() }
                    row[group]!.values &+= values
                    for (number, count) in counted {
                        while row[group]!.reasons.count <= number { row[group]!.reasons.append(0) }
                        row[group]!.reasons[number] += count
                    }
                }
            }
        }
        sums[time] = row
    }

    /// The sums so far.
    var rows: [LedgerRow] {
        var rows: [LedgerRow] = []
        for (time, sums) in sums {
            for (group, sum) in sums.enumerated() {
                guard let sum else { continue }
                var key = groups[group]
                key.hour = time
                var counts = LedgerCounts()
                counts.values = sum.values
                for (number, count) in sum.reasons.enumerated() where count != 0 {
                    counts.reasons[reasons[number]] = count
                }
                rows.append(LedgerRow(key: key, counts: counts))
            }
        }
        return rows
    }
}
