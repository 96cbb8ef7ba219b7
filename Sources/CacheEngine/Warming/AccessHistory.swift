import CacheModel

/// Which entries each hour of the week asked for: what says which the coming hour is likely to want.
///
/// Entries are named by the first word of their exact key, which a later answer to the same prompt shares; a chance clash
/// warms one entry in vain. What counts is whether an hour asked for an entry, not how often: the first request of an
/// hour is what finds it in memory or does not. Each hour keeps the entries of the weeks before that were asked for
/// most, older weeks counting less; at 12 bytes an entry and 8,192 entries an hour that is 16 MiB at most.
package struct AccessHistory: Sendable, Equatable {
    /// What one hour of the week is known by.
    struct Hour: Sendable, Equatable {
        /// How many such hours were watched, older ones counting less.
        var watched: Float = 0
        /// Names in ascending order.
        var names: [UInt64] = []
        /// In how many of these hours each was asked for, older ones counting less.
        var hours: [Float] = []
    }

    /// What last week counts beside this one: after three weeks a third is left.
    static let fading: Float = 0.7
    /// What has faded below this is forgotten.
    static let leastHours: Float = 0.1
    /// How many hours the same hour of all days counts for, beside the hour itself.
    static let priorHours: Float = 2

    var hours: [Hour]
    private let capacity: Int

    /// Nothing yet; `capacity` is the most entries that an hour keeps.
    init(capacity: Int = 8192) {
        self.capacity = capacity
        hours = Array(repeating: Hour(), count: HourOfWeek.count)
    }

    /// Adds the entries that an hour asked for, of which `share` (0...1) was watched. O(n log n) for n entries of the hour.
    mutating func add(_ names: Set<UInt64>, share: Double, to hour: HourOfWeek) {
        let old = hours[hour.index]
        var sums: [UInt64: Float] = [:]
        for (name, count) in zip(old.names, old.hours) where count * Self.fading >= Self.leastHours {
            sums[name] = count * Self.fading
        }
        for name in names { sums[name, default: 0] += 1 }
        var kept = sums.map { Forecast(name: $0.key, share: $0.value) }
        if kept.count > capacity {
            kept.sort(by: Forecast.isLikelier)
            kept.removeLast(kept.count - capacity)
        }
        kept.sort { $0.name < $1.name }
        hours[hour.index] = Hour(
            watched: old.watched * Self.fading + Float(share), names: kept.map(\.name), hours: kept.map(\.share))
    }

    /// The entries that an hour may want, in no order, each with the share of such hours that asked for it.
    ///
    /// The share is the mean of a Beta distribution whose prior is the share of that hour on all days, which in turn begins
    /// with one hour that did not ask for it: (hours of this kind that asked for it + k · days that did / (days + 1)) /
    /// (hours of this kind watched + k). (Gelman et al., "Bayesian Data Analysis", 3rd edition, 2.1.) O(n) for n entries.
    package func forecast(of hour: HourOfWeek) -> [Forecast] {
        var sums: [UInt64: Float] = [:]
        var days: Float = 0
        for index in hour.ofEachDay {
            days += hours[index].watched
            for (name, count) in zip(hours[index].names, hours[index].hours) { sums[name, default: 0] += count }
        }
        guard days > 0 else { return [] }
        let own = hours[hour.index]
        let total = own.watched + Self.priorHours
        let weight = Self.priorHours / (days + 1) / total
        for name in sums.keys { sums[name]! *= weight }
        for (name, count) in zip(own.names, own.hours) { sums[name]! += count / total }
        return sums.map { Forecast(name: $0.key, share: min(1, $0.value)) }
    }
}

/// An entry that an hour may want.
package struct Forecast: Sendable, Equatable {
    /// The first word of its exact key.
    package var name: UInt64
    /// The share of such hours that asked for it.
    package var share: Float

    static func isLikelier(_ a: Forecast, _ b: Forecast) -> Bool {
        a.share != b.share ? a.share > b.share : a.name < b.name
    }
}

/// An hour of the week in UTC: 0 is Monday from midnight, 167 the last of Sunday.
///
/// UTC needs no zone and never repeats an hour. Where clocks are put forward or back, people come an hour earlier or later
/// by it, and the history follows within two weeks.
package struct HourOfWeek: Hashable, Sendable {
    /// How many there are.
    static let count = 168
    /// Its number, 0...167.
    let index: Int

    /// An hour counted from the Unix epoch, which was a Thursday.
    package init(hour: Int) { index = ((hour + 72) % Self.count + Self.count) % Self.count }

    /// The hours since the Unix epoch at a moment.
    static func hour(of moment: Timestamp) -> Int {
        Int((Double(moment.milliseconds) / 3_600_000).rounded(.down))
    }

    /// The same hour on each day of the week.
    var ofEachDay: [Int] { stride(from: index % 24, to: Self.count, by: 24).map(\.self) }
}
