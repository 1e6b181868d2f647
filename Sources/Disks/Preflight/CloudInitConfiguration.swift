import Yams

/// What the files of /etc/cloud say, one after the other; a later one wins.
struct CloudInitConfiguration: Equatable {
    private(set) var datasources: [String]?
    private(set) var leavesNetwork = false

    mutating func read(_ text: String) {
        guard let whole = (try? Yams.load(yaml: text)) as? [String: Any] else {
            // With a template's placeholders it is no YAML: the one line can be read nevertheless.
            for line in text.split(whereSeparator: \.isNewline) where line.hasPrefix("datasource_list:") {
                let words = line.dropFirst("datasource_list:".count).split { !($0.isLetter || $0.isNumber) }
                datasources = words.map(String.init)
            }
            return
        }
        if let list = whole["datasource_list"] as? [Any] { datasources = list.map { "\($0)" } }
        if let network = whole["network"] as? [String: Any] {
            leavesNetwork = network["config"] as? String == "disabled"
        }
    }
}
