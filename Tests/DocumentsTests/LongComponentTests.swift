import Documents
import Testing

@Suite("A long document")
struct LongComponentTests {
    /// A document of almost as many characters as the service takes inline, with every construct in it.
    private static func document(characters: Int) -> String {
        var text = """
            schemaVersion: 1.0
            parameters:
              - Stage: {type: string, default: test}
            phases:
              - name: build
                steps:

            """
        var number = 0
        while true {
            let step = """
                      - name: Step\(number)
                        action: ExecuteBash
                        if: {stringEquals: test, value: '{{ Stage }}'}
                        loop: {name: Loop\(number), forEach: [a, b]}
                        inputs:
                          commands:
                            - |
                              set -euo pipefail
                              apt-get update && apt-get install -y package-{{ loop.value }}
                              echo "{{ Stage }} \(number == 0 ? "" : "{{ build.Step\(number - 1).outputs.stdout }}")"

                """
            if text.unicodeScalars.count + step.unicodeScalars.count > characters { return text }
            text += step
            number += 1
        }
    }

    @Test("A document of 16,000 characters, the most that is taken inline, has nothing that strictness complains of")
    func valid() {
        let text = Self.document(characters: 16_000)
        #expect(text.unicodeScalars.count > 15_000)
        var set = DocumentSet()
        set.add(text: text, file: "c.yaml")
        #expect(set.validate(strict: true).isEmpty)
    }
}
