/// Texts in groups that grow together: union–find (B. A. Galler & M. J. Fisher, CACM 7, 1964) with path halving.
///
/// A group is named by its first text in the order of UTF-8 bytes, so that names do not depend on the order of joining.
public struct TextGroups: Sendable {
    private var numbers: [String: Int] = [:]
    private var texts: [String] = []
    private var parents: [Int] = []

    /// No groups.
    public init() {}

    /// Makes one group of the groups of both texts.
    public mutating func join(_ a: String, _ b: String) {
        let (a, b) = (root(number(of: a)), root(number(of: b)))
        if a == b { return }
        if texts[a].utf8.lexicographicallyPrecedes(texts[b].utf8) { parents[b] = a } else { parents[a] = b }
    }

    /// The name of the group of `text`: of a text that was never joined, the text itself.
    public mutating func name(of text: String) -> String {
        guard let number = numbers[text] else { return text }
        return texts[root(number)]
    }

    private mutating func number(of text: String) -> Int {
        if let known = numbers[text] { return known }
        numbers[text] = texts.count
        texts.append(text)
        parents.append(parents.count)
        return texts.count - 1
    }

    private mutating func root(_ number: Int) -> Int {
        var number = number
        while parents[number] != number {
            parents[number] = parents[parents[number]]
            number = parents[number]
        }
        return number
    }
}
