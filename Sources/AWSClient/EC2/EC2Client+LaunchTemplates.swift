public import Failures

/// A launch template, by the one or the other of its names.
public enum LaunchTemplateReference: Sendable, Hashable {
    /// "lt-…"
    case id(String)
    case name(String)
}

/// A launch template as EC2 shows it.
public struct LaunchTemplate: Sendable, Equatable {
    public let id: String
    public let name: String?
    public let defaultVersion: Int?
    public let latestVersion: Int?
}

extension EC2Client {
    /// - Throws: `notFound` where one of `references` is not there.
    public func describeLaunchTemplates(_ references: [LaunchTemplateReference]) async throws(AWSFailure)
        -> [LaunchTemplate]
    {
        var form = QueryForm()
        form.set("LaunchTemplateId", list: references.compactMap { if case .id(let id) = $0 { id } else { nil } })
        form.set(
            "LaunchTemplateName", list: references.compactMap { if case .name(let name) = $0 { name } else { nil } })
        return try await list("DescribeLaunchTemplates", "launch templates", form, by: TemplatesAnswer.self)
            .map(\.template)
    }

    /// Makes a version that is as another one, with another image.
    ///
    /// - Parameters:
    ///   - source: a number, "$Default" or "$Latest".
    ///   - token: the same one gives the same version.
    /// - Returns: the number of the version.
    public func createLaunchTemplateVersion(
        of template: LaunchTemplateReference, image: String, source: String = "$Latest", description: String? = nil,
        token: String
    ) async throws(AWSFailure) -> Int {
        var form = QueryForm()
        form.set(template)
        form.set("SourceVersion", source)
        form.set("VersionDescription", description)
        form.set("LaunchTemplateData.ImageId", image)
        form.set("ClientToken", token)
        let answer: VersionAnswer = try await call("CreateLaunchTemplateVersion", "\(template.shown)", form)
        return answer.launchTemplateVersion.versionNumber
    }

    public func setDefaultVersion(_ version: Int, of template: LaunchTemplateReference, token: String)
        async throws(AWSFailure)
    {
        var form = QueryForm()
        form.set(template)
        form.set("SetDefaultVersion", "\(version)")
        form.set("ClientToken", token)
        let _: EC2Empty = try await call("ModifyLaunchTemplate", template.shown, form)
    }
}

extension LaunchTemplateReference {
    fileprivate var shown: String {
        switch self {
        case .id(let id): "the launch template \(id)"
        case .name(let name): "the launch template \(name)"
        }
    }
}

extension QueryForm {
    fileprivate mutating func set(_ template: LaunchTemplateReference) {
        switch template {
        case .id(let id): set("LaunchTemplateId", id)
        case .name(let name): set("LaunchTemplateName", name)
        }
    }
}

private struct TemplatesAnswer: EC2Page {
    var launchTemplates: XMLItems<Element>?
    var nextToken: String?

    var elements: [Element] { launchTemplates?.elements ?? [] }

    struct Element: Decodable, Sendable {
        var launchTemplateId: String
        var launchTemplateName: String?
        var defaultVersionNumber: Int?
        var latestVersionNumber: Int?

        var template: LaunchTemplate {
            LaunchTemplate(
                id: launchTemplateId, name: launchTemplateName, defaultVersion: defaultVersionNumber,
                latestVersion: latestVersionNumber)
        }
    }
}

private struct VersionAnswer: Decodable {
    var launchTemplateVersion: Version

    struct Version: Decodable {
        var versionNumber: Int
    }
}
