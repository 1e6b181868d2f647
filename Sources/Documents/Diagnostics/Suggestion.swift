/// Near misses: what a mistyped word was probably meant to be.
enum Suggestion {
    /// The candidate closest to `word`, if it is close enough to be a slip of the fingers.
    static func nearest(to word: String, in candidates: some Sequence<String>) -> String? {
        // A third of the letters may differ; more, and the guess would be noise, as any guess at two letters is.
        let allowed = word.count < 3 ? 0 : max(1, min(4, word.count / 3))
        let folded = Array(word.lowercased().unicodeScalars)
        let exact = Array(word.unicodeScalars)
        // Nearest first; among equals the one whose capitals fit.
        typealias Nearness = (distance: Int, exactly: Int, candidate: String)
        var best: Nearness?
        for candidate in candidates where abs(candidate.count - word.count) <= allowed {
            let distance = Self.distance(folded, Array(candidate.lowercased().unicodeScalars))
            guard distance <= allowed else { continue }
            let nearness: Nearness = (distance, Self.distance(exact, Array(candidate.unicodeScalars)), candidate)
            if best.map({ nearness < $0 }) ?? true { best = nearness }
        }
        return best?.candidate
    }

    /// `did you mean 'x'?`, or the whole list where nothing is near and it is short, or nothing.
    static func hint(for word: String, in candidates: [String], listing limit: Int = 12) -> String? {
        if let near = nearest(to: word, in: candidates) { return "did you mean '\(near)'?" }
        guard !candidates.isEmpty, candidates.count <= limit else { return nil }
        return "expected " + oneOf(candidates)
    }

    /// `a`, `a or b`, `a, b or c`.
    static func oneOf(_ words: [String]) -> String {
        guard words.count > 1, let last = words.last else { return words.first ?? "" }
        return words.dropLast().joined(separator: ", ") + " or " + last
    }

    /// Edit distance with neighbouring swaps counted as one (optimal string alignment).
    private static func distance(_ left: [Unicode.Scalar], _ right: [Unicode.Scalar]) -> Int {
        guard !left.isEmpty, !right.isEmpty else { return max(left.count, right.count) }
        var beforeLast = [Int](repeating: 0, count: right.count + 1)
        var last = Array(0...right.count)
        for i in 1...left.count {
            var row = [Int](repeating: i, count: right.count + 1)
            for j in 1...right.count {
                let change = left[i - 1] == right[j - 1] ? 0 : 1
                row[j] = min(last[j] + 1, row[j - 1] + 1, last[j - 1] + change)
                if i > 1, j > 1, left[i - 1] == right[j - 2], left[i - 2] == right[j - 1] {
                    row[j] = min(row[j], beforeLast[j - 2] + 1)
                }
            }
            beforeLast = last
            last = row
        }
        return last[right.count]
    }
}
