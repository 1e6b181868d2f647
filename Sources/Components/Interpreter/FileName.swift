/// Names of files made of what documents call their parts, which may be anything.
enum FileName {
    /// "03-Install": the number keeps apart what the letters do not.
    static func numbered(_ number: Int, _ name: String) -> String {
        (number < 10 ? "0" : "") + "\(number)-\(safe(name))"
    }

    /// The name itself, where it is made of letters, digits, '-', '_' and '.' and no longer than a file's may be.
    static func safe(_ name: String) -> String {
        let letters = name.prefix(60).map { letter in
            letter.isASCII && (letter.isLetter || letter.isNumber || "-_.".contains(letter)) ? letter : "_"
        }
        return letters.first == "." ? "_" + String(letters) : String(letters)
    }
}
