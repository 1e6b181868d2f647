import Testing

@testable import Components

@Suite struct RedactorTests {
    @Test("A secret is hidden wherever the reads split it")
    func splitAnywhere() {
        let text = Array("user=admin password=hunter2; again hunter2\n".utf8)
        for cut in 0...text.count {
            var redactor = Redactor(secrets: ["hunter2"])
            let shown = redactor.feed(Array(text[..<cut])) + redactor.feed(Array(text[cut...])) + redactor.finish()
            #expect(String(decoding: shown, as: UTF8.self) == "user=admin password=***; again ***\n")
        }
    }

    @Test("Of two secrets where one begins the other, each is hidden when it stands alone")
    func prefixSecrets() {
        var redactor = Redactor(secrets: ["abc", "abcdef"])
        let shown = redactor.feed(Array("abcdef abcx abc".utf8)) + redactor.finish()
        #expect(String(decoding: shown, as: UTF8.self) == "*** ***x ***")
    }

    @Test("Bytes that are no text pass unchanged, and an empty secret hides nothing")
    func binary() {
        var redactor = Redactor(secrets: ["", "\u{1}\u{2}"])
        let bytes: [UInt8] = [0, 255, 1, 3, 254, 1]
        #expect(redactor.feed(bytes) + redactor.finish() == bytes)
    }
}
