import CacheModel

/// Who asks for what, by the hour, and what is to be read into memory before the next one.
package struct WarmingState {
    /// What is to be read for an hour.
    package struct Plan {
        let hour: Int
        /// Names that wait, the likeliest last.
        package fileprivate(set) var names: [UInt64]
        /// Bytes that they may still fill.
        fileprivate var room: Int

        /// Ends with one name, which takes so many bytes; past the room that there is, with all.
        package mutating func take(_ name: UInt64, bytes: Int) {
            if names.last == name { names.removeLast() }
            room -= bytes
            if room <= 0 { names = [] }
        }
    }

    /// How long before an hour begins it is read ahead for, in seconds.
    static let lead = 180.0
    /// How often it is looked which entries were served, in seconds; one that is removed in between is not counted.
    static let sweepInterval = 300.0
    /// How many names of one hour are held, about; far more than are kept of it, so that a flood costs memory no more.
    static let mostAsked = 1 << 18
    /// The share of the memory tier that may be filled for one hour: the rest is for what nobody foresaw.
    private static let share = 0.5

    package private(set) var history = AccessHistory()
    private(set) var record = ForecastRecord()
    /// The hour that is watched, since the Unix epoch; `nil` before the first look.
    private(set) var hour: Int?
    /// What it has asked for so far.
    var asked: Set<UInt64> = []
    /// Seconds of it that were watched before `since`.
    private var watched = 0.0
    private var since = Timestamp(milliseconds: 0)
    /// When it was last looked who was served.
    private(set) var lastSweep: Timestamp?
    /// What was forecast for the hours that are not over.
    private var forecasts: [Int: [Forecast]] = [:]
    package var plan: Plan?
    /// Whether an hour has ended since this was last written down.
    var isUnsaved = false

    /// Nothing yet.
    package init() {}

    /// Whether it is time to look who was served.
    func isSweepDue(at now: Timestamp) -> Bool {
        guard let lastSweep, hour == HourOfWeek.hour(of: now) else { return true }
        return abs(now.seconds(since: lastSweep)) >= Self.sweepInterval
    }

    /// Takes over who was served up to `now`; with the first look of an hour the one before it is settled.
    package mutating func add(_ names: Set<UInt64>, at now: Timestamp) {
        if asked.count < Self.mostAsked { asked.formUnion(names) }
        lastSweep = now
        let current = HourOfWeek.hour(of: now)
        defer { if hour != current { (hour, watched, since, asked) = (current, 0, now, []) } }
        guard let hour, hour != current else { return }
        // To the end of the hour, or not at all where the clock was set.
        let share = min(1, max(0, watched + min(3600, now.seconds(since: since))) / 3600)
        if let made = forecasts.removeValue(forKey: hour), share >= 0.9 { record.add(made, asked: asked) }
        if share >= 0.1 { history.add(asked, share: share, to: HourOfWeek(hour: hour)) }
        forecasts = forecasts.filter { $0.key >= current && $0.key <= current + 1 }
        isUnsaved = true
    }

    /// The hour that is to be read ahead for now, unless that has begun: the next one shortly before it begins, else this one.
    func wanted(at now: Timestamp) -> Int? {
        let hour = HourOfWeek.hour(of: now.adding(seconds: Self.lead))
        return plan?.hour == hour ? nil : hour
    }

    /// Notes what was forecast for an hour, and plans to read what of it is worthwhile into memory of `capacity` bytes.
    package mutating func plan(_ made: [Forecast], for hour: Int, capacity: Int) {
        forecasts[hour] = made
        plan = Plan(
            hour: hour, names: record.worthwhile(made).reversed().map(\.name),
            room: Int(Double(capacity) * Self.share))
    }
}

extension WarmingState {
    private static let mark: UInt64 = 0x31_474E_494D_5257  // "WRMING1"

    /// What outlives the process, as a snapshot's part.
    func encoded(at now: Timestamp) -> SnapshotBytes {
        var bytes = SnapshotBytes()
        bytes.append(Self.mark)
        bytes.append(Int64(hour ?? 0))
        bytes.append(hour == nil ? 0 : min(3600, max(0, watched + now.seconds(since: since))))
        bytes.append(counted: Array(asked))
        record.encode(into: &bytes)
        history.encode(into: &bytes)
        return bytes
    }

    /// What an earlier run left. Its hour goes on where it is not over.
    ///
    /// - Throws: `SnapshotProblem` for bytes that are none of these.
    init(_ cursor: SnapshotCursor, at now: Timestamp) throws(SnapshotProblem) {
        var cursor = cursor
        guard try cursor.read(UInt64.self) == Self.mark else { throw .damaged }
        let last = Int(try cursor.read(Int64.self))
        watched = try cursor.read(Double.self)
        guard watched >= 0, watched <= 3600, abs(last / 2) <= HourOfWeek.hour(of: .distantFuture) else {
            throw .damaged
        }
        hour = last
        since = now
        asked = Set(try cursor.array(of: UInt64.self))
        record = try ForecastRecord(&cursor)
        history = try AccessHistory(&cursor)
    }
}

extension AccessHistory {
    fileprivate func encode(into bytes: inout SnapshotBytes) {
        for hour in hours {
            bytes.append(hour.watched)
            bytes.append(counted: hour.names)
            bytes.append(counted: hour.hours)
        }
    }

    fileprivate init(_ cursor: inout SnapshotCursor) throws(SnapshotProblem) {
        self.init()
        for index in hours.indices {
            let hour = Hour(
                watched: try cursor.read(Float.self), names: try cursor.array(of: UInt64.self),
                hours: try cursor.array(of: Float.self))
            guard hour.names.count == hour.hours.count, hour.watched >= 0, hour.watched.isFinite,
                hour.hours.allSatisfy({ $0 >= 0 && $0.isFinite }), zip(hour.names, hour.names.dropFirst()).allSatisfy(<)
            else { throw .damaged }
            hours[index] = hour
        }
    }
}

extension ForecastRecord {
    fileprivate func encode(into bytes: inout SnapshotBytes) {
        bytes.append(counted: made)
        bytes.append(counted: cameTrue)
    }

    fileprivate init(_ cursor: inout SnapshotCursor) throws(SnapshotProblem) {
        self.init()
        let counts = (try cursor.array(of: Float.self), try cursor.array(of: Float.self))
        guard counts.0.count == made.count, counts.1.count == made.count,
            zip(counts.0, counts.1).allSatisfy({ $0.isFinite && $1 >= 0 && $1 <= $0 })
        else { throw .damaged }
        (made, cameTrue) = counts
    }
}
