/// A dictionary of bounded size: the oldest key gives way to a new one.
struct BoundedTable<Key: Hashable, Value> {
    private var values: [Key: Value] = [:]
    private var order: [Key] = []
    private var next = 0
    private let capacity: Int

    init(capacity: Int) { self.capacity = capacity }

    subscript(key: Key) -> Value? {
        get { values[key] }
        set {
            guard let newValue else {
                values[key] = nil
                return
            }
            guard values.updateValue(newValue, forKey: key) == nil else { return }
            if order.count < capacity {
                order.append(key)
            } else {
                // A key that was taken out and came again may stand here twice: then it gives way early.
                values[order[next]] = order[next] == key ? newValue : nil
                order[next] = key
                next = (next + 1) % capacity
            }
        }
    }
}
