import Testing

@testable import KilnCommands

@Suite struct EscapeFilterTests {
    /// What the guest gets of some reads, and the orders among them.
    private func feed(_ reads: [String]) -> (input: String, orders: [EscapeFilter.Order]) {
        var filter = EscapeFilter()
        var (input, orders): ([UInt8], [EscapeFilter.Order]) = ([], [])
        for read in reads {
            var bytes = Array(read.utf8)
            while !bytes.isEmpty {
                let (typed, order, rest) = filter.feed(bytes)
                input += typed
                if let order { orders.append(order) }
                bytes = rest
            }
        }
        return (String(decoding: input, as: UTF8.self), orders)
    }

    @Test("A tilde means something at the beginning of a line only, and twice it is one")
    func places() {
        #expect(feed(["~."]) == ("", [.leave]))
        #expect(feed(["a~.\r"]) == ("a~.\r", []))
        #expect(feed(["a\r~."]) == ("a\r", [.leave]))
        #expect(feed(["~~.\r~~~.\r"]) == ("~.\r~~.\r", []))
        #expect(feed(["ls ~/x\r~/bin\r"]) == ("ls ~/x\r~/bin\r", []))
    }

    @Test("It is found over several reads, and what follows it is not lost")
    func pieces() {
        #expect(feed(["\r", "~", "."]) == ("\r", [.leave]))
        #expect(feed(["~\u{1a}ls\r~?x"]) == ("ls\rx", [.suspend, .help]))
        #expect(feed(["~", "\r~."]) == ("~\r", [.leave]))
        #expect(feed(["ü~.\n~x"]) == ("ü~.\n~x", []))
    }
}
