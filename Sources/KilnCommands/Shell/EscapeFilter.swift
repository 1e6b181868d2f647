/// Finds what is meant for kiln in what is typed to a guest: a tilde at the beginning of a line, and a key after it.
struct EscapeFilter {
    enum Order: Equatable { case leave, suspend, help }

    private enum Place { case lineStart, inLine, afterTilde }
    private var place = Place.lineStart

    private static let tilde = UInt8(ascii: "~")

    /// - Returns: what goes to the guest, and an order after it; what was typed behind that is left to the next call.
    mutating func feed(_ bytes: [UInt8]) -> (input: [UInt8], order: Order?, rest: [UInt8]) {
        var input: [UInt8] = []
        for (index, byte) in bytes.enumerated() {
            let was = place
            place = byte == 0x0d || byte == 0x0a ? .lineStart : .inLine
            switch was {
            case .lineStart where byte == Self.tilde: place = .afterTilde
            case .lineStart, .inLine: input.append(byte)
            case .afterTilde:
                let order: Order? =
                    switch byte {
                    case UInt8(ascii: "."): .leave
                    case 0x1a: .suspend
                    case UInt8(ascii: "?"): .help
                    default: nil
                    }
                if let order {
                    place = .lineStart
                    return (input, order, Array(bytes[(index + 1)...]))
                }
                input += byte == Self.tilde ? [byte] : [Self.tilde, byte]
            }
        }
        return (input, nil, [])
    }

    static let help = """
        \r\n~.  leaves, and ends what runs in this shell\r\n~^Z suspends kiln\r\n~~  is a tilde\r\n~?  shows this\r\n
        """
}
