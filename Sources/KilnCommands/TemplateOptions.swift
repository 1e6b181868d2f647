import ArgumentParser
import Documents
import Failures
import Foundation
import HostSystem
import SystemPackage

/// A template's parameters and what stands for its account.
struct TemplateOptions: ParsableArguments {
    @Option(name: .customLong("parameter"), help: "A template parameter, NAME=VALUE; may be repeated.")
    var parameters: [String] = []

    @Option(help: "The region that AWS::Region stands for.")
    var region = "us-east-1"

    @Option(help: "The account that AWS::AccountId stands for.")
    var account = "123456789012"

    func context() throws -> TemplateContext {
        var values: [String: String] = [:]
        for parameter in parameters {
            guard let equals = parameter.firstIndex(of: "=") else {
                throw ValidationError("--parameter takes NAME=VALUE, not '\(parameter)'")
            }
            values[String(parameter[..<equals])] = String(parameter[parameter.index(after: equals)...])
        }
        return TemplateContext(parameters: values, region: region, accountID: account)
    }

    /// - Throws: `DocumentFailure` after all that is wrong has been said.
    func load(_ file: String) throws -> Template {
        let diagnostics = Diagnostics()
        let text = try SourceFile.read(file)
        let template = Template.parse(text, file: file, context: try context(), diagnostics: diagnostics)
        for diagnostic in diagnostics.all { Terminal.complain(diagnostic.description) }
        guard let template, !diagnostics.hasErrors else { throw SourceFile.failure(diagnostics, file) }
        return template
    }
}

/// Documents on disk.
enum SourceFile {
    static func read(_ file: String) throws -> String {
        let bytes: [UInt8]
        do { bytes = try Folders.read(FilePath(file)) } catch {
            throw DocumentFailure(.invalid, error.message, hint: "give the path of a template or component document")
        }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw DocumentFailure(.invalid, "\(file) is not UTF-8 text")
        }
        return text
    }

    static func failure(_ diagnostics: Diagnostics, _ file: String) -> DocumentFailure {
        let count = diagnostics.all.count { $0.severity == .error }
        return DocumentFailure(.invalid, "\(file) has \(count) error\(count == 1 ? "" : "s")")
    }
}
