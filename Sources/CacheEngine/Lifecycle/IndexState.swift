/// How far the index has been filled from the store.
enum IndexState: Sendable {
    /// Nobody has begun.
    case empty
    /// It is being read.
    case building
    /// Reading was cut short.
    case incomplete
    /// Every entry that the store held is in it.
    case built
}
