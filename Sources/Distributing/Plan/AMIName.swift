import AWSClient
import Documents
import Foundation

/// Names of AMIs, as Image Builder makes them and EC2 takes them.
enum AMIName {
    /// What `{{ imagebuilder:buildDate }}` stands for: "2026-09-09T19-19-08.103Z".
    static func date(_ date: Date) -> String {
        let milliseconds = Int((date.timeIntervalSince1970 * 1000).rounded(.down))
        let part = String(((milliseconds % 1000) + 1000) % 1000)
        let whole = Date(timeIntervalSince1970: (Double(milliseconds) / 1000).rounded(.down))
        let seconds = UTC.extended(whole).dropLast().replacing(":", with: "-")
        return seconds + "." + String(repeating: "0", count: 3 - part.count) + part + "Z"
    }

    /// Where the configuration has no name: the recipe's, a blank, and the date.
    static func make(_ ami: DistributionConfiguration.AMI?, for image: DistributedImage) -> String {
        let date = date(image.created)
        return ami?.name(buildDate: date, buildVersion: "\(image.buildNumber)") ?? "\(image.name) \(date)"
    }

    /// Why EC2 would not take a name; nil where it would.
    static func problem(of name: String) -> String? {
        guard ImageRegistration.nameLength.contains(name.count) else {
            return "'\(name)' has \(name.count) letters, and the name of an AMI has 3 to 128"
        }
        guard let first = name.first(where: { !ImageRegistration.mayBeInName($0) }) else { return nil }
        return "the name of an AMI cannot hold '\(first)', as '\(name)' does"
    }

    /// Whether two builds would get different names.
    static func varies(_ template: String) -> Bool {
        template.contains("imagebuilder:buildDate") || template.contains("imagebuilder:buildVersion")
    }
}
