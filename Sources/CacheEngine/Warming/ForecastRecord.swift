/// How forecasts have come true: turns the share of past hours into a probability for the next.
///
/// Most prompts that an hour asked for once never come again, more or fewer of them in each house; an entry that takes the
/// place of another in memory for nothing does harm. So forecasts are held against what came, whether or not an entry
/// was read ahead, in ten classes of equal width; where they do not come true nothing is read ahead.
struct ForecastRecord: Sendable, Equatable {
    private static let classes = 10
    /// What an hour's forecasts count beside those of the hour before: half is left after three days.
    private static let fading: Float = 0.99
    /// The lowest class begins as if one of ten forecasts had come true, too few to read anything ahead; a class above
    /// another begins where that one stands, as if five forecasts had said so.
    private static let firstProbability: Float = 0.1
    private static let prior: Float = 5
    /// An entry is read ahead when it will be asked for with this probability. What memory holds already comes again too;
    /// on a trace (`deja bench warming`) 0.15 takes nothing from a day that is like no other, and 0.25 or more gives away
    /// a part of the gain on those that are.
    private static let leastProbability: Float = 0.15

    /// Forecasts of each class, and those that came true.
    var made = [Float](repeating: 0, count: classes)
    var cameTrue = [Float](repeating: 0, count: classes)

    /// Holds the forecasts of an hour against the names that it asked for. O(forecasts).
    mutating func add(_ forecasts: [Forecast], asked: Set<UInt64>) {
        for index in made.indices {
            made[index] *= Self.fading
            cameTrue[index] *= Self.fading
        }
        for forecast in forecasts {
            let index = Self.index(forecast.share)
            made[index] += 1
            if asked.contains(forecast.name) { cameTrue[index] += 1 }
        }
    }

    /// The probability that an entry will be asked for, by class.
    var probabilities: [Float] {
        var below = Self.firstProbability
        return zip(made, cameTrue).map { made, cameTrue in
            below = (cameTrue + Self.prior * below) / (made + Self.prior)
            return below
        }
    }

    /// The forecasts that are worth a place in memory, likeliest first. O(n log n).
    func worthwhile(_ forecasts: [Forecast]) -> [Forecast] {
        let isWorthwhile = probabilities.map { $0 >= Self.leastProbability }
        return forecasts.filter { isWorthwhile[Self.index($0.share)] }.sorted(by: Forecast.isLikelier)
    }

    private static func index(_ share: Float) -> Int { min(classes - 1, max(0, Int(share * Float(classes)))) }
}
